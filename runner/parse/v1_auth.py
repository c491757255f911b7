"""Auth of collection format v1: helpers with attributes of their own names, or (newer files) rows.

The names are those of postman-collection-transformer (lib/util.js, lib/common/v1.js).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runner.model.collection import Json

#: Helper of the old app -> auth type.
HELPERS = {
    "apikeyAuth": "apikey",
    "basicAuth": "basic",
    "bearerAuth": "bearer",
    "digestAuth": "digest",
    "hawkAuth": "hawk",
    "oAuth1": "oauth1",
    "oAuth2": "oauth2",
    "ntlmAuth": "ntlm",
    "awsSigV4": "awsv4",
}

#: Attributes that have other names today, by auth type.
_RENAMED = {
    "oauth1": {"header": "addParamsToHeader", "auto": "autoAddParam", "includeEmpty": "addEmptyParamsToSign"},
    "hawk": {
        "hawk_id": "authId",
        "hawk_key": "authKey",
        "ext": "extraData",
        "app": "appId",
        "dlg": "delegation",
    },
}
#: What the old app kept there for itself.
_NO_PARAMETERS = ("id", "saveToRequest", "time", "encodeSignature")


def auth_to_v21(entity: Mapping[str, Any]) -> dict[str, Json] | None:
    """Auth of a collection, folder or request in the v2.1 form; None where it says nothing of its own."""
    helper, attributes = entity.get("currentHelper"), entity.get("helperAttributes")
    if "currentHelper" not in entity and not attributes:
        return _current(entity.get("auth"))
    if not isinstance(helper, str) or helper in ("", "normal"):
        return None
    if isinstance(attributes, str):
        try:
            attributes = json.loads(attributes)
        except (ValueError, RecursionError):
            return None
    kind = HELPERS.get(helper, helper)
    names = _RENAMED.get(kind, {})
    rows = [
        _row(names.get(key, key), value)
        for key, value in (attributes.items() if isinstance(attributes, Mapping) else ())
        if key not in _NO_PARAMETERS
    ]
    return {"type": kind, kind: rows} if rows else {"type": kind}


def _current(auth: Json) -> dict[str, Json] | None:
    """The newer way: a type and rows of parameters."""
    if not isinstance(auth, Mapping) or not isinstance(auth.get("type"), str) or not auth["type"]:
        return None
    kind = auth["type"]
    params = auth.get(kind)
    if isinstance(params, Mapping):
        rows = [_row(key, value) for key, value in params.items()]
    else:
        rows = [
            _row(row.get("key"), row.get("value"))
            for row in (params if isinstance(params, list) else ())
            if isinstance(row, Mapping)
        ]
    return {"type": kind, kind: rows} if rows and kind != "noauth" else {"type": kind}


def _row(key: Json, value: Json) -> dict[str, Json]:
    kind = "any"
    if isinstance(value, bool):
        kind = "boolean"
    elif isinstance(value, (int, float)):
        kind = "number"
    elif isinstance(value, str):
        kind = "string"
    return {"key": key, "value": value, "type": kind}
