"""Captures: a value out of a response that becomes a variable, and how people write them down."""

from __future__ import annotations

import difflib
import json
import re
from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args

from runner.errors import UsageError
from runner.model.collection import Json
from runner.model.records import dataclass

Source: TypeAlias = Literal["jsonpath", "xpath", "regex", "header", "cookie", "status", "url", "body"]
Scope: TypeAlias = Literal["globals", "environment", "collection", "local"]

SOURCES: tuple[str, ...] = get_args(Source)
SCOPES: tuple[str, ...] = get_args(Scope)

_WITHOUT_EXPRESSION = ("status", "url", "body")
_DEFAULT = re.compile(r"(?<!\s)\s+default:\s*(.*)\Z", re.DOTALL)
_THEN = " | regex:"
_ALSO_CALLED = {"global": "globals", "env": "environment", "collectionVariables": "collection", "variables": "local"}
_EXAMPLE = "write NAME=EXPRESSION @ REQUEST, e.g. user_id=$.id @ Users/Create user"


@dataclass(frozen=True, slots=True)
class Capture:
    """Where a variable's value comes from.

    Attributes:
        name: the variable.
        source: what part of the response; ``jsonpath`` and ``regex`` read the body, ``url`` is the
            one after redirects.
        expression: JSONPath, XPath, regular expression, or the name of the header or cookie.
        scope: where the variable is set.
        items: path, name or glob of the requests; None where that is said elsewhere.
        required: nothing found fails the request; otherwise the variable becomes ``default``.
        then: a regular expression for the text of what was found; its first group, else all it matches.
    """

    name: str
    source: Source
    expression: str = ""
    scope: Scope = "globals"
    items: str | None = None
    required: bool = True
    default: Json = None
    then: str | None = None

    def __str__(self) -> str:
        """As `parse_expression` reads it: ``$.id``, ``header:Location | regex:[^/]+$``."""
        if self.source == "jsonpath":
            text = self.expression
        elif self.source in _WITHOUT_EXPRESSION:
            text = self.source
        else:
            text = f"{self.source}:{self.expression}"
        return text if self.then is None else f"{text}{_THEN}{self.then}"


def parse_capture(text: str) -> Capture:
    """``[SCOPE:]NAME=EXPRESSION [@ REQUEST] [default: VALUE]``, as ``--capture`` takes it.

    Raises:
        UsageError: it is not of that form.
    """
    rest, at, items = text.rpartition(" @ ") if " @ " in text else (text, "", "")
    required, default = True, None
    # the default may stand on either side of the request
    if (found := _DEFAULT.search(items)) or (not at and (found := _DEFAULT.search(rest))):
        items, rest = (items[: found.start()], rest) if at else ("", rest[: found.start()])
        required, default = False, parse_default(found.group(1))
    elif found := _DEFAULT.search(rest):
        rest = rest[: found.start()]
        required, default = False, parse_default(found.group(1))
    name, equals, expression = rest.partition("=")
    scope, colon, short = name.strip().partition(":")
    if not colon or scope not in SCOPES:
        near = _ALSO_CALLED.get(scope) or next(iter(difflib.get_close_matches(scope, SCOPES, n=1, cutoff=0.75)), None)
        if colon and near:
            raise UsageError(f"{text!r}: there is no scope {scope!r}; did you mean {near}:{short.strip()}?")
        scope, short = "globals", name.strip()
    if not equals or not short or not expression.strip() or (at and not items.strip()):
        raise UsageError(f"{text!r} is no capture: {_EXAMPLE}")
    return parse_expression(
        short, expression, scope=scope, items=items.strip() or None, required=required, default=default
    )


def parse_expression(
    name: str,
    text: str,
    *,
    scope: str = "globals",
    items: str | None = None,
    required: bool = True,
    default: Json = None,
) -> Capture:
    """A capture from its right-hand side: ``$.id``, ``header:Location``, ``cookie:sid``, ``status``,
    ``url``, ``body``, ``regex:...``, ``xpath:...``, each with ``| regex:...`` after it if need be.

    Raises:
        UsageError: says what is wrong with the expression.
    """
    if scope not in SCOPES:
        raise UsageError(f"the capture {name!r}: there is no scope {scope!r}; take one of {', '.join(SCOPES)}")
    text, bar, then = text.strip().partition(_THEN)
    kind, colon, expression = text.partition(":")
    source: Any
    if text.startswith("$"):
        source, expression = "jsonpath", text
    elif text in _WITHOUT_EXPRESSION:
        source, expression = text, ""
    elif colon and kind in SOURCES and kind not in _WITHOUT_EXPRESSION and expression.strip():
        source, expression = kind, expression.strip()
    else:
        raise UsageError(
            f"the capture {name!r}: {text!r} says no place in the response; "
            f"write $.path, header:NAME, cookie:NAME, status, url, body, regex:... or xpath:..."
        )
    capture = Capture(name, source, expression, scope, items, required, default, then if bar else None)  # type: ignore[arg-type]
    _check(capture)
    return capture


def parse_default(text: str) -> Json:
    """A default as written on a command line: JSON if it is that, otherwise the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


@lru_cache(maxsize=512)
def compiled_path(expression: str) -> Any:
    """A JSONPath, ready to use.

    Raises:
        ValueError: with what is wrong in one line.
    """
    from jsonpath_ng.ext.parser import parse

    try:
        return parse(expression)
    except Exception as error:  # the library has no one class for what its lexer and parser raise
        raise ValueError(" ".join(str(error).split()) or "it cannot be parsed") from None


def _check(capture: Capture) -> None:
    kind = {"jsonpath": "JSONPath", "regex": "regular expression", "xpath": "XPath"}.get(capture.source, "")
    try:
        if capture.source == "jsonpath":
            compiled_path(capture.expression)
        elif capture.source == "regex":
            re.compile(capture.expression)
        elif capture.source == "xpath":
            from runner.workflow.xml_body import check_xpath

            check_xpath(capture.expression)
        if capture.then is not None:
            kind = "regular expression"
            re.compile(capture.then)
    except (ValueError, re.error, OverflowError, RecursionError) as error:
        bad = capture.then if kind == "regular expression" and capture.then is not None else capture.expression
        raise UsageError(f"the capture {capture.name!r}: {bad!r} is no valid {kind}: {error}") from None
