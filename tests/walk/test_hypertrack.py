"""The tour of the HyperTrack collection against its simulator."""

from __future__ import annotations

import json
import re
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Htrun
from runner.simulator.server import SimulatorServer
from support.terminal import width
from walk.conftest import CHANGE, GO_ON, ROOT, SAVE, SEND, Walk

COLLECTION = str(ROOT / "collections" / "hypertrack.postman_collection.json")
WORKFLOW = str(ROOT / "collections" / "hypertrack.workflow.yaml")
KEY = "sk_test_of_the_tour"


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer() as running:
        yield running


def users(simulator: SimulatorServer) -> list[str]:
    request = urllib.request.Request(f"{simulator.url}/users/", headers={"Authorization": "token sk_test"})
    with urllib.request.urlopen(request) as response:
        return [user["name"] for user in json.load(response)["results"]]


def flat(text: str) -> str:
    """A text as it reads, wherever the terminal has broken it."""
    return re.sub(r"\s+", " ", text)


def test_from_an_empty_environment_to_the_end(walk: Walk, tmp_path: Path) -> None:
    with walk(COLLECTION, "--simulate", "hypertrack", "--save", "tour.md") as shown:
        needed = shown.answer("hidden: ", f"{KEY}\n")
        assert "Your secret key (sk_...), from the dashboard." in needed
        shown.answer(SAVE, "y\n")
        first = flat(shown.answer(SEND, "\n"))
        assert "Create a group 1 of 61" in first
        assert "a JSON object with name and unique_id." in first
        assert "signed with an API key in the header Authorization, as the whole collection is" in first
        assert "-H 'Authorization: token ********'" in first
        answer = flat(shown.answer(GO_ON, "h\n"))
        assert "201 Created" in answer
        assert '"name": "Tour drivers"' in answer
        assert re.search(r"← group_id = [-0-9a-f]{36} \(globals\) for Setup/Create a user, \S+", answer)
        assert "Content-Type: application/json" in shown.answer(GO_ON, "\n")
        assert 'globals, set by "Setup/Create a group"' in flat(shown.answer(SEND, "s\n"))
        assert "Create a place" in shown.answer(SEND, "b\n")
        assert "Create a user" in shown.answer(SEND, "e\n")
        assert '"name": "Asha Rao"' in shown.answer(CHANGE, "b\n")
        shown.answer("Body: $", "name=Somebody else\n")
        shown.answer(CHANGE, "\n")
        assert '"name": "Somebody else"' in shown.answer(SEND, "\n")
        edited = shown.answer(GO_ON, "w\n")
        assert '"name": "Somebody else"' in edited
        assert "lines more" in edited
        assert '"lookup_id"' in shown.answer(GO_ON, "\n")
        assert "Create a place  3 of 61" in shown.answer(SEND, "r\n")
        assert shown.finish() == 0
        assert "✓ Clean-up/Delete the user  61 of 61 · 204 No Content" in shown.screen()
        assert "✗" not in shown.raw
        assert KEY not in shown.raw
        assert re.search(r"htrun walk \S+ -e hypertrack\.environment\.json\n", shown.screen())
    saved = tmp_path / "hypertrack.environment.json"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    (row,) = json.loads(saved.read_text("utf-8"))["values"]
    assert row == {"key": "hypertrack_sk", "value": KEY, "type": "secret"}
    document = (tmp_path / "tour.md").read_text("utf-8")
    assert KEY not in document
    assert "### 2. Create a user" in document
    assert '"name": "Somebody else"' in document
    assert "*61 sent, 1 skipped, 0 failed.*" in document


def test_the_saved_values_are_enough_for_the_next_time(htrun: Htrun, tmp_path: Path) -> None:
    environment = {"values": [{"key": "hypertrack_sk", "value": KEY, "type": "secret"}]}
    (tmp_path / "mine.json").write_text(json.dumps(environment), "utf-8")
    done = htrun("walk", COLLECTION, "--simulate", "hypertrack", "-e", "mine.json", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "61 requests sent" in done.stdout
    assert KEY not in done.stdout
    assert "\x1b" not in done.stdout


def test_without_a_terminal_it_asks_for_yes(htrun: Htrun) -> None:
    done = htrun("walk", COLLECTION, "--simulate", "hypertrack")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert done.stdout == ""


def test_without_a_key_nothing_is_sent(htrun: Htrun, simulator: SimulatorServer) -> None:
    done = htrun("walk", COLLECTION, "--yes", "--var", f"base_url={simulator.url}")
    assert done.returncode == 3
    assert 'the variable "hypertrack_sk" is empty' in done.stderr
    assert users(simulator) == []


def test_a_narrow_terminal_without_colours(walk: Walk) -> None:
    with walk(COLLECTION, "--simulate", "hypertrack", "--folder", "Setup", columns=40, env={"NO_COLOR": "1"}) as shown:
        shown.answer("hidden: ", "\n")
        shown.answer(SAVE, "\n")
        text = shown.answer(SEND, "\n") + shown.answer(GO_ON, "q\n")
        shown.answer(SAVE, "n\n")
        assert shown.finish() == 0
        assert not re.search(r"\x1b\[[0-9;]*m", shown.raw)
    copied = re.compile(r" +(curl |-H |--data-raw |[{}\"])")
    too_wide = [line for line in text.split("\n") if width(line) > 40 and not copied.match(line)]
    assert too_wide == []


def test_plain_signs(htrun: Htrun) -> None:
    done = htrun("walk", COLLECTION, "--simulate", "hypertrack", "--folder", "Setup", "--yes", "--disable-unicode")
    assert done.returncode == 0
    assert done.stdout.isascii(), [line for line in done.stdout.split("\n") if not line.isascii()]
    assert "+ It has an id and a token of its own" in done.stdout


def test_a_workflow_cleans_up_when_the_tour_is_ended(walk: Walk, simulator: SimulatorServer) -> None:
    given = ("--var", f"base_url={simulator.url}", "--secret", f"hypertrack_sk={KEY}")
    with walk(WORKFLOW, *given) as shown:
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "\n")
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "\n")
        assert users(simulator) == ["Asha Rao"]
        shown.answer(SEND, "q\n")
        assert shown.finish() == 0  # nothing is left to be saved
        assert "✓ Clean-up/Delete the user" in shown.screen()
        assert KEY not in shown.raw
    assert users(simulator) == []


def test_a_workflow_is_walked_step_by_step(htrun: Htrun) -> None:
    done = htrun("walk", WORKFLOW, "--simulate", "hypertrack", "--yes")
    assert done.returncode == 0, done.stdout
    assert "Step: Wait until it is completed" in done.stdout or "Step: " in done.stdout
    assert "Tried again: " in done.stdout
    assert '✓ until json.status == "completed"' in done.stdout
