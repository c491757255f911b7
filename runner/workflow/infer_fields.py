"""Which field of a response has the value that a name asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from runner.model.collection import Json
from runner.model.records import dataclass
from runner.workflow.infer_words import ID_WORDS, TOKEN_NOISE, Words, same_words, token_word, without_noise, words_of
from runner.workflow.json_paths import member

#: Places of one response that are looked at.
_LIMIT = 4000
_ENVELOPES = frozenset(
    {
        "data",
        "result",
        "results",
        "response",
        "payload",
        "body",
        "item",
        "items",
        "entity",
        "object",
        "value",
        "content",
        "records",
        "d",
    }
)
_ID_FIELDS: tuple[Words, ...] = (("id",), ("uuid",), ("guid",), ("uid",))
#: How databases call the id of what they have just stored.
_STORED = (("inserted", "id"), ("insert", "id"), ("created", "id"), ("new", "id"))
_ACCESS_FIELDS: tuple[Words, ...] = (
    ("access", "token"),
    ("token",),
    ("jwt",),
    ("auth", "token"),
    ("jwt", "token"),
    ("id", "token"),
    ("bearer", "token"),
    ("bearer",),
)
_ABOUT_TOKENS = frozenset({"type", "expires", "expiry", "expiration", "url", "uri", "endpoint", "scope"})


@dataclass(frozen=True, slots=True)
class Field:
    """A scalar in a JSON response. ``many``: it stands in a list of several."""

    path: str
    words: Words
    value: Json
    parents: tuple[Words, ...]
    many: bool

    @property
    def depth(self) -> int:
        return len(self.parents)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several fields have an equal claim and different values."""

    paths: tuple[str, ...]


Found: TypeAlias = Field | Ambiguous | None


def fields_of(document: Json) -> tuple[Field, ...]:
    """The scalars of a document that may be a value for another request, those nearest to the root first. Of
    lists the first element counts."""
    found = [field for field in _scalars(document) if _usable(field.value)]
    if isinstance(document, dict) and "jsonrpc" in document:
        found = [field for field in found if field.path != "$.id"]  # it is that of the call
    return tuple(sorted(found, key=lambda field: field.depth))


def same_name(fields: Sequence[Field], name: Words, *, first_of_list: bool) -> Found:
    """The field with that name, at any depth.

    Args:
        first_of_list: in a list of several the first one may be taken.
    """
    hits = [field for field in fields if same_words(field.words, name) and (first_of_list or not field.many)]
    return _one(hits)


def named_object(fields: Sequence[Field], name: Words, *, first_of_list: bool) -> Found:
    """For ``user id``: the id of an object called ``user``, at any depth but not in a list of several.

    Args:
        first_of_list: of a list called ``users`` the first one may be taken.
    """
    ids = [field for field in fields if field.words in _ID_FIELDS and field.parents]
    hits = [field for field in ids if not field.many and _called(field, name[:-1])]
    if hits or not first_of_list:
        return _one(hits)
    elements = [field.path.split("[0].") for field in ids]
    lists = [one for one, parts in zip(ids, elements, strict=True) if len(parts) == 2 and "." not in parts[1]]
    return _one([field for field in lists if any(same_words(parent, name[:-1]) for parent in field.parents)])


def object_id(
    fields: Sequence[Field], resource: Words, *, first_of_list: bool, sent: frozenset[str] = frozenset()
) -> Found:
    """The id of the object that a call about ``resource`` answers with: of the outermost object or, if there
    is one called after the resource, of that.

    Args:
        sent: what the URL held. If the outermost object has its id from there and holds one called after the
            resource, that is the one: adding an item to a cart answers with the cart.
    """
    found = _object_id(fields, resource, first_of_list)
    if isinstance(found, Field) and str(found.value) in sent:
        inside = [field for field in fields if any(same_words(parent, resource) for parent in field.parents)]
        return _object_id(inside, resource, first_of_list) if inside else found
    return found


def _object_id(fields: Sequence[Field], resource: Words, first_of_list: bool) -> Found:
    # "resource_id": the answer is about a job that makes the thing
    named = (*((*resource, word) for word in ("id", "uuid", "guid", "uid")), ("resource", "id"))
    eligible = [field for field in fields if first_of_list or not field.many]
    main = [field for field in eligible if _is_main(field, resource)]
    for candidates in (main, [field for field in eligible if field.parents and _called(field, resource)]):
        tails = [(*resource[at:], "id") for at in range(1, len(resource))]  # "accountId" of a source account
        for wanted in (*named, *((word,) for word in _heads(resource)), *_ID_FIELDS, *tails, *_STORED):
            hit = _one([field for field in candidates if field.words == wanted or _glued(field.words, wanted)])
            if hit is not None:
                return hit
    hit = same_name(eligible, (*resource, "id"), first_of_list=first_of_list)
    if hit is not None:
        return hit
    only = [field for field in eligible if field.words in _ID_FIELDS]
    if len(eligible) == 1 and not eligible[0].words:
        return eligible[0]  # the response is the id and nothing else
    return only[0] if len(only) == 1 else None


