"""``digest``: RFC 7616 (and 2617), with the header that Postman writes.

The first request goes out unsigned. Requests that inherit their auth from the same folder remember the
server's challenge, so that later ones are signed at once, with a growing nonce count. A request with an auth
of its own is challenged each time it runs.

A signer of our own, because the libraries either are bound to one HTTP client or know neither
``auth-int`` nor SHA-512-256, and none writes the parameters in Postman's order and quoting.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from runner.auth.interface import AuthContext, AuthError, Replay, Signed
from runner.auth.params import ALPHANUMERIC, flag, text, unsigned, with_header
from runner.model.collection import RequestSpec
from runner.model.exchange import Response
from runner.model.records import dataclass, replace

#: Name of an algorithm without ``-sess`` -> its name in hashlib.
HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}

_CHALLENGE = re.compile(r"(?:^|,\s*)Digest\s+", re.IGNORECASE)
_PAIR = re.compile(r'(?<![\w-])([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')


@dataclass(frozen=True, slots=True)
class _Session:
    """What the server said last, and how often its nonce was used."""

    realm: str = ""
    nonce: str = ""
    qop: str = ""
    opaque: str = ""
    algorithm: str = ""
    client_nonce: str = ""
    used: int = 0
    accepted: bool = False


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    username = text(params, "username")
    if not username:
        return unsigned(spec, "username")
    key = _key(spec, context)
    session: _Session = context.memory.get(key, _Session())
    realm, nonce = text(params, "realm", session.realm), text(params, "nonce", session.nonce)
    if not realm or not nonce:
        return Signed(spec)  # the server speaks first

    url = urlsplit(context.url(spec))
    uri = (url.path or "/") + (f"?{url.query}" if url.query else "")
    algorithm = text(params, "algorithm", session.algorithm or "MD5")
    base, sess = _algorithm(algorithm)
    qop = text(params, "qop", session.qop)
    protected = qop in ("auth", "auth-int")
    client_nonce = ""
    if protected or sess:
        client_nonce = text(params, "clientNonce", session.client_nonce) or _client_nonce(context)
        session = replace(session, client_nonce=client_nonce, used=session.used + 1)
        context.memory[key] = session
    count = text(params, "nonceCount", f"{session.used:08x}")

    secret = f"{username}:{realm}:{text(params, 'password')}"
    if sess:
        secret = f"{_hash(base, secret)}:{nonce}:{client_nonce}"
    target = f"{spec.method}:{uri}"
    if qop == "auth-int":
        target += ":" + _hash(base, context.body(spec) or b"")
    middle = [nonce, count, client_nonce, qop] if protected else [nonce]
    response = _hash(base, ":".join([_hash(base, secret), *middle, _hash(base, target)]))

    # Postman puts the algorithm in quotes, and escapes nothing in the user name.
    fields = [
        f'username="{username}"',
        f'realm="{realm}"',
        f'nonce="{nonce}"',
        f'uri="{uri}"',
        f'algorithm="{algorithm}"',
    ]
    fields += [f"qop={qop}"] if protected else []
    fields += [f"nc={count}", f'cnonce="{client_nonce}"'] if client_nonce else []
    fields.append(f'response="{response}"')
    opaque = text(params, "opaque", session.opaque)
    fields += [f'opaque="{opaque}"'] if opaque else []
    return Signed(with_header(spec, "Authorization", "Digest " + ", ".join(fields)))


def challenge(
    spec: RequestSpec, params: Mapping[str, Any], response: Response, context: AuthContext, attempt: int
) -> Replay | None:
    if flag(params, "disableRetryRequest"):
        return None
    key = _key(spec, context)
    known: _Session = context.memory.get(key, _Session())
    if response.code not in (401, 403):
        if known.nonce:
            context.memory[key] = replace(known, accepted=True)
        return None
    wanted = text(params, "algorithm")
    offer = _offer(response, wanted)
    if offer is None:
        return None
    fresh = _Session(
        realm=offer.get("realm", ""),
        nonce=offer.get("nonce", ""),
        qop=_pick_qop(offer.get("qop", "")),
        opaque=offer.get("opaque", ""),
        algorithm=offer.get("algorithm", ""),
    )
    fresh = replace(fresh, client_nonce=_client_nonce(context) if fresh.qop or text(params, "qop") else "")
    if not _worth_another_try(params, known, fresh, offer, attempt):
        return None
    context.memory[key] = fresh
    signed = sign(spec, params, context)
    return Replay(signed.spec, signed.warnings)


def _worth_another_try(
    params: Mapping[str, Any], known: _Session, fresh: _Session, offer: Mapping[str, str], attempt: int
) -> bool:
    """Postman replays only while it lacks something, so that a nonce that has expired fails the
    request. We also replay if the server says that the nonce was stale, or if it took the old nonce
    before and now offers another one."""
    for ours, theirs in (
        ("realm", "realm"),
        ("nonce", "nonce"),
        ("qop", "qop"),
        ("opaque", "opaque"),
        ("clientNonce", "client_nonce"),
    ):
        if getattr(fresh, theirs) and not (text(params, ours) or getattr(known, theirs)):
            return True
    if text(params, "nonce") or fresh.nonce == known.nonce:
        return False
    stale = offer.get("stale", "").lower() == "true"
    return (stale and attempt < 2) or (known.accepted and attempt == 0)


def _key(spec: RequestSpec, context: AuthContext) -> tuple[str, ...]:
    # Per server too: a nonce of one server is of no use to another, and none of its business.
    url = urlsplit(context.url(spec))
    return ("digest", f"{url.scheme}://{url.netloc}")


def _algorithm(name: str) -> tuple[str, bool]:
    upper = name.upper()
    base = upper.removesuffix("-SESS")
    if base not in HASHES:
        raise AuthError(f"Unsupported digest algorithm: {name}")
    return HASHES[base], base != upper


def _hash(name: str, data: str | bytes) -> str:
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if name == "md5":
        return hashlib.md5(data, usedforsecurity=False).hexdigest()
    try:
        return hashlib.new(name, data).hexdigest()
    except ValueError as error:  # a Python that was built without SHA-512/256
        raise AuthError(f"this Python has no {name}") from error


def _offer(response: Response, wanted: str) -> dict[str, str] | None:
    """The challenge to answer: the one with the user's algorithm, else the first that we understand."""
    offers = [
        {name.lower(): quoted or plain for name, quoted, plain in reversed(_PAIR.findall(part))}
        for header in response.headers
        if header.key.lower() == "www-authenticate"
        for part in _CHALLENGE.split(header.value)[1:]
    ]
    for offer in offers:
        algorithm = offer.get("algorithm", "MD5").upper()
        if algorithm == wanted.upper() if wanted else algorithm.removesuffix("-SESS") in HASHES:
            return offer
    return offers[0] if offers else None


def _pick_qop(offered: str) -> str:
    names = [name.strip().lower() for name in offered.split(",")]
    return next((name for name in ("auth", "auth-int") if name in names), "")


def _client_nonce(context: AuthContext) -> str:
    return "".join(context.random.choice(ALPHANUMERIC) for _ in range(8))
