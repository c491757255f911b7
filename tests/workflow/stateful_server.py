"""A loopback API with a memory: it hands out ids and tokens and refuses those that it has not handed out.

``POST`` on a fixed path makes something and returns it, with an id of its own kind (a number, a UUID, a slug); ``GET``
on a fixed path lists what was made there, or two things that were there before; ``GET``, ``PUT``, ``PATCH`` and
``DELETE`` of an id change or remove it. Ids that were never handed out, or that are another kind of thing, are 404; a
bearer token that no log-in gave is 401; a template that was not resolved is 400.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from support.server import Answer, Received

Json = Any
#: Makes an answer of what the server would say: ``(api, what it would say, request) -> what it says``.
Shape = Callable[["StatefulApi", Json, Received], Json]

_LOGIN = re.compile(r"(?i)^(token|login|signin|authenticate|authorize|access_token|sessions?)$")
#: What tests give for variables that a person has to give; such values are always accepted.
GIVEN = "given-"


@dataclass
class StatefulApi:
    """``RecordingServer(respond=StatefulApi(...))``.

    Args:
        fixed: path segments that are no ids; None: those that are not shaped like one.
        shapes: ``METHOD path-regex`` -> how the answer looks, the first that matches counts.
        envelope: the member in which lists are; empty for bare lists.
        accepted: values that were there before.
        refused: what was refused and why, for messages.
    """

    fixed: frozenset[str] | None = None
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    envelope: str = ""
    accepted: frozenset[str] = frozenset()
    things: dict[tuple[str, ...], dict[str, Json]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    _count: int = 0

    def __call__(self, request: Received) -> Answer:
        reason = self._refusal(request)
        if reason:
            status, why = reason
            self.refused.append(f"{request.method} {request.target}: {why}")
            return _answer(status, {"error": why})
        status, value = self._handle(request)
        path = urlsplit(request.target).path
        for pattern, shape in self.shapes.items():
            method, _, expression = pattern.partition(" ")
            if method == request.method and re.search(expression, unquote(path)):
                value = shape(self, value, request)
                break
        return _answer(status, value)

    def new_id(self, kind: str) -> str | int:
        """An id that is accepted from now on. Numbers, UUIDs and slugs, by the name of the kind."""
        self._count += 1
        made: str | int = (
            7_000_000_000_000_000_000 + self._count,
            str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{self._count}")),
            f"{kind.lower() or 'thing'}-{self._count}x",
        )[sum(kind.encode()) % 3]
        self.ids[str(made)] = kind
        return made

    def new_token(self, kind: str = "tok") -> str:
        """A token that is accepted from now on."""
        self._count += 1
        token = f"{kind}.{self._count}.{'x' * 8}"
        self.tokens.add(token)
        return token

    # -- what is refused

    def _refusal(self, request: Received) -> tuple[int, str] | None:
        target = unquote(request.target)
        body = request.body.decode("utf-8", "replace")
        if "{{" in target or any("{{" in value for _, value in request.headers):
            return 400, "there is a template in the URL or a header"
        if re.search(r"\{\{\w+\}\}", body):
            return 400, "there is a template in the body"
        bearer = re.fullmatch(r"(?i)bearer\s+(.*)", request.header("authorization") or "")
        if bearer and bearer.group(1) not in self.tokens and not bearer.group(1).startswith(GIVEN):
            return 401, "unknown token"
        for segment in self._segments(request):
            known = segment in self.ids or segment in self.accepted or segment.startswith(GIVEN)
            if not known and not self._is_fixed(segment):
                return 404, f"there is no {segment}"
        return None

    def _segments(self, request: Received) -> Sequence[str]:
        return [part.strip() for part in unquote(urlsplit(request.target).path).split("/") if part.strip()]

    def _is_fixed(self, segment: str) -> bool:
        if self.fixed is not None:
            return segment in self.fixed
        return bool(re.fullmatch(r"[A-Za-z_.-]+|v\d+", segment)) and segment not in self.ids

    # -- what is done

    def _handle(self, request: Received) -> tuple[int, Json]:
        segments = self._segments(request)
        tail = segments[-1] if segments else ""
        place = tuple(segments)
        if self._is_fixed(tail) or not segments:
            if request.method == "POST" and _LOGIN.match(tail):
                return 200, self.log_in()
            if request.method in ("POST", "PUT"):
                return 201, self._make(place, tail, request)
            return 200, self._listed(place, tail)
        holder = self.things.setdefault(place[:-1], {})
        thing = holder.setdefault(tail, {"id": self._typed(tail), "version": 1, "name": "a thing"})
        if request.method == "DELETE":
            holder.pop(tail)
            self.ids.pop(tail, None)
            return 204, None
        return 200, thing

    def log_in(self) -> Json:
        """What a log-in answers."""
        return {
            "token_type": "bearer",
            "access_token": self.new_token("tok"),
            "refresh_token": self.new_token("ref"),
            "expires_in": 3600,
        }

    def _make(self, place: tuple[str, ...], kind: str, request: Received) -> Json:
        made = self.new_id(kind)
        try:
            sent = json.loads(request.body or b"{}")
        except ValueError:
            sent = {}
        known = {key: value for key, value in sent.items() if key != "id"} if isinstance(sent, dict) else {}
        # what a server adds: none of it is the id
        more = {"version": 1, "status": "new", "createdBy": {"id": self.new_id("creator"), "name": "somebody"}}
        thing = {"id": made, **known, **more}
        self.things.setdefault(place, {})[str(made)] = thing
        return thing

    def _listed(self, place: tuple[str, ...], kind: str) -> Json:
        holder = self.things.setdefault(place, {})
        while len(holder) < 2:
            made = self.new_id(kind)
            holder[str(made)] = {"id": made, "version": 1, "name": f"number {len(holder) + 1}"}
        found = list(holder.values())
        return {self.envelope: found} if self.envelope else found

    def _typed(self, text: str) -> str | int:
        return int(text) if text.isdigit() else text


def made(name: str, **more: Json) -> Shape:
    """The answer is a new id under that name, and what else is given."""
    return lambda api, value, request: {**more, name: api.new_id(name)}


def _answer(status: int, value: Json) -> Answer:
    if value is None:
        return Answer(status, b"", ())
    return Answer(status, json.dumps(value).encode(), (("Content-Type", "application/json"),))
