"""The least that a runner can cost: the same requests by a bare loop, ``python bench/floor.py KIND URL COUNT``.

KIND is ``session`` (a ``requests.Session``, as a Python script would do it) or ``socket`` (one raw connection:
what the server itself and the operating system take).
"""

from __future__ import annotations

import sys
from typing import Any


def by_session(url: str, count: int) -> None:
    import requests

    with requests.Session() as session:
        for _ in range(count):
            response = session.get(url)
            if response.status_code != 200:
                raise SystemExit(f"{url} answered {response.status_code}")


def by_socket(url: str, count: int) -> None:
    import socket

    place, _, path = url.removeprefix("http://").partition("/")
    host, _, port = place.partition(":")
    request = f"GET /{path} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode()
    with socket.create_connection((host, int(port))) as connection:
        for _ in range(count):
            connection.sendall(request)
            data = b""
            while b"\r\n\r\n" not in data:
                data += _received(connection)
            head, _, content = data.partition(b"\r\n\r\n")
            left = int(head.rpartition(b": ")[2]) - len(content)  # the server's last header is the length
            while left:
                left -= len(_received(connection))


def _received(connection: Any) -> bytes:
    data: bytes = connection.recv(1 << 18)
    if not data:
        raise SystemExit("the server hung up")
    return data


if __name__ == "__main__":
    {"session": by_session, "socket": by_socket}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
