"""Evaluating a capture on an exchange, with the nearest things that are there when nothing is found."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from runner.model.collection import Json
from runner.model.exchange import Exchange, Response
from runner.model.records import dataclass
from runner.model.written import read_json, written
from runner.parse.text import decode
from runner.workflow.capture import Capture, compiled_path
from runner.workflow.json_paths import last_key, walk_paths

_SHOWN = 8
_KEY = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Miss:
    """Nothing was found. ``reason`` is one clause for people; it holds no values of the response."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def evaluate(capture: Capture, exchange: Exchange) -> Json | Miss:
    """The value a capture finds: types as in the response, integers exact. A JSONPath or XPath that finds
    several gives the list of them. ``required`` and ``default`` are not looked at."""
    response = exchange.response
    if response is None:
        return Miss("there is no response")
    found = _find(capture, response)
    if capture.then is None or isinstance(found, Miss):
        return found
    match = re.search(capture.then, found if isinstance(found, str) else str(found))
    if match is None:
        return Miss(f"{_name(capture)} is there, but {capture.then} does not match it")
    return match.group(1) if match.re.groups else match.group()


def body_json(response: Response) -> Json:
    """The body as JSON values.

    Raises:
        ValueError: it is none.
    """
    try:
        return read_json(decode(response.body))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _find(capture: Capture, response: Response) -> Json | Miss:
    match capture.source:
        case "status":
            return response.code
        case "url":
            return response.url
        case "body":
            return body_text(response)
        case "header":
            value = response.header(capture.expression)
            return _missing(capture, (h.key for h in response.headers), "header") if value is None else value
        case "cookie":
            values = [cookie.value for cookie in response.cookies if cookie.name == capture.expression]
            return values[-1] if values else _missing(capture, (c.name for c in response.cookies), "cookie")
        case "regex":
            match = re.search(capture.expression, body_text(response))
            if match is None:
                return Miss(f"{capture.expression} does not match the body ({_kind(response)})")
            return match.group(1) if match.re.groups else match.group()
        case "xpath":
            return _find_xpath(capture, response)
    return _find_json(capture, response)


def _find_json(capture: Capture, response: Response) -> Json | Miss:
    try:
        document = body_json(response)
    except ValueError:
        return Miss(f"{capture.expression} needs JSON, and the body is none ({_kind(response)})")
    try:
        values = [match.value for match in compiled_path(capture.expression).find(document)]
    except Exception as error:  # filters and functions of the library fail on types they do not expect
        return Miss(f"{capture.expression} does not fit the body: {error}")
    if not values:
        return Miss(f"{capture.expression} is not in the response; {_nearest_keys(document, capture.expression)}")
    return written(values[0] if len(values) == 1 else values)


def _find_xpath(capture: Capture, response: Response) -> Json | Miss:
    from runner.workflow.xml_body import find_all, tags

    kind = (response.header("content-type") or "").lower()
    try:
        values = find_all(response.body, kind, capture.expression)
    except ValueError as error:
        return Miss(f"{_name(capture)}: {error}")
    if not values:
        names = ", ".join(tags(response.body, kind)[:_SHOWN])
        return Miss(f"{_name(capture)} is not in the response" + (f"; its elements: {names}" if names else ""))
    return written(values[0] if len(values) == 1 else values)


def _nearest_keys(document: Json, expression: str) -> str:
    """Same key elsewhere, then the same word in another spelling, then similar ones, then what is there."""
    key = last_key(expression)
    paths = dict(walk_paths(document))
    if key:
        same = [path for path in paths if _plain(last_key(path)) == _plain(key)]
        if not same:
            names = dict.fromkeys(last_key(path) for path in paths if last_key(path))
            near = difflib.get_close_matches(key, names, n=3, cutoff=0.6)
            same = [next(path for path in paths if last_key(path) == name) for name in near]
        if same:
            return f"did you mean {' or '.join(same[:3])}?"
    if isinstance(document, dict):
        return f"its keys: {_listed(list(document))}" if document else "the response is {}"
    if isinstance(document, list):
        first = document[0] if document else None
        inner = f" of objects with the keys {_listed(list(first))}" if isinstance(first, dict) else ""
        return f"it is a list of {len(document)}{inner}"
    return f"it is a single {'null' if document is None else type(document).__name__}"


def _missing(capture: Capture, names: Iterator[str], kind: str) -> Miss:
    there = list(dict.fromkeys(names))
    lower = {name.lower(): name for name in there}
    near = difflib.get_close_matches(capture.expression.lower(), lower, n=1, cutoff=0.6)
    if near:
        return Miss(f"there is no {kind} {capture.expression}; did you mean {lower[near[0]]}?")
    return Miss(f"there is no {kind} {capture.expression}" + (f"; there are {_listed(there)}" if there else ""))


def body_text(response: Response) -> str:
    return response.text if response.charset else decode(response.body)


def _kind(response: Response) -> str:
    if not response.body:
        return "it is empty"
    return response.header("content-type") or "without a Content-Type"


def _name(capture: Capture) -> str:
    return capture.expression if capture.source in ("jsonpath", "regex", "xpath") else str(capture).split(" | ")[0]


def _listed(names: Sequence[object]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(str(name) for name in names[:_SHOWN]) + more


def _plain(key: str) -> str:
    return "".join(_KEY.findall(key)).lower()
