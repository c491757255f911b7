"""What the status line says, by the width that it has and the run that it is about."""

from __future__ import annotations

import re

import pytest

from reporters.stream import Did, Play, Story, check, collection, item, played, report
from runner.engine import events as ev
from runner.model.collection import walk
from runner.model.result import Cursor


@pytest.fixture(autouse=True)
def _each_look_at_the_clock_takes_half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(10**9))
    monkeypatch.setattr("time.monotonic", lambda: next(now) / 2)


def drawn(events: object, width: int, **more: object) -> list[str]:
    text = report("cli", events, interactive=True, width=width, **more)  # type: ignore[arg-type]
    return re.findall(r"(?:^|\n|\x1b\[2K)([^\n\r]+)(?=\r\x1b\[2K)", text)


def failing(*names: str, **more: object) -> object:
    story = Story(collection(*map(item, names)), **more)  # type: ignore[arg-type]
    return story.events([Play(name, after=[Did("test", [check("c", "no")])]) for name in names])


@pytest.mark.parametrize(
    ("width", "pattern"),
    [
        (100, r"█+░+  item 2/8  1 failed  ETA \d+s  \d\.\d items/s  iteration 1/2  b"),
        (80, r"item 2/8  1 failed  ETA \d+s  \d\.\d items/s  iteration 1/2  b"),
        (50, r"item 2/8  1 failed  ETA \d+s  \d\.\d items/s"),
        (30, r"item 2/8  1 failed  ETA \d+s"),
        (20, r"item 2/8  1 failed"),
        (12, r"item 2/8"),
        (8, r"item\.\.\."),
    ],
)
def test_what_does_not_fit_is_left_out(width: int, pattern: str) -> None:
    lines = drawn(failing("a", "b", "c", "d", iterations=2), width)
    assert any(re.fullmatch(pattern, line) for line in lines), lines
    assert max(map(len, lines)) < width


def test_long_names_are_cut_and_harmless() -> None:
    name = "\x1b[31m" + "n" * 300
    lines = drawn(failing("a", name, "c"), 80)
    assert any(re.search(r"items/s  \\x1b\[31mn+\.\.\.$", line) for line in lines), lines
    wide = drawn(failing("a", "語" * 300, "c"), 80)
    assert any(re.search("items/s  語+…$", line) for line in wide), wide
    assert max(len(line) + line.count("語") for line in wide) < 80


def test_a_run_that_takes_more_items_than_planned_has_no_total() -> None:
    story = Story(collection(item("a"), item("b")))
    lines = drawn(story.events([Play("a"), Play("b"), Play("a"), Play("b")]), 80)
    assert any(re.search(r"item 2/2  ETA", line) for line in lines)
    assert any(re.search(r"^item 4  \d", line) for line in lines), lines
    assert not any("4/2" in line for line in lines)


def test_items_inside_of_items_are_not_counted() -> None:
    located = {place.item.name: place for place in walk(collection(item("outer"), item("inner")))}
    here = Cursor(0, 0, 2, 1, "r")
    outer, inner = (list(played(Play(name), located[name], here)) for name in ("outer", "inner"))
    first, *_, last = Story(collection(item("outer"), item("inner"))).events([])
    assert isinstance(last, ev.RunFinished)
    lines = drawn([first, *outer[:2], *inner, *inner, *outer[2:], *inner, last], 80)
    assert {found for line in lines for found in re.findall(r"item \d/2", line)} == {"item 1/2", "item 2/2"}


def test_a_terminal_that_cannot_draw_has_none() -> None:
    assert drawn(failing("a", "b", "c"), 80, redraw=False) == []
    assert drawn(failing("a", "b", "c"), 80, extra={"compact": True}) != []
