"""The table of reporters, and how one is found by name."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias, cast

from runner.errors import UsageError
from runner.reporters.interface import Reporter, ReporterOptions

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Factory: TypeAlias = Callable[[ReporterOptions], Reporter]

#: Name -> ``module:factory``; a module is imported when its reporter is asked for.
REPORTERS: dict[str, str] = {
    "cli": "runner.reporters.cli:create",
    "json": "runner.reporters.json_report:create",
    "junit": "runner.reporters.junit:create",
    "html": "runner.reporters.html.report:create",
    "progress": "runner.reporters.progress:create",
    "emojitrain": "runner.reporters.emojitrain:create",
    "github": "runner.reporters.github:create",
    "gitlab": "runner.reporters.gitlab:create",
    "teamcity": "runner.reporters.teamcity:create",
    "tap": "runner.reporters.tap:create",
    "ctrf": "runner.reporters.ctrf:create",
    "allure": "runner.reporters.allure:create",
    "csv": "runner.reporters.csv_report:create",
    "markdown": "runner.reporters.markdown:create",
    "har": "runner.reporters.har:create",
}

#: The options of each reporter, as docs/reporters.md explains them.
OPTIONS: dict[str, frozenset[str]] = {
    "cli": frozenset({
        "silent", "show_timestamps", "no_summary", "no_failures", "no_assertions", "no_success_assertions",
        "no_console", "no_banner", "no_variables", "compact", "symbols",
    }),
    "json": frozenset({"export", "aborted"}),
    "html": frozenset({"export", "body_limit", "no_flow"}),
    "progress": frozenset({"silent"}),
    "emojitrain": frozenset({"silent"}),
}  # fmt: skip
_MOST = frozenset({"export"})

#: Reporters that write to the terminal as the run goes: two of them get in each other's way.
DOMINANT = frozenset({"cli", "progress", "emojitrain", "tap"})

#: Packages offer reporters of their own in this group: ``name = "package.module:factory"``.
ENTRY_POINT_GROUP = "htrun.reporters"


def create_reporter(name: str, options: ReporterOptions) -> Reporter:
    """Makes the reporter called ``name``, one of htrun's or of an installed package.

    Raises:
        UsageError: there is none of that name, or it cannot be loaded.
    """
    return load_factory(name)(options)


def load_factory(name: str) -> Factory:
    """The factory behind a name; see ``create_reporter``. The table goes first: looking at what is
    installed takes longer than a small run."""
    if name in REPORTERS:
        module, _, factory = REPORTERS[name].partition(":")
        return cast(Factory, getattr(import_module(module), factory))
    found = next((point for point in _installed() if point.name == name), None)
    if found is None:
        raise UsageError(_unknown(name))
    try:
        return cast(Factory, found.load())
    except Exception as error:
        raise UsageError(f'the reporter "{name}" ({found.value}) cannot be loaded: {error}') from error


def unknown_options(name: str, given: Iterable[str]) -> list[str]:
    """What is to be said of options that a reporter of htrun does not have; they are passed over."""
    known = OPTIONS.get(name, _MOST)
    said = []
    for option in given if name in REPORTERS else ():
        if option not in known:
            close = _close(option.replace("_", "-"), [one.replace("_", "-") for one in sorted(known)])
            said.append(f"the reporter {name} has no option {option.replace('_', '-')!r}; {close}")
    return said


def names() -> list[str]:
    """All names that ``create_reporter`` knows here."""
    return sorted({*REPORTERS, *(point.name for point in _installed())})


def dominant(chosen: Iterable[str], elsewhere: Container[str] = ()) -> list[str]:
    """Those of the chosen reporters that write to the terminal, if there is more than one.

    Args:
        elsewhere: those that were told to write to a file, or to be silent.
    """
    found = [name for name in dict.fromkeys(chosen) if name in DOMINANT and name not in elsewhere]
    return found if len(found) > 1 else []


def _installed() -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points

    return entry_points(group=ENTRY_POINT_GROUP)


def _unknown(name: str) -> str:
    return f'there is no reporter "{name}"; {_close(name, names())} (reporters from npm do not work here)'


def _close(name: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"there are: {', '.join(known)}"
