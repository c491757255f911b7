"""What is fuzzed, without a fuzzer: its seeds, and what once was found. And the fuzzer itself, where there is one."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.seeds import seeds
from fuzz.shape import WORDS, from_bytes, to_bytes
from fuzz.targets import TARGETS

FUZZ = Path(__file__).parent / "fuzz"
FOUND = sorted(path for path in FUZZ.glob("found/*/*") if path.is_file())
EXACT = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["info", "item", 0, 200, -1, 0.5]) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("target", TARGETS)
def test_the_first_inputs_break_nothing(target: str) -> None:
    tried = 0
    for seed in seeds(target):
        TARGETS[target](seed)
        tried += 1
    assert tried > 20


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_once_was_found_breaks_nothing(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@given(EXACT)
def test_json_comes_back_from_its_bytes(value: Any) -> None:
    assert from_bytes(to_bytes(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_json_and_any_collection_is_read_or_refused(data: bytes) -> None:
    TARGETS["collection"](data)


def test_words_are_one_byte_each() -> None:
    assert len(set(WORDS)) <= 256


@pytest.mark.skipif(find_spec("atheris") is None, reason="needs the extra fuzz")
def test_the_fuzzer_counts_and_finds(tmp_path: Path) -> None:
    command = [sys.executable, str(FUZZ / "run.py"), "urls", "--runs", "300", "--corpus", str(tmp_path / "corpus")]
    command += ["--crashes", str(tmp_path / "crashes")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("urls: 300 executions")
    assert "no crash" in done.stdout
