"""The two small reporters: progress and emojitrain."""

from __future__ import annotations

import io
from dataclasses import replace

from reporters.stream import Play, Story, collection, item, report, sample
from runner.engine import events as ev


def test_elsewhere_than_on_a_terminal_progress_prints_one_line() -> None:
    text = report("progress", sample())
    assert text == f"progress [{'█' * 40}] 100% | ETA: 0s | 4/4 | 5 failed | 1 skipped\n"


def test_on_a_terminal_progress_draws_over_itself() -> None:
    text = report("progress", sample(), interactive=True, unicode=False)
    assert text.startswith("progress [" + "-" * 24 + "] 0% | ETA: N/A | 0/4")
    assert text.endswith("\r\x1b[2Kprogress [" + "=" * 40 + "] 100% | ETA: 0s | 4/4 | 5 failed | 1 skipped\n")


def test_a_run_that_stops_early_leaves_the_bar_where_it_was() -> None:
    story = Story(collection(item("a"), item("b"), item("c"), item("d")))
    assert "25% | ETA: " in report("progress", story.events([Play("a")]))


def test_a_run_that_jumps_back_shows_no_more_than_all() -> None:
    story = Story(collection(item("a")))
    assert "100% | ETA: 0s | 3/1" in report("progress", story.events([Play("a")] * 3))


def test_emojitrain_has_a_face_for_each_item() -> None:
    assert report("emojitrain", sample()) == "😢 😢 😢 😀  😭\n"
    assert report("emojitrain", Story(collection(item("a"))).events(), unicode=False) == ":)  :D\n"


def test_a_narrow_stream_gets_plain_marks() -> None:
    for name in ("emojitrain", "progress"):
        raw = io.BytesIO()
        out = io.TextIOWrapper(raw, "ascii", newline="")
        from reporters.stream import feed
        from runner.reporters.interface import ReporterOptions
        from runner.reporters.registry import create_reporter

        feed(create_reporter(name, ReporterOptions(out=out)), sample())
        assert raw.getvalue().isascii()
        assert raw.getvalue()


def test_silent_is_silent() -> None:
    for name in ("progress", "emojitrain", "cli"):
        assert report(name, sample(), silent=True) == ""
        assert report(name, sample(), extra={"silent": True}) == ""


def test_a_run_names_what_it_waits_for_and_what_had_no_value() -> None:
    events = [
        replace(event, result=replace(event.result, unresolved={"id": "B/Get"}, advice={"id": "is set by A"}))
        if isinstance(event, ev.RunFinished)
        else event
        for event in sample()
    ]
    text = report("progress", events, interactive=True, width=60, unicode=False)
    assert text.startswith("progress [--------------] 0% | ETA: N/A | 0/4")
    assert text.endswith(
        "4/4 | 5 failed | 1 skipped\nvariables without a value, sent as they stand:\n"
        "  {{id}} in B/Get\n    {{id}} is set by A\n"
    )
