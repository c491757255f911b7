"""``ntlm``: three messages on one connection ([MS-NTHT]).

The first request goes out unsigned; a challenge is answered with message 1, the server's message 2 with
message 3. NTLM authenticates the **connection**: all of a request's replays have to go out on the same
one, and later requests on it need no signature.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from runner.auth.interface import AuthContext, AuthError, Replay, Signed
from runner.auth.ntlm_messages import Login, message_1, message_3, read_message_2
from runner.auth.params import flag, missing, text, with_header, without_headers
from runner.model.collection import RequestSpec
from runner.model.exchange import Response

_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    warnings = tuple(f"no {name}" for name in missing(params, "username", "password"))
    return Signed(without_headers(spec, "Authorization"), warnings=warnings)


def challenge(
    spec: RequestSpec, params: Mapping[str, Any], response: Response, context: AuthContext, attempt: int
) -> Replay | None:
    if flag(params, "disableRetryRequest") or response.code not in (401, 403) or attempt > 1:
        return None  # done, or refused for good
    offers = [h.value.strip() for h in response.headers if h.key.lower() == "www-authenticate"]
    login = _login(params)
    if attempt == 0:
        return Replay(_with_message(spec, message_1(login))) if _asks_for_ntlm(offers) else None
    message = next((offer[5:] for offer in offers if offer.startswith("NTLM ")), None)
    if message is None:
        raise AuthError("ntlm: server did not send NTLM type 2 message")
    try:
        found = read_message_2(_decode(message))
    except AuthError as error:
        raise AuthError(f"ntlm: server did not correctly process authentication request: {error}") from error
    weak = () if found.strong else ("the server knows no NTLMv2: who listens can find out the password",)
    answer = message_3(login, found, context.random.randbytes(8), context.clock())
    return Replay(_with_message(spec, answer), weak)


def _asks_for_ntlm(offers: list[str]) -> bool:
    """postman-runtime, lib/authorizer/ntlm.js: one of the headers is the bare word, or the last one has it
    somewhere. "Negotiate" as servers write it is Kerberos first of all and not answered."""
    return any(offer in ("NTLM", "negotiate") for offer in offers) or "NTLM" in "".join(offers[-1:])


def _login(params: Mapping[str, Any]) -> Login:
    domain, username = text(params, "domain"), text(params, "username")
    if not domain:
        domain, username = split_username(username)
    return Login(username, text(params, "password"), domain, text(params, "workstation"))


def split_username(name: str) -> tuple[str, str]:
    """``DOMAIN\\user`` or ``user@domain`` as (domain, user); anything else has no domain."""
    down, up = name.split("\\"), name.split("@")
    if len(down) == 2 and len(up) == 1 and all(down):
        return down[0], down[1]
    if len(up) == 2 and len(down) == 1 and all(up):
        return up[1], up[0]
    return "", name


def _decode(message: str) -> bytes:
    """Base64 as Node reads it: what does not belong there is passed over, and the end need not be filled up."""
    plain = _NO_BASE64.sub("", message.partition("=")[0])
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except binascii.Error:  # a single letter is left over
        return base64.b64decode(plain[:-1])


def _with_message(spec: RequestSpec, message: bytes) -> RequestSpec:
    return with_header(spec, "Authorization", f"NTLM {base64.b64encode(message).decode()}")
