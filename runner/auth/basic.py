"""``basic``: user name and password, as UTF-8 (RFC 7617)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from runner.auth.interface import AuthContext, Signed
from runner.auth.params import text, with_header
from runner.model.collection import RequestSpec


def sign(spec: RequestSpec, params: Mapping[str, Any], context: AuthContext) -> Signed:
    username, password = text(params, "username"), text(params, "password")
    credentials = base64.b64encode(f"{username}:{password}".encode("utf-8", "surrogatepass")).decode("ascii")
    warnings = () if username or password else ("username and password are both empty",)
    return Signed(with_header(spec, "Authorization", f"Basic {credentials}"), warnings=warnings)
