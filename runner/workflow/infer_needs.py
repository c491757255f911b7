"""What requests need and nobody gives: variables, path variables, placeholders that stand where an id should."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from runner.engine.inherit import inherit
from runner.model.collection import Item, Located, Param, Url, Variable
from runner.model.records import dataclass, replace
from runner.workflow.infer_calls import call_of, static_prefix, varies
from runner.workflow.infer_words import (
    HANDLE_WORDS,
    ID_WORDS,
    Words,
    is_id,
    is_token,
    same_words,
    without_noise,
    words_of,
)
from runner.workflow.templates import template_uses

_WHOLE = re.compile(r"\{\{([^{}]+)\}\}")
_PLACEHOLDER = re.compile(r"<([^<>{}]+)>|\{([^{}]+)\}|\[([^\[\]]+)\]")
_ASKING = re.compile(r"(?:YOUR|INSERT|REPLACE|ENTER|PUT)[_ -][A-Z_ -]+|<[^<>]+>")
_SHOUTED = re.compile(r"(?:YOUR|INSERT|REPLACE|ENTER|PUT|MY)[_-][A-Z_-]*ID(?:[_-]HERE)?|[A-Z]+_ID")
_OPAQUE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24}", re.IGNORECASE)
_SHOUTED_NOISE = frozenset({"your", "insert", "replace", "enter", "put", "my", "here", "with"})


@dataclass(frozen=True, slots=True)
class Need:
    """A request needs a value.

    Attributes:
        name: the variable; of a placeholder the one that takes its place.
        where: for people, as in ``Use``.
        context: what the value stands behind in the URL, else what the request is about.
        position: index of the request in the run.
        literal: a real-looking id that was copied from an answer; only its own create call may replace it.
    """

    name: str
    where: str
    context: Words
    located: Located
    position: int
    literal: str | None = None

    @property
    def words(self) -> Words:
        return without_noise(words_of(self.name))

    @property
    def in_address(self) -> bool:
        """Whether the request makes no sense with the template unresolved. Of OAuth and the like many parameters are
        there for getting a token, which may be there already."""
        if is_id(self.words) or is_token(self.words):
            return True
        if self.where == "auth":
            auth = inherit(self.located).auth
            return auth is not None and auth.type in ("bearer", "apikey", "basic")
        return not self.where.startswith("body")


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A request whose placeholders are variables, and what was replaced: path segment, or name of the query
    parameter, -> variable."""

    located: Located
    path: dict[str, str]
    query: dict[str, str]


def needs_of(
    located: Located, position: int, is_given: Callable[[str, bool], bool]
) -> tuple[Rewritten | None, tuple[Need, ...]]:
    """The needs of a request, and the request with variables in the place of placeholders.

    Args:
        is_given: whether a variable has a value without us; told too whether an empty one counts as none.
    """
    rewritten, literal = _without_placeholders(located)
    current = rewritten.located if rewritten else located
    url = current.item.request.url
    contexts = dict(_contexts(url))
    own = next(iter(call_of(current).path_nouns), ())
    found: dict[str, Need] = {}
    for use in template_uses(current):
        words = without_noise(words_of(use.name))
        if is_given(use.name, is_id(words) or is_token(words)) or use.name.startswith("$"):
            continue
        context = contexts.get(use.name) or own
        found.setdefault(use.name, Need(use.name, use.where, context, located, position, literal.get(use.name)))
    return rewritten, tuple(found.values())


def resource_of(need: Need) -> Words:
    """What the value is the id of; empty if it is no id."""
    words = need.words
    if len(words) == 1 and words[0] in ID_WORDS:
        return need.context
    if is_id(words):
        return words[:-1]
    if len(words) == 1 and len(words[0]) > 4 and words[0].endswith("id"):
        return (words[0][:-2],)
    if need.context and need.where in ("URL", "path variable " + need.name) and same_words(words, need.context):
        return words
    return ()


def is_handle(words: Words) -> bool:
    """Whether it is a name for what stands in URLs where others have an id."""
    return bool(words) and words[-1] in HANDLE_WORDS


