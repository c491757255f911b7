"""HAR 1.2: what a browser or proxy has recorded (http://www.softwareishard.com/blog/har-12-spec/).

Each entry becomes a request with its answer as a saved example, in folders by page if there are several pages.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence

from runner.errors import InputError
from runner.importing import build
from runner.importing.build import Imported, Members, Notes
from runner.model.collection import Json

#: Headers that belong to a connection or a message, and are made anew.
_MADE_ANEW = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "proxy-connection", "te"}
)
_OF_THE_TRANSFER = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive"})


def import_har(data: Mapping[str, Json], path: str | None = None) -> Imported:
    """A recording as a collection.

    Raises:
        InputError: it holds no request over HTTP.
    """
    log = _mapping(data.get("log"))
    notes = Notes()
    entries = [entry for entry in _list(log.get("entries")) if isinstance(entry, Mapping)]
    titles = {
        str(page["id"]): str(page.get("title") or page["id"])
        for page in _list(log.get("pages"))
        if isinstance(page, Mapping) and "id" in page
    }
    pages: dict[str, list[Members]] = {}
    for entry in entries:
        made = _item(entry, notes)
        if made is not None:
            pages.setdefault(str(entry.get("pageref") or ""), []).append(made)
    if not pages:
        raise InputError("holds no request over HTTP", path=path)
    if len(pages) == 1:
        (items,) = pages.values()
    else:
        items = [build.folder(titles.get(page) or page or "Other requests", rows) for page, rows in pages.items()]
    creator = str(_mapping(log.get("creator")).get("name") or "")
    made = build.collection(f"Recorded with {creator}" if creator else "Recorded requests", items)
    return Imported(f"HAR {log.get('version') or '1.2'}", made, tuple(notes.seen))


def _item(entry: Mapping[str, Json], notes: Notes) -> Members | None:
    sent = _mapping(entry.get("request"))
    method, url = str(sent.get("method") or "GET"), str(sent.get("url") or "")
    if not url.lower().startswith(("http://", "https://")):
        notes.add(f"a request to {url.partition(':')[0] or 'no URL'}: was left out: it is not HTTP")
        return None
    headers = [
        build.row(name, value)
        for name, value in _pairs(sent.get("headers"))
        if name.lower() not in _MADE_ANEW and not name.startswith(":")
    ]
    body = _body(_mapping(sent.get("postData")), notes)
    request = build.request(method, url, headers=headers, body=body, description=str(entry.get("comment") or ""))
    behavior = {"disableBodyPruning": True} if body and method.upper() in ("GET", "HEAD") else None
    example = _example(_mapping(entry.get("response")), request)
    return build.item(build.path_name(method, url), request, responses=[example] if example else (), behavior=behavior)


def _body(data: Mapping[str, Json], notes: Notes) -> Members | None:
    kind, text = str(data.get("mimeType") or ""), data.get("text")
    rows = [row for row in _list(data.get("params")) if isinstance(row, Mapping)]
    if kind.lower().startswith(build.FORM):
        if isinstance(text, str) and text:
            return build.form_body(text)
        return {"mode": "urlencoded", "urlencoded": [_field(row) for row in rows]}
    if kind.lower().startswith(build.MULTIPART) and rows:
        return {"mode": "formdata", "formdata": [_part(row) for row in rows]}
    if kind.lower().startswith(build.MULTIPART) and text:
        notes.add("a multipart body was recorded as text; it is sent as it was recorded")
    return build.raw_body(text, kind) if isinstance(text, str) and text else None


def _field(row: Mapping[str, Json]) -> Members:
    return build.row(str(row.get("name") or ""), str(row.get("value") or ""))


def _part(row: Mapping[str, Json]) -> Members:
    name = str(row.get("name") or "")
    if row.get("fileName"):
        made: Members = {"key": name, "type": "file", "src": str(row["fileName"])}
    else:
        made = {"key": name, "value": str(row.get("value") or ""), "type": "text"}
    return {**made, "contentType": str(row["contentType"])} if row.get("contentType") else made


def _example(answer: Mapping[str, Json], request: Members) -> Members | None:
    code = answer.get("status")
    if not isinstance(code, int) or code <= 0:  # it was given up before there was an answer
        return None
    content = _mapping(answer.get("content"))
    text, kind = content.get("text"), str(content.get("mimeType") or "")
    body = text if isinstance(text, str) else ""
    if content.get("encoding") == "base64":
        try:
            body = base64.b64decode(body).decode("utf-8")
        except ValueError:  # an image or the like: an example holds text
            body = ""
    headers = [
        build.row(name, value)
        for name, value in _pairs(answer.get("headers"))
        if name.lower() not in _OF_THE_TRANSFER and not name.startswith(":")
    ]
    name = f"{code} {build.reason(code)}".strip()
    return build.response(name, code, headers, body, of=request, language=build.language(kind))


def _pairs(value: Json) -> Iterator[tuple[str, str]]:
    for row in _list(value):
        if isinstance(row, Mapping) and row.get("name"):
            yield str(row["name"]), str(row.get("value") or "")


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else []
