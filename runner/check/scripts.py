"""HT2xx: scripts, read but not run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.check.api import Unknown, unfinished, unknown
from runner.check.legacy import deprecated
from runner.check.model import Finding
from runner.check.reach import jumps
from runner.check.subject import OwnScript, Subject
from runner.engine.iteration import Targets
from runner.scripting.mentions import Mention

#: What hands an object on to something that may add members to it.
_EXTENDING = frozenset({("pm",), ("postman",)})
#: Objects of which it is known that there are no other members.
_CLOSED = frozenset({
    ("pm",), ("pm", "info"), ("pm", "response"), ("pm", "execution"), ("pm", "environment"), ("pm", "globals"),
    ("pm", "collectionVariables"), ("pm", "variables"), ("pm", "iterationData"), ("postman",),
})  # fmt: skip
#: What the sandbox gives to scripts of the app alone (postman-sandbox, lib/sandbox/execute.js).
_APP_ONLY = frozenset({"pm.require", "pm.datasets"})
#: Scopes of which a run keeps only what was done with set, unset and clear, and what changes the list behind them.
_KEPT_BY_CALLS = frozenset({"environment", "globals", "collectionVariables"})
_CHANGES_LIST = {
    **dict.fromkeys(
        ("add", "append", "assimilate", "insert", "insertAfter", "populate", "prepend", "repopulate", "upsert"), "set"
    ),
    "remove": "unset",
    "clear": "clear",
}
_LEGACY_RESPONSE = ("responseBody", "responseCode", "responseHeaders", "responseTime", "responseCookies")


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of the family."""
    added = {tuple(path[:2]) for one in subject.scripts for path in one.said.assigned}
    extended = any(mention.path in _EXTENDING for one in subject.scripts for mention in one.said.mentions)
    dynamic = any(mention.path[0] in ("eval", "Function") for one in subject.scripts for mention in one.said.mentions)
    targets = Targets(subject.items)
    names = _names(subject)
    for own in subject.scripts:
        error = own.said.error
        if error is not None:
            yield Finding("HT201", f"the script is no JavaScript: {error.message}", own.place(error))
            continue
        if not extended and not dynamic:
            yield from _api(own, added)
        yield from _next(own, targets, names)
        yield from deprecated(own)
        yield from _unfinished(own)
        yield from _no_response(own)
        yield from _lost(own)


def _names(subject: Subject) -> Mapping[str, int]:
    """How many requests have each name."""
    names: dict[str, int] = {}
    for located in subject.items:
        names[located.item.name] = names.get(located.item.name, 0) + 1
    return names


def _api(own: OwnScript, added: set[tuple[str | None, ...]]) -> Iterator[Finding]:
    asked = {mention.path for mention in own.said.mentions if mention.guarded}
    told: set[tuple[str | None, ...]] = set()
    for mention in own.said.mentions:
        found = unknown(mention.path, own.script.listen)
        if found is None or mention.guarded or mention.path[:2] in added:
            continue
        upto = mention.path[: found.index + 1]
        if upto in told or any(upto[: len(path)] == path and len(path) > 1 for path in asked):
            continue
        if own.script.listen == "prerequest" and upto == ("pm", "response"):
            continue  # HT207
        if found.kind in ("call", "member") and upto[:-1] not in _CLOSED and (found.kind == "member" or len(upto) > 4):
            continue
        if mention.path in own.said.assigned:
            continue
        told.add(upto)
        code = "HT203" if found.kind == "member" else "HT202"
        yield Finding(code, _sentence(mention, found), own.place(mention.spots[found.index]))


def _sentence(mention: Mention, found: Unknown) -> str:
    written = _written(mention.path[: found.index + 1])
    if written in _APP_ONLY:
        return f"only Postman's app has {written}: in a run from the command line it is undefined"
    if found.kind == "property":
        return f"{written[: -len('()')]} is no function: write it without parentheses"
    if found.kind == "assertion":
        word = mention.path[found.index]
        hint = f'; did you mean "{found.meant}"?' if found.meant else ""
        return f'no assertion has the word "{word}" ({written}){hint}'
    hint = f"; did you mean {found.meant}?" if found.meant else ""
    if found.kind == "member":
        return f"Postman's API has no {written}: it is always undefined{hint}"
    if mention.path[found.index] == "()":
        return f"{_written(mention.path[: found.index])} is no function{hint}"
    return f"Postman's API has no {written}{hint}"


def _written(path: tuple[str | None, ...]) -> str:
    return ".".join(name if name is not None else "[...]" for name in path).replace(".()", "()")


def _next(own: OwnScript, targets: Targets, names: Mapping[str, int]) -> Iterator[Finding]:
    for mention in jumps(own.said):
        name = mention.argument.value if mention.argument else None
        if name is None:
            continue
        place = own.place(mention.spots[-2])
        if targets.position(name) is None:
            hint = "; to end the run write null without quotes" if name in ("null", "") else targets.hint(name)
            yield Finding("HT204", f'setNextRequest("{name}"): no request has that name or id{hint}', place)
        elif names.get(name, 0) > 1:
            yield Finding(
                "HT402", f'{names[name]} requests are called "{name}": setNextRequest goes to the last one', place
            )


def _unfinished(own: OwnScript) -> Iterator[Finding]:
    for mention in own.said.mentions:
        if (
            mention.statement
            and unfinished(mention.path, own.script.listen)
            and unknown(mention.path, own.script.listen) is None
        ):
            written = _written(mention.path)
            yield Finding(
                "HT206", f"{written} checks nothing: the assertion is not complete", own.place(mention.spots[-1])
            )


def _no_response(own: OwnScript) -> Iterator[Finding]:
    if own.script.listen != "prerequest":
        return
    asked = {mention.path[:2] for mention in own.said.mentions if mention.guarded}
    for mention in own.said.mentions:
        used = mention.path[:2] == ("pm", "response") and len(mention.path) > 2
        old = mention.path[0] in _LEGACY_RESPONSE
        if (used or old) and not mention.inside and not mention.guarded and mention.path[:2] not in asked:
            name = "pm.response" if used else str(mention.path[0])
            yield Finding(
                "HT207",
                f"there is no {name} in a prerequest script: it runs before the request",
                own.place(mention.spots[0]),
            )
            return


def _lost(own: OwnScript) -> Iterator[Finding]:
    """What is put into ``pm.environment.values`` is gone when the script ends, in Postman, Newman and here."""
    for mention in own.said.mentions:
        if len(mention.path) < 5:
            continue
        root, scope, values, method, call = mention.path[:5]
        if (root, values, call) == ("pm", "values", "()") and scope in _KEPT_BY_CALLS and method in _CHANGES_LIST:
            meant = f"pm.{scope}.{_CHANGES_LIST[method]}()"
            yield Finding(
                "HT208",
                f"pm.{scope}.values.{method}() is undone when the script ends: use {meant}",
                own.place(mention.spots[3]),
            )
