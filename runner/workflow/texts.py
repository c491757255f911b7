"""Templates and expressions of a workflow file: Jinja2 over the variables of the run."""

from __future__ import annotations

import re
from typing import Any

from runner.expressions import Expression, ExpressionError, Lookup, Template, compile_expression, compile_template
from runner.model.collection import UNDEFINED, Json
from runner.parse.nodes import Spot
from runner.variables import Scopes

_WHOLE = re.compile(r"\s*\{\{((?:(?!\{\{|\}\}).)*)\}\}\s*", re.DOTALL)
_MARKS = ("{{", "{%", "{#")


def lookup_in(scopes: Scopes, **more: Any) -> Lookup:
    """Finds names in ``more``, then in the scopes. ``vars`` has them all: ``vars['user-id']``."""

    def find(name: str) -> Any:
        if name in more:
            return more[name]
        found = scopes.find(name)
        if found is not None and found[1] is not UNDEFINED:
            return found[1]
        if name == "vars":
            return _Variables(scopes)
        raise KeyError(name)

    return find


def filled(value: Json, lookup: Lookup) -> Json:
    """A value of the file with every template in it replaced. A text that is nothing but ``{{ expression }}``
    becomes the expression's value, of whatever type.

    Raises:
        ExpressionError: a template cannot be evaluated.
    """
    if isinstance(value, str):
        template = compiled(value)
        if template is None:
            return value
        try:
            return template.evaluate(lookup) if isinstance(template, Expression) else template.render(lookup)
        except ExpressionError as error:
            raise ExpressionError(f"{_short(value)}: {error}") from None
    if isinstance(value, dict):
        return {key: filled(member, lookup) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(element, lookup) for element in value]
    return value


def compiled(text: str) -> Template | Expression | None:
    """The template in a text, if there is one.

    Raises:
        ExpressionError: it cannot be compiled.
    """
    if not any(mark in text for mark in _MARKS):
        return None
    whole = _WHOLE.fullmatch(text)
    return compile_expression(whole.group(1).strip()) if whole else compile_template(text)


def check_templates(spot: Spot) -> None:
    """Raises InputError with the line of the first template of a value that cannot be compiled."""
    if spot.is_mapping:
        for member in spot.members().values():
            check_templates(member)
    elif spot.is_list:
        for element in spot.elements():
            check_templates(element)
    elif spot.is_text:
        text = spot.node.value
        try:
            compiled(text)
        except ExpressionError as error:
            raise _bad(spot, text, error) from None


def check_expression(text: str, spot: Spot) -> None:
    """Raises InputError if an expression cannot be compiled."""
    if "{{" in text:
        raise spot.error(f"{spot.what} is an expression already: write it without {{{{ }}}}")
    try:
        compile_expression(text)
    except ExpressionError as error:
        raise _bad(spot, text, error) from None


def _bad(spot: Spot, text: str, error: ExpressionError) -> Exception:
    hint = ""
    if "'$'" in str(error):
        hint = '; dynamic variables are written {{ dynamic("guid") }} here'
    return spot.error(f"{_short(text)} is no Jinja2: {error}{hint}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


class _Variables:
    """All variables, also those whose names are no identifiers."""

    __slots__ = ("_scopes",)

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    def __getitem__(self, name: str) -> Json:
        found = self._scopes.find(name)
        if found is None:
            raise KeyError(name)
        return found[1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._scopes.find(name) is not None
