"""HT1xx: variables and where they come from."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from runner.check.model import Finding, Place, Source
from runner.check.names import misspelt, near
from runner.check.subject import Subject, chain_of
from runner.dynamic import DYNAMIC
from runner.model.collection import Folder
from runner.templating import has_blocks
from runner.workflow.dataflow import Link, Status
from runner.workflow.itemflow import ItemFlow

_OPERATOR = re.compile(r"[|()\[\]+*/%~,<>=]")
_WORD = re.compile(r"\w+")
_WORDS = {"collection": "collection variables", "globals": "globals", "environment": "environment", "data": "data"}


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of the family."""
    links = subject.flow.links()
    yield from _unset(subject, links)
    yield from _late(subject, links)
    yield from _empty(subject, links)
    yield from _wrong_scope(subject, links)
    for chain in subject.nodes():
        folder = chain[-1]
        if isinstance(folder, Folder) and len(chain) > 1 and any(row.enabled for row in folder.variables):
            names = _listed([row.key for row in folder.variables if row.enabled])
            yield Finding(
                "HT107", f"a run does not look at variables of a folder ({names}): move them to the collection",
                Place(chain, field=("variable",)),
            )  # fmt: skip


def sources(subject: Subject) -> tuple[Source, ...]:
    """Every variable that is used, and where its value comes from, by name."""
    found: dict[str, Source] = {}
    users: dict[str, set[int]] = {}
    ranks = ("missing", "late", "empty", "given", "set")
    for position, item in enumerate(subject.flow.items):
        for use in item.uses:
            users.setdefault(use.name, set()).add(position)
    for item in subject.flow.items:
        for use in item.uses:
            if use not in item.needs:
                found.setdefault(use.name, Source(use.name, "set", _setter(item, use.name), len(users[use.name])))
    for link in subject.flow.links():
        name = link.use.name
        before = found.get(name)
        if before is None or ranks.index(link.status) < ranks.index(before.kind):
            found[name] = Source(name, link.status, _origin(subject, link), len(users[name]))
    return tuple(found[name] for name in sorted(found))


def _origin(subject: Subject, link: Link) -> str:
    name = link.use.name
    if link.producer is not None:
        return _setter(link.producer, name)
    if link.status == "missing":
        return "nowhere"
    # the scope that is asked first
    scopes = subject.flow.initial.get(name, frozenset())
    for scope in ("data", "environment", "collection", "globals"):
        if scope in scopes or (
            link.status == "empty" and scope != "data" and getattr(subject.scopes, scope).find(name)
        ):
            return _WORDS[scope]
    return "nowhere"


def _setter(item: ItemFlow, name: str) -> str:
    where = next((define.where for define in item.defines if define.name == name), "script")
    return f"{item.located.path} ({where})"


def _in_script(where: str) -> bool:
    return where.startswith(("test script", "prerequest script"))


def _by_name(subject: Subject, links: Sequence[Link], status: Status) -> Mapping[str, list[Link]]:
    """Links of templates: what a script reads may well not be there, and it can say what then. A variable that only the
    request itself sets, after it has used it, is ``late``."""
    found: dict[str, list[Link]] = {}
    for link in links:
        late = link.status == "missing" and subject.flow.producers(link.use.name)
        if ("late" if late else link.status) == status and link.use.scope is None and not _in_script(link.use.where):
            found.setdefault(link.use.name, []).append(link)
    return found


def _may_be_set(subject: Subject, name: str) -> bool:
    """Whether a script computes names, and this may be one of them."""
    return any(fnmatchcase(name, one.pattern) for item in subject.flow.items for one in item.computed)


def _known(subject: Subject) -> list[str]:
    defined = {define.name for item in subject.flow.items for define in item.defines}
    return sorted(defined | subject.flow.initial.keys() | subject.flow.empty)


def _unset(subject: Subject, links: Sequence[Link]) -> Iterator[Finding]:
    known = _known(subject)
    # a variable called a/b is none of the names in the expression a / b
    parts = {part for one in known if _OPERATOR.search(one) for part in _WORD.findall(one)}
    others = _other_templates(links)
    for name, links_of_name in _by_name(subject, links, "missing").items():
        found = [link for link in links_of_name if _text_of(link) not in others]
        if not found:
            continue
        place, where = _place(found[0]), f"{found[0].use.where}{_and_more(found)}"
        dynamic = near(name, DYNAMIC) if name.startswith("$") else None
        if dynamic or name.startswith("$random"):
            similar = f"; did you mean {{{{{dynamic}}}}}?" if dynamic else ""
            yield Finding("HT106", f"there is no dynamic variable {{{{{name}}}}} ({where}){similar}", place)
            continue
        if name.startswith("vault:") or name in parts or _may_be_set(subject, name):
            continue
        meant = misspelt(name, known)
        if meant is not None:
            yield Finding("HT102", f"nothing sets {{{{{name}}}}} ({where}); did you mean {{{{{meant}}}}}?", place)
        else:
            hint = near(name, known, 0.85)
            given = shlex.quote(f"{name}=...")
            more = f"; did you mean {{{{{hint}}}}}?" if hint else f": give it with --var {given}, or in an environment"
            yield Finding("HT101", f"nothing sets {{{{{name}}}}} ({where}){more}", place)


