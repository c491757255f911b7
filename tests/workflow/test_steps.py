"""Workflow files as a user runs them: what reaches the server, in which order, and what is reported."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun
from support.server import RecordingServer
from workflow.api import BIG, COLLECTION, Api


@dataclass
class Done:
    """What came of a run."""

    code: int
    out: str
    err: str
    report: Any = None

    @property
    def failures(self) -> list[str]:
        return [failure["error"]["message"] for failure in self.report["run"]["failures"]]

    @property
    def checks(self) -> list[str]:
        return [check["assertion"] for run in self.report["run"]["executions"] for check in run.get("assertions", [])]

    @property
    def skipped(self) -> dict[str, str]:
        return {entry["item"]["name"]: entry["reason"] for entry in self.report["run"].get("skipped", [])}


@dataclass
class Flow:
    """Writes a workflow file and runs it."""

    folder: Path
    start: Htrun
    api: Api = field(default_factory=Api)
    server: RecordingServer = field(default_factory=RecordingServer)

    def __post_init__(self) -> None:
        self.server.respond = self.api

    def write(self, text: str, head: str = "collection: things.json\n") -> str:
        (self.folder / "things.json").write_text(json.dumps(COLLECTION), encoding="utf-8")
        (self.folder / "flow.workflow.yaml").write_text(head + text, encoding="utf-8")
        return "flow.workflow.yaml"

    def run(self, text: str, *options: str, code: int = 0, reporters: str = "cli,json", **more: Any) -> Done:
        given = ("--var", f"base={self.server.url}", "-r", reporters, "--reporter-json-export", "report.json")
        done = self.start(self.write(text, **more), *given, *options)
        assert done.returncode == code, done.stdout + done.stderr
        report = self.folder / "report.json"
        found = json.loads(report.read_text("utf-8")) if report.exists() else None
        return Done(done.returncode, done.stdout, done.stderr, found)

    @property
    def targets(self) -> list[str]:
        return [request.target for request in self.server.take()]


@pytest.fixture
def flow(tmp_path: Path, htrun: Htrun) -> Iterator[Flow]:
    found = Flow(tmp_path, htrun)
    with found.server:
        yield found


# -- what a step does


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


# -- conditions and repetition


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


def test_foreach_stops_at_the_first_failure_unless_it_is_to_continue(flow: Flow) -> None:
    text = "steps: [{run: Get, foreach: [1, 2, 3], on_failure: %s, expect: {that: item != 2}}]"
    flow.run(text % "stop", code=1)
    assert flow.targets == ["/things/?q=1", "/things/?q=2"]
    flow.run(text % "continue", code=1)
    assert flow.targets == ["/things/?q=1", "/things/?q=2", "/things/?q=3"]


# -- attempts


def test_retry_until_the_server_has_time(flow: Flow) -> None:
    done = flow.run(
        "variables: {failures: 2}\nsteps: [{run: Flaky, retry: {times: 2, backoff: {first: 10ms, jitter: 0}}}]",
        reporters="cli,json,junit,progress",
    )
    assert flow.targets == ["/flaky/2"] * 3
    assert done.failures == []
    retries = done.report["run"]["retries"]
    assert [(r["attempt"], r["reason"], r["wait"], r["code"]) for r in retries] == [
        (1, "status 503", 10, 503), (2, "status 503", 20, 503),
    ]  # fmt: skip
    assert [run["attempt"] for run in done.report["run"]["executions"]] == [3]
    assert done.report["run"]["stats"]["requests"]["total"] == 3
    assert done.report["run"]["stats"]["assertions"] == {"total": 1, "pending": 0, "failed": 0}
    assert done.report["run"]["stats"]["items"]["total"] == 1
    assert "attempt 1: status 503; again after 10ms" in done.out
    assert "2 tried again" in done.out
    assert 'name="attempts" value="3"' in next(flow.folder.glob("newman/*.xml")).read_text()


def test_retry_after_is_honoured(flow: Flow) -> None:
    began = time.monotonic()
    flow.run("variables: {failures: 1, after: 1}\nsteps: [{run: Flaky later, retry: {backoff: 10ms}}]")
    assert time.monotonic() - began >= 1
    assert len(flow.targets) == 2


def test_a_server_that_asks_for_too_long_a_wait_is_not_asked_again(flow: Flow) -> None:
    text = "variables: {failures: 1, after: 100}\nsteps: [{run: Flaky later, retry: {retry_after: %s, backoff: 10ms}}]"
    done = flow.run(text % "20s", code=1)
    assert "status 503, and the server asks to wait 100 s, longer than retry_after (20 s)" in done.failures
    assert len(flow.targets) == 1
    flow.api.seen.clear()
    flow.run(text % "false")
    assert len(flow.targets) == 2


def test_retries_that_were_not_enough_fail(flow: Flow) -> None:
    done = flow.run("steps: [{run: Broken, retry: {times: 1, backoff: 1ms}}]", code=1)
    assert done.failures == ["status 500 after 2 attempts"]
    assert len(flow.targets) == 2


def test_only_the_named_failures_are_tried_again(flow: Flow) -> None:
    flow.run("variables: {failures: 1}\nsteps: [{run: Flaky, retry: {on: [error, 429], backoff: 1ms}}]", code=1)
    assert len(flow.targets) == 1
    flow.run("steps: [{run: Refused, retry: {times: 2, on: failure, backoff: 1ms}}]", code=1)
    assert len(flow.targets) == 3


def test_a_refused_connection_is_tried_again(flow: Flow) -> None:
    done = flow.run(
        "steps: [{run: Clean, retry: {times: 1, backoff: 1ms}}]", "--var", "base=http://127.0.0.1:9", code=1
    )
    assert [r["reason"] for r in done.report["run"]["retries"]] == ["no response (ECONNREFUSED)"]


def test_polling_until_an_expression_is_true(flow: Flow) -> None:
    done = flow.run(
        """
