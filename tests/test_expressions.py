"""Jinja2 inside of ``{{...}}`` of a collection: what is replaced, and what stays as it is written."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runner.engine.assemble import Given, new_scopes
from runner.expressions import ExpressionError, as_text, compile_expression, compile_template
from runner.model.collection import Collection
from runner.templating import Resolver

VARIABLES = {
    "id": "a b/c", "user-id": "as written", "n": 3, "yes": True, "big": 9007199254740993,
    "list": [1, 2, {"x": None}], "user": {"name": "Ann", "tags": ["<b>"]}, "text": '{"k": [5]}',
}  # fmt: skip


def resolve(text: str) -> tuple[str, list[str]]:
    resolver = Resolver(new_scopes(Collection("id", "name"), Given(variables=VARIABLES)))
    return resolver.text(text), list(resolver.unresolved)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{id}}", "a b/c"),
        ("{{user-id}}", "as written"),
        ("{{ id | urlencode }}", "a%20b/c"),
        ("{{list | length}}", "3"),
        ("{{ (list) }}", '[1,2,{"x":null}]'),
        ("{{list}}", "1,2,[object Object]"),
        ("{{user.name}}", "Ann"),
        ("{{ user.tags | tojson }}", '["<b>"]'),
        ("{{ (text | fromjson).k[0] + n }}", "8"),
        ("{{ big + 0 }}", "9007199254740993"),
        ("{{ not yes }}", "false"),
        ("{{ id ~ '-' ~ n }}/{{id}}", "a b/c-3/a b/c"),
    ],
)
def test_expressions_over_known_names_are_replaced(text: str, result: str) -> None:
    assert resolve(text) == (result, [])


@pytest.mark.parametrize(
    "text",
    [
        "{{ id }}", "{{n-n}}",
        "{{nope}}", "{{ nope }}", "{{ id | upcase }}", "{{ n + nope }}", "{{2}}", "{{ 'x' }}", "{{n /}}",
        "{{ 1 / (n - 3) }}", "{{ list[9] }}", "{{ user.nope }}", "{{ user.__class__ }}", "{{ n.__class__.__mro__ }}",
        "{{ list.append(n) }}", "{{ id == }}", "{{ range(99999999) | list + list }}",
    ],
)  # fmt: skip
def test_everything_else_stays_as_it_is_written(text: str) -> None:
    assert resolve(text) == (text, [text[2:-2]])


def test_braces_of_other_languages_are_left_alone() -> None:
    text = '{% if n %}{{n}}{% endif %}{# n #}${n} {"a":{"b":{{n}}}}'
    assert resolve(text)[0] == '{% if n %}3{% endif %}{# n #}${n} {"a":{"b":3}}'


def test_unknown_plain_names_do_not_cost_jinja2() -> None:
    code = (
        "import sys\n"
        "from runner.engine.assemble import Given, new_scopes\n"
        "from runner.model.collection import Collection\n"
        "from runner.templating import Resolver\n"
        "scopes = new_scopes(Collection('i', 'n'), Given(variables={'id': 1}))\n"
        "text = Resolver(scopes).text('{{id}}{{nope}}{{a-b}}{{a.b}}{{ x }}{{$guid}}')\n"
        "sys.exit('jinja2' in sys.modules or not text.startswith('1{{nope}}'))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_wrong_with_an_expression_is_said_in_one_sentence() -> None:
    for source in ("a ==", "a b", "a | nope", "'open", "a) + (b"):
        with pytest.raises(ExpressionError) as caught:
            compile_expression(source)
        assert "\n" not in str(caught.value)
        assert str(caught.value)
    with pytest.raises(ExpressionError) as broken:
        compile_template("first\n{{ second\n")
    assert broken.value.line == 2


def test_facts_name_the_values_that_an_expression_read() -> None:
    values = {"json": {"status": "open", "items": [1]}, "wanted": "done"}
    expression = compile_expression("json.status == wanted and json['items'] | length > other.count")
    assert list(expression.facts(values.__getitem__)) == [
        ("json.status", "open"),
        ("wanted", "done"),
        ("json.items", [1]),
    ]


@pytest.mark.parametrize(
    "source",
    ["{'x': json.nope}", "[json.nope]", "[[json.nope]]", "items | map(attribute='nope') | list", "(json.nope,)"],
)
def test_what_is_undefined_inside_of_a_value_is_undefined(source: str) -> None:
    values = {"json": {"a": 1}, "items": [{"a": 1}]}
    with pytest.raises(ExpressionError, match="no attribute 'nope'"):
        compile_expression(source).evaluate(values.__getitem__)
    with pytest.raises(ExpressionError, match="no attribute 'nope'"):
        compile_template("{{ " + source + " }}").render(values.__getitem__)
    text = "{{ " + source + " }}"
    assert Resolver(new_scopes(Collection("i", "n"), Given(variables=values))).text(text) == text


def test_a_number_that_has_no_text_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="digits"):
        as_text(compile_expression("n ** n").evaluate({"n": 3000}.__getitem__))
