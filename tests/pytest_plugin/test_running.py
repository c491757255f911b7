"""One run, told of by many tests: what each reports, and that no failure gets lost between them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from pytest_plugin.conftest import OK, REPORTS, Project, request

pytest_plugins = ("pytester",)


def failing(name: str = "no") -> str:
    return f'pm.test("{name}", () => pm.expect(1).to.eql(2));'


def test_variables_go_from_request_to_request(project: Project) -> None:
    file = project.collection(
        "shop",
        request("Create", test=OK + 'pm.environment.set("id", pm.response.json().id);'),
        request("Get", "/items/{{id}}"),
    )
    project.pytest(file)
    assert project.outcomes() == [(f"{file}::Create", "passed"), (f"{file}::Get", "passed")]
    assert project.sent() == ["/json", "/items/42"]


def test_a_failure_in_the_look_of_pytest(project: Project) -> None:
    test = 'console.log("body", 7);\npm.test("name", () => pm.expect(pm.response.json().name).to.eql("Bob"));'
    file = project.collection("shop", request("Get", test=test))
    result = project.pytest(file)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*_ Get _*",
            ">   pm.test(?name?, () => pm.expect(pm.response.json().name).to.eql(?Bob?));",
            "E   name: expected 'Ann' to deeply equal 'Bob'",
            f"{file}:*: AssertionError",
            "*- Request and response -*",
            "GET http://127.0.0.1:*/json [[]200 OK*",
            '*> *"name": "Ann",',
            "*- Captured script console -*",
            "log: ?body? 7",
            f"FAILED {file}::Get - name: expected 'Ann' to deeply equal 'Bob'",
        ]
    )
    result.stdout.no_fnmatch_line("*.py:*")


def test_several_checks_are_subtests(project: Project) -> None:
    file = project.collection("shop", request("Get", test=OK + failing("a") + 'pm.test.skip("b", () => {});'))
    result = project.pytest(file, "-v")
    result.stdout.fnmatch_lines(
        [
            f"{file}::Get SUBPASSED[[]is 200]*",
            f"{file}::Get SUBFAILED[[]a]*",
            f"{file}::Get SUBSKIPPED[[]b]*",
            f"{file}::Get FAILED*",
            "E   a: expected 1 to deeply equal 2",
            "1 of 3 checks failed",
        ]
    )
    assert project.outcomes() == [(f"{file}::Get", "failed")]


def test_without_subtests_one_failure_lists_all(project: Project) -> None:
    file = project.collection("shop", request("Get", test=failing("a") + "\n" + OK + "\n" + failing("b")))
    result = project.pytest(file, "-p", "no:subtests")
    result.stdout.fnmatch_lines(
        [
            "E   a: expected 1 to deeply equal 2",
            "E   b: expected 1 to deeply equal 2",
            "FAILED *::Get - a: *(and 1 more)",
        ]
    )
    assert result.parseoutcomes() == {"failed": 1}


def test_errors_of_scripts_and_requests(project: Project) -> None:
    refused = request("Refused")
    refused["request"]["url"] = "http://127.0.0.1:1/"
    file = project.collection("shop", request("Throws", test="nothingThere()"), refused)
    result = project.pytest(file)
    result.stdout.fnmatch_lines(
        ["E   ReferenceError: nothingThere is not defined", "E   request: connect ECONNREFUSED *"]
    )
    assert [outcome for _, outcome in project.outcomes()] == ["failed", "failed"]


def test_jumps(project: Project) -> None:
    """A test reports all runs of its request, also those that come after the turn of the next one."""
    again = """
        const n = Number(pm.variables.get("n") || 0) + 1;
        pm.variables.set("n", n);
        pm.test("run " + n, () => pm.expect(n).to.not.eql(3));
    """
    jump = 'pm.execution.setNextRequest(pm.variables.get("n") < 3 ? "A" : "D")'
    file = project.collection("shop", request("A", "/a", again), request("B", test=jump), request("C"), request("D"))
    result = project.pytest(file, "-v", "-rs")
    result.stdout.fnmatch_lines(
        [
            f"{file}::A SUBPASSED[[]run 1] (run=1)*",
            f"{file}::A SUBPASSED[[]run 2] (run=2)*",
            f"{file}::A SUBFAILED[[]run 3]*",
        ]
    )
    assert project.outcomes() == [
        (f"{file}::A", "failed"), (f"{file}::B", "passed"), (f"{file}::C", "skipped"), (f"{file}::D", "passed"),
    ]  # fmt: skip
    result.stdout.fnmatch_lines([f"SKIPPED * {file}:*: setNextRequest has passed this request over"])
    assert project.sent() == ["/a", "/json"] * 3 + ["/json"]


def test_what_fails_when_its_test_is_over_is_an_error_of_the_last_test(project: Project) -> None:
    """The name of the function is put together: nobody can see beforehand that A runs twice."""
    first = """
        const n = Number(pm.variables.get("n") || 0) + 1;
        pm.variables.set("n", n);
        pm.test("once", () => pm.expect(n).to.eql(1));
    """
    jump = 'if (pm.variables.get("n") < 2) pm.execution["setNext" + "Request"]("A");'
    file = project.collection("shop", request("A", test=first), request("B", test=jump))
    result = project.pytest(file)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.outcomes() == [(f"{file}::A", "passed"), (f"{file}::B", "passed"), (f"{file}::B", "teardown failed")]
    result.stdout.fnmatch_lines(["*ERROR at teardown of B*", "A (ran again): once: expected 2 to deeply equal 1"])


def test_a_run_that_ends_early(project: Project) -> None:
    slow = [request(name, "/respond?delay=400") for name in "ABC"]
    file = project.collection("shop", *slow)
    result = project.pytest(file, "--htrun-timeout", "600", "-rs")
    assert [outcome for _, outcome in project.outcomes()] == ["passed", "failed", "skipped"]
    result.stdout.fnmatch_lines(["E   RunError: the run took longer than its time limit of 600 ms (--htrun-timeout)"])
    result.stdout.fnmatch_lines([f"SKIPPED * {file}:*: the run has ended before: the run took longer*"])


def test_strict_looks_at_the_whole_run(project: Project) -> None:
    file = project.collection("shop", request("A", test=""), request("B", test=""))
    assert project.pytest(file).ret == 0
    result = project.pytest(file, "--htrun-strict")
    assert project.outcomes()[-1] == (f"{file}::B", "teardown failed")
    result.stdout.fnmatch_lines(["*was run without a check: it passes whatever the server answers"])


def test_a_request_that_a_script_runs_belongs_to_its_test(project: Project) -> None:
    inner = {**request("Inner", "/inner", failing("inner check")), "id": "inner-id"}
    outer = request("Outer", prerequest='await pm.execution.runRequest("inner-id");')
    file = project.collection("shop", outer, inner)
    result = project.pytest(f"{file}::Outer")
    result.stdout.fnmatch_lines(["E   Inner / inner check: expected 1 to deeply equal 2"])
    assert project.outcomes() == [(f"{file}::Outer", "failed")]


def test_skipped_by_its_script(project: Project) -> None:
    file = project.collection("shop", request("A", prerequest="pm.execution.skipRequest();"), request("B"))
    project.pytest(file)
    assert project.outcomes() == [(f"{file}::A", "skipped"), (f"{file}::B", "passed")]


def test_each_row_of_data_has_its_tests(project: Project) -> None:
    project.write("rows.csv", "code\n200\n500\n201\n")
    project.write("pytest.ini", "[pytest]\nhtrun_data = rows.csv\n")
    file = project.collection("shop", request("A", "/respond?status={{code}}"), request("B", "/b/{{code}}"))
    project.pytest(file)
    assert project.outcomes() == [
        (f"{file}::A[row 1]", "passed"), (f"{file}::B[row 1]", "passed"),
        (f"{file}::A[row 2]", "failed"), (f"{file}::B[row 2]", "passed"),
        (f"{file}::A[row 3]", "failed"), (f"{file}::B[row 3]", "passed"),
    ]  # fmt: skip
    project.pytest(file, "--lf")
    assert [node for node, _ in project.outcomes()] == [f"{file}::A[row 2]", f"{file}::A[row 3]"]
    assert project.sent() == ["/respond?status=500", "/respond?status=201"]


def test_a_workflow(project: Project) -> None:
    project.collection("shop", request("A", "/a/{{n}}", ""), request("B", "/b", ""))
    project.write(
        "flow.workflow.yaml",
        """
