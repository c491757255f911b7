"""Steps of workflow files as a user runs them: what reaches the server and what is reported."""

from __future__ import annotations

import json

import pytest

from workflow.api import BIG, COLLECTION
from workflow.flow import Flow


def test_folders_and_requests_run_by_path_name_and_glob(flow: Flow) -> None:
    flow.run(
        """
variables: {id: 7, item: i}
steps:
  - run: Setup
  - run: [Work/Get, Clean]
  - run: Set*/**
"""
    )
    assert flow.targets == ["/items", "/login/nobody", "/things/7?q=i", "/clean/7", "/items", "/login/nobody"]


def test_a_captured_big_integer_goes_unchanged_into_the_next_request(flow: Flow) -> None:
    done = flow.run(
        """
steps:
  - run: Create
    capture: {id: $.id}
  - run: Get
    capture:
      path: {from: $.path, scope: environment}
      missing: {from: $.nope, default: [1]}
      kind: "header:Content-Type | regex:charset=(.*)"
    expect:
      that: [json.path == path, "missing == [1]", kind == "utf-8", id == 9007199254740993]
"""
    )
    assert flow.targets == ["/items", f"/things/{BIG}?q={{{{item}}}}"]
    assert {row["key"]: row["value"] for row in done.report["environment"]["values"]} == {"path": f"/things/{BIG}"}
    assert len(done.checks) == 5


def test_a_capture_that_finds_nothing_fails_the_step(flow: Flow) -> None:
    done = flow.run("steps: [{run: Create, capture: {id: $.identifier}}, {run: Get}]", code=1)
    assert "$.identifier" in done.failures[0]
    assert flow.targets == ["/items"]


def test_variables_belong_to_their_step_only(flow: Flow) -> None:
    flow.run(
        """
variables: {item: outer, id: "{{ item }}-1"}
steps:
  - run: Get
    variables: {item: "{{ item | upper }}", id: "{{ item }}!"}
  - run: Get
  - variables: {item: group}
    steps:
      - run: Get
      - {run: Get, variables: {item: inner}}
"""
    )
    assert flow.targets == [
        "/things/OUTER!?q=OUTER", "/things/outer-1?q=outer", "/things/outer-1?q=group", "/things/outer-1?q=inner",
    ]  # fmt: skip


def test_members_are_set_in_bodies_with_bare_templates(flow: Flow) -> None:
    flow.run("variables: {n: 5}\nsteps: [{run: Templates, overrides: {body: {new: ['{{ n }}'], s: null}}}]")
    (request,) = flow.server.take()
    assert "".join(request.body.decode().split()) == '{"n":5,"p":1.10,"new":[5]}'


def test_what_the_user_gives_wins_over_the_file(flow: Flow) -> None:
    flow.run("variables: {id: file, item: file}\nsteps: [{run: Get}]", "--var", "id=given")
    assert flow.targets == ["/things/given?q=file"]


def test_overrides_change_one_request_and_not_the_collection(flow: Flow) -> None:
    flow.run(
        """
variables: {n: 3, name: Ann}
steps:
  - run: Create
    overrides:
      headers: {X-Name: "{{ name }} {{ n }}", Accept: null}
      body: {size: {w: "{{ n + 1 }}", h: null}, tags: ["{{ name }}"]}
  - run: Create
  - run: Create
    overrides: {body: "plain {{ n }}"}
  - run: Form
    overrides: {body: {b: "{{ name }}", c: 3}}
"""
    )
    changed, plain, text, form = flow.server.take()
    assert changed.header("x-name") == "Ann 3"
    assert json.loads(changed.body) == {"name": "x", "size": {"w": 4}, "tags": ["Ann"]}
    assert json.loads(plain.body) == {"name": "x", "size": {"w": 1, "h": 2}}
    assert plain.header("x-name") is None
    assert text.body == b"plain 3"
    assert form.body == b"a=1&b=Ann&c=3"
    assert json.loads((flow.folder / "things.json").read_text()) == COLLECTION


