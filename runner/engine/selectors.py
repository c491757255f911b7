"""Which requests of a collection run: paths, methods, names, tags, a stretch from one to another, a share.

All that is given must hold; what is given several times in one option are alternatives. The order is always that of
the collection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Collection as Container

from runner.engine.addresses import Place, find, places
from runner.errors import EmptySelectionError, SelectionError, UsageError
from runner.model.collection import Collection, Located, walk
from runner.model.records import dataclass, replace

_SHOWN = 10
#: ``#smoke`` but neither ``page#part`` nor ``# Heading`` nor an entity
_TAG = re.compile(r"(?<![\w/#&])#(\w(?:[\w:.-]*\w)?)")


@dataclass(frozen=True, slots=True)
class Selectors:
    """What was asked for; see ``docs/selection.md``.

    Attributes:
        select, exclude: paths, names, ids, globs; or tags, as ``#smoke``.
        methods: HTTP methods, in any case.
        names: regular expressions that are searched in names.
        tags: with or without ``#``.
        first, last: where the stretch begins and ends, both of it.
    """

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Only:
    """The requests that something else has found, e.g. those that failed. ``items``: ``id()`` of each item."""

    items: frozenset[int]
    why_none: str  #: what to say if none of them is left


def selected(
    collection: Collection, base: Sequence[Located], asked: Selectors, only: Iterable[Only] = ()
) -> tuple[Located, ...]:
    """The requests of ``base`` that were asked for.

    Args:
        base: what may run at all, in order.
        only: further conditions.

    Raises:
        EmptySelectionError: nothing is left, or a name is not there; says which condition it was.
        SelectionError: a name means several, or the stretch ends before it begins.
        UsageError: a regular expression is none, or a path is empty.
    """
    filters = [*_filters(collection, asked), *((f"{one.why_none}", _is_in(one.items)) for one in only)]
    left = tuple(base)
    for why_none, keep in filters:
        before, left = left, tuple(one for one in left if keep(one))
        if not left:
            raise EmptySelectionError(why_none if before == tuple(base) else f"nothing is left to run: {why_none}")
    return left


def for_each(asked: Selectors, collections: Sequence[tuple[str, Collection]]) -> list[Selectors | None]:
    """What was asked for, for each of several collections: of the paths those that it has. None: it has none of them.

    Args:
        collections: with the names of the inputs, which may stand before a path.

    Raises:
        EmptySelectionError: none of them has a path.
        SelectionError: a path means several requests of one collection, or an end of the stretch those of several.
    """
    select = _spread(asked.select, collections, "--select")
    exclude = _spread(asked.exclude, collections, "--exclude")
    return [
        None if stretch is None or (asked.select and not wanted) else replace(stretch, select=wanted, exclude=unwanted)
        for stretch, wanted, unwanted in zip(_stretches(asked, collections), select, exclude, strict=True)
    ]


def _stretches(asked: Selectors, collections: Sequence[tuple[str, Collection]]) -> list[Selectors | None]:
    """What of the stretch lies in each collection; None: nothing."""
    if asked.first is None and asked.last is None:
        return [asked] * len(collections)
    begin, first = _end(asked.first, collections, "--from") or (0, None)
    end, last = _end(asked.last, collections, "--to") or (len(collections) - 1, None)
    if begin > end:
        raise SelectionError(
            f'--from "{asked.first}" comes after --to "{asked.last}": '
            f'"{collections[end][0]}" runs before "{collections[begin][0]}"'
        )
    return [
        replace(asked, first=first if at == begin else None, last=last if at == end else None)
        if begin <= at <= end
        else None
        for at in range(len(collections))
    ]


def _end(text: str | None, collections: Sequence[tuple[str, Collection]], option: str) -> tuple[int, str] | None:
    """In which collection an end of the stretch lies, and its path there."""
    if text is None:
        return None
    found = [(at, mine[0]) for at, mine in enumerate(_spread([text], collections, option)) if mine]
    if len(found) > 1:
        candidates = ", ".join(f'"{collections[at][0]}/{mine}"' for at, mine in found)
        raise SelectionError(f'{option} "{text}" means several; give one of: {candidates}')
    return found[0]


def _spread(
    patterns: Sequence[str], collections: Sequence[tuple[str, Collection]], option: str
) -> list[tuple[str, ...]]:
    found: list[list[str]] = [[] for _ in collections]
    if not patterns:
        return [()] * len(collections)
    parts = [(tuple(walk(one)), places(one)) for _, one in collections]
    for pattern in patterns:
        error: EmptySelectionError | None = None
        hit = False
        for named in (False, True):  # as it stands, else with the name of an input before it
            for (name, _), (everything, known), mine in zip(collections, parts, found, strict=True):
                text = pattern.removeprefix(name + "/") if named else pattern
                if named and text == pattern:
                    continue
                try:
                    _meant(everything, known, text, option)
                except EmptySelectionError as nothing:
                    error = error or nothing
                else:
                    mine.append(text)
                    hit = True
            if hit:
                break
        if not hit and error is not None:
            raise error
    return [tuple(mine) for mine in found]


def tags_of(located: Located) -> frozenset[str]:
    """The tags of a request in lower case: those in its name and description, and of all folders around it."""
    item = located.item
    texts = [item.name, item.description, item.request.description]
    texts += [text for folder in located.parents for text in (folder.name, folder.description)]
    return frozenset(tag.lower() for text in texts if text and "#" in text for tag in _TAG.findall(text))


def _is_in(items: Container[int]) -> Callable[[Located], bool]:
    return lambda located: id(located.item) in items


def _filters(collection: Collection, asked: Selectors) -> Iterable[tuple[str, Callable[[Located], bool]]]:
    """Each condition with what to say if nothing fulfils it."""
    everything = tuple(walk(collection))
    stretch = asked.first is not None or asked.last is not None
    known = places(collection) if asked.select or asked.exclude or stretch else ()

    def ids(patterns: Iterable[str], option: str) -> frozenset[int]:
        return frozenset(id(one.item) for text in patterns for one in _meant(everything, known, text, option))

    if asked.select:
        yield "--select leaves nothing to run", _is_in(ids(asked.select, "--select"))
    if asked.exclude:
        excluded = ids(asked.exclude, "--exclude")
        yield "--exclude leaves nothing to run", lambda located: id(located.item) not in excluded
    if asked.methods:
        methods = {method.upper() for method in asked.methods}
        there = sorted({one.item.request.method.upper() for one in everything})
        none = f"no request has the method {' or '.join(sorted(methods))}; there are: {', '.join(there)}"
        yield none, lambda located: located.item.request.method.upper() in methods
    if asked.names:
        patterns = [_compiled(text) for text in asked.names]
        none = f"no name matches {' or '.join(asked.names)} (--name)"
        yield none, lambda located: any(pattern.search(located.item.name) for pattern in patterns)
    if asked.tags:
        tags = {tag.lstrip("#").lower() for tag in asked.tags}
        yield _no_tag(tags, everything), lambda located: not tags.isdisjoint(tags_of(located))
    if stretch:
        yield "--from and --to leave nothing to run", _is_in(_stretch(everything, known, asked))


def _meant(everything: Sequence[Located], known: Sequence[Place], text: str, option: str) -> tuple[Located, ...]:
    if text.startswith("#") and not any(text in (one.name, one.path, one.address) for one in known):
        tag = text[1:].lower()
        tagged = tuple(one for one in everything if tag in tags_of(one))
        if not tagged:
            raise EmptySelectionError(f"{option}: {_no_tag([tag], everything)}")
        return tagged
    return tuple(everything[at] for one in find(known, text, f'{option} "{text}"') for at in one.items)


def _stretch(everything: Sequence[Located], known: Sequence[Place], asked: Selectors) -> frozenset[int]:
    first, last = 0, len(everything) - 1
    if asked.first is not None:
        first = min(_positions(known, asked.first, "--from"))
    if asked.last is not None:
        last = max(_positions(known, asked.last, "--to"))
    if first > last:
        raise SelectionError(
            f'--from "{asked.first}" comes after --to "{asked.last}": '
            f'"{everything[last].path}" runs before "{everything[first].path}"'
        )
    return frozenset(id(one.item) for one in everything[first : last + 1])


def _positions(known: Sequence[Place], text: str, option: str) -> list[int]:
    found = [at for one in find(known, text, f'{option} "{text}"') for at in one.items]
    if not found:
        raise EmptySelectionError(f'{option} "{text}": the folder has no requests')
    return found


def _compiled(text: str) -> re.Pattern[str]:
    if not text:
        raise UsageError("--name is empty, which every name matches: give a regular expression")
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"--name takes a regular expression, not {text!r}: {error}") from None


def _no_tag(tags: Iterable[str], everything: Sequence[Located]) -> str:
    there = sorted({tag for located in everything for tag in tags_of(located)})
    listed = ", ".join(f"#{tag}" for tag in there[:_SHOWN]) + (", ..." if len(there) > _SHOWN else "")
    asked = " or ".join(f"#{tag}" for tag in sorted(tags))
    return f"no request has the tag {asked}; " + (f"there are: {listed}" if there else "the collection has no tags")
