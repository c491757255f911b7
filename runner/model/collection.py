"""A collection as it was written: templates unresolved, ``disabled`` normalised to ``enabled``.

The fields follow the Postman collection format v2.1 (https://schema.postman.com/); the parsers of all
other versions produce the same objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, TypeAlias

from runner.model.records import dataclass, field

Json: TypeAlias = Any
Listen: TypeAlias = Literal["prerequest", "test"]


class Undefined(Enum):
    """What JavaScript calls undefined: a row without a value, a type that could not be cast."""

    UNDEFINED = "undefined"


UNDEFINED = Undefined.UNDEFINED


@dataclass(frozen=True, slots=True)
class Variable:
    """One row of a variable list; ``type`` is Postman's (``any``, ``string``, ``secret``, ...).
    ``name`` is an older member of exports that only goes through."""

    key: str
    value: Json = None
    type: str | None = None
    enabled: bool = True
    description: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """A query parameter or an urlencoded field. ``value=None`` sends the bare key. ``absent`` names those of ``key``
    and ``value`` that are None because the row lacks them, not because it says null."""

    key: str | None
    value: Json = None
    enabled: bool = True
    description: str | None = None
    absent: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def lacks(self, member: Literal["key", "value"]) -> bool:
        """Whether the row was written without it, and nothing has given it one since."""
        return member in self.absent and getattr(self, member) is None


@dataclass(frozen=True, slots=True)
class Header:
    """A request or response header; ``system`` marks those that the runner added."""

    key: str
    value: str = ""
    enabled: bool = True
    system: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True)
class FormParam:
    """A field of a multipart form. ``src`` names files for ``type == "file"``; with ``src=None`` a
    file part takes ``value`` as its base64 content. ``typed`` says whether the type was written: it need not be."""

    key: str
    value: Json = None
    type: str = "text"
    src: str | tuple[str, ...] | None = None
    content_type: str | None = None
    file_name: str | None = None
    enabled: bool = True
    description: str | None = None
    typed: bool = field(default=True, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FileBody:
    """The body mode ``file``: a path, or content that was written into the collection."""

    src: str | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class GraphQLBody:
    """The body mode ``graphql``. ``nulls`` names the members, as they are called in JSON, that are there and null;
    the others that are None are not there."""

    query: Json = None
    operation_name: Json = None
    variables: Json = None
    nulls: tuple[str, ...] = ()

    def members(self) -> dict[str, Json]:
        """What is there, under its name in JSON."""
        members = {"query": self.query, "operationName": self.operation_name, "variables": self.variables}
        return {name: value for name, value in members.items() if value is not None or name in self.nulls}


@dataclass(frozen=True, slots=True)
class Body:
    """A request body. ``mode`` says which one of the other fields counts."""

    mode: str | None = None
    raw: str | None = None
    urlencoded: tuple[Param, ...] = ()
    formdata: tuple[FormParam, ...] = ()
    file: FileBody | None = None
    graphql: GraphQLBody | None = None
    options: Mapping[str, Json] = field(default_factory=dict)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Auth:
    """How a request is signed. ``type == "noauth"`` stops inheritance."""

    type: str
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UrlAuth:
    """The ``user:password`` of a URL."""

    user: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in Postman's parts. The parts count, not the text they came from
    (postman-collection, lib/collection/url.js)."""

    protocol: str | None = None
    auth: UrlAuth | None = None
    host: tuple[str, ...] | None = None
    port: str | None = None
    path: tuple[str, ...] | None = None
    query: tuple[Param, ...] = ()
    hash: str | None = None
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """A request as written (templates unresolved) or, later, with every template resolved."""

    url: Url
    method: str = "GET"
    headers: tuple[Header, ...] = ()
    body: Body | None = None
    auth: Auth | None = None
    description: str | None = None
    proxy: Mapping[str, Json] | None = None
    certificate: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A script that runs before (``prerequest``) or after (``test``) a request."""

    listen: Listen
    source: str
    id: str
    enabled: bool = True
    packages: Mapping[str, Json] = field(default_factory=dict)
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A saved example response."""

    id: str
    name: str
    request: RequestSpec | None = None
    code: int | None = None
    status: str | None = None
    headers: tuple[Header, ...] = ()
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A request with its scripts. ``source`` is the JSON it was read from, for reports."""

    id: str
    name: str
    request: RequestSpec
    scripts: tuple[Script, ...] = ()
    examples: Sequence[Example] = ()
    description: str | None = None
    behavior: Mapping[str, Json] = field(default_factory=dict)
    source: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder: what its scripts, auth and behavior say holds for everything inside."""

    id: str
    name: str
    children: tuple[Item | Folder, ...] = ()
    scripts: tuple[Script, ...] = ()
    auth: Auth | None = None
    variables: tuple[Variable, ...] = ()
    description: str | None = None
    behavior: Mapping[str, Json] = field(default_factory=dict)
    source: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Collection(Folder):
    """The outermost folder; only its ``variables`` are used by a run (Postman ignores folders')."""

    path: str | None = None

    def items(self) -> Iterator[Located]:
        """Every request, in order, with the folders around it."""
        return walk(self)


@dataclass(frozen=True, slots=True)
class VariableSet:
    """An environment or a globals file."""

    id: str
    name: str | None = None
    values: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Located:
    """An item with the folders around it, the collection first."""

    item: Item
    parents: tuple[Folder, ...]

    @property
    def folders(self) -> tuple[str, ...]:
        """Names of the folders around the item, outermost first, without the collection."""
        return tuple(folder.name for folder in self.parents[1:])

    @property
    def path(self) -> str:
        """``Folder/Sub-folder/Request``."""
        return "/".join((*self.folders, self.item.name))


def walk(folder: Folder, parents: tuple[Folder, ...] = ()) -> Iterator[Located]:
    """Yields every item below ``folder`` in collection order."""
    inside = (*parents, folder)
    for child in folder.children:
        if isinstance(child, Folder):
            yield from walk(child, inside)
        else:
            yield Located(child, inside)
