"""Request bodies: from the five body modes of a collection to bytes.

The rules are those of postman-runtime (lib/requester/core-body-builder.js, lib/runner/request-helpers-presend.js).
One difference is on purpose: every file of a form is sent, also those after a field with several files, which
Newman sends empty.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from runner.model.collection import Body, FormParam, GraphQLBody, Json, RequestSpec
from runner.model.records import dataclass
from runner.transport import json_text
from runner.transport.files import FileReader, FileReadError
from runner.transport.media_types import media_type
from runner.transport.multipart import Part, boundary_of, encode_parts, new_boundary

#: Requests with these methods lose their body unless ``disableBodyPruning`` is set.
METHODS_WITHOUT_BODY = frozenset({"GET", "COPY", "HEAD", "PURGE", "UNLOCK"})

#: What a warning about a file that cannot be sent says.
FILE_ERROR = "file load error"
URLENCODED = "application/x-www-form-urlencoded"
_LANGUAGES = {
    "html": "text/html",
    "text": "text/plain",
    "json": "application/json",
    "javascript": "application/javascript",
    "xml": "application/xml",
}
_JSON_TYPE = re.compile(r"application/(\S+\+)?json")


@dataclass(frozen=True, slots=True)
class EncodedBody:
    """A body ready for the wire. ``content_type`` is what it wants to be sent as; None leaves the header alone."""

    data: bytes | None = None
    content_type: str | None = None
    warnings: tuple[str, ...] = ()


def encode_body(spec: RequestSpec, files: FileReader, *, behavior: Mapping[str, Json] | None = None) -> EncodedBody:
    """The body of a resolved request. Files that cannot be read become warnings, in Newman's words."""
    body = spec.body
    if body is None or not body.enabled or not body.mode:
        return EncodedBody()
    mode = body.mode if body.mode in _MODES else "raw"
    pruned = (spec.method or "GET").upper() in METHODS_WITHOUT_BODY and not (behavior or {}).get("disableBodyPruning")
    encoded = _MODES[mode](body, spec, files)
    return EncodedBody(warnings=encoded.warnings) if pruned else encoded


def content_type_of(spec: RequestSpec) -> str | None:
    """The value of the last enabled Content-Type header."""
    return next((h.value for h in reversed(spec.headers) if h.enabled and h.key.lower() == "content-type"), None)


def _raw(body: Body, spec: RequestSpec, files: FileReader) -> EncodedBody:
    text = body.raw
    if not text:
        return EncodedBody()
    language = _language(body)
    content_type = _LANGUAGES.get(language or "text", "text/plain")
    if language == "json" or (not language and _JSON_TYPE.match(content_type_of(spec) or "")):
        text = json_text.strip_comments(text)
        if not text:  # nothing but comments: the type is sent all the same
            return EncodedBody(None, content_type)
    return EncodedBody(_utf8(text), content_type)


def _language(body: Body) -> str | None:
    raw = body.options.get("raw")
    language = raw.get("language") if isinstance(raw, Mapping) else None
    return language if isinstance(language, str) else None


def _urlencoded(body: Body, spec: RequestSpec, files: FileReader) -> EncodedBody:
    fields: dict[str, list[str]] = {}
    for param in body.urlencoded:
        if param.enabled:
            values = param.value if isinstance(param.value, list) else [param.value]
            row = fields.setdefault("undefined" if param.lacks("key") else json_text.string(param.key), [])
            row.extend(_form_value(value) for value in values)
    if not fields:
        return EncodedBody()
    pairs = (
        f"{_component(key)}={_component(value)}" for key in json_text.object_order(fields) for value in fields[key]
    )
    return EncodedBody("&".join(pairs).encode("ascii"), URLENCODED)


def _form_value(value: Json) -> str:
    """A value as Node's ``querystring`` takes it: what is no string, number or boolean is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return json_text.number_text(value) if value - value == 0 else ""
    return ""


def _component(text: str) -> str:
    return quote(_utf8(text), safe="-._~")


def _formdata(body: Body, spec: RequestSpec, files: FileReader) -> EncodedBody:
    warnings: list[str] = []
    parts: list[Part] = []
    for param in body.formdata:
        if param.enabled:
            parts += _parts_of(param, files, warnings.append)
    if not parts:
        return EncodedBody(warnings=tuple(warnings))
    wanted = content_type_of(spec)
    boundary = (wanted and boundary_of(wanted)) or new_boundary()
    content_type = f"multipart/form-data; boundary={boundary}"
    return EncodedBody(encode_parts(parts, boundary), content_type, tuple(warnings))


def _parts_of(param: FormParam, files: FileReader, warn: Callable[[str], None]) -> list[Part]:
    file_name = param.file_name if isinstance(param.file_name, str) else None
    content_type = param.content_type if isinstance(param.content_type, str) else None
    if param.type != "file":
        value = "" if param.value in (None, 0) else param.value
        content = value if isinstance(value, str) else json_text.dumps(value)
        return [Part(param.key, _utf8(content), file_name, content_type)]
    if not param.src:
        if isinstance(param.value, str) and param.value:
            return [Part(param.key, _base64(param.value), file_name, content_type, is_file=True)]
        warn(f"Form param `{param.key}`, {FILE_ERROR}: missing file source")
        return [Part(param.key, b"", file_name or "", content_type)]
    parts = []
    for src in (param.src,) if isinstance(param.src, str) else param.src:
        try:
            content_bytes = files.read(src)
        except FileReadError as error:
            warn(f"Form param `{param.key}`, {FILE_ERROR}: {error}")
        else:
            parts.append(Part(param.key, content_bytes, file_name, content_type, str(src), is_file=True))
    return parts


def _file(body: Body, spec: RequestSpec, files: FileReader) -> EncodedBody:
    file = body.file
    if file is None or not (file.src or file.content):
        return EncodedBody()
    if not file.src:
        return EncodedBody(_base64(file.content or ""))
    try:
        return EncodedBody(files.read(file.src), media_type(file.src) or "application/octet-stream")
    except FileReadError as error:
        return EncodedBody(warnings=(f"Binary {FILE_ERROR}: {error}",))


def _graphql(body: Body, spec: RequestSpec, files: FileReader) -> EncodedBody:
    graphql = body.graphql or GraphQLBody()
    parts = graphql.members()
    if isinstance(graphql.variables, str):
        # The text of the variables goes in as it is: it may be no valid JSON, and that is the author's business.
        texts = {key: value for key, value in parts.items() if isinstance(value, str)}
        pieces = [f'"{key}":{json_text.dumps(value)}' for key, value in texts.items() if key != "variables"]
        if graphql.variables:
            pieces.append(f'"variables":{graphql.variables}')
        text = "{" + ",".join(pieces) + "}"
    else:
        text = json_text.dumps(parts)
    return EncodedBody(_utf8(text), "application/json")


def _base64(text: str) -> bytes:
    """Decodes as Node's Buffer does: the URL alphabet too, up to the padding, skipping what does not belong."""
    clean = re.sub(r"[^A-Za-z0-9+/]", "", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    try:
        return base64.b64decode(clean + "=" * (-len(clean) % 4))
    except binascii.Error:  # pragma: no cover - the text was cleaned above
        return b""


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # halves of surrogate pairs
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


_MODES: dict[str | None, Callable[[Body, RequestSpec, FileReader], EncodedBody]] = {
    "raw": _raw,
    "urlencoded": _urlencoded,
    "formdata": _formdata,
    "file": _file,
    "graphql": _graphql,
}
