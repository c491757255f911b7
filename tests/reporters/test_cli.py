"""The terminal report: its shape, its options, and that nothing hostile or secret gets through."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reporters.stream import (
    REFUSED,
    STARTED,
    Did,
    Goto,
    Play,
    Story,
    check,
    collection,
    exchange,
    feed,
    folder,
    item,
    played,
    put,
    report,
    sample,
    say,
)
from runner.engine import events as ev
from runner.model.collection import Collection, Header, Variable, VariableSet, walk
from runner.model.exchange import Cookie
from runner.model.result import Cursor, ErrorInfo, Failure
from runner.reporters.interface import ReporterOptions
from runner.reporters.registry import create_reporter
from runner.reporters.terminal.failures import MAX_EXCERPTS, MAX_LISTED

GOLDEN = Path(__file__).parent / "golden"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("name", "iterations", "options"),
    [
        ("default", 1, {}),
        ("plain", 2, {"unicode": False}),
        ("verbose", 1, {"verbose": True}),
        ("narrow", 1, {"width": 50}),
        ("color", 1, {"color": True}),
    ],
)
def test_the_whole_report(name: str, iterations: int, options: dict[str, object]) -> None:
    expected = (GOLDEN / f"cli-{name}.txt").read_text("utf-8")
    assert report("cli", sample(iterations), **options) == expected


def test_colours_add_nothing_but_colours() -> None:
    assert ANSI.sub("", report("cli", sample(), color=True)) == report("cli", sample())


def one(*after: object, **more: object) -> Iterator[ev.Event]:
    """A run of one item whose test script does what ``after`` says."""
    return Story(collection(item("A")), **more).events([Play("A", after=[Did("test", after)])])  # type: ignore[arg-type]


# -- options


@pytest.mark.parametrize(
    ("option", "gone", "stays"),
    [
        ("no_summary", "iterations │", "1.  AssertionError"),
        ("no_failures", 'inside "Users / List users"', "iterations │"),
        ("no_assertions", "✓", "1.  AssertionError"),
        ("no_success_assertions", "✓", "  1. body has name"),
        ("no_success_assertions", "[skipped] later", "  1. body has name"),
        ("no_console", "'careful'", "✓"),
        ("no_banner", "htrun", "Peer sample"),
        ("no_variables", "user_id", "✓"),
    ],
)
def test_each_option_takes_its_part_away(option: str, gone: str, stays: str) -> None:
    whole = report("cli", sample())
    assert gone in whole
    text = report("cli", sample(), extra={option: True})
    assert gone not in text
    assert stays in text
    assert report("cli", sample(), extra={option: "false"}) == whole


def test_time_stamps() -> None:
    text = report("cli", sample(), extra={"show_timestamps": True})
    clock = r"\d{1,2}:\d\d:\d\d [AP]M"
    assert re.search(rf"^  \[\d+/\d+/\d{{4}}, {clock}\]  GET http://localhost:8080/echo \[200 OK", text, re.M)
    assert re.search(rf"^  \[{clock}\]  ✓  status is 200$", text, re.M)
    assert re.search(rf"^  \[{clock}\] 1\. body has name$", text, re.M)
    assert re.search(rf"^  \[{clock}\]\n  ┌\n  │ 'hi', {{ a: 1 }}$", text, re.M)


# -- headings


def test_folders_are_named_when_they_change_and_requests_of_the_collection_are_marked() -> None:
    story = Story(collection(item("a"), folder("F", item("b"), folder("G", item("c")), item("d")), item("e")))
    lines = [line for line in report("cli", story.events()).split("\n") if line[:1] in "❏↳→" and line]
    assert lines == ["→ a", "❏ F", "↳ b", "❏ F / G", "↳ c", "❏ F", "↳ d", "→ e"]


def test_a_collection_without_a_name_is_called_by_its_id() -> None:
    assert report("cli", Story(collection(item("a"), name="")).events()).startswith("htrun\n\nc-1\n")


def test_iterations_are_counted_when_there_are_several() -> None:
    assert "Iteration 2/2" in report("cli", sample(2))
    assert "Iteration" not in report("cli", sample(1))


def test_an_empty_run() -> None:
    text = report("cli", Story(collection(), iterations=0).events())
    assert "│              iterations │        0 │        0 │" in text
    assert "average" not in text


# -- what happens in an item


def test_failures_are_numbered_as_they_come() -> None:
    text = report("cli", one(*(check(f"c{n}", "no") for n in range(12))))
    assert "\n  1. c0\n     no\n  2. c1\n" in text
    assert "\n 12. c11\n" in text


def test_an_error_that_only_the_result_knows_is_shown_once() -> None:
    text = report("cli", sample())
    assert text.count("thrown in a timer") == 2  # where it happened and in the list
    assert "  5⠄ Error in test-script\n     thrown in a timer\n" in text


def test_a_failure_of_the_run_itself_is_listed() -> None:
    failure = Failure("setup", ErrorInfo("SetupError", "the certificate cannot be read"), "setup", None)
    text = report("cli", Story(collection(item("a")), extra=(failure,)).events())
    assert " 1.  SetupError  the certificate cannot be read\n                 at setup\n" in text


def test_items_that_scripts_run_are_reported_inside_and_once() -> None:
    tree = collection(item("outer"), item("inner"))
    outer, inner = walk(tree)
    cursor = Cursor(0, 0, 2, 1, "outer-ref")
    nested = played(
        Play("inner", after=[Did("test", [check("of inner", "b")])]), inner, Cursor(0, 0, 2, 1, "inner-ref")
    )

    def events() -> Iterator[ev.Event]:
        yield ev.RunStarted(tree, VariableSet("e"), VariableSet("g"), 1, 2, STARTED)
        play = Play("outer", after=[Did("test", [check("before", "a"), check("after", "c")])])
        for event in played(play, outer, cursor):
            yield event
            if isinstance(event, ev.AssertionChecked) and event.assertion.name == "before":
                yield from nested

    text = report("cli", events())
    assert [n for n in ("before", "of inner", "after") if text.count(f". {n}\n") == 1] == [
        "before",
        "of inner",
        "after",
    ]
    assert "assertions │                3 │" in text
    assert re.findall(r"^ \d\.  AssertionError  (.*)$", text, re.M) == ["before", "of inner", "after"]


def test_requests_of_scripts_and_auth_have_lines_of_their_own() -> None:
    spec = item("A").request
    play = Play(
        "A",
        exchanges=[
            exchange(spec, b"no", code=401, reason="Unauthorized", origin="auth"),
            exchange(
                spec,
                redirects=[
                    exchange(spec, b"", code=302, reason="Found", url="http://localhost/from", origin="redirect")
                ],
            ),
        ],
    )
    text = report("cli", Story(collection(item("A"))).events([play]))
    assert "[401 Unauthorized," in text
    assert "  GET http://localhost/from [200 OK," in text  # as in Newman: the request before the redirect
    assert "│                requests │                2 │" in text


def test_a_response_without_a_reason_phrase() -> None:
    play = Play("A", exchanges=[exchange(item("A").request, reason="")])
    assert "GET http://localhost:8080/echo [200, " in report("cli", Story(collection(item("A"))).events([play]))


def test_set_next_request_is_told() -> None:
    assert "\n\nAttempting to set next request to B\n" in report("cli", one(Goto("B")))
    assert "Attempting" not in report("cli", one(Goto(None)))


def test_console_lines_of_one_script_share_a_box() -> None:
    text = report("cli", one(say("a"), say("b", "c"), check("x"), say("d")))
    assert "  ┌\n  │ a\n  │ b, c\n  └\n  ✓  x\n  ┌\n  │ d\n  └\n" in text


def test_long_console_lines_wrap_on_a_terminal_only() -> None:
    text = report("cli", one(say("x" * 100)), width=56)
    assert f"  │ {'x' * 50}\n  │ {'x' * 50}\n" in text
    assert f"  │ {'x' * 100}\n" in report("cli", one(say("x" * 100)))


@pytest.mark.parametrize(("level", "code"), [("info", 36), ("warn", 33), ("debug", 34), ("error", 31), ("log", 90)])
def test_console_boxes_have_the_colour_of_their_level(level: str, code: int) -> None:
    assert f"\x1b[{code}m  ┌\x1b[39m\n  \x1b[{code}m│" in report("cli", one(say("a", level=level)), color=True)


# -- variables


def test_variables_are_shown_where_they_change_and_only_then() -> None:
    text = report("cli", one(put("id", "3f2a"), put("id", "3f2a"), put("id", 7), put("id", None, removed=True)))
    assert "  id ← 3f2a (environment)\n  id ← 7 (environment)\n  id ← (removed) (environment)\n" in text


def test_long_values_are_cut_and_objects_are_json() -> None:
    text = report("cli", one(put("long", "x" * 100), put("o", {"a": [1, None]}, "globals")))
    assert f"  long ← {'x' * 57}... (environment)\n" in text
    assert '  o ← {"a": [1, null]} (globals)\n' in text


# -- secrets


def test_secrets_never_reach_the_terminal() -> None:
    tree = Collection(
        "c", "C", (item("A", "POST", body='{"pin":"of-a-secret-variable","password":"in-a-body"}'),),
        variables=(Variable("pin", "of-a-secret-variable", "secret"),),
    )  # fmt: skip
    spec = item("A", "POST", body='{"pin":"of-a-secret-variable","password":"in-a-body"}').request
    play = Play(
        "A",
        [Did("prerequest", [put("access_token", "captured-t0ken"), say("'captured-t0ken'")])],
        [exchange(spec, b'{"refresh_token": "in-a-response"}', url="http://u:in-the-url@h/?api_key=in-a-query")],
        [Did("test", [check("x", "expected captured-t0ken to equal 1")])],
    )
    environment = VariableSet("e", values=(Variable("my_password", "of-the-environment"),))
    for options in ({}, {"verbose": True}):
        text = report("cli", Story(tree, environment=environment).events([play]), **options)
        for secret in (
            "of-a-secret-variable", "in-a-body", "captured-t0ken", "in-a-response", "in-the-url", "in-a-query",
        ):  # fmt: skip
            assert secret not in text, secret
        assert "access_token ← ******** (environment)" in text
        assert "POST http://u:********@h/?api_key=********" in text


# -- hostile text

EVIL = "\x1b]0;owned\x07\x1b[2J\r\x9b31m\u202e\x00"


def test_no_control_character_reaches_the_terminal_raw() -> None:
    tree = collection(folder(f"F{EVIL}", item(f"A{EVIL}", path=f"p{EVIL}")), name=f"C{EVIL}")
    spec = next(walk(tree)).item.request
    response = exchange(
        spec, f"body{EVIL}".encode(), reason=f"OK{EVIL}", headers=(Header("Content-Type", f"text/plain{EVIL}"),)
    )
    lost = exchange(spec, error=REFUSED.__class__(f"lost{EVIL}"), origin="script")
    play = Play(
        f"A{EVIL}",
        [Did("prerequest", [say(f"log{EVIL}"), put(f"v{EVIL}", f"w{EVIL}")], ErrorInfo(f"E{EVIL}", f"m{EVIL}"))],
        [response],
        [Did("test", [check(f"t{EVIL}", f"why{EVIL}"), check(f"s{EVIL}", skipped=True), lost, Goto(f"n{EVIL}")])],
    )
    for options in ({}, {"verbose": True}, {"unicode": False, "width": 60}):
        story = Story(tree, error=f"stop{EVIL}")
        text = report("cli", story.events([play]), **options)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        assert "A\\x1b]0;owned\\x07" in text


def test_line_feeds_in_names_cannot_forge_lines() -> None:
    text = report("cli", one(check("x\n  ✓  forged"), put("v", "1\n  ✓  forged")))
    assert "\n  ✓  forged" not in text


def test_a_stream_that_cannot_write_a_character_still_gets_the_report() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "cp1252", newline="")
    feed(create_reporter("cli", ReporterOptions(out=out, unicode=False)), one(check("smile 😀"), say("žluť")))
    text = raw.getvalue().decode("cp1252")
    assert "smile \\U0001f600" in text
    assert "žlu\\u0165" in text


# -- the list of failures


def test_a_failure_shows_what_was_sent_and_received() -> None:
    play = Play(
        "A",
        exchanges=[exchange(item("A", "POST", body='{"a":1}').request, b"x" * 3000, code=500, reason="Broken")],
        after=[Did("test", [check("one", "no"), check("two", "no")])],
    )
    text = report("cli", Story(collection(item("A"))).events([play]))
    _, _, listed = text.partition("  #  failure")
    assert "POST http://localhost:8080/echo [500 Broken, 3.06kB, 24ms]" in listed
    assert 'sent:\n                       {"a":1}\n                     received:\n' in listed
    assert "x" * 1024 + "\n" in listed
    assert "x" * 1025 not in listed
    assert listed.count("received:") == 1  # two failures of one request share it


def test_a_failed_request_of_a_script_shows_itself() -> None:
    lost = exchange(item("other", path="other").request, error=REFUSED, origin="script")
    text = report("cli", one(check("x", "no"), lost))
    assert re.search(
        r"^ 2\.  Error .*\n.*at request\n.*inside \"A\"\n\n +GET http://localhost:8080/other \[errored\]", text, re.M
    )
    assert re.search(r"^ 1\.  AssertionError .*\n(?:.+\n)+\n +GET http://localhost:8080/echo \[200 OK", text, re.M)


def test_the_list_is_bounded_and_says_so() -> None:
    story = Story(collection(item("A")), iterations=MAX_LISTED + 50)
    events = story.events([Play("A", after=[Did("test", [check("x", "no")])])])
    text = report("cli", events)
    _, _, listed = text.partition("#  failure")
    assert listed.count('inside "A"') == MAX_LISTED
    assert listed.count("received:") == MAX_EXCERPTS
    assert "and 50 more" in listed
    assert re.search(r"^ 1000\.  AssertionError +x$", listed, re.M)
    assert re.search(r"^ 0001\.  AssertionError +x$", listed, re.M)


def test_a_terminal_wraps_the_list() -> None:
    text = report("cli", one(check("c" * 100, "m" * 100)), width=60)
    _, _, listed = text.partition("#  failure")
    assert max(len(line) for line in listed.split("\n")) <= 60


# -- ends


def test_an_interrupted_run_says_so_after_its_summary() -> None:
    text = report("cli", Story(collection(item("a")), interrupted=True).events())
    assert "total run duration" in text
    assert text.endswith("interrupted: the run was stopped before its end\n")


def test_a_run_that_broke_off_still_has_a_summary() -> None:
    text = report("cli", Story(collection(item("a")), whole=False).events())
    assert "│                requests │" in text
    assert text.endswith("the run broke off\n")


def test_a_reporter_that_saw_no_run_prints_nothing() -> None:
    assert report("cli", []) == ""


def test_unresolved_variables_are_named() -> None:
    events = list(one())
    end = events[-1]
    assert isinstance(end, ev.RunFinished)
    from dataclasses import replace

    events[-1] = ev.RunFinished(replace(end.result, unresolved={"user_id": "Users/Get", "x\x1b": ""}))
    text = report("cli", events)
    assert "variables without a value, sent as they stand:\n  {{user_id}} in Users/Get\n  {{x\\x1b}}\n" in text


# -- the status line


def test_a_long_run_on_a_terminal_has_a_status_line_that_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def tick() -> float:
        now[0] += 0.5
        return now[0]

    monkeypatch.setattr("time.monotonic", tick)
    text = report("cli", sample(2), interactive=True, width=80)
    assert re.search(r"item 2/8  1 failed  ETA \d+s  \d+\.\d items/s  iteration 1/2  Throws", text)
    assert text.count("\r\x1b[2K") == len(re.findall(r"item \d/8", text)) > 3
    for line in re.sub(r"[^\n]*\r\x1b\[2K", "", text).split("\n"):
        assert "items/s" not in line
    assert re.sub(r"item \d/8[^\n]*?\r\x1b\[2K", "", text) == report("cli", sample(2), width=80)


def test_a_short_run_names_what_it_waits_for() -> None:
    text = report("cli", Story(collection(item("slow"))).events(), interactive=True, width=100)
    assert "item 1/1  slow\r\x1b[2K  GET http://" in text


def test_elsewhere_there_is_no_status_line(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(10**6))
    monkeypatch.setattr("time.monotonic", lambda: float(next(now)))
    assert "items/s" not in report("cli", sample(2))


# -- verbose


def test_verbose_shows_sizes_cookies_and_binary_bodies() -> None:
    spec = item("A", "POST", body="x").request
    play = Play(
        "A",
        exchanges=[
            exchange(
                spec,
                b"\x89PNG\x00" * 100,
                sent=b"y" * 3000,
                headers=(Header("content-type", "image/png"),),
                cookies=(Cookie("a", "1"),),
            )
        ],
    )
    text = report("cli", Story(collection(item("A"))).events([play]), verbose=True)
    assert "  200 OK ★ 24ms time ★ 3.06kB↑ 544B↓ size ★ 2↑ 1↓ headers ★ 1 cookies\n" in text
    assert "  ┌ ↑ raw ★ 3kB\n" in text
    assert f"  │ {'y' * 2048}\n  │ (showing 2.05kB/3kB)\n" in text
    assert "  ┌ ↓ image/png ★ image ★ image ★ utf8 ★ 500B\n  │ (binary, 500B)\n" in text
    assert "average DNS lookup time: 1ms" in text
    assert "average first byte time: 22ms" in text
