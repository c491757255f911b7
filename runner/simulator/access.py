"""Who may call what: the two kinds of key, and the statuses that a caller can ask for.

``Authorization: token sk_...`` opens every call. ``token pk_...`` opens the calls that carry an identifier, in
the path, the query or the body. Any key of the right form is taken: there are no accounts here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from runner.simulator.entities import Json
from runner.simulator.web import ApiError

SIMULATE_STATUS = "X-Simulate-Status"
"""The request header that asks for an error which state and input cannot provoke."""

SIMULATED: Mapping[int, str] = {
    402: "This is a paid resource. Set up billing in the dashboard to use it.",
    429: "Request was throttled. Expected available in 1 second.",
    500: "A server error occurred. We have been notified.",
    502: "Bad gateway.",
    503: "Service temporarily unavailable, try again later.",
    504: "Gateway timeout.",
}
RETRY_AFTER = "1"
"""Seconds, sent with 429 and 503."""

IDENTIFIERS = frozenset(
    {
        "id",
        "unique_id",
        "lookup_id",
        "user_id",
        "user_unique_id",
        "group_id",
        "action_id",
        "action_ids",
        "collection_id",
    }
)


def authenticate(header: str | None) -> str:
    """The key in an ``Authorization`` header; 401 without one of the right form."""
    words = (header or "").split()
    if not words or words[0].lower() != "token":
        raise _unauthorized("Authentication credentials were not provided.")
    if len(words) == 1:
        raise _unauthorized("Invalid token header. No credentials provided.")
    if len(words) > 2:
        raise _unauthorized("Invalid token header. Token string should not contain spaces.")
    if not re.fullmatch(r"[sp]k_[A-Za-z0-9_-]+", words[1]):
        raise _unauthorized("Invalid token.")
    return words[1]


def permit(key: str, path_id: str, query: Mapping[str, str], data: Json) -> None:
    """403 for a publishable key on a call that carries no identifier."""
    if key.startswith("sk_") or path_id:
        return
    body = data if isinstance(data, dict) else {}
    if not any(query.get(name) or body.get(name) for name in IDENTIFIERS):
        raise ApiError(403, {"detail": "You do not have permission to perform this action."})


def simulate_status(header: str | None) -> None:
    """Answer with the status that the caller asked for, instead of doing the call."""
    if header is None:
        return
    status = int(header) if re.fullmatch(r"[0-9]{3}", header) else 0
    if status not in SIMULATED:
        choices = ", ".join(map(str, SIMULATED))
        raise ApiError(400, {"detail": f"{SIMULATE_STATUS} can be one of {choices}, not {header!r}."})
    headers = {"Retry-After": RETRY_AFTER} if status in (429, 503) else {}
    raise ApiError(status, {"detail": SIMULATED[status]}, headers)


def _unauthorized(detail: str) -> ApiError:
    return ApiError(401, {"detail": detail}, {"WWW-Authenticate": "Token"})
