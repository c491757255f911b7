"""Postman's URL match patterns, as in lists of client certificates: ``https://*.example.com:*/*``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from runner.transport.urls import DEFAULT_PORTS, WireUrl

_SCHEMES = ("http", "https", "file", "ftp")
_PATTERN = re.compile(
    r"(?P<schemes>(?:https?|file|ftp|\*)(?:\+(?:https?|file|ftp))*)://"
    r"(?P<host>\*|\*\.[^*/:]+|[^*/:]+)(?::(?P<port>\*|[0-9]+))?(?P<path>/.*)\Z"
)


def matches_any(patterns: Iterable[str], url: WireUrl) -> bool:
    """Whether one of ``patterns`` is meant for ``url``; what is no pattern matches nothing."""
    return any(_matches(pattern, url) for pattern in patterns)


def _matches(pattern: str, url: WireUrl) -> bool:
    if pattern == "<all_urls>":
        return True
    parts = _compile(pattern)
    if parts is None:
        return False
    schemes, host, port, path = parts
    default = str(DEFAULT_PORTS.get(url.scheme, ""))
    return (
        url.scheme in _SCHEMES
        and ("*" in schemes or url.scheme in schemes)
        and _host_matches(host, url.host)
        and (port == "*" or (port or default) == (url.port or default))
        and path.match(url.path) is not None
    )


def _host_matches(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host == pattern[2:] or host.endswith(pattern[1:])
    return pattern in ("*", host)


@lru_cache(maxsize=256)
def _compile(pattern: str) -> tuple[frozenset[str], str, str | None, re.Pattern[str]] | None:
    match = _PATTERN.match(pattern)
    if match is None:
        return None
    path = re.escape(match["path"]).replace(r"\*", ".*").replace(r"\?", ".")
    return frozenset(match["schemes"].split("+")), match["host"].lower(), match["port"], re.compile(path + r"\Z")