def _text_of(link: Link) -> tuple[int, str]:
    """The text of a request in which a template stands."""
    return id(link.consumer.located.item), link.use.where


def _other_templates(links: Sequence[Link]) -> frozenset[tuple[int, str]]:
    """Texts that are templates for a server."""
    names: dict[tuple[int, str], set[str]] = {}
    for link in links:
        if link.use.name[:1] in ("#", "^", "/"):
            names.setdefault(_text_of(link), set()).add(link.use.name)
    return frozenset(text for text, used in names.items() if has_blocks(used))


def _late(subject: Subject, links: Sequence[Link]) -> Iterator[Finding]:
    for name, found in _by_name(subject, links, "late").items():
        if _may_be_set(subject, name) or subject.reach.unknown:
            continue
        setters = [subject.flow.position(one.located) for one in subject.flow.producers(name)]
        for link in found:
            user = subject.flow.position(link.consumer.located)
            if any(at is not None and user in subject.reach.after(at) for at in setters):
                continue  # a jump may lead back
            if link.producer is None:
                setter = "the request itself sets it, but after it was used"
            else:
                setter = f"{_setter(link.producer, name)} sets it, which comes later"
            yield Finding("HT103", f"{{{{{name}}}}} is not set yet ({link.use.where}): {setter}", _place(link))
            break


def _empty(subject: Subject, links: Sequence[Link]) -> Iterator[Finding]:
    for name, found in _by_name(subject, links, "empty").items():
        if _may_be_set(subject, name):
            continue
        row = next((n for n, row in enumerate(subject.collection.variables) if row.key == name and row.enabled), None)
        declared = Place((subject.collection,), field=("variable", row, "key")) if row is not None else None
        users = f"{found[0].consumer.located.path}{_and_more(found)}"
        yield Finding(
            "HT104", f"{{{{{name}}}}} is declared without a value; it is used by {users}", declared or _place(found[0])
        )


def _wrong_scope(subject: Subject, links: Sequence[Link]) -> Iterator[Finding]:
    told: set[tuple[str, str | None]] = set()
    for link in links:
        name, scope = link.use.name, link.use.scope
        if link.status not in ("missing", "late") or scope not in ("environment", "globals", "collection"):
            continue
        if (name, scope) in told or _may_be_set(subject, name):
            continue
        if any(use.name == name and use.scope != scope for use in link.consumer.uses):
            continue  # it asks several
        others = {define.scope for item in subject.flow.items for define in item.defines if define.name == name}
        if scope in others or "unknown" in others:
            continue
        others |= subject.flow.initial.get(name, frozenset())
        others &= {"environment", "globals", "collection"}
        if len(others) == 1:
            told.add((name, scope))
            line = link.use.where
            yield Finding(
                "HT105",
                f'"{name}" is read from the {_WORDS[scope]} ({line}), but only the {_WORDS[others.pop()]} have it',
                _script_place(subject, link),
            )  # fmt: skip


def _script_place(subject: Subject, link: Link) -> Place:
    """The script and line that a use names."""
    located, where = link.consumer.located, link.use.where
    words, _, line = where.partition(", line ")
    listen, _, owner = words.partition(" script")
    owner = owner.removeprefix(" of ") or located.item.name
    number = int(line.partition(",")[0]) if line.partition(",")[0].isdigit() else 1
    chain = chain_of(located)
    for end in range(len(chain), 0, -1):
        if chain[end - 1].name == owner:
            for script in chain[end - 1].scripts:
                lines = script.source.split("\n")
                if script.listen == listen and number <= len(lines) and link.use.name in lines[number - 1]:
                    return Place(chain[:end], script, number, lines[number - 1].index(link.use.name) + 1)
    return Place(chain)


def _place(link: Link) -> Place:
    """Where a template stands: in the request, or in the auth of a folder."""
    return Place(chain_of(link.consumer.located), field=("request",), needle=link.use.name)


def _and_more(found: Sequence[Link]) -> str:
    others = len({id(link.consumer.located.item) for link in found}) - 1
    return f" and {others} more request{'s' if others > 1 else ''}" if others else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
