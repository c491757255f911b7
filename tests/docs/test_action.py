"""The GitHub Action: what its script makes of the inputs. The workflow around it needs GitHub."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the action has installed htrun: one that writes down its arguments."""
    tool = tmp_path / "htrun" / "bin" / "htrun"
    tool.parent.mkdir(parents=True)
    tool.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\nsys.exit(7)\n")
    tool.chmod(0o755)
    return tmp_path


def run(place: Path, step: str = "run", **inputs: str) -> subprocess.CompletedProcess[str]:
    """The script, with the inputs in the variables that action.yml gives them."""
    names = {name: target for one in ACTION["runs"]["steps"] for target, name in one.get("env", {}).items()}
    given = {names[f"${{{{ inputs.{name.replace('_', '-')} }}}}"]: value for name, value in inputs.items()}
    return subprocess.run(
        ["bash", str(ROOT / ".ci" / "action"), step],
        env={"PATH": os.environ["PATH"], "RUNNER_TEMP": str(place), "GITHUB_ACTION_PATH": str(ROOT), **given},
        capture_output=True,
        text=True,
        cwd=place,
    )


def test_inputs_become_arguments(place: Path) -> None:
    done = run(
        place,
        collection="a b.json\n\nmore/*.json\r\n",
        environment="it's.json",
        data="rows.csv",
        vars="a=1\nb=$(touch pwned) ; `id`\n",
        args="--strict\n--folder=My users\n",
    )
    assert json.loads(done.stdout) == [
        "run", "a b.json", "more/*.json", "--environment", "it's.json", "--iteration-data", "rows.csv",
        "--var", "a=1", "--var", "b=$(touch pwned) ; `id`", "--reporters", "auto", "--strict", "--folder=My users",
    ]  # fmt: skip
    assert done.returncode == 7, "the exit code of htrun is that of the step"
    assert not (place / "pwned").exists()


def test_reporters(place: Path) -> None:
    assert json.loads(run(place, collection="a.json", reporters="cli,har").stdout)[-2:] == ["--reporters", "cli,har"]


def test_no_collection(place: Path) -> None:
    done = run(place, collection="")
    assert done.returncode != 0
    assert "the input collection is empty" in done.stderr


@pytest.mark.parametrize(
    ("inputs", "installed"),
    [({}, str(ROOT)), ({"extras": "simulator,xml"}, f"{ROOT}[simulator,xml]"), ({"package": "htrun==1"}, "htrun==1")],
)
def test_what_is_installed(place: Path, inputs: dict[str, str], installed: str) -> None:
    python = place / "htrun" / "bin" / "python"
    python.write_text('#!/bin/sh\nfor last; do :; done\necho "$1 $2 $last"\n')
    python.chmod(0o755)
    assert run(place, "install", **inputs).stdout.splitlines()[-1] == f"-m pip {installed}"


def test_every_input_reaches_the_script() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    assert sorted(set(re.findall(r"inputs\.([\w-]+)", text))) == sorted(ACTION["inputs"])
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "a value in a script could be taken for a command"
    script = (ROOT / ".ci" / "action").read_text("utf-8")
    for step in ACTION["runs"]["steps"]:
        assert all(name in script for name in step.get("env", {}))


def test_a_run_on_github(place: Path) -> None:
    tool = place / "htrun" / "bin" / "htrun"
    tool.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" GITHUB_ACTIONS=true exec "{sys.executable}" -m runner "$@"\n')
    (place / "collections").symlink_to(ROOT / "collections")
    done = subprocess.run(
        ["bash", str(ROOT / ".ci" / "action"), "run"],
        env={
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(place),
            "HTRUN_COLLECTION": "collections/hypertrack.postman_collection.json",
            "HTRUN_ARGS": "--simulate=hypertrack\n--folder=Setup\n--folder=Users",
            "HTRUN_VAR_hypertrack_sk": "sk_test_1",
            "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
        },
        capture_output=True,
        text=True,
        cwd=place,
    )
    assert done.returncode == 0, done.stderr
    assert "Setup" in done.stdout
    assert "HyperTrack API v2" in (place / "summary.md").read_text("utf-8")
