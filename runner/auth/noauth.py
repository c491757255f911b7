"""``noauth``: no signature, on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.auth.interface import AuthContext, Signed
from runner.model.collection import RequestSpec


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    return Signed(spec)