collection: shop.postman_collection.json
steps:
  - name: each
    run: A
    foreach: [1, 2]
    variables: {n: "{{item}}"}
    expect: {status: 200}
  - name: never
    run: [A, B]
    when: "1 > 2"
  - name: wrong
    run: B
    expect: {status: 201}
  - name: outer
    steps:
      - {name: inner, run: B}
always:
  - {name: clean, run: B}
""",
    )
    result = project.pytest("flow.workflow.yaml", "-rs")
    file = "flow.workflow.yaml"
    assert project.outcomes() == [
        (f"{file}::each/A", "passed"), (f"{file}::never/A", "skipped"), (f"{file}::never/B", "skipped"),
        (f"{file}::wrong/B", "failed"), (f"{file}::outer/inner/B", "skipped"), (f"{file}::clean/B", "passed"),
    ]  # fmt: skip
    assert project.sent() == ["/a/1", "/a/2", "/b", "/b"]
    result.stdout.fnmatch_lines(["E   status is 201: it is 200", f"{file}:14: AssertionError"])
    result.stdout.fnmatch_lines([f"SKIPPED * {file}:17: the step ?wrong? failed"])


def test_secrets_are_hidden(project: Project) -> None:
    file = project.collection(
        "shop", request("A", "/respond?key={{my_key}}", 'console.log(pm.variables.get("my_key"));' + failing())
    )
    result = project.pytest(file, "--htrun-secret", "my_key=hunter22", "--junitxml=report.xml", "-v")
    assert project.sent() == ["/respond?key=hunter22"]
    assert "hunter22" not in result.stdout.str().replace("--htrun-secret", "")
    assert "hunter22" not in (project.path / "report.xml").read_text()


def test_junit_properties(project: Project) -> None:
    file = project.collection("shop", request("A", "/respond?status=201", ""))
    project.pytest(file, "--junitxml=report.xml")
    found = {
        one.get("name"): one.get("value") for one in ElementTree.parse(project.path / "report.xml").iter("property")
    }
    assert found["method"] == "GET"
    assert found["url"] == f"{project.server.url}/respond?status=201"
    assert found["status"] == "201"


def test_durations_are_those_of_the_request(project: Project) -> None:
    again = 'if (!pm.variables.get("n")) { pm.variables.set("n", 1); pm.execution.setNextRequest("A"); }'
    file = project.collection("shop", request("A"), request("Slow", "/respond?delay=300", again))
    result = project.pytest(file, "--durations=2", "-vv")
    result.stdout.fnmatch_lines([f"0.[67]*s call*{file}::Slow"])


def test_a_run_that_cannot_begin(project: Project) -> None:
    file = project.collection("shop", request("A"), request("B"))
    result = project.pytest(file, "--htrun-environment", "nowhere.json")
    assert [outcome for _, outcome in project.outcomes()] == ["setup failed"] * 2
    result.stdout.fnmatch_lines(["*ERROR at setup of A*", "*nowhere.json: no such file"])
    result.stdout.no_fnmatch_line("*During handling*")


def test_what_is_missing_is_said_in_the_words_of_pytest(project: Project) -> None:
    auth = {"type": "apikey", "apikey": [{"key": "value", "value": "{{my_key}}"}, {"key": "key", "value": "X-Key"}]}
    variable = {"key": "my_key", "value": "", "description": "yours"}
    file = project.collection("shop", request("A"), auth=auth, variable=[variable])
    result = project.pytest(file)
    assert project.outcomes() == [(f"{file}::A", "setup failed")]
    result.stdout.fnmatch_lines(["*set it with --htrun-var my_key=... or HTRUN_VAR_my_key=..."])


def test_paths_in_the_ini_file_are_beside_it(project: Project) -> None:
    project.write("conf/pytest.ini", "[pytest]\nhtrun_environment = env.json\nhtrun_vars =\n    one=1\n    two=2\n")
    project.write("conf/env.json", '{"name": "E", "values": [{"key": "stage", "value": "dev", "enabled": true}]}')
    project.write("conf/conftest.py", "")
    file = project.collection("conf/shop", request("A", "/{{stage}}/{{one}}/{{two}}"))
    project.pytest("-c", "conf/pytest.ini", file, "--htrun-var", "two=3")
    assert project.sent() == ["/dev/1/3"]


def test_a_wrong_option(project: Project) -> None:
    result = project.pytest("--htrun-timeout", "soon")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--htrun-timeout takes milliseconds, not 'soon'" in result.stderr.str()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("htrun_timeout = soon", "htrun_timeout takes milliseconds, not 'soon'"),
        ("htrun_strict = perhaps", "htrun_strict is true or false: *'perhaps'*"),
        ("htrun_with_deps = perhaps", "htrun_with_deps is true or false: *'perhaps'*"),
        ("htrun_max_response_size = 1XB", "htrun_max_response_size: '1XB' is no size*"),
        ("htrun_vars = a b", "htrun_vars takes NAME=VALUE, not 'a b'"),
    ],
)
def test_a_wrong_line_in_the_ini_file_is_said_once(project: Project, line: str, said: str) -> None:
    project.write("pytest.ini", f"[pytest]\n{line}\n")
    result = project.pytest(project.collection("shop", request("A"), request("B")))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])
    assert project.sent() == []


def test_a_wrong_secret_is_not_quoted(project: Project) -> None:
    result = project.pytest("--htrun-secret", "no-equals-sign")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--htrun-secret takes NAME=VALUE" in result.stderr.str()
    assert "no-equals-sign" not in result.stderr.str() + result.stdout.str()


def test_captures(project: Project) -> None:
    file = project.collection("shop", request("Make", "/json", ""), request("Use", "/use/{{made}}", ""))
    project.pytest(file, "--htrun-capture", "made=$.id @ Make")
    assert project.sent() == ["/json", "/use/42"]


def test_against_a_simulator(project: Project) -> None:
    project.write(
        "shop.postman_collection.json",
        '{"info": {"name": "S"}, "item": [{"name": "A", "request": {"url": "{{base_url}}/nothing"}}]}',
    )
    result = project.pytest("shop.postman_collection.json", "--htrun-simulate", "hypertrack", "--junitxml=r.xml")
    assert result.ret == 0
    assert 'name="status" value="40' in (project.path / "r.xml").read_text()


def test_the_clean_up_of_a_workflow_takes_place_in_any_case(project: Project) -> None:
    project.collection("shop", request("A", "/a", failing()), request("B", "/b"), request("C", "/clean"))
    project.write(
        "flow.workflow.yaml",
        "collection: shop.postman_collection.json\nsteps: [{run: A, on_failure: continue}, {run: B}]\n"
        "always: [{run: C}]\n",
    )
    project.pytest("flow.workflow.yaml", "-x")
    assert project.sent() == ["/a", "/clean"]


def test_a_test_that_somebody_else_skips(project: Project) -> None:
    """Its request is not sent, and what came before it is not forgotten."""
    skip = "import pytest\ndef pytest_runtest_setup(item):\n    if item.name == 'C': pytest.skip('not today')\n"
    project.write("conftest.py", REPORTS + skip)
    again = """
        const n = Number(pm.variables.get("n") || 0) + 1;
        pm.variables.set("n", n);
        pm.test("once", () => pm.expect(n).to.eql(1));
    """
    jump = 'if (pm.variables.get("n") < 2) pm.execution["setNext" + "Request"]("A");'
    file = project.collection(
        "shop", request("A", test=again), request("B", test=jump), request("X"), request("C", "/not-sent")
    )
    project.pytest(file)
    assert project.outcomes()[-2:] == [(f"{file}::X", "failed"), (f"{file}::C", "setup skipped")]
    assert "/not-sent" not in project.sent()


def test_against_saved_examples(project: Project) -> None:
    item = request("A", "/saved", 'pm.test("is 418", () => pm.response.to.have.status(418));')
    item["response"] = [{"name": "Tea", "originalRequest": item["request"], "code": 418, "body": "short and stout"}]
    file = project.collection("shop", item)
    result = project.pytest(file, "--htrun-mock")
    assert project.outcomes() == [(f"{file}::A", "passed")]
    assert project.sent() == []
    result.stdout.fnmatch_lines([f"{file}: mock: * answered from 1 saved example *"])


def test_warnings_and_files_in_bodies(project: Project) -> None:
    project.write("files/body.txt", "from a file")
    test = 'pm.test("sent", () => pm.expect(pm.response.text()).to.eql("from a file"));'
    body = {"mode": "file", "file": {"src": "body.txt"}}
    item = request("A", "/mirror", test, method="POST", body=body)
    folder = {"name": "F", "item": [item], "variable": [{"key": "a", "value": "1"}]}
    file = project.collection("shop", folder)
    result = project.pytest(file, "--htrun-working-dir", "files")
    assert project.outcomes() == [(f"{file}::F/A", "passed")]
    result.stdout.fnmatch_lines([f"{file}: warning: the variables of the folder ?F? are not used*"])


def test_globals_and_values_of_the_process(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTRUN_VAR_two", "second")
    project.write("globals.json", '{"name": "G", "values": [{"key": "one", "value": "first", "enabled": true}]}')
    file = project.collection("shop", request("A", "/{{one}}/{{two}}"))
    project.pytest(file, "--htrun-globals", "globals.json")
    assert project.sent() == ["/first/second"]


def test_exit_first_sends_no_more(project: Project) -> None:
    file = project.collection("shop", request("A", "/a", failing() + OK), request("B", "/b"))
    result = project.pytest(file, "-x")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.sent() == ["/a"]
    result.stdout.fnmatch_lines(["E   no: expected 1 to deeply equal 2", "*- Request and response -*"])


@pytest.mark.parametrize("option", ["--setup-plan", "--setup-only"])
def test_nothing_is_sent_to_show_what_would_be_set_up(project: Project, option: str) -> None:
    file = project.collection("shop", request("A"))
    assert project.pytest(file, option).ret == 0
    assert project.sent() == []


@pytest.mark.parametrize("other", ["", failing()])
def test_ctrl_c_ends_pytest_as_it_always_does(project: Project, other: str) -> None:
    file = project.collection(
        "shop",
        request("Create", prerequest='pm.environment.set("id", "1");', test=other + "setTimeout(() => {}, 60000);"),
        request("Get", "/items/{{id}}"),
    )
    code, printed = project.interrupted(f"{file}::Get")
    assert code == pytest.ExitCode.INTERRUPTED, printed
    assert "KeyboardInterrupt" in printed
    assert "Traceback" not in printed


def test_a_node_id_is_shown_as_it_is(project: Project) -> None:
    file = project.collection("shop", request("Get [all] orders", test=failing()))
    result = project.pytest(file)
    result.stdout.re_match_lines([rf"FAILED {file}::Get \[all\] orders - .*"])
    project.pytest(f"{file}::Get [all] orders")
    assert project.outcomes() == [(f"{file}::Get [all] orders", "failed")]
