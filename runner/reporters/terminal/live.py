"""How far a run is, in one line: for the status line and the progress bar."""

from __future__ import annotations

import time

from runner.engine import events as ev
from runner.model.records import dataclass, field
from runner.reporters.terminal.status import fitted
from runner.reporters.text import clean_line, shorten

#: Seconds, and items, after which a run is a long one.
_LONG, _MANY = 1.0, 20
#: Seconds after which it is said for how long an answer is being waited for.
_PATIENCE = 2.0
_BAR = 20
_BAR_FROM = 90  # columns
_NAME_LIMIT, _SHORTEST_NAME = 200, 8


@dataclass(slots=True)
class Live:
    """Learns from the events of one run; items that scripts run inside of others are not counted.

    Attributes:
        failed: failures so far; to be set by who counts them.
    """

    unicode: bool = True
    total: int = 0  #: items of the whole run; it may take more, if scripts jump
    done: int = 0
    iteration: int = 0
    iterations: int = 1
    failed: int = 0
    name: str = ""
    waiting: bool = False  # for an answer
    _depth: int = 0
    _began: float = field(default_factory=lambda: time.monotonic())
    _asked: float = 0.0

    def handle(self, event: ev.Event) -> None:
        match event:
            case ev.RunStarted():
                self.iterations, self.total = event.iterations, event.iterations * event.length
                self._began = time.monotonic()
            case ev.IterationStarted():
                self.iteration, self._depth = event.cursor.iteration, 0
            case ev.ItemStarted():
                self._depth += 1
                self.name = clean_line(shorten(event.located.item.name, _NAME_LIMIT))
                self.waiting = False
            case ev.RequestStarted():
                self.waiting, self._asked = True, time.monotonic()
            case ev.ItemRetried():
                self.waiting, self._asked = True, time.monotonic()
            case ev.ScriptStarted() | ev.ExchangeFinished():
                self.waiting = False
            case ev.ItemFinished():
                self._depth = max(0, self._depth - 1)
                self.done += self._depth == 0
                self.waiting = False
            case ev.RunFinished():
                self.waiting = False
            case _:
                pass

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return max(0.0, time.monotonic() - self._began)

    def text(self, columns: int) -> str:
        """The status: empty while there is nothing to say, because the run is short and waits for nothing."""
        elapsed = self.elapsed
        long = elapsed >= _LONG or self.total > _MANY
        planned = self.done < self.total  # scripts can make a run longer than that
        if not (long or self.waiting) or not (planned or self._depth):
            return ""
        # Where there is no room the last ones are left out.
        facts = [f"item {self.done + 1}" + (f"/{self.total}" if planned else "")]
        if self.failed:
            facts.append(f"{self.failed} failed")
        if elapsed >= _LONG and self.done:
            rate = self.done / elapsed
            facts += [f"ETA {clock((self.total - self.done) / rate)}"] if planned else []
            facts.append(f"{rate:.1f} items/s")
        if self.iterations > 1:
            facts.append(f"iteration {self.iteration + 1}/{self.iterations}")
        if columns >= _BAR_FROM and long:
            facts.insert(0, self.bar(_BAR))
        return joined(facts, self.current(), columns)

    def current(self) -> str:
        """The item under way, and for how long its answer is being waited for if that takes a while."""
        waited = time.monotonic() - self._asked if self.waiting else 0.0
        return f"{self.name} {clock(waited)}" if waited >= _PATIENCE else self.name

    def bar(self, columns: int) -> str:
        """``████░░░░`` for what is done; never more than all of it."""
        full, empty = ("█", "░") if self.unicode else ("=", "-")
        filled = int(self.share * columns)
        return full * filled + empty * (columns - filled)

    @property
    def share(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 1.0


def clock(seconds: float) -> str:
    """Seconds as ``42s``, ``3m 05s`` or ``2h 01m``."""
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole}s"
    return f"{whole // 60}m {whole % 60:02}s" if whole < 3600 else f"{whole // 3600}h {whole // 60 % 60:02}m"


def joined(facts: list[str], name: str, columns: int, between: str = "  ") -> str:
    """As many facts as there is room for, the first ones first, and the name in what is left."""
    text = ""
    for fact in facts:
        longer = f"{text}{between}{fact}" if text else fact
        if len(longer) > columns:
            return text or fitted(fact, columns)
        text = longer
    room = columns - len(text) - len(between)
    return f"{text}{between}{fitted(name, room)}" if name and room >= _SHORTEST_NAME else text
