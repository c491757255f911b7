"""What the person has to give before the first request: variables that it needs and nothing sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from runner.engine.inherit import inherit
from runner.engine.session import Session
from runner.model.collection import Located, Variable
from runner.model.records import dataclass
from runner.reporters.masking import looks_secret
from runner.reporters.masking.names import auth_param_is_secret
from runner.walk.asking import Asker
from runner.walk.screen import Screen
from runner.workflow.dataflow import Flow, ItemFlow, Link
from runner.workflow.templates import strings

_MAX_ASKED = 50


@dataclass(frozen=True, slots=True)
class Need:
    """A variable without a value."""

    name: str
    secret: bool
    description: str | None
    first: str  #: path of the request that uses it first
    place: str  #: where in that request
    uses: int  #: number of requests that use it


def needs(flow: Flow, session: Session, secret: Iterable[str] = ()) -> tuple[Need, ...]:
    """The variables that are to be asked for, in the order in which they are needed.

    Args:
        flow: of the items of the tour.
        secret: names that somebody has called secret.
    """
    rows = {row.key: row for row in _rows(session)}
    known_secret = frozenset(secret)
    found: dict[str, Need] = {}
    for link in flow.links():
        name = link.use.name
        if name in found or len(found) >= _MAX_ASKED or not _asked_for(link, flow):
            continue
        row, consumer = rows.get(name), link.consumer
        found[name] = Need(
            name=name,
            secret=name in known_secret
            or looks_secret(name)
            or (row is not None and row.type == "secret")
            or _signs(name, consumer.located),
            description=row.description if row is not None else None,
            first=consumer.located.path,
            place=link.use.where,
            uses=len(flow.consumers(name)),
        )
    return tuple(found.values())


def ask_for(
    wanted: Sequence[Need], defaults: Mapping[str, tuple[str, str]], asker: Asker, screen: Screen
) -> dict[str, str]:
    """The values that the person gives; what is left empty stays unset.

    Args:
        defaults: name -> what Enter stands for, and why.
    """
    given: dict[str, str] = {}
    for need in wanted:
        screen.line()
        screen.line(need.name, "bold cyan")
        if need.description:
            screen.markdown(need.description, indent=2)
        more = f" and {need.uses - 1} more" if need.uses > 1 else ""
        screen.line(f"Used by {need.first} ({need.place}){more}.", "dim", indent=2)
        default, why = defaults.get(need.name, ("", ""))
        hint = f" (Enter: {why})" if default else " (Enter leaves it empty)"
        if need.secret:
            value = asker.hidden(f"{_prompt(need.name)}{hint}, hidden: ")
        else:
            value = asker.text(f"{_prompt(need.name)}{hint}: ")
        value = value.strip() or default
        if value:
            given[need.name] = value
    return given


def _prompt(name: str) -> str:
    from runner.reporters.text import clean_line, shorten

    return clean_line(shorten(name, 60))


def _asked_for(link: Link, flow: Flow) -> bool:
    use = link.use
    if link.status not in ("empty", "missing") or use.scope not in (None, "environment", "collection", "globals"):
        return False
    # A script that asks for what nobody sets mostly knows what to do then.
    if link.status == "missing" and ("script" in use.where or use.name.startswith("$")):
        return False
    position = flow.position(link.consumer.located) or 0
    return not any(_may_set(item, use.name) for item in flow.items[: position + 1])


def _may_set(item: ItemFlow, name: str) -> bool:
    return any(fnmatchcase(name, computed.pattern) for computed in item.computed)


def _signs(name: str, located: Located) -> bool:
    """Whether the variable is a secret parameter of the auth."""
    auth = inherit(located).auth
    template = "{{" + name + "}}"
    return auth is not None and any(
        template in text
        for key, value in auth.params.items()
        if auth_param_is_secret(auth.type, key)
        for text in strings(value)
    )


def _rows(session: Session) -> Iterator[Variable]:
    for scope in (session.scopes.globals, session.scopes.collection, session.scopes.environment):
        yield from (row for row in scope.snapshot().values if row.enabled)
