"""What a mock was asked: the last requests in memory, and all of them in a file if there is one."""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from datetime import datetime, timezone
from pathlib import Path
from typing import TextIO

from runner.errors import InputError
from runner.mock.answer import MockResponse
from runner.mock.match import MockRequest
from runner.model.collection import Json

_MOST = 10_000  #: requests that are kept in memory
_MAX_BODY = 256 * 1024  #: bytes of a request body that are kept
_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


class RequestLog:
    """Thread-safe. Each request is one line of JSON.

    Args:
        path: a file that lines are appended to.
        show_secrets: keep the values of headers that sign requests.

    Raises:
        InputError: the file cannot be written.
    """

    def __init__(self, path: str | None = None, *, show_secrets: bool = False) -> None:
        self._rows: deque[str] = deque(maxlen=_MOST)
        self._lock = threading.Lock()
        self._count = 0
        self._show_secrets = show_secrets
        self._file: TextIO | None = None
        if path:
            try:
                self._file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115 - it is open as long as the server
            except OSError as error:
                raise InputError(f"cannot be written: {error.strerror or error}", path=path) from None

    def add(self, request: MockRequest, response: MockResponse, milliseconds: float) -> None:
        """Notes a request and what it was answered."""
        row: dict[str, Json] = {
            "id": 0,
            "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "method": request.method,
            "path": request.path,
            "query": [list(pair) for pair in request.query],
            "headers": [[name, self._value(name, value)] for name, value in request.headers],
            **_body(request.body),
            "code": response.code,
            "example": response.found.stub.row() if response.found else None,
            "duration_ms": round(milliseconds, 3),
        }
        with self._lock:
            self._count += 1
            row["id"] = self._count
            line = json.dumps(row, ensure_ascii=False)
            self._rows.append(line)
            if self._file is not None:
                self._file.write(line + "\n")
                self._file.flush()

    def text(self) -> str:
        """All that is in memory, a line for each request."""
        with self._lock:
            return "".join(line + "\n" for line in self._rows)

    def clear(self) -> None:
        """Forgets what is in memory; the file stays."""
        with self._lock:
            self._rows.clear()

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _value(self, name: str, value: str) -> str:
        if self._show_secrets or name.lower() not in _SECRET:
            return value
        scheme, space, rest = value.partition(" ")
        return f"{scheme} ***" if space and rest and name.lower().endswith("authorization") else "***"


def _body(content: bytes) -> dict[str, Json]:
    if not content:
        return {"body": None}
    kept = content[:_MAX_BODY]
    cut = {"body_size": len(content)} if len(content) > len(kept) else {}
    try:
        return {"body": kept.decode("utf-8"), **cut}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(kept).decode("ascii"), "body_encoding": "base64", **cut}
