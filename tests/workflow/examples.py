"""Workflow files, right and wrong: the loader and the JSON Schema are held against the same ones.

They are over the collection of ``workflow.api`` in ``things.json``.
"""

from __future__ import annotations

from typing import NamedTuple

HEAD = "collection: things.json\nsteps:\n"

GOOD = {
    "least": "collection: things.json\nsteps: [{run: Create}]",
    "everything on top": """
name: 5
description: all keys
collections: {a: things.json, b: things.json}
variables: {base: http://x, n: 3, list: [1, {a: b}], nothing: null, text: "{{ n }}"}
secrets: [base]
on_failure: continue
x-anchors: {anything: [goes]}
steps:
  - {run: a/Setup}
always:
  - {run: b/End, when: true}
""",
    "all of a step": """
collection: things.json
secrets: base
steps:
  - name: one
    description: a step
    run: [Setup/Create, "Work/*"]
    when: vars['user-id'] is defined or n > 3
    foreach: {in: [1, 2], as: n}
    variables: {a: 1, b: "{{ a }}"}
    overrides: {headers: {A: 1, B: null}}
    capture: {id: $.id @ Create}
    expect: json.x == 1
    retry: 3
    needs: []
    on_failure: skip-dependents
  - run: Job
    until: json.status == "done"
    every: 500ms
    timeout: 1.5 m
    needs: one
  - steps: [{run: Get}]
    needs: [one]
  - parallel: [{run: Get}, [{run: Get}, {run: Job}]]
  - parallel: {left: {run: Get}, right: [{run: Get}]}
""",
    "captures": """
collection: things.json
steps:
  - run: Create
    capture:
      a: $.a[0].b
      b: header:Location
      c: cookie:sid
      d: status
      e: url
      f: regex:id=(\\d+)
      g: {from: $.x, of: Create, scope: environment, default: [1]}
      h: "$..id default: 5"
""",
    "expectations": """
collection: things.json
steps:
  - run: Create
    expect:
      status: [201, "204", 2xx]
      time: {lt: 2s, gte: 1ms}
      headers: {Content-Type: application/json, X: {exists: false}}
      json:
        $.a: 1
        $.b: {equals: {x: 1}, not: null}
        $.c: {gt: 1, gte: 1, lt: 5, lte: "{{ n }}"}
        $.d: {in: [1, 2], type: [integer, "null"]}
        $.e: {contains: x, not_contains: y, matches: "^x.*$"}
        $.f: {length: {gte: 1}}
        $.g: {length: 0, in: "{{ list }}"}
        $.h: [1, 2]
      body: {contains: ok}
      schema: {type: object}
      that: [json.a == 1, "true"]
  - run: Create
    expect: {status: {gte: 200, lt: 300}, time: 2s, body: "", that: json.a}
  - run: Create
    expect: [json.a == 1, response.status < 300]
""",
    "retries": """
collection: things.json
steps:
  - {run: Get, retry: {times: 1, on: [error, failure, 503, 5xx], backoff: 10ms, retry_after: false}}
  - {run: Get, retry: {on: error, backoff: {first: 1s, factor: 1.5, max: 1m, jitter: 0.3}, retry_after: 2m}}
""",
    "foreach": """
collection: things.json
steps:
  - {run: Get, foreach: [1, {a: b}, "{{ c }}"]}
  - {run: Get, foreach: "{{ users }}"}
  - {run: Get, foreach: {in: "{{ users }}"}}
  - {run: Get, foreach: {file: "{{ name }}.csv", as: row}}
""",
    "overrides": """
collection: things.json
steps:
  - {run: Create, overrides: {body: {name: y, size: {w: null}}, query: {q: 1}, path: {items: things}}}
  - {run: Create, overrides: {body: [1, 2]}}
  - {run: Work, overrides: {body: text}}
  - {run: Form, overrides: {body: {a: 5}}}
""",
}


class Bad(NamedTuple):
    """``says`` is in the message, which names ``line``. ``schema``: whether the JSON Schema finds it too (names,
    expressions and files are beyond it)."""

    text: str
    line: int
    says: str
    schema: bool = True


