"""The text of a response body for scripts."""

from __future__ import annotations

#: characters of the longest string of V8 (v8-primitive.h, kMaxLength), without the letter that marks a call
MAX_TEXT = 2**29 - 24 - 1


def decoded(body: bytes) -> str:
    """The text of a UTF-8 body, as iconv-lite decodes it."""
    return body.decode("utf-8", "replace").removeprefix("\ufeff")


def encoded_text(body: bytes) -> bytes | None:
    """The text of a body as UTF-8, None if it is too long for V8: a script that asks for it gets V8's error."""
    if body.isascii():
        return body if len(body) <= MAX_TEXT else None
    text = decoded(body)
    return text.encode() if len(text) <= MAX_TEXT else None
