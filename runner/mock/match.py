"""Which saved example answers a request.

The order of the rules is that of Postman's mock servers (https://learning.postman.com/docs/design-apis/mock-apis/
matching-algorithm): method, the ``x-mock-...`` headers, path; then query, headers and body; then the status code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from urllib.parse import parse_qsl, urlsplit

from runner.mock.api import MockApi, Stub
from runner.mock.patterns import PathFit, path_segments
from runner.model.collection import Json
from runner.model.records import dataclass, field

#: Names the request (by its id) that a run is sending; ``htrun run --mock`` adds it.
ITEM_HEADER = "x-htrun-item"
_NEAREST = 5


@dataclass(frozen=True, slots=True)
class MockRequest:
    """A request as it came. ``target`` is its path with the query."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first header of that name (in lower case), or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def path(self) -> str:
        return urlsplit(f"http://mock{self.target}").path if self.target.startswith("/") else self.target

    @property
    def query(self) -> list[tuple[str, str]]:
        query = self.target.partition("#")[0].partition("?")[2]
        return parse_qsl(query, keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class Found:
    """The example, and what the wildcards of its path stand for."""

    stub: Stub
    captures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotFound:
    """Why there is none, and the examples that come closest."""

    reason: str
    nearest: tuple[Mapping[str, Json], ...] = ()


def find(api: MockApi, request: MockRequest) -> Found | NotFound:
    """The example that fits best."""
    stubs: Sequence[Stub] = api.stubs
    if wanted := request.header("x-mock-response-id"):
        # a UID is the id with the owner's number before it
        named = [s for s in stubs if s.example.id == wanted or wanted.endswith(f"-{s.example.id}")]
        if not named:
            return NotFound(f"no example has the id {wanted!r} (x-mock-response-id)", _listed(stubs[:_NEAREST]))
        return next((Found(stub, fit.captures) for stub, fit in _fits(named, request)), Found(named[0]))
    wanted_method = request.method.upper()
    of_method = [stub for stub in stubs if stub.method == wanted_method]
    if not of_method and wanted_method == "HEAD":
        of_method = [stub for stub in stubs if stub.method == "GET"]
    kept, reason = _by_headers(of_method, request)
    if reason:
        return NotFound(reason, _nearest(of_method, request))
    fits = _fits(_of_host(kept, request, api.authorities), request)
    if not fits:
        others = sorted({stub.method for stub, _ in _fits(stubs, request)} - {wanted_method})
        reason = f"no saved example fits {request.method} {request.path}"
        if others:
            reason += f"; there is one for {' and '.join(others)}"
        return NotFound(reason, _nearest(stubs, request))
    exact, missed = _by_content(fits, request)
    if missed:
        return NotFound(missed, _listed(stub for stub, _ in fits[:_NEAREST]))
    best, fit = min(exact, key=lambda pair: _rank(pair[0], pair[1], request))
    return Found(best, fit.captures)


def methods_of(api: MockApi, request: MockRequest) -> list[str]:
    """The methods for which there are examples of this path."""
    found = {stub.method for stub, _ in _fits(_of_host(api.stubs, request, api.authorities), request)}
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


def _fits(stubs: Iterable[Stub], request: MockRequest) -> list[tuple[Stub, PathFit]]:
    path = path_segments(request.path)
    found = []
    for stub in stubs:
        fits = [fit for pattern in stub.paths if (fit := pattern.fit(path)) is not None]
        if fits:
            found.append((stub, min(fits, key=lambda fit: fit.rank)))
    return found


def _of_host(stubs: Sequence[Stub], request: MockRequest, all_hosts: frozenset[str]) -> Sequence[Stub]:
    """Those of the host that the request is meant for, if it is one that the collection knows."""
    host = request.header("host").lower()
    if host not in all_hosts:
        return stubs
    return [stub for stub in stubs if host in stub.authorities or not stub.authorities]


def _by_headers(stubs: Sequence[Stub], request: MockRequest) -> tuple[Sequence[Stub], str]:
    """Those that the ``x-mock-response-...`` headers ask for, or the reason why there is none."""
    conditions: tuple[tuple[str, Callable[[Stub], str]], ...] = (
        ("x-mock-response-name", lambda stub: stub.example.name),
        ("x-mock-response-code", lambda stub: str(stub.code)),
    )
    for header, value_of in conditions:
        wanted = request.header(header).strip()
        if wanted:
            stubs = [stub for stub in stubs if value_of(stub) == wanted]
            if not stubs:
                what = "name" if header.endswith("name") else "status code"
                return (), f"no example for {request.method} has the {what} {wanted!r} ({header})"
    return stubs, ""


def _by_content(
    fits: Sequence[tuple[Stub, PathFit]], request: MockRequest
) -> tuple[Sequence[tuple[Stub, PathFit]], str]:
    """Those with the headers and the body that ``x-mock-match-request-...`` insists on."""
    names = [name.strip().lower() for name in request.header("x-mock-match-request-headers").split(",") if name.strip()]
    for name in names:
        fits = [pair for pair in fits if name in pair[0].headers and _header_fits(pair[0], name, request)]
        if not fits:
            return (), f"no example has the request's header {name} (x-mock-match-request-headers)"
    if request.header("x-mock-match-request-body").strip().lower() == "true":
        fits = [pair for pair in fits if _likeness(pair[0], request) == 1.0]
        if not fits:
            return (), "no example has the request's body (x-mock-match-request-body)"
    return fits, ""


def _rank(stub: Stub, fit: PathFit, request: MockRequest) -> tuple[float, ...]:
    """The lower the better."""
    item = request.header(ITEM_HEADER)
    return (
        *fit.rank,
        bool(item) and stub.item_id != item,
        -_query_score(stub, request.query),
        -sum(1 if _header_fits(stub, name, request) else -1 for name in stub.headers),
        -_likeness(stub, request),
        stub.code != 200,
        not 200 <= stub.code < 300,
    )


def _query_score(stub: Stub, query: Sequence[tuple[str, str]]) -> int:
    """Parameters in common, less those that only one side has."""
    rest = list(query)
    score = 0
    for key, value in stub.query:
        same = [pair for pair in rest if key.matches(pair[0])]
        found = next((pair for pair in same if value.matches(pair[1])), None)
        if found is not None:
            rest.remove(found)
            score += 1 if value.is_wild else 2
        else:
            score -= 1
    return score - len(rest)


def _header_fits(stub: Stub, name: str, request: MockRequest) -> bool:
    pattern = stub.headers[name]
    return any(key.lower() == name and pattern.matches(value) for key, value in request.headers)


def _likeness(stub: Stub, request: MockRequest) -> float:
    return stub.body.likeness(request.body, request.header("content-type"))


def _nearest(stubs: Sequence[Stub], request: MockRequest) -> tuple[Mapping[str, Json], ...]:
    wanted = request.path.casefold()

    def distance(stub: Stub) -> tuple[float, bool]:
        likeness = max(SequenceMatcher(None, wanted, p.text.casefold()).ratio() for p in stub.paths)
        return -likeness, stub.method != request.method.upper()

    return _listed(sorted(stubs, key=distance)[:_NEAREST])


def _listed(stubs: Iterable[Stub]) -> tuple[Mapping[str, Json], ...]:
    return tuple(stub.row() for stub in stubs)
