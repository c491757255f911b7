"""Taking an inferred value from the answer that has it."""

from __future__ import annotations

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
    object_id,
    same_name,
)
from runner.workflow.infer_origins import NAMED_IN_LIST, Origin
from runner.workflow.infer_words import same_words, words_of

#: Larger bodies are not looked through.
_LARGEST = 8 * 1024 * 1024
_SHOWN = 6


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


def take(origin: Origin, variable: str, response: Response, fields: Sequence[Field] | None) -> Taken | Untaken:
    """The value that an answer gives for an origin."""
    if not 200 <= response.code < 300:
        return Untaken(f"which answered {response.code}")
    found = _find(origin, fields or ())
    if isinstance(found, Field):
        return Taken(found.value, parse_expression(variable, found.path), same_words(found.words, words_of(variable)))
    if isinstance(found, Ambiguous):
        return Untaken(f"whose answer has several with different values ({', '.join(found.paths)})", ambiguous=True)
    if origin.how == "id" and origin.call.kind == "create":
        at = (response.header("location") or "").partition("?")[0].rstrip("/")
        if at and (value := at.rpartition("/")[2]):
            return Taken(value, parse_expression(variable, "header:Location | regex:([^/?]+)/?(?:\\?.*)?$"))
    if origin.how == "member" and origin.words == ("etag",) and (tag := response.header("etag")):
        return Taken(tag, parse_expression(variable, "header:ETag"))
    if fields is None:
        return Untaken("whose answer is not JSON" if response.body else "whose answer is empty")
    if origin.call.kind == "list" and not any("[0]" in field.path for field in fields):
        return Untaken("whose list is empty")
    names = list(dict.fromkeys(field.path for field in fields))
    listed = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return Untaken(f"whose answer has no field for it ({listed})" if names else "whose answer has no values")


def _find(origin: Origin, fields: Sequence[Field]) -> Found:
    in_list = origin.call.kind == "list"
    match origin.how:
        case "id":
            return object_id(fields, origin.resource, first_of_list=in_list)
        case "member":
            return member_of(fields, origin.resource, origin.words)
        case "token":
            return access_token(fields, origin.words)
    return same_name(fields, origin.words, first_of_list=in_list and origin.rank == NAMED_IN_LIST)
