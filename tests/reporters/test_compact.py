"""The terminal report for logs: a line for each item, all of what failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporters.scene import scene
from reporters.stream import (
    Did,
    Play,
    Story,
    check,
    collection,
    feed,
    folder,
    item,
    played,
    report,
    sample,
    say,
)
from runner.engine import events as ev
from runner.errors import UsageError
from runner.model.collection import walk
from runner.model.result import Cursor
from runner.reporters.interface import ReporterOptions
from runner.reporters.registry import create_reporter


def compact(events: object, **more: object) -> str:
    extra = {"compact": True, **more.pop("extra", {})}  # type: ignore[dict-item]
    return report("cli", events, extra=extra, **more)  # type: ignore[arg-type]


def test_each_item_is_one_line_and_failures_stand_below_it() -> None:
    lines = compact(sample()).split("\n")
    assert lines[: lines.index("- Skipped  [skipped] the request was not sent") + 1] == [
        "htrun",
        "",
        "Peer sample",
        "✖ Users / List users  GET [200 OK, 69B, 24ms]  1/2 checks, 1 skipped",
        "   1. body has name",
        "      expected undefined to deeply equal 'x'",
        "  ┌",
        "  │ 'hi', { a: 1 }",
        "  │ 'careful'",
        "  └",
        "✖ Users / Throws  POST [200 OK, 62B, 5ms]  1/1 checks",
        "   2. ReferenceError at test-script",
        "      undefinedFn is not defined",
        "✖ Down  GET [errored]  1 more request  0/1 checks",
        "   3. Error at request",
        "      connect ECONNREFUSED 127.0.0.1:1",
        "   4. never",
        "      expected 1 to equal 2",
        "   5. Error at test-script",
        "      thrown in a timer",
        "- Skipped  [skipped] the request was not sent",
    ]


def test_it_ends_as_the_long_report_does() -> None:
    start = "┌─────────────────────────┬"
    assert compact(sample()).partition(start)[1:] == report("cli", sample()).partition(start)[1:]
    for option, gone in (
        ("no_summary", start),
        ("no_failures", "#  failure"),
        ("no_banner", "htrun"),
        ("no_console", "│ 'hi'"),
    ):
        assert gone in compact(sample())
        assert gone not in compact(sample(), extra={option: True})


def test_the_console_of_an_item_that_passed_is_left_out() -> None:
    story = Story(collection(item("A")))
    text = compact(story.events([Play("A", after=[Did("test", [say("quiet"), check("fine")])])]))
    assert "✓ A  GET [200 OK, 62B, 24ms]  1/1 checks\n" in text
    assert "quiet" not in text


def test_iterations_attempts_and_items_inside_of_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = compact(scene(tmp_path))
    assert "\n✓ Users / Retried [iteration 2]  GET [200 OK, 100B, 24ms]  2/2 checks  attempt 2 (status 503)\n" in text
    inner = "\n  ✓ Users / Moved [iteration 1]  GET [200 OK, 93B, 24ms]  1/1 checks\n✓ Outer [iteration 1]"
    assert inner in text
    assert not any(char in text for char in "\x1b\x07\x00\u202e")


def test_failures_of_an_item_inside_of_another_stand_with_the_inner_one() -> None:
    located = {place.item.name: place for place in walk(collection(item("outer"), folder("F", item("inner"))))}
    here = Cursor(0, 0, 2, 1, "r")
    outer = list(played(Play("outer", after=[Did("test", [check("o", "no")])]), located["outer"], here))
    inner = list(played(Play("inner", after=[Did("test", [check("i", "no")])]), located["inner"], here))
    first, *_ = Story(collection(item("x"))).events([])
    text = compact([first, *outer[:3], *inner, *outer[3:]])
    assert text.index("1. i") > text.index("✖ F / inner")
    assert text.index("2. o") > text.index("✖ outer") > text.index("1. i")


def test_symbols_can_be_chosen() -> None:
    text = report("cli", sample(), extra={"symbols": "windows"})
    assert "□ Users\n└ List users\n" in text
    assert "\n  √  status is 200\n" in text
    assert "× Down" in compact(sample(), extra={"symbols": "windows"})
    assert "Fail Down" in compact(sample(), extra={"symbols": "plain"})
    with pytest.raises(UsageError, match="--reporter-cli-symbols is one of regular, windows, plain, not 'emoji'"):
        report("cli", [], extra={"symbols": "emoji"})


def test_windows_has_the_symbols_of_its_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert "└ List users\n" in report("cli", sample())
    assert "↳ List users\n" in report("cli", sample(), extra={"symbols": "regular"})
    assert "Sub-folder List users\n" in report("cli", sample(), unicode=False)


def test_a_run_that_broke_off_has_its_totals() -> None:
    import io

    out = io.StringIO()
    events = [event for event in sample() if not isinstance(event, ev.RunFinished)]
    feed(create_reporter("cli", ReporterOptions(out=out, options={"compact": True})), events)
    assert out.getvalue().rstrip().endswith("the run broke off")
