"""The only code that resolves ``{{...}}``.

Names are looked up literally and are case-sensitive; spaces belong to them. Nested ones resolve from
the inside out, at most 19 rounds, and what no scope knows stays as it is written
(postman-collection, lib/superstring/index.js).

What is no name that is known may be a Jinja2 expression over names that are: ``{{ user_id | urlencode }}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from runner.dynamic import generate
from runner.model.collection import Auth, Body, FileBody, Json, RequestSpec
from runner.model.records import dataclass, field, replace
from runner.parse.url import parse_url, render_url
from runner.variables import Scopes

_TOKEN = re.compile(r"\{\{([^{}]*?)\}\}")
_ROUNDS = 19
#: Characters that values may add to one text, first those that it names itself, then values of values, which can double
#: with each round; each replacement counts as some more, for its time. What would go beyond stays as it is written.
_FIRST, _LATER, _EACH = 256 * 1024 * 1024, 16 * 1024 * 1024, 64
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
#: Names, with spaces around them or with dashes, are meant as names: they stay unknown, as in Newman.
_NAME = re.compile(r"\s*[\w-]+\s*\Z")


def names_in(texts: Iterable[str]) -> Iterator[str]:
    """The names that templates use, innermost ones of nested templates first."""
    for text in texts:
        yield from _TOKEN.findall(text)


def has_blocks(names: Collection[str]) -> bool:
    """Whether the names of a text are those of a Handlebars or Mustache template (``{{#each items}} ... {{/each}}``),
    which is meant for a server: what is unknown in it is not missing."""
    opened = {name[1:].strip().partition(" ")[0] for name in names if name[:1] in ("#", "^")}
    return any(name[:1] == "/" and name[1:].strip() in opened for name in names)


@dataclass(slots=True)
class Resolver:
    """Resolves templates against scopes and remembers the names that nothing defined."""

    scopes: Scopes
    unresolved: dict[str, None] = field(default_factory=dict)  #: in order of first use
    _room: int = _FIRST

    def text(self, text: str) -> str:
        """One string."""
        if "{{" not in text:
            return text
        self._room = _FIRST
        for _ in range(_ROUNDS):
            before, text = text, _TOKEN.sub(self._replace, text)
            if text == before or self._room < 0:
                break
            self._room = min(self._room, _LATER)
        for match in _TOKEN.finditer(text):
            self.unresolved.setdefault(match.group(1))
        return text

    def json(self, value: Json) -> Json:
        """Every string inside a JSON value; keys stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.json(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self.json(item) for item in value)
        return value

    def request(self, request: RequestSpec, auth: Auth | None) -> RequestSpec:
        """A whole request, with the auth that is in effect for it. The URL is resolved as one string
        and parsed again, so that a variable may hold any part of it."""
        url = self.text(render_url(request.url))
        return replace(
            request,
            url=parse_url(url) if url else request.url,
            method=self.text(request.method),
            headers=tuple(
                replace(h, key=self.text(h.key), value=self.text(h.value)) if "{{" in h.key or "{{" in h.value else h
                for h in request.headers
            ),
            body=self.body(request.body) if request.body else None,
            auth=replace(auth, params=self.json(auth.params)) if auth else None,
        )

    def body(self, body: Body) -> Body:
        """A body; file paths may hold variables too."""
        text: Callable[[Json], Json] = self.json
        return replace(
            body,
            raw=self.text(body.raw) if body.raw is not None else None,
            urlencoded=tuple(replace(p, key=text(p.key), value=text(p.value)) for p in body.urlencoded),
            formdata=tuple(
                replace(
                    p,
                    key=self.text(p.key),
                    value=text(p.value),
                    src=text(p.src),
                    content_type=text(p.content_type),
                    file_name=text(p.file_name),
                )
                for p in body.formdata
            ),
            file=FileBody(text(body.file.src), text(body.file.content)) if body.file else None,
            graphql=replace(
                body.graphql,
                query=text(body.graphql.query),
                operation_name=text(body.graphql.operation_name),
                variables=text(body.graphql.variables),
            )
            if body.graphql
            else None,
        )

    def _replace(self, match: re.Match[str]) -> str:
        name = match.group(1)
        value = self.scopes.text(name)
        if value is None:
            value = generate(name)
        if value is None:
            value = self._expression(name)
        if value is None:
            return match.group()
        self._room -= len(value) + _EACH
        return value if self._room >= 0 else match.group()

    def _expression(self, source: str) -> str | None:
        """The value of a Jinja2 expression, all of whose names are known; None if it is none. An unknown name
        never gets as far as Jinja2."""
        if _NAME.match(source) or not any(self.scopes.find(part) for part in _IDENTIFIER.findall(source)):
            return None
        from runner.expressions import ExpressionError, as_text, compile_expression

        try:
            expression = compile_expression(source)
            if not expression.names or not all(self.scopes.find(name) for name in expression.names):
                return None
            return as_text(expression.evaluate(self._variable))
        except ExpressionError:
            return None

    def _variable(self, name: str) -> Json:
        found = self.scopes.find(name)
        if found is None:
            raise KeyError(name)
        return found[1]