def member_of(fields: Sequence[Field], resource: Words, name: Words) -> Found:
    """A member of the object that a call about ``resource`` answers with."""
    main = [field for field in fields if not field.many and _is_main(field, resource)]
    exact = [field for field in main if same_words(field.words, name)]
    return _one(exact or [field for field in main if field.words[-len(name) :] == name and len(name) == 1])


def access_token(fields: Sequence[Field], name: Words) -> Found:
    """The token in the answer to a log-in. ``name`` says which one if there are several kinds."""
    texts = [field for field in fields if isinstance(field.value, str)]
    exact = _one([field for field in texts if same_words(field.words, name)])
    if exact is not None:
        return exact
    if token_word(name) == "ticket":
        return _one([field for field in texts if field.words[-1:] == ("ticket",)])
    special = next((word for word in ("refresh", "csrf", "xsrf", "id") if word in name), None)
    if special is not None:
        return _one([f for f in texts if special in f.words and (len(f.words) == 1 or f.words[-1] == "token")])
    texts = [f for f in texts if not ({"refresh", "csrf", "xsrf"} & {*f.words, *(w for p in f.parents for w in p)})]
    for wanted in _ACCESS_FIELDS:
        hit = _one([field for field in texts if same_words(field.words, wanted)])
        if hit is not None:
            return hit
    inside = [
        f
        for f in texts
        if any("token" in p or "tokens" in p for p in f.parents) and f.words[-1:] in (("access",), ("value",))
    ]
    named = [field for field in texts if field.words[-1:] == ("token",)]
    return _one(inside or named or [f for f in texts if "token" in f.words and not _ABOUT_TOKENS & set(f.words)])


def _scalars(document: Json) -> Iterator[Field]:
    level: list[tuple[str, Words, Json, tuple[Words, ...], bool]] = [("$", (), document, (), False)]
    seen = 0
    while level and seen < _LIMIT:
        below = []
        for path, words, value, parents, many in level:
            seen += 1
            if isinstance(value, dict):
                inner = (*parents, words) if words else parents
                below += [
                    (member(path, str(key)), words_of(str(key)), child, inner, many) for key, child in value.items()
                ]
            elif isinstance(value, list):
                if value:
                    below.append((f"{path}[0]", words, value[0], parents, many or len(value) > 1))
            else:
                yield Field(path, words, value, parents, many)
        level = below


def _usable(value: Json) -> bool:
    """Numbers and texts that say something; an unresolved template that came back does not."""
    if isinstance(value, str):
        return bool(value.strip()) and "{{" not in value and len(value) <= 8192
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_main(field: Field, resource: Words) -> bool:
    """Whether it belongs to the object that the response is about: no parents but envelopes and the resource."""
    return all(
        (len(parent) == 1 and parent[0] in _ENVELOPES) or same_words(parent, resource) or _plural_tail(parent, resource)
        for parent in field.parents
    )


def _called(field: Field, resource: Words) -> bool:
    """Whether it is a member of an object with that name."""
    return same_words(field.parents[-1], resource)


def _plural_tail(parent: Words, resource: Words) -> bool:
    return same_words(parent[-1:], resource[-1:]) and len(parent) > 1


def _heads(resource: Words) -> Iterable[str]:
    """``userid`` and the like, written as one word."""
    return (f"{''.join(resource)}id", f"{resource[-1]}id") if resource else ()


def _glued(words: Words, wanted: Words) -> bool:
    return len(words) != len(wanted) and "".join(words) == "".join(wanted) and bool(ID_WORDS & set(wanted))


def _one(hits: Sequence[Field]) -> Found:
    """The one that is nearest to the root, if those with another value are all further away."""
    if not hits:
        return None
    nearest = [field for field in hits if field.depth == min(f.depth for f in hits)]
    if len({repr(field.value) for field in nearest}) > 1:
        return Ambiguous(tuple(field.path for field in nearest))
    return nearest[0]


def qualifiers(name: Words) -> frozenset[str]:
    """The words in a token's name that say whose it is."""
    return frozenset(without_noise(name)) - TOKEN_NOISE - {"refresh", "id", "csrf", "xsrf", "ticket"}
