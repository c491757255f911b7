"""A fast loopback server in a process of its own: what is measured is the runner, not the server.

The path says what is answered: ``/size/<bytes>`` a JSON array of so many bytes, ``/delay/<milliseconds>``
after so long, both together too, ``/served`` how many requests have come but for these, anything else a small JSON
object at once. Request bodies are not read: what a keep-alive connection brings next follows them, so that they must
hold no spaces.
Prints its port on the first line and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import suppress
from functools import lru_cache

SMALL = b'{"id": 42, "name": "Ann", "tags": ["a", "b"]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
END = b"\r\n\r\n"
_SIZE, _DELAY = re.compile(rb"/size/(\d+)"), re.compile(rb"/delay/(\d+)")
_ROW = json.dumps({"id": 1, "name": "Ann Example", "email": "ann@example.com", "active": True, "tags": ["a", "b"]})


def body(size: int) -> bytes:
    """A JSON array of objects, of exactly ``size`` bytes (at least 2: spaces fill what is left)."""
    rows = ",".join([_ROW] * ((size - 2) // (len(_ROW) + 1)))
    return f"[{rows}]".ljust(size).encode()


@lru_cache(maxsize=64)
def answer(target: bytes) -> tuple[bytes, float]:
    """The whole response for a path, and the seconds to wait before it."""
    size, delay = _SIZE.search(target), _DELAY.search(target)
    content = body(int(size[1])) if size else SMALL
    return HEAD % len(content) + content, int(delay[1]) / 1000 if delay else 0.0


class Answering(asyncio.Protocol):
    """One answer for each end of a request head."""

    transport: asyncio.Transport
    rest = b""
    served = 0  # by all connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self.rest = (self.rest + data).split(END)
        for head in heads:
            target = head.split(b" ", 2)[1]
            if target == b"/served":
                content = json.dumps({"served": Answering.served}).encode()
                self.transport.write(HEAD % len(content) + content)
                continue
            Answering.served += 1
            whole, delay = answer(target)
            if delay:
                asyncio.get_running_loop().call_later(delay, self.transport.write, whole)
            else:
                self.transport.write(whole)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
