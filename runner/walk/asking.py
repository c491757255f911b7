"""Asking the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from typing import Protocol

from runner.walk.screen import Screen


class Ended(Exception):
    """There is no more input (Ctrl-D)."""


class Asker(Protocol):
    """Who answers questions; all raise ``Ended`` at the end of the input, and ``KeyboardInterrupt``."""

    def text(self, prompt: str, given: str = "") -> str:
        """A line. ``given`` can be changed where the terminal can do that."""
        ...

    def hidden(self, prompt: str) -> str:
        """A line that is not shown while it is typed."""
        ...


class Terminal:
    """A person at a terminal."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        with suppress(ImportError):
            import readline  # noqa: F401  (input() can be edited once it is there)

    def text(self, prompt: str, given: str = "") -> str:
        self._screen.asks()
        try:
            with _prefilled(given) if given else nullcontext():
                return input(prompt)
        except EOFError:
            raise Ended from None

    def hidden(self, prompt: str) -> str:
        import getpass

        self._screen.asks()
        try:
            return getpass.getpass(prompt, stream=sys.stdout)
        except EOFError:
            raise Ended from None


@contextmanager
def _prefilled(given: str) -> Iterator[None]:
    """What is typed begins with ``given``, if this Python can edit lines."""
    try:
        import readline
    except ImportError:
        yield
        return
    readline.set_startup_hook(lambda: readline.insert_text(given))
    try:
        yield
    finally:
        readline.set_startup_hook(None)


def choose(asker: Asker, screen: Screen, question: str, choices: Mapping[str, str], *, long: bool) -> str:
    """One of the keys of ``choices``; Enter is the first. ``?`` explains them.

    Args:
        choices: key -> what it does, in a few words.
        long: explain them at once.
    """
    first, *others = choices
    if long:
        _explain(screen, choices)
    while True:
        typed = asker.text(f"{question} [Enter/{'/'.join(others)}/?] ").strip().lower()
        if not typed:
            return first
        if typed in choices:
            return typed
        if typed != "?":
            screen.line(f"There is no {typed!r} here.", "yellow")
        _explain(screen, choices)


def _explain(screen: Screen, choices: Mapping[str, str]) -> None:
    first = next(iter(choices))
    screen.keys([("Enter" if key == first else key, meaning) for key, meaning in choices.items()])
