"""What an auth type is, and what it may ask for.

An auth type is a module with ``sign`` and, where the server has a say (digest, ntlm), ``challenge``.
Everything from outside (the encoded body, the final URL, the clock, the network, a browser) comes in
through ``AuthContext``; a module changes nothing but ``AuthContext.state``
and ``AuthContext.memory``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from runner.model.collection import RequestSpec
from runner.model.exchange import Response
from runner.model.records import dataclass, field

#: Replays of one request, all auth types (postman-runtime, lib/runner/replay-controller.js).
MAX_REPLAYS = 3


class AuthError(Exception):
    """A request could not be signed, or no token could be had. The message is for the user."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of a request.

    Attributes:
        spec: the request to send; unchanged if nothing could be signed.
        signed: False if credentials are missing or signing failed. Newman then sends the request
            all the same, and so may the caller, unless there is an ``error``.
        warnings: lines for the console (level ``warn``). Never empty when ``signed`` is False.
        error: set when the request must not go out: a token was asked for and could not be had.
            The caller reports it as the failure of the request.
    """

    spec: RequestSpec
    signed: bool = True
    warnings: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """What to do about a response.

    Attributes:
        spec: the request to send again, on the same connection; None if only ``warnings`` are to be shown.
        warnings: lines for the console.
        error: set when the response must not count: the code of an auth type has failed.
    """

    spec: RequestSpec | None
    warnings: tuple[str, ...] = ()
    error: str | None = None


def _no_body(spec: RequestSpec) -> bytes | None:
    raise AuthError("the body of the request is not available here")


def _no_url(spec: RequestSpec) -> str:
    raise AuthError("the URL of the request is not available here")


def _open_browser(url: str) -> object:
    import webbrowser  # costs the start-up of every run, and few runs log anybody in

    return webbrowser.open(url)


@dataclass(frozen=True, slots=True)
class AuthContext:
    """The outside world of an auth type.

    Attributes:
        body: the body as it is written, or None; also that of a GET, which is signed as in Postman
            though it is not sent. Raises ``AuthError`` if it cannot be built.
        url: the final, encoded URL as it will be sent, without the fragment.
        clock: epoch seconds.
        random: where nonces come from. Tests pass ``random.Random(1)``.
        state: lives as long as the run; tokens are kept in it.
        memory: what servers said, such as nonces. Requests that inherit the same auth share it; a
            request with an auth of its own starts without any each time it runs, as in Postman.
        disable_url_encoding: the key of protocolProfileBehavior.
        send: sends a request (resolved, unsigned) for a token and returns the response;
            raises ``AuthError`` if there is none. None if this run may not do so.
        interactive: a person is there, who can log in.
        open_browser: shows a URL to that person.
        login_timeout: seconds to wait for that person.
        schemes: auth types of this run by name; they come before htrun's own.
    """

    body: Callable[[RequestSpec], bytes | None] = _no_body
    url: Callable[[RequestSpec], str] = _no_url
    clock: Callable[[], float] = time.time
    random: random.Random = field(default_factory=random.SystemRandom)
    state: dict[Any, Any] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict)
    disable_url_encoding: bool = False
    send: Callable[[RequestSpec], Response] | None = None
    interactive: bool = False
    open_browser: Callable[[str], object] = _open_browser
    login_timeout: float = 180.0
    schemes: Mapping[str, Scheme] = field(default_factory=dict)


class Scheme(Protocol):
    """One auth type: a module, or any object with ``sign``. ``params`` are resolved values by Postman's names."""

    def sign(self, spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
        """Signs a request; raises ``AuthError`` if that is impossible."""
        ...


class ChallengeScheme(Scheme, Protocol):
    """An auth type that answers to what the server says."""

    def challenge(
        self, spec: RequestSpec, params: Mapping[str, Any], response: Response, context: AuthContext, attempt: int
    ) -> Replay | None:
        """Looks at a response; ``attempt`` counts the replays that were already sent (0, 1, 2)."""
        ...
