"""Auth types in Python: objects with ``sign``, or plain callables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runner.api.hooks import refuse_awaitable
from runner.api.options import Sign
from runner.errors import UsageError
from runner.model.collection import RequestSpec
from runner.model.exchange import Request
from runner.model.records import replace
from runner.parse.url import parse_url

if TYPE_CHECKING:
    from runner.auth.interface import AuthContext, Scheme, Signed


def schemes(given: Mapping[str, Sign | Scheme]) -> dict[str, Scheme]:
    """The auth types of a run, by the name that collections have for them.

    Raises:
        UsageError: one is neither an object with ``sign`` nor a callable.
    """
    return {name: _scheme(name, one) for name, one in given.items()}


def _scheme(name: str, given: Any) -> Scheme:
    if hasattr(given, "sign"):
        scheme: Scheme = given
        return scheme
    if callable(given):
        return CallableScheme(given)
    raise UsageError(f"auth[{name!r}] is a callable, or an object with sign(); not {given!r}")


class CallableScheme:
    """Signs with a callable, which sees the request as it will be sent."""

    def __init__(self, function: Sign) -> None:
        self._function = function

    def sign(self, spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
        from runner.auth.interface import Signed

        body, url = context.body(spec), context.url(spec)
        enabled = tuple(header for header in spec.headers if header.enabled)
        made: object = self._function(Request(spec.method, url, enabled, body, spec), params)
        refuse_awaitable(made)
        if not isinstance(made, Request):
            raise TypeError(f"an auth returns a Request, not a {type(made).__name__}")
        if made.body != body or made.method != spec.method:
            raise ValueError("an auth changes headers and the query, not the method or the body")
        return Signed(replace(spec, headers=made.headers, url=spec.url if made.url == url else parse_url(made.url)))
