"""Bodies without secrets, which are looked for when somebody reads a body, and only in the part that is read."""

from __future__ import annotations

from collections.abc import Callable

from runner.model.exchange import Content
from runner.reporters.masking.named import MASK
from runner.reporters.masking.text import Secrets

#: Bodies up to this size are masked as a whole.
_AT_ONCE = 4 * 1024 * 1024
_PIECE = 1024 * 1024
#: What is looked at beyond a part, so that a secret that its end cuts in two is found: bytes.
_BEYOND = 65_536
#: The name of a field and what stands between it and its value: bytes.
_NAME = 200


def mask_bytes(data: bytes, secrets: Secrets) -> bytes:
    """A body in memory without secrets: text in UTF-8 and other encodings that hold ASCII as it is. The result is
    never longer."""
    spans = secrets.spans(data.decode("latin-1"))
    return _hidden(data, spans) if spans else data


class MaskedContent:
    """A body whose secrets are hidden.

    Its length is that of the original, which reports say is the size of the body. The mask may be shorter than what
    it hides: then slices end before the length says so.
    """

    __slots__ = ("_content", "_masked", "_secrets", "_version")

    def __init__(self, content: Content, secrets: Secrets) -> None:
        self._content, self._secrets = content, secrets
        self._masked: Content = b""
        self._version = -1

    def __len__(self) -> int:
        return len(self._content)

    def __getitem__(self, part: slice, /) -> bytes:
        start, stop, step = part.indices(len(self._content))
        if step != 1:
            raise ValueError("parts of a body have no gaps")
        # A glance at the beginning of a large body; who reads on needs all of it.
        if start == 0 and (stop + _BEYOND) * 4 < len(self._content) and self._version != self._secrets.version:
            return mask_bytes(self._content[: stop + _BEYOND], self._secrets)[:stop]
        return self._all()[start:stop]

    def head(self, size: int) -> bytes:
        """The beginning, of which no more is looked at than that: a secret that its end cuts in two is not found."""
        if self._version == self._secrets.version:  # somebody has read all of it
            return self._masked[:size]
        return mask_bytes(self._content[:size], self._secrets)

    def _all(self) -> Content:
        """The whole body, masked with what is known to be secret now."""
        if self._version != self._secrets.version:
            content, version = self._content, self._secrets.version
            if len(content) <= _AT_ONCE:
                self._masked = mask_bytes(content[:], self._secrets)
            else:
                self._masked = _on_disk(content, self._secrets)
            self._version = version
        return self._masked


def _on_disk(content: Content, secrets: Secrets) -> Content:
    from runner.transport.spool import Collector

    collector = Collector()
    mask_pieces(content, secrets, collector.add)
    return collector.content()


def mask_pieces(content: Content, secrets: Secrets, write: Callable[[bytes], None]) -> None:
    """Masks a large body piece by piece. A secret that lies across the border of two pieces is found."""
    data, written = b"", 0  # what is looked at, and how much of that is written already
    for at in range(0, len(content), _PIECE):
        data += content[at : at + _PIECE]
        spans = [(max(start, written), end) for start, end in secrets.spans(data.decode("latin-1")) if end > written]
        cut = len(data) if at + _PIECE >= len(content) else max(written, len(data) - _BEYOND)
        # A part that reaches into what is kept back is looked at again with the next piece.
        cut = next((start for start, end in spans if start < cut < end), cut)
        write(_hidden(data[:cut], [span for span in spans if span[1] <= cut], written))
        # The name of a field stands before its value.
        kept = max(0, cut - _NAME)
        data, written = data[kept:], cut - kept


def _hidden(data: bytes, spans: list[tuple[int, int]], at: int = 0) -> bytes:
    """What stands in ``data`` from ``at`` on, without what stands in the spans."""
    parts: list[bytes] = []
    for start, end in spans:
        parts += data[at:start], MASK[: end - start].encode()
        at = end
    return b"".join((*parts, data[at:]))
