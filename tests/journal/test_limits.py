"""Journals that are not whole: a run beyond its room, files copied in part, files of something else."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Htrun, request
from cli.conftest import collection as collection
from cli.conftest import htrun as htrun
from journal.killing import environment
from support.server import RecordingServer

ON = {"HTRUN_JOURNAL": ""}
#: The room of a run is half a gigabyte; a test makes it small.
SMALL = "import runner.journal.writer as w; w.MOST_OF_RUN = 100_000; from runner.cli import main; main()"


@pytest.fixture
def damaged(collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path) -> Path:
    """A journal of two runs in which all pages but the first ones, with the tables and the runs, are rubbish."""
    file = collection(request("a", f"{server.url}/json"))
    for _ in range(2):
        htrun(file, "--silent", "-n", "30", env=ON)
    path = tmp_path / ".htrun" / "runs.db"
    database = sqlite3.connect(path)
    roots = dict(database.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'"))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    data = bytearray(path.read_bytes())
    for table in ("items", "events"):
        at = (roots[table] - 1) * 4096
        data[at : at + 300] = b"\xa5" * 300
    path.write_bytes(data)
    return path


def test_a_run_has_no_more_than_its_room(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    """It goes on, says so once, and its end with its counts is kept; --last-failed says that it knows but a part."""
    file = collection(
        request("get", f"{server.url}/json"),
        request("post", f"{server.url}/echo", "pm.test('no', () => pm.expect(1).to.eql(2));", method="POST"),
    )
    run = subprocess.run(
        [sys.executable, "-c", SMALL, "run", file, "-n", "200", "--silent"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 1
    assert len(server.take()) == 400
    assert run.stderr.count("htrun: warning") == 1
    assert "keeps no more of it; this run cannot be resumed" in run.stderr
    shown = json.loads(htrun("runs", "show", "last", "--format", "json", env=ON).stdout)
    assert (shown["status"], shown["items"], shown["failed"], shown["checks"]) == ("failed", 400, 200, 200)
    assert 10 < len(shown["requests"]) < 200
    database = sqlite3.connect(tmp_path / ".htrun" / "runs.db")
    ((size,),) = database.execute("SELECT total(length(data)) FROM events WHERE item")
    database.close()
    assert size < 120_000
    assert "not all of it could be written" in htrun("runs", "show", "last", env=ON).stdout
    again = htrun(file, "--last-failed", "--silent", env=ON)
    assert again.returncode == 1
    assert "run 1 is not whole in the journal" in again.stderr


def test_copied_without_its_newest_part(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    htrun(collection(request("a", f"{server.url}/json")), "--silent", env=ON)
    shutil.copy(tmp_path / ".htrun" / "runs.db", tmp_path / "runs.db")
    for command in (["runs"], ["resume", "last"]):
        found = htrun(*command, env={"HTRUN_JOURNAL": "runs.db"})
        assert found.returncode == 3
        assert "if it was copied without runs.db-wal" in found.stderr
    shutil.copy(tmp_path / ".htrun" / "runs.db-wal", tmp_path / "runs.db-wal")
    assert "passed" in htrun("runs", env={"HTRUN_JOURNAL": "runs.db"}).stdout


def test_a_database_of_something_else(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    """Nothing is written into it."""
    other = sqlite3.connect(tmp_path / "app.db")
    other.execute("CREATE TABLE users (name)")
    other.close()
    before = (tmp_path / "app.db").read_bytes()
    file = collection(request("a", f"{server.url}/json"))
    run = htrun(file, "--silent", "--journal", "app.db", env=ON)
    assert run.returncode == 3
    assert "app.db: is a database of something else" in run.stderr
    assert (tmp_path / "app.db").read_bytes() == before
    (tmp_path / "folder").mkdir()
    run = htrun(file, "--silent", "--journal", "folder", env=ON)
    assert run.returncode == 3
    assert "folder: is a folder: name a file" in run.stderr
    assert not server.received


@pytest.mark.parametrize(
    ("words", "code", "wanted"),
    [
        (("runs", "show", "9" * 30), 2, "there is no run 999"),
        (("resume", "9" * 5000), 2, "there is no run 999"),
        (("runs", "show", "last"), 3, "the journal cannot be read: "),
        (("runs", "compare", "1", "2"), 3, "the journal cannot be read: "),
        (("runs", "prune", "--keep", "0"), 3, "the journal cannot be "),
        (("collection.json", "--last-failed"), 3, "the journal cannot be read: "),
        (("collection.json", "--silent"), 0, "warning: the journal .htrun/runs.db cannot be "),
    ],
)
def test_a_damaged_file_and_numbers_that_are_none(
    damaged: Path, htrun: Htrun, words: tuple[str, ...], code: int, wanted: str
) -> None:
    found = htrun(*words, env=ON)
    assert found.returncode == code, found.stderr
    assert wanted in found.stderr
    assert found.stderr.count("\n") == 1


def test_the_journal_can_be_named_behind_the_command(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer
) -> None:
    htrun(collection(request("a", f"{server.url}/json")), "--silent", "--journal", "here.db", env=ON)
    for words in (["show", "last"], ["compare", "1", "last"], ["flaky"], ["prune", "--keep", "1"]):
        assert htrun("runs", *words, "--journal", "here.db", env=ON).returncode == 0, words
    assert htrun("runs", "show", "last", env=ON).returncode == 3


def test_silent_tells_that_there_is_no_journal(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, tmp_path: Path
) -> None:
    (tmp_path / ".htrun").write_text("")
    run = htrun(collection(request("a", f"{server.url}/json")), "--silent", env=ON)
    assert (run.returncode, run.stdout) == (0, "")
    assert "this run is in no journal" in run.stderr


@pytest.mark.parametrize("again", [[], ["--snapshot"]])
def test_last_failed_because_of_a_snapshot(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer, again: list[str]
) -> None:
    """Without --snapshot it passes, and is told why."""
    file = collection(request("a", f"{server.url}/respond?type=application/json&body={{{{body}}}}"))
    assert htrun(file, "--snapshot", "--no-snapshot-ci", "--silent", "--var", "body=[1]", env=ON).returncode == 0
    assert htrun(file, "--snapshot", "--silent", "--var", 'body=["1"]', env=ON).returncode == 1
    run = htrun(file, "--last-failed", "--silent", "--var", 'body=["1"]', *again, env=ON)
    assert run.returncode == (1 if again else 0)
    assert ("in run 2 responses did not match their snapshots" in run.stderr) is (not again)


def test_last_failed_of_a_run_that_was_interrupted(
    collection: Callable[..., str], htrun: Htrun, server: RecordingServer
) -> None:
    file = collection(
        request("a", f"{server.url}/json", "throw new Error('a');"), request("b", f"{server.url}/respond?delay=9000")
    )
    assert htrun(file, "--timeout", "2000", "--silent", env=ON).returncode == 1
    run = htrun(file, "--last-failed", "--exclude", "b", "--silent", env=ON)
    assert run.returncode == 1
    assert "run 1 did not get to its end (stopped)" in run.stderr
    assert "`htrun resume 1` goes on with it" in run.stderr