def test_every_row_of_the_data_is_a_run_of_the_workflow(flow: Flow) -> None:
    (flow.folder / "rows.csv").write_text("item,n\nx,1\ny,2\n")
    done = flow.run("variables: {id: '{{ n * 10 }}'}\nsteps: [{run: Get}]\nalways: [{run: Clean}]", "-d", "rows.csv")
    assert flow.targets == ["/things/10?q=x", "/clean/10", "/things/20?q=y", "/clean/20"]
    assert done.report["run"]["stats"]["iterations"]["total"] == 2


def test_dynamic_values_in_the_file(flow: Flow) -> None:
    flow.run("variables: {id: \"{{ dynamic('guid') }}\"}\nsteps: [{run: Clean}, {run: Clean}]", "-n", "2")
    first, again, second, _ = flow.targets
    assert len(first) == len("/clean/") + 36
    assert first == again
    assert first != second  # each iteration starts anew


def test_scripts_of_the_collection_run_in_workflows_too(flow: Flow) -> None:
    done = flow.run("variables: {value: 5}\nsteps: [{run: Set}, {run: Refused}]", code=1)
    assert {row["key"]: row["value"] for row in done.report["globals"]["values"]} == {"written": 5}
    assert done.failures == ["expected 1 to equal 2"]


def test_reports_name_the_steps(flow: Flow) -> None:
    done = flow.run(
        """
steps:
  - {name: first things, run: [Create, Clean]}
  - {run: Create}
  - {name: last thing, run: Clean, when: "false"}
""",
        reporters="cli,json,junit",
    )
    assert [run.get("step") for run in done.report["run"]["executions"]] == ["first things", "first things", None]
    assert done.report["run"]["skipped"][0]["step"] == "last thing"
    assert done.out.count("▸ first things") == done.out.count("▸ last thing") == done.out.count("▸ ") / 2 == 1
    assert '<property name="step" value="first things"/>' in next(flow.folder.glob("newman/*.xml")).read_text()


def test_a_variable_that_nothing_has_set_is_explained(flow: Flow) -> None:
    done = flow.run(
        """
steps:
  - run: Get
    overrides: {query: {q: "{{ '{{' }}written}}"}}
"""
    )
    assert "{{written}} is set by Work/Set (test script, line 1), which comes after it" in " ".join(done.out.split())


def test_scripts_jump_inside_of_their_step_only(flow: Flow) -> None:
    done = flow.run(
        """
variables: {next: Clean}
steps:
  - run: [Jump, Create, Clean]
  - run: Jump
  - run: Create
"""
    )
    assert flow.targets == ["/jump", "/clean/", "/jump", "/items"]
    assert 'setNextRequest("Clean") is not followed' in " ".join(done.out.split())
    done = flow.run("variables: {next: Clear}\nsteps: [{run: Jump}]", code=1)
    assert 'did you mean "Clean"?' not in done.failures[0]
    assert 'setNextRequest("Clear"): no request of this run has that name' in done.failures[0]


def test_options_of_collections_only_are_refused(flow: Flow) -> None:
    for option in (["--with-deps"], ["--capture", "a=$.a"]):
        done = flow.start(flow.write("steps: [{run: Create}]"), *option)
        assert done.returncode == 2, done.stdout + done.stderr
        assert f"{option[0]} is for collections; in a workflow file its steps say what they" in done.stderr


def test_several_collections_in_one_workflow(flow: Flow) -> None:
    other = {
        **COLLECTION,
        "info": {"name": "Others"},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "t"}]},
    }
    (flow.folder / "others.json").write_text(json.dumps(other), encoding="utf-8")
    done = flow.run(
        "name: Both\nsteps: [{run: things/Setup/Create}, {run: others/Setup/Create}]",
        head="collections: {things: things.json, others: others.json}\n",
    )
    first, second = flow.server.take()
    assert (first.header("authorization"), second.header("authorization")) == (None, "Bearer t")
    assert done.report["collection"]["info"]["name"] == "Both"


