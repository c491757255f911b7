"""One call and its reply, between the HTTP side (``app``) and the entities; errors in the shape of the API.

The shapes of error bodies and pages are those of Django REST framework, which the API was built on:
``{"detail": ...}`` for a refused call, ``{"field": ["what is wrong", ...]}`` for wrong input.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeAlias, TypeVar
from urllib.parse import urlencode

from runner.simulator.entities import Json
from runner.simulator.state import Row, State, Table

DEFAULT_PAGE_SIZE = 25
MAX_PAGE_SIZE = 100

T = TypeVar("T")
R = TypeVar("R", bound=Row)


class ApiError(Exception):
    """The call is answered with an error. ``body`` is the JSON of the answer."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body, self.headers = status, body, dict(headers or {})


def not_found() -> ApiError:
    return ApiError(404, {"detail": "Not found."})


def bad_request(**fields: str) -> ApiError:
    """400 with one message per field."""
    return ApiError(400, {name: [message] for name, message in fields.items()})


@dataclass(frozen=True, slots=True)
class Call:
    """A request after the HTTP side has taken it apart.

    Attributes:
        now: the time of the call; the whole call happens at that instant.
        url: absolute, without the query.
        query: the query parameters; of a repeated one the last counts.
        data: the decoded body (``{}`` for none).
        id: the id in the path, "" where the path has none.
    """

    state: State
    now: datetime
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    data: Json = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Json = None


Endpoint: TypeAlias = Callable[[Call], Reply]
Routes: TypeAlias = Mapping[str, Mapping[str, Endpoint]]
"""Path below the API's base URL -> method -> what answers it."""


def lookup(table: Table[R], id: str) -> R:
    """The row that a path names; 404 if there is none. Any spelling of a UUID is understood."""
    try:
        row = table.get(str(uuid.UUID(id)))
    except ValueError:
        row = None
    if row is None:
        raise not_found()
    return row


def matching(table: Table[R], query: Mapping[str, str], tests: Mapping[str, Callable[[R, str], bool]]) -> Iterator[R]:
    """Rows that pass every filter in the query, newest first. ``unique_id`` has an index, ``id`` is a key."""
    wanted = [(tests[name], value) for name, value in query.items() if name in tests and value != ""]
    unique_id = query.get("unique_id") or query.get("lookup_id")
    candidates: Iterable[R | None] = [table.by_unique_id(unique_id)] if unique_id else table.newest_first()
    return (row for row in candidates if row is not None and all(test(row, value) for test, value in wanted))


def page_reply(call: Call, rows: Iterator[T], show: Callable[[T], Json]) -> Reply:
    """One page of rows: ``count``, ``next``, ``previous``, ``results``."""
    found = list(rows)
    size = _page_size(call.query.get("page_size"))
    last = max(1, -(-len(found) // size))
    text = call.query.get("page", "1")
    try:
        number = last if text == "last" else int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= last:
        raise ApiError(404, {"detail": "Invalid page."})
    results = [show(row) for row in islice(found, (number - 1) * size, number * size)]
    return Reply(
        200,
        {
            "count": len(found),
            "next": _page_url(call, number + 1) if number < last else None,
            "previous": _page_url(call, number - 1) if number > 1 else None,
            "results": results,
        },
    )


def _page_size(text: str | None) -> int:
    """A size that makes no sense is ignored, as Django REST framework does."""
    size = int(text) if text is not None and text.isascii() and text.isdigit() else 0
    return min(size, MAX_PAGE_SIZE) or DEFAULT_PAGE_SIZE


def _page_url(call: Call, number: int) -> str:
    query = {name: value for name, value in call.query.items() if name != "page"}
    if number > 1:
        query["page"] = str(number)
    return f"{call.url}?{urlencode(sorted(query.items()))}" if query else call.url
