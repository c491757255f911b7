"""Bodies for the page: the start of the text, or of the bytes where there is none."""

from __future__ import annotations

import codecs
from base64 import b64encode
from typing import Any

from runner.model.exchange import Content
from runner.reporters.wire import content_kind

#: Bytes of a binary body that are shown as hex.
_HEX_LIMIT = 4096
#: What a browser draws, if it fits: a cut-off picture is none.
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml", "image/avif"})


def body_json(content: Content | None, content_type: str | None, limit: int) -> dict[str, Any] | None:
    """A body as the page wants it, or None if there is none.

    Members: ``size`` (bytes), ``type`` (media type), ``text`` or ``b64``, ``cut`` (bytes that are kept of a body that
    goes on), ``image``, ``broken`` if some bytes are no text in its encoding (they are shown as U+FFFD; ``b64`` has
    them).

    Args:
        limit: bytes of text that are kept.
    """
    size = len(content) if content is not None else 0
    if content is None or not size:
        return None
    media, family, _, charset = content_kind(content_type)
    made: dict[str, Any] = {"size": size, "type": media if content_type else ""}
    if media in _PICTURES and size <= limit:
        made["image"] = True
        if media != "image/svg+xml":
            return {**made, "b64": b64encode(content[:size]).decode("ascii")}
    head = content[:limit]
    if (family in ("image", "audio", "video") and media != "image/svg+xml") or _is_binary(head):
        made["b64"] = b64encode(head[:_HEX_LIMIT]).decode("ascii")
        if size > _HEX_LIMIT or size > limit:
            made["cut"] = min(limit, _HEX_LIMIT)
        return made
    text, broken = _decoded(head, charset, whole=size <= limit)
    made["text"] = text
    if broken:
        made["broken"] = True
        made["b64"] = b64encode(head[:_HEX_LIMIT]).decode("ascii")
    if size > limit:
        made["cut"] = limit
    return made


def _is_binary(head: bytes) -> bool:
    return b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _decoded(head: bytes, charset: str, *, whole: bool) -> tuple[str, bool]:
    """The text, and whether some of it could not be read. A character that the limit cuts in two is left out."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16"
    for name in dict.fromkeys((charset, "utf-8")):
        try:
            return codecs.getincrementaldecoder(name)().decode(head, final=whole), False
        except (UnicodeDecodeError, LookupError, TypeError):  # a codec such as rot13 takes no bytes
            continue
    return head.decode("utf-8", "replace"), True
