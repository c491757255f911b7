"""A fast loopback server in a process of its own: what is measured is the runner, not the server.

Answers every request (of a GET's kind: no body is read) with the same small JSON document. Prints its
port on the first line and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import sys

BODY = b'{"id": 42, "name": "Ann", "tags": ["a", "b"]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY
END = b"\r\n\r\n"


class Answering(asyncio.Protocol):
    """One answer for each end of a request head."""

    transport: asyncio.Transport
    rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        self.transport.write(ANSWER * data.count(END))
        self.rest = data.rpartition(END)[2]


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
