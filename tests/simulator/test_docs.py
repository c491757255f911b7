"""The page for users says what the simulator does."""

from __future__ import annotations

import re
from pathlib import Path

from runner.simulator import SIMULATORS, access, actions, events, groups, places, users
from runner.simulator.app import ROUTES
from runner.simulator.state import State
from runner.simulator.web import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

PAGE = (Path(__file__).parents[2] / "docs" / "hypertrack.md").read_text("utf-8")


def rows_after(heading: str) -> list[list[str]]:
    """The cells of the table rows between a heading and the next heading."""
    part = re.split(r"^#", PAGE[PAGE.index(heading) + len(heading) :], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_call_is_listed():
    text = " ".join(cell for row in rows_after("### Calls") for cell in row)
    calls = re.findall(r"`((?:GET|POST|PATCH|DELETE)(?:` `(?:GET|POST|PATCH|DELETE))*) ([^`?]+)[^`]*`", text)
    listed = {(method, path) for methods, path in calls for method in methods.split("` `")}
    served = {(method, path.replace("<id>", "ID")) for path, methods in ROUTES.items() if path for method in methods}
    assert listed == served


def test_every_filter_is_listed():
    listed = {row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in rows_after("### Lists")}
    assert listed["users"] == set(users.FILTERS)
    assert listed["actions, actions/placeline"] == set(actions.filters(State()))
    assert listed["places"] == set(places.FILTERS)
    assert listed["groups"] == set(groups.FILTERS)
    assert listed["events"] == set(events.FILTERS)


def test_every_status_on_demand_is_listed():
    cells = " ".join(row[0] for row in rows_after("### Errors on demand"))
    assert {int(number) for number in re.findall(r"`(\d+)`", cells)} == set(access.SIMULATED)
    assert access.SIMULATE_STATUS in PAGE


def test_numbers_are_those_of_the_code():
    assert f"({DEFAULT_PAGE_SIZE} by default, {MAX_PAGE_SIZE} at most)" in PAGE
    assert f"127.0.0.1:{SIMULATORS['hypertrack'].default_port}/api/v2/" in PAGE


def test_the_python_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "docs/hypertrack.md", "exec"), {})
