"""A request as a ``curl`` command that a shell takes as it is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

from runner.model.collection import Body, FormParam, Header
from runner.model.exchange import Request
from runner.reporters.masking import MASK

#: What curl works out by itself.
_OWN_HEADERS = frozenset({"host", "content-length", "connection", "accept-encoding", "postman-token"})
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
#: Bytes of a body that are put into a command; shells take no longer words than 128 kB.
_LONGEST = 64 * 1024
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN = re.compile(r"[ -~\u00a0-\u2027\u202f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def curl_command(
    request: Request,
    mask: Callable[[str], str] = lambda text: text,
    mask_named: Callable[[str, str], str] = lambda name, value: value,
    *,
    hide_credentials: bool = True,
    insecure: bool = False,
) -> str:
    """The command, on several lines.

    Args:
        mask: hides secrets in a text: URL, body.
        mask_named: hides a secret beside its name.
        hide_credentials: also hide the values of Authorization and Cookie whatever they are.
        insecure: the request did not verify the server's certificate.
    """
    url = mask(request.url)
    literally = "--globoff " if any(char in url for char in "{}[]") else ""
    parts = [f"curl {_method(request)}{literally}{_word(url)}"]
    multipart = _is_multipart(request)
    for header in request.headers:
        name = header.key.lower()
        if name in _OWN_HEADERS or (multipart and name == "content-type"):
            continue
        hidden = hide_credentials and name in _SECRET_HEADERS and header.value
        value = MASK if hidden else mask_named(header.key, header.value)
        parts.append(f"-H {_word(f'{header.key}: {value}' if value else f'{header.key};')}")
    if _compressed(request.headers):
        parts.append("--compressed")
    if insecure:
        parts.append("--insecure")
    parts += _body(request, mask, mask_named) if request.body else ()
    return " \\\n  ".join(parts)


def _method(request: Request) -> str:
    usual = "POST" if request.body else "GET"
    if request.method == "HEAD" and not request.body:
        return "--head "
    return "" if request.method == usual else f"-X {shlex.quote(request.method)} "


def _body(request: Request, mask: Callable[[str], str], mask_named: Callable[[str, str], str]) -> Iterator[str]:
    body, spec = request.body or b"", request.spec.body
    if spec is not None and _is_multipart(request):
        yield from (_field(row, mask_named) for row in spec.formdata if row.enabled)
        return
    if spec is not None and spec.mode == "file" and spec.file is not None and spec.file.src:
        yield f"--data-binary {_word('@' + spec.file.src)}"
        return
    text = body[:_LONGEST].decode("utf-8", "replace")
    if len(body) > _LONGEST or "\ufffd" in text:
        yield f"--data-binary @body  # the file body has to hold the {len(body)} bytes that were sent"
    else:
        yield f"--data-raw {_word(mask(text))}"


def _field(row: FormParam, mask_named: Callable[[str, str], str]) -> str:
    if row.type == "file" and row.src is not None:
        sources = row.src if isinstance(row.src, tuple) else (row.src,)
        kind = f";type={row.content_type}" if row.content_type else ""
        return " ".join(f"-F {_word(f'{row.key}=@{source}{kind}')}" for source in sources)
    return f"--form-string {_word(f'{row.key}={mask_named(row.key, str(row.value))}')}"


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
