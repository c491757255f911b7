"""One process: what is counted, what fails, how it ends."""

from __future__ import annotations

import csv
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable

import pytest
import requests

from .conftest import KEY, Load, Simulator, free_port, item, same_counts

Collection = Callable[..., str]


def test_every_request_and_check_of_every_user_is_counted(load: Load, simulator: Simulator, users: str) -> None:
    code, out, err = load(users, "-u", 10, "-r", 10, "-n", 3, "--csv", "out", "--html", "report.html")
    assert code == 0, err
    stats = load.stats()
    assert stats == {
        "POST Users/Create user": (30, 0),
        "GET Users/Get user": (30, 0),
        "GET Users/Get user [script]": (30, 0),
        "Aggregated": (90, 0),
    }
    assert same_counts(stats, simulator.seen)
    assert "Checks: 120 passed, 0 failed" in out
    assert "Users/Create user" in (load.directory / "report.html").read_text()


@pytest.mark.load
def test_fifty_users_whose_scripts_wait(load: Load, simulator: Simulator, users: str) -> None:
    code, out, err = load(users, "-u", 50, "-r", 50, "-n", 10, "--csv", "out", timeout=120)
    assert code == 0, err
    stats = load.stats()
    assert stats["Aggregated"] == (1500, 0)
    assert same_counts(stats, simulator.seen)
    assert "Checks: 2000 passed, 0 failed" in out


def test_what_fails_is_a_failure_of_its_request_without_secrets(
    load: Load, simulator: Simulator, collection: Collection
) -> None:
    skipping = 'pm.execution.setNextRequest("gone"); pm.execution.skipRequest();'
    file = collection(
        item("check", "GET", "{{base}}/users/", 'pm.test("is 500", () => pm.response.to.have.status(500));'),
        item("quotes", "GET", "{{base}}/users/", 'pm.test("key", () => pm.expect("' + KEY + '").to.eql(""));'),
        item("throws", "GET", "{{base}}/users/", "undefinedFunction();"),
        item("refused", "GET", "http://127.0.0.1:1/"),
        item("asks", "GET", "{{base}}/users/", 'pm.sendRequest("http://127.0.0.1:1/", () => {});'),
        item("skips", "GET", "{{base}}/users/", pre=skipping),
        base=simulator.server.url,
    )
    code, out, err = load(file, "-u", 2, "-r", 2, "-n", 2, "--csv", "out")
    assert code == 1, err
    assert load.stats() == {
        "GET check": (4, 4),
        "GET quotes": (4, 4),
        "GET throws": (4, 4),
        "GET skips": (4, 4),  # never sent, and not lost
        "GET refused": (4, 4),
        "GET asks": (4, 0),
        "GET asks [script]": (4, 4),
        "Aggregated": (28, 24),
    }
    assert sum(simulator.seen.values()) == 16
    with (load.directory / "out_failures.csv").open() as file_:
        errors = {row["Name"]: row["Error"] for row in csv.DictReader(file_)}
    assert errors["check"] == "is 500: expected response to have status code 500 but got 200"
    assert errors["throws"] == "test-script: ReferenceError: undefinedFunction is not defined"
    assert errors["skips"].startswith('setNextRequest: Error: setNextRequest("gone"): no request of this run')
    assert errors["refused"] == errors["asks [script]"] == "connect ECONNREFUSED 127.0.0.1:1"
    assert "key: expected '********' to deeply equal ''" in errors["quotes"]
    assert KEY not in out
    assert KEY not in (load.directory / "out_failures.csv").read_text()
    assert "4 of 4 failed: check: is 500" in out


@pytest.mark.load
def test_messages_that_are_never_the_same_do_not_fill_the_memory(
    load: Load, simulator: Simulator, collection: Collection
) -> None:
    test = 'pm.test("luck", () => pm.expect(Math.random()).to.eql(2));'
    file = collection(item("dice", "GET", "{{base}}/users/", test), base=simulator.server.url)
    code, out, _ = load(file, "-n", 80, "--csv", "out")
    assert code == 1
    assert load.stats()["GET dice"] == (80, 80)
    with (load.directory / "out_failures.csv").open() as rows:
        found = {row["Error"]: int(row["Occurrences"]) for row in csv.DictReader(rows)}
    assert len(found) == 51
    assert found["luck: (further messages)"] == 30
    assert "80 of 80 failed: dice: luck" in out


