"""What is measured: each case is a collection and the processes that run it, in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from bench.documents import CHOSEN, JSON_BODY, NAMED, SETTING, STATUS, Json, collection, large, largest
from bench.tools import HTRUN, NEWMAN, POSTMAN, SESSION, SOCKET
from conformance.case import item

Kind = Literal["process", "request", "curve"]

VERSION, ONE_TEST, NO_SCRIPTS = "--version", "one request, one test", "one request, no scripts"
STEADY_NONE, STEADY_ONE, STEADY_THREE = "no scripts", "one test script", "three scripts"
BODIES = {"1 KB body, one script": 1_000, "100 KB body, one script": 100_000, "10 MB body, one script": 10_000_000}
LARGE, REPORTS, CURVE = "large collection, one request of it", "100 KB body, three reports", "memory curve"
PARALLEL = "answers after 50 ms, one script"
ONE_BY_ONE, EIGHT = ("--parallel", "1"), ("--parallel", "8")


@dataclass(frozen=True, slots=True)
class Run:
    """One process: how often the tool runs the collection, and what is on its command line alone."""

    tool: str
    iterations: int = 1
    args: tuple[str, ...] = ()

    @property
    def series(self) -> str:
        """The name of what is compared."""
        return " ".join((self.tool, *self.args))


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure.

    Attributes:
        kind: ``process`` = whole processes count; ``request`` = the difference of each tool's two iteration
            counts, divided: what one request costs when everything has started; ``curve`` = peak memory only.
        runs: the processes of one turn.
        document: makes the collection, None if the command line needs none.
        args: what follows the collection on every command line.
        path: what the floor asks for, of the server.
        long: it takes minutes, so that it has its own number of turns (``--long-runs``).
    """

    name: str
    kind: Kind
    runs: tuple[Run, ...]
    document: Callable[[], Json] | None
    args: tuple[str, ...] = ()
    path: str = "/ok"
    long: bool = False


QUIET = ("--silent",)
_ALL = (NEWMAN, HTRUN, POSTMAN)


def _each(tools: Iterable[str] = _ALL) -> tuple[Run, ...]:
    return tuple(Run(tool) for tool in tools)


def _counts(counts: Mapping[str, tuple[int, ...]]) -> tuple[Run, ...]:
    """The counts of one tool are not the other's: Newman's second is not wasted on what htrun does in a
    tenth of it, and htrun's is long enough to be measured well."""
    return tuple(Run(tool, count) for tool, several in counts.items() for count in several)


_SLOW, _FAST = (50, 350), (100, 3100)
_SCRIPTED = _counts({NEWMAN: _SLOW, HTRUN: _FAST, POSTMAN: _SLOW})


def _body(name: str, size: int) -> Case:
    slow, fast = {1_000: (_SLOW, _FAST), 100_000: ((50, 250), (50, 850))}.get(size, ((2, 8), (2, 17)))
    path = f"/size/{size}"
    runs = _counts({NEWMAN: slow, HTRUN: fast, POSTMAN: slow})
    return Case(name, "request", runs, partial(collection, item(url=f"@BASE@{path}", test=JSON_BODY)), QUIET, path)


def cases(corpus: Path | None = None) -> tuple[Case, ...]:
    """All of them; ``corpus`` holds the large collection (else one is made)."""
    return (
        Case(VERSION, "process", _each(), None, ("--version",)),
        Case(NO_SCRIPTS, "process", _each((*_ALL, SESSION)), partial(collection, item())),
        Case(ONE_TEST, "process", _each(), partial(collection, item(test=STATUS))),
        Case(
            LARGE,
            "process",
            _each((NEWMAN, HTRUN)),
            partial(largest, corpus) if corpus else large,
            ("--folder", CHOSEN),
        ),
        Case(
            STEADY_NONE,
            "request",
            _counts({NEWMAN: _SLOW, HTRUN: (100, 5100), SESSION: (100, 5100), SOCKET: (100, 20100), POSTMAN: _SLOW}),
            partial(collection, item()),
            QUIET,
        ),
        Case(STEADY_ONE, "request", _SCRIPTED, partial(collection, item(test=STATUS)), QUIET),
        Case(
            STEADY_THREE,
            "request",
            _counts({NEWMAN: (50, 250), HTRUN: (100, 2100), POSTMAN: (50, 250)}),
            partial(collection, item(pre=SETTING, test=NAMED), test=STATUS),
            QUIET,
        ),
        *(_body(name, size) for name, size in BODIES.items()),
        Case(
            PARALLEL,
            "request",
            (Run(HTRUN, 10, ONE_BY_ONE), Run(HTRUN, 70, ONE_BY_ONE), Run(HTRUN, 40, EIGHT), Run(HTRUN, 680, EIGHT)),
            partial(collection, item(url="@BASE@/delay/50", test=STATUS)),
            QUIET,
        ),
        Case(
            REPORTS,
            "process",
            _counts({NEWMAN: (100, 3000), HTRUN: (100, 3000)}),
            partial(collection, item(url="@BASE@/size/100000", test=STATUS)),
            ("-r", "cli,json,junit", "--reporter-json-export", "r.json", "--reporter-junit-export", "r.xml"),
            long=True,
        ),
        Case(
            CURVE,
            "curve",
            _counts({NEWMAN: (10, 100, 1000, 10000), HTRUN: (10, 100, 1000, 10000), POSTMAN: (10, 100, 1000)}),
            partial(collection, item(url="@BASE@/size/1000", test=STATUS)),
            QUIET,
            long=True,
        ),
    )


def quick(case: Case) -> Case:
    """The same with hardly any iterations: it shows that everything works, and measures nothing."""
    most = {"process": 30, "request": 60, "curve": 100}[case.kind]
    runs = tuple(replace(run, iterations=_fewer(run.iterations, most)) for run in case.runs)
    document = partial(large, 200, 360_000) if case.document is large else case.document
    return replace(case, runs=tuple(dict.fromkeys(runs)), document=document)


def _fewer(iterations: int, most: int) -> int:
    return iterations if iterations <= 10 else max(10, min(most, iterations // 5))
