"""Reports against the schemas that their formats are published with, and TAP by the parser of its authors."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import pytest

from conformance.newman import install, node_directory
from reporters.scene import scene
from reporters.stream import feed
from runner.engine import events as ev
from runner.reporters.cases import Cases
from runner.reporters.interface import ReporterOptions
from runner.reporters.registry import create_reporter

pytestmark = pytest.mark.conformance

PUBLIC = Path(__file__).parent / "public"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scene")


@pytest.fixture(scope="module")
def events(folder: Path) -> list[ev.Event]:
    install(PUBLIC)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return list(scene(folder))


@pytest.mark.parametrize("kind", ["ctrf", "har", "tap"])
def test_a_report_of_everything_is_valid(kind: str, events: list[ev.Event], folder: Path) -> None:
    target = folder / f"report.{kind}"
    feed(create_reporter(kind, ReporterOptions(out=io.StringIO(), options={"export": str(target)})), events)
    node = str(node_directory() / "node")
    done = subprocess.run(
        [node, str(PUBLIC / "check.mjs"), kind, str(target)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    if kind == "tap":
        stream = Cases()
        finished = [one for one in map(stream.new, events) if one and not one.retried]
        assert len(json.loads(done.stderr)) == sum(case.bad for one in finished for case in one.cases)
