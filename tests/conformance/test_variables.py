"""Variables: scopes, precedence, nesting, types (what a template becomes)."""

from __future__ import annotations

from conformance.case import Case, auth, case, folder, item, raw, rows, url
from conformance.harness import Compare

BIG = 9007199254740993

CASES = [
    # -- scopes and precedence
    case("var-collection", item(url="@BASE@/{{a}}"), variables={"a": "c"}),
    case("var-environment-over-collection", item(url="@BASE@/{{a}}"), variables={"a": "c"}, environment={"a": "e"}),
    case("var-collection-over-globals", item(url="@BASE@/{{a}}"), variables={"a": "c"}, globals={"a": "g"}),
    case("var-globals", item(url="@BASE@/{{a}}"), globals={"a": "g"}),
    case("var-data-over-environment", item(url="@BASE@/{{a}}"), environment={"a": "e"}, data=[{"a": "1"}, {"a": "2"}]),
    case(
        "var-local-over-data",
        item("one", "@BASE@/1/{{a}}", pre="pm.variables.set('a', 'local')"),
        item("two", "@BASE@/2/{{a}}"),
        data=[{"a": "d1"}, {"a": "d2"}],
    ),
    case(
        "var-local-persists-over-iterations",
        item("one", "@BASE@/1/{{a}}", test="if (pm.info.iteration === 0) pm.variables.set('a', 'set');"),
        args=("-n", "2"),
    ),
    case(
        "var-folder-level-is-ignored",
        folder("f", item(url="@BASE@/{{a}}"), variable=rows({"a": "folder"})),
    ),
    case("var-user-over-dynamic", item(url="@BASE@/{{$guid}}"), variables={"$guid": "mine"}),
    case(
        "var-precedence-as-scripts-see-it",
        item(
            pre="pm.variables.set('l', 'local');",
            test="""
['l', 'd', 'e', 'c', 'g', 'none'].forEach((k) => pm.test(k + '=' + pm.variables.get(k), () => {}));
pm.test(JSON.stringify(pm.variables.toObject()), () => {});
""",
        ),
        globals={"g": "g", "c": "g", "e": "g", "d": "g", "l": "g"},
        variables={"c": "c", "e": "c", "d": "c", "l": "c"},
        environment={"e": "e", "d": "e", "l": "e"},
        data=[{"d": "d", "l": "d"}],
    ),
    # -- which rows count
    case("var-last-of-duplicates", item(url="@BASE@/{{a}}"), variables=[*rows({"a": "1"}), *rows({"a": "2"})]),
    case(
        "var-disabled-duplicate",
        item(url="@BASE@/{{a}}"),
        variables=[*rows({"a": "1"}), {"key": "a", "value": "2", "disabled": True}],
    ),
    case("var-disabled", item(url="@BASE@/{{a}}"), variables=[{"key": "a", "value": "1", "disabled": True}]),
    case("var-enabled-true", item(url="@BASE@/{{a}}"), environment=[{"key": "a", "value": "1", "enabled": True}]),
    case("var-enabled-false", item(url="@BASE@/{{a}}"), environment=[{"key": "a", "value": "1", "enabled": False}]),
    case(
        "var-disabled-falls-through",
        item(url="@BASE@/{{a}}"),
        environment=[{"key": "a", "value": "env", "disabled": True}],
        globals={"a": "glob"},
    ),
    case("var-without-key", item(url="@BASE@/{{a}}"), variables=[{"value": "1"}, {"key": "a", "value": "2"}]),
    case("var-id-as-key", item(url="@BASE@/{{a}}"), variables=[{"id": "a", "value": "by id"}]),
    # -- names
    case("var-names-with-odd-characters", item(url="@BASE@/{{a-b}}/{{c.d}}/{{e f}}/{{ü}}/{{g/h}}"),
         variables={"a-b": "1", "c.d": "2", "e f": "3", "ü": "4", "g/h": "5"}),
    case("var-names-have-a-case", item(url="@BASE@/{{Name}}/{{name}}"), variables={"name": "x"}),
    case("var-spaces-belong-to-the-name", item(url="@BASE@/{{ a }}/{{a}}/{{a-1}}"), variables={"a": "1"}),
    case("var-in-an-expression", item(url="@BASE@/{{ a | upper }}/{{nope | upper}}"), variables={"a": "x"}),
    case("var-name-with-spaces-around", item(url="@BASE@/{{ a }}"), variables={" a ": "x"}),
    case("var-empty-name", item(url="@BASE@/x{{}}y"), variables={"a": "x"}),
    # -- nesting and passes
    case("var-nested-value", item(url="@BASE@/{{a}}"), variables={"a": "<{{b}}>", "b": "{{c}}", "c": "end"}),
    case("var-nested-name", item(url="@BASE@/{{{{which}}}}"), variables={"which": "a", "a": "inside-out"}),
    case("var-nested-name-part", item(url="@BASE@/{{user_{{n}}}}"), variables={"n": "7", "user_7": "seven"}),
    case("var-cycle", item(method="POST", body=raw("{{a}}")), variables={"a": "{{b}}", "b": "{{a}}"}),
    case("var-growing-cycle", item(method="POST", body=raw("{{a}}")), variables={"a": "{{a}}x"}),
    case("var-long-chain", item(method="POST", body=raw("{{v0}}")),
         variables={f"v{n}": f"{{{{v{n + 1}}}}}" for n in range(25)} | {"v25": "end"}),
    case("var-crossing-braces", item(method="POST", body=raw("{{{a}}} {{a}}} {a}} {{a} {{{{a}}")), variables={"a": "x"}),
    case("var-across-scopes", item(url="@BASE@/{{a}}"), variables={"a": "{{b}}"}, environment={"b": "from-env"}),
    # -- unresolved
    case("var-unresolved-in-path", item(url="@BASE@/{{nope}}/x")),
    case("var-unresolved-in-query", item(url="@BASE@/?q={{nope}}")),
    case("var-unresolved-in-header", item(header=[{"key": "X-A", "value": "{{nope}}"}])),
    case("var-unresolved-in-body", item(method="POST", body=raw('{"a": "{{nope}}"}', "json"))),
    # -- what values become
    case("var-types-as-text",
         item(method="POST", body=raw("[{{s}}|{{n}}|{{f}}|{{b}}|{{z}}|{{o}}|{{l}}|{{e}}]")),
         variables={"s": "text", "n": 12, "f": 1.50, "b": True, "z": None, "o": {"a": 1}, "l": [1, 2], "e": ""}),
    case("var-types-in-environment",
         item(method="POST", body=raw("[{{s}}|{{n}}|{{f}}|{{b}}|{{z}}|{{o}}|{{l}}|{{e}}]")),
         environment={"s": "text", "n": 12, "f": 0.1, "b": False, "z": None, "o": {"a": 1}, "l": [1, 2], "e": ""}),
    case("var-types-in-data",
         item(method="POST", body=raw("[{{s}}|{{n}}|{{f}}|{{b}}|{{z}}|{{o}}|{{l}}|{{e}}]")),
         data=[{"s": "text", "n": 12, "f": 1e21, "b": True, "z": None, "o": {"a": 1}, "l": [1, [2, 3]], "e": ""}]),
    case("var-typed-rows",
         item(method="POST", body=raw("[{{s}}|{{n}}|{{b}}|{{o}}|{{l}}|{{x}}]")),
         environment=[
             {"key": "s", "value": 5, "type": "string"}, {"key": "n", "value": "5", "type": "number"},
             {"key": "b", "value": "true", "type": "boolean"}, {"key": "o", "value": '{"a":1}', "type": "object"},
             {"key": "l", "value": "[1,2]", "type": "array"}, {"key": "x", "value": "y", "type": "secret"},
         ]),
    case("var-typed-rows-in-scripts",
         item(test="""
['s', 'n', 'b', 'o', 'l', 'x'].forEach((k) => {
    const v = pm.environment.get(k);
    pm.test(k + ' ' + typeof v + ' ' + JSON.stringify(v), () => {});
});
"""),
         environment=[
             {"key": "s", "value": 5, "type": "string"}, {"key": "n", "value": "5", "type": "number"},
             {"key": "b", "value": "true", "type": "boolean"}, {"key": "o", "value": '{"a":1}', "type": "object"},
             {"key": "l", "value": "[1,2]", "type": "array"}, {"key": "x", "value": "y", "type": "secret"},
         ]),
    case("var-number-forms", item(method="POST", body=raw("{{a}} {{b}} {{c}} {{d}} {{e}}")),
         variables={"a": 1e21, "b": 1e-7, "c": 100000000000000000000, "d": -0.0, "e": 1.0}),
    case("var-values-set-by-scripts",
         item("set", pre="""
pm.environment.set('s', 'text'); pm.environment.set('n', 12); pm.environment.set('b', true);
pm.environment.set('z', null); pm.environment.set('u', undefined); pm.environment.set('o', {a: 1});
pm.environment.set('l', [1, 2]); pm.environment.set('e', '');
""", method="POST", body=raw("[{{s}}|{{n}}|{{b}}|{{z}}|{{u}}|{{o}}|{{l}}|{{e}}]"))),
    case("var-set-with-type",
         item(pre="""
pm.environment.set('n', '5', 'number'); pm.environment.set('b', 'true', 'boolean');
pm.environment.set('o', {a: [1]}, 'object'); pm.environment.set('l', [1], 'array'); pm.environment.set('s', 7, 'string');
""", method="POST", body=raw("{{n}} {{b}} {{o}} {{l}} {{s}}"), test="pm.test(JSON.stringify(pm.environment.toObject()));")),
    # -- where they are resolved
    case("var-everywhere",
         item(
             url=url("{{p}}/:seg", query=[{"key": "{{k}}", "value": "{{v}}"}], variable=[{"key": "seg", "value": "{{s}}"}]),
             method="POST",
             header=[{"key": "X-{{k}}", "value": "{{v}}"}],
             body={"mode": "urlencoded", "urlencoded": [{"key": "{{k}}", "value": "{{v}}"}]},
             auth=auth("bearer", token="{{t}}"),
         ),
         variables={"p": "path", "k": "key", "v": "va lue", "s": "segment", "t": "token"}),
    case("var-in-method", item(method="{{m}}"), variables={"m": "PUT"}),
    case("var-whole-url", item(url="{{whole}}"), variables={"whole": "@BASE@/a/b?c=d#e"}),
    case("var-host-and-port", item(url="http://{{h}}:{{p}}/x"), variables={"h": "@HOST@", "p": "@PORT@"}),
    case("var-protocol-inside", item(url="{{base}}/x"), variables={"base": "@HOST@:@PORT@"}),
    case("var-query-inside", item(url="@BASE@/?{{q}}"), variables={"q": "a=1&b=2"}),
    case("var-not-in-scripts", item(test="pm.test('{{a}}', () => pm.expect('{{a}}').to.eql('x'));"), variables={"a": "x"}),
    case("var-in-formdata",
         item(method="POST", body={"mode": "formdata", "formdata": [{"key": "{{k}}", "value": "{{v}}", "type": "text"}]}),
         variables={"k": "key", "v": "value"}),
    case("var-in-graphql",
         item(method="POST", body={"mode": "graphql", "graphql": {"query": "{ {{f}} }", "variables": '{"a": {{n}}}'}}),
         variables={"f": "user", "n": 3}),
    case("var-liquid-braces-pass-through",
         item(method="POST", body=raw("{% if a %}{{a}}{% endif %} {# c #} ${a} {{ a | upcase }}")), variables={"a": "x"}),
    # -- changes and the end
    case("var-changes-are-kept",
         item("one", pre="""
pm.environment.set('new', 1); pm.environment.set('old', 'changed'); pm.environment.unset('gone');
pm.globals.set('g', 'x'); pm.collectionVariables.set('c', 'y');
"""),
         item("two", "@BASE@/{{new}}/{{old}}/{{gone}}/{{g}}/{{c}}"),
         environment={"old": "o", "gone": "g"}, globals={"h": 1}, variables={"c": "before"}),
    case("var-clear",
         item(pre="pm.environment.clear(); pm.environment.set('only', 'one'); pm.globals.clear();"),
         environment={"a": 1, "b": 2}, globals={"c": 3}),
    case("var-set-keeps-the-type", item(pre="pm.environment.set('a', 'new');"),
         environment=[{"key": "a", "value": "old", "type": "secret", "enabled": True}]),
    case("var-set-of-a-disabled-one", item(url="@BASE@/{{a}}", pre="pm.environment.set('a', 'new');"),
         environment=[{"key": "a", "value": "old", "disabled": True}]),
    case("var-replace-in",
         item(test="""
pm.test(pm.variables.replaceIn('{{a}} {{nope}} {{b}}'), () => {});
pm.test(pm.environment.replaceIn('{{a}}'), () => {});
pm.test(JSON.stringify(pm.variables.replaceIn({x: '{{a}}', y: ['{{b}}']})), () => {});
"""),
         environment={"a": "A"}, globals={"b": "B"}),
    case("var-has-and-get", item(test="""
pm.test([pm.environment.has('a'), pm.environment.has('z'), pm.variables.has('a'), pm.globals.has('a'),
    pm.environment.get('z'), pm.environment.name, pm.variables.get('z')].join(), () => {});
"""), environment={"a": "A"}),
    case("var-env-var-option", item(url="@BASE@/{{a}}/{{b}}"), environment={"a": "file"},
         args=("--env-var", "a=option", "--env-var", "b=x=y")),
    case("var-global-var-option", item(url="@BASE@/{{a}}/{{b}}"), globals={"a": "file"},
         args=("--global-var", "a=option", "--global-var", "b=")),
    case("var-env-var-without-file", item(url="@BASE@/{{a}}"), args=("--env-var", "a=1")),
    case("var-option-without-value", item(url="@BASE@/x{{a}}y"), args=("--env-var", "a")),
    case("var-wrapped-environment", item(url="@BASE@/{{a}}"), args=("-e", "e.json"),
         files={"e.json": {"environment": {"name": "w", "values": rows({"a": "wrapped"})}}}),
    case("var-bare-array-environment", item(url="@BASE@/{{a}}"), args=("-e", "e.json"), files={"e.json": rows({"a": "bare"})}),
    case("var-environment-of-key-value-object", item(url="@BASE@/{{a}}"), args=("-e", "e.json"),
         files={"e.json": {"name": "odd", "values": {"a": "object"}}}),
    case("var-globals-of-postmans-export", item(url="@BASE@/{{a}}"), args=("-g", "g.json"), files={"g.json": {
        "id": "6b0b1a62-11de-4d0b-8b4b-1b1f2e4c0001", "name": "My Workspace Globals", "_postman_variable_scope": "globals",
        "values": [{"key": "a", "value": "exported", "type": "default", "enabled": True}]}}),
    case("var-unicode-values", item(url="@BASE@/{{a}}?q={{a}}", method="POST", body=raw("{{a}}")), variables={"a": "žluť 漢 😀"}),
    case("var-value-with-dollar", item(method="POST", body=raw("{{a}}")), variables={"a": "$& $1 $$ \\n"}),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
