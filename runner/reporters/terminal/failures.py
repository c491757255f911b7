"""The numbered list of failures at the end of a run, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

from runner.model.exchange import Exchange
from runner.model.records import dataclass, field
from runner.model.result import Failure
from runner.reporters.masking import Secrets
from runner.reporters.terminal.request import excerpt
from runner.reporters.terminal.style import Style, Tone
from runner.reporters.text import clean, clean_line, shorten, wrap

#: Failures that are listed; those after them are only counted.
MAX_LISTED = 1000
#: Failures that come with their request and response.
MAX_EXCERPTS = 200
#: Bytes of each body in an excerpt.
EXCERPT_LIMIT = 1024
_MESSAGE_LIMIT = 4000
_NAME_WIDTH = 30
_NOTHING: tuple[str, Tone] = ("", "plain")


@dataclass(slots=True)
class Entry:
    """What is kept of one failure: text, not the item or the exchange it came from."""

    name: str
    test: str
    message: str
    at: str
    path: str | None
    iteration: int | None
    excerpt: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FailureList:
    """Collects failures as they happen and lists them at the end."""

    secrets: Secrets
    style: Style
    total: int = 0
    _entries: list[Entry] = field(default_factory=list)
    _open: list[tuple[str | None, Entry]] = field(default_factory=list)  # of unfinished items, with their refs
    _excerpts: int = 0

    def add(self, failure: Failure) -> None:
        self.total += 1
        if self.total > MAX_LISTED:
            return
        error, cursor = failure.error, failure.cursor
        entry = Entry(
            name=clean_line(shorten(error.name, _NAME_WIDTH)),
            test=clean(shorten(failure.assertion.name, _MESSAGE_LIMIT)) if failure.assertion else "",
            message=clean(shorten(self.secrets.mask_text(error.message), _MESSAGE_LIMIT)),
            at=clean_line(failure.at),
            path=clean_line(" / ".join((*failure.item.folders, failure.item.item.name))) if failure.item else None,
            iteration=cursor.iteration + 1 if cursor and cursor.cycles > 1 else None,
        )
        self._entries.append(entry)
        self._open.append((cursor.ref if cursor else None, entry))

    def attach(self, exchange: Exchange | None, ref: str) -> None:
        """Ends the item whose cursor has ``ref``: shows ``exchange`` with the first of its failures."""
        waiting = [entry for of, entry in self._open if of == ref]
        self._open = [(of, entry) for of, entry in self._open if of not in (ref, None)]
        if waiting and exchange is not None:
            self._show(waiting[0], exchange)

    def attach_to_last(self, exchange: Exchange) -> None:
        """Shows an exchange of its own (of ``pm.sendRequest``) with the failure that it is."""
        if self._open and self.total <= MAX_LISTED:
            self._show(self._open.pop()[1], exchange)

    def _show(self, entry: Entry, exchange: Exchange) -> None:
        if self._excerpts < MAX_EXCERPTS:
            self._excerpts += 1
            entry.excerpt = excerpt(exchange, self.secrets, EXCERPT_LIMIT)

    def lines(self, width: int | None) -> Iterator[str]:
        """The list. ``width``: columns of the terminal, ``None`` to keep lines whole."""
        paint = self.style.paint
        digits = len(str(self.total))
        names = max((len(e.name) for e in self._entries), default=0)
        names = max(names, len("failure"), *(len(f"iteration: {e.iteration}") for e in self._entries if e.iteration))
        room = None if width is None else max(width - digits - names - 6, 30)
        indent = " " * (digits + 4)
        heading = f"{'#'.rjust(digits + 2)}  {'failure'.ljust(names)}  detail"
        yield paint(heading, "red")
        for number, entry in enumerate(self._entries, 1):
            yield ""
            left = [entry.name, f"iteration: {entry.iteration}" if entry.iteration else ""]
            details = list(self._details(entry, room))
            for index in range(max(len(details), 2 if left[1] else 1)):
                text, tone = details[index] if index < len(details) else _NOTHING
                name = left[index] if index < 2 else ""
                start = f" {str(number).rjust(digits, '0')}.  " if index == 0 else indent
                # Newman pads numbers with zeros; so do we, to keep lists comparable.
                cell = paint(name, "grey") if index else name
                yield (start + cell + " " * (names - len(name)) + "  " + paint(text, tone)).rstrip()
            if entry.excerpt:
                yield ""
                for line in entry.excerpt:
                    for part in wrap(line, None if width is None else max(width - len(indent) - names - 2, 30)):
                        yield indent + " " * (names + 2) + paint(part, "grey")
        hidden = self.total - len(self._entries)
        if hidden > 0:
            yield ""
            yield paint(f"{indent}and {hidden} more; a json or junit report lists all of them", "red")

    def _details(self, entry: Entry, room: int | None) -> Iterator[tuple[str, Tone]]:
        parts: tuple[tuple[str, Tone], ...] = (
            (entry.test, "plain"),
            (entry.message, "grey"),
            (f"at {entry.at}", "grey"),
            (f'inside "{entry.path}"' if entry.path is not None else "", "grey"),
        )
        for text, tone in parts:
            if text:
                for line in wrap(text, room):
                    yield line, tone
