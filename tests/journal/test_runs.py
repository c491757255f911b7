"""The journal itself: what it lists, shows, makes reports of and removes; where it is; what if it cannot be written."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun, folder, request
from cli.conftest import collection as collection
from cli.conftest import htrun as htrun
from journal.killing import environment, finished, start
from support.server import RecordingServer

ON = {"HTRUN_JOURNAL": ""}
VOLATILE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32}\b|\b\d{13}\b")


@pytest.fixture
def varied(collection: Callable[..., str], server: RecordingServer) -> str:
    url = server.url
    return collection(
        folder(
            "Users",
            request("good", f"{url}/json", "pm.test('ok', () => {}); pm.environment.set('id', 42);"),
            request(
                "bad",
                f"{url}/echo",
                "pm.test('no', () => pm.expect({ a: [1] }).to.eql({ a: [2] })); console.log('here', { a: 1 });",
                method="POST",
                body={"mode": "raw", "raw": '{"text": "é \ud83d\ude00"}'},
            ),
            request("bad", f"{url}/respond?status=500", "pm.test.skip('later', () => {}); throw new Error('broken');"),
        ),
        request("refused", "http://127.0.0.1:1/"),
        request("large", f"{url}/mirror", method="POST", body={"mode": "raw", "raw": "word " * 30_000}),
    )


def report(text: str) -> Any:
    return json.loads(VOLATILE.sub("0", text))


def test_list_show_and_remove(varied: str, htrun: Htrun, tmp_path: Path) -> None:
    for _ in range(3):
        assert htrun(varied, "--silent", env=ON).returncode == 1
    listed = htrun("runs", env=ON).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["id", "3", "2", "1"]
    assert listed[1].split()[3:7] == ["Example", "failed", "5", "3"]
    shown = htrun("runs", "show", "2", env=ON).stdout
    assert "Run 2: Example: failed" in shown
    assert re.search(r"^FAILED +Users/bad\[1\] +POST +200 .*0/1 checks +expected", shown, re.MULTILINE)
    assert re.search(r"^ok +large +POST +200 ", shown, re.MULTILINE)
    told = json.loads(htrun("runs", "show", "last", "--format", "json", env=ON).stdout)
    assert [one["outcome"] for one in told["requests"]] == ["passed", "failed", "failed", "failed", "passed"]
    assert told["requests"][0]["checks"] == [{"name": "ok", "passed": True}]
    assert told["requests"][0]["shape"] is not None
    assert htrun("runs", "prune", "--keep", "1", env=ON).stdout == "2 runs removed\n"
    assert [one["id"] for one in json.loads(htrun("runs", "--format", "json", env=ON).stdout)] == [3]
    database = sqlite3.connect(tmp_path / ".htrun" / "runs.db")
    assert {number >> 32 for (number,) in database.execute("SELECT id FROM events")} == {3}
    database.close()
    assert htrun("runs", "prune", "--older-than", "1d", env=ON).stdout == "0 runs removed\n"
    assert htrun("runs", "prune", "--older-than", "soon", env=ON).returncode == 2
    gone = htrun("runs", "show", "1", env=ON)
    assert gone.returncode == 2
    assert "there is no run 1" in gone.stderr


@pytest.mark.parametrize("name", ["json", "junit", "html"])
def test_reports_are_the_same_again(varied: str, htrun: Htrun, tmp_path: Path, name: str) -> None:
    """Until a body is larger than what the journal keeps."""
    exported = "-r", name, f"--reporter-{name}-export"
    assert htrun(varied, *exported, "first", "--exclude", "large", env=ON).returncode == 1
    again = htrun("runs", "show", "last", "--as", name, f"--reporter-{name}-export", "second", env=ON)
    assert again.returncode == 1
    first, second = ((tmp_path / file).read_text("utf-8") for file in ("first", "second"))
    if name != "json":
        assert len(second) > 1000
        assert VOLATILE.sub("0", second) == VOLATILE.sub("0", first)
        return
    one, other = report(first), report(second)
    assert other["run"] == one["run"]
    # saved examples and the like are not kept, what was run is
    assert [item["name"] for item in other["collection"]["item"]] == [i["name"] for i in one["collection"]["item"]]


def test_large_bodies_are_kept_in_part(varied: str, htrun: Htrun, tmp_path: Path) -> None:
    htrun(varied, "--silent", env=ON)
    database = sqlite3.connect(tmp_path / ".htrun" / "runs.db")
    ((data, size),) = database.execute("SELECT data, size FROM items JOIN events USING (id) WHERE path = 'large'")
    database.close()
    assert size == len("word " * 30_000)
    assert len(data) < 40_000


def test_last_failed(varied: str, htrun: Htrun, server: RecordingServer) -> None:
    """By address, so that of two with the same name the right one runs."""
    assert htrun(varied, "--last-failed", env=ON).returncode == 3  # there is no journal yet
    htrun(varied, "--silent", "--exclude", "Users/bad[2]", env=ON)
    listed = htrun(varied, "--last-failed", "--list", "--list-format", "json", env=ON)
    assert listed.returncode == 0, listed.stderr
    same = htrun(varied, "--list", "--only-failed", env=ON)
    assert (same.returncode, same.stdout) == (0, htrun(varied, "--last-failed", "--list", env=ON).stdout)
    server.take()
    assert htrun(varied, "--silent", "--last-failed", env=ON).returncode == 1
    assert [one.target for one in server.take()] == ["/echo"]
    shown = json.loads(htrun("runs", "show", "last", "--format", "json", env=ON).stdout)
    assert [one["path"] for one in shown["requests"]] == ["Users/bad[1]", "refused"]
    htrun(varied, "--silent", "--select", "good", env=ON)
    none = htrun(varied, "--last-failed", env=ON)
    assert none.returncode == 1
    assert "no request failed in the last run" in none.stderr


@pytest.mark.parametrize("run", ["1", "last"])
def test_a_run_without_a_command_is_shown_by_show(htrun: Htrun, run: str) -> None:
    done = htrun("runs", run, env=ON)
    assert done.returncode == 2
    assert f"`htrun runs show {run}` shows that run" in done.stderr


def test_where_it_is(varied: str, htrun: Htrun, tmp_path: Path) -> None:
    htrun(varied, "--silent", "--no-journal", env=ON)
    for off in ("off", "OFF"):
        htrun(varied, "--silent", env={"HTRUN_JOURNAL": off})
    assert not (tmp_path / ".htrun").exists()
    nothing = htrun("runs", env=ON)
    assert nothing.returncode == 3
    assert "there is no journal" in nothing.stderr
    htrun(varied, "--silent", "--journal", "kept/here.db")
    assert (tmp_path / "kept" / "here.db").stat().st_mode & 0o777 == 0o600
    assert "Example" in htrun("runs", env={"HTRUN_JOURNAL": "kept/here.db"}).stdout
    assert not (tmp_path / ".htrun").exists()
    htrun(varied, "--silent", env=ON)
    assert (tmp_path / ".htrun").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".htrun" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("obstacle", ["a file", "no database"])
def test_it_cannot_be_written(varied: str, htrun: Htrun, tmp_path: Path, obstacle: str) -> None:
    if obstacle == "a file":
        (tmp_path / ".htrun").write_text("")
    else:
        (tmp_path / ".htrun").mkdir()
        (tmp_path / ".htrun" / "runs.db").write_text("This is no database, but long enough to be taken for one." * 9)
    run = htrun(varied, "--select", "good", env=ON)
    assert run.returncode == 0
    assert run.stderr.count("warning") == 1
    assert "this run is in no journal" in run.stderr
    chosen = htrun(varied, "--select", "good", "--journal", ".htrun/runs.db", env=ON)
    assert chosen.returncode == 3
    assert "htrun: error: .htrun/runs.db" in chosen.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ulimit")
def test_it_cannot_be_written_any_more(varied: str, tmp_path: Path) -> None:
    """The run goes on with one warning, and is not resumed: nobody knows what it has done."""
    limited = ["bash", "-c", f"ulimit -f 300; exec {sys.executable} -m runner {varied} -n 60 --silent"]
    run = subprocess.run(limited, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=60)
    assert run.returncode == 1
    assert run.stderr.count("htrun: warning") == 1
    assert "this run cannot be resumed" in run.stderr
    code, output = finished(tmp_path, ["resume", "last"])
    assert code == 2
    assert "its journal could not be written to the end" in output
    shown = finished(tmp_path, ["runs", "show", "last"])[1]
    assert "incomplete" in shown
    assert "not all of it could be written" in shown


def test_many_at_once(varied: str, htrun: Htrun, tmp_path: Path) -> None:
    """Each process has its own run, and none waits for another in vain."""
    running = [start(tmp_path, varied, "-n", "20", "--silent") for _ in range(4)]
    for one in running:
        output, _ = one.communicate(timeout=60)
        assert "warning" not in output
    listed = json.loads(htrun("runs", "--format", "json", env=ON).stdout)
    assert sorted(one["id"] for one in listed) == [1, 2, 3, 4]
    assert {(one["status"], one["items"]) for one in listed} == {("failed", 100)}
    assert not list((tmp_path / ".htrun").glob("*.lock"))


def test_a_run_that_goes_on(
    htrun: Htrun, collection: Callable[..., str], server: RecordingServer, tmp_path: Path
) -> None:
    running = start(tmp_path, collection(request("slow", f"{server.url}/respond?delay=3000", method="POST")))
    try:
        while not server.received:
            assert running.poll() is None, running.communicate()[0]
            time.sleep(0.02)
        refused = htrun("resume", "last", env=ON)
        assert refused.returncode == 2
        assert "is still going on in another process" in refused.stderr
        assert "running" in htrun("runs", env=ON).stdout
        assert htrun("runs", "prune", "--keep", "0", env=ON).stdout == "0 runs removed\n"
    finally:
        running.communicate(timeout=30)
    assert running.returncode == 0
