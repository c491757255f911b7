"""Makes what docs/walkthrough.md shows: a recorded session of ``htrun walk``, a picture of its beginning, and the
document that the tour leaves.

``python docs/tools/record_walk.py`` takes the whole tour of the HyperTrack collection against its simulator on a
pseudo-terminal, from an empty environment to the end: the answers below are typed when their questions come. Nothing
that is shown is retouched; of the picture the middle is cut, and the cut is shown.
"""

from __future__ import annotations

import argparse
import io
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from make_picture import COLLECTION, ROOT, THEME
from rich.console import Console
from rich.text import Text

WIDTH = 100
ARGUMENTS = ("walk", COLLECTION, "--simulate", "hypertrack", "--save", "onboarding.md")
SEND, GO_ON, CHANGE = r"Send it\? .*\] $", r"Go on\? .*\] $", r"Change what\? .*\] $"
#: What is asked, and what is typed then.
ANSWERS = (
    (r"hidden: $", "sk_my_own_key\n"),
    (r"Save in .*\] $", "y\n"),
    (SEND, "\n"), (GO_ON, "\n"),
    (SEND, "s\n"),
    (SEND, "b\n"),
    (SEND, "e\n"), (CHANGE, "b\n"), (r"Body: $", "name=Nadia Haddad\n"), (CHANGE, "\n"),
    (SEND, "\n"), (GO_ON, "h\n"), (GO_ON, "\n"),
    (SEND, "\n"), (GO_ON, "\n"),
    (SEND, "\n"), (GO_ON, "\n"),
    (SEND, "r\n"),
)  # fmt: skip
#: Lines of the picture: the first, and those around the first answer.
PICTURED = (
    (re.compile(r"^Before you begin"), 8),
    (re.compile(r"^Create a group +1 of"), 40),
)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PARTS = re.compile(r"\x1b\[\?2004[hl]\r?")


def session(folder: Path) -> str:
    """What the terminal shows."""
    end, other = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "LINES")}
    environment |= {
        "COLUMNS": str(WIDTH), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8",
    }  # fmt: skip
    (folder / "collections").symlink_to(ROOT / "collections")
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", *ARGUMENTS],
        cwd=folder, env=environment, stdin=other, stdout=other, stderr=other, start_new_session=True,
    )  # fmt: skip
    os.close(other)
    shown, answered, answers = b"", 0, list(ANSWERS)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([end], [], [], 0.2)[0]:
            try:
                data = os.read(end, 65536)
            except OSError:
                break
            shown += data
        plain = _ESCAPES.sub("", shown[answered:].decode("utf-8", "replace"))
        if answers and re.search(answers[0][0], plain):
            answered = len(shown)
            os.write(end, answers.pop(0)[1].encode())
    os.close(end)
    if process.wait(10) or answers:
        raise SystemExit(f"the tour ended with {process.returncode}, {len(answers)} answers left:\n{shown.decode()}")
    return _PARTS.sub("", shown.decode("utf-8")).replace("\r\n", "\n")


def picture(text: str) -> str:
    """The SVG of a terminal that shows parts of a session."""
    lines = text.split("\n")
    plain = [_ESCAPES.sub("", line) for line in lines]
    kept: list[str] = [f"$ htrun {' '.join(ARGUMENTS)}"]
    at = 0
    for begins, length in PICTURED:
        start = next(number for number, line in enumerate(plain) if begins.match(line))
        if start > at:
            kept.append(f"\x1b[2m  ... {start - at} lines more ...\x1b[0m")
        at = start + length
        kept += lines[start:at]
    kept.append(f"\x1b[2m  ... {len(lines) - at} lines more ...\x1b[0m")
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in kept:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="crop")
    svg = console.export_svg(title="htrun walk", theme=THEME, unique_id="walk")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # no fonts from afar
    svg = re.sub(r"[ \t]+\n", "\n", svg)
    return svg.replace("Fira Code", "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono'")


def main() -> None:
    parser = argparse.ArgumentParser(description="Records the tour of the documentation.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="the folder of the documentation")
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        text = session(Path(folder))
        document = (Path(folder) / "onboarding.md").read_text("utf-8")
    (out / "images").mkdir(parents=True, exist_ok=True)
    plain = _ESCAPES.sub("", text).rstrip("\n")
    (out / "hypertrack-walk.txt").write_text(f"$ htrun {' '.join(ARGUMENTS)}\n{plain}\n", encoding="utf-8")
    (out / "hypertrack-onboarding.md").write_text(document, encoding="utf-8")
    (out / "images" / "walk.svg").write_text(picture(text), encoding="utf-8")


if __name__ == "__main__":
    main()
