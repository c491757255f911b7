"""Which names stand for secrets.

The words are those that secret scanners and the log filters of web frameworks look for; what only describes a secret
(``token_type``, ``key_id``, ``password_length``) is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_BETWEEN_WORDS = re.compile(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])")
_NO_WORD = re.compile(r"[^a-z0-9]+")

#: Parts of a word by which it is a secret: ``userPassword``, ``accesstoken``, ``secrets``.
_INSIDE = ("secret", "token", "passw", "passphrase", "passcode", "credential", "apikey", "authkey", "privatekey")
#: Whole words by which a name is a secret's.
_WORDS = frozenset({"bearer", "creds", "csrf", "jwt", "key", "keys", "otp", "pwd", "sk", "xsrf"})
#: Words by which a name is a secret's if it ends with them: ``basic_auth`` but not ``auth_tree``.
_LAST_WORDS = frozenset({"auth", "authorization", "authorisation", "authcode", "pass", "sig", "signature"})
#: A name that ends so says something about a secret.
_ABOUT = frozenset({
    "alg", "algorithm", "at", "attribute", "base", "callback", "client", "count", "description", "domain", "email",
    "enabled", "endpoint", "env", "error", "expiration", "expires", "expiry", "field", "file", "flow", "format",
    "grant", "header", "hint", "host", "id", "ids", "in", "issuer", "label", "length", "limit", "message",
    "method", "mode", "name", "names", "param", "path", "policy", "port", "prefix", "present", "provider",
    "realm", "redirect", "region", "required", "role", "roles", "rule", "rules", "scope", "scopes", "server",
    "service", "size", "state", "status", "strength", "suffix", "to", "ttl", "type", "uri", "url", "user",
    "username", "valid", "version",
})  # fmt: skip
#: Keys and tokens that are told to everybody: ``public_key``, ``primary_key``, ``has_password``, ``max_tokens``.
_PUBLIC = frozenset({
    "cache", "count", "foreign", "has", "idempotency", "index", "is", "map", "max", "min", "num", "object",
    "partition", "primary", "public", "routing", "row", "sort", "total", "unique",
})  # fmt: skip

#: Headers whose value is a credential or a cookie.
CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization"})
COOKIE_HEADERS = frozenset({"cookie", "set-cookie"})
#: Names of headers that only sound secret, in words.
_HARMLESS = (["postman", "token"], ["www", "authenticate"], ["proxy", "authenticate"])


@lru_cache(maxsize=4096)
def looks_secret(name: str) -> bool:
    """Whether something called ``name`` (a variable, a field, a header) is likely to be a secret."""
    spaced = _BETWEEN_WORDS.sub(r"\1\3_\2\4", name).lower()
    words = [word for word in _NO_WORD.split(spaced) if word]
    if not words or words[-1] in _ABOUT or words in _HARMLESS:
        return False
    together = "".join(words)
    if any(part in together for part in _INSIDE):
        return not _PUBLIC.intersection(words) and "secretar" not in together
    found = not _WORDS.isdisjoint(words) or words[-1] in _LAST_WORDS or words[-2:] == ["auth", "code"]
    return found and not _PUBLIC.intersection(words)


@lru_cache(maxsize=1024)
def header_is_secret(name: str) -> bool:
    """Whether the value of the header called ``name`` is to be hidden."""
    lower = name.lower()
    if lower in CREDENTIAL_HEADERS or lower in COOKIE_HEADERS:
        return True
    return looks_secret(name)


#: Parameters of an auth type that are no secrets though they sound so, and the other way round.
_OPEN_PARAMS = frozenset({"addTokenTo", "headerPrefix", "tokenName", "tokenType", "useBrowser", "signatureMethod"})
_SECRET_PARAMS: Mapping[str, frozenset[str]] = {
    "apikey": frozenset({"value"}),
    "oauth1": frozenset({"consumerKey", "verifier"}),
    "oauth2": frozenset({"code_verifier"}),
    "hawk": frozenset({"authKey"}),
}
_OPEN_BY_TYPE: Mapping[str, frozenset[str]] = {"apikey": frozenset({"key"})}


def auth_param_is_secret(kind: str, name: str) -> bool:
    """Whether the parameter ``name`` of Postman's auth type ``kind`` is to be hidden."""
    if name in _SECRET_PARAMS.get(kind, ()):
        return True
    return name not in _OPEN_PARAMS and name not in _OPEN_BY_TYPE.get(kind, ()) and looks_secret(name)
