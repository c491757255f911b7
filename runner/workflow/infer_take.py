"""Taking an inferred value from the answer that has it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.model.collection import Json
from runner.model.exchange import Response
from runner.model.records import dataclass
from runner.workflow.capture import Capture, parse_expression
from runner.workflow.extract import body_json
from runner.workflow.infer_fields import (
    Ambiguous,
    Field,
    Found,
    access_token,
    fields_of,
    member_of,
    named_object,
    object_id,
    same_name,
)
from runner.workflow.infer_origins import NAMED_IN_LIST, Origin
from runner.workflow.infer_words import is_id, same_words, words_of

#: Larger bodies are not looked through.
_LARGEST = 8 * 1024 * 1024
_SHOWN = 6
#: Where Rails, Spring and others answer a log-in with the token.
_TOKEN_HEADERS = ("Authorization", "X-Auth-Token", "X-Access-Token", "Access-Token")
_TOKEN_IN_HEADER = re.compile(r"^(?:Bearer )?(\S+)$")


@dataclass(frozen=True, slots=True)
class Taken:
    """A value and the capture that would take it. ``exact``: the field has the variable's very name."""

    value: Json
    capture: Capture
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Untaken:
    """Why an answer gave no value: a clause that goes on from the name of its request."""

    reason: str
    ambiguous: bool = False


def readable(response: Response) -> tuple[Field, ...] | None:
    """The fields of a JSON answer; None if it is something else, or too large."""
    if not response.body or len(response.body) > _LARGEST:
        return None
    try:
        return fields_of(body_json(response))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Said:
    """What a request said itself, which its answer may only repeat.

    Attributes:
        written: its URL and body as they are written.
        path: the segments of the URL that was sent.
    """

    written: str = ""
    path: frozenset[str] = frozenset()


def take(
    origin: Origin, variable: str, response: Response, fields: Sequence[Field] | None, said: Said, *, in_url: bool
) -> Taken | Untaken:
    """The value that an answer gives for an origin.

    Args:
        in_url: the value is needed in URLs only.
    """
    if not 200 <= response.code < 300:
        return Untaken(f"which answered {response.code}")
    found = _find(origin, fields or (), said)
    if isinstance(found, Field):
        return Taken(found.value, parse_expression(variable, found.path), same_words(found.words, words_of(variable)))
    if isinstance(found, Ambiguous):
        return Untaken(f"whose answer has several with different values ({', '.join(found.paths)})", ambiguous=True)
    if origin.how == "id" and origin.call.kind == "create":
        at = (response.header("location") or "").partition("?")[0].rstrip("/")
        value = at.rpartition("/")[2]
        if value and not in_url and f'"{value}"' in said.written:
            return Untaken("whose Location has only the name that it was given")
        if value:
            return Taken(value, parse_expression(variable, "header:Location | regex:([^/?]+)/?(?:\\?.*)?$"))
    if origin.how == "token" and found is None:
        for name in _TOKEN_HEADERS:
            if (hit := _TOKEN_IN_HEADER.search(response.header(name) or "")) is not None:
                expression = f"header:{name} | regex:{_TOKEN_IN_HEADER.pattern}"
                return Taken(hit.group(1), parse_expression(variable, expression))
    if origin.how == "member" and origin.words == ("etag",) and (tag := response.header("etag")):
        return Taken(tag, parse_expression(variable, "header:ETag"))
    if fields is None:
        return Untaken("whose answer is not JSON" if response.body else "whose answer is empty")
    if origin.call.kind == "list" and not any("[0]" in field.path for field in fields):
        return Untaken("whose list is empty")
    names = list(dict.fromkeys(field.path for field in fields))
    listed = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return Untaken(f"whose answer has no field for it ({listed})" if names else "whose answer has no values")


def _find(origin: Origin, fields: Sequence[Field], said: Said) -> Found:
    in_list = origin.call.kind == "list"
    match origin.how:
        case "id":
            return object_id(fields, origin.resource, first_of_list=in_list, sent=said.path)
        case "member":
            return member_of(fields, origin.resource, origin.words)
        case "token":
            return access_token(fields, origin.words)
    first = in_list and origin.rank == NAMED_IN_LIST
    found = same_name(fields, origin.words, first_of_list=first)
    if found is None and is_id(origin.words):
        return named_object(fields, origin.words, first_of_list=first)
    return found
