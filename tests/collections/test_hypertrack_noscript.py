"""The HyperTrack requests without scripts: ``--capture auto`` finds what the scripts of the other collection store."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT / "collections" / "hypertrack-noscript.postman_collection.json"
SCRIPTED = ROOT / "collections" / "hypertrack.postman_collection.json"
SIMULATED = ("--simulate", "hypertrack", "--var", "hypertrack_sk=sk_test", "--color", "off")


def items(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for folder in json.loads(file.read_text("utf-8"))["item"]:
        for item in folder["item"]:
            yield f"{folder['name']}/{item['name']}", item


def stored_by_scripts() -> set[tuple[str, str, str]]:
    """Variable, JSONPath and request of every value that the scripts of the other collection store."""
    found = set()
    for path, item in items(SCRIPTED):
        source = "\n".join(line for event in item.get("event", ()) for line in event["script"]["exec"])
        for name, value in re.findall(r'pm\.globals\.set\("(\w+)", (.*)\);', source):
            found.add((name, f"$.{re.sub(r'^(pm.response.json..|[a-z]+)[.]', '', value)}", path))
    return found


def htrun(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runner", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def statuses(output: str) -> list[str]:
    return re.findall(r"^  [A-Z]+ http\S+ \[(\d+)", output, re.MULTILINE)


def test_it_has_the_same_requests_and_no_script() -> None:
    here, there = list(items(FILE)), list(items(SCRIPTED))
    assert [path for path, _ in here] == [path for path, _ in there]
    for (_, one), (_, other) in zip(here, there, strict=True):
        assert one["request"] == other["request"]
    assert '"event"' not in FILE.read_text("utf-8")


def test_every_value_that_the_scripts_store_is_inferred_and_no_other() -> None:
    done = htrun(str(FILE), *SIMULATED, "--capture", "auto")
    inferred = set(re.findall(r"^  (\w+) ← (\S+) of (.*) \(inferred\)", done.stdout, re.MULTILINE))
    assert (done.returncode, inferred) == (0, stored_by_scripts()), done.stdout
    assert len(inferred) == 13
    scripted = htrun(str(SCRIPTED), *SIMULATED)
    assert statuses(done.stdout) == statuses(scripted.stdout)


@pytest.mark.parametrize("how", [(), ("--no-run",)])
def test_it_passes_with_the_file_that_init_writes(tmp_path: Path, how: tuple[str, ...]) -> None:
    file = tmp_path / "tour.workflow.yaml"
    made = htrun("init", str(FILE), *SIMULATED, *how, "-o", str(file))
    assert made.returncode == 0, made.stderr
    done = htrun(str(file), *SIMULATED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(inferred)" not in done.stdout
    assert statuses(done.stdout) == statuses(htrun(str(SCRIPTED), *SIMULATED).stdout)


def test_without_the_request_that_creates_the_user_a_sentence_says_what_is_missing(tmp_path: Path) -> None:
    document = json.loads(FILE.read_text("utf-8"))
    setup = document["item"][0]
    setup["item"] = [item for item in setup["item"] if item["name"] != "Create a user"]
    file = tmp_path / "collection.json"
    file.write_text(json.dumps(document), "utf-8")
    done = htrun(str(file), *SIMULATED, "--capture", "auto")
    assert done.returncode == 1
    said = re.findall(r"^     (\{\{user_id\}\}.*)$", done.stdout, re.MULTILINE)
    assert said[0].startswith("{{user_id}} (body) has no value: no request before it creates or lists users")
    assert not re.search(r"GET \S+/users/%7B", done.stdout)
