"""``ntlm``: three messages on one connection ([MS-NTHT]; library: pyspnego, NTLMv2).

The first request goes out unsigned; a challenge is answered with message 1, the server's message 2 with
message 3. NTLM authenticates the **connection**: all of a request's replays have to go out on the same
one, and later requests on it need no signature.
"""

from __future__ import annotations

import base64
import os
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from runner.auth.interface import AuthContext, AuthError, Replay, Signed
from runner.auth.params import flag, missing, text, with_header, without_headers
from runner.model.collection import RequestSpec
from runner.model.exchange import Response

_ENVIRONMENT = threading.Lock()


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    warnings = tuple(f"no {name}" for name in missing(params, "username", "password"))
    return Signed(without_headers(spec, "Authorization"), warnings=warnings)


def challenge(
    spec: RequestSpec, params: Mapping[str, Any], response: Response, context: AuthContext, attempt: int
) -> Replay | None:
    key = ("ntlm", context.owner)
    if flag(params, "disableRetryRequest") or response.code not in (401, 403) or attempt > 1:
        context.state.pop(key, None)  # done, or refused for good
        return None
    offers = [h.value.strip() for h in response.headers if h.key.lower() == "www-authenticate"]
    if attempt == 0:
        if not any("NTLM" in offer or offer.lower() == "negotiate" for offer in offers):
            return None
        client = context.state[key] = _client(params)
        return Replay(_with_message(spec, _step(client, None, params)))
    client = context.state.pop(key, None)
    message = next((offer[5:].strip() for offer in offers if offer.startswith("NTLM ")), None)
    if message is None or client is None:
        raise AuthError("ntlm: server did not send NTLM type 2 message")
    return Replay(_with_message(spec, _step(client, message, params)))


def _client(params: Mapping[str, Any]) -> Any:
    from spnego import NegotiateOptions, client

    domain, username = text(params, "domain"), text(params, "username")
    if not domain:
        domain, username = split_username(username)
    return client(
        f"{domain}\\{username}" if domain else username,
        text(params, "password"),
        protocol="ntlm",
        options=NegotiateOptions.use_ntlm,  # the same code on every platform, never Windows' own login
    )


def split_username(name: str) -> tuple[str, str]:
    """``DOMAIN\\user`` or ``user@domain`` as (domain, user); anything else has no domain."""
    down, up = name.split("\\"), name.split("@")
    if len(down) == 2 and len(up) == 1 and all(down):
        return down[0], down[1]
    if len(up) == 2 and len(down) == 1 and all(up):
        return up[1], up[0]
    return "", name


def _step(client: Any, message: str | None, params: Mapping[str, Any]) -> bytes:
    from spnego.exceptions import SpnegoError

    try:
        with _workstation(text(params, "workstation")):
            token: bytes | None = client.step(base64.b64decode(message) if message else None)
    except (SpnegoError, ValueError, LookupError, struct.error) as error:  # a message 2 that is none
        raise AuthError(f"ntlm: server did not correctly process authentication request: {error}") from error
    return token or b""


@contextmanager
def _workstation(name: str) -> Iterator[None]:
    """pyspnego takes the name from here; left alone, it would tell the server the name of this machine."""
    with _ENVIRONMENT:
        before = os.environ.get("NETBIOS_COMPUTER_NAME")
        os.environ["NETBIOS_COMPUTER_NAME"] = name
        try:
            yield
        finally:
            if before is None:
                del os.environ["NETBIOS_COMPUTER_NAME"]
            else:
                os.environ["NETBIOS_COMPUTER_NAME"] = before


def _with_message(spec: RequestSpec, message: bytes) -> RequestSpec:
    return with_header(spec, "Authorization", f"NTLM {base64.b64encode(message).decode()}")
