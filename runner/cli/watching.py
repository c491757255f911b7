"""``htrun run --watch``: the same run again whenever a file changes that it read."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from runner.cli import EXIT_INTERRUPTED
from runner.cli.config import config_places
from runner.errors import HtrunError, UsageError
from runner.model.records import dataclass, field
from runner.reporters.text import clean, clean_line

#: Seconds between two looks at the files where nothing tells of changes, and where something does.
_LOOK, _LOOK_ANYWAY = 0.5, 2.0
#: Seconds for which the files have to stay as they are: editors write in several steps, and people save several files.
_SETTLED, _STEP, _LONGEST = 0.25, 0.05, 5.0
_MAX_NAMED = 5
#: Options with files that are read, besides those that are told of when they are.
_READ = ("cookie_jar", "ssl_client_cert_list")
#: Options with files that the run itself writes: that is no change.
_WRITTEN = ("export_environment", "export_globals", "export_collection", "export_cookie_jar", "record")

#: When a file was written, and its size; None if it is not there.
Stamp = tuple[int, int] | None


@dataclass(slots=True)
class Watched:
    """The files of a run, as they were before it read them."""

    stamps: dict[Path, Stamp] = field(default_factory=dict)
    used: set[Path] = field(default_factory=set)  #: those that it did read, besides configuration files

    def expect(self, paths: Iterable[Path]) -> None:
        """These were read by the run before, and probably will be now."""
        for path in paths:
            self.stamps.setdefault(path, stamp(path))

    def note(self, location: str | Path) -> None:
        """This is about to be read."""
        path = Path(os.path.abspath(location))
        self.expect([path])
        self.used.add(path)

    def written(self, location: str | None) -> None:
        """The run has written this."""
        path = Path(os.path.abspath(location or ""))
        if location and path in self.stamps:
            self.stamps[path] = stamp(path)

    def changed(self) -> list[Path]:
        return [path for path, was in self.stamps.items() if stamp(path) != was]


def stamp(path: Path) -> Stamp:
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_mtime_ns, info.st_size


def keep_running(ctx: click.Context, arguments: Sequence[str], *, silent: bool) -> int:
    """Runs a command until Ctrl-C. Errors of a run are told, and mending the file starts the next one.

    Args:
        ctx: of the command as it was given. It is made anew for each run, since configuration files may change.
        arguments: of that command.
        silent: say nothing but errors.

    Returns:
        The exit code, which is that of Ctrl-C.

    Raises:
        UsageError: the first run was refused because of its options, or there is no file to wait for.
    """

    def say(text: str) -> None:
        if not silent:
            click.echo(text, err=True)

    number, because, known = 1, "", set[Path]()
    try:
        while True:
            watched = Watched()
            watched.expect([path for places in config_places() for path in places])
            configuration = set(watched.stamps)
            watched.expect(known)
            say(f"---- run {number}, {time.strftime('%H:%M:%S')}{because} ----")
            try:
                if _run(ctx, arguments, watched) == EXIT_INTERRUPTED:
                    return EXIT_INTERRUPTED
                known = watched.used
            except (HtrunError, click.UsageError) as error:
                if number == 1 and isinstance(error, (UsageError, click.UsageError)):
                    raise
                click.echo(clean(f"htrun: error: {_told(error)}"), err=True)
                known |= watched.used  # what comes after the broken file was not read
            finally:
                sys.stdout.flush()
            if not known:
                raise UsageError("--watch: there is no file to wait for, all that is run comes from the network")
            watched.stamps = {p: was for p, was in watched.stamps.items() if p in known or p in configuration}
            say(f"---- waiting for changes of {_listed(known)}; Ctrl-C ends it ----\n")
            number, because = number + 1, f", changed: {_listed(_wait(watched))}"
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _run(ctx: click.Context, arguments: Sequence[str], watched: Watched) -> int:
    command = ctx.command
    with command.make_context(ctx.info_name, list(arguments), parent=ctx.parent, obj=watched.note) as inner:
        given: Mapping[str, Any] = inner.params
        for name in _READ:
            if given[name]:
                watched.note(given[name])
        code: int = command.invoke(inner)
        for name in _WRITTEN:
            watched.written(given[name])
        return code


def _told(error: HtrunError | click.UsageError) -> str:
    return str(error) if isinstance(error, HtrunError) else error.format_message()


def _wait(watched: Watched) -> list[Path]:
    """Returns what has changed, as soon as it has and nothing goes on changing."""
    for _ in _wakes(watched.stamps):
        if changed := watched.changed():
            _settle(watched.stamps)
            return watched.changed() or changed
    raise AssertionError("waiting has no end")


def _settle(paths: Iterable[Path]) -> None:
    until = time.monotonic() + _LONGEST
    seen, since = [stamp(path) for path in paths], time.monotonic()
    while time.monotonic() < min(until, since + _SETTLED):
        time.sleep(_STEP)
        now = [stamp(path) for path in paths]
        if now != seen:
            seen, since = now, time.monotonic()


def _wakes(paths: Iterable[Path]) -> Iterator[None]:
    """Comes back when it is worth a look at the files."""
    yield  # something may have changed while the run went on
    try:
        from watchfiles import watch
    except ImportError:
        pass
    else:
        # The folders: what an editor writes is often a new file that takes the place of the old one.
        folders = {folder for path in paths if path.exists() for folder in (path.parent, path.resolve().parent)}
        folders.add(Path.cwd())
        with suppress(OSError, RuntimeError):  # the system has no watches left, or not for this place
            for _ in watch(
                *folders,
                watch_filter=None,
                recursive=False,
                step=int(_STEP * 1000),
                rust_timeout=int(_LOOK_ANYWAY * 1000),
                yield_on_timeout=True,
            ):
                yield
    while True:
        time.sleep(_LOOK)
        yield


def _listed(paths: Iterable[Path]) -> str:
    names = sorted(clean_line(_short(path)) for path in paths)
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(names[:_MAX_NAMED]) + more


def _short(path: Path) -> str:
    with suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
