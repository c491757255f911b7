"""A master and its workers, by Locust's own distribution; and a locustfile of one's own."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable

import pytest

from .conftest import Load, Simulator, free_port, item, same_counts
from .test_one_process import wait_for

LOCUSTFILE = """
import random  # before Locust has replaced anything
import runner.scripting.v8

from locust import constant
from runner.load import CollectionUser

class Customer(CollectionUser):
    collection = "load.json"
    secrets = {"key": "sk_test_load"}
    wait_time = constant(0)
    iterations = %d

class Visitor(CollectionUser):
    collection = "load.json"
    select = ["Create user"]
    iterations = 1
    fixed_count = 1
"""

BOUNDED = """
from runner.load import CollectionUser

class Modest(CollectionUser):
    collection = "load.json"
    iterations = 1
    max_response_size = 10

class Public(CollectionUser):
    collection = "load.json"
    iterations = 1
    deny_private_addresses = True
"""

PYTHONIC = """
from datetime import timedelta
from pathlib import Path
from runner.load import CollectionUser

class Rows(CollectionUser):
    collection = Path("load.json")
    select = "row"
    data = [{"n": n} for n in range(4)]
    iterations = 2
    timeout_request = timedelta(seconds=20)
    timeout_reqest = 5
    environment = "staging.json"
    colour = "blue"
