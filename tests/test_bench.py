"""The bench: what it says of given samples, its helpers, and one small case of it with the real Newman."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from conformance.newman import NoNode, install, node_directory

BENCH = Path(__file__).parents[1] / "bench"
MARKED = "# Page\n\nBefore.\n\n<!-- bench: begin -->\n\nold\n\n<!-- bench: end -->\n\nAfter.\n"


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / "run.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def samples(*walls: float, cpu: float = 1.0, memory: float = 100.0, error: str = "") -> list[dict[str, Any]]:
    return [{"wall": wall, "cpu": cpu, "memory": memory, "error": error, "started": 0.0} for wall in walls]


def case(name: str, kind: str, found: Mapping[str, Mapping[int, Any]]) -> dict[str, Any]:
    return {"case": name, "kind": kind, "samples": found}


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A result as --json writes it, of three turns, with figures that are easy to follow."""
    cases = [
        case(
            "one request, one test",
            "process",
            {"Newman": {1: samples(1.0, 1.2, 8.0)}, "htrun": {1: samples(0.2, 0.3, 0.4, cpu=0.5, memory=65.0)}},
        ),
        case(  # 10 more requests take 1.0 s and 3.0 s: 0.1 s and 0.3 s each
            "no scripts",
            "request",
            {
                "htrun": {10: samples(1.0, 1.0, 1.0), 20: samples(2.0, 2.0, 2.0)},
                "requests.Session": {10: samples(1.0, 1.0, 1.0), 20: samples(4.0, 4.0, 4.0)},
                "bare socket": {10: samples(1.0, 1.0, 1.0), 20: samples(1.3, 1.3, 1.3)},
            },
        ),
        case(
            "100 KB body, three reports",
            "process",
            {
                "Newman": {100: samples(2.0), 3000: samples(40.0, error="exit code 1: RangeError: too long")},
                "htrun": {100: samples(1.0), 3000: samples(8.0, memory=120.0)},
            },
        ),
        case(
            "memory curve",
            "curve",
            {"Newman": {10: samples(1.0, memory=150.0), 1000: samples(1.0, memory=290.0)}, "htrun": {10: samples(1.0)}},
        ),
        case(  # a request takes 0.05 s, or a tenth of it
            "answers after 50 ms, one script",
            "request",
            {
                "htrun --parallel 1": {10: samples(1.0), 20: samples(1.5)},
                "htrun --parallel 8": {10: samples(1.0), 110: samples(1.5)},
            },
        ),
    ]
    file = tmp_path / "earlier.json"
    file.write_text(json.dumps({"about": {"Newman": "6.2.2"}, "quick": False, "cases": cases, "start-up": {}}))
    return file


def row(table: str, start: str) -> list[str]:
    """The cells of the text table's line that begins so."""
    lines = [line for line in table.splitlines() if line.startswith(start)]
    assert len(lines) == 1, (start, table)
    return [cell for cell in re.split(r"\s{2,}", lines[0][len(start) :].strip()) if cell]


def test_ratios_are_those_of_medians_and_each_has_its_limit(earlier: Path) -> None:
    done = bench("--from", earlier)
    assert done.returncode == 0, done.stderr
    # medians 0.3 and 1.2; the turns' own ratios are 0.2, 0.25 and 0.05
    assert row(done.stdout, "one request with one test,")[-4:] == ["at most 0.28", "0.250", "0.125 .. 0.225", "kept"]
    assert row(done.stdout, "the same, CPU time") == ["at most 0.35", "0.500", "0.500 .. 0.500", "**missed**"]
    assert row(done.stdout, "the same, peak memory") == ["at most 0.65", "0.650", "0.650 .. 0.650", "kept"]
    assert row(done.stdout, "steady state per request without scripts")[-3] == "0.333"
    assert row(done.stdout, "3,000 iterations with a 100 KB body")[-3:] == ["1.2", "1.2 .. 1.2", "**missed**"]
    assert row(done.stdout, "throughput of --parallel 8")[-4:] == ["at least 7", "10", "10 .. 10", "kept"]
    assert row(done.stdout, "parsing and starting")[-1] == "not measured"


def test_a_foreign_run_that_failed_is_named(earlier: Path) -> None:
    done = bench("--from", earlier)
    assert "Newman, n = 3000: ended with 'exit code 1: RangeError: too long'" in done.stdout
    assert "bare socket take 10% of what a bare session takes" in done.stdout


