"""HT4xx: the order, the names and the checks of requests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.check.model import Finding, Place
from runner.check.subject import Subject, chain_of
from runner.engine.inherit import inherit
from runner.model.collection import Folder, Item, Located
from runner.scripting.mentions import ScriptMentions

_THROW = re.compile(r"\bthrow\b")


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of the family."""
    yield from _names(subject)
    yield from _ids(subject)
    yield from _checks(subject)
    yield from _unreachable(subject)


def _names(subject: Subject) -> Iterator[Finding]:
    for chain in subject.nodes():
        folder = chain[-1]
        if not isinstance(folder, Folder):
            continue
        same: dict[str, list[Item]] = {}
        for child in folder.children:
            if isinstance(child, Item):
                same.setdefault(child.name, []).append(child)
        for name, items in same.items():
            if len(items) > 1:
                where = f'the folder "{folder.name}"' if len(chain) > 1 else "the collection"
                words = f'called "{name}"' if name else "without a name"
                yield Finding("HT401", f"{len(items)} requests of {where} are {words}", Place((*chain, items[1])))


def _ids(subject: Subject) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for chain in subject.nodes():
        node = chain[-1]
        if len(chain) == 1 or node.id not in (node.source.get("id"), node.source.get("_postman_id")):
            continue  # an id that was made up for it
        if node.id in seen:
            what = "folder" if isinstance(node, Folder) else "request"
            yield Finding("HT403", f'the {what} has the id of "{seen[node.id]}"', Place(chain, field=("id",)))
        else:
            seen[node.id] = Place(chain).path


def _checks(subject: Subject) -> Iterator[Finding]:
    without = {
        id(located.item)
        for place, located in enumerate(subject.items)
        if place not in subject.inputs.checked and not _may_check(subject, located)
    }
    yield from _unchecked(subject.collection, (subject.collection,), without)


def _unchecked(folder: Folder, chain: tuple[Folder | Item, ...], without: set[int]) -> Iterator[Finding]:
    """One finding for each request, or for a folder none of whose requests has a check."""
    items = list(_items(folder))
    if len(items) > 1 and all(id(item) in without for item in items):
        where = "folder" if len(chain) > 1 else "collection"
        yield Finding("HT404", f"none of the {len(items)} requests of the {where} has a check", Place(chain))
        return
    for child in folder.children:
        if isinstance(child, Folder):
            yield from _unchecked(child, (*chain, child), without)
        elif id(child) in without:
            yield Finding("HT404", "nothing checks the answer: a run passes whatever it is", Place((*chain, child)))


def _items(folder: Folder) -> Iterator[Item]:
    for child in folder.children:
        if isinstance(child, Folder):
            yield from _items(child)
        else:
            yield child


def _may_check(subject: Subject, located: Located) -> bool:
    """Whether a script in effect checks something, or calls what may do so."""
    if any(_says_check(said) for said in subject.said(located)):
        return True
    return any(_THROW.search(owned.script.source) for owned in inherit(located).test)


def _says_check(said: ScriptMentions) -> bool:
    if said.error is not None or not said.complete or said.free:
        return True
    return any(_is_check(mention.path) for mention in said.mentions)


def _is_check(path: tuple[str | None, ...]) -> bool:
    if path[0] in ("tests", "eval", "Function", "require") or path == ("pm",) or path[:2] == ("pm", "require"):
        return True
    if path[0] != "pm" or len(path) < 2:
        return False
    return path[1] in ("test", "expect", None) or (len(path) > 2 and path[2] == "to") or "runRequest" in path


def _unreachable(subject: Subject) -> Iterator[Finding]:
    reach = subject.reach
    if reach.unknown or not subject.items:
        return
    reached = reach.all()
    position = 0
    while position < len(subject.items):
        end = position
        while end < len(subject.items) and end not in reached:
            end += 1
        if end > position:
            more = f" and the {end - position - 1} after it" if end - position > 1 else ""
            before = subject.items[position - 1].item.name
            sentence = f'no run of the whole collection gets to this request{more}: "{before}" always leads past it'
            yield Finding("HT405", sentence, Place(chain_of(subject.items[position])))
        position = end + 1
