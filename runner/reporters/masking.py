"""Hides secrets in what is shown on a terminal, which is often a CI log that many can read.

A value is hidden if its name sounds secret, if its variable has Postman's type ``secret``, or if it
equals (or contains) a value that was found to be secret that way. Files (JSON, JUnit) are not masked:
they are Newman's formats and tools need what is in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from runner.model.collection import Variable
from runner.model.records import dataclass, field

MASK = "********"

#: Shorter values are not searched for inside other text: hiding every ``1`` would hide everything.
_MIN_SEARCHED = 4
#: A run may capture a new token in every iteration; only the newest are remembered.
_MAX_KNOWN = 500

_SECRET_NAME = re.compile(
    r"key|secret|token|passw(?:or)?d|passphrase|pwd|auth(?!ors?(?:[^a-z]|$))|credential|bearer|jwt"
    r"|(?:^|[^a-z])sk(?:[^a-z]|$)",
    re.IGNORECASE,
)
_PAIR_IN_JSON = re.compile(r'("((?:[^"\\]|\\.){1,80})"\s*:\s*)"(?:[^"\\]|\\.)*"?')
_PAIR_IN_QUERY = re.compile(r"(?<=[?&])([^=&#\s]{1,80})=([^&#\s]*)")
_URL_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):([^/@\s]+)@")


def looks_secret(name: str) -> bool:
    """Whether something called ``name`` is likely to be a secret."""
    return _SECRET_NAME.search(name) is not None


def mask(name: str, value: str, secrets: Iterable[str] = ()) -> str:
    """``value`` as it may be shown beside ``name``.

    Args:
        name: name of a variable, header or field.
        value: its value as text.
        secrets: values that are known to be secret.
    """
    if not value:
        return value
    return MASK if looks_secret(name) or value in secrets else mask_text(value, secrets)


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` (a URL, a body, a message) without the known secrets that it contains, without the
    values of JSON members and query parameters with secret names, and without a URL's password."""
    for secret in secrets:
        if len(secret) >= _MIN_SEARCHED and secret in text:
            text = text.replace(secret, MASK)
    if '"' in text:
        text = _PAIR_IN_JSON.sub(_json_pair, text)
    if "=" in text:
        text = _PAIR_IN_QUERY.sub(_query_pair, text)
    return _URL_PASSWORD.sub(rf"\1:{MASK}@", text) if "@" in text else text


def _json_pair(match: re.Match[str]) -> str:
    # A member that is just called "key" is nearly always half of a key/value pair.
    name = match.group(2)
    return f'{match.group(1)}"{MASK}"' if name.lower() != "key" and looks_secret(name) else match.group()


def _query_pair(match: re.Match[str]) -> str:
    return f"{match.group(1)}={MASK}" if match.group(2) and looks_secret(match.group(1)) else match.group()


@dataclass(slots=True)
class Secrets:
    """The secret values seen so far in a run, newest last."""

    _values: dict[str, None] = field(default_factory=dict)

    def learn(self, variables: Iterable[Variable]) -> None:
        """Remembers the values of variables that are of type ``secret`` or have a secret name."""
        for variable in variables:
            if isinstance(variable.value, str) and (variable.type == "secret" or looks_secret(variable.key)):
                self.add(variable.value)

    def add(self, value: str) -> None:
        if not value or "{{" in value:  # a template is no secret, what it stands for may be
            return
        self._values.pop(value, None)
        self._values[value] = None
        if len(self._values) > _MAX_KNOWN:
            del self._values[next(iter(self._values))]

    def mask(self, name: str, value: str) -> str:
        return mask(name, value, self._values)

    def mask_text(self, text: str) -> str:
        return mask_text(text, self._values)
