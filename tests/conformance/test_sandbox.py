"""What scripts call: pm.sendRequest, timers, the legacy API, require, libraries, dynamic variables."""

from __future__ import annotations

from conformance.case import Case, case, item
from conformance.harness import Compare

SHOW = "(e, r) => pm.test(e ? 'error ' + (e.code || e.message) : r.code + ' ' + r.text())"
LIBRARIES = ("ajv", "atob", "backbone", "btoa", "chai", "cheerio", "crypto-js", "csv-parse/lib/sync", "lodash", "moment", "postman-collection", "tv4", "uuid", "xml2js",
             "assert", "buffer", "events", "path", "punycode", "querystring", "stream", "string_decoder", "timers", "url", "util")  # fmt: skip


def send(request: str, name: str, **more: object) -> Case:
    return case(name, item(test=f"pm.sendRequest({request}, {SHOW});"), **more)  # type: ignore[arg-type]


CASES = [
    # -- pm.sendRequest
    send("'@BASE@/sent'", "send-text"),
    send("{url: '@BASE@/sent', method: 'POST', header: {'X-A': '1'}, body: {mode: 'raw', raw: '{\"a\":1}'}}", "send-raw"),
    send("{url: '@BASE@/sent', method: 'POST', header: {'Content-Type': 'application/json'}, body: '{\"a\":1}'}", "send-body-text"),
    send("{url: '@BASE@/sent', method: 'POST', header: ['X-A: 1', 'X-B:2'], body: {mode: 'urlencoded', urlencoded: [{key: 'a', value: '1 2'}]}}", "send-urlencoded"),
    send("{url: '@BASE@/sent', method: 'POST', header: [{key: 'X-A', value: '1'}], body: {mode: 'formdata', formdata: [{key: 'a', value: '1'}]}}", "send-formdata"),
    send("{url: '@BASE@/sent', method: 'POST', body: {mode: 'graphql', graphql: {query: '{a}', variables: '{}'}}}", "send-graphql"),
    send("{url: '@BASE@/sent', method: 'POST', header: 'X-A: 1\\nX-B: 2', body: {mode: 'raw', raw: 'x', options: {raw: {language: 'json'}}}}", "send-header-text"),
    send("{url: '@BASE@/sent', method: 'GET', body: {mode: 'raw', raw: 'in a GET'}}", "send-get-with-body"),
    send("{url: '@BASE@/sent'}", "send-without-method"),
    send("{url: '@BASE@/sent', method: 'delete'}", "send-lower-case-method"),
    send("{url: {protocol: 'http', host: '127.0.0.1', port: '@PORT@', path: ['a'], query: [{key: 'b', value: 'c d'}]}}", "send-url-in-parts"),
    send("{url: '@BASE@/{{v}}', header: {'X-A': '{{v}}'}}", "send-templates-stay", variables={"v": "x"}),
    send("{url: '@BASE@/sent', auth: {type: 'basic', basic: [{key: 'username', value: 'u'}, {key: 'password', value: 'p'}]}}", "send-auth"),
    send("'@BASE@/sent'", "send-does-not-inherit-auth", auth={"type": "bearer", "bearer": [{"key": "token", "value": "t"}]}),
    send("{url: '@BASE@/sent', method: 'POST', body: {mode: 'file', file: {src: 'a.txt'}}}", "send-file", files={"a.txt": "x"}),
    send("'@BASE@/redirect/302?to=/end'", "send-redirect"),
    send("'http://127.0.0.1:1/'", "send-refused"),
    send("''", "send-empty"),
    send("'@BASE@/respond?status=500'", "send-500"),
    send("'@BASE@/json'", "send-json"),
    send("pm.request", "send-the-request-itself"),
    case("send-without-callback", item(test="pm.sendRequest('@BASE@/sent');")),
    case("send-without-arguments", item(test="pm.sendRequest();")),
    case("send-in-pre", item(pre="pm.sendRequest('@BASE@/json', (e, r) => pm.environment.set('name', r.json().name));", url="@BASE@/{{name}}")),
    case("send-nested", item(test="pm.sendRequest('@BASE@/1', () => pm.sendRequest('@BASE@/2', () => pm.sendRequest('@BASE@/3', () => pm.test('end'))));")),
    case("send-several", item(test="['a', 'b', 'c'].forEach((n) => pm.sendRequest('@BASE@/' + n, (e, r) => {}));"), unordered=True),
    case("send-response-object", item(test="pm.sendRequest('@BASE@/respond?status=201&header=X-A:1', (e, r) => { pm.test([r.code, r.status, r.headers.get('x-a'), typeof r.responseTime].join()); pm.test('to', () => pm.expect(r).to.have.property('code', 201)); });")),
    case("send-with-test-inside", item(test="pm.sendRequest('@BASE@/x', (e, r) => { pm.test('inside', () => pm.expect(r.code).to.eql(404)); });")),
    case("send-then-next-request", item("a", test="pm.sendRequest('@BASE@/x', () => pm.execution.setNextRequest('c'));"), item("b"), item("c")),
    case("send-in-test-done", item(test="pm.test('waits', (done) => pm.sendRequest('@BASE@/x', (e, r) => { pm.expect(r.code).to.eql(200); done(); }));")),
    case("send-over-iterations", item(pre="pm.sendRequest('@BASE@/x', () => {});"), args=("-n", "2")),
    case("send-sets-globals", item("a", test="pm.sendRequest('@BASE@/json', (e, r) => { pm.globals.set('id', r.json().id); });"), item("b", "@BASE@/{{id}}")),
    case("send-counts", item("a", pre="pm.sendRequest('@BASE@/x', () => {});", test="pm.sendRequest('@BASE@/y', () => {});"), item("b")),
    # -- timers
    case("timer-timeout", item(test="setTimeout(() => pm.test('later'), 20); pm.test('now');"), item("b")),
    case("timer-order", item(test="setTimeout(() => pm.test('c'), 30); setTimeout(() => pm.test('b'), 10); setImmediate(() => pm.test('a'));")),
    case("timer-interval", item(test="let n = 0; const i = setInterval(() => { pm.test('tick ' + n); if (++n === 3) clearInterval(i); }, 5);")),
    case("timer-cleared", item(test="const t = setTimeout(() => pm.test('never'), 10); clearTimeout(t); const i = setImmediate(() => pm.test('never')); clearImmediate(i);")),
    case("timer-arguments", item(test="setTimeout((a, b) => pm.test(a + b), 1, 'x', 'y');")),
    case("timer-in-pre-delays-the-request", item(pre="setTimeout(() => pm.environment.set('v', 'late'), 30);", url="@BASE@/{{v}}")),
    case("timer-nested", item(test="setTimeout(() => setTimeout(() => pm.test('inner'), 5), 5);")),
    case("timer-promise", item(test="Promise.resolve(1).then((v) => pm.test('then ' + v));")),
    case("timer-async-function", item(test="(async () => { await new Promise((r) => setTimeout(r, 5)); pm.test('after await'); })();")),
    # -- legacy
    case("legacy-tests", item(test="tests['yes'] = true; tests['no'] = false; tests['truthy'] = 'x'; tests['zero'] = 0;")),
    case("legacy-tests-in-pre", item(pre="tests['pre'] = true;")),
    case("legacy-response", item(url="@BASE@/respond?status=201&header=X-A:1&body=hi", test="pm.test([responseBody, responseCode.code, responseCode.name, typeof responseTime, responseHeaders['X-A'], postman.getResponseHeader('x-a'), iteration].join('|'));")),
    case("legacy-code-detail", item(url="@BASE@/respond?status=404", test="pm.test(responseCode.detail.length > 10 ? 'has detail' : 'none');")),
    case("legacy-request", item(method="POST", header=[{"key": "X-A", "value": "1"}], body={"mode": "raw", "raw": "x"}, test="pm.test([request.method, request.url.replace(/:\\d+/, ''), request.headers['X-A'], request.data, request.name].join('|'));")),
    case("legacy-request-data-forms", item("a", method="POST", body={"mode": "urlencoded", "urlencoded": [{"key": "a", "value": "1"}]}, test="pm.test(JSON.stringify(request.data));")),
    case("legacy-variables", item(pre="""
postman.setEnvironmentVariable('e', 1); postman.setGlobalVariable('g', 'x'); postman.clearEnvironmentVariable('old');
pm.test([postman.getEnvironmentVariable('e'), postman.getGlobalVariable('g'), environment.e, globals.g, environment.old, typeof data].join('|'));
""", url="@BASE@/{{e}}/{{g}}"), environment={"old": "o"}),
    case("legacy-clear-all", item(pre="postman.clearEnvironmentVariables(); postman.clearGlobalVariables();"), environment={"a": 1}, globals={"b": 2}),
    case("legacy-cookies", item(url="@BASE@/respond?header=Set-Cookie:%20a=1", test="pm.test(postman.getResponseCookie('a').value + responseCookies.length);")),
    case("legacy-data", item(test="pm.test(JSON.stringify(data) + iteration);"), data=[{"a": 1}, {"a": "x"}]),
    case("legacy-libraries", item(test="pm.test(_.VERSION + typeof CryptoJS + typeof tv4 + typeof Backbone + typeof cheerio + typeof xml2Json);")),
    case("legacy-xml2json", item(test="pm.test(JSON.stringify(xml2Json('<a b=\"1\"><c> x </c><c>y</c><d/></a>')));")),
    case("legacy-base64", item(test="pm.test(btoa('hi') + atob('aGk=') + Buffer.from('hi').toString('hex'));")),
    case("legacy-crypto", item(test="pm.test(CryptoJS.MD5('x').toString() + CryptoJS.HmacSHA256('a', 'b').toString(CryptoJS.enc.Base64) + CryptoJS.SHA1('\\u00fc'));")),
    case("legacy-tv4", item(test="pm.test(String(tv4.validate({a: 1}, {type: 'object', required: ['b']})) + tv4.error.message);")),
    case("legacy-sandbox2", item(test='"use sandbox2";\npm.test(typeof tests + typeof responseBody + typeof _);')),
    case("legacy-json-parse-with-bom", item(test="pm.test(JSON.stringify(JSON.parse('\\ufeff{\"a\": 1}')));")),
    case("legacy-json-parse-broken", item(test="pm.test('parse', () => JSON.parse('{a'));")),
    # -- require
    *(case(f"require-{name.replace('/', '-').replace('_', '-')}", item(test=f"pm.test(typeof require('{name}'));")) for name in LIBRARIES),
    case("require-unknown", item(test="require('no-such-module');")),
    case("require-fs-is-empty", item(test="pm.test(JSON.stringify(Object.keys(require('fs'))));")),
    case("library-chai", item(test="const {expect} = require('chai'); pm.test('chai', () => expect({a: 1}).to.have.keys('b'));")),
    case("library-moment", item(test="const m = require('moment'); pm.test(m.utc('2020-02-29T12:00:00Z').add(1, 'year').format('YYYY-MM-DD dddd') + m.version);")),
    case("library-lodash", item(test="const lo = require('lodash'); pm.test(JSON.stringify(lo.groupBy([1, 2, 3], (n) => n % 2)));")),
    case("library-ajv", item(test="const Ajv = require('ajv'); const v = new Ajv().compile({type: 'number'}); v('x'); pm.test(v.errors[0].message);")),
    case("library-csv", item(test="const parse = require('csv-parse/lib/sync'); pm.test(JSON.stringify(parse('a,b\\n1,2', {columns: true})));")),
    case("library-xml2js", item(test="require('xml2js').parseString('<a><b>1</b></a>', (e, r) => pm.test(JSON.stringify(r)));")),
    case("library-uuid", item(test="pm.test('uuid', () => pm.expect(require('uuid')()).to.match(/^[0-9a-f-]{36}$/));")),
    case("library-crypto-js", item(test="pm.test(require('crypto-js').SHA256('x').toString());")),
    case("library-collection", item(test="const sdk = require('postman-collection'); pm.test(new sdk.Url('http://a.b/c?d=e').getQueryString() + new sdk.Header({key: 'a', value: 'b'}).toString());")),
    case("library-url-and-querystring", item(test="pm.test(require('url').parse('http://a/b?c=d').query + JSON.stringify(require('querystring').parse('a=1&a=2')));")),
    case("library-util", item(test="pm.test(require('util').inspect({a: [1, {b: {c: {}}}]}) + require('util').format('%s %d %j', 'x', 5, {}));")),
    case("library-cheerio", item(test="pm.test(require('cheerio').load('<p>x</p>')('p').text());")),
    case("library-property-lists", item(test="""
const h = pm.response.headers;
pm.test([h.count(), h.has('content-type'), h.idx(0).key, h.indexOf('content-type'), h.one('content-type').value, h.filter((x) => x.key === 'nope').length].join('|'));
pm.test(h.reduce((a, x) => a + x.key.length, 0) + h.map((x) => x.key).join() + JSON.stringify(h.toObject()));
""")),
    # -- dynamic variables
    case("dynamic-in-url", item(url="@BASE@/{{$guid}}/{{$timestamp}}/{{$randomInt}}/{{$randomUUID}}"), volatile=(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", r"\b1\d{9}\b", r"(?<=/)\d{1,4}(?=/)")),
    case("dynamic-iso-timestamp", item(method="POST", body={"mode": "raw", "raw": "{{$isoTimestamp}}"}), volatile=(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", )),
    case("dynamic-each-time-anew", item(test="pm.test('differ', () => { const [a, b] = pm.variables.replaceIn('{{$guid}} {{$guid}}').split(' '); pm.expect(a).to.not.equal(b); });")),
    case("dynamic-unknown", item(url="@BASE@/{{$nope}}/{{$Guid}}")),
    case("dynamic-in-scripts", item(test="""
const shapes = {guid: /^[0-9a-f-]{36}$/, timestamp: /^\\d{10}$/, isoTimestamp: /^\\d{4}-.*Z$/, randomInt: /^\\d{1,4}$/, randomAlphaNumeric: /^[0-9a-z]$/i, randomBoolean: /^(true|false)$/,
    randomHexColor: /^#[0-9a-f]{6}$/, randomIP: /^\\d+\\.\\d+\\.\\d+\\.\\d+$/, randomMACAddress: /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, randomEmail: /@/, randomPassword: /^.{15}$/, randomCurrencyCode: /^[A-Z]{3}$/};
Object.keys(shapes).forEach((name) => pm.test(name, () => pm.expect(pm.variables.replaceIn('{{$' + name + '}}')).to.match(shapes[name])));
""")),
    case("dynamic-as-part-of-a-name", item(url="@BASE@/x{{$randomInt}}y{{ $guid }}"), volatile=(r"(?<=x)\d{1,4}(?=y)",)),
    case("dynamic-through-a-variable", item(url="@BASE@/{{id}}"), variables={"id": "{{$guid}}"}, volatile=(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",)),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
