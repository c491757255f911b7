"""Input files from where they are: a path, an http(s) URL, or the UID of a thing in Postman's cloud.

The rules are those of newman, lib/util.js (fetchJson, fetch). This layer sends nothing itself: it is
given a function that does (``runner.transport.fetch.fetcher``).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

from runner import __version__
from runner.errors import FetchError
from runner.model.collection import Json
from runner.model.records import dataclass
from runner.parse.text import decode, parse_json, read_bytes

Kind: TypeAlias = Literal["collection", "environment", "globals", "data"]

POSTMAN_API = "https://api.postman.com"
#: Environment variable with another address of Postman's API.
POSTMAN_API_VARIABLE = "HTRUN_POSTMAN_API"

#: Where a folder of a collection v3 says what it is.
DEFINITIONS = (".resources/definition.yaml", ".resources/definition.yml")

_POSTMAN_HOSTS = frozenset({"api.postman.com", "api.getpostman.com"})
_API_PATHS: Mapping[str, str] = {"collection": "collections", "environment": "environments"}
_UID = re.compile(r"[0-9A-Z]+-[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}", re.IGNORECASE)
_URL = re.compile(r"https?://", re.IGNORECASE)
_OK = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status code and the decoded body."""

    status: int
    body: bytes


Get: TypeAlias = Callable[[str, Mapping[str, str]], Reply]
"""Gets a URL with these headers, following redirects. Raises OSError if there is no answer."""


def is_url(location: str) -> bool:
    """Whether an input is to be fetched from a URL."""
    return _URL.match(location) is not None


def is_folder(location: str) -> bool:
    """Whether an input is a collection v3: a folder of YAML files, or the definition file in it."""
    return os.path.isdir(location) or location.replace(os.sep, "/").endswith(DEFINITIONS)


def is_remote(kind: Kind, location: str, api_key: str | None = None) -> bool:
    """Whether reading this input needs the network; a file that has the name of a UID does not."""
    return is_url(location) or (_is_uid(kind, location) and bool(api_key))


def read_resource(
    kind: Kind,
    location: str,
    *,
    get: Get | None = None,
    api_key: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Json:
    """The JSON of a collection, environment or globals; the same in YAML, if the file's name says so (v3).

    Args:
        location: a path, a URL, or (for collections and environments) a UID.
        get: sends a GET; needed for anything but a path.
        api_key: Postman's API key (``--postman-api-key``).

    Raises:
        InputError: it cannot be read, or is not JSON (or YAML).
        FetchError: it cannot be fetched.
    """
    text = decode(read_location(kind, location, get=get, api_key=api_key, environ=environ))
    if location.lower().endswith((".yaml", ".yml")):
        from runner.parse.nodes import read_yaml

        return read_yaml(text, location, "the file").plain()
    return parse_json(text, location)


def read_location(
    kind: Kind,
    location: str,
    *,
    get: Get | None = None,
    api_key: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> bytes:
    """The bytes of any input. See `read_resource`."""
    base = (environ.get(POSTMAN_API_VARIABLE) or POSTMAN_API).rstrip("/")
    url, headers = location, {"User-Agent": f"htrun/{__version__}", "Accept": "application/json, */*"}
    if _is_uid(kind, location):
        if not api_key:
            raise FetchError(
                f"no such file; to get the {kind} with this UID from Postman, give --postman-api-key", path=location
            )
        url = f"{base}/{_API_PATHS[kind]}/{location}"
        headers["X-Api-Key"] = api_key
    elif not is_url(location):
        return read_bytes(location)
    elif urlsplit(location).netloc.lower() in {*_POSTMAN_HOSTS, urlsplit(base).netloc.lower()}:
        url, key = _without_key(location)
        if key or api_key:
            headers["X-Api-Key"] = key or api_key or ""
    if get is None:
        raise FetchError("is not a file, and there is nothing here to fetch it with", path=location)
    try:
        reply = get(url, headers)
    except OSError as error:
        raise FetchError(f"cannot be fetched: {error}", path=_without_key(location)[0]) from None
    if reply.status != _OK:
        said = _error_message(reply.body)
        raise FetchError(
            f"cannot be fetched: the server answered {reply.status}" + (f": {said}" if said else ""),
            path=_without_key(location)[0],
        )
    return reply.body


def _is_uid(kind: Kind, location: str) -> bool:
    return kind in _API_PATHS and _UID.fullmatch(location) is not None and not Path(location).exists()


def shown_location(location: str) -> str:
    """An input as it may be shown: a URL without its key and without a password."""
    if not is_url(location):
        return location
    parts = urlsplit(_without_key(location)[0])
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _without_key(url: str) -> tuple[str, str | None]:
    """The URL without ``apikey=...`` (Postman's share links have it), and that key."""
    parts = urlsplit(url)
    if "apikey" not in parts.query:
        return url, None
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    key = next((value for name, value in pairs if name == "apikey"), None)
    rest = [(name, value) for name, value in pairs if name != "apikey"]
    return parts._replace(query=urlencode(rest)).geturl(), key or None


def _error_message(body: bytes) -> str | None:
    """Postman's API says what is wrong as ``{"error": {"name": ..., "message": ...}}``."""
    try:
        data = json.loads(decode(body))
    except ValueError:
        return None
    error = data.get("error") if isinstance(data, Mapping) else None
    message = error.get("message") if isinstance(error, Mapping) else error
    return " ".join(message.split()) if isinstance(message, str) and message.strip() else None
