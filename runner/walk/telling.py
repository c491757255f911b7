"""What there is to tell about a stop of the tour: the same for the terminal and for the saved document."""

from __future__ import annotations

import json
from collections.abc import Iterator

from runner.model.collection import UNDEFINED, Json, Located
from runner.model.exchange import Content, Exchange
from runner.model.records import dataclass
from runner.model.result import Failure
from runner.reporters.explain.explainer import Explainer
from runner.reporters.explain.guide import meaning
from runner.reporters.explain.origins import origin
from runner.reporters.history import History
from runner.reporters.html.bodies import body_json
from runner.reporters.terminal.request import request_line, response_line
from runner.reporters.text import clean, clean_line, filesize, shorten
from runner.variables import to_text
from runner.walk.facts import Visit
from runner.walk.json_lines import rewritten
from runner.walk.preview import Used
from runner.workflow.dataflow import Flow

#: Bytes of a body that are read at all.
_READ = 256 * 1024
_VALUE = 80  #: characters of a variable's value
_NAMED = 3  #: requests that are named as users of a variable
_MESSAGE = 1000  #: characters
_GIVEN = {"data": "of this repetition", "local": "set for this step"}


@dataclass(frozen=True, slots=True)
class Shown:
    """The beginning of a body. ``more``: what is left out, in words; ``language``: json, xml, html or none."""

    lines: tuple[str, ...]
    language: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Captured:
    """A variable that was set. ``users``: paths of the requests to come that need it."""

    name: str
    value: str
    scope: str
    origin: str | None
    users: tuple[str, ...]

    @property
    def next(self) -> str:
        """What it is used for, in words; empty if nothing."""
        if not self.users:
            return ""
        more = len(self.users) - _NAMED
        return "for " + ", ".join(self.users[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def body(content: Content | None, content_type: str | None, lines: int, width: int | None = None) -> Shown | None:
    """The first lines of a body, JSON in order; None if there is none.

    Args:
        lines: at most so many.
        width: longer lines are cut off at so many characters.
    """
    made = body_json(content, content_type, _READ)
    if made is None:
        return None
    if "text" not in made:
        return Shown((), "", f"{made['type'] or 'binary'}, {filesize(made['size'])}")
    text: str = made["text"]
    pretty = None if "cut" in made else rewritten(text, 2)
    all_lines = clean(pretty or text).rstrip("\n").split("\n")
    kept = [line if width is None else shorten(line, width) for line in all_lines[:lines]]
    language = "json" if pretty is not None else next((one for one in ("xml", "html") if one in made["type"]), "")
    more = ""
    if "cut" in made:
        more = f"{filesize(made['size'])} in all"
    elif len(all_lines) > lines:
        left = len(all_lines) - lines
        more = f"{left} line{'s' if left > 1 else ''} more"
    return Shown(tuple(kept), language, more)


def captured(visit: Visit, flow: Flow) -> tuple[Captured, ...]:
    """The variables that were set, but for local ones that nobody uses."""
    here = flow.position(visit.located)
    found: dict[tuple[str, str], Captured] = {}
    for change in visit.changes:
        if change.removed:
            found.pop((change.scope, change.key), None)
            continue
        users = [
            item.located.path
            for item in flow.consumers(change.key)
            if here is None or (flow.position(item.located) or 0) > here
        ]
        if users or change.scope != "local":
            one = Captured(change.key, value_text(change.value), change.scope, change.origin, tuple(users))
            found[change.scope, change.key] = one
    return tuple(found.values())


def removed(visit: Visit) -> tuple[str, ...]:
    """Names of variables that were unset and are so now."""
    last = {(change.scope, change.key): change.removed for change in visit.changes}
    return tuple(dict.fromkeys(name for (_, name), gone in last.items() if gone))


def value_text(value: Json) -> str:
    """The value of a variable on one line."""
    if value is None or value is UNDEFINED:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else to_text(value)
    return clean_line(shorten(text, _VALUE))


def set_before(located: Located, flow: Flow) -> tuple[str, ...]:
    """The names of the variables that the scripts before a request set, as far as their text tells."""
    position = flow.position(located)
    defines = flow.items[position].defines if position is not None else ()
    return tuple(dict.fromkeys(one.name for one in defines if one.where.startswith("prerequest")))


def source(used: Used, located: Located, history: History, flow: Flow) -> str:
    """Where the value of a variable comes from, or who would give it one."""
    if used.name in set_before(located, flow):
        return "set by the script that runs before it"
    if used.scope is not None:
        return origin(used.name, history) or _GIVEN.get(used.scope, "given to this tour")
    producers = flow.producers(used.name)
    if not producers:
        return "has no value, and nothing sets it"
    return f"has no value: it is set by {producers[-1].located.path}"


def also_sent(visit: Visit) -> Iterator[str]:
    """The requests beside the item's own: redirects, those of scripts and of the log-in."""
    words = {"auth": "to sign in", "script": "by a script"}
    for exchange in visit.others:
        yield f"{request_line(exchange)} [{response_line(exchange)}], {words.get(exchange.origin, exchange.origin)}"
    for result in visit.nested:
        status = response_line(result.exchange) if result.exchange is not None else "not sent"
        yield f"{clean_line(result.located.path)} [{status}], run by a script"
    own = visit.result.exchange if visit.result is not None else None
    for hop in own.redirects if own is not None else ():
        where = hop.response.header("location") if hop.response is not None else ""
        yield f"{request_line(hop)} [{response_line(hop)}], redirected to {clean_line(shorten(where or '', 200))}"


def failure_lines(visit: Visit, history: History, *, no_answer: bool = True) -> Iterator[tuple[str, list[str]]]:
    """For each failure what it is, and lines that explain it.

    Args:
        no_answer: also say of a request that it got no answer; otherwise that is an empty text.
    """
    explainer = Explainer(history)
    result = visit.result
    for number, failure in enumerate(result.failures if result is not None else ()):
        lines = explainer.failure(failure)
        if number == 0 and result is not None and result.exchange is not None:
            lines = [*lines, *explainer.background(result.located, result.exchange)]
        yield _title(failure) if no_answer or failure.kind != "request" else "", lines


def meaning_of(exchange: Exchange | None, located: Located) -> str | None:
    """What the collection says about the status of an answer, if it is no success."""
    response = exchange.response if exchange is not None else None
    if response is None or response.code < 300:
        return None
    told = meaning(response.code, located)
    return f"{response.code} means here: {clean_line(told)}" if told else None


def console_lines(visit: Visit) -> list[str]:
    """What scripts said, a line each."""
    return [clean_line(shorten(f"{one.level}: {' '.join(one.messages)}", _MESSAGE)) for one in visit.console]


def _title(failure: Failure) -> str:
    message = clean_line(shorten(failure.error.message, _MESSAGE))
    if failure.assertion is not None:
        return f"{clean_line(shorten(failure.assertion.name, 200))}: {message}"
    return f"{clean_line(failure.error.name)}: {message} (at {clean_line(failure.at)})"
