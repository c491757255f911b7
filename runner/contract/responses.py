"""What a response looks like: its status, its media type, the shape of its body."""

from __future__ import annotations

import json
from typing import Any
from xml.parsers import expat

from runner.contract.shapes import Shape, merged, shape_of, size
from runner.model.exchange import Response
from runner.model.records import dataclass, replace

#: Bytes of a body beyond which its shape is not looked at.
_MAX_SHAPED = 16 * 1024 * 1024
_MAX_DEPTH = 100
#: Places beyond which a body has no shape that anybody would read.
_MAX_PLACES = 10_000
NO_TYPE = "no type"


@dataclass(frozen=True, slots=True)
class Kind:
    """Status and media type. ``media_type`` is ``no type`` without one, and empty if there is no body."""

    status: int
    media_type: str

    def __str__(self) -> str:
        return f"{self.status} {self.media_type}".rstrip()


def look(response: Response) -> tuple[Kind, Shape | None]:
    """The shape is None where there is none to be seen: of texts, pictures, HTML, and what is larger than 16 MB or has
    more than 10,000 places."""
    if not len(response.content):
        return Kind(response.code, ""), None
    media_type = (response.header("content-type") or "").partition(";")[0].strip().lower() or NO_TYPE
    kind = Kind(response.code, media_type)
    if len(response.content) > _MAX_SHAPED:
        return kind, None
    try:
        if "json" in media_type or (media_type in (NO_TYPE, "text/plain") and _begins_like_json(response)):
            return kind, _bounded(shape_of(json.loads(response.text)))
        if media_type.endswith(("/xml", "+xml")) and "html" not in media_type:
            return kind, _bounded(xml_shape(response.body))
    except (ValueError, RecursionError, expat.ExpatError):
        pass
    return kind, None


def _bounded(shape: Shape) -> Shape | None:
    return shape if size(shape) <= _MAX_PLACES else None


def _begins_like_json(response: Response) -> bool:
    return response.content[:64].lstrip()[:1] in (b"{", b"[")


def xml_shape(body: bytes) -> Shape:
    """The names of elements, and which of them are in all that hold any.

    Raises:
        ValueError: it has entities of its own, or is nested too deeply.
        xml.parsers.expat.ExpatError: it is no XML.
    """
    open_: list[dict[str, Shape]] = [{}]
    element = Shape(frozenset({"element"}))

    def start(name: str, attributes: Any) -> None:
        if len(open_) > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        open_.append({})

    def end(name: str) -> None:
        shape = replace(element, fields=open_.pop())
        known = open_[-1].get(name)
        open_[-1][name] = shape if known is None else merged(known, shape)

    def entity(*declared: Any) -> None:
        raise ValueError("has entities of its own")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.EntityDeclHandler = entity
    parser.Parse(body, True)
    return replace(element, fields=open_[0])
