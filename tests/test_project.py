"""What holds for the project's files as a whole."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import runner

ROOT = Path(__file__).parents[1]


def files() -> list[Path]:
    """The files under version control; without git or outside of a clone (an sdist), what looks like them."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]
    made = {"node_modules", "__pycache__", "built", "build", "dist", "venv"}
    places = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
    return [ROOT / path for path in places if not made & set(path.parts) and not path.parts[0].startswith(".")]


ALL = files()
TEXTS = {
    path: path.read_text()
    for path in ALL
    if "found" not in path.parts  # what a fuzzer made, byte by byte
    and path.suffix in {".py", ".md", ".toml", ".json", ".js", ".yaml", ".yml", ".svg", ".html", ""}
}
#: Where packages come from is the business of the one who installs them.
REGISTRIES = re.compile("|".join((r"registry\.npmjs", r"files\.pythonhosted", r"pypi\.org/simple", r"yarnpkg\.com")))


def test_no_file_names_a_registry_host() -> None:
    assert [str(path.relative_to(ROOT)) for path, text in TEXTS.items() if REGISTRIES.search(text)] == []


def test_lock_files_pin_by_content_and_not_by_place() -> None:
    locks = [path for path in ALL if path.name == "package-lock.json"]
    assert locks
    for path in locks:
        packages = json.loads(path.read_text())["packages"]
        for name, package in packages.items():
            assert "resolved" not in package, (path, name)
            assert not name or "integrity" in package, (path, name)


def test_json_files_parse() -> None:
    for path in ALL:
        if path.suffix == ".json" and "broken" not in path.name:
            json.loads(path.read_bytes())


def test_collections_is_no_package() -> None:
    """It would shadow the standard library's."""
    assert not list((ROOT / "collections").rglob("__init__.py"))


def test_the_version_stands_in_one_place() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", runner.__version__)
    pattern = re.compile(rf"^\s*(__version__|version)\s*[=:]\s*[\"']{re.escape(runner.__version__)}", re.MULTILINE)
    found = [path.relative_to(ROOT).as_posix() for path, text in TEXTS.items() if pattern.search(text)]
    assert [name for name in found if "package" not in name] == ["runner/__init__.py"]


def test_the_changelog_begins_with_this_version_or_unreleased() -> None:
    heads = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[0] in {"Unreleased", runner.__version__}


@pytest.mark.parametrize("page", [path for path in ALL if path.suffix == ".md"], ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_public_modules_say_what_they_are_for() -> None:
    modules = {path: text for path, text in TEXTS.items() if path.suffix == ".py" and (ROOT / "runner") in path.parents}
    assert [str(path) for path, text in modules.items() if not text.startswith(('"""', 'r"""'))] == []