def test_collections_that_disagree_about_a_variable(flow: Flow) -> None:
    other = {"info": {"name": "Others"}, "item": [], "variable": [{"key": "who", "value": "somebody"}]}
    (flow.folder / "others.json").write_text(json.dumps(other), encoding="utf-8")
    head = "collections:\n  things: things.json\n  others: others.json\n"
    done = flow.start(flow.write("steps: [{run: things/Setup/Log in}]", head))
    assert done.returncode == 3
    assert 'flow.workflow.yaml:3: the collections have different values for the variable "who"' in done.stderr
    flow.run("variables: {who: me}\nsteps: [{run: things/Setup/Log in}]", head=head)
    assert flow.targets == ["/login/me"]


def test_a_step_whose_condition_is_false_is_skipped_and_reported(flow: Flow) -> None:
    done = flow.run(
        """
variables: {n: 3}
steps:
  - {run: Clean, when: n > 3}
  - {run: Get, when: n == 3 and nope is not defined}
""",
        reporters="cli,json,junit",
    )
    assert flow.targets == ["/things/?q={{item}}"]
    assert done.skipped == {"Clean": "when n > 3: it is not so"}
    assert "[skipped] when n > 3: it is not so" in done.out
    junit = next(flow.folder.glob("newman/*.xml")).read_text()
    assert '<skipped message="when n &gt; 3: it is not so"/>' in junit


def test_a_condition_that_cannot_be_worked_out_fails_the_step(flow: Flow) -> None:
    done = flow.run("steps: [{run: Clean, when: nope > 3}]", code=1)
    assert done.failures == ["'nope' is undefined"]
    assert done.report["run"]["failures"][0]["at"] == "flow.workflow.yaml:2"
    assert flow.targets == []


def test_foreach_over_a_list_a_template_and_objects(flow: Flow) -> None:
    flow.run(
        """
variables: {numbers: [1, 2], id: x}
steps:
  - {run: Get, foreach: [a, "{{ id }}b"]}
  - {run: Get, foreach: "{{ numbers }}"}
  - {run: Get, foreach: {in: [{id: 1, item: p}, {id: 2, item: q}], as: row}}
  - {run: Clean, foreach: {in: "{{ range(2) | list }}", as: id}}
"""
    )
    assert flow.targets == [
        "/things/x?q=a", "/things/x?q=xb", "/things/x?q=1", "/things/x?q=2",
        "/things/1?q=p", "/things/2?q=q", "/clean/0", "/clean/1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [("rows.csv", 'id,item\n7,x\n8,"0y"\n'), ("rows.json", '[{"id":7,"item":"x"},{"id":8,"item":"0y"}]')],
)
def test_foreach_over_a_data_file(flow: Flow, name: str, text: str) -> None:
    (flow.folder / name).write_text(text)
    flow.run(f"steps: [{{run: Get, foreach: {name}, expect: {{json: {{$.args.q: '{{{{ item }}}}'}}}}}}]")
    assert flow.targets == ["/things/7?q=x", "/things/8?q=0y"]


def test_foreach_over_nothing_is_visible_and_no_failure(flow: Flow) -> None:
    done = flow.run("steps: [{name: all, run: Get, foreach: []}, {name: then, run: Clean, needs: all}]")
    assert done.skipped == {"Get": "foreach: there are no elements"}
    assert flow.targets == ["/clean/"]


def test_foreach_stops_at_the_first_failure_unless_it_is_to_continue(flow: Flow) -> None:
    text = "steps: [{run: Get, foreach: [1, 2, 3], on_failure: %s, expect: {that: item != 2}}]"
    flow.run(text % "stop", code=1)
    assert flow.targets == ["/things/?q=1", "/things/?q=2"]
    flow.run(text % "continue", code=1)
    assert flow.targets == ["/things/?q=1", "/things/?q=2", "/things/?q=3"]
