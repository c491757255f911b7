"""Scripts: their order, their errors, pm.test, pm.info, what a prerequest script changes."""

from __future__ import annotations

from conformance.case import Case, auth, case, folder, item, raw, script, url
from conformance.harness import Compare

SHOW = "pm.test([pm.info.eventName, pm.info.iteration, pm.info.iterationCount, pm.info.requestName].join());"


def log(name: str) -> str:
    return f"pm.test('{name}', () => {{}});"


CASES = [
    # -- order
    case("script-order",
         folder("outer", folder("inner", item("r", pre=log("pre item"), test=log("test item")), pre=log("pre inner"), test=log("test inner")),
                pre=log("pre outer"), test=log("test outer")),
         pre=log("pre collection"), test=log("test collection")),
    case("script-order-by-variables",
         folder("f", item("r", pre="pm.globals.set('o', pm.globals.get('o') + '3');", test="pm.globals.set('o', pm.globals.get('o') + '6');"),
                pre="pm.globals.set('o', pm.globals.get('o') + '2');", test="pm.globals.set('o', pm.globals.get('o') + '5');"),
         pre="pm.globals.set('o', '1');", test="pm.globals.set('o', pm.globals.get('o') + '4');"),
    case("script-several-of-a-kind", item(pre=[log("1"), log("2")], test=[log("3"), log("4")])),
    case("script-disabled-by-other-values", item(test=[{"disabled": one, "script": {"exec": [log(str(one))]}} for one in (1, "true", "", None)])),
    case("script-disabled", item(test=[{"disabled": True, "script": {"exec": [log("no")]}}, log("yes")])),
    case("script-exec-as-text", item(test={"script": {"exec": log("text")}})),
    case("script-exec-lines", item(test={"script": {"exec": ["pm.test('a',", "() => {});"]}})),
    case("script-empty", item(test={"script": {"exec": []}}, pre={"script": {"exec": ""}})),
    case("script-null", {"name": "r", "request": "@BASE@/ok", "event": [{"listen": "test", "script": None}, {"listen": "test"}]}),
    case("script-as-text", {"name": "r", "request": "@BASE@/ok", "event": [{"listen": "test", "script": log("text")}]}),
    case("script-as-lines", {"name": "r", "request": "@BASE@/ok", "event": [{"listen": "test", "script": [log("one"), log("two")]}]}),
    case("script-unknown-listener", {"name": "r", "request": "@BASE@/ok", "event": [script("other", log("never"))]}),
    case("script-without-type", {"name": "r", "request": "@BASE@/ok", "event": [{"listen": "test", "script": {"exec": [log("x")]}}]}),
    case("script-src-is-not-fetched", {"name": "r", "request": "@BASE@/ok", "event": [{"listen": "test", "script": {"src": "@BASE@/script.js"}}]}),
    case("script-undeclared-globals-persist", item("a", test="x = 1; var y = 2;"), item("b", test="pm.test(typeof x + typeof y);")),
    case("script-function-persists", item("a", pre="f = () => 'shared';"), item("b", test="pm.test(f());"), args=("-n", "2")),
    # -- pm.info
    case("script-info", folder("f", item("one", pre=SHOW, test=SHOW)), args=("-n", "2"), test=SHOW),
    case("script-request-id", item("one", test="pm.test(pm.info.requestId);", extra={"id": "11111111-1111-4111-8111-111111111111"})),
    case("script-location", folder("f", item("r", test="pm.test(JSON.stringify(pm.execution.location) + pm.execution.location.current);"),
                                   test="pm.test(pm.execution.location.current);")),
    # -- errors
    case("script-throws-in-test", item(test="throw new Error('oops');"), item("next")),
    case("script-throws-in-pre", item(pre="throw new TypeError('oops');", test=log("still")), item("next")),
    case("script-throws-after-a-test", item(test=log("before") + "\nundefinedFunction();\n" + log("after"))),
    case("script-throws-outside", folder("f", item("r", test=log("inner")), test="null.x;"), test="a.b.c;"),
    case("script-throws-text", item(test="throw 'just text';")),
    case("script-throws-object", item(test="throw {a: 1};")),
    case("script-throws-null", item(test="throw null;")),
    case("script-syntax-error", item(test="pm.test('x', () => {"), item("next")),
    case("script-syntax-error-in-pre", item(pre="let a = ;", test=log("still"))),
    case("script-custom-error", item(test="class Own extends Error { constructor(m) { super(m); this.name = 'Own'; } }\nthrow new Own('mine');")),
    case("script-after-request-error", item(url="http://127.0.0.1:1/", test="pm.test(typeof pm.response.code);")),
    case("script-expect-outside-of-test", item(test="pm.expect(1).to.eql(2);")),
    case("script-returns-at-top-level", item(test="pm.test('a'); return; pm.test('b');")),
    # -- pm.test
    case("test-pass-and-fail", item(test="""
pm.test('passes', () => pm.expect(1).to.equal(1));
pm.test('fails', () => pm.expect(1).to.equal(2));
pm.test('throws', () => { throw new Error('bad'); });
pm.test('reference', () => nothing.here);
""")),
    case("test-names", item(test="pm.test('', () => {}); pm.test('\u00fc \U0001f600'); pm.test(5, () => {}); pm.test(null, () => {}); pm.test(undefined, () => {}); pm.test({}, () => {});")),
    case("test-same-name-twice", item(test="pm.test('n', () => {}); pm.test('n', () => { throw new Error('second'); });")),
    case("test-without-function", item(test="pm.test('name only'); pm.test('text', 'x'); pm.test('null', null);")),
    case("test-skip", item(test="pm.test.skip('skipped', () => { throw new Error(); }); pm.test('not');")),
    case("test-chained", item(test="pm.test('a', () => {}).test('b', () => {});")),
    case("test-index", item(test="pm.test('a'); pm.test(String(pm.test.index())); pm.test.skip('s'); pm.test(String(pm.test.index()));")),
    case("test-in-pre", item(pre="pm.test('in pre', () => pm.expect(true).to.be.false);", test="pm.test('in test');")),
    case("test-done", item(test="pm.test('callback', (done) => { setTimeout(() => done(), 5); });")),
    case("test-done-with-error", item(test="pm.test('callback', (done) => { setTimeout(() => done(new Error('late')), 5); });")),
    case("test-done-twice", item(test="pm.test('callback', (done) => { done(); done(new Error('x')); });")),
    case("test-nested", item(test="pm.test('outer', () => { pm.test('inner', () => { throw new Error('in'); }); });")),
    case("test-returns-false", item(test="pm.test('false', () => false); pm.test('no', () => 0);")),
    case("test-many", item(test="for (let i = 0; i < 200; i++) pm.test('t' + i, () => pm.expect(i % 50).to.not.equal(7));")),
    case("test-messages", item(test="""
pm.test('text', () => pm.expect('a', 'my words').to.equal('b'));
pm.test('deep', () => pm.expect({a: [1, {b: 2}]}).to.eql({a: [1, {b: 3}]}));
pm.test('include', () => pm.expect([1, 2]).to.include(3));
pm.test('property', () => pm.expect({a: 1}).to.have.property('b'));
pm.test('type', () => pm.expect('x').to.be.a('number'));
pm.test('empty', () => pm.expect([1]).to.be.empty);
pm.test('range', () => pm.expect(5).to.be.within(1, 3));
pm.test('match', () => pm.expect('abc').to.match(/^x/));
pm.test('keys', () => pm.expect({a: 1}).to.have.all.keys('a', 'b'));
pm.test('length', () => pm.expect([1]).to.have.lengthOf(2));
pm.test('exist', () => pm.expect(null).to.exist);
pm.test('one of', () => pm.expect(4).to.be.oneOf([1, 2]));
pm.test('members', () => pm.expect([1, 2]).to.have.members([2, 3]));
pm.test('throw', () => pm.expect(() => {}).to.throw());
pm.test('close', () => pm.expect(1.5).to.be.closeTo(1, 0.1));
pm.test('instance', () => pm.expect([]).to.be.an.instanceof(Map));
pm.test('fail', () => pm.expect.fail('on purpose'));
pm.test('not', () => pm.expect(1).to.not.equal(1));
pm.test('string', () => pm.expect('hello').to.have.string('xyz'));
pm.test('satisfy', () => pm.expect(1).to.satisfy((n) => n > 1));
pm.test('undefined', () => pm.expect(undefined).to.equal(null));
pm.test('long', () => pm.expect('x'.repeat(300)).to.equal('y'));
""")),
    # -- changes of the request
    case("mutate-url", item(pre="pm.request.url.update(pm.request.url.toString().replace('/ok', '/changed?x=1'));")),
    case("mutate-url-assigned", item(pre="pm.request.url = '@BASE@/assigned';")),
    case("mutate-url-path", item(url=url("a/b"), pre="pm.request.url.path.push('c'); pm.request.url.query.add({key: 'q', value: '1'});")),
    case("mutate-query", item(url=url("x", query=[{"key": "a", "value": "1"}]), pre="pm.request.addQueryParams('b=2&c=3'); pm.request.removeQueryParams('a');")),
    case("mutate-query-helpers", item(url="@BASE@/x?a=1", pre="pm.request.url.addQueryParams([{key: 'b', value: '{{v}}'}]);"), variables={"v": "2"}),
    case("mutate-path-variable", item(url=url(":id", variable=[{"key": "id", "value": "1"}]), pre="pm.request.url.variables.upsert({key: 'id', value: '2'});")),
    case("mutate-method", item(pre="pm.request.method = 'POST';")),
    case("mutate-method-to-lower-case", item(pre="pm.request.method = 'put';")),
    case("mutate-headers", item(header=[{"key": "X-A", "value": "1"}, {"key": "X-B", "value": "2"}], pre="""
pm.request.headers.add({key: 'X-C', value: '3'}); pm.request.headers.upsert({key: 'X-A', value: 'new'});
pm.request.headers.remove('X-B'); pm.request.addHeader({key: 'X-D', value: '{{d}}'}); pm.request.upsertHeader({key: 'x-d', value: 'lower'});
"""), variables={"d": "4"}),
    case("mutate-headers-remove-case", item(header=[{"key": "X-A", "value": "1"}, {"key": "X-B", "value": "1"}], pre="pm.request.removeHeader('x-a'); pm.request.removeHeader('x-b', {ignoreCase: true});")),
    case("mutate-headers-from-template", item(header=[{"key": "X-A", "value": "{{token}}"}], pre="pm.environment.set('token', 'fresh');")),
    case("mutate-body-raw", item(method="POST", body=raw("old"), pre="pm.request.body.raw = 'new {{v}}';"), variables={"v": "value"}),
    case("mutate-body-update", item(method="POST", body=raw("old"), pre="pm.request.body.update({mode: 'raw', raw: '{\"a\": 1}', options: {raw: {language: 'json'}}});")),
    case("mutate-body-added", item(method="POST", pre="pm.request.body = {mode: 'urlencoded', urlencoded: [{key: 'a', value: 'b'}]};")),
    case("mutate-body-added-by-update", item(method="POST", pre="pm.request.update({method: 'PUT', url: '@BASE@/updated', body: {mode: 'raw', raw: 'x'}});")),
    case("mutate-body-urlencoded", item(method="POST", body={"mode": "urlencoded", "urlencoded": [{"key": "a", "value": "1"}]}, pre="pm.request.body.urlencoded.add({key: 'b', value: '2'});")),
    case("mutate-body-formdata", item(method="POST", body={"mode": "formdata", "formdata": [{"key": "a", "value": "1", "type": "text"}]}, pre="pm.request.body.formdata.add({key: 'b', value: '2'});")),
    case("mutate-auth", item(auth=auth("basic", username="u", password="p"), pre="pm.request.auth.update({type: 'bearer', bearer: [{key: 'token', value: 'T'}]});")),
    case("mutate-auth-added", item(pre="pm.request.authorizeUsing('basic', [{key: 'username', value: 'u'}, {key: 'password', value: 'p'}]);")),
    case("mutate-auth-removed", item(auth=auth("basic", username="u", password="p"), pre="pm.request.authorizeUsing(null);")),
    case("mutate-is-reset", item("r", pre="if (pm.info.iteration === 0) pm.request.headers.add({key: 'X-A', value: '1'});"), args=("-n", "2")),
    case("mutate-by-collection-script", item("a"), item("b", header=[{"key": "X-A", "value": "own"}]), pre="pm.request.headers.upsert({key: 'X-A', value: 'collection'});"),
    case("mutate-seen-by-test", item(pre="pm.request.headers.add({key: 'X-A', value: '1'});", test="pm.test(pm.request.headers.get('X-A') + pm.request.method);")),
    case("mutate-in-test-is-too-late", item("a", test="pm.request.headers.add({key: 'X-A', value: '1'}); pm.request.url.update('@BASE@/other');"), item("b")),
    case("mutate-about-blank", item(url="about:blank", pre="pm.request.url = '@BASE@/rewritten';")),
    case("request-as-scripts-see-it", item(
        method="POST", url=url("p/:v", query=[{"key": "a", "value": "{{x}}"}], variable=[{"key": "v", "value": "1"}]), body=raw("{{x}}"), header=[{"key": "X-A", "value": "{{x}}"}],
        pre="pm.test([pm.request.method, pm.request.url.getPath(), pm.request.url.getQueryString(), pm.request.body.raw, pm.request.headers.get('X-A'), pm.request.name].join('|'));",
        test="pm.test([pm.request.method, pm.request.url.getPath(), pm.request.url.getQueryString(), pm.request.body.raw, pm.request.headers.get('X-A')].join('|')); pm.test(pm.request.url.toString().replace(/:\\d+/, ''));"),
        variables={"x": "X"}),
    case("request-headers-after-sending", item(test="pm.test(pm.request.headers.map((one) => one.key).sort().join());")),
    case("request-headers-after-sending-as-written",
         item(header=[{"key": "X-A", "value": "1"}, {"key": "x-a", "value": "2"}, {"key": "X-D", "value": "3", "disabled": True},
                      {"key": "User-Agent", "value": "a"}, {"key": "user-agent", "value": "b"}],
              test="pm.test(JSON.stringify(pm.request.headers.filter((h) => h.key !== 'Postman-Token')));")),
    case("request-headers-after-sending-a-form",
         item(method="POST", header=[{"key": "Content-Type", "value": "a/b", "disabled": True}],
              body={"mode": "urlencoded", "urlencoded": [{"key": "a", "value": "b"}]},
              test="pm.test(JSON.stringify(pm.request.headers.filter((h) => h.key !== 'Postman-Token')));")),
    *(case(f"request-url-after-sending-{name}", item(url=address, test="pm.test(pm.request.url.toString() + JSON.stringify(pm.request.url));"))
      for name, address in (("encoded", "@BASE@/a b/{c}/\u00fc?d=\u00df e#\u00f6"), ("upper", "HTTP://LOCALHOST:@PORT@/Ok"),
                            ("number", "http://2130706433:@PORT@/ok"), ("bare", "127.0.0.1:@PORT@"),
                            ("path-variables", url(":a/:b", variable=[{"key": "a", "value": "x y"}])),
                            ("redirected", "@BASE@/redirect/302?to=/echo&a=b c"))),
    case("request-to-json", item(method="POST", body=raw("x"), pre="const r = pm.request.toJSON(); delete r.url; pm.test(JSON.stringify(r));")),
    # -- console and other quiet things
    case("script-console", item(test="console.log('a', {b: 1}); console.info(); console.warn(null); console.error(new Error('e')); console.debug([1]);")),
    case("script-visualizer", item(test="pm.visualizer.set('<b>{{a}}</b>', {a: 1}); pm.test('after');")),
    case("script-deep-recursion", item(test="const f = () => f(); pm.test('deep', () => pm.expect(f).to.throw(RangeError));")),
    case("script-json-big-integer", item(test="pm.test(String(JSON.parse('{\"a\": 9007199254740993}').a));")),
    case("script-eval", item(test="pm.test(String(eval('1 + 1'))); pm.test(String(new Function('return 3')()));")),
    case("script-from-a-variable", item(test="eval(pm.globals.get('lib')); helper();"), globals={"lib": "helper = () => pm.test('from a variable', () => {});"}),
    case("script-response-undefined-in-pre", item(pre="pm.test(typeof pm.response);")),
    case("script-iteration-data", item(test="pm.test([pm.iterationData.get('a'), pm.iterationData.has('b'), JSON.stringify(pm.iterationData.toObject())].join());"), data=[{"a": 1}, {"a": "x", "b": None}]),
    case("script-strictness", item(test="pm.test(String(this === undefined) + typeof arguments);")),
    case("script-what-is-not-there", item(test="pm.test(['process', 'global', 'window', 'fetch', 'XMLHttpRequest', 'module', 'WebAssembly'].map((n) => eval('typeof ' + n)).join());")),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
