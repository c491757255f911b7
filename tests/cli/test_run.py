"""What a user meets: requests on the wire, output, exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Htrun, Json, folder, request
from support.server import RecordingServer

Write = Callable[..., str]


def report(tmp_path: Path, htrun: Htrun, *arguments: str, code: int = 0) -> Json:
    """Runs and returns the JSON report."""
    done = htrun(*arguments, "--reporters", "json", "--reporter-json-export", "report.json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))


def values(scope: Json) -> dict[str, Json]:
    return {row["key"]: row["value"] for row in scope["values"]}


def test_variables_flow_from_one_response_into_the_next_request(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(
        folder(
            "Setup",
            request(
                "Create",
                f"{server.url}/json",
                'pm.test("has id", () => pm.expect(pm.response.json().id).to.eql(42));'
                'pm.globals.set("user_id", pm.response.json().id);',
            ),
        ),
        request("Get", f"{server.url}/users/{{{{user_id}}}}?name={{{{name}}}}"),
        variable=[{"key": "name", "value": "Ann"}],
    )
    found = report(tmp_path, htrun, file)
    assert [r.target for r in server.take()] == ["/json", "/users/42?name=Ann"]
    assert values(found["globals"]) == {"user_id": 42}
    assert found["run"]["stats"]["assertions"] == {"total": 1, "pending": 0, "failed": 0}


def test_var_wins_over_the_environment_and_comes_from_the_process_too(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    (tmp_path / "env.json").write_text(json.dumps({"values": [{"key": "a", "value": "environment"}]}))
    file = collection(request("r", f"{server.url}/{{{{a}}}}/{{{{b}}}}"), variable=[{"key": "b", "value": "collection"}])
    done = htrun(file, "-e", "env.json", "--var", "a=given=1", env={"HTRUN_VAR_b": "process", "HTRUN_VAR_a": "no"})
    assert done.returncode == 0, done.stderr
    assert [r.target for r in server.take()] == ["/given=1/process"]


def test_inherited_auth_and_scripts(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    inner = request("inner", f"{server.url}/1", prerequest='pm.request.headers.add({key: "X-Item", value: "i"})')
    file = collection(
        folder(
            "f",
            inner,
            request("none", f"{server.url}/2", auth={"type": "noauth"}),
            auth={"type": "bearer", "bearer": [{"key": "token", "value": "{{t}}"}]},
            event=[{"listen": "prerequest", "script": 'pm.variables.set("t", "token " + pm.info.requestName)'}],
        ),
        request("outer", f"{server.url}/3"),
        auth={"type": "basic", "basic": [{"key": "username", "value": "u"}, {"key": "password", "value": "p"}]},
    )
    assert htrun(file).returncode == 0
    first, second, third = server.take()
    assert first.header("authorization") == "Bearer token inner"
    assert first.header("x-item") == "i"
    assert second.header("authorization") is None
    assert third.header("authorization") == "Basic dTpw"


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("setTimeout(() => { throw new Error('in a timer') }, 5)", "in a timer"),
        ("pm.test('late', async () => { await null; throw new Error('rejected later') })", "rejected later"),
        ("pm.sendRequest('URL/json', () => { pm.expect(1, 'in callback').to.equal(2) })", "in callback"),
        ("Promise.reject(new Error('nobody listens'))", "nobody listens"),
        ("undefinedName()", "undefinedName is not defined"),
        ("pm.test('fails', () => pm.expect(1, 'plain').to.equal(2))", "plain"),
        ("postman.setNextRequest('Gett')", "Gett"),
    ],
)
def test_nothing_that_went_wrong_ends_in_silence(
    htrun: Htrun, collection: Write, server: RecordingServer, script: str, named: str
) -> None:
    done = htrun(collection(request("Broken item", f"{server.url}/json", script.replace("URL", server.url))))
    assert done.returncode == 1
    assert named in done.stdout
    assert "Broken item" in done.stdout


def test_a_script_that_loops_is_stopped_and_the_run_goes_on(
    htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(
        request("loops", f"{server.url}/1", "while (true) {}"),
        request("goes on", f"{server.url}/2", "pm.test('alive', () => {})"),
    )
    started = time.monotonic()
    done = htrun(file, "--timeout-script", "300")
    assert time.monotonic() - started < 15
    assert done.returncode == 1
    assert "timeout" in done.stdout.lower() or "timed out" in done.stdout.lower()
    assert "alive" in done.stdout
    assert len(server.take()) == 2


@pytest.mark.parametrize(
    ("more", "warned"), [((), True), (("--reporter-cli-silent",), False), (("--reporter-tap-export", "t.tap"), False)]
)
def test_two_reporters_in_one_terminal_are_warned_of(
    tmp_path: Path, htrun: Htrun, more: tuple[str, ...], warned: bool
) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "c"}, "item": []}))
    done = htrun("c.json", "-r", "cli,tap", *more)
    assert done.returncode == 0, done.stderr
    assert ("cli and tap write over each other" in done.stderr) == warned


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["c.json", "--nope"], 2, "--nope"),
        (["c.json", "-n", "0"], 2, "-n"),
        (["c.json", "-n", "x"], 2, "-n"),
        (["c.json", "--color", "purple"], 2, "--color"),
        (["c.json", "--var", "novalue"], 2, "--var takes NAME=VALUE"),
        (["c.json", "--bail", "sometimes"], 2, "--bail"),
        (["c.json", "--reporters", "clii"], 2, "clii"),
        (["c.json", "--simulate", "hypertrak"], 2, "hypertrak"),
        (["missing.json"], 3, "missing.json: no such file"),
        (["broken.json"], 3, "broken.json:2:3: is not valid JSON"),
        (["api.http"], 3, "api.http: is not a Postman collection; `htrun import` makes one of it"),
        (["c.json", "-e", "broken.json"], 3, "broken.json:2:3: is not valid JSON"),
        (["c.json", "--folder", "Usres"], 1, "did you mean 'Users'"),
    ],
)
def test_wrong_use_is_one_sentence_and_an_exit_code(
    tmp_path: Path, htrun: Htrun, arguments: list[str], code: int, message: str
) -> None:
    (tmp_path / "broken.json").write_text("{\n  nonsense")
    (tmp_path / "api.http").write_text("GET http://localhost/\n")
    (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "c"}, "item": [folder("Users")]}))
    done = htrun(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_an_empty_key_stops_the_run_before_the_first_request(
    htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(
        request("r", f"{server.url}/"),
        variable=[{"key": "api_key", "value": "", "description": "Your key"}],
        auth={"type": "apikey", "apikey": [{"key": "key", "value": "X"}, {"key": "value", "value": "{{api_key}}"}]},
    )
    done = htrun(file)
    assert done.returncode == 3
    assert '"api_key" is empty' in done.stderr
    assert "--var api_key=" in done.stderr
    assert "HTRUN_VAR_api_key" in done.stderr
    assert not server.take()
    assert htrun(file, "--var", "api_key=k").returncode == 0
    assert server.take()[0].header("x") == "k"


def test_a_refused_connection_is_a_failure_and_its_tests_still_run(htrun: Htrun, collection: Write) -> None:
    done = htrun(collection(request("Down", "http://127.0.0.1:1/", "pm.test('ran anyway', () => {})")))
    assert done.returncode == 1
    assert "ECONNREFUSED 127.0.0.1:1" in done.stdout
    assert "ran anyway" in done.stdout


def test_jumps_skips_and_iterations(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(
        request("a", f"{server.url}/a", "if (pm.info.iteration == 0) pm.execution.setNextRequest('c')"),
        request("b", f"{server.url}/b"),
        request("c", f"{server.url}/c", prerequest="if (pm.info.iteration == 1) pm.execution.skipRequest()"),
        request("d", f"{server.url}/d", "postman.setNextRequest(null)"),
        request("e", f"{server.url}/e"),
    )
    assert htrun(file, "-n", "2").returncode == 0
    assert [r.target for r in server.take()] == ["/a", "/c", "/d", "/a", "/b", "/d"]


def test_folder_selection_keeps_collection_order(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(
        folder("one", request("x", f"{server.url}/x")),
        folder("two", request("y", f"{server.url}/y")),
        request("z", f"{server.url}/z"),
    )
    assert htrun(file, "--folder", "z", "--folder", "one").returncode == 0
    assert [r.target for r in server.take()] == ["/x", "/z"]


@pytest.mark.parametrize(("bail", "sent"), [([], 3), (["--bail"], 1), (["--bail", "folder"], 3)])
def test_bail(htrun: Htrun, collection: Write, server: RecordingServer, bail: list[str], sent: int) -> None:
    fails = "pm.test('no', () => pm.expect(1).to.equal(2))"
    file = collection(*(request(name, f"{server.url}/{name}", fails) for name in "abc"))
    assert htrun(file, *bail).returncode == 1
    assert len(server.take()) == sent
    assert htrun(file, *bail, "-x").returncode == 0


def test_the_time_limit_of_the_run_holds(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(
        request("slow", f"{server.url}/respond?delay=20000"),
        request("loop", f"{server.url}/", "pm.execution.setNextRequest('loop')"),
    )
    for arguments in ([], ["--folder", "loop"]):
        started = time.monotonic()
        done = htrun(file, "--timeout", "700", *arguments)
        assert time.monotonic() - started < 5
        assert done.returncode == 1
        assert "--timeout" in done.stdout


def test_big_integers_survive_variables_and_bodies(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    body = {"mode": "raw", "raw": '{"id": {{big}}, "again": 9007199254740993}'}
    file = collection(
        request("r", f"{server.url}/", 'pm.environment.set("other", 1)', method="POST", body=body),
        variable=[{"key": "big", "value": 9007199254740993}],
    )
    assert htrun(file, "-n", "2").returncode == 0
    for received in server.take():
        assert received.body == b'{"id": 9007199254740993, "again": 9007199254740993}'


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_with_the_summary_so_far(tmp_path: Path, collection: Write, server: RecordingServer) -> None:
    file = collection(request("first", f"{server.url}/"), request("slow", f"{server.url}/respond?delay=30000"))
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", file, "--reporters", "cli,json", "--reporter-json-export", "r.json"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(server.received) < 2:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "first" in out
    assert "requests" in out
    assert "Traceback" not in err
    assert len(json.loads((tmp_path / "r.json").read_text())["run"]["executions"]) >= 1


def test_scripts_reach_no_process_file_or_network(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    script = "pm.test('closed', () => { for (const name of ['process', 'fetch', 'XMLHttpRequest', 'WebSocket']) {"
    script += "let found; try { found = eval('typeof ' + name) } catch (e) { found = 'undefined' }"
    script += "pm.expect(found, name).to.equal('undefined') } pm.expect(() => require('http')).to.throw() })"
    done = htrun(collection(request("r", f"{server.url}/", script)))
    assert done.returncode == 0, done.stdout


def test_silent_prints_nothing_and_still_fails(htrun: Htrun, collection: Write) -> None:
    done = htrun(collection(request("r", "http://127.0.0.1:1/")), "--silent")
    assert (done.returncode, done.stdout) == (1, "")


def test_run_is_the_default_command_also_after_options(
    htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(request("r", f"{server.url}/"))
    for arguments in (["run", file], [file], ["--color", "off", file]):
        assert htrun(*arguments).returncode == 0
    assert len(server.take()) == 3


def test_a_script_runs_another_request_with_its_scripts(
    htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    outer = "const answer = await pm.execution.runRequest('inner', {variables: {x: '7'}});"
    outer += "pm.test('answered ' + answer.code, () => pm.expect([pm.globals.get('seen'), "
    outer += "pm.collectionVariables.get('c'), pm.variables.get('l')]).to.eql(['7', 'C', 'L']))"
    inner = "pm.globals.set('seen', pm.variables.get('x'));"
    inner += "pm.collectionVariables.set('c', 'C'); pm.variables.set('l', 'L')"
    file = collection(
        request("outer", f"{server.url}/outer", outer),
        request("inner", f"{server.url}/inner?x={{{{x}}}}", inner),
    )
    done = htrun(file, "--folder", "outer")
    assert done.returncode == 0, done.stdout
    assert "answered 200" in done.stdout
    assert [r.target for r in server.take()] == ["/outer", "/inner?x=7"]


@pytest.mark.parametrize(
    "script",
    [
        "pm.variables.set('x', undefined); pm.variables.set(undefined, 1); pm.environment.set({}, 2)",
        "pm.request.body = 5; pm.request.headers = 7; pm.request.auth = {type: 'basic', basic: 5}",
        "pm.request.body = {mode: 'formdata', formdata: [{key: {}, value: {}, type: 'file', src: {a: 1}}]}",
        "pm.request.url = null; pm.request.method = {a: 1}",
        "await pm.execution.runRequest('last', 'x')",
        "await pm.execution.runRequest('last', {variables: [{}, 5]})",
        "await pm.execution.runRequest('last', {variables: {id: 1}})",
        "pm.sendRequest({url: {host: [{}], path: [{}], query: [5], port: {}}, method: 7, header: 5}, () => {})",
        "pm.cookies.jar().set({}, [], () => {}); pm.visualizer.set('t', {}); pm.test({}, 5)",
    ],
)
def test_what_scripts_leave_behind_breaks_no_run(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer, script: str
) -> None:
    file = collection(
        request("odd", f"{server.url}/odd", prerequest=script),
        request("last", f"{server.url}/last", "pm.test('went on', () => {})"),
    )
    done = htrun(file, "-r", "cli,json,junit", "--reporter-json-export", "r.json", "--reporter-junit-export", "r.xml")
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert "went on" in done.stdout
    assert len(json.loads((tmp_path / "r.json").read_text("utf-8"))["run"]["executions"]) >= 2


def test_files_are_not_uploaded_by_scripts(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    body = "{mode: 'formdata', formdata: [{key: 'f', type: 'file', src: 'secret.txt'}, {key: 'a', value: 'b'}]}"
    script = f"pm.sendRequest({{url: '{server.url}/sent', method: 'POST', body: {body}}}, () => {{}})"
    done = htrun(collection(request("r", f"{server.url}/", script)))
    assert done.returncode == 0, done.stdout
    sent = server.take()[1].body
    assert b"secret" not in sent
    assert b'name="a"' in sent
    assert done.stdout.count("uploading files from scripts is not allowed") == 1
