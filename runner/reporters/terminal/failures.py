"""The numbered list of failures at the end of a run, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from runner.model.exchange import Exchange
from runner.model.records import dataclass, field
from runner.model.result import Failure, ItemResult
from runner.reporters.history import History
from runner.reporters.terminal.style import Style, Tone
from runner.reporters.text import clean, clean_line, shorten, wrap

if TYPE_CHECKING:
    from runner.reporters.explain.explainer import Explainer

#: Failures that are listed; those after them are only counted.
MAX_LISTED = 1000
#: Failures that come with their request and response.
MAX_EXCERPTS = 200
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
    told: list[str] = field(default_factory=list)  #: why it failed, and with which request


@dataclass(slots=True)
class FailureList:
    """Collects failures as they happen and lists them at the end."""

    style: Style
    history: History
    curl: bool = False  #: show the ``curl`` command of failed requests
    total: int = 0
    _entries: list[Entry] = field(default_factory=list)
    _open: list[tuple[str | None, Entry]] = field(default_factory=list)  # of unfinished items, with their refs
    _told: int = 0
    _explainer: Explainer | None = None

    def add(self, failure: Failure) -> None:
        self.total += 1
        if self.total > MAX_LISTED:
            return
        error, cursor = failure.error, failure.cursor
        entry = Entry(
            name=clean_line(shorten(error.name, _NAME_WIDTH)),
            test=clean(shorten(failure.assertion.name, _MESSAGE_LIMIT)) if failure.assertion else "",
            message=clean(shorten(error.message, _MESSAGE_LIMIT)),
            at=clean_line(failure.at),
            path=clean_line(" / ".join((*failure.item.folders, failure.item.item.name))) if failure.item else None,
            iteration=cursor.iteration + 1 if cursor and cursor.cycles > 1 else None,
        )
        if self.total <= MAX_EXCERPTS:
            entry.told = self.explainer.failure(failure)
        self._entries.append(entry)
        self._open.append((cursor.ref if cursor else None, entry))

    def attach(self, result: ItemResult) -> None:
        """Ends an item: shows its exchange with the first of its failures."""
        ref = result.cursor.ref
        waiting = [entry for of, entry in self._open if of == ref]
        self._open = [(of, entry) for of, entry in self._open if of not in (ref, None)]
        if waiting and result.exchange is not None:
            self._tell(waiting[0], lambda: self.explainer.item(result))

    def attach_to_last(self, exchange: Exchange) -> None:
        """Shows an exchange of its own (of ``pm.sendRequest``) with the failure that it is."""
        if self._open and self.total <= MAX_LISTED:
            self._tell(self._open.pop()[1], lambda: self.explainer.exchange(exchange))

    def _tell(self, entry: Entry, lines: Callable[[], list[str]]) -> None:
        if self._told < MAX_EXCERPTS:
            self._told += 1
            entry.told += lines()

    @property
    def explainer(self) -> Explainer:
        """Made for the first failure: most runs have none."""
        if self._explainer is None:
            from runner.reporters.explain.explainer import Explainer

            self._explainer = Explainer(self.history, self.curl)
        return self._explainer

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
            if entry.told:
                yield ""
                for line in entry.told:
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
