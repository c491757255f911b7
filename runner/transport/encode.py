"""From a resolved request to the one that goes over the wire: headers in order, body as bytes.

Which headers are added, in which order, and which of the author's win, is taken from postman-runtime
(lib/requester/core.js) and postman-request, as Newman uses them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping

from runner.model.collection import Header, Json, RequestSpec
from runner.model.exchange import Request
from runner.model.records import dataclass
from runner.parse.url import render_url
from runner.transport.bodies import URLENCODED, EncodedBody, encode_body
from runner.transport.files import FileReader
from runner.transport.json_text import object_order
from runner.transport.multipart import boundary_of
from runner.transport.urls import WireUrl, basic_authorization, split_url

# Servers and firewalls that know Newman see no other client.
USER_AGENT = "PostmanRuntime/7.39.1"
_NO_LENGTH = frozenset({"GET", "HEAD", "TRACE", "DELETE", "CONNECT", "OPTIONS"})


def encode_request(
    spec: RequestSpec, files: FileReader, behavior: Mapping[str, Json] | None = None
) -> tuple[Request, tuple[str, ...]]:
    """The request as it will be sent (without the cookies of the jar), and warnings about files.

    Args:
        spec: a request with every template resolved, signed.
        files: where uploads are read from.
        behavior: protocolProfileBehavior; used are disableUrlEncoding, disableBodyPruning, disabledSystemHeaders.
    """
    behavior = behavior or {}
    text = render_url(spec.url)
    url = split_url(text, bool(behavior.get("disableUrlEncoding")))
    body = encode_body(spec, files, behavior=behavior)
    off = behavior.get("disabledSystemHeaders")
    disabled = {name for name, value in off.items() if value} if isinstance(off, Mapping) else set()
    method = spec.method.upper() if spec.method else "GET"
    headers = HeaderTable.of(spec.headers)
    _add_headers(headers, spec, url, body, method, disabled)
    href = url.href if text else ""
    return Request(method, href, headers.lines(), body.data, spec), body.warnings


def _add_headers(
    headers: HeaderTable, spec: RequestSpec, url: WireUrl, body: EncodedBody, method: str, disabled: set[str]
) -> None:
    mode = spec.body.mode if spec.body else None
    is_form = mode in ("urlencoded", "formdata")
    if body.content_type and not is_form and mode != "file":
        headers.default("Content-Type", body.content_type)
    for key, value in (
        ("User-Agent", USER_AGENT),
        ("Accept", "*/*"),
        ("Cache-Control", "no-cache"),
        ("Postman-Token", str(uuid.uuid4())),
        ("Host", url.authority),
        ("Accept-Encoding", "gzip, deflate, br"),
        ("Connection", "keep-alive"),
    ):
        if key.lower() not in disabled:
            headers.default(key, value)
    if is_form and body.content_type:
        _set_form_type(headers, body.content_type, override="content-type" not in disabled)
    if url.userinfo is not None and not headers.has("authorization"):
        headers.set("Authorization", basic_authorization(url.userinfo))
    if not headers.has("content-length"):
        if body.data is not None:
            headers.set("Content-Length", str(len(body.data)))
        elif method not in _NO_LENGTH:
            headers.set("Content-Length", "0")
    if mode == "file" and body.content_type:
        headers.default("Content-Type", body.content_type)
    for name in ("content-type", "content-length", "accept-encoding", "connection", "host"):
        if name in disabled:
            headers.drop_system(name)


def _set_form_type(headers: HeaderTable, content_type: str, override: bool) -> None:
    """The type of a form wins over an author's header that says something else (postman-request, request.js)."""
    given = headers.get("content-type")
    if given is not None:
        if content_type == URLENCODED:
            fits = re.match(r"application/x-www-form-urlencoded\b", given) is not None
        else:
            fits = boundary_of(given) is not None
        if fits or not override:
            return
    headers.set("Content-Type", content_type)


@dataclass(slots=True)
class _Entry:
    values: list[str]
    system: bool


class HeaderTable:
    """Headers under construction, behaving as the JavaScript object that Newman keeps them in: names that are
    equal to the letter are collected at the first one, look-ups ignore case."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    @classmethod
    def of(cls, headers: Iterable[Header]) -> HeaderTable:
        table = cls()
        entries = table._entries
        for header in headers:
            if not header.enabled or not header.key:
                continue
            entry = entries.get(header.key)
            if entry is None:
                entries[header.key] = _Entry([header.value], header.system)
            else:
                entry.values.append(header.value)
                entry.system = entry.system and header.system
        return table

    def _find(self, name: str) -> str | None:
        name = name.lower()
        return next((key for key in self._entries if key.lower() == name), None)

    def has(self, name: str) -> bool:
        return self._find(name) is not None

    def get(self, name: str) -> str | None:
        key = self._find(name)
        return None if key is None else ",".join(self._entries[key].values)

    def default(self, name: str, value: str) -> None:
        """Adds a system header unless there is one of that name."""
        if self._find(name) is None:
            self._entries[name] = _Entry([value], True)

    def set(self, name: str, value: str) -> None:
        """Replaces the value where the header stands, or adds a system header at the end."""
        key = self._find(name)
        if key is None:
            self._entries[name] = _Entry([value], True)
        else:
            self._entries[key].values = [value]

    def remove(self, name: str) -> None:
        while (key := self._find(name)) is not None:
            del self._entries[key]

    def drop_system(self, name: str) -> None:
        key = self._find(name)
        if key is not None and self._entries[key].system:
            del self._entries[key]

    def lines(self) -> tuple[Header, ...]:
        """The lines in wire order. As in Node, names that differ only in case are one header: the last one wins,
        at the place of the first; several Cookie lines become one."""
        names = object_order(self._entries) if any(key[0].isdigit() for key in self._entries) else list(self._entries)
        merged: dict[str, str] = {}
        for name in names:
            merged[name.lower()] = name
        lines: list[Header] = []
        for lower, name in merged.items():
            entry = self._entries[name]
            if lower == "cookie" and len(entry.values) > 1:
                lines.append(Header(name, "; ".join(entry.values), system=entry.system))
            else:
                lines += [Header(name, value, system=entry.system) for value in entry.values]
        return tuple(lines)
