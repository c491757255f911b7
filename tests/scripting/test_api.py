"""The pm and legacy API, as scripts see it."""

from __future__ import annotations

import pytest

from runner.model.result import ErrorInfo
from runner.scripting.interface import ScopeMutation
from runner.scripting.v8 import V8Engine
from scripting.run import response, row, run, scope


def test_tests_pass_fail_and_skip_in_order(engine: V8Engine) -> None:
    ran = run(
        engine,
        """pm.test("good", () => pm.response.to.have.status(200));
        pm.test("bad", function () { pm.expect(pm.response.json().a).to.equal(2); });
        pm.test.skip("later", () => { throw new Error("never run"); });""",
    )
    assert ran.results == {"good": None, "bad": "expected 1 to equal 2", "later": None}
    assert [(test.index, test.skipped, test.passed) for test in ran.assertions] == [
        (0, False, True),
        (1, False, False),
        (2, True, False),
    ]
    failure = ran.assertions[1].error
    assert failure is not None
    assert failure.name == "AssertionError"
    assert failure.stack is not None
    assert "script:2:" in failure.stack
    assert ran.outcome.error is None


def test_legacy_tests_are_reported_when_the_script_ends(engine: V8Engine) -> None:
    ran = run(engine, 'tests["yes"] = responseCode.code === 200; tests["no"] = responseBody.has("zzz");')
    assert ran.results == {"yes": None, "no": "expected false to be truthy"}
    assert any('Using "tests" is deprecated' in line for line in ran.console)


def test_script_information(engine: V8Engine) -> None:
    ran = run(
        engine,
        """const { info } = pm;
        console.log(info.eventName, info.iteration, info.iterationCount, info.requestName, info.requestId);
        console.log(pm.execution.location, pm.execution.location.current, pm.environment.name);
        console.log(pm.request.method, pm.request.url.toString(), pm.request.headers.get("x-a"));""",
    )
    assert ran.console == [
        "'test', 2, 5, 'The item', 'item-id'",
        "[ 'Folder', 'The item' ], 'Folder', 'Env'",
        "'POST', 'http://example.test/path?q=1', 'b'",
    ]


def test_response(engine: V8Engine) -> None:
    ran = run(
        engine,
        """const r = pm.response;
        console.log(r.code, r.status, r.headers.get("content-type"), r.responseTime, r.text(), r.size().body);
        pm.test("schema", () => r.to.have.jsonSchema({ type: "object", required: ["b"] }));
        pm.test("jsonBody", () => r.to.have.jsonBody("a", "ü"));
        console.log(responseTime, postman.getResponseHeader("Content-Type"));""",
        response=response('{"a": "ü"}'.encode(), headers=[("Content-Type", "application/json")]),
    )
    assert ran.console[0] == "200, 'OK', 'application/json', 12, '{\"a\": \"ü\"}', 11"
    assert ran.console[-1] == "12, 'application/json'"
    assert ran.results["jsonBody"] is None
    assert "should have required property 'b'" in str(ran.results["schema"])