def test_the_page_gets_the_tables_between_its_marks_and_the_picture_beside_it(earlier: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(MARKED)
    assert bench("--from", earlier, "--docs", page).returncode == 0
    written = page.read_text()
    assert written.startswith("# Page\n\nBefore.\n\n<!-- bench: begin -->\n\nMeasured: Newman 6.2.2.\n")
    assert written.endswith("<!-- bench: end -->\n\nAfter.\n")
    assert "old" not in written
    assert "| the same, peak memory | at most 0.65 | 0.650 | 0.650 .. 0.650 | kept |" in written
    picture = ElementTree.parse(tmp_path / "images" / "memory.svg").getroot()
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Newman 290 MiB", "htrun 100 MiB", "300 MiB", "1,000"} <= set(texts)

    assert bench("--from", earlier, "--docs", page).returncode == 0
    assert page.read_text() == written


def test_results_read_and_written_are_the_same(earlier: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    assert bench("--from", earlier, "--json", again).returncode == 0
    first, second = (json.loads(path.read_text()) for path in (earlier, again))
    assert second["cases"] == first["cases"]
    kept = {limit["title"]: limit["kept"] for limit in second["limits"]}
    assert kept["the same, CPU time"] is False
    assert kept["the same, peak memory"] is True


def test_what_cannot_be_done_is_said_in_a_line(earlier: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("no marks")
    for arguments, reason in (
        (("--from", earlier, "--docs", page), "must hold the lines"),
        (("--from", page), "is no result of --json"),
        (("--case", "nothing like it"), "No case holds 'nothing like it'"),
        (("--quick", "--docs"), "--quick measures nothing"),
        (("--runs", "0"), "must be at least 1"),
    ):
        done = bench(*arguments)
        assert done.returncode != 0, arguments
        assert reason in done.stderr
        assert "Traceback" not in done.stderr


@contextmanager
def serving() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, str(BENCH / "server.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()
        assert process.wait(10) == 0


def test_the_server_answers_with_what_the_path_asks_for() -> None:
    with serving() as base, requests.Session() as session:
        assert session.get(f"{base}/ok").json()["name"] == "Ann"
        for size in (2, 100, 1_000, 100_000):
            response = session.get(f"{base}/size/{size}")
            assert len(response.content) == size
            assert isinstance(response.json(), list)
        started = time.perf_counter()
        assert session.get(f"{base}/size/50/delay/120").content == b"[]".ljust(50)
        assert time.perf_counter() - started >= 0.115


@pytest.mark.parametrize("kind", ["session", "socket"])
def test_the_floor_sends_as_many_requests_as_it_is_told(kind: str) -> None:
    with serving() as base:
        started = time.perf_counter()
        command = [sys.executable, str(BENCH / "floor.py"), kind, f"{base}/size/300000/delay/100", "3"]
        assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
        assert 0.3 <= time.perf_counter() - started < 5


@pytest.mark.conformance
def test_a_small_case_is_measured_beside_newman(tmp_path: Path) -> None:
    try:
        node_directory()
    except NoNode as missing:
        pytest.skip(str(missing))
    install()
    postman = tmp_path / "postman.py"  # stands in for the Postman CLI, and fails as that may do
    postman.write_text(
        "import sys\nprint('1.2.3' if '--version' in sys.argv else 'error: not now')\n" + "sys.exit(3)\n"
    )
    found = tmp_path / "found.json"
    done = bench(
        *("--runs", "1", "--quick", "--case", "one request, one test", "--case", "start-up"),
        *("--postman-cli", f"{sys.executable} {postman}", "--json", found),
    )
    assert done.returncode == 0, done.stderr
    assert "Newman 6.2.2" in done.stdout
    assert "Postman CLI 1.2.3" in done.stdout
    assert "Postman CLI, n = 1: ended with 'exit code 3: error: not now'" in done.stdout
    result = json.loads(found.read_text())
    assert result["quick"] is True
    (measured,) = result["cases"]
    for tool, least in (("Newman", 50), ("htrun", 30)):
        (sample,) = measured["samples"][tool]["1"]
        assert sample["error"] == ""
        assert sample["cpu"] > 0
        assert 0 < sample["wall"] < 60
        assert sample["memory"] > least
    stages = result["start-up"]
    # what follows each other adds up to no more than the whole; V8 ran beside it
    assert stages["V8 boot"][0] > 0.01
    assert stages["imports"][0] > 0.01
    assert stages["scripts in V8"][0] > 0
