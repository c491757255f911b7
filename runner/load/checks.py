"""How often each check has passed and failed, over all users; workers report it to the master with their statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from runner.model.records import dataclass

_KEY = "htrun_checks"
#: Names of checks that are told apart: a script may make up a new one for every response.
_MOST = 1000
_OTHER = ("(further checks)", "")


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one check."""

    item: str  #: path of the request
    name: str
    passed: int
    failed: int


class Checks:
    """Counts checks."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[int]] = {}
        self._reported: dict[tuple[str, str], list[int]] = {}
        self._shown: dict[str, str] = {}  # name -> the same without secrets

    def count(self, item: str, name: str, passed: bool, hide: Callable[[str], str]) -> None:
        """Counts one.

        Args:
            hide: takes secrets out of a text; called once for each name.
        """
        shown = self._shown.get(name)
        if shown is None:
            if len(self._shown) >= _MOST:
                item, shown = _OTHER
            else:
                shown = self._shown[name] = hide(name)
        self._add(item, shown, int(passed), int(not passed))

    def _add(self, item: str, name: str, passed: int, failed: int) -> None:
        key = (item, name)
        found = self._counts.get(key)
        if found is None:
            if len(self._counts) >= _MOST:
                key = _OTHER
            found = self._counts.setdefault(key, [0, 0])
        found[0] += passed
        found[1] += failed

    def clear(self) -> None:
        self._counts, self._reported = {}, {}

    def __iter__(self) -> Iterator[Check]:
        for (item, name), (passed, failed) in self._counts.items():
            yield Check(item, name, passed, failed)

    def connect(self, events: Any) -> None:
        """Takes part in what workers report."""

        def report(client_id: str, data: dict[str, Any], **_: Any) -> None:
            rows = []
            for key, counts in self._counts.items():
                before = self._reported.get(key, [0, 0])
                if counts != before:
                    rows.append([*key, counts[0] - before[0], counts[1] - before[1]])
                    self._reported[key] = list(counts)
            data[_KEY] = rows

        def take(client_id: str, data: dict[str, Any], **_: Any) -> None:
            for item, name, passed, failed in data.get(_KEY, ()):
                self._add(item, name, passed, failed)

        def started(**_: Any) -> None:
            self.clear()

        events.report_to_master.add_listener(report)
        events.worker_report.add_listener(take)
        events.test_start.add_listener(started)
