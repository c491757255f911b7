"""Workflow files, right and wrong: the loader says what is wrong in one sentence, and the JSON Schema agrees."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runner.cli.main import invoke
from runner.parse.nodes import read_yaml
from runner.workflow.checks import SUBJECTS
from runner.workflow.compare import OPERATORS, TYPES
from runner.workflow.load import STEP, TOP, load_workflow
from support.server import RecordingServer
from workflow.api import COLLECTION
from workflow.examples import BAD, GOOD, Bad

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "runner" / "workflow" / "workflow.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def plain(text: str) -> Any:
    """A file as editors see it."""
    return read_yaml(text, "w.workflow.yaml", "a workflow").plain()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "things.json").write_text(json.dumps(COLLECTION), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_right_files_are_read_and_the_schema_takes_them(folder: Path, text: str) -> None:
    (folder / "w.workflow.yaml").write_text(text, encoding="utf-8")
    assert load_workflow("w.workflow.yaml").steps
    assert [error.message for error in VALIDATOR.iter_errors(plain(text))] == []


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_wrong_files_are_refused_with_their_line_before_the_first_request(
    folder: Path, bad: Bad, capsys: pytest.CaptureFixture[str], server: RecordingServer
) -> None:
    (folder / "w.workflow.yaml").write_text(bad.text, encoding="utf-8")
    code = invoke(["run", "w.workflow.yaml", "--var", f"base={server.url}"])
    said = capsys.readouterr().err
    assert code == 3, said
    assert said.startswith(
        f"htrun: error: w.workflow.yaml:{bad.line}: " if bad.line else "htrun: error: w.workflow.yaml: "
    )
    assert bad.says in said
    assert said.count("\n") == 1
    assert server.take() == ()


@pytest.mark.parametrize(
    "bad", [bad for bad in BAD.values() if bad.schema], ids=[n for n, bad in BAD.items() if bad.schema]
)
def test_the_schema_refuses_them_too(bad: Bad) -> None:
    assert list(VALIDATOR.iter_errors(plain(bad.text))) != []


def test_schema_and_loader_know_the_same_words() -> None:
    definitions = SCHEMA["$defs"]
    assert set(SCHEMA["properties"]) == set(TOP)
    assert set(definitions["step"]["properties"]) == set(STEP)
    assert set(definitions["operators"]["properties"]) == set(OPERATORS)
    assert set(definitions["type"]["anyOf"][0]["enum"]) == set(TYPES)
    assert set(definitions["expect"]["oneOf"][1]["properties"]) == set(SUBJECTS)


def test_the_workflows_of_this_project_are_right() -> None:
    files = sorted((ROOT / "collections").glob("*.workflow.yaml"))
    assert files
    for file in files:
        assert load_workflow(str(file)).steps
        assert [error.message for error in VALIDATOR.iter_errors(plain(file.read_text("utf-8")))] == []


def documented() -> Iterator[str]:
    text = (ROOT / "docs" / "workflows.md").read_text("utf-8")
    yield from re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


def test_every_example_of_the_documentation_is_right(folder: Path) -> None:
    blocks = list(documented())
    assert len(blocks) > 10
    for block in blocks:
        whole = block if not block.startswith("-") else f"collection: c.json\nsteps:\n{block}"
        (folder / "w.workflow.yaml").write_text(whole, encoding="utf-8")
        (folder / "user.schema.json").write_text('{"type": "object"}')
        load_workflow("w.workflow.yaml")
        assert [error.message for error in VALIDATOR.iter_errors(plain(whole))] == []


def test_every_key_is_documented() -> None:
    text = (ROOT / "docs" / "workflows.md").read_text("utf-8")
    missing = [word for word in (*TOP, *STEP, *SUBJECTS, *OPERATORS) if f"`{word}`" not in text]
    assert missing == []


def test_times_and_words_have_the_types_of_yaml_1_2(folder: Path) -> None:
    values = "{a: yes, b: on, c: 2026-11-24, d: 1:30, e: 010, f: 1e3, g: ~, h: 0x10}"
    text = f"collection: c.json\nvariables: {values}\nsteps: [{{run: x}}]"
    (folder / "w.workflow.yaml").write_text(text, encoding="utf-8")
    found: Any = load_workflow("w.workflow.yaml").variables
    assert found == {
        "a": "yes",
        "b": "on",
        "c": "2026-11-24",
        "d": "1:30",
        "e": 10,
        "f": 1000.0,
        "g": None,
        "h": "0x10",
    }