"""


def shares(load: Load, users: str, *master: object, workers: int = 2) -> tuple[subprocess.Popen[str], list[object]]:
    port = ("--master-port", free_port())
    team: list[object] = [load.start(users, "--worker", *port) for _ in range(workers)]
    return load.start(users, "--master", "--expect-workers", workers, "--csv", "out", *port, *master), team


@pytest.mark.load
def test_two_workers_count_what_the_server_counts(load: Load, simulator: Simulator, users: str) -> None:
    master, workers = shares(load, users, "-u", 50, "-r", 100, "-n", 6)
    out, err = master.communicate(timeout=90)
    assert master.returncode == 0, out + err
    assert load.stats() == {
        "POST Users/Create user": (300, 0),
        "GET Users/Get user": (300, 0),
        "GET Users/Get user [script]": (300, 0),
        "Aggregated": (900, 0),
    }
    assert same_counts(load.stats(), simulator.seen)
    assert "Checks: 1200 passed, 0 failed" in out
    for worker in workers:
        assert isinstance(worker, subprocess.Popen)
        _, told = worker.communicate(timeout=20)
        assert worker.returncode == 0, told


@pytest.mark.load
def test_ctrl_c_ends_master_and_workers_with_all_that_was_counted(load: Load, simulator: Simulator, users: str) -> None:
    master, workers = shares(load, users, "-u", 10, "-r", 100, "-t", "60s")
    wait_for(lambda: sum(simulator.seen.values()) > 300, master)
    master.send_signal(signal.SIGINT)
    out, err = master.communicate(timeout=30)
    assert master.returncode == 130, out + err
    assert same_counts(load.stats(), simulator.seen)
    for worker in workers:
        assert isinstance(worker, subprocess.Popen)
        _, told = worker.communicate(timeout=20)
        assert worker.returncode == 0, told
        assert "Traceback" not in told


@pytest.mark.load
def test_the_test_goes_on_when_a_worker_dies(load: Load, simulator: Simulator, users: str) -> None:
    master, workers = shares(load, users, "-u", 10, "-r", 100, "-t", "14s")
    wait_for(lambda: sum(simulator.seen.values()) > 100, master)
    killed, other = workers
    assert isinstance(killed, subprocess.Popen)
    assert isinstance(other, subprocess.Popen)
    killed.kill()
    out, err = master.communicate(timeout=60)
    assert master.returncode == 0, out + err
    assert " 10 users" in err.splitlines()[-1], err  # the other one has taken over
    assert load.stats()["Aggregated"][0] > 300
    assert other.wait(20) == 0


@pytest.mark.load
def test_without_workers_the_test_ends(load: Load, simulator: Simulator, users: str) -> None:
    master, workers = shares(load, users, "-u", 4, "-r", 100, "-t", "60s", workers=1)
    wait_for(lambda: sum(simulator.seen.values()) > 50, master)
    worker = workers[0]
    assert isinstance(worker, subprocess.Popen)
    worker.kill()
    _, err = master.communicate(timeout=30)
    assert "no worker is left" in err


@pytest.mark.load
def test_a_worker_that_is_interrupted_leaves_the_rest_to_the_others(
    load: Load, simulator: Simulator, users: str
) -> None:
    master, workers = shares(load, users, "-u", 6, "-r", 100, "-t", "8s")
    wait_for(lambda: sum(simulator.seen.values()) > 60, master)
    one, other = workers
    assert isinstance(one, subprocess.Popen)
    assert isinstance(other, subprocess.Popen)
    one.send_signal(signal.SIGINT)
    _, told = one.communicate(timeout=20)
    assert one.returncode == 130
    assert "Traceback" not in told
    out, err = master.communicate(timeout=40)
    assert master.returncode == 0, out + err
    assert same_counts(load.stats(), simulator.seen)
    assert other.wait(20) == 0


@pytest.mark.load
def test_rows_are_divided_between_workers(load: Load, simulator: Simulator, collection: Callable[..., str]) -> None:
    (load.directory / "rows.json").write_text(json.dumps([{"n": n} for n in range(8)]))
    test = 'pm.test("row " + pm.iterationData.get("n"), () => pm.expect(true).to.be.false);'
    file = collection(item("row", "GET", "{{base}}/users/", test), base=simulator.server.url)
    port = ("--master-port", free_port())
    for _ in range(2):
        load.start(file, "--worker", "-d", "rows.json", *port)
    master = load.start(file, "--master", "--expect-workers", 2, "-u", 2, "-r", 100, "-n", 4, *port)
    out, err = master.communicate(timeout=60)
    assert master.returncode == 1, err
    for number in range(8):
        assert f"1 of 1 failed: row: row {number}" in out


@pytest.mark.load
def test_a_locustfile_of_ones_own(load: Load, simulator: Simulator, users: str) -> None:
    (load.directory / "locustfile.py").write_text(LOCUSTFILE % 4)
    process = load.start(
        *(
            "-f",
            "locustfile.py",
            "--headless",
            "-u",
            6,
            "-r",
            50,
            "-t",
            "4s",
            "--csv",
            "out",
            "-s",
            2,
            "--only-summary",
        ),
        program=("-m", "locust"),
    )
    out, err = process.communicate(timeout=40)
    assert process.returncode == 0, out + err
    assert load.stats()["POST Users/Create user"] == (21, 0)
    assert load.stats()["GET Users/Get user [script]"] == (20, 0)
    assert same_counts(load.stats(), simulator.seen)


@pytest.mark.load
def test_a_locustfile_that_cannot_be_run_is_told_in_a_sentence(load: Load) -> None:
    (load.directory / "locustfile.py").write_text(LOCUSTFILE % 1)
    process = load.start("-f", "locustfile.py", "--headless", "-u", 1, "-t", "2s", program=("-m", "locust"))
    _, err = process.communicate(timeout=40)
    assert process.returncode == 3
    assert "htrun: error: load.json: no such file" in err
    assert "Traceback" not in err


@pytest.mark.load
def test_bounds_of_a_user_class_hold(load: Load, simulator: Simulator, collection: Callable[..., str]) -> None:
    collection(item("list", "GET", "{{base}}/users/"), base=simulator.server.url)
    (load.directory / "locustfile.py").write_text(BOUNDED)
    process = load.start(
        *("-f", "locustfile.py", "--headless", "-u", 2, "-r", 10, "-t", "2s", "--only-summary"),
        program=("-m", "locust"),
    )
    out, err = process.communicate(timeout=40)
    assert process.returncode == 1, out + err
    assert "response larger than 10 bytes" in err
    assert "127.0.0.1 is a private address" in err
    assert simulator.seen == {"GET /users/": 1}


@pytest.mark.load
def test_attributes_are_what_they_are_for_python(
    load: Load, simulator: Simulator, collection: Callable[..., str]
) -> None:
    """One name need not be in a list, times and rows are those of Python; all rows are used by users of few turns."""
    test = 'pm.test("row " + pm.iterationData.get("n"), () => pm.expect(true).to.be.false);'
    collection(
        item("row", "GET", "{{base}}/users/", test), item("other", "GET", "{{base}}/x/"), base=simulator.server.url
    )
    (load.directory / "locustfile.py").write_text(PYTHONIC)
    process = load.start(
        *("-f", "locustfile.py", "--headless", "-u", 2, "-r", 10, "-t", "2s", "--only-summary"),
        program=("-m", "locust"),
    )
    _, err = process.communicate(timeout=40)
    assert simulator.seen == {"GET /users/": 4}
    assert all(f"row {number}" in err for number in range(4)), err
    assert "Rows.timeout_reqest means nothing to htrun; did you mean timeout_request?" in err
    assert "Rows.environment means nothing to htrun; did you mean environment_file?" in err
    assert "Rows.colour" not in err


@pytest.mark.load
@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('max_response_size = "10MB"', "max_response_size is a whole number from 1, not '10MB'"),
        ('variables = {"one": object()}', "variables['one'] is of the type object, which JSON does not have"),
        ('select = "Nowhere"', 'select "Nowhere": the collection has no such request or folder'),
        ('collection = "two.workflow.yaml"; select = "one"', "select is for collections; in a workflow file folder"),
    ],
)
def test_a_wrong_attribute_is_told_in_a_sentence(
    load: Load, collection: Callable[..., str], line: str, told: str
) -> None:
    collection(item("one", "GET", "{{base}}/users/"))
    (load.directory / "two.workflow.yaml").write_text("collection: load.json\nsteps: [one]\n")
    head = "from runner.load import CollectionUser\nclass One(CollectionUser):\n    collection = 'load.json'\n"
    (load.directory / "locustfile.py").write_text(f"{head}    {line}\n")
    process = load.start("-f", "locustfile.py", "--headless", "-u", 1, "-t", "2s", program=("-m", "locust"))
    _, err = process.communicate(timeout=40)
    assert process.returncode in (1, 2), err
    assert f"htrun: error: {told}" in err
    assert "Traceback" not in err
