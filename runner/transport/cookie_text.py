"""Cookies as text: the Set-Cookie header and its dates, and the JSON form that files and scripts use.

RFC 6265 section 5, read loosely as npm ``tough-cookie`` 4.1 (Postman's fork) does in its loose mode.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from runner.model.records import dataclass, replace

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])[^:]*\Z", re.DOTALL)
_DAY = re.compile(r"([0-9]{1,2})(?![0-9])")
_YEAR = re.compile(r"([0-9]{2,4})(?![0-9])")
_CONTROL = re.compile(r"[\x00-\x1f]")
_SAME_SITE = ("strict", "lax", "none")


@dataclass(frozen=True, slots=True)
class StoredCookie:
    """A cookie in a jar. Times are ms since the epoch; ``expires=None`` means never."""

    key: str = ""
    value: str = ""
    expires: int | None = None
    max_age: int | None = None
    domain: str | None = None
    path: str | None = None
    secure: bool = False
    http_only: bool = False
    extensions: tuple[str, ...] = ()
    host_only: bool | None = None
    path_is_default: bool | None = None
    creation: int | None = None
    last_accessed: int | None = None
    same_site: str | None = None
    #: breaks ties among cookies of the same millisecond
    index: int = 0

    @property
    def text(self) -> str:
        """``name=value``, or the bare value of a cookie without a name."""
        return f"{self.key}={self.value}" if self.key else self.value

    @property
    def expiry(self) -> int | None:
        """When the cookie ends (ms since the epoch); None for never. Max-Age wins over Expires."""
        if self.max_age is not None:
            return 0 if self.max_age <= 0 else (self.creation or 0) + self.max_age * 1000
        return self.expires


def parse_set_cookie(header: str) -> StoredCookie | None:
    """One Set-Cookie header, or None if there is no cookie in it."""
    header = header.strip()
    if not header:
        return None
    pair, _, attributes = header.partition(";")
    pair = re.split(r"[\n\r\0]", pair, maxsplit=1)[0].removeprefix("=")
    name, equals, value = pair.partition("=")
    if not equals or not name:
        name, value = "", pair
    name, value = name.strip(), value.strip()
    if _CONTROL.search(name) or _CONTROL.search(value):
        return None
    cookie = StoredCookie(key=name, value=value)
    changes: dict[str, Any] = {}
    extensions: list[str] = []
    for attribute in attributes.split(";"):
        attribute = attribute.strip()
        if attribute:
            _read_attribute(attribute, changes, extensions)
    if extensions:
        changes["extensions"] = tuple(extensions)
    return replace(cookie, **changes) if changes else cookie


def _read_attribute(attribute: str, changes: dict[str, Any], extensions: list[str]) -> None:
    key, _, value = attribute.partition("=")
    key, value = key.strip().lower(), value.strip()
    if key == "expires":
        date = parse_date(value)
        if date is not None:
            changes["expires"] = date
    elif key == "max-age":
        if re.fullmatch(r"-?[0-9]+", value):
            changes["max_age"] = int(value)
    elif key == "domain":
        if value.removeprefix("."):
            changes["domain"] = value.removeprefix(".").lower()
    elif key == "path":
        changes["path"] = value if value.startswith("/") else None
    elif key == "secure":
        changes["secure"] = True
    elif key == "httponly":
        changes["http_only"] = True
    elif key == "samesite":
        changes["same_site"] = value.lower() if value.lower() in _SAME_SITE else None
    else:
        extensions.append(attribute)


def parse_date(text: str) -> int | None:
    """A cookie date (RFC 6265, 5.1.1) in ms since the epoch, or None."""
    time: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DATE_DELIMITERS.split(text):
        if time is None and (match := _TIME.match(token)):
            time = (int(match[1]), int(match[2]), int(match[3]))
        elif day is None and (match := _DAY.match(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _YEAR.match(token)):
            year = int(match[1])
            year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    if time is None or day is None or month is None or year is None:
        return None
    if not 1 <= day <= 31 or year < 1601 or time[0] > 23 or time[1] > 59 or time[2] > 59:
        return None
    # The day may be beyond the end of the month: JavaScript counts on, and so does timegm.
    return timegm((year, month, 1, *time)) * 1000 + (day - 1) * 86_400_000


_PLAIN_FIELDS = (
    ("key", "key"),
    ("value", "value"),
    ("expires", "expires"),
    ("maxAge", "max_age"),
    ("domain", "domain"),
    ("path", "path"),
    ("secure", "secure"),
    ("httpOnly", "http_only"),
    ("extensions", "extensions"),
    ("hostOnly", "host_only"),
    ("pathIsDefault", "path_is_default"),
    ("creation", "creation"),
    ("lastAccessed", "last_accessed"),
    ("sameSite", "same_site"),
)
_DEFAULT = StoredCookie()


def to_json(cookie: StoredCookie) -> dict[str, Any]:
    """The JSON form of tough-cookie: fields that have their default value are left out."""
    data: dict[str, Any] = {}
    for name, attribute in _PLAIN_FIELDS:
        value = getattr(cookie, attribute)
        if value == getattr(_DEFAULT, attribute):
            continue
        if name in ("expires", "creation", "lastAccessed"):
            value = _iso(value)
        elif name == "extensions":
            value = list(value)
        data[name] = value
    return data


def from_json(data: Mapping[str, Any]) -> StoredCookie:
    """A cookie from tough-cookie's JSON form; fields of the wrong type are ignored."""
    values: dict[str, Any] = {}
    for name, attribute in _PLAIN_FIELDS:
        value = data.get(name)
        if value is None:
            continue
        if name in ("expires", "creation", "lastAccessed"):
            value = _milliseconds(value)
        elif name == "maxAge":
            value = _age(value)
        elif name == "extensions":
            value = tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()
        elif name in ("secure", "httpOnly", "hostOnly", "pathIsDefault"):
            value = bool(value)
        else:
            value = value if isinstance(value, str) else str(value)
        if value is not None:
            values[attribute] = value
    return StoredCookie(**values)


def _age(value: Any) -> int | None:
    if value == "-Infinity":
        return 0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None
    return 0 if value <= 0 else int(value)


def _milliseconds(value: Any) -> int | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    if not isinstance(value, str) or value == "Infinity":
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return parse_date(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


def _iso(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    try:
        moment = datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return "+275760-09-13T00:00:00.000Z"  # the last date that JavaScript knows
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
