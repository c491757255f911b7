"""``expect``: reading what a response is to be, and looking whether it is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, cast

from runner.expressions import ExpressionError, Lookup, compile_expression
from runner.model.collection import Json
from runner.model.exchange import Exchange, Response
from runner.parse.nodes import Spot
from runner.workflow.capture import Capture, compiled_path
from runner.workflow.compare import OPERATORS, TYPES, shown
from runner.workflow.extract import Miss, body_json, body_text, evaluate
from runner.workflow.schema import schema_name, schema_of, schema_problem
from runner.workflow.spec import Check, Subject
from runner.workflow.texts import check_expression, check_templates, filled

SUBJECTS = ("status", "time", "headers", "json", "body", "schema", "that")
_STATUS = re.compile(r"[1-5](?:[0-9]{2}|xx)")
_LENGTH = ("equals", "not", "gt", "gte", "lt", "lte", "in")


def read_expect(spot: Spot) -> tuple[Check, ...]:
    """The checks of an ``expect``: a mapping of what is expected, or expressions.

    Raises:
        InputError: with the line of what is wrong.
    """
    return tuple(_read(spot)) if spot.is_mapping else tuple(_expressions(spot))


def problem(check: Check, exchange: Exchange, response: Response, lookup: Lookup) -> str | None:
    """Why the check fails, or None if it holds."""
    try:
        if check.subject == "that":
            return _expression_problem(check.key, lookup)
        if check.subject == "schema":
            return schema_problem(check.operators[0][1], body_json(response))
        return _compare(check, _actual(check, exchange, response), lookup)
    except ExpressionError as error:
        return str(error)
    except ValueError:
        return "the body is no JSON"


def title(check: Check) -> str:
    """The check in words, as reports name it; templates in it as they are written."""
    if check.subject == "that":
        return " ".join(check.key.split())
    if check.subject == "schema":
        return f"the body matches {schema_name(check.operators[0][1])}"
    what = {"header": f"header {check.key}", "json": check.key}.get(check.subject, check.subject)
    return f"{what} {' and '.join(_phrase(check, name, operand) for name, operand in check.operators)}"


def _phrase(check: Check, name: str, operand: Json) -> str:
    if name == "exists":
        return "exists" if operand else "does not exist"
    if name == "length" and isinstance(operand, dict):
        return "has a length that " + " and ".join(f"{OPERATORS[k].phrase} {shown(v)}" for k, v in operand.items())
    unit = " ms" if check.subject == "time" else ""
    if isinstance(operand, list) and name in ("in", "type"):
        if len(operand) == 1:
            return f"{'is' if name == 'in' else 'is of type'} {_bare(check, operand[0])}"
        return f"{OPERATORS[name].phrase} {', '.join(_bare(check, one) for one in operand)}"
    return f"{OPERATORS[name].phrase} {_bare(check, operand)}{unit}"


def _bare(check: Check, value: Json) -> str:
    return value if check.subject == "status" and isinstance(value, str) else shown(value)


def _expression_problem(source: str, lookup: Lookup) -> str | None:
    expression = compile_expression(source)
    if expression.evaluate(lookup):
        return None
    facts = [f"{name} is {shown(value)}" for name, value in expression.facts(lookup) if not hasattr(value, "_response")]
    return ", ".join(facts) or "it is false"


def _actual(check: Check, exchange: Exchange, response: Response) -> Any:
    match check.subject:
        case "status":
            return response.code
        case "time":
            return math.ceil(exchange.timings.total)
        case "body":
            return body_text(response)
        case "header":
            return evaluate(Capture("", "header", check.key), exchange)
    return evaluate(Capture("", "jsonpath", check.key), exchange)


def _compare(check: Check, actual: Any, lookup: Lookup) -> str | None:
    for name, written in check.operators:
        operand = filled(written, lookup)
        if isinstance(actual, Miss):
            if name == "exists" and not operand:
                continue
            return actual.reason
        if name == "exists" and not operand:
            return f"it is {shown(actual)}"
        try:
            if check.subject == "status" and name == "in":
                holds = any(_is_status(actual, one) for one in operand)
            else:
                holds = OPERATORS[name].holds(actual, operand)
        except (TypeError, re.error, OverflowError, RecursionError) as error:
            return str(error)
        if not holds:
            expected = f", not {shown(operand)}" if operand != written else ""
            return f"it is {shown(actual)}{expected}"
    return None


def _is_status(code: int, wanted: Json) -> bool:
    text = str(wanted)
    return text == str(code) or (text.endswith("xx") and text[0] == str(code)[0])


def _read(spot: Spot) -> Iterator[Check]:
    for subject, value in spot.fields(SUBJECTS).items():
        if subject == "that":
            yield from _expressions(value)
        elif subject == "schema":
            yield Check("schema", "", (("matches", schema_of(value)),), value.line)
        elif subject == "status":
            yield Check("status", "", _status(value), value.line)
        elif subject == "time":
            yield Check("time", "", _time(value), value.line)
        elif subject in ("headers", "json"):
            for key, member in value.members().items():
                if subject == "json":
                    check_path(key, member)
                kind = cast(Subject, subject.removesuffix("s"))
                yield Check(kind, key, operators(member), member.line)
        else:
            yield Check("body", "", operators(value), value.line)


def _expressions(spot: Spot) -> Iterator[Check]:
    for one in spot.one_or_more():
        if one.is_mapping:
            raise one.error("an expectation in a list is an expression, such as json.total > 3; put it in quotes")
        text = one.text()
        check_expression(text, one)
        yield Check("that", text, (), one.line)


def check_path(path: str, spot: Spot) -> None:
    """Raises InputError if ``path`` is no JSONPath."""
    if not path.startswith("$"):
        raise spot.error(f'"{path}" is no JSONPath: it starts with $, as in $.{path.lstrip(".")}')
    try:
        compiled_path(path)
    except ValueError as error:
        raise spot.error(f'"{path}" is no JSONPath: {error}') from None


def _status(spot: Spot) -> tuple[tuple[str, Json], ...]:
    if spot.is_mapping:
        return operators(spot)
    check_templates(spot)
    wanted = [one.plain() for one in spot.one_or_more()]
    for one, element in zip(wanted, spot.one_or_more(), strict=True):
        if not _STATUS.fullmatch(str(one)) and "{{" not in str(one):
            raise element.error(f"a status is a number such as 201, or 2xx, not {element.described()}")
    return (("in", [str(one) for one in wanted]),)


def _time(spot: Spot) -> tuple[tuple[str, Json], ...]:
    if not spot.is_mapping:
        return (("lte", round(spot.duration() * 1000)),)
    bounds = spot.fields(("lt", "lte", "gt", "gte"))
    return tuple((name, round(bound.duration() * 1000)) for name, bound in bounds.items())


def operators(spot: Spot, known: tuple[str, ...] = tuple(OPERATORS)) -> tuple[tuple[str, Json], ...]:
    """A value that is expected, or a mapping of operators and operands."""
    check_templates(spot)
    if not spot.is_mapping:
        return (("equals", spot.plain()),)
    found = Spot(spot.path, f"the expectation of {spot.what}", spot.node).fields(known)
    if not found:
        raise spot.error(f"{spot.what} expects nothing; write a value, or operators such as equals, gt, contains")
    return tuple((name, _operand(name, value)) for name, value in found.items())


def _operand(name: str, spot: Spot) -> Json:
    value = spot.plain()
    template = isinstance(value, str) and "{{" in value
    if name == "matches" and not template:
        try:
            re.compile(spot.text())
        except (re.error, OverflowError, RecursionError) as error:
            raise spot.error(f"{spot.text()} is no regular expression: {error}") from None
    if name == "exists":
        return spot.flag()
    if name == "in" and not template and not isinstance(value, list):
        raise spot.error(f"in takes a list, not {spot.described()}")
    if name == "type" and not template:
        return [one.choice(TYPES) for one in spot.one_or_more()]
    if name == "length" and isinstance(value, dict):
        return dict(operators(spot, _LENGTH))
    if name == "length" and not template:
        return spot.integer()
    return value
