"""OpenAPI 3.0 and 3.1 descriptions (https://spec.openapis.org/oas/) as collections.

Every operation becomes a request, in a folder of its first tag, with its answers as saved examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

from runner.errors import InputError
from runner.importing import build
from runner.importing.build import Imported, Members
from runner.importing.openapi_auth import Signing, signing
from runner.importing.openapi_content import request_body, responses
from runner.importing.openapi_document import Document, text
from runner.importing.openapi_files import bundled
from runner.importing.openapi_params import parameters, url_of
from runner.model.collection import Json

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
_VERSION = re.compile(r"3\.[0-2](\.|$)")


def import_openapi(data: Mapping[str, Json], path: str | None = None) -> Imported:
    """A description as a collection. The first server is the variable ``baseUrl``.

    Raises:
        InputError: another version, no operation, or a reference that leads nowhere, a file that cannot be read.
    """
    version = str(data.get("openapi") or "")
    if not _VERSION.match(version):
        raise InputError(f"is OpenAPI {version}; OpenAPI 3.0 to 3.2 can be imported", path=path)
    data = bundled(data, path)
    document = Document(data, path)
    info = document.mapping(data.get("info"))
    variables = {"baseUrl": _server(document, path)}
    signed = signing(data["security"], document) if "security" in data else Signing()
    folders: dict[str, list[Members]] = {name: [] for name in _tags(document)}
    loose: list[Members] = []
    for tag, item, names in _items(document, signed):
        variables |= dict.fromkeys(names, "")
        (folders.setdefault(tag, []) if tag else loose).append(item)
    if not loose and not any(folders.values()):
        raise InputError("describes no operation", path=path)
    variables |= dict.fromkeys(signed.variables, "")
    items = [build.folder(name, rows, _tags(document).get(name, "")) for name, rows in folders.items() if rows]
    for word in ("webhooks", "x-webhooks"):
        if data.get(word):
            document.notes.add(f"{word} are requests that the API sends; they were left out")
    made = build.collection(
        text(info.get("title")) or "API",
        [*items, *loose],
        description=text(info.get("description")),
        variables=variables,
        auth=signed.auth if signed.variables else None,
    )
    return Imported(f"OpenAPI {version}", made, tuple(document.notes.seen))


def _tags(document: Document) -> dict[str, str]:
    """The tags that the description lists, with their descriptions."""
    rows = (document.mapping(row) for row in document.items(document.root.get("tags")))
    return {text(row.get("name")): text(row.get("description")) for row in rows if text(row.get("name"))}


def _server(document: Document, path: str | None) -> str:
    """The URL of the first server with the defaults of its variables, without a slash at its end."""
    servers = [document.mapping(row) for row in document.items(document.root.get("servers"))]
    if not servers or not text(servers[0].get("url")):
        document.notes.add("there is no server in it; give the variable baseUrl")
        return ""
    url = text(servers[0].get("url"))
    for name, row in document.mapping(servers[0].get("variables")).items():
        url = url.replace(f"{{{name}}}", str(document.mapping(row).get("default", "")))
    if len(servers) > 1:
        others = ", ".join(text(server.get("url")) for server in servers[1:])
        document.notes.add(f"the variable baseUrl is the first server; others: {others}")
    if "://" not in url and path and "://" in path:
        url = urljoin(path, url)
    elif "://" not in url:
        document.notes.add(f"the server {url} is relative; give the variable baseUrl its host")
    return url.rstrip("/")


def _items(document: Document, common: Signing) -> Iterator[tuple[str, Members, tuple[str, ...]]]:
    """Each operation with its tag and the variables that it needs."""
    for path, value in document.mapping(document.root.get("paths")).items():
        place = document.mapping(value)
        for method in _METHODS:
            if isinstance(place.get(method), Mapping):
                operation = document.mapping(place[method])
                tags = document.items(operation.get("tags"))
                own = signing(operation["security"], document) if "security" in operation else None
                item = _item(method, str(path), place, operation, own or common, own is not None, document)
                yield str(tags[0]) if tags else "", item, own.variables if own else ()


def _item(
    method: str,
    path: str,
    place: Mapping[str, Json],
    operation: Mapping[str, Json],
    signed: Signing,
    is_own: bool,
    document: Document,
) -> Members:
    where = f"{method.upper()} {path}"
    params = parameters(place.get("parameters"), operation.get("parameters"), document)
    body, kind = request_body(operation.get("requestBody"), document, where)
    headers = list(params.headers)
    if kind:
        headers.insert(0, build.row("Content-Type", kind))
    cookies = [*params.cookies, *([signed.cookie] if signed.cookie else [])]
    if cookies:
        headers.append(build.row("Cookie", "; ".join(cookies)))
    if operation.get("servers") or place.get("servers"):
        document.notes.add(f"{where} has servers of its own, which were left out")
    if operation.get("callbacks"):
        document.notes.add(f"{where}: callbacks are requests that the API sends; they were left out")
    if operation.get("deprecated") is True:
        document.notes.add(f"{where} is deprecated")
    sent = build.request(
        method,
        url_of(path, params),
        headers=headers,
        body=body,
        auth=signed.auth if is_own else None,
        description=text(operation.get("description")) or text(place.get("description")),
    )
    name = text(operation.get("summary")) or text(operation.get("operationId")) or where
    behavior = {"disableBodyPruning": True} if body and method in ("get", "head") else None
    return build.item(
        name, sent, responses=list(responses(operation.get("responses"), sent, document)), behavior=behavior
    )
