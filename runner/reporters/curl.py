"""A request as a ``curl`` command that a shell takes as it is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from runner.model.collection import Body, FormParam, Header
from runner.model.exchange import Request
from runner.variables import to_text

#: What curl works out by itself.
_OWN_HEADERS = frozenset({"host", "content-length", "connection", "accept-encoding", "postman-token"})
#: Bytes of a body that are put into a command; shells take no longer words than 128 kB.
_LONGEST = 64 * 1024
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN = re.compile(r"[ -~\u00a0-\u2027\u202f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def curl_command(request: Request) -> str:
    """The command, on several lines of which all but the last end in a backslash. It shows what ``request`` holds:
    whoever must not see secrets is told of requests without them."""
    url = request.url
    literally = "--globoff " if any(char in url for char in "{}[]") else ""
    if "/./" in url or "/../" in url:
        literally += "--path-as-is "
    parts = [f"curl {_method(request)}{literally}{_word(url)}"]
    multipart = _is_multipart(request)
    for header in request.headers:
        name = header.key.lower()
        if name not in _OWN_HEADERS and not (multipart and name == "content-type"):
            parts.append(f"-H {_word(f'{header.key}: {header.value}' if header.value else f'{header.key};')}")
    if request.body and not multipart and not any(h.key.lower() == "content-type" for h in request.headers):
        parts.append("-H Content-Type:")  # or curl says that it is a form
    if _compressed(request.headers):
        parts.append("--compressed")
    parts += _body(request) if request.body else ()
    return " \\\n  ".join(parts)


def _method(request: Request) -> str:
    usual = "POST" if request.body else "GET"
    if request.method == "HEAD" and not request.body:
        return "--head "
    return "" if request.method == usual else f"-X {shlex.quote(request.method)} "


def _body(request: Request) -> Iterator[str]:
    body, spec = request.body or b"", request.spec.body
    if spec is not None and _is_multipart(request):
        yield from (_field(row) for row in spec.formdata if row.enabled)
        return
    if spec is not None and spec.mode == "file" and spec.file is not None and spec.file.src:
        yield f"--data-binary {_word('@' + spec.file.src)}"
        return
    text = body[:_LONGEST].decode("utf-8", "replace")
    if len(body) > _LONGEST or "\ufffd" in text:
        yield f"--data-binary @body  # the file body has to hold the {len(body)} bytes that were sent"
    else:
        yield f"--data-raw {_word(text)}"


def _field(row: FormParam) -> str:
    if row.type == "file" and row.src is not None:
        sources = row.src if isinstance(row.src, tuple) else (row.src,)
        kind = f";type={row.content_type}" if row.content_type else ""
        return " ".join(f"-F {_word(f'{row.key}=@{source}{kind}')}" for source in sources)
    return f"--form-string {_word(f'{row.key}={to_text(row.value)}')}"


def _is_multipart(request: Request) -> bool:
    body: Body | None = request.spec.body
    return body is not None and body.mode == "formdata" and bool(request.body)


def _compressed(headers: tuple[Header, ...]) -> bool:
    return any(header.key.lower() == "accept-encoding" and header.value for header in headers)


def _word(text: str) -> str:
    """One word of a shell, on one line; what a terminal must not see, and line feeds, are written with ``$'...'``."""
    if _PLAIN.fullmatch(text):
        return shlex.quote(text)
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return "\\" + char
    if _PLAIN.fullmatch(char):
        return char
    code = ord(char)
    return _NAMED.get(char) or (f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}")
