"""A real pseudo-terminal around a command, and what a person sees on it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_PART = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+")


class Terminal:
    """The terminal of a running command. ``raw`` is all that was written to it."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process, self._end = process, end
        self._bytes = b""
        self._answered = 0  # bytes before the last answer

    @property
    def raw(self) -> str:
        return self._bytes.decode("utf-8", "replace")

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def until(self, pattern: str, seconds: float = 30) -> str:
        """Reads on until something matches; gives what matched."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.raw)):
            assert time.monotonic() < end, self.raw
            assert self._read(0.2) or self.process.poll() is None, self.raw
        return found.group()

    def answer(self, pattern: str, text: str, seconds: float = 30) -> str:
        """Waits for a question that comes after the last answer, and types; gives what was shown in between."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern.encode(), self._bytes[self._answered :])):
            assert time.monotonic() < end, self.raw
            assert self._read(0.2) or self.process.poll() is None, self.raw
        shown = self._bytes[self._answered : self._answered + found.start()].decode("utf-8", "replace")
        self._answered += found.end()
        if text == "\x03":
            time.sleep(0.3)  # a signal between the prompt and the wait for a key is only noticed with the next key
        os.write(self._end, text.encode())
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")

    def finish(self, seconds: float = 30) -> int:
        """Reads to the end; gives the exit code."""
        end = time.monotonic() + seconds
        while self._read(0.1) or self.process.poll() is None:
            assert time.monotonic() < end, self.raw
        return self.process.returncode

    def _read(self, wait: float) -> bool:
        if not select.select([self._end], [], [], wait)[0]:
            return False
        try:
            data = os.read(self._end, 65536)
        except OSError:  # Linux says so when the other end is closed
            time.sleep(0.02)
            return False
        self._bytes += data
        return bool(data)

    def drawn(self) -> list[str]:
        """The texts that were drawn over, in order."""
        shown = re.sub(r"\x1b\[[0-9;]*m", "", self.raw.replace("\r\n", "\n"))
        return re.findall(r"(?:^|\n|\x1b\[2K)([^\n\r]+)(?=\r\x1b\[2K)", shown)

    def screen(self) -> str:
        """What stays to be read: lines, after everything that was drawn over is gone."""
        lines, line = list[str](), ""
        for part in _PART.findall(self.raw.replace("\r\n", "\n")):
            if part == "\n":
                lines.append(line)
                line = ""
            elif part == "\x1b[2K":
                line = ""
            elif part != "\r" and not part.startswith("\x1b"):
                line += part
        return "\n".join([*lines, line])


def width(text: str) -> int:
    """Columns that a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


@contextmanager
def terminal(
    command: Sequence[str], folder: Path, *, columns: int = 100, env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Starts a command with a terminal as its standard streams."""
    end, other = pty.openpty()
    # pytest has the size of its own terminal there
    without_size = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**without_size, "TERM": "xterm-256color", **(env or {})},
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
        # keys such as Ctrl-C and Ctrl-D are those of a controlling terminal
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(other)
    running = Terminal(process, end)
    running.resize(columns)
    try:
        yield running
    finally:
        process.kill()
        process.wait()
        with suppress(OSError):
            os.close(end)
