"""``--parallel`` as a user meets it: options, reports, exports, exit codes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Htrun, Json, request
from support.server import RecordingServer

Write = Callable[..., str]

_SCRIPT = """pm.test("even", () => pm.expect(pm.info.iteration % 2).to.eql(0));
console.log("iteration", pm.info.iteration); pm.environment.set("row", pm.iterationData.get("id"));"""


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Six rows; the first iterations answer last."""
    rows = [{"id": number, "delay": delay} for number, delay in enumerate((300, 0, 200, 100, 0, 0))]
    (tmp_path / "data.json").write_text(json.dumps(rows), encoding="utf-8")
    return "data.json"


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5"])
def test_numbers_that_are_none(htrun: Htrun, collection: Write, number: str) -> None:
    done = htrun(collection(request("r", "http://127.0.0.1:1/")), "--parallel", number)
    assert done.returncode == 2
    assert "--parallel" in done.stderr
    assert "Traceback" not in done.stderr


def test_reports_are_those_of_a_run_one_after_another(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer, data: str
) -> None:
    file = collection(
        request("first", f"{server.url}/respond?delay={{{{delay}}}}&id={{{{id}}}}", _SCRIPT),
        request("second", f"{server.url}/{{{{missing}}}}"),
    )

    def run(name: str, *more: str) -> tuple[str, Json, list[str]]:
        done = htrun(
            *(file, "-d", data, "-r", "cli,json,junit", "--reporter-json-export", f"{name}.json"),
            *("--reporter-junit-export", f"{name}.xml", *more),
        )
        assert done.returncode == 1, done.stderr
        report = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))["run"]
        cases = [case.get("name") or "" for case in ElementTree.parse(tmp_path / f"{name}.xml").iter("testcase")]
        # times differ, and with them the widths of the summary's last rows
        text = done.stdout.partition("total run duration")[0]
        return re.sub(r"\d+(\.\d+)?(ms|s)\b|[─┌┐├┤┬┼┴│ ]+", " ", text), report, cases

    alone, together = run("alone"), run("together", "--parallel", "4")
    assert together[0] == alone[0]
    assert "Iteration 6/6" in together[0]
    assert together[1]["stats"] == alone[1]["stats"]
    assert [_failure(f) for f in together[1]["failures"]] == [_failure(f) for f in alone[1]["failures"]]
    assert len(together[1]["failures"]) == 3
    assert [_execution(e) for e in together[1]["executions"]] == [_execution(e) for e in alone[1]["executions"]]
    assert together[2] == alone[2]
    assert len(together[2]) >= 6


def _execution(entry: Json) -> Json:
    checks = [(check["assertion"], "error" in check) for check in entry.get("assertions", [])]
    return entry["item"]["name"], entry["cursor"]["iteration"], entry["cursor"]["position"], checks


def _failure(entry: Json) -> Json:
    return entry["source"]["name"], entry["cursor"]["iteration"], entry["at"], entry["error"]["message"]


def test_the_progress_reporter_counts_all(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    done = htrun(collection(request("r", server.url)), "-n", "12", "--parallel", "5", "-r", "progress")
    assert done.returncode == 0
    assert "100%" in done.stdout
    assert "12/12" in done.stdout


def test_exports_hold_the_changes_of_all_iterations(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer, data: str
) -> None:
    url = f"{server.url}/respond?delay={{{{delay}}}}&header=Set-Cookie:last={{{{id}}}}&header=Set-Cookie:c{{{{id}}}}=1"
    (tmp_path / "env.json").write_text(json.dumps({"values": [{"key": "n", "value": 1}]}))
    script = (
        'pm.environment.set("row", pm.iterationData.get("id")); pm.environment.set("n", pm.environment.get("n") + 1)'
    )
    done = htrun(
        *(collection(request("r", url, script)), "-d", data, "--parallel", "4", "-e", "env.json"),
        *("--export-environment", "out.json", "--export-cookie-jar", "jar.json"),
    )
    assert done.returncode == 0, done.stdout
    left = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["values"]
    assert {row["key"]: row["value"] for row in left} == {"n": 2, "row": 5}
    jar = json.loads((tmp_path / "jar.json").read_text(encoding="utf-8"))["cookies"]
    assert {cookie["key"]: cookie["value"] for cookie in jar} == {"last": "5", **{f"c{n}": "1" for n in range(6)}}


def test_bail_ends_the_run_at_the_first_failure_in_order(
    htrun: Htrun, collection: Write, server: RecordingServer, data: str
) -> None:
    file = collection(request("r", f"{server.url}/respond?delay={{{{delay}}}}", _SCRIPT))
    done = htrun(file, "-d", data, "--parallel", "3", "--bail")
    assert done.returncode == 1
    assert "Iteration 2/6" in done.stdout
    assert "Iteration 3/6" not in done.stdout


def test_the_option_may_stand_in_the_configuration(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    (tmp_path / ".htrunrc").write_text('{"run": {"parallel": 6}}')
    file = collection(request("r", f"{server.url}/respond?delay=500"))
    done = htrun(file, "-n", "6", "-r", "json", "--reporter-json-export", "report.json")
    assert done.returncode == 0, done.stderr
    timings = json.loads((tmp_path / "report.json").read_text())["run"]["timings"]
    assert timings["completed"] - timings["started"] < 6 * 500


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("script", ["", "while (true) {}"])
def test_ctrl_c_ends_with_the_summary_so_far(
    tmp_path: Path, collection: Write, server: RecordingServer, script: str
) -> None:
    slow = request("slow", f"{server.url}/respond?delay=30000", "", script and f"if (pm.info.iteration) {{ {script} }}")
    file = collection(request("first", f"{server.url}/first"), slow)
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", file, "-n", "9", "--parallel", "3"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 20
    while sum(r.target == "/first" for r in server.received) < 3 or len(server.received) < (4 if script else 6):
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert "Iteration 1/9" in out
    assert "Iteration 2/9" not in out
    assert "requests" in out
    assert "Traceback" not in err
