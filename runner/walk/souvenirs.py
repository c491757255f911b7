"""What is kept of a tour for the next one, if the person wants that: the values they gave, and what was captured."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from runner.engine.session import Session
from runner.errors import HtrunError
from runner.model.collection import Variable
from runner.reporters.masking import looks_secret
from runner.variables import VariableScope
from runner.walk.asking import Asker
from runner.walk.keep import save_variables
from runner.walk.needs import Need
from runner.walk.screen import Screen

Kind: TypeAlias = Literal["environment", "globals"]

_OPTIONS: Mapping[Kind, str] = {"environment": "-e", "globals": "-g"}


class Keeper:
    """Offers to save variables.

    Args:
        stem: the name of the files, without endings.
        environment: the environment file that was given; more is saved in there if it is a file.
        globals: the same for globals.
        asker: None asks nothing and saves nothing.
    """

    def __init__(
        self,
        stem: str,
        environment: str | None,
        globals: str | None,
        name: str,
        screen: Screen,
        asker: Asker | None,
    ) -> None:
        self._name, self._screen, self._asker = name, screen, asker
        self._paths: dict[Kind, Path] = {
            "environment": _file(environment) or Path(f"{stem}.environment.json"),
            "globals": _file(globals) or Path(f"{stem}.globals.json"),
        }
        self._used: dict[Kind, bool] = {
            "environment": _file(environment) is not None,
            "globals": _file(globals) is not None,
        }

    def given(self, answers: Mapping[str, str], needed: Sequence[Need]) -> None:
        """Offers to save what was typed in."""
        secret = {need.name for need in needed if need.secret}
        rows = [Variable(name, value, "secret" if name in secret else None) for name, value in answers.items()]
        self._offer({"environment": rows}, "what you have filled in")

    def captured(self, names: Iterable[tuple[str, str]], session: Session) -> None:
        """Offers to save what the tour has set. What scripts keep in the collection is saved with the globals: an
        environment would hide what they set there the next time.

        Args:
            names: scope and name of each variable.
        """
        scopes: Mapping[str, VariableScope] = {
            "environment": session.scopes.environment,
            "collection": session.scopes.collection,
            "globals": session.scopes.globals,
        }
        rows: dict[Kind, list[Variable]] = {"environment": [], "globals": []}
        for scope, name in names:
            found = scopes[scope].find(name) if scope in scopes else None
            if found is not None:
                secret = found.type == "secret" or looks_secret(name)
                row = Variable(name, found.value, "secret" if secret else found.type)
                rows["environment" if scope == "environment" else "globals"].append(row)
        self._offer(rows, "what was captured")

    def farewell(self, location: str) -> None:
        """How to begin with the saved files the next time."""
        options = [
            f"{option} {shlex.quote(str(self._paths[kind]))}" for kind, option in _OPTIONS.items() if self._used[kind]
        ]
        if options and self._asker is not None:
            self._screen.line("Next time:", "dim")
            self._screen.lines([f"htrun walk {shlex.quote(location)} {' '.join(options)}"])

    def _offer(self, rows: Mapping[Kind, Sequence[Variable]], what: str) -> None:
        asker, screen = self._asker, self._screen
        wanted = {kind: values for kind, values in rows.items() if values}
        if asker is None or not wanted:
            return
        names = [row.key for values in wanted.values() for row in values]
        screen.line()
        listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        screen.line(f"You can save {what} for the next time: {listed}.")
        for kind, values in wanted.items():
            path = self._paths[kind]
            typed = asker.text(f"Save in {path}? [y/N/another name] ").strip()
            if typed.lower() in ("", "n", "no"):
                continue
            if typed.lower() not in ("y", "yes"):
                path = self._paths[kind] = Path(typed)
            try:
                save_variables(path, kind, self._name, values)
            except HtrunError as error:
                screen.line(f"Not saved: {error}.", "red")
                continue
            self._used[kind] = True
            screen.line(f"Saved in {path}, which only you can read.", "green")


def _file(location: str | None) -> Path | None:
    return Path(location) if location and Path(location).is_file() else None
