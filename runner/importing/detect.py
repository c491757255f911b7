"""Recognises what a text is, by its content, and imports it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from runner.errors import InputError
from runner.importing.build import Imported
from runner.model.collection import Json
from runner.parse.text import parse_json

FORMATS = ".http files, cURL commands, HAR and OpenAPI 3"
_CURL = re.compile(r"(?:^|[;&|]|\n)[ \t]*(?:[$>%] )?(?:[\w./-]*/)?curl(?:\.exe)?[ \t]")
_YAML = re.compile(r"^[\"']?(openapi|swagger|asyncapi|arazzo)[\"']?[ \t]*:", re.MULTILINE)


def import_text(text: str, path: str | None = None) -> Imported:
    """A text in one of the formats as a collection.

    Args:
        path: the file or URL that it is from, for messages and for files that it names.

    Raises:
        InputError: it is in another format, or something in it is wrong.
    """
    start = text.lstrip()
    if not start:
        raise InputError("is empty", path=path)
    if start.startswith(("{", "[")) and not start.startswith("{{"):
        return _from_data(parse_json(text, path), path)
    if _YAML.search(text):
        from runner.parse.nodes import read_yaml

        return _from_data(read_yaml(text, path or "the text", "the description").plain(), path)
    first = next((line.strip() for line in start.splitlines() if line.strip()[:1] not in ("#", "")), "")
    if _CURL.match(first) or (_CURL.search(text) and re.match(r"(export\s+)?\w+=|set |#!", start)):
        from runner.importing.curl import import_curl

        return import_curl(text, path)
    from runner.importing.http_file import import_http

    if (path or "").lower().endswith((".http", ".rest")) or _begins_like_http(text):
        return import_http(text, path)
    raise _unknown(path)


def _begins_like_http(text: str) -> bool:
    """Whether nothing but comments and variables stands before the first request."""
    from runner.importing.http_lines import sections

    for section in sections(text):
        if section.unknown:
            return False
        if section.line:
            return True
    return False


def _from_data(data: Json, path: str | None) -> Imported:
    if not isinstance(data, Mapping):
        raise _unknown(path)
    if isinstance(data.get("log"), Mapping) and "entries" in data["log"]:
        from runner.importing.har import import_har

        return import_har(data, path)
    if "openapi" in data:
        from runner.importing.openapi import import_openapi

        return import_openapi(data, path)
    if "swagger" in data:
        raise InputError(
            f"is Swagger {data['swagger']}, which cannot be imported; convert it to OpenAPI 3 first", path=path
        )
    if "item" in data or "requests" in data or isinstance(data.get("collection"), Mapping):
        raise InputError("is a Postman collection already; run it with `htrun run`", path=path)
    names = {"asyncapi": "AsyncAPI", "arazzo": "Arazzo"}
    if name := next((title for key, title in names.items() if key in data), ""):
        raise InputError(f"is {name}, which cannot be imported; what can: {FORMATS}", path=path)
    if data.get("_type") == "export" or str(data.get("type", "")).startswith("collection.insomnia"):
        raise InputError(f"is an Insomnia export, which cannot be imported; what can: {FORMATS}", path=path)
    raise _unknown(path)


def _unknown(path: str | None) -> InputError:
    return InputError(f"is in no format that can be imported; what can: {FORMATS}", path=path)
