"""What must be there before the first request is worth sending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runner.engine.inherit import Inherited, script_sources
from runner.engine.session import Session
from runner.errors import SetupError
from runner.model.collection import UNDEFINED, Collection, Folder, Json, Located, walk
from runner.templating import names_in


def preflight(collection: Collection) -> Iterator[str]:
    """What is certainly a mistake and costs nothing to find; all else is for ``htrun check``."""
    if next(walk(collection), None) is None:
        yield f'the collection "{collection.name}" has no requests'
    waiting: list[Folder] = [collection]
    while waiting:
        folder = waiting.pop()
        waiting += (child for child in reversed(folder.children) if isinstance(child, Folder))
        if folder is not collection and any(row.enabled for row in folder.variables):
            yield f'the variables of the folder "{folder.name}" are not used: a run knows those of the collection only'


def require_credentials(session: Session, items: Iterable[Located]) -> None:
    """Stops a run whose requests would all be refused: the auth of a selected item uses a variable
    that the collection declares, describes (so a person is to fill it in) and leaves empty, and that
    nothing else sets. Others that are empty only lead to a warning at each request.

    Raises:
        SetupError: says which variable and how to set it.
    """
    empty = {
        row.key
        for row in session.collection.variables
        if row.enabled
        and row.description
        and row.value in (None, "", UNDEFINED)
        and session.scopes.text(row.key) in (None, "", "null")
    }
    if not empty:
        return
    used = dict.fromkeys(name for located in items for name in credentials(session.inherited(located)))
    for name in used:
        if name in empty and not _is_set_later(session, name):
            raise SetupError(
                f'the variable "{name}" is empty, and the requests are signed with it: set it with '
                f"--var {name}=... or HTRUN_VAR_{name}=..."
            )


def credentials(inherited: Inherited) -> Iterator[str]:
    """The variables that a request is signed with."""
    if inherited.auth is not None:
        yield from names_in(_values(inherited.auth.params))


def _values(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _values(item)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item)


def _is_set_later(session: Session, name: str) -> bool:
    """By the iteration data or, as far as its text tells, by a script, or by who wrapped the run."""
    return (
        name in session.set_later
        or any(name in row for row in session.options.data)
        or any(name in source for source in script_sources(session.collection))
    )
