"""What requests and folders of collections v3 have in common, as v2.1 JSON: scripts, auth, variables, settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from runner.model.collection import Json
from runner.model.records import dataclass, field
from runner.parse.file_node import FileNode
from runner.parse.nodes import Spot

#: A mapping in a file of a collection v3 with what only v2.1 has a place for; `runner.convert` writes it. The Postman
#: CLI takes files that have it.
EXTRA = "x-htrun"

BEFORE, AFTER = "beforeRequest", "afterResponse"
#: Types of scripts. GraphQL requests have a name of their own for the first.
LISTEN: Mapping[str, str] = {BEFORE: "prerequest", "beforeQuery": "prerequest", AFTER: "test"}
_PREFIX = "http:"


@dataclass(frozen=True, slots=True)
class Known:
    """What the folders around a request say."""

    auths: Mapping[str, Json] = field(default_factory=dict)
    settings: frozenset[str] = frozenset()  #: the names of those that they set

    def within(self, node: FileNode) -> Known:
        """The same, from inside of a folder."""
        settings = node.get("protocolProfileBehavior") or {}
        return Known({**self.auths, **node.auths}, self.settings | set(settings))


def scripts_to_v21(
    spot: Spot | None, disabled: Spot | None, warn: Callable[[str], None]
) -> tuple[list[Json], tuple[int, ...]]:
    """Events, and the line on which the first line of each script stands."""
    events: list[Json] = []
    lines: list[int] = []
    for of, off in ((spot, False), (disabled, True)):
        for element in of.elements() if of is not None else ():
            made = _script(element, warn)
            if made is not None:
                event, line = made
                events.append({**event, "disabled": True} if off else event)
                lines.append(line)
    return events, tuple(lines)


def _script(spot: Spot, warn: Callable[[str], None]) -> tuple[dict[str, Json], int] | None:
    members = spot.members()
    if "type" not in members:
        raise spot.error('a script lacks "type"')
    kind = members["type"].text()
    listen = LISTEN.get(kind.removeprefix(_PREFIX))
    if listen is None:
        if ":" not in kind or kind.startswith(_PREFIX):  # those of other protocols are for requests of other kinds
            warn(f'{spot.path}:{spot.line}: a script of the type "{kind}" is not run; there are: {BEFORE}, {AFTER}')
        return None
    code = members.get("code")
    text, line = _code(code) if code is not None else ("", spot.line)
    script: dict[str, Json] = {"type": "text/javascript", "exec": text.split("\n")}
    if "packages" in members:
        script["packages"] = members["packages"].plain()
    return {"listen": listen, "script": script}, line


def _code(spot: Spot) -> tuple[str, int]:
    """The text of a script, and the line on which it begins: that of a block begins below its ``|``."""
    if spot.is_list:
        return "\n".join(str(line.plain()) for line in spot.elements()), spot.line
    value = spot.plain()
    if isinstance(value, (dict, bool)):
        raise spot.error(f"code must be a text, not {spot.described()}")
    block = getattr(spot.node, "style", None) in ("|", ">")
    return "" if value is None else spot.node.value, spot.line + block


def auth_to_v21(spot: Spot, known: Known | None = None) -> Json:
    """Auth with its parameters as rows; None to inherit it.

    Args:
        known: what the folders around offer: ``type: inherit`` may name one of these by its id.
    """
    members = spot.members()
    if "type" not in members:
        raise spot.error('auth lacks "type"')
    kind = members["type"].text()
    rows = list(_credentials(members.get("credentials")))
    if kind == "inherit":
        wanted = next((row["value"] for row in rows if row["key"] == "id"), None)
        if wanted is None:
            return None
        if known is None or wanted not in known.auths:
            raise spot.error(f'no folder around has an auth with the id "{wanted}"')
        return known.auths[wanted]
    return {"type": kind, kind: rows} if rows else {"type": kind}


def auths_of(spot: Spot) -> dict[str, Json]:
    """What a folder offers as auth, by id; the last one is its own, as in the Postman CLI."""
    found: dict[str, Json] = {}
    for number, element in enumerate(spot.one_or_more()):
        auth = auth_to_v21(element)
        if auth is not None:
            identifier = element.members().get("id")
            named = identifier.plain() if identifier is not None else None
            key = named if isinstance(named, str) and named else f"{number}"
            found.pop(key, None)
            found[key] = auth
    return found


def _credentials(spot: Spot | None) -> Iterator[dict[str, Json]]:
    if spot is None:
        return
    if spot.is_list:
        for element in spot.elements():
            row = element.plain()
            if not isinstance(row, dict) or not isinstance(row.get("key"), str):
                raise element.error('a credential needs a "key"')
            yield {"key": row["key"], "value": row.get("value"), "type": _type_of(row.get("value"))}
    else:
        for key, member in spot.members().items():
            value = member.plain()
            yield {"key": key, "value": value, "type": _type_of(value)}


def _type_of(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "any"


def variables_to_v21(spot: Spot) -> list[Json]:
    """Variable rows; a mapping of names to values is the short form."""
    if not spot.is_list:
        return [{"key": key, **_variable(member)} for key, member in spot.members().items()]
    rows = []
    for element in spot.elements():
        row = element.plain()
        if not isinstance(row, dict) or "key" not in row:
            raise element.error('a variable lacks "key"')
        if row.pop("secret", None) is True:
            row.setdefault("type", "secret")
        rows.append(row)
    return rows


def _variable(spot: Spot) -> dict[str, Json]:
    value = spot.plain()
    return value if isinstance(value, dict) and "value" in value else {"value": value}


def settings_to_v21(spot: Spot) -> dict[str, Json]:
    """``protocolProfileBehavior``: the same names, but a list of the headers that are left out."""
    settings: dict[str, Json] = {}
    for name, member in spot.members().items():
        value = member.plain()
        if name == "disabledSystemHeaders" and isinstance(value, list):
            value = {str(header): True for header in value}
        settings[name] = value
    return settings