@pytest.mark.load
def test_each_iteration_of_any_user_gets_the_next_row(load: Load, simulator: Simulator, collection: Collection) -> None:
    (load.directory / "rows.json").write_text('[{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]')
    script = 'pm.test("row " + pm.iterationData.get("n"), () => pm.expect(true).to.be.false);'
    file = collection(item("row", "GET", "{{base}}/users/", script), base=simulator.server.url)
    code, out, _ = load(file, "-u", 2, "-r", 10, "-n", 4, "-d", "rows.json")
    assert code == 1
    rows = sorted(re.findall(r"(\d of \d) failed: row: row (\d)", out))
    assert rows == [("2 of 2", number) for number in "1234"]


@pytest.mark.load
def test_variables_and_cookies_belong_to_one_user(load: Load, simulator: Simulator, collection: Collection) -> None:
    """Each user counts its own iterations; a shared counter would run ahead."""
    test = """const seen = Number(pm.environment.get("seen") || 0);
pm.test("its own", () => pm.expect(seen).to.eql(pm.info.iteration));
pm.environment.set("seen", seen + 1);"""
    file = collection(item("count", "GET", "{{base}}/users/", test), base=simulator.server.url)
    code, out, err = load(file, "-u", 5, "-r", 50, "-n", 6)
    assert code == 0, out + err
    assert "Checks: 30 passed, 0 failed" in out


@pytest.mark.load
def test_what_a_script_leaves_undeclared_reaches_no_other_user(
    load: Load, simulator: Simulator, collection: Collection
) -> None:
    test = 'pm.test("nobody\'s", () => pm.expect(typeof leak).to.eql("undefined")); leak = Math.random();'
    file = collection(item("leaks", "GET", "{{base}}/users/", test), base=simulator.server.url)
    code, out, err = load(file, "-u", 4, "-r", 50, "-n", 3)
    assert code == 0, out + err
    assert "Checks: 12 passed, 0 failed" in out


@pytest.mark.load
def test_the_rate_is_kept(load: Load, simulator: Simulator, collection: Collection) -> None:
    file = collection(item("ask", "GET", "{{base}}/users/"), base=simulator.server.url)
    code, _, err = load(file, "-u", 8, "-r", 80, "--rps", 20, "-t", "3s", "--csv", "out")
    assert code == 0, err
    assert 45 <= load.stats()["GET ask"][0] <= 62


@pytest.mark.load
def test_workflow_files_run_whole(load: Load, simulator: Simulator, users: str) -> None:
    (load.directory / "both.workflow.yaml").write_text(
        f"""name: Both
collection: {users}
steps:
  - name: new
    run: Users/Create user
    capture: {{number: $.id}}
  - name: twice
    parallel:
      - {{name: one, run: Users/Get user}}
      - {{name: other, run: Users/Get user}}
"""
    )
    code, out, err = load("both.workflow.yaml", "-u", 3, "-r", 10, "-n", 2, "--csv", "out")
    assert code == 0, out + err
    assert load.stats()["GET Users/Get user"] == (12, 0)
    assert same_counts(load.stats(), simulator.seen)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("p95>>5", "--fail-if takes a condition such as 'p95>500ms' or 'errors>1%', not 'p95>>5'"),
        ("foo>5", "there is no metric 'foo'"),
        ("errors>0.5", "for a share write 0.5%"),
        ("p95>5kg", "a time is in ms or s, not in 'kg'"),
        ("p95 of Users/Creat user>5", 'did you mean "Users/Create user"?'),
    ],
)
def test_a_wrong_condition_is_a_usage_error(load: Load, users: str, condition: str, told: str) -> None:
    code, out, err = load(users, "--fail-if", condition)
    assert (code, out) == (2, "")
    assert told in err
    assert err.startswith("htrun: error: ")


@pytest.mark.load
def test_conditions_decide_the_exit_code(load: Load, simulator: Simulator, collection: Collection) -> None:
    failing = item("bad", "GET", "{{base}}/users/", 'pm.test("is 500", () => pm.response.to.have.status(500));')
    file = collection(failing, item("good", "GET", "{{base}}/users/"), base=simulator.server.url)
    kept = ("errors of good > 0", "errors>50%", "p99.9 > 60s", "max of bad>1min", "rps<0.1", "requests<8")
    code, out, _ = load(file, "-n", 4, *(word for one in kept for word in ("--fail-if", one)))
    assert code == 0, out
    assert out.count("ok ") == len(kept)
    crossed = ("errors>49%", "failed-checks of bad >= 4", "min > 0ms")
    code, out, _ = load(file, "-n", 4, *(word for one in crossed for word in ("--fail-if", one)))
    assert code == 1
    assert re.findall(r"FAILED  --fail-if '(.*)': (.*)", out)[:2] == [
        ("errors>49%", "50%"),
        ("failed-checks of bad >= 4", "4"),
    ]
    assert out.count("FAILED") == 3


