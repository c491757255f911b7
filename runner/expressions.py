"""Jinja2 expressions and templates over variables: sandboxed, strict, compiled once.

Jinja2 is imported when the first one is compiled. Variables are only looked up if a template names them. A result goes
into text as JavaScript would have it: ``true``, ``null``, lists and objects as JSON.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from runner.dynamic import generate
from runner.model.collection import UNDEFINED, Json
from runner.model.records import dataclass
from runner.variables import to_text

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

#: Gives a value for a name; raises KeyError if there is none.
Lookup = Callable[[str], Any]


class ExpressionError(Exception):
    """An expression cannot be compiled, or cannot be evaluated with these variables: one sentence.

    Attributes:
        line: 1-based line inside the text, if it could not be compiled.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. ``chains`` are the values that it reads, e.g. ``json.user.id``, as paths."""

    source: str
    names: frozenset[str]
    chains: tuple[tuple[str, ...], ...]
    _compiled: Any
    _makes: bool  #: its value is not just one that was there

    def evaluate(self, lookup: Lookup) -> Any:
        """The value.

        Raises:
            ExpressionError: a name or member is not there, or the operation is impossible.
        """
        return _checked(lambda: self._compiled(_context(self.names, lookup)), self._makes)

    def facts(self, lookup: Lookup) -> Iterator[tuple[str, Any]]:
        """What stands behind the names of the expression, to explain its result: ``json.status``, ``"open"``."""
        from jinja2 import Undefined

        environment = _environment()
        for chain in self.chains:
            try:
                value = lookup(chain[0])
                for member in chain[1:]:
                    value = environment.getattr(value, member)
            except Exception:
                continue
            if not callable(value) and not isinstance(value, Undefined):
                yield ".".join(chain), value


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text with ``{{ expressions }}`` in it."""

    source: str
    names: frozenset[str]
    _compiled: Any

    def render(self, lookup: Lookup) -> str:
        """The text; raises ExpressionError as ``Expression.evaluate`` does."""
        return str(_checked(lambda: self._compiled.render(_context(self.names, lookup))))


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """Compiles a text like ``json.total > 3 and status == 200``.

    Raises:
        ExpressionError: it is no Jinja2 expression, or uses a filter or test that does not exist.
    """
    from jinja2 import meta

    environment = _environment()
    compiled = _compiled(lambda: environment.compile_expression(source, undefined_to_none=False))
    tree = _compiled(lambda: environment.parse("{{ (" + source + "\n) }}"))
    return Expression(source, frozenset(meta.find_undeclared_variables(tree)), _chains(tree), compiled, _makes(tree))


@lru_cache(maxsize=4096)
def compile_template(source: str) -> Template:
    """Compiles a text with Jinja2 in it.

    Raises:
        ExpressionError: it is no Jinja2 template.
    """
    from jinja2 import meta

    compiled = _compiled(lambda: _environment().from_string(source))
    tree = _compiled(lambda: _environment().parse(source))
    return Template(source, frozenset(meta.find_undeclared_variables(tree)), compiled)


def as_text(value: Any) -> str:
    """A value as it stands in text: JSON for lists and objects, JavaScript's words for the rest.

    Raises:
        ExpressionError: it has no text, e.g. a number of more digits than Python writes.
    """
    return to_text(str(value)) if isinstance(value, str) else str(_checked(lambda: _text(value)))


