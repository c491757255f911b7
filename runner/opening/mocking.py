"""``--mock``: a run whose requests are answered from the examples of its own collection.

The collection stays as it is, and so do the URLs that scripts and reports see: what is sent to a host of a request that
has examples goes to the mock instead. A variable for the host that nothing defines is given the mock's address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from runner.engine.session import Session
from runner.errors import InputError
from runner.mock.api import Origin, mock_api, origin_of
from runner.mock.match import ITEM_HEADER
from runner.mock.server import MockServer
from runner.model.collection import Folder, Header, Url, walk
from runner.model.exchange import Exchange, Request
from runner.model.records import replace
from runner.templating import names_in
from runner.transport.cookies import CookieJar
from runner.transport.interface import SendOptions, Transport
from runner.transport.urls import split_url
from runner.variables import Scopes

_VARIABLES = re.compile(r"(?:\{\{[^{}]+\}\})+")
_PART = "mock"  #: part of the name of a host that is the mock's in a run: nobody looks it up


class MockedTransport:
    """Sends to the mock what is for one of ``origins``, and tells it which item the request is of."""

    def __init__(self, inner: Transport, origins: frozenset[Origin], server: MockServer) -> None:
        self._inner = inner
        self._origins = origins
        self._stand_ins = dict.fromkeys(origins, (server.host, server.port))

    def send(self, request: Request, options: SendOptions, jar: CookieJar) -> Exchange:
        if options.item and split_url(request.url, True).origin in self._origins:
            request = replace(request, headers=(*request.headers, Header(ITEM_HEADER, options.item, system=True)))
        return self._inner.send(request, replace(options, stand_ins=self._stand_ins), jar)

    def close(self) -> None:
        self._inner.close()


def answer_by_mock(session: Session, stack: ExitStack, say: Callable[[str], None]) -> None:
    """Starts a mock of the session's collection, and lets it answer the session's requests.

    Args:
        stack: stops the mock.
        say: told what is done.

    Raises:
        InputError: the collection has no examples.
    """
    collection = session.collection
    api = mock_api(collection, session.scopes)
    if not api.stubs:
        raise InputError("has no saved examples to answer from (--mock)", path=collection.path or collection.name)
    server = stack.enter_context(MockServer(api))
    filled = fill_hosts(collection, session.scopes, server)
    fill_hosts(collection, api.scopes, server)  # addresses in headers and bodies lead back to the mock
    # what the new values complete belongs to the mock too
    origins = mock_api(collection, session.scopes).origins if filled else api.origins
    session.transport = MockedTransport(session.transport, origins, server)
    say(_told(api.origins, filled, len(api.stubs), server))


def fill_hosts(collection: Folder, scopes: Scopes, server: MockServer, *, whole: bool = False) -> dict[str, str]:
    """Gives the mock's address to variables of the hosts of requests with examples that have no value, and returns
    the values by name.

    Args:
        whole: only to those that are the whole host, since others lead to the mock in a run only.
    """
    filled = dict(_unknown_hosts(collection, scopes, server))
    if whole:
        filled = {name: value for name, value in filled.items() if value != _PART}
    for name, value in filled.items():
        # an empty value in the environment would hide one of the collection
        scope = scopes.environment if scopes.environment.find(name) else scopes.collection
        scope.set(name, value)
    return filled


def _told(origins: frozenset[Origin], filled: dict[str, str], count: int, server: MockServer) -> str:
    hosts = [*sorted({host for _, host, _ in origins}), *(f"{{{{{name}}}}}" for name in filled)]
    shown = ", ".join(hosts[:3]) + (f" and {len(hosts) - 3} more" if len(hosts) > 3 else "")
    examples = f"{count} saved example{'s' if count > 1 else ''}"
    return f"mock: {shown} answered from {examples} at {server.url}; other hosts are real"


def _unknown_hosts(collection: Folder, scopes: Scopes, server: MockServer) -> Iterator[tuple[str, str]]:
    """Variables of the host of a request with examples that have no value, with the one that leads to the mock."""
    for located in walk(collection):
        url = located.item.request.url
        if located.item.examples and origin_of(url, scopes) is None:
            yield from _values(url, scopes, server)


def _values(url: Url, scopes: Scopes, server: MockServer) -> Iterator[tuple[str, str]]:
    authority = server.host if url.port else f"{server.host}:{server.port}"
    host = authority if url.protocol else f"http://{authority}"
    for part, value in ((url.protocol, "http"), (".".join(url.host or ()), host), (url.port, str(server.port))):
        names = [name for name in names_in([part or ""]) if not name.startswith("$")]
        # {{host}} and {{host}}{{base_path}}; any name will do where it is a part of one: {{tenant}}.example.com
        first, others = (value, "") if _VARIABLES.fullmatch(part or "") else (_PART, _PART)
        for name in dict.fromkeys(names):
            if not scopes.text(name):
                yield name, first if name == names[0] else others
