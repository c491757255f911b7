"""The cookies of a run: one jar for all requests, iterations and scripts.

The semantics are those of npm ``tough-cookie`` 4.1 (Postman's fork) as Newman sets it up: loose parsing, no refusal of
public suffixes when a cookie is set, ``localhost`` counts as secure. http.cookiejar of the standard library follows
other rules in all of these, and in the order of the Cookie header.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.model.exchange import Cookie
from runner.model.records import replace
from runner.transport.cookie_text import StoredCookie, from_json, parse_set_cookie, to_json
from runner.transport.urls import WireUrl, encode_host, split_url

_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z")
#: second levels under which countries register names: such a cookie domain is as good as public
_PUBLIC_SECOND_LEVELS = frozenset({"ac", "co", "com", "edu", "gov", "gob", "go", "mil", "ne", "net", "or", "org"})
_SPECIAL_DOMAINS = frozenset({"local", "example", "invalid", "localhost", "test"})


class CookieJar:
    """A cookie jar. Thread-safe."""

    def __init__(self, cookies: Iterable[StoredCookie] = ()) -> None:
        self._lock = threading.RLock()
        self._domains: dict[str, dict[str, dict[str, StoredCookie]]] = {}
        self._created = 0
        for cookie in cookies:
            self._put(self._numbered(cookie))

    def __len__(self) -> int:
        return sum(len(keys) for paths in self._domains.values() for keys in paths.values())

    # --- what a transport does ---

    def set_from_response(self, url: str | WireUrl, set_cookie: Iterable[str]) -> None:
        """Takes the values of Set-Cookie headers that ``url`` answered with; what is no valid cookie is ignored."""
        place = url if isinstance(url, WireUrl) else split_url(url)
        with self._lock:
            for header in set_cookie:
                cookie = parse_set_cookie(header)
                if cookie is not None:
                    self._store(cookie, place)

    def header_for(self, url: str | WireUrl) -> str | None:
        """The value of the Cookie header for a request to ``url``, or None."""
        if not self._domains:
            return None
        return "; ".join(cookie.text for cookie in self._matching(url)) or None

    def cookies_for(self, url: str | WireUrl) -> tuple[Cookie, ...]:
        """The cookies that a request to ``url`` would carry, in that order."""
        if not self._domains:
            return ()
        return tuple(_to_model(cookie) for cookie in self._matching(url))

    def copy(self) -> CookieJar:
        """An independent jar with the same cookies."""
        return CookieJar(self._sorted())

    def take_changes(self, before: CookieJar, after: CookieJar) -> None:
        """Makes here what was changed between two states of another jar."""
        old, new = before._by_place(), after._by_place()
        for place in old.keys() - new.keys():
            self._remove(*place)
        for place, cookie in new.items():
            if place not in old or _unused(old[place]) != _unused(cookie):
                mine = self._domains.get(place[0], {}).get(place[1], {}).get(place[2])
                self._put(replace(cookie, index=mine.index) if mine else self._numbered(cookie))

    def all(self) -> tuple[Cookie, ...]:
        """Every cookie, oldest first."""
        return tuple(_to_model(cookie) for cookie in self._sorted())

    # --- what scripts do ---

    def call(self, method: str, args: Sequence[Any]) -> Any:
        """A call on tough-cookie's store interface, with cookies as its JSON.

        Raises:
            ValueError: there is no such method.
        """
        handler = _STORE_METHODS.get(method)
        if handler is None:
            raise ValueError(f"CookieStore: invalid method name `{method}`")
        with self._lock:
            return handler(self, *args)

    def _find_cookie(self, domain: str, path: str, key: str, *_: Any) -> dict[str, Any] | None:
        found = self._domains.get(domain, {}).get(path, {}).get(key)
        return to_json(found) if found else None

    def _find_cookies(self, domain: str | None, path: str | None = None, *_: Any) -> list[dict[str, Any]]:
        return [to_json(cookie) for cookie in self._candidates(domain, path)] if domain else []

    def _put_json(self, cookie: Mapping[str, Any], *_: Any) -> None:
        self._put(self._numbered(from_json(cookie)))

    def _update_json(self, old: Mapping[str, Any], new: Mapping[str, Any], *_: Any) -> None:
        cookie = from_json(new)
        before = self._domains.get(cookie.domain or "", {}).get(cookie.path or "", {}).get(cookie.key)
        self._put(replace(cookie, index=before.index) if before else self._numbered(cookie))

    def _remove(self, domain: str, path: str, key: str, *_: Any) -> None:
        self._domains.get(domain, {}).get(path, {}).pop(key, None)

    def _remove_many(self, domain: str, path: str | None = None, *_: Any) -> None:
        if path:
            self._domains.get(domain, {}).pop(path, None)
        else:
            self._domains.pop(domain, None)

    def _remove_all(self, *_: Any) -> None:
        self._domains.clear()

    def _all_json(self, *_: Any) -> list[dict[str, Any]]:
        return [to_json(cookie) for cookie in self._sorted()]

    # --- files ---

    def to_json(self) -> dict[str, Any]:
        """The jar as ``--export-cookie-jar`` writes it: tough-cookie's serialisation."""
        return {
            "version": "tough-cookie@4.1.3",
            "storeType": "MemoryCookieStore",
            "rejectPublicSuffixes": False,
            "enableLooseMode": True,
            "allowSpecialUseDomain": True,
            "prefixSecurity": "silent",
            "cookies": self._all_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CookieJar:
        """A jar from tough-cookie's serialisation.

        Raises:
            ValueError: there is no list of cookies in it.
        """
        cookies = data.get("cookies") if isinstance(data, Mapping) else None
        if not isinstance(cookies, list):
            raise ValueError("the cookie jar has no list of cookies")
        return cls(from_json(cookie) for cookie in cookies if isinstance(cookie, Mapping))

    @classmethod
    def load(cls, path: str | Path) -> CookieJar:
        """Reads a jar file. Raises OSError or ValueError."""
        try:
            return cls.from_json(json.loads(Path(path).read_text("utf-8-sig")))
        except RecursionError:
            raise ValueError("the cookie jar is nested too deeply") from None

    # --- inside ---

    def _store(self, cookie: StoredCookie, url: WireUrl) -> None:
        host = url.host.lower()
        if cookie.domain:
            domain = canonical_domain(cookie.domain)
            if not domain_match(host, domain):
                return
            cookie = replace(cookie, host_only=False)
        else:
            cookie = replace(cookie, domain=host, host_only=True)
        if not cookie.path or not cookie.path.startswith("/"):
            cookie = replace(cookie, path=default_path(url.path), path_is_default=True)
        if cookie.key.startswith("__Secure-") and not cookie.secure:
            return
        if cookie.key.startswith("__Host-") and not (cookie.secure and cookie.host_only and cookie.path == "/"):
            return
        now = _now()
        before = self._domains.get(cookie.domain or "", {}).get(cookie.path or "", {}).get(cookie.key)
        if before:
            cookie = replace(cookie, creation=before.creation, index=before.index, last_accessed=now)
        else:
            cookie = self._numbered(replace(cookie, creation=now, last_accessed=now))
        self._put(cookie)

    def _numbered(self, cookie: StoredCookie) -> StoredCookie:
        self._created += 1
        created = cookie.creation if cookie.creation is not None else _now()
        return replace(cookie, index=self._created, creation=created)

    def _put(self, cookie: StoredCookie) -> None:
        with self._lock:
            paths = self._domains.setdefault(cookie.domain or "", {})
            paths.setdefault(cookie.path or "", {})[cookie.key] = cookie

    def _candidates(self, host: str, path: str | None) -> list[StoredCookie]:
        found: list[StoredCookie] = []
        for domain in domains_of(host):
            for cookie_path, cookies in self._domains.get(domain, {}).items():
                if not path or path_match(path, cookie_path):
                    found += cookies.values()
        return found

    def _matching(self, url: str | WireUrl) -> list[StoredCookie]:
        place = url if isinstance(url, WireUrl) else split_url(url)
        host, path = place.host.lower(), place.path or "/"
        secure = place.scheme in ("https", "wss") or is_loopback(host)
        now = _now()
        with self._lock:
            found = []
            for cookie in self._candidates(host, path):
                if cookie.host_only and cookie.domain != host:
                    continue
                if not cookie.host_only and not domain_match(host, cookie.domain or ""):
                    continue
                if cookie.secure and not secure:
                    continue
                if cookie.expiry is not None and cookie.expiry <= now:
                    self._remove(cookie.domain or "", cookie.path or "", cookie.key)
                    continue
                found.append(replace(cookie, last_accessed=now))
            for cookie in found:
                self._put(cookie)
        return sorted(found, key=lambda c: (-len(c.path or ""), c.creation or 0, c.index))

    def _by_place(self) -> dict[tuple[str, str, str], StoredCookie]:
        return {(cookie.domain or "", cookie.path or "", cookie.key): cookie for cookie in self._sorted()}

    def _sorted(self) -> list[StoredCookie]:
        with self._lock:
            cookies = [c for paths in self._domains.values() for keys in paths.values() for c in keys.values()]
        return sorted(cookies, key=lambda cookie: cookie.index)


_STORE_METHODS: dict[str, Callable[..., Any]] = {
    "findCookie": CookieJar._find_cookie,
    "findCookies": CookieJar._find_cookies,
    "putCookie": CookieJar._put_json,
    "updateCookie": CookieJar._update_json,
    "removeCookie": CookieJar._remove,
    "removeCookies": CookieJar._remove_many,
    "removeAllCookies": CookieJar._remove_all,
    "getAllCookies": CookieJar._all_json,
}


def canonical_domain(domain: str) -> str:
    return encode_host(domain.strip().removeprefix("."))


def domain_match(host: str, domain: str) -> bool:
    """RFC 6265, 5.1.3: the same, or a sub-domain of it."""
    if host == domain:
        return True
    return bool(domain) and host.endswith("." + domain) and not _IPV4.match(host) and ":" not in host


def path_match(path: str, cookie_path: str) -> bool:
    """RFC 6265, 5.1.4."""
    if path == cookie_path:
        return True
    return path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")


def default_path(path: str) -> str:
    """RFC 6265, 5.1.4: the folder of the request's path."""
    return path[: path.rfind("/")] or "/" if path.startswith("/") else "/"


def domains_of(host: str) -> list[str]:
    """The domains whose cookies ``host`` may get: the registered name and all below it.

    tough-cookie looks it up in the Public Suffix List; here a single label and ``co.uk``-like pairs count as public.
    """
    labels = host.rstrip(".").split(".")
    if len(labels) < 2 or _IPV4.match(host) or ":" in host:
        return [host]
    registered = 2
    if labels[-1] not in _SPECIAL_DOMAINS and len(labels) > 2:
        registered = 3 if len(labels[-1]) == 2 and labels[-2] in _PUBLIC_SECOND_LEVELS else 2
    return [".".join(labels[-count:]) for count in range(registered, len(labels) + 1)]


def is_loopback(host: str) -> bool:
    return (
        host == "localhost"
        or host.endswith(".localhost")
        or host == "::1"
        or bool(_IPV4.match(host) and host.startswith("127."))
    )


def _unused(cookie: StoredCookie) -> StoredCookie:
    """Without what changes by looking at it, and by copying."""
    return replace(cookie, last_accessed=None, index=0)


def _now() -> int:
    return int(time.time() * 1000)


def _to_model(cookie: StoredCookie) -> Cookie:
    return Cookie(
        name=cookie.key,
        value=cookie.value,
        domain=cookie.domain,
        path=cookie.path,
        expires=None if cookie.expiry is None else cookie.expiry / 1000,
        secure=cookie.secure,
        http_only=cookie.http_only,
        host_only=bool(cookie.host_only),
    )