def _text(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if value is None or value is UNDEFINED or isinstance(value, (bool, int, float)):
        return to_text(value)
    return str(value)


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from runner.expression_limits import require_modest, require_short, short

    class Environment(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"*", "**", "%", "<<"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            require_modest(operator, left, right)
            return super().call_binop(context, operator, left, right)

        def call(self, context: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
            if function is not self.globals["range"]:  # Jinja2 has a limit of its own for it
                require_short(getattr(function, "__self__", None), args, kwargs)
            return super().call(context, function, *args, **kwargs)

        def getattr(self, obj: Any, attribute: str) -> Any:
            """``json.items`` is the member of that name, not a method of Python's dict."""
            return obj[attribute] if isinstance(obj, Mapping) and attribute in obj else super().getattr(obj, attribute)

    environment = Environment(undefined=StrictUndefined, finalize=_finalize, keep_trailing_newline=True)
    environment.filters["fromjson"] = _from_json
    environment.filters["tojson"] = _as_json
    for name in ("center", "format", "indent", "replace", "tojson"):
        environment.filters[name] = short(environment.filters[name])
    environment.globals = {"dynamic": _dynamic, "range": environment.globals["range"]}
    return environment


def _from_json(text: str) -> Json:
    """The filter ``fromjson``, for lists and objects that scripts stored as text."""
    return json.loads(text)


def _as_json(value: Any, indent: int | None = None) -> str:
    """The filter ``tojson``. Jinja2's own is made for HTML: it writes ``<`` as ``\\u003c``."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _finalize(value: Any) -> Any:
    from jinja2 import Undefined

    return value if isinstance(value, (str, Undefined)) else as_text(value)


def _dynamic(name: str) -> str:
    """Postman's dynamic variables: ``dynamic("guid")``."""
    value = generate(name if name.startswith("$") else f"${name}")
    if value is None:
        raise ExpressionError(f'there is no dynamic variable "{name}"')
    return value


def _compiled(make: Callable[[], Any]) -> Any:
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        return make()
    except TemplateSyntaxError as error:
        raise ExpressionError(_said(error.message or "it is no Jinja2"), error.lineno) from None
    except (TemplateError, RecursionError) as error:
        raise ExpressionError(str(error).rstrip(".") or "it is too deep") from None


def _said(message: str) -> str:
    """Jinja2's message; for a filter or test that does not exist with the nearest one."""
    unknown = re.fullmatch(r"No (filter|test) named '(.*)'\.?", message)
    if unknown is None:
        return message.rstrip(".")
    kind, name = unknown.groups()
    there = _environment().filters if kind == "filter" else _environment().tests
    near = difflib.get_close_matches(name, there, n=1)
    return f'there is no {kind} "{name}"' + (f'; did you mean "{near[0]}"?' if near else "")


def _checked(evaluate: Callable[[], Any], inside: bool = False) -> Any:
    """Calls it, and raises ExpressionError if it raises or what it gives is undefined; also ``inside`` of that."""
    from jinja2 import UndefinedError
    from jinja2.runtime import Undefined

    def check(value: Any) -> None:
        if isinstance(value, Undefined):
            str(value)  # raises: a strict undefined value has no text
        if inside and isinstance(value, (dict, list, tuple)):
            for member in value.values() if isinstance(value, dict) else value:
                check(member)

    try:
        value = evaluate()
        check(value)
    except UndefinedError as error:
        raise ExpressionError(str(error.message or error)) from None
    except ExpressionError:
        raise
    except Exception as error:  # whatever the operators, filters and tests of an expression may raise
        raise ExpressionError(f"{type(error).__name__}: {error}") from None
    return value


def _context(names: frozenset[str], lookup: Lookup) -> Mapping[str, Json]:
    found: dict[str, Json] = {}
    for name in names:
        try:
            found[name] = lookup(name)
        except KeyError:
            continue
    return found


def _makes(tree: Any) -> bool:
    from jinja2 import nodes

    return not isinstance(tree.body[0].nodes[0], (nodes.Name, nodes.Getattr, nodes.Getitem))


def _chains(tree: Any) -> tuple[tuple[str, ...], ...]:
    from jinja2 import nodes

    def chain(node: Any) -> tuple[str, ...] | None:
        if isinstance(node, nodes.Name):
            return (node.name,)
        member = None
        if isinstance(node, nodes.Getattr):
            member = node.attr
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            member = node.arg.value
        inner = chain(node.node) if member is not None else None
        return (*inner, member) if inner and member is not None else None

    found: dict[tuple[str, ...], None] = {}

    def visit(node: Any) -> None:
        whole = chain(node)
        if whole is not None:
            found.setdefault(whole)
            return
        for child in node.iter_child_nodes():
            visit(child)

    visit(tree)
    return tuple(found)
