"""A run that is killed, and goes on: nothing is sent twice that must not be, and the rest is as if nothing had been."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from journal.killing import ARRIVING, ITEMS, ROUNDS, SESSION, TOKEN, Counting, collection, finished, start
from support.server import RecordingServer

REPORT = ("-r", "json", "--reporter-json-export", "report.json", "--export-globals", "globals.json")


def kill_and_resume(place: Path, points: list[tuple[int, bool, float]], *more: str) -> list[str]:
    """Kills a run at these points (the number of requests that have arrived since it was begun or resumed, whether the
    last of them was answered, and how much later), and looks at what the server got and what the report says."""
    counting = Counting()
    with RecordingServer(respond=counting) as server:
        (place / "rounds.json").write_text(json.dumps(collection(server.url)))
        command = ["run", "rounds.json", *REPORT]
        for at, answered, later in points:
            counting.kill_at(sum(counting.arrived.values()) + at, answered=answered, later=later)
            counting.process = start(place, *command)
            counting.process.communicate(timeout=120)
            if counting.process.returncode == 0:
                break  # it was quicker than the kill
            assert counting.process.returncode == -9
            command = ["resume", "last", *more]
        else:
            counting.kill_at(0, answered=False, later=0)
            code, output = finished(place, command)
            assert code in (0, 1), output
    report = json.loads((place / "report.json").read_text())
    unknown = [
        failure["error"]["message"]
        for failure in report["run"]["failures"]
        if "unknown" in failure["error"]["message"] and "was not sent again" in failure["error"]["message"]
    ]
    assert len(unknown) <= len(points)
    told = " ".join(unknown)
    assert report["run"]["stats"]["items"]["total"] == ITEMS
    assert counting.refused == [] or "/login" in told
    lost = set()
    for number in range(1, ROUNDS + 1):
        for path in (f"/create/{number}", f"/audit/{number}"):
            times = counting.arrived[f"POST {path}"]
            if any(f"/create/{number} " in one or f"/audit/{number} " in one for one in unknown):
                lost.add(number)
                assert times <= 1, path
            else:
                assert times == 1, path
        for method, path in (("GET", f"/item/{number}/item-{number}"), ("PUT", f"/note/{number}")):
            if number not in lost:
                assert 1 <= counting.arrived[f"{method} {path}"] <= 1 + len(points), path
    for path in ("/login", "/farewell"):
        assert counting.arrived[f"POST {path}"] <= 1
        assert counting.arrived[f"POST {path}"] == 1 or path in told
    if "/login" in told:
        return unknown  # nobody can go on without it
    values = {one["key"]: one["value"] for one in json.loads((place / "globals.json").read_text())["values"]}
    assert values["ids"].split() == [str(number) for number in range(1, ROUNDS + 1) if number not in lost]
    expected = len(unknown) + sum(1 for number in lost)  # what comes after a create that is unknown gets a 404 ...
    others = [failure for failure in report["run"]["failures"] if failure["error"]["message"] not in unknown]
    assert len(others) <= expected * 2, [failure["error"]["message"] for failure in others]
    if not unknown:
        assert others == []
    return unknown


def test_killed(tmp_path: Path) -> None:
    """It has arrived, and nobody knows what would have been answered."""
    (told,) = kill_and_resume(tmp_path, [(98, False, 0.0)])
    assert "POST http://127.0.0.1:" in told
    assert "/create/25 " in told


def test_killed_again_while_it_is_resumed(tmp_path: Path) -> None:
    kill_and_resume(tmp_path, [(2, True, 0.05), (61, True, 0.001), (90, False, 0.0)])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
def test_killed_at_random(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    answered = chance.random() < 0.6
    kill_and_resume(tmp_path, [(chance.randint(1, ARRIVING), answered, chance.choice([0.0, 0.0005, 0.002, 0.02]))])


def test_no_secret_is_in_the_journal(tmp_path: Path) -> None:
    """Neither while the run goes on nor when it was killed: in the file, and in what SQLite keeps beside it."""
    counting = Counting()
    given = "given-7c2f8e11", "shown-4b9d0c33"
    with RecordingServer(respond=counting) as server:
        (tmp_path / "rounds.json").write_text(json.dumps(collection(server.url)))
        counting.kill_at(60, answered=False, later=0)
        counting.process = start(
            tmp_path, "run", "rounds.json", "--secret", f"key={given[0]}", "--var", f"password={given[1]}", *REPORT
        )
        counting.process.communicate(timeout=60)
        assert counting.process.returncode == -9
        files = sorted(tmp_path.glob(".htrun/runs.db*"))
        assert {"runs.db", "runs.db-wal"} <= {one.name for one in files}
        assert all(one.stat().st_mode & 0o077 == 0 for one in files)
        kept = b"".join(one.read_bytes() for one in files)
        for secret in (TOKEN, SESSION, *given):
            assert secret.encode() not in kept
        assert b"create" in kept
        # without the key it cannot go on, and says what is missing; with the key it can
        key = tmp_path / ".config" / "htrun" / "journal.key"
        assert key.stat().st_mode & 0o077 == 0
        hidden = key.read_bytes()
        key.unlink()
        code, output = finished(tmp_path, ["resume", "last"])
        assert code == 3
        assert "cannot be decrypted" in output
        assert "Traceback" not in output
        key.write_bytes(hidden)
        counting.kill_at(0, answered=False, later=0)
        code, output = finished(tmp_path, ["resume", "last"])
        assert code in (0, 1), output
        kept = b"".join(one.read_bytes() for one in tmp_path.glob(".htrun/runs.db*"))
        # what the first process had found out, the second one hides too
        kept += (output + (tmp_path / "report.json").read_text()).encode()
        kept += finished(tmp_path, ["runs", "show", "last"])[1].encode()
        for secret in (TOKEN, SESSION, *given):
            assert secret.encode() not in kept
    assert counting.refused == []
