"""The order of steps, what failures and Ctrl-C do to it, and steps side by side."""

from __future__ import annotations

import signal

import pytest

from workflow.api import BIG
from workflow.flow import Flow


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


INTERRUPTED = {
    "polling": "steps: [{run: Job, until: 'false', every: 20s}]",
    "waiting for an answer": "variables: {ms: 20000}\nsteps: [{run: Slow}]",
    "branches": "variables: {ms: 20000}\nsteps: [{parallel: [{run: Slow}, {run: Job, until: 'false', every: 20s}]}]",
}


@pytest.mark.parametrize("text", INTERRUPTED.values(), ids=INTERRUPTED.keys())
def test_always_runs_after_ctrl_c(flow: Flow, text: str) -> None:
    child = flow.begin(f"{text}\nalways:\n  - run: Clean\n    expect: {{status: 200}}\n", ready=99)
    flow.wait_for(2 if "parallel" in text else 1)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=15)
    assert child.returncode == 130, out + err
    assert "interrupted" in out
    assert "✓  status is 200" in out
    assert flow.targets[-1] == "/clean/"


def test_the_clean_up_knows_what_an_interrupted_branch_has_captured(flow: Flow) -> None:
    child = flow.begin(
        """
steps:
  - parallel:
      - {run: Job, until: "false", every: 20s}
      - [{run: Create, capture: {id: $.id}}, {run: Slow}]
always: [{run: Clean}]
""",
        ready=9,
        ms=20000,
    )
    flow.wait_for(3)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=15)
    assert child.returncode == 130, out + err
    assert flow.targets[-1] == f"/clean/{BIG}"


def test_a_second_ctrl_c_ends_the_clean_up(flow: Flow) -> None:
    steps = "steps: [{run: Job, until: 'false', every: 20s}]\nalways: [{run: Slow}, {run: Clean}]"
    child = flow.begin(steps, ready=9, ms=20000)
    for requests in (1, 2):
        flow.wait_for(requests)
        child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=10)
    assert child.returncode == 130, out + err
    assert "interrupted" in out
    assert flow.targets == ["/job/9", "/slow/20000"]
