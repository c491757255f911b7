"""The table of what a mock can answer: each saved example with the requests that it is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from runner.mock.bodies import BodyPattern, body_pattern
from runner.mock.patterns import PathPattern, TextPattern, known, path_pattern, segment
from runner.model.collection import Example, Folder, Json, Located, Url, walk
from runner.model.records import dataclass, replace
from runner.parse.url import parse_url, render_url
from runner.variables import Scopes, to_text

Origin = tuple[str, str, int]  #: scheme, host, port
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Stub:
    """A saved example: which requests it answers.

    Attributes:
        item: path of the request it is saved with, ``Users/Create user``.
        item_id: that request's id.
        authorities: ``host`` or ``host:port`` of the URLs, as far as they are known.
        paths: the path as it is written, and with what a variable before it (``{{base_url}}``) brings along.
    """

    example: Example
    item: str
    item_id: str
    method: str
    authorities: frozenset[str]
    paths: tuple[PathPattern, ...]
    query: tuple[tuple[TextPattern, TextPattern], ...]
    headers: Mapping[str, TextPattern]
    body: BodyPattern

    @property
    def code(self) -> int:
        return self.example.code or 200

    def row(self) -> dict[str, Json]:
        """It in a list for people and tests."""
        return {
            "id": self.example.id,
            "name": self.example.name,
            "item": self.item,
            "method": self.method,
            "path": self.paths[0].text,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class MockApi:
    """All examples of a collection, with the variables that they are answered with."""

    name: str
    stubs: tuple[Stub, ...]
    scopes: Scopes
    origins: frozenset[Origin]  #: of all requests that have examples, as far as they are known
    authorities: frozenset[str]  #: of all examples


def mock_api(collection: Folder, scopes: Scopes) -> MockApi:
    """Reads the examples of a collection.

    Args:
        scopes: their values fill the templates of requests and responses; they are copied.
    """
    scopes = scopes.copy()
    stubs: list[Stub] = []
    origins: set[Origin] = set()
    for located in walk(collection):
        stubs += _stubs(located, scopes)
        if located.item.examples:
            urls = [located.item.request.url, *(e.request.url for e in located.item.examples if e.request)]
            origins |= {origin for url in urls if (origin := origin_of(url, scopes)) is not None}
    authorities = frozenset(name for stub in stubs for name in stub.authorities)
    return MockApi(collection.name, tuple(stubs), scopes, frozenset(origins), authorities)


def origin_of(url: Url, scopes: Scopes) -> Origin | None:
    """Scheme, host and port of a URL; None if something of it is not known."""
    base = _base(url, scopes)
    try:
        parts = urlsplit(base if "://" in base else f"http://{base}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in _PORTS or not known_text(base):
        return None
    return parts.scheme, host, port or _PORTS[parts.scheme]


def known_text(text: str) -> bool:
    """Whether nothing in a text that was resolved is a wildcard."""
    return not TextPattern(text).is_wild


def _stubs(located: Located, scopes: Scopes) -> Iterator[Stub]:
    item = located.item
    base = _base_path(item.request.url, scopes)
    for example in item.examples:
        request = example.request or item.request
        yield Stub(
            example=example,
            item=located.path,
            item_id=item.id,
            method=request.method.upper(),
            authorities=frozenset(_authorities((item.request.url, request.url), scopes)),
            paths=_paths(request.url, base, scopes),
            query=tuple(
                (TextPattern(known(row.key or "", scopes)), TextPattern(_value(row.value, scopes)))
                for row in request.url.query
                if row.enabled
            ),
            headers={row.key.lower(): TextPattern(known(row.value, scopes)) for row in request.headers if row.enabled},
            body=body_pattern(request.body, scopes),
        )


def _value(value: Json, scopes: Scopes) -> str:
    return "" if value is None else known(to_text(value), scopes)


def _authorities(urls: Sequence[Url], scopes: Scopes) -> Iterator[str]:
    for url in urls:
        origin = origin_of(url, scopes)
        if origin is not None:
            scheme, host, port = origin
            yield host if port == _PORTS[scheme] else f"{host}:{port}"


def _base(url: Url, scopes: Scopes) -> str:
    """What stands before the path, resolved; a variable there may hold part of the path too."""
    return known(render_url(replace(url, path=None, query=(), hash=None, auth=None)), scopes)


def _base_path(url: Url, scopes: Scopes) -> tuple[str, ...]:
    path = parse_url(_base(url, scopes)).path or ()
    return tuple(part for part in path if part)


def _paths(url: Url, item_base: tuple[str, ...], scopes: Scopes) -> tuple[PathPattern, ...]:
    values = {row.key: row.value for row in url.variables}
    written = url.path if url.path is not None else ("",)
    segments = tuple(segment(part, values, scopes) for part in written)
    found = [path_pattern(segments)]
    for base in dict.fromkeys((_base_path(url, scopes), item_base)):
        if base:
            found.append(path_pattern((*(segment(part, {}, scopes) for part in base), *segments)))
    if any(part.value and "/" in part.value and "{{" in part.written for part in segments):
        whole = [piece for part in segments for piece in (part.value or part.written).split("/")]
        flat = [segment(piece, values, scopes) for piece in whole]
        before = (pattern.segments[: len(pattern.segments) - len(segments)] for pattern in tuple(found))
        found += [path_pattern((*base, *flat)) for base in before]
    return tuple(found)
