"""``htrun check``: what each rule finds and where, reports, exit codes, what is switched off, ``--fix``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from check.seeds import BROKEN, FAULTS, Seed, faulty, item, unparsable, written
from cli.conftest import Htrun
from runner.check.rules import RULES

Json = Any
ROOT = Path(__file__).parents[2]


@pytest.fixture
def faults(tmp_path: Path) -> Mapping[str, str]:
    """File name -> text, of the collections with a fault for each rule."""
    texts = {"faults.json": written(faulty()), "broken.json": written(unparsable())}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return texts


def findings(htrun: Htrun, *arguments: str) -> list[Json]:
    done = htrun("check", "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    return [{**found, "path": file["path"]} for file in json.loads(done.stdout)["files"] for found in file["findings"]]


def codes(htrun: Htrun, *arguments: str) -> list[str]:
    return [found["code"] for found in findings(htrun, *arguments)]


def write(tmp_path: Path, *items: Json, **more: Json) -> str:
    (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "C"}, "item": list(items), **more}, indent=1))
    return "c.json"


def test_each_fault_is_found_once_where_it_stands(htrun: Htrun, faults: Mapping[str, str]) -> None:
    found = {(one["path"], one["code"], one["item"], one["line"], one["column"]) for one in findings(htrun, *faults)}

    def expected(path: str, seeds: tuple[Seed, ...]) -> set[tuple[str, str, str | None, int, int]]:
        return {(path, seed.code, seed.item, *seed.position(faults[path])) for seed in seeds}

    assert found == expected("faults.json", FAULTS) | expected("broken.json", BROKEN)