BAD = {
    "empty": Bad("", 0, "is empty", False),
    "no mapping": Bad("- run: Create", 1, "must be a mapping"),
    "no YAML": Bad(HEAD + "  - run: 'Create\n", 3, "no YAML", False),
    "tabs": Bad(HEAD + "  - run: Create\n\twhen: x\n", 4, "no tabs", False),
    "brackets without quotes": Bad(HEAD + "  - {run: Create, capture: {x: $.a[0]}}", 3, "must be in quotes", False),
    "template without quotes": Bad(
        HEAD + "  - run: Create\n    variables: {a: {{ b }}}", 4, "must be in quotes", False
    ),
    "twice": Bad(HEAD + "  - run: Create\n    run: Get", 4, '"run" is there twice', False),
    "endless": Bad("collection: things.json\nvariables: {a: &a [*a]}\nsteps: []", 0, "nested too deeply", False),
    "two documents": Bad("collection: things.json\n---\nsteps: []", 2, "but found another document", False),
    "tag": Bad("collection: things.json\nvariables: {a: !!python/name:os.system x}\nsteps: []", 2, "not known", False),
    "endless number": Bad(f"collection: things.json\nvariables: {{a: {'9' * 5000}}}\nsteps: []", 2, "digits", False),
    "steps as a mapping": Bad("collection: things.json\nsteps: {run: Create}", 2, "must be a list, not a mapping"),
    "no collection": Bad("steps: [{run: Create}]", 1, 'lacks "collection"'),
    "two kinds of collection": Bad("collection: a\ncollections: {b: c}\nsteps: [{run: x}]", 1, "has both"),
    "collection not there": Bad("collection: thing.json\nsteps: [{run: Create}]", 1, "thing.json: no such file", False),
    "no steps": Bad("collection: things.json", 1, 'lacks "steps"'),
    "empty steps": Bad("collection: things.json\nsteps: []", 2, "needs at least one"),
    "unknown key on top": Bad("collection: things.json\nstep: []\nsteps: [{run: x}]", 2, 'did you mean "steps"?'),
    "unknown key of a step": Bad(
        HEAD + "  - run: Create\n    captures: {}", 4, 'no key "captures"; did you mean "capture"?'
    ),
    "nothing to do": Bad(HEAD + "  - name: x", 3, 'lacks "run"'),
    "too much to do": Bad(HEAD + "  - {run: Create, steps: [{run: Get}]}", 3, 'more than one of "run"'),
    "expectation of a group": Bad(
        HEAD + "  - steps: [{run: Get}]\n    expect: x == 1", 4, 'belongs to a step with "run"'
    ),
    "unknown request": Bad(HEAD + "  - run: Setup/Creat", 3, 'did you mean "Setup/Create"?', False),
    "unknown name": Bad(HEAD + "  - run: Flakey", 3, 'did you mean "Work/Flaky"?', False),
    "unknown folder": Bad(HEAD + "  - run: Setups", 3, 'did you mean "Setup"?', False),
    "unknown step": Bad(
        HEAD + "  - {run: Create, name: one}\n  - {run: Get, needs: on}", 4, 'did you mean "one"?', False
    ),
    "same name": Bad(
        HEAD + "  - {run: Create, name: one}\n  - {run: Get, name: one}", 4, "the other one is in line 3", False
    ),
    "circle": Bad(
        HEAD
        + "  - {run: Create, name: a, needs: b}\n  - {run: Get, name: b, needs: c}\n  - {run: Get, name: c, needs: a}",
        3,
        '"a" needs "b" needs "c" needs "a"',
        False,
    ),
    "itself": Bad(HEAD + "  - {run: Create, name: a, needs: a}", 3, '"a" needs "a"', False),
    "bad policy": Bad(HEAD + "  - {run: Create, on_failure: skip-dependant}", 3, 'did you mean "skip-dependents"?'),
    "bad JSONPath": Bad(
        HEAD + "  - run: Create\n    expect:\n      json: {'$.[': 1}", 5, '"$.[" is no JSONPath', False
    ),
    "no JSONPath": Bad(HEAD + "  - run: Create\n    expect: {json: {id: 1}}", 4, "it starts with $, as in $.id"),
    "bad JSONPath of a capture": Bad(HEAD + "  - run: Create\n    capture: {x: '$.a['}", 4, "no valid JSONPath", False),
    "no place for a capture": Bad(HEAD + "  - run: Create\n    capture: {x: id}", 4, "says no place in the response"),
    "capture of a folder": Bad(
        HEAD + "  - run: Setup\n    capture: {x: $.id}", 4, "does not say of which of the 2", False
    ),
    "capture of another": Bad(HEAD + "  - run: Setup\n    capture: {x: $.id @ Creat}", 4, "did you mean", False),
    "bad scope": Bad(
        HEAD + "  - run: Create\n    capture: {x: {from: $.id, scope: global}}", 4, 'did you mean "globals"?'
    ),
    "bad expression": Bad(HEAD + "  - run: Create\n    when: a ==", 4, "a == is no Jinja2", False),
    "braces in an expression": Bad(HEAD + "  - run: Create\n    when: '{{ a }}'", 4, "write it without {{ }}"),
    "bad template": Bad(
        HEAD + "  - run: Create\n    variables: {a: '{{ b | lenght }}'}", 4, 'did you mean "length"?', False
    ),
    "open template": Bad(HEAD + "  - run: Create\n    variables:\n      a: '{{ b'", 5, "is no Jinja2", False),
    "dynamic variable": Bad(HEAD + "  - run: Create\n    variables: {a: '{{ $guid }}'}", 4, 'dynamic("guid")', False),
    "bad retry": Bad(HEAD + "  - run: Create\n    retry: often", 4, "retry must be a number"),
    "no retries": Bad(HEAD + "  - run: Create\n    retry: 0", 4, "at least 1"),
    "retry on nothing known": Bad(HEAD + "  - run: Create\n    retry: {on: [failed]}", 4, 'did you mean "failure"?'),
    "bad jitter": Bad(HEAD + "  - run: Create\n    retry: {backoff: {jitter: 2}}", 4, "from 0 to 1"),
    "time without unit": Bad(HEAD + "  - run: Job\n    until: x\n    every: 5", 5, "such as 500ms or 2s"),
    "every without until": Bad(HEAD + "  - run: Job\n    every: 5s", 4, 'belongs to "until"'),
    "until for a folder": Bad(HEAD + "  - run: Setup\n    until: json.x", 4, "this step runs 2", False),
    "foreach over a word": Bad(HEAD + "  - run: Get\n    foreach: users", 4, "foreach takes a list"),
    "foreach over no file": Bad(HEAD + "  - run: Get\n    foreach: nope.csv", 4, "nope.csv: no such file", False),
    "foreach with both": Bad(HEAD + "  - run: Get\n    foreach: {in: [1], file: a.csv}", 4, 'one of "in"'),
    "body of a form as JSON": Bad(
        HEAD + "  - run: Work/Get\n    overrides: {body: {a: 1}, boddy: 1}", 4, 'did you mean "body"?'
    ),
    "header as a mapping": Bad(HEAD + "  - run: Create\n    overrides: {headers: {A: {b: 1}}}", 4, "must be a text"),
    "bad status": Bad(HEAD + "  - run: Create\n    expect: {status: 999}", 4, "a status is a number such as 201"),
    "unknown expectation": Bad(HEAD + "  - run: Create\n    expect: {stauts: 200}", 4, 'did you mean "status"?'),
    "unknown operator": Bad(
        HEAD + "  - run: Create\n    expect: {json: {$.a: {equal: 5}}}", 4, 'did you mean "equals"?'
    ),
    "bad type": Bad(HEAD + "  - run: Create\n    expect: {json: {$.a: {type: text}}}", 4, "type cannot be"),
    "bad regular expression": Bad(
        HEAD + "  - run: Create\n    expect: {body: {matches: 'a('}}", 4, "no regular expression", False
    ),
    "bad schema": Bad(
        HEAD + "  - run: Create\n    expect: {schema: {type: strin}}", 4, "the JSON Schema is wrong at type", False
    ),
    "schema not there": Bad(
        HEAD + "  - run: Create\n    expect: {schema: nope.json}", 4, "nope.json cannot be read", False
    ),
    "branch that needs another": Bad(
        HEAD + "  - parallel:\n      - {run: Create, name: a}\n      - {run: Get, needs: a}",
        5,
        "they run side by side",
        False,
    ),
    "secret not given": Bad(
        "collection: things.json\nsecrets: [top]\nsteps: [{run: Create}]", 2, '"top" is not set', False
    ),
    "variable that cannot be": Bad(
        "collection: things.json\nvariables: {a: '{{ b }}'}\nsteps: [{run: Create}]", 2, "'b' is undefined", False
    ),
}
