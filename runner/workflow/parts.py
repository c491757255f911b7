"""The parts of a step: captures, overrides, retry, polling, repetition."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runner.errors import UsageError
from runner.model.collection import UNDEFINED, Json
from runner.parse.nodes import Spot, suggestion
from runner.workflow.capture import SCOPES, Capture, parse_capture, parse_expression
from runner.workflow.spec import Backoff, ForEach, Overrides, Poll, Retry, Written
from runner.workflow.texts import check_expression, check_templates

_DATA_FILES = (".csv", ".json")


def read_expression(spot: Spot | None) -> Written | None:
    """A Jinja2 expression; ``true`` and ``false`` are two."""
    if spot is None:
        return None
    text = "true" if spot.node.value == "true" else "false" if spot.node.value == "false" else spot.text()
    check_expression(text, spot)
    return Written(text, spot.line)


def read_overrides(spot: Spot | None) -> Overrides:
    """``overrides``: headers, body, path, query."""
    if spot is None:
        return Overrides()
    found = spot.fields(("headers", "body", "path", "query"))
    check_templates(spot)
    body = found["body"].plain() if "body" in found else UNDEFINED
    texts: dict[str, dict[str, Json]] = {}
    for part, what in (("headers", "header"), ("path", "path segment"), ("query", "query parameter")):
        members = found[part].members() if part in found else {}
        for member in members.values():
            if member.is_mapping or member.is_list:
                raise member.error(f"the {what} {member.what} must be a text, not {member.described()}")
        texts[part] = {name: member.plain() for name, member in members.items()}
    return Overrides(texts["headers"], body, spot.line, texts["path"], texts["query"])


def read_captures(spot: Spot | None) -> tuple[tuple[Capture, int], ...]:
    """``capture``: each with its line."""
    if spot is None:
        return ()
    return tuple((_capture(name, member), member.line) for name, member in spot.members().items())


def _capture(name: str, spot: Spot) -> Capture:
    if not spot.is_mapping:
        return spot.checked(lambda: parse_capture(f"{name}={spot.text()}"), UsageError)
    found = spot.fields(("from", "of", "scope", "default"), required=("from",))
    scope = found["scope"].choice(SCOPES) if "scope" in found else "globals"
    items = found["of"].text() if "of" in found else None
    default = found["default"].plain() if "default" in found else None
    read: Callable[[], Capture] = lambda: parse_expression(  # noqa: E731
        name, found["from"].text(), scope=scope, items=items, required="default" not in found, default=default
    )
    return found["from"].checked(read, UsageError)


def read_retry(spot: Spot | None) -> Retry | None:
    """``retry``: a number of times, or a mapping."""
    if spot is None:
        return None
    if not spot.is_mapping:
        return Retry(times=spot.integer(1))
    found = spot.fields(("times", "on", "backoff", "retry_after"))
    plain = Retry()
    return Retry(
        times=found["times"].integer(1) if "times" in found else plain.times,
        on=tuple(_retry_on(one) for one in found["on"].one_or_more()) if "on" in found else plain.on,
        backoff=_backoff(found.get("backoff")),
        retry_after=_retry_after(found.get("retry_after"), plain.retry_after),
    )


def _retry_on(spot: Spot) -> str:
    text = spot.text()
    words = ("error", "failure", "4xx", "5xx")
    if text not in words and not (text.isdigit() and 100 <= int(text) <= 599):
        hint = suggestion(text, words) or "; there are: error, failure, a status such as 503, 4xx, 5xx"
        raise spot.error(f'a retry cannot be on "{text}"{hint}')
    return text


def _retry_after(spot: Spot | None, default: float | None) -> float | None:
    if spot is None:
        return default
    if spot.node.id == "scalar" and spot.node.value in ("true", "false"):
        return default if spot.flag() else None
    return spot.duration()


def _backoff(spot: Spot | None) -> Backoff:
    plain = Backoff()
    if spot is None:
        return plain
    if not spot.is_mapping:
        first = spot.duration()
        return Backoff(first=first, longest=max(first, plain.longest))
    found = spot.fields(("first", "factor", "max", "jitter"))
    first = found["first"].duration() if "first" in found else plain.first
    return Backoff(
        first=first,
        factor=found["factor"].number(1) if "factor" in found else plain.factor,
        longest=found["max"].duration() if "max" in found else max(first, plain.longest),
        jitter=found["jitter"].number(0, 1) if "jitter" in found else plain.jitter,
    )


def read_poll(found: Mapping[str, Spot]) -> Poll | None:
    """``until``, ``every`` and ``timeout`` of a step."""
    until = read_expression(found.get("until"))
    if until is None:
        for name in ("every", "timeout"):
            if name in found:
                raise found[name].error(f'"{name}" belongs to "until", which is not there')
        return None
    plain = Poll(until)
    return Poll(
        until,
        every=found["every"].duration() if "every" in found else plain.every,
        timeout=found["timeout"].duration() if "timeout" in found else plain.timeout,
    )


def read_foreach(spot: Spot | None) -> ForEach | None:
    """``foreach``: a list, a data file, a template, or a mapping of these."""
    if spot is None:
        return None
    if spot.is_list:
        check_templates(spot)
        return ForEach(spot.line, values=spot.plain())
    if not spot.is_mapping:
        return _foreach_text(spot, spot, "item")
    found = spot.fields(("in", "file", "as"))
    if ("in" in found) == ("file" in found):
        raise spot.error('foreach takes one of "in" (a list or a template) and "file" (CSV or JSON)')
    name = found["as"].text() if "as" in found else "item"
    if "file" in found:
        check_templates(found["file"])
        return ForEach(spot.line, file=found["file"].text(), name=name)
    values = found["in"]
    check_templates(values)
    return ForEach(spot.line, values=values.plain(), name=name) if values.is_list else _foreach_text(spot, values, name)


def _foreach_text(spot: Spot, value: Spot, name: str) -> ForEach:
    text = value.text()
    check_templates(value)
    if text.lower().endswith(_DATA_FILES) and "{{" not in text:
        return ForEach(spot.line, file=text, name=name)
    if "{{" not in text:
        raise value.error(
            f'foreach takes a list, a CSV or JSON file, or a template such as "{{{{ users }}}}", not {text}'
        )
    return ForEach(spot.line, values=text, name=name)
