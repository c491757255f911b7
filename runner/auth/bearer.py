"""``bearer``: a token that was given (RFC 6750)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.auth.interface import AuthContext, Signed
from runner.auth.params import text, unsigned, with_header
from runner.model.collection import RequestSpec


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    token = text(params, "token")
    if not token:
        return unsigned(spec, "token")
    return Signed(with_header(spec, "Authorization", f"Bearer {token}"))
