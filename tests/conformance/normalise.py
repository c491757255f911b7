"""What two runs of the same thing may differ in: the one place where that is decided.

========================  ==============================================================================
what                      why, and what is left to compare
========================  ==============================================================================
the server's port         free ports differ; it becomes ``PORT``, in targets, headers, bodies, messages, values
``User-Agent``            a runner's own (``PostmanRuntime/...``, ``htrun/...``) becomes ``<runner>``
``Postman-Token``         a new UUID for each request: its form is compared
multipart boundary        random; its form (26 dashes, 24 digits) is compared, then it becomes ``<boundary>``
digest ``cnonce``,        random, and computed from random; their forms are compared
``response``
``volatile`` of a case    regular expressions in the case itself; matches become ``<volatile>``
positions in scripts      ``test-script:3:14``: where an error was thrown; the wrapper around the script differs
========================  ==============================================================================

Everything else is compared as it is. In particular ``Content-Length`` is, and the order of requests is,
unless a case says that its scripts send at the same time (``unordered``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from support.server import Received

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
BOUNDARY = re.compile(r"^-{26}\d{24}$")
RUNNER = re.compile(r"^(PostmanRuntime|htrun)/[\w.+-]+$")
DIGEST_CNONCE = re.compile(r'cnonce="(\w{8})"')
DIGEST_RESPONSE = re.compile(r'response="([0-9a-f]+)"')
POSITION = re.compile(r"((?:test|prerequest)-script):\d+:\d+")


class Normaliser:
    """Makes one run's record comparable; ``port`` is the server's, ``volatile`` the case's."""

    def __init__(self, port: int, volatile: Sequence[str] = ()) -> None:
        self._port = re.compile(rf"(?<!\d){port}(?!\d)")
        self._volatile = [re.compile(pattern) for pattern in volatile]

    def text(self, text: str) -> str:
        """Any text: a target, a message, a value."""
        text = self._port.sub("PORT", text)
        for pattern in self._volatile:
            text = pattern.sub("<volatile>", text)
        return text

    def deep(self, value: Any) -> Any:
        """A JSON value: every text inside it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self.deep(part) for part in value]
        if isinstance(value, dict):
            return {self.text(key): self.deep(part) for key, part in value.items()}
        return value

    def header(self, name: str, value: str) -> tuple[str, str]:
        """One header of a request; names have no case."""
        key = name.lower()
        if key == "user-agent" and RUNNER.match(value):
            value = "<runner>"
        elif key == "postman-token" and UUID.match(value):
            value = "<uuid>"
        elif key == "authorization" and value.startswith("Digest ") and (found := DIGEST_CNONCE.search(value)):
            value = value.replace(found[0], 'cnonce="<8 characters>"')
            value = DIGEST_RESPONSE.sub(lambda it: f'response="<{len(it[1])} hex digits>"', value)
        return key, self.text(value)

    def request(self, received: Received) -> dict[str, Any]:
        """One request: method, target, host, headers as a sorted list (a multiset), body."""
        body = received.body.decode("utf-8", "backslashreplace")
        headers = list(received.headers)
        kind = received.header("content-type") or ""
        boundary = kind.partition("boundary=")[2].strip('"')
        if boundary and BOUNDARY.match(boundary):
            body = body.replace(boundary, "<boundary>")
            headers = [(name, value.replace(boundary, "<boundary>")) for name, value in headers]
        return {
            "method": received.method,
            "target": self.text(received.target),
            "host": received.host,
            "connection": [received.tls, received.client, self.text(received.tunnel or "")],
            "headers": sorted(f"{key}: {value}" for key, value in (self.header(*pair) for pair in headers)),
            "body": self.text(body),
        }

    def message(self, text: str) -> str:
        """The message of an error, or where it was."""
        return self.text(POSITION.sub(r"\1", text))