variables: {ready: 3}
steps:
  - run: Job
    until: json.status == "done" and response.status == 200
    every: 20ms
    timeout: 20s
    expect: {json: {$.calls: 3}}
"""
    )
    assert flow.targets == ["/job/3"] * 3
    assert [r["reason"] for r in done.report["run"]["retries"]] == [
        'json.status is "working", response.status is 200', 'json.status is "working", response.status is 200',
    ]  # fmt: skip
    assert done.checks == ["is 200", "$.calls is 3", 'until json.status == "done" and response.status == 200']


def test_polling_that_takes_too_long_fails_and_says_what_it_saw(flow: Flow) -> None:
    done = flow.run(
        "variables: {ready: 999}\nsteps: [{run: Job, until: json.status == 'done', every: 100ms, timeout: 2s}]",
        code=1,
    )
    assert re.fullmatch(r'not within 2 s \(\d+ attempts\): json.status is "working"', done.failures[0])
    assert 2 < len(flow.targets) < 25
    assert done.report["run"]["failures"][0]["at"] == "flow.workflow.yaml:3"


def test_the_time_limit_of_the_run_ends_polling(flow: Flow) -> None:
    done = flow.run(
        "variables: {ready: 999}\nsteps: [{run: Job, until: 'false', every: 100ms}]\nalways: [{run: Clean}]",
        "--timeout", "800", code=1, reporters="cli",
    )  # fmt: skip
    assert "time limit of 800 ms" in done.out
    assert flow.targets[-1] == "/clean/"


# -- order and failures


def test_steps_run_after_what_they_need(flow: Flow) -> None:
    flow.run(
        """
variables: {item: 1}
steps:
  - {name: last, run: Clean, needs: [middle, first]}
  - {name: first, run: Create}
  - {name: middle, run: Get, needs: first}
"""
    )
    assert flow.targets == ["/items", "/things/?q=1", "/clean/"]


BROKEN = """
steps:
  - {name: broken, run: Broken, expect: {status: 200}, on_failure: %s}
  - {name: dependent, run: Get, needs: broken}
  - {name: further, run: Set, needs: dependent}
  - {name: other, run: Slow, needs: [], variables: {ms: 0}}
always:
  - run: Clean
"""


@pytest.mark.parametrize(
    ("policy", "sent", "skipped"),
    [
        ("stop", ["/status/500", "/clean/"], {
            "Get": 'the step "broken" failed', "Set": 'the step "broken" failed', "Slow": 'the step "broken" failed',
        }),
        ("continue", ["/status/500", "/things/?q={{item}}", "/set", "/slow/0", "/clean/"], {}),
        ("skip-dependents", ["/status/500", "/slow/0", "/clean/"], {
            "Get": 'it needs the step "broken", which failed',
            "Set": 'it needs the step "dependent", which was skipped',
        }),
    ],
)  # fmt: skip
def test_what_a_failure_does_to_other_steps(flow: Flow, policy: str, sent: list[str], skipped: dict[str, str]) -> None:
    done = flow.run(BROKEN % policy, code=1)
    assert flow.targets == sent
    assert done.skipped == skipped
    assert done.failures == ["it is 500"]


def test_bail_stops_at_the_first_failure_but_cleans_up(flow: Flow) -> None:
    flow.run(BROKEN % "continue", "--bail", "-n", "2", code=1)
    assert flow.targets == ["/status/500", "/clean/"]


def test_always_runs_whatever_fails_in_it(flow: Flow) -> None:
    flow.run(
        "steps: [{run: Create}]\nalways: [{run: Refused}, {run: Broken, expect: {status: 1xx}}, {run: Clean}]", code=1
    )
    assert flow.targets == ["/items", "/status/200", "/status/500", "/clean/"]


def test_only_the_chosen_steps_and_what_they_need(flow: Flow) -> None:
    text = """
