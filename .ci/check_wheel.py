"""Checks the files of a wheel: ``python check_wheel.py FILE``."""

from __future__ import annotations

import sys
import zipfile

NEEDED = (
    "runner/cli/", "runner/py.typed", "htrun/__init__.py", "htrun/py.typed",
    "runner/scripting/js/built/", "runner/check/postman_api.json",
    "runner/reporters/html/templates/report.html", "runner/reporters/html/static/main.js",
    "runner/reporters/html/static/report.css", ".dist-info/licenses/",
)  # fmt: skip
UNWANTED = (
    "tests/", "bench/", "node_modules/", "__pycache__", "runner/scripting/js/src/", "package.json", "runner/alias/",
)  # fmt: skip


def main(path: str) -> str | None:
    names = zipfile.ZipFile(path).namelist()
    missing = [part for part in NEEDED if not any(part in name for name in names)]
    extra = [name for name in names if any(part in name for part in UNWANTED)]
    return f"missing: {missing}, unwanted: {extra}" if missing or extra else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
