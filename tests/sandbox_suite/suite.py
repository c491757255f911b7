"""postman-sandbox's own unit tests: where they come from, and how they are run against a sandbox.

The npm package has no tests, so they are taken from the tag of its public repository that belongs to the version which
the script bundle is built from. Everything else (upstream's host side, mocha) is that of the npm packages in
``package-lock.json`` beside this file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import runner
from conformance.newman import environment, install, node_directory

HERE = Path(__file__).parent
REPOSITORY = "https://github.com/postmanlabs/postman-sandbox.git"
#: a checkout of that repository to use instead
CHECKOUT = "HTRUN_SANDBOX_TESTS"
DRIVER = [sys.executable, str(HERE / "driver.py")]
#: s for all of the tests; real Node needs about 100 on two cores
LIMIT = 900.0

Results = Mapping[str, str | None]  #: title -> why it failed


class NoTests(Exception):
    """Upstream's tests cannot be had."""


def version(folder: Path) -> str:
    """The version of postman-sandbox that the ``package.json`` in ``folder`` names."""
    return str(json.loads((folder / "package.json").read_text())["dependencies"]["postman-sandbox"])


def checkout(scratch: Path) -> Path:
    """A directory with upstream's ``test/unit``.

    Raises:
        NoTests: the repository cannot be reached, and the environment variable names no checkout.
    """
    given = os.environ.get(CHECKOUT)
    if given:
        if not Path(given, "test", "unit").is_dir():
            raise NoTests(f"{CHECKOUT} names {given}, which has no folder test/unit")
        return Path(given)
    folder = scratch / "repository"
    command = ["git", "clone", "--quiet", "--depth", "1", "--branch", f"v{version(HERE)}", REPOSITORY, str(folder)]
    try:
        quiet = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoTests(f"needs git and {REPOSITORY}, or a checkout of it named by {CHECKOUT}: {error}") from error
    if done.returncode:
        raise NoTests(f"needs {REPOSITORY}, or a checkout of it named by {CHECKOUT}: {done.stderr.strip()}")
    return folder


def prepare(tests: Path, scratch: Path) -> Path:
    """A directory in which the tests find upstream's package around them, as in its repository."""
    modules = install(HERE)
    folder = scratch / "suite"
    shutil.copytree(tests / "test" / "unit", folder / "test" / "unit")
    for name, target in {
        "node_modules": modules,
        "lib": modules / "postman-sandbox" / "lib",
        "index.js": modules / "postman-sandbox" / "index.js",
    }.items():
        (folder / name).symlink_to(target)
    return folder


def run(folder: Path, driver: list[str] | None = None) -> Results:
    """Runs the tests in ``folder`` against real Node, or against the sandbox that ``driver`` starts."""
    # the bootstrap first: it makes the globals that the others use
    files = [folder / "test/unit/_bootstrap.js", *sorted((folder / "test/unit").rglob("*.test.js"))]
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [str(node_directory() / "node"), str(HERE / "run.js"), str(report)]
    env = environment(folder)
    if driver:
        env["SANDBOX_DRIVER"] = json.dumps(driver)
        env["PYTHONPATH"] = str(Path(runner.__file__).parents[1])
    done = subprocess.run(
        [*command, *map(str, files)], cwd=folder, env=env, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if done.returncode or not report.exists():
        raise RuntimeError(f"mocha ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    results: Results = json.loads(report.read_text())
    return results


def passed(results: Results) -> int:
    return list(results.values()).count(None)


def expected() -> Mapping[str, str]:
    """title -> why htrun's sandbox does otherwise."""
    reasons: Mapping[str, str] = json.loads((HERE / "expected.json").read_text())
    return reasons


def disagreements(node: Results, ours: Results, known: Mapping[str, str]) -> list[str]:
    """What is not as ``known`` says. Tests that fail in Node too say nothing about us."""
    found = []
    for title, failure in node.items():
        if title not in ours:
            found.append(f"did not run: {title}")
        elif failure is None and ours[title] is not None and title not in known:
            found.append(f"fails: {title}\n    {ours[title]}")
        elif title in known and ours[title] is None:
            found.append(f"passes now, take it out of expected.json: {title}")
    gone = [title for title in known if title not in node]
    return [*found, *(f"upstream has no such test, take it out of expected.json: {title}" for title in gone)]