steps:
  - {name: a, run: Create}
  - {name: b, run: Broken, needs: []}
  - {name: c, run: Set, needs: a}
always: [{run: Clean}]
"""
    flow.run(text, "--folder", "c")
    assert flow.targets == ["/items", "/set", "/clean/"]
    done = flow.run(text, "--folder", "d", code=1)
    assert 'there is no step called "d" in flow.workflow.yaml' in done.err


# -- side by side


def test_branches_run_side_by_side_with_scopes_and_cookies_of_their_own(flow: Flow) -> None:
    done = flow.run(
        """
steps:
  - parallel:
      - - {run: Log in, variables: {who: ann}}
        - {run: Slow, variables: {ms: 1200}}
        - {run: Get, variables: {item: 1}, capture: {first: "$.headers.cookie"}}
      - - {run: Log in, variables: {who: bob}}
        - {run: Slow, variables: {ms: 1200}}
        - {run: Get, variables: {item: 2}, capture: {second: "$.headers.cookie"}}
  - run: Get
    expect: {that: [first == "user=ann", second == "user=bob"]}
"""
    )
    assert flow.api.most == 2
    names = [run["item"]["name"] for run in done.report["run"]["executions"]]
    assert names == ["Log in", "Slow", "Get"] * 2 + ["Get"]  # in the order of the file
    assert done.report["run"]["executions"][3]["cursor"]["ref"] != done.report["run"]["executions"][0]["cursor"]["ref"]


def test_branches_inside_of_branches(flow: Flow) -> None:
    flow.run(
        """
variables: {ms: 300}
steps:
  - parallel:
      - parallel: [{run: Slow}, {run: Set, variables: {value: inner}}, {run: Get, capture: {one: $.method}}]
      - parallel: [{run: Slow}, {run: Get, capture: {two: $.method}}]
  - run: Get
    expect: {that: [written == "inner", one == two]}
"""
    )
    assert flow.api.most >= 2
    assert len(flow.targets) == 6


def test_of_two_branches_that_set_the_same_variable_the_last_counts(flow: Flow) -> None:
    done = flow.run(
        """
steps:
  - parallel:
      slow: [{run: Slow, variables: {ms: 300}}, {run: Set, variables: {value: slow}}]
      fast: {run: Set, variables: {value: fast}}
"""
    )
    assert {row["key"]: row["value"] for row in done.report["globals"]["values"]} == {"written": "fast"}
    assert "have set written to different values; the last of them counts" in " ".join(done.out.split())


def test_independent_steps_run_side_by_side_with_parallel(flow: Flow) -> None:
    text = """
variables: {ms: 700}
steps:
  - {name: a, run: Slow, needs: []}
  - {name: b, run: Slow, needs: []}
  - {name: c, run: Slow, needs: []}
  - {name: end, run: Clean, needs: [a, b, c]}
"""
    flow.run(text)
    assert flow.api.most == 1
    flow.run(text, "--parallel", "3")
    assert flow.api.most == 3
    assert flow.targets == ["/slow/700", "/slow/700", "/slow/700", "/clean/"] * 2


def test_a_failure_in_a_branch_fails_the_step_after_all_branches_have_ended(flow: Flow) -> None:
    done = flow.run(
        """
steps:
  - parallel:
      - {run: Refused}
      - [{run: Slow, variables: {ms: 200}}, {run: Set}]
  - run: Get
always: [{run: Clean}]
""",
        code=1,
    )
    assert sorted(flow.targets) == ["/clean/", "/set", "/slow/200", "/status/200"]
    assert list(done.skipped) == ["Get"]


# -- Ctrl-C


INTERRUPTED = {
    "polling": "steps: [{run: Job, until: 'false', every: 20s}]",
    "waiting for an answer": "variables: {ms: 20000}\nsteps: [{run: Slow}]",
    "branches": "variables: {ms: 20000}\nsteps: [{parallel: [{run: Slow}, {run: Job, until: 'false', every: 20s}]}]",
}


@pytest.mark.parametrize("text", INTERRUPTED.values(), ids=INTERRUPTED.keys())
def test_always_runs_after_ctrl_c(flow: Flow, text: str) -> None:
    file = flow.write(f"{text}\nalways:\n  - run: Clean\n    expect: {{status: 200}}\n")
    child = subprocess.Popen(
        [sys.executable, "-m", "runner", file, "--var", f"base={flow.server.url}", "--var", "ready=99"],
        cwd=flow.folder, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    until = time.monotonic() + 20
    wanted = 2 if "parallel" in text else 1
    while len(flow.server.received) < wanted and time.monotonic() < until:
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=15)
    assert child.returncode == 130, out + err
    assert "interrupted" in out
    assert "✓  status is 200" in out
    assert flow.targets[-1] == "/clean/"