@pytest.mark.load
def test_a_server_that_is_down_is_not_a_fast_one(load: Load, collection: Collection) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        file = collection(item("down", "GET", "{{base}}/"), base=f"http://127.0.0.1:{silent.getsockname()[1]}")
        code, out, _ = load(file, "-n", 2, "--fail-if", "p95>5s", "--fail-if", "p95 of down > 5s")
        assert code == 1
        assert re.findall("FAILED .*: (.*)", out) == ["no request was answered"] * 2
        silent.listen()
        code, out, _ = load(file, "-n", 1, "-u", 1, "--timeout-request", 300, "--fail-if", "min<280ms")
        assert (code, "ok " in out) == (0, True), out


@pytest.mark.load
def test_a_test_without_one_answer_has_failed(load: Load, collection: Collection) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file = collection(item("mute", "GET", "{{base}}/"), base=f"http://127.0.0.1:{silent.getsockname()[1]}")
        code, _, err = load(file, "-t", "1s", "--stop-timeout", "1s")
    assert code == 1
    assert "error: no request came to its end before the test did" in err
    code, _, err = load(collection(name="empty.json"), "-n", 1)
    assert code == 1
    assert "error: no request was sent: there is none to run" in err


@pytest.mark.load
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_with_all_that_was_counted(
    load: Load, simulator: Simulator, users: str, number: int
) -> None:
    process = load.start(users, "-u", 5, "-r", 50, "-t", "60s", "--csv", "out", "--html", "report.html")
    wait_for(lambda: sum(simulator.seen.values()) > 100, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "Checks: " in out
    assert same_counts(load.stats(), simulator.seen)
    assert "Users/Create user" in (load.directory / "report.html").read_text()


def test_a_collection_that_cannot_be_read_is_told_in_a_sentence(load: Load) -> None:
    assert load("nowhere.json") == (3, "", "htrun: error: nowhere.json: no such file\n")


@pytest.mark.load
@pytest.mark.parametrize("role", ["--web", "--master"])
def test_a_port_that_is_taken_is_told_in_a_sentence(load: Load, users: str, role: str) -> None:
    option = {"--web": "--web-port", "--master": "--master-port"}[role]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = load(users, role, option, port)
    assert (code, out) == (2, "")
    assert f"htrun: error: cannot listen at 127.0.0.1:{port}" in err
    assert option in err
    assert "Traceback" not in err


def test_without_locust_it_says_what_to_install(load: Load, users: str) -> None:
    code = f"import sys; sys.modules['locust'] = None; from runner.cli import main; main(['load', {users!r}])"
    process = load.start(program=("-c", code))
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err == 'htrun: error: load tests need Locust: pip install "htrun[load]"\n'


def test_without_scripts_v8_is_not_loaded(load: Load, simulator: Simulator, collection: Collection) -> None:
    file = collection(item("ask", "GET", "{{base}}/users/"), base=simulator.server.url)
    code = (
        "import sys; from runner.cli.main import invoke; import runner.scripting.library as library;"
        "library._load = lambda: sys.exit('V8 was loaded');"
        f"sys.exit(invoke(['load', {file!r}, '-n', '3']))"
    )
    process = load.start(program=("-c", code))
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, out + err


@pytest.mark.load
def test_the_web_interface_starts_and_shows_the_test(load: Load, simulator: Simulator, users: str) -> None:
    port = free_port()
    process = load.start(users, "-u", 3, "-r", 30, "--web", "--web-port", port, "--csv", "out")
    place = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(place, timeout=1).status_code == 200
        except requests.ConnectionError:
            return False

    wait_for(answers, process)
    started = requests.post(f"{place}/swarm", data={"user_count": 3, "spawn_rate": 30}, timeout=5)
    assert started.json()["success"], started.text
    wait_for(lambda: sum(simulator.seen.values()) > 30, process)
    shown = requests.get(f"{place}/stats/requests", timeout=5).json()
    assert {"Users/Create user", "Users/Get user"} <= {row["name"] for row in shown["stats"]}
    requests.get(f"{place}/stop", timeout=10)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 0, out + err
    assert f"web interface at {place}/" in err
    assert same_counts(load.stats(), simulator.seen)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)