def handle_of(need: Need) -> Words:
    """The whole name of what stands in a path where others have an id: ``article slug`` of ``/articles/{{slug}}``;
    empty if it is nothing like that."""
    words = need.words
    if not (is_handle(words) and need.context and need.where in ("URL", "path variable " + need.name)):
        return ()
    return (*need.context, words[-1]) if len(words) == 1 or same_words(words[:-1], need.context) else ()


def _without_placeholders(located: Located) -> tuple[Rewritten | None, dict[str, str]]:
    """Path variables without a value, and placeholders in path and query, as variables."""
    url = located.item.request.url
    replaced: dict[str, str] = {}
    literal: dict[str, str] = {}
    given = {row.key: row for row in url.variables}
    rows = {row.key: row for row in url.variables}
    path = list(url.path or ())
    negative = call_of(located).negative
    for at, segment in enumerate(path):
        context = static_prefix(url, at)
        key = segment[1:].partition(".")[0] if segment.startswith(":") else ""
        if key:
            row = given.get(key)
            if row is None or row.value in (None, "") or _placeholder(str(row.value)):
                name = _name(key, context)
                rows[key] = replace(row, value=f"{{{{{name}}}}}") if row else Variable(key, f"{{{{{name}}}}}")
                replaced[f":{key}"] = name
        elif not negative and (inner := _placeholder(segment)):
            name = _name(inner, context)
            path[at] = f"{{{{{name}}}}}"
            replaced[segment] = name
        elif not negative and context and _OPAQUE.fullmatch(segment) and set(segment) - set("0-"):
            name = _name("id", context)
            path[at] = f"{{{{{name}}}}}"
            replaced[segment] = literal[name] = name
    query, changed = _query(url, negative)
    if not replaced and not changed:
        return None, {}
    new = replace(url, path=tuple(path) if url.path is not None else None, variables=tuple(rows.values()), query=query)
    item: Item = replace(located.item, request=replace(located.item.request, url=new))
    return Rewritten(Located(item, located.parents), replaced, changed), literal


def _query(url: Url, negative: bool) -> tuple[tuple[Param, ...], dict[str, str]]:
    replaced: dict[str, str] = {}
    params = []
    for param in url.query:
        inner = _placeholder(param.value) if isinstance(param.value, str) and param.enabled and not negative else ""
        name = _name(inner, ()) if inner else ""
        if name and is_id(words_of(name)) and len(words_of(name)) > 1:
            params.append(replace(param, value=f"{{{{{name}}}}}"))
            replaced[str(param.key)] = name
        else:
            params.append(param)
    return tuple(params), replaced


def _placeholder(text: str) -> str:
    """The name inside ``<userId>``, ``{id}``, ``[id]`` or ``YOUR_USER_ID``; empty if it is no placeholder."""
    text = text.strip()
    found = _PLACEHOLDER.fullmatch(text)
    if found:
        return next(group for group in found.groups() if group is not None).strip()
    if _SHOUTED.fullmatch(text):
        return "_".join(word for word in words_of(text) if word not in _SHOUTED_NOISE)
    return ""


def is_placeholder(text: str) -> bool:
    """Whether a value only says what should stand in its place: ``<user id>``, ``YOUR_USER_ID``."""
    return _ASKING.fullmatch(text.strip()) is not None


def _name(key: str, context: Words) -> str:
    """A variable for a placeholder: its own name, with what stands before it if that says nothing."""
    words = words_of(key)
    if len(words) == 1 and words[0] in ID_WORDS and context:
        return "_".join((*context[:-1], _singular(context[-1]), words[0]))
    return key if key.isidentifier() else "_".join(words) or "value"


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 2 else word


def _contexts(url: Url) -> Iterator[tuple[str, Words]]:
    """Variables that are whole path segments, with the fixed segment before each."""
    rows = {row.key: row.value for row in url.variables}
    for at, segment in enumerate(url.path or ()):
        text = rows.get(segment[1:].partition(".")[0]) if segment.startswith(":") else segment
        found = _WHOLE.fullmatch(text.strip()) if isinstance(text, str) else None
        if found and varies(segment):
            yield found.group(1), static_prefix(url, at)
