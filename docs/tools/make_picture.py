"""Makes docs/images/run.svg: a picture of a real run, for the README.

``python docs/tools/make_picture.py`` runs htrun (the one this Python has) on the HyperTrack collection against its
simulator, and draws what it printed. The text of the picture is the output, nothing is retouched; long output
is cut in the middle, and the cut is shown.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[2]
COLLECTION = "collections/hypertrack.postman_collection.json"
ARGUMENTS = (COLLECTION, "--var", "hypertrack_sk=sk_test_1234567890", "--simulate", "hypertrack", "--folder", "Setup")
WIDTH = 88
HEAD, TAIL = 30, 22
THEME = TerminalTheme(
    (22, 27, 34),
    (201, 209, 217),
    [
        (72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34),
        (88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196),
    ],
    [
        (110, 118, 129), (255, 161, 152), (86, 211, 100), (227, 179, 65),
        (121, 192, 255), (210, 168, 255), (86, 212, 221), (255, 255, 255),
    ],
)  # fmt: skip


def output(arguments: tuple[str, ...]) -> str:
    """What htrun prints, with colours."""
    environment = {**os.environ, "COLUMNS": str(WIDTH), "FORCE_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    environment.pop("NO_COLOR", None)
    done = subprocess.run(
        [sys.executable, "-m", "runner", "run", *arguments, "--color", "on"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"htrun ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def shortened(lines: list[str]) -> list[str]:
    if len(lines) <= HEAD + TAIL:
        return lines
    cut = len(lines) - HEAD - TAIL
    return [*lines[:HEAD], f"\x1b[2m  ... {cut} lines more ...\x1b[0m", *lines[-TAIL:]]


def picture(text: str, title: str) -> str:
    """The SVG of a terminal that shows ``text``."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in shortened(text.rstrip("\n").split("\n")):
        console.print(Text.from_ansi(line), no_wrap=True, overflow="crop")
    svg = console.export_svg(title=title, theme=THEME, unique_id="run")
    # no fonts from afar: the picture is drawn with what the reader has
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"[ \t]+\n", "\n", svg)
    return svg.replace("Fira Code", "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono'")


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the picture of the README.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "run.svg")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    title = " ".join(("htrun", COLLECTION, *ARGUMENTS[3:]))
    options.out.write_text(picture(output(ARGUMENTS), title), encoding="utf-8")


if __name__ == "__main__":
    main()
