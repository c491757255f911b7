"""Breaking off what another thread sends or receives."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.model.exchange import Exchange
from runner.transport.cancel import Cancellation
from support import certificates
from support.server import RecordingServer
from transport.client import Client


@pytest.fixture(params=["http", "https"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RecordingServer]:
    context: ssl.SSLContext | None = None
    if request.param == "https":
        context = certificates.server_context(certificates.make(tmp_path))
        context.verify_mode = ssl.CERT_NONE
    with RecordingServer(tls=context) as server:
        yield server


def url(server: RecordingServer, rest: str) -> str:
    return f"{'https' if server.tls else 'http'}://{server.address}{rest}"


class Sender(threading.Thread):
    """Sends one request in a thread of its own."""

    def __init__(self, web: Client, url: str, cancellation: Cancellation) -> None:
        super().__init__(daemon=True)
        self._web, self._url, self._cancellation = web, url, cancellation
        self.exchange: Exchange | None = None
        self.start()

    def run(self) -> None:
        self.exchange = self._web.send(self._url, strict_ssl=False, cancellation=self._cancellation)

    def result(self, timeout: float) -> Exchange:
        self.join(timeout)
        assert self.exchange is not None, "still under way"
        return self.exchange


def arrived(server: RecordingServer, count: int) -> None:
    until = time.monotonic() + 10
    while len(server.received) < count:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("wait", ["/respond?delay=30000", "/respond?drip=1000&body=0123456789012345678901234567890"])
def test_a_wait_for_an_answer_ends(web: Client, served: RecordingServer, wait: str) -> None:
    cancellation = Cancellation()
    sender = Sender(web, url(served, wait), cancellation)
    arrived(served, 1)
    time.sleep(0.1)
    cancellation.cancel()
    exchange = sender.result(5)
    assert exchange.response is None
    assert exchange.error is not None


def test_others_on_the_same_transport_go_on(web: Client, served: RecordingServer) -> None:
    ended, lasting = Cancellation(), Cancellation()
    web.get(url(served, "/"), strict_ssl=False, cancellation=ended)  # its connection is used again by the next one
    other = Sender(web, url(served, "/respond?delay=700"), lasting)
    arrived(served, 2)
    broken = Sender(web, url(served, "/respond?delay=30000"), ended)
    arrived(served, 3)
    ended.cancel()
    assert broken.result(5).error is not None
    response = other.result(10).response
    assert response is not None
    assert response.body == b"ok"
    assert web.get(url(served, "/"), strict_ssl=False, cancellation=lasting).code == 200


def test_nothing_is_sent_any_more(web: Client, server: RecordingServer) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    error = web.send(f"{server.url}/late", cancellation=cancellation).error
    assert error is not None
    assert error.code == "ECONNABORTED"
    assert server.take() == ()
    assert web.get(f"{server.url}/").code == 200


def test_a_pause_ends() -> None:
    cancellation = Cancellation()
    threading.Timer(0.1, cancellation.cancel).start()
    began = time.monotonic()
    cancellation.wait(30)
    assert time.monotonic() - began < 5
    assert cancellation.cancelled
