"""The old API of Postman, what has taken its place, and what can be replaced without changing a run."""

from __future__ import annotations

from collections.abc import Iterator

from runner.check.model import Edit, Finding
from runner.check.subject import OwnScript
from runner.scripting.mentions import Mention

#: Old name -> what to use (https://learning.postman.com/docs/tests-and-scripts/write-scripts/postman-sandbox-reference/).
_INSTEAD = {
    "tests": "pm.test()",
    "responseBody": "pm.response.text()",
    "responseCode": "pm.response.code",
    "responseHeaders": "pm.response.headers",
    "responseTime": "pm.response.responseTime",
    "responseCookies": "pm.cookies",
    "environment": "pm.environment",
    "globals": "pm.globals",
    "data": "pm.iterationData",
    "request": "pm.request",
    "iteration": "pm.info.iteration",
}
_METHODS = {
    "setNextRequest": "pm.execution.setNextRequest",
    "setEnvironmentVariable": "pm.environment.set",
    "getEnvironmentVariable": "pm.environment.get",
    "clearEnvironmentVariable": "pm.environment.unset",
    "clearEnvironmentVariables": "pm.environment.clear",
    "setGlobalVariable": "pm.globals.set",
    "getGlobalVariable": "pm.globals.get",
    "clearGlobalVariable": "pm.globals.unset",
    "clearGlobalVariables": "pm.globals.clear",
    "getResponseCookie": "pm.cookies.one",
    "getResponseHeader": "pm.response.headers.get",
}
#: Calls that do the very same under both names. Not those that set: the old ones store texts only. Those that clear
#: also change the old objects ``environment`` and ``globals``, so a script that uses these is left alone.
_SAME = frozenset({"setNextRequest", "getEnvironmentVariable", "getGlobalVariable"})
_SAME_WITHOUT_OBJECTS = frozenset({
    "clearEnvironmentVariable", "clearEnvironmentVariables", "clearGlobalVariable", "clearGlobalVariables",
})  # fmt: skip


def deprecated(own: OwnScript) -> Iterator[Finding]:
    """HT205: one finding for each old name in a script, at its first place."""
    found: dict[str, list[Mention]] = {}
    for mention in own.said.mentions:
        name = _old(mention)
        if name is not None:
            found.setdefault(name, []).append(mention)
    objects = any(mention.path[0] in ("environment", "globals") for mention in own.said.mentions)
    for name, mentions in found.items():
        instead = _INSTEAD.get(name) or _METHODS[name.removeprefix("postman.")]
        method = name.removeprefix("postman.")
        same = method in _SAME or (method in _SAME_WITHOUT_OBJECTS and not objects)
        fixable = same and "pm" not in own.said.hidden
        edits = tuple(edit for mention in mentions for edit in _edits(own, mention, instead)) if fixable else ()
        yield Finding("HT205", f"{name} is the old API: use {instead}", own.place(mentions[0].spots[0]), edits)


def _old(mention: Mention) -> str | None:
    root = mention.path[0]
    if root in _INSTEAD:
        return root
    if root == "postman" and len(mention.path) > 1 and mention.path[1] in _METHODS:
        return f"postman.{mention.path[1]}"
    return None


def _edits(own: OwnScript, mention: Mention, instead: str) -> Iterator[Edit]:
    """Where the call is written on one line as plain ``postman.name(``."""
    if mention.path[2:] != ("()",):
        return
    root, method = mention.spots[0], mention.spots[1]
    old = f"postman.{mention.path[1]}"
    if root.line == method.line and method.column - root.column == len("postman."):
        yield Edit(own.script, root.line, root.column, old, instead)
