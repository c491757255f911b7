"""Loopback servers for the transport's tests: they record every byte and answer with given bytes."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = bytes | Callable[["Conversation", bytes], bytes | None]


@dataclass
class Conversation:
    """One connection: its number among all and its socket."""

    number: int
    socket: socket.socket


@dataclass
class Recorder:
    """What came in, request by request. ``answers`` are used in turn, the last one for ever."""

    port: int
    host: str = "127.0.0.1"
    scheme: str = "http"
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    answers: list[Answer] = field(default_factory=lambda: [OK])

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"

    def head(self, index: int = -1) -> list[str]:
        """The request line and the header lines of a request."""
        return self.requests[index].partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")

    def header(self, name: str, index: int = -1) -> str | None:
        pairs = [line.partition(": ") for line in self.head(index)[1:]]
        return next((value for key, _, value in pairs if key.lower() == name.lower()), None)

    def body(self, index: int = -1) -> bytes:
        return self.requests[index].partition(b"\r\n\r\n")[2]


@contextmanager
def recorder(*answers: Answer, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Recorder]:
    """A raw server on a free port of ``host``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family, backlog=64)
    record = Recorder(listener.getsockname()[1], host, "https" if context else "http", answers=list(answers) or [OK])
    open_sockets: list[socket.socket] = []
    threading.Thread(target=_accept, args=(listener, record, context, open_sockets), daemon=True).start()
    try:
        yield record
    finally:
        # Closing alone does not wake the thread that waits in accept().
        with socket.socket(family) as wake:
            listener.close()
            wake.settimeout(0.1)
            with suppress(OSError):
                wake.connect((host, record.port))
        for sock in open_sockets:
            sock.close()


def _accept(
    listener: socket.socket, record: Recorder, context: ssl.SSLContext | None, open_sockets: list[socket.socket]
) -> None:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        record.connections += 1
        open_sockets.append(sock)
        conversation = Conversation(record.connections, sock)
        threading.Thread(target=_serve, args=(conversation, record, context), daemon=True).start()


def _serve(conversation: Conversation, record: Recorder, context: ssl.SSLContext | None) -> None:
    try:
        if context is not None:
            conversation.socket = context.wrap_socket(conversation.socket, server_side=True)
        sock = conversation.socket
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while request := read_request(sock):
            record.requests.append(request)
            at = min(len(record.requests), len(record.answers)) - 1
            answer = record.answers[at]
            data = answer if isinstance(answer, bytes) else answer(conversation, request)
            if data is None:
                break
            sock.sendall(data)
            if b"Connection: close" in data:
                break
        sock.close()
    except OSError:
        conversation.socket.close()


def read_request(sock: socket.socket) -> bytes:
    """One request off the wire, by its Content-Length or chunks; b"" if the client has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
        if key.lower() == b"transfer-encoding" and b"chunked" in value.lower():
            length = -1
    while len(body) < length or (length < 0 and not body.endswith(b"0\r\n\r\n")):
        piece = sock.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body
