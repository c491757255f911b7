"""JSON in another layout, and nothing else changed."""

from __future__ import annotations

import json

from runner.model.collection import Json


def rewritten(text: str, indent: int | None) -> str | None:
    """The same JSON with or without lines; None if the text is no JSON, or would say something else then (a number
    that Python writes in another way, a member that is there twice)."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text, parse_float=_kept, object_pairs_hook=_members)
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except (ValueError, RecursionError):
        return None


def _kept(written: str) -> float:
    value = float(written)
    if repr(value) != written:
        raise ValueError("it would be written in another way")
    return value


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a member is there twice")
    return made
