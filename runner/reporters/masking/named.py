"""Secrets in a text that are known by the name beside them: ``"password": "..."``, ``?api_key=...``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.reporters.masking.names import looks_secret

MASK = "********"

#: Values that say nothing, whatever they are called. Hiding them would make reports unreadable.
_NO_SECRETS = frozenset({"true", "false", "null", "none", "undefined", "nan", "yes", "no", "on", "off"})

_PLACEHOLDER = re.compile(
    r"(?:(?:bearer|token)\s+)?(?=[a-z_-]*(?:token|secret|password|credential|key))[a-z]{2,12}(?:[-_][a-z]{2,12})+",
    re.IGNORECASE,
)

#: The words before credentials in an ``Authorization`` header.
SCHEMES = (
    r"basic|bearer|digest|negotiate|ntlm|hawk|oauth|mac|token|apikey|api-key|jwt|aws4-hmac-sha256|aws4-ecdsa-p256-sha256|"
    r"eg1-hmac-sha256|ssws|key|signature"
)

#: In every text with a name that may be secret is one of these, in lower case: auth, basic, bearer, cred, csrf, jwt,
#: key, otp, pass, pwd, secret, sig, sk, token, xsrf. Grouped by the first letter it is quicker than one by one.
_HINT = re.compile("auth|b(?:asic |earer)|c(?:red|srf)|jwt|key|otp|p(?:ass|wd)|s(?:ecret|ig|k)|token|xsrf")
#: Characters around a hint in which the whole name and the beginning of the value must lie.
_AROUND = 120
#: Shorter texts are looked at as a whole.
_SMALL = 2048

#: A name up to the beginning of its value, and the value from there on; the name is the last group.
_PAIRS = (
    # JSON
    ('"', re.compile(r'(?<!\\)"([^"\\\n]{1,80})"\s*:\s*"'), re.compile(r'[^"\\\n]*(?:\\.[^"\\\n]*)*')),
    # JSON in a text of JSON
    ('\\"', re.compile(r'(\\+)"([^"\\\n]{1,80})\1"\s*:\s*\1"'), re.compile(r'[^"\\\n]*')),
    # objects as a console shows them
    (": '", re.compile(r"([\w$-]{1,80})'?: '"), re.compile(r"[^'\\\n]*(?:\\.[^'\\\n]*)*")),
    # queries and forms
    ("=", re.compile(r"(?:^|[?&]|&amp;)([^=&#?\s\"'<>]{1,80})="), re.compile(r"[^&#\s\"'<>\\]*")),
)
_URL_PASSWORD = re.compile(r"(?<=://)[^/?#@:\s\"'<>]*:([^/?#@\s\"'<>]+)@")
_HEADER_LINE = re.compile(
    rf"\b(?:proxy-)?authorization\b[\"']?\s*[:=]\s*[\"']?(?:(?:{SCHEMES})\s+)?(?=[^\s\"',;}}]{{4}})", re.IGNORECASE
)
_CREDENTIAL = re.compile(r"\b(?:Bearer|Basic)\s+(?=[A-Za-z0-9._~+/=-]{8})(?=[^\s\"']*\d)")
_IN_HEADER = re.compile(r"[^\s\"',;}]*")
_IN_CREDENTIAL = re.compile(r"[A-Za-z0-9._~+/=-]*")


def is_value(value: str) -> bool:
    """Whether there is anything to hide under a secret name: not in templates, blanks and words like ``true``."""
    return bool(value.strip()) and "{{" not in value and value.lower() not in _NO_SECRETS


def is_placeholder(value: str) -> bool:
    """Whether a value only names what it stands for, as those of examples and test servers do:
    words of which one is ``token`` or the like, ``my-access-token``."""
    return _PLACEHOLDER.fullmatch(value) is not None


def named_values(text: str) -> Iterator[tuple[int, int]]:
    """Where values stand beside a secret name."""
    if '"' not in text and "=" not in text and ":" not in text and " " not in text:
        return
    if "://" in text and "@" in text:
        yield from (match.span(1) for match in _URL_PASSWORD.finditer(text))
    lower = text.lower()
    for start, end in _windows(lower):
        for sign, name, value in _PAIRS:
            if text.find(sign, start, end) >= 0:
                yield from _values(name, value, text, start, end)
        for head, rest in ((_HEADER_LINE, _IN_HEADER), (_CREDENTIAL, _IN_CREDENTIAL)):
            # What they look for must stand in full.
            if head is _HEADER_LINE and lower.find("authorization", start, end) < 0:
                continue
            if head is _CREDENTIAL and lower.find("earer ", start, end) < 0 and lower.find("basic ", start, end) < 0:
                continue
            for match in head.finditer(text, start, min(len(text), end + _AROUND)):
                found = rest.match(text, match.end())
                if found is not None and not is_placeholder(found[0]):
                    yield found.span()


def _windows(lower: str) -> list[tuple[int, int]]:
    """The parts of a text in which a secret name may stand."""
    hit = _HINT.search(lower)
    if hit is None:
        return []
    if len(lower) <= _SMALL:
        return [(0, len(lower))]
    windows: list[tuple[int, int]] = []
    while hit is not None:
        at = hit.start()
        start, end = max(0, at - _AROUND), min(len(lower), at + 2 * _AROUND)
        if windows and start <= windows[-1][1]:
            windows[-1] = windows[-1][0], end
        else:
            windows.append((start, end))
        hit = _HINT.search(lower, at + _AROUND)
    return windows


def _values(
    names: re.Pattern[str], values: re.Pattern[str], text: str, start: int, end: int
) -> Iterator[tuple[int, int]]:
    while True:
        match = names.search(text, start, end)
        if match is None:
            return
        start = match.end()
        # A member that is just called "key" is nearly always half of a key/value pair.
        name = match[match.lastindex or 1]
        if looks_secret(name) and name.lower() != "key":
            value = values.match(text, start)
            if value is not None and is_value(value[0]) and value[0] != MASK and not is_placeholder(value[0]):
                yield value.span()
                start = value.end()
