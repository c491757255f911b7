"""Newman's ``emojitrain`` reporter: a face for every item, and one for every attempt before and item left out.

The faces of items that a script has run stand in parentheses, before that of the item whose script it was.
"""

from __future__ import annotations

from runner.engine import events as ev
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.nesting import OpenItems
from runner.reporters.options import flag
from runner.reporters.silence import Silence

_GOOD, _BAD, _ALL_GOOD, _ANY_BAD = "😀 ", "😢 ", " 😍", " 😭"
_AGAIN, _SKIPPED = "🔁 ", "💤 "
_PLAIN = {_GOOD: ":) ", _BAD: ":( ", _ALL_GOOD: " :D", _ANY_BAD: " :'(", _AGAIN: ":/ ", _SKIPPED: ":| "}


def create(options: ReporterOptions) -> Reporter:
    """Makes the reporter; option: silent."""
    return Silence() if options.silent or flag(options, "silent") else EmojiTrain(options)


class EmojiTrain:
    def __init__(self, options: ReporterOptions) -> None:
        self._options = options
        self._failed = False
        self._started = False
        self._open = OpenItems()

    def handle(self, event: ev.Event) -> None:
        parent = self._open.handle(event)
        match event:
            case ev.RunStarted():
                self._started = True
            case ev.ItemRetried():
                self._write(_AGAIN)
            case ev.ItemFinished():
                result = event.result
                self._failed = self._failed or not result.passed
                left_out = result.passed and result.skip_reason is not None
                face = _SKIPPED if left_out else _GOOD if result.passed else _BAD
                self._write(face, inside=parent is not None)
            case ev.RunFinished():
                self._failed = self._failed or not event.result.passed
            case _:
                pass

    def close(self) -> None:
        if self._started:
            self._write((_ANY_BAD if self._failed else _ALL_GOOD) + "\n")

    def _write(self, face: str, inside: bool = False) -> None:
        """Args: inside: it is that of an item which a script of the next one has run."""
        plain = _PLAIN.get(face.rstrip("\n"), face) + face[len(face.rstrip("\n")) :]
        if inside:
            face, plain = f"({face.rstrip()}) ", f"({plain.rstrip()}) "
        try:
            self._options.out.write(face if self._options.unicode else plain)
        except UnicodeEncodeError:
            self._options.out.write(plain)
        self._options.out.flush()
