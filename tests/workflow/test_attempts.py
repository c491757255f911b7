"""Retrying and polling: how often the server is asked, when, and what reports say of it."""

from __future__ import annotations

import re
import time
from email.utils import formatdate

import pytest

from workflow.flow import Flow


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


def test_retry_after_may_be_a_date(flow: Flow) -> None:
    began = time.time()
    when = formatdate(began + 2.5, usegmt=True)
    text = "variables: {failures: 1}\nsteps: [{run: Flaky later, variables: {after: '%s'}, retry: {backoff: 1ms}}]"
    flow.run(text % when.replace(" ", "%20"))
    assert time.time() - began >= 1.5  # the date is in whole seconds
    assert len(flow.targets) == 2


def test_a_server_that_asks_for_too_long_a_wait_is_not_asked_again(flow: Flow) -> None:
    text = "variables: {failures: 1, after: 100}\nsteps: [{run: Flaky later, retry: {retry_after: %s, backoff: 10ms}}]"
    done = flow.run(text % "20s", code=1)
    assert "status 503, and the server asks to wait 100 s, longer than retry_after (20 s)" in done.failures
    assert len(flow.targets) == 1
    flow.api.seen.clear()
    flow.run(text % "false")
    assert len(flow.targets) == 2


@pytest.mark.parametrize("value", ["%C2%B2", "soon", "-5", "Mon%2C 99 Foo 2026 00:00:00 GMT"])
def test_a_retry_after_that_is_none_is_ignored(flow: Flow, value: str) -> None:
    flow.run(f"variables: {{failures: 1, after: '{value}'}}\nsteps: [{{run: Flaky later, retry: {{backoff: 10ms}}}}]")
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
