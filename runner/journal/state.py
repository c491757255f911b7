"""What variables and cookies are after an item, as the difference to what they were after the one before.

A difference is an object: for each scope that has changed its number of rows and those that are new or other, by their
position; and the cookies if they have changed. Secret values stand in it only encrypted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from runner.engine.session import Session
from runner.journal.codec import Decoder, Encoder, dumps
from runner.journal.sealing import Sealer
from runner.model.collection import Variable
from runner.model.records import dataclass, field
from runner.transport.cookies import CookieJar

SCOPES = ("globals", "environment", "collection", "local")
_HIDDEN = {"$": "sealed"}

Rows = tuple[Variable, ...]


@dataclass(slots=True)
class State:
    """Variables and cookies at one time. ``cookies`` as JSON of tough-cookie."""

    scopes: dict[str, Rows] = field(default_factory=dict)
    cookies: list[dict[str, Any]] = field(default_factory=list)

    def copy(self) -> State:
        return State(dict(self.scopes), self.cookies)


def current(session: Session) -> State:
    """What a session's variables and cookies are."""
    scopes = session.scopes
    return State({name: getattr(scopes, name).snapshot().values for name in SCOPES}, _cookies(session.jar))


def _cookies(jar: CookieJar) -> list[dict[str, Any]]:
    if not len(jar):
        return []
    # when a cookie was last used changes with each request, and nothing depends on it
    return [{k: v for k, v in one.items() if k != "lastAccessed"} for one in jar.to_json()["cookies"]]


def difference(
    before: State, after: State, encoder: Encoder, sealer: Sealer | None, is_secret: Callable[[Variable], bool]
) -> str | None:
    """The difference as JSON; None if there is none.

    Args:
        sealer: None leaves secrets out: whoever reads it knows them from elsewhere.
    """
    changes: dict[str, Any] = {}
    hidden: list[Any] = []
    for name, rows in after.scopes.items():
        old = before.scopes.get(name, ())
        if old is rows or old == rows:
            continue
        changed: dict[str, Any] = {}
        for at, row in enumerate(rows):
            if at < len(old) and (old[at] is row or old[at] == row):
                continue
            value = encoder.value(row.value)
            if is_secret(row):
                hidden.append(value)
                value = {**_HIDDEN, "at": len(hidden) - 1}
            changed[str(at)] = [row.key, value, row.type, row.enabled, row.description, row.name]
        changes[name] = [len(rows), changed]
    if before.cookies != after.cookies:
        changes["cookies"] = len(hidden)
        hidden.append(after.cookies)
    if not changes:
        return None
    if hidden and sealer is not None:
        changes["sealed"] = sealer.seal(dumps(hidden))
    return dumps(changes)


class Missing(Exception):
    """Values that cannot be decrypted and that nobody has given: ``names`` of variables; ``cookies``."""

    def __init__(self, names: set[str], cookies: bool) -> None:
        super().__init__(", ".join(sorted(names)))
        self.names, self.cookies = names, cookies


def changed(
    state: State,
    difference: str | None,
    decoder: Decoder,
    sealer: Sealer,
    given: Callable[[str, str], tuple[Any] | None],
) -> tuple[State, dict[str, Any]]:
    """The state after a difference, and the secret variables in it by name.

    Args:
        given: the value (alone in a tuple) of a variable that cannot be decrypted, by scope and name; None if nobody
            knows it.

    Raises:
        Missing: some are not among them.
    """
    if difference is None:
        return state, {}
    changes = json.loads(difference)
    text = sealer.open(changes.get("sealed")) if "sealed" in changes else None
    hidden = None if text is None else json.loads(text)
    secrets: dict[str, Any] = {}
    missing: set[str] = set()

    def value_of(scope: str, key: str, value: Any) -> Any:
        if not (isinstance(value, dict) and value.get("$") == "sealed"):
            return decoder.value(value)
        if hidden is not None:
            found = decoder.value(hidden[value["at"]])
        elif (known := given(scope, key)) is not None:
            found = known[0]
        else:
            missing.add(key)
            return None
        secrets[key] = found
        return found

    new = state.copy()
    for name in SCOPES:
        if name not in changes:
            continue
        length, rows = changes[name]
        old = list(state.scopes.get(name, ()))[:length]
        old += [Variable("")] * (length - len(old))
        for at, (key, value, *more) in rows.items():
            old[int(at)] = Variable(key, value_of(name, key, value), *more)
        new.scopes[name] = tuple(old)
    if "cookies" in changes:
        if hidden is None:
            raise Missing(missing, True)
        new.cookies = hidden[changes["cookies"]]
    if missing:
        raise Missing(missing, False)
    return new, secrets


def restore(session: Session, state: State) -> None:
    """Makes a session's variables and cookies those of a state."""
    for name, rows in state.scopes.items():
        scope = getattr(session.scopes, name)
        if scope.snapshot().values != rows:
            scope.replace_rows(rows)
    if _cookies(session.jar) != state.cookies:
        jar = CookieJar.from_json({"cookies": state.cookies})
        session.jar.take_changes(session.jar.copy(), jar)
