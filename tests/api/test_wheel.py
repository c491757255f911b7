"""The examples of docs/python.md, where only the built wheel is: each runs as a script, and mypy --strict likes it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.assemble import Given, new_scopes
from runner.mock.api import mock_api
from runner.mock.server import MockServer
from runner.parse.collection import collection_from_json
from support.pages import blocks
from support.shop import ground, shop

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[2]
EXAMPLES = [block for block in blocks(ROOT / "docs" / "python.md", ROOT) if block.language == "python"]


def run(*words: object, folder: Path) -> str:
    command = [str(word) for word in words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={"PATH": ""})
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment: the wheel is installed there, what it depends on comes from this one."""
    folder = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", folder=folder)
    python = folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    (wheel,) = folder.glob("*.whl")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel, folder=folder)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(python, "-c", where, folder=folder).strip())
    others = [name for name in sys.path if name.endswith(("site-packages", "dist-packages"))]
    (site / "others.pth").write_text("\n".join(others), encoding="utf-8")
    return python


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    collection = collection_from_json(shop("http://shop.test"))
    with MockServer(mock_api(collection, new_scopes(collection, Given()))) as server:
        yield server.url


def test_it_is_the_wheel_that_is_used(fresh: Path, tmp_path: Path) -> None:
    code = "import runner, htrun; print(runner.__file__, htrun.__file__, htrun.run is runner.run)"
    place, alias, same = run(fresh, "-c", code, folder=tmp_path).split()
    assert Path(place).is_relative_to(fresh.parents[1])
    assert Path(alias).is_relative_to(fresh.parents[1])
    assert same == "True"


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
@pytest.mark.parametrize("name", ["runner", "htrun"])
def test_an_example_runs(fresh: Path, base: str, tmp_path: Path, number: int, name: str) -> None:
    ground(tmp_path, base)
    (tmp_path / "example.py").write_text(EXAMPLES[number].text.replace("runner", name), encoding="utf-8")
    run(fresh, "-X", "dev", "-W", "error", "example.py", folder=tmp_path)


@pytest.mark.parametrize("name", ["runner", "htrun"])
def test_the_examples_are_typed(fresh: Path, tmp_path: Path, name: str) -> None:
    for number, example in enumerate(EXAMPLES):
        (tmp_path / f"example_{number}.py").write_text(example.text.replace("runner", name), encoding="utf-8")
    run(sys.executable, "-m", "mypy", "--strict", "--python-executable", fresh, ".", folder=tmp_path)
    wrong = f"import {name}\n{name}.run('c.json', iteration=2)\n{name}.rum\n"
    (tmp_path / "wrong.py").write_text(wrong, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(fresh), "wrong.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 'did you mean "iterations"' in done.stdout
    assert 'no attribute "rum"' in done.stdout
    assert "Found 2 errors" in done.stdout