@pytest.mark.parametrize("size", [10, 100_000])
def test_bodies_arrive_unchanged(engine: V8Engine, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    ran = run(
        engine,
        """const { stream } = pm.response;
        console.log(Buffer.isBuffer(stream), stream.length, require("crypto-js").MD5(
            require("crypto-js").enc.Hex.parse(stream.toString("hex"))).toString());
        console.log(pm.response.text().length);""",
        response=response(body, headers=[("Content-Type", "application/octet-stream")]),
    )
    import hashlib

    assert ran.console == [
        f"true, {len(body)}, '{hashlib.md5(body).hexdigest()}'",
        str(len(body.decode("utf-8", "replace"))),
    ]


def test_other_charsets_are_decoded(engine: V8Engine) -> None:
    ran = run(
        engine,
        "console.log(pm.response.text())",
        response=response("grüß".encode("latin-1"), headers=[("Content-Type", "text/plain; charset=iso-8859-1")]),
    )
    assert ran.console == ["'grüß'"]


def test_variables_are_looked_up_inside_out(engine: V8Engine) -> None:
    ran = run(
        engine,
        """for (const name of ["g", "c", "e", "d", "l"]) console.log(pm.variables.get(name));
        console.log(pm.variables.replaceIn("{{l}}-{{d}} {{$guid}}").length, pm.iterationData.toObject());
        console.log(pm.environment.has("off"), data.d, globals.g, environment.e);""",
        globals=scope("g", row("g", "globals"), row("l", "globals")),
        collection=scope("c", row("c", "collection"), row("l", "collection")),
        environment=scope("e", row("e", "environment"), {**row("off", 1), "disabled": True}),
        local=scope("l", row("l", "local")),
        data={"d": "data"},
    )
    values = [line for line in ran.console if "deprecated" not in line]
    assert values == [
        "'globals'",
        "'collection'",
        "'environment'",
        "'data'",
        "'local'",
        "47, { d: 'data' }",
        "false, 'data', 'globals', 'environment'",
    ]


def test_changes_of_scopes(engine: V8Engine) -> None:
    ran = run(
        engine,
        """pm.environment.set("new", { a: [1] });
        pm.environment.unset("gone");
        pm.globals.set("n", 5, "number");
        pm.collectionVariables.set("c", null);
        pm.variables.set("mine", "x");""",
        environment=scope("e", row("keep", "1"), row("gone", "2"), row("last", "3", "secret")),
    )
    assert sorted(ran.outcome.mutations, key=lambda m: (m.scope, m.key)) == [
        ScopeMutation("collection", "c", None),
        ScopeMutation("environment", "gone", removed=True),
        ScopeMutation("environment", "new", {"a": [1]}),
        ScopeMutation("globals", "n", 5),
    ]
    scopes = ran.outcome.scopes
    assert set(scopes) == {"globals", "environment", "collection", "local"}
    assert [(r["key"], r["type"]) for r in scopes["environment"]] == [
        ("keep", "any"),
        ("last", "secret"),
        ("new", "any"),
    ]
    assert scopes["environment"][2]["value"] == {"a": [1]}
    assert scopes["globals"][0]["type"] == "number"
    assert [(r["key"], r["value"]) for r in scopes["local"]] == [("mine", "x")]


def test_scopes_that_did_not_change_are_not_returned(engine: V8Engine) -> None:
    ran = run(engine, "pm.environment.get('a'); pm.globals.toObject()", environment=scope("e", row("a", 1)))
    assert ran.outcome.scopes == {}
    assert ran.outcome.mutations == ()


def test_large_integers_that_no_script_wrote_keep_all_digits(engine: V8Engine) -> None:
    large = 12345678901234567890
    ran = run(
        engine,
        "pm.environment.set('other', 1); pm.variables.set('mine', 1)",
        environment=scope("e", row("id", large), row("nested", {"ids": [large]})),
        local=scope("l", row("id", large)),
    )
    assert [r["value"] for r in ran.outcome.scopes["environment"]] == [large, {"ids": [large]}, 1]
    assert [r["value"] for r in ran.outcome.scopes["local"]] == [large, 1]


def test_legacy_variable_functions(engine: V8Engine) -> None:
    ran = run(engine, "postman.setEnvironmentVariable('a', 1); postman.setGlobalVariable('b', 'x')")
    assert {(m.scope, m.key, m.value) for m in ran.outcome.mutations} == {
        ("environment", "a", "1"),
        ("globals", "b", "x"),
    }


def test_flow(engine: V8Engine) -> None:
    nowhere = run(engine, "1")
    assert not nowhere.outcome.next_request_set
    named = run(engine, "pm.execution.setNextRequest('a'); postman.setNextRequest('b')")
    assert (named.outcome.next_request, named.outcome.next_request_set) == ("b", True)
    stopped = run(engine, "pm.execution.setNextRequest(null)")
    assert (stopped.outcome.next_request, stopped.outcome.next_request_set) == (None, True)


def test_skip_request_ends_the_script(engine: V8Engine) -> None:
    ran = run(
        engine,
        "pm.test('before', () => {}); setTimeout(() => console.log('later'), 5); pm.execution.skipRequest(); ",
        "prerequest",
    )
    assert ran.outcome.skip_request
    assert ran.results == {"before": None}
    assert ran.console == []
    assert "not a function" in str(run(engine, "pm.execution.skipRequest()").outcome.error)


def test_a_prerequest_script_changes_the_request(engine: V8Engine) -> None:
    ran = run(
        engine, "pm.request.headers.add({ key: 'X-New', value: '1' }); pm.request.url.query.add('z=2')", "prerequest"
    )
    changed = ran.outcome.request
    assert changed is not None
    assert [header["key"] for header in changed["header"]] == ["X-A", "X-New"]
    assert [param["key"] for param in changed["url"]["query"]] == ["q", "z"]
    assert run(engine, "console.log(pm.request.method)", "prerequest").outcome.request is None


def test_visualizer(engine: V8Engine) -> None:
    ran = run(engine, "pm.visualizer.set('<b>{{x}}</b>', { x: 1 })")
    assert ran.outcome.visualizer == {"template": "<b>{{x}}</b>", "data": {"x": 1}}


def test_vault_is_denied(engine: V8Engine) -> None:
    ran = run(engine, "try { await pm.vault.get('x') } catch (error) { console.log(error.message) }")
    assert ran.console == ["'Vault access denied'"]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("require('lodash').VERSION", "'4.18.1'"),
        ("_.VERSION", "'3.10.2'"),
        ("require('moment').utc(0).format()", "'1970-01-01T00:00:00Z'"),
        ("CryptoJS.SHA256('a').toString().slice(0, 8)", "'ca978112'"),
        ("cheerio.load('<b>x</b>')('b').text()", "'x'"),
        ("xml2Json('<a><b>1</b></a>')", "{ a: { b: '1' } }"),
        ("tv4.validate(1, { type: 'string' })", "false"),
        ("new (require('ajv'))().validate({ type: 'number' }, 1)", "true"),
        ("require('csv-parse/lib/sync')('a,b\\n1,2')", "[ [ 'a', 'b' ], [ '1', '2' ] ]"),
        ("require('uuid').v4().length", "36"),
        ("require('chai').expect === pm.expect", "true"),
        ("require('postman-collection').Url.parse('http://a/b').host", "[ 'a' ]"),
        ("new Backbone.Model({ a: 1 }).get('a')", "1"),
        ("require('util').format('%s', 1)", "'1'"),
        ("pm.variables.replaceIn('{{$randomFirstName}}').includes('$')", "false"),
        ("typeof require('xml2js').parseString", "'function'"),
    ],
)
def test_libraries(engine: V8Engine, source: str, shown: str) -> None:
    ran = run(engine, f"console.log({source})")
    assert ran.outcome.error is None
    assert ran.console[-1] == shown


def test_unknown_modules_cannot_be_required(engine: V8Engine) -> None:
    error = run(engine, "\nrequire('fs-extra')").outcome.error
    assert error == ErrorInfo("Error", "Cannot find module 'fs-extra'", "at script:2:1")


def test_undeclared_globals_persist_and_declared_ones_do_not(engine: V8Engine) -> None:
    run(engine, "kept = 1; var lost = 2;")
    assert run(engine, "console.log(typeof kept, typeof lost)").console == ["'number', 'undefined'"]
