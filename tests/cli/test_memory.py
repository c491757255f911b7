"""What a run needs: of memory, as the system counts it, and of the disk, of which it leaves nothing behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.conftest import Htrun, request
from transport.servers import Conversation, recorder

Write = Callable[..., str]

MB = 1_000_000
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
REPORTS = ("-r", "cli,json,junit", "--reporter-json-export", "r.json", "--reporter-junit-export", "r.xml")
CI = ("tap", "teamcity", "github", "ctrf", "csv", "markdown", "har")
CI_REPORTS = ("-r", ",".join(CI), *(word for name in CI for word in (f"--reporter-{name}-export", f"r.{name}")))

#: Linux counts what the parent had at the start of a process into its peak, and pytest is larger than a run.
MEASURED = """
import os, sys
_, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, *sys.argv[1:]]), 0)
print("peak:", usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="asks Unix for its figures, and sends its signals")


def document(size: int) -> bytes:
    """A JSON array of numbers of about ``size`` bytes."""
    numbers = random.Random(size)
    return json.dumps([numbers.randrange(10**8, 10**9) for _ in range(size // 11)]).encode()


def answer(body: bytes) -> bytes:
    return HEAD % len(body) + body


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts the command; its temporary files go into the folder ``temporary``."""
    (tmp_path / "temporary").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(tmp_path / "temporary")}

    def run(*arguments: str, through: str = "", before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
        first = (sys.executable, "-S", "-c", through) if through else (sys.executable,)
        return subprocess.Popen(
            [*first, "-m", "runner", "run", *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            preexec_fn=before,
        )

    return run


def peak(start: Callable[..., subprocess.Popen[str]], *arguments: str) -> float:
    """The most memory that a command had, MB."""
    said, _ = (process := start(*arguments, through=MEASURED)).communicate(timeout=100)
    assert process.returncode == 0, said
    return int(said.rpartition("peak: ")[2]) * (1 if sys.platform == "darwin" else 1024) / MB  # bytes there, else KiB


@pytest.mark.parametrize(
    "reports", [pytest.param(REPORTS, id="newman"), pytest.param(CI_REPORTS, id="ci", marks=pytest.mark.slow)]
)
def test_a_large_response_needs_no_memory_without_a_script(
    start: Callable[..., subprocess.Popen[str]], collection: Write, reports: tuple[str, ...]
) -> None:
    with recorder(answer(document(1000))) as server:
        small = peak(start, collection(request("r", server.url())), *reports)
    with recorder(answer(document(64 * MB))) as server:
        large = peak(start, collection(request("r", server.url())), *reports)
    assert large < small + 32


@pytest.mark.parametrize(
    "reports", [pytest.param(REPORTS, id="newman"), pytest.param(CI_REPORTS, id="ci", marks=pytest.mark.slow)]
)
def test_memory_does_not_grow_with_the_iterations(
    start: Callable[..., subprocess.Popen[str]], collection: Write, reports: tuple[str, ...]
) -> None:
    test = "pm.test('array', () => { pm.expect(pm.response.json()).to.be.an('array') })"
    with recorder(answer(document(100_000))) as server:
        file = collection(request("r", server.url(), test))
        few, many = (peak(start, file, *reports, "-n", str(count)) for count in (50, 400))
    assert many < few * 1.25


def test_failures_do_not_keep_what_they_tell_of(start: Callable[..., subprocess.Popen[str]], collection: Write) -> None:
    with recorder(answer(document(1 * MB))) as server:
        file = collection(request("r", server.url(), "throw new Error(pm.response.text())"))
        few, many = (peak(start, file, "-x", "-r", "progress", "-n", str(count)) for count in (10, 70))
    assert many < few + 40


def test_a_large_body_is_seen_whole_by_scripts_and_reports(htrun: Htrun, collection: Write, tmp_path: Path) -> None:
    body = document(6 * MB)
    total = sum(json.loads(body))
    test = f"""
        pm.test('all of it', () => pm.expect(pm.response.json().reduce((sum, n) => sum + n, 0)).to.equal({total}));
        pm.test('its size', () => pm.expect(pm.response.size().body).to.equal({len(body)}));
        pm.test('text', () => pm.expect(pm.response.text().slice(-20)).to.equal('{body[-20:].decode()}'));
        pm.test('fails', () => pm.expect(1).to.equal(2));
    """
    with recorder(answer(body)) as server:
        done = htrun("run", collection(request("r", server.url(), test)), *REPORTS, "--verbose")
    assert done.returncode == 1
    run = json.loads((tmp_path / "r.json").read_text())["run"]
    assert [failure["error"]["test"] for failure in run["failures"]] == ["fails"]
    response = run["executions"][0]["response"]
    assert bytes(response["stream"]["data"]) == body
    assert response["responseSize"] == run["transfers"]["responseTotal"] == len(body)
    told = ElementTree.parse(tmp_path / "r.xml").findtext(".//failure") or ""
    assert body[:1024].decode() in told
    assert "(showing 1.02kB/6MB)" in told
    assert body[:70].decode() in done.stdout
    assert "(showing 2.05kB/6MB)" in done.stdout


def test_scripts_get_the_large_bodies_of_their_own_requests(htrun: Htrun, collection: Write) -> None:
    body = document(6 * MB)
    test = f"""
        pm.sendRequest(pm.request.url.toString(), (error, response) => {{
            pm.test('same', () => pm.expect(response.text() === pm.response.text()).to.equal(true));
            pm.test('size', () => pm.expect(response.text().length).to.equal({len(body)}));
        }});
    """
    with recorder(answer(body)) as server:
        done = htrun("run", collection(request("r", server.url(), test)))
    assert done.returncode == 0, done.stdout


def limit_files(size: int) -> Callable[[], None]:
    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_body_that_no_disk_can_hold_fails_its_request_alone(
    start: Callable[..., subprocess.Popen[str]], collection: Write
) -> None:
    with recorder(answer(document(12 * MB)), answer(document(1000))) as server:
        file = collection(request("large", server.url()), request("small", server.url()))
        process = start(file, before=limit_files(8 * MB))
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "no temporary file can hold it: File too large. Set TMPDIR to a folder with more room." in said
    assert "Traceback" not in said
    assert "[200 OK, " in said  # the next request


def test_a_report_that_no_disk_can_hold_ends_the_run_in_one_sentence(
    start: Callable[..., subprocess.Popen[str]], collection: Write, tmp_path: Path
) -> None:
    with recorder(answer(document(100_000))) as server:
        process = start(collection(request("r", server.url())), "-n", "100", *REPORTS, before=limit_files(8 * MB))
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot write the json report to r.json: File too large" in said
    assert "Traceback" not in said
    assert {path.name for path in tmp_path.iterdir()} <= {"collection.json", "temporary", "r.json", "r.xml"}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at /proc")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_temporary_file_outlives_the_command(
    start: Callable[..., subprocess.Popen[str]], collection: Write, tmp_path: Path, ending: signal.Signals
) -> None:
    def unfinished(conversation: Conversation, _: bytes) -> bytes:
        conversation.socket.sendall(HEAD % (20 * MB) + b" " * (10 * MB))
        time.sleep(60)
        return b""

    with recorder(unfinished) as server:
        process = start(collection(request("r", server.url())), *REPORTS)
        wait_until(lambda: stored(process.pid, tmp_path / "temporary") > 5 * MB)
        process.send_signal(ending)
        said, _ = process.communicate(timeout=20)
    assert "Traceback" not in said
    assert process.returncode == 130 if ending == signal.SIGINT else process.returncode != 0
    assert list((tmp_path / "temporary").iterdir()) == []
    left = {path.name for path in tmp_path.iterdir()}
    assert left - {"r.json", "r.xml"} == {"collection.json", "temporary"}


def stored(process: int, folder: Path) -> int:
    """Bytes of files without a name that a process has open in a folder."""
    total = 0
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            if str(link.readlink()).startswith(f"{folder}/"):
                total += link.stat().st_size
        except OSError:  # closed in the meantime
            continue
    return total


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")
