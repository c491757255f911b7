"""Several inputs in one run."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import xmlschema

from cli.conftest import Htrun, Json, folder, request
from support.server import Answer, RecordingServer

JUNIT = Path(__file__).parents[1] / "reporters" / "junit.xsd"
ONE = "pm.test('t', () => pm.expect(1).to.eql({}))"

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """``write("a.json", "A", item, ...)`` writes a collection and returns its file name."""

    def to(path: str, name: str, *items: Json, **more: Json) -> str:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps({"info": {"name": name}, "item": list(items), **more}), encoding="utf-8")
        return path

    return to


def yaml_folder(root: Path, name: str, **requests: str) -> None:
    """A collection v3 with a request for each URL."""
    (root / ".resources").mkdir(parents=True)
    (root / ".resources" / "definition.yaml").write_text(f"$kind: collection\nname: {name}\n")
    for request_name, url in requests.items():
        text = f"$kind: http-request\nname: {request_name}\nmethod: GET\nurl: {url}\n"
        (root / f"{request_name}.request.yaml").write_text(text)


def ran(server: RecordingServer) -> list[str]:
    return [one.target for one in server.take()]


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.removeprefix("htrun: error: ") for line in done.stderr.splitlines()]


# -- one run, one report


def test_two_files_and_a_folder_make_one_report_of_each_kind(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer
) -> None:
    write(
        "a.json",
        "A",
        folder("F", request("one", f"{server.url}/a1", ONE.format(1))),
        request("two", f"{server.url}/a2"),
    )
    write("b.json", "B", request("one", f"{server.url}/b1/{{{{nothing}}}}", ONE.format(2)))
    yaml_folder(tmp_path / "c", "C", last=f"{server.url}/c1")
    done = htrun(
        *("a.json", "b.json", "c", "-n", "2", "-r", "cli,json,junit,html,progress", "--record", "out/run.jsonl"),
        *("--reporter-json-export", "out/r.json", "--reporter-junit-export", "out/r.xml"),
        *("--reporter-html-export", "out/r.html"),
    )
    assert done.returncode == 1, done.stderr
    assert ran(server) == [*["/a1", "/a2"] * 2, *["/b1/%7B%7Bnothing%7D%7D"] * 2, *["/c1"] * 2]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["r.html", "r.json", "r.xml", "run.jsonl"]
    headings = ["A (a.json)", "B (b.json)", "C (c)", "✓ A 4 requests, 2 checks", "✖ B 2 requests, 2 checks, 2 failures"]
    assert [line for line in done.stdout.splitlines() if line in headings] == headings
    assert "{{nothing}} in B/one" in done.stdout

    xmlschema.XMLSchema(str(JUNIT)).validate(str(tmp_path / "out" / "r.xml"))
    suites = ElementTree.parse(tmp_path / "out" / "r.xml").getroot()
    of = {
        suite.get("name"): next(p.get("value") for p in suite.iter("property") if p.get("name") == "collection")
        for suite in suites
        if suite.get("name") != suites.get("name")
    }
    assert of == {
        f"{name} [iteration {number}]": name[0]
        for name in ("A / F / one", "A / two", "B / one", "C / last")
        for number in (1, 2)
    }
    assert (suites.get("name"), suites.get("failures")) == ("A, B and C", "2")

    report = json.loads((tmp_path / "out" / "r.json").read_text())
    assert [child["name"] for child in report["collection"]["item"]] == ["A", "B", "C"]
    run = report["run"]
    assert (len(run["executions"]), len(run["failures"]), run["stats"]["requests"]["total"]) == (8, 2, 8)
    assert [(one["name"], one["input"], one["executions"], one["failures"]) for one in run["inputs"]] == [
        ("A", "a.json", {"first": 0, "count": 4}, {"first": 0, "count": 0}),
        ("B", "b.json", {"first": 4, "count": 2}, {"first": 0, "count": 2}),
        ("C", "c", {"first": 6, "count": 2}, {"first": 2, "count": 0}),
    ]
    assert [one["stats"]["requests"]["total"] for one in run["inputs"]] == [4, 2, 2]
    starts = [one["timings"]["started"] for one in run["inputs"]]
    ends = [one["timings"]["completed"] for one in run["inputs"]]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))

    page = (tmp_path / "out" / "r.html").read_text()
    assert "A, B and C" in page
    assert '"folders":["A","F"]' in page.replace(", ", ",").replace(": ", ":")

    again = htrun(
        "report",
        "out/run.jsonl",
        "--as",
        "json,junit",
        "--reporter-json-export",
        "again.json",
        "--reporter-junit-export",
        "again.xml",
    )
    assert again.returncode == 1
    second = json.loads((tmp_path / "again.json").read_text())
    assert second["run"]["inputs"] == run["inputs"]
    assert [one.get("name") for one in ElementTree.parse(tmp_path / "again.xml").getroot()] == [
        one.get("name") for one in suites
    ]


def test_a_report_of_one_input_is_as_before(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer
) -> None:
    write("apis/a.json", "A", request("one", server.url))
    assert htrun("apis", "-r", "json", "--reporter-json-export", "r.json").returncode == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["collection"]["info"]["name"], "inputs" in report["run"]) == ("A", False)


@pytest.mark.parametrize(
    "reporter", ["tap", "csv", "har", "ctrf", "markdown", "github", "teamcity", "allure", "emojitrain"]
)
def test_every_reporter_tells_of_all_inputs_once(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer, reporter: str
) -> None:
    for name in "AB":
        write(f"{name}.json", name, request(f"only in {name}", f"{server.url}/{name}", ONE.format(2)))
    done = htrun("A.json", "B.json", "-r", reporter, f"--reporter-{reporter}-export", "out")
    assert done.returncode == 1, done.stderr
    out = tmp_path / "out"
    files = [path for path in (out.rglob("*") if out.is_dir() else [out]) if path.is_file()]
    written = "\n".join(path.read_text(encoding="utf-8") for path in files)
    if reporter != "emojitrain":
        assert "only in A" in written
        assert "only in B" in written
    if reporter == "tap":
        assert [line[:8] for line in written.splitlines() if "ok" in line[:6]] == ["not ok 1", "not ok 2"]
        assert written.splitlines()[-1] == "1..2"
    if reporter == "csv":
        assert [line.split(",")[1] for line in written.splitlines()] == ["collectionName", "A", "B"]


def test_the_compact_report(htrun: Htrun, write: Write, server: RecordingServer) -> None:
    for name in "AB":
        write(f"{name}.json", name, request("r", f"{server.url}/{name}"))
    done = htrun("A.json", "B.json", "--reporter-cli-compact")
    lines = [line.split("  ")[0] for line in done.stdout.splitlines()]
    assert [line for line in lines if line.startswith("✓")] == [
        "✓ A / r", "✓ B / r", "✓ A 1 request", "✓ B 1 request",
    ]  # fmt: skip


def test_the_html_report_draws_the_data_flow_of_each_input(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer
) -> None:
    for name in "AB":
        first = request("set", server.url, f"pm.environment.set('of{name}', 1)")
        write(f"{name}.json", name, first, request("use", f"{server.url}/{{{{of{name}}}}}"))
    write("C.json", "C", request("alone", server.url))
    done = htrun("A.json", "B.json", "C.json", "-r", "html", "--reporter-html-export", "r.html")
    assert done.returncode == 0, done.stderr
    drawn = (tmp_path / "r.html").read_text(encoding="utf-8").partition('<template id="flow-svg">')[2]
    drawn = drawn.partition("</template>")[0]
    assert re.findall("<title>(Data flow of .|of.)</title>", drawn) == [
        "Data flow of A", "ofA", "Data flow of B", "ofB",
    ]  # fmt: skip


def test_failures_stand_at_their_line_of_their_file(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer
) -> None:
    items = [request("r", server.url), request("bad", server.url, "\n\nthrow new Error()")]
    data = {"info": {"name": "B"}, "item": items}
    write("a.json", "A", request("r", server.url))
    (tmp_path / "b.json").write_text(json.dumps(data, indent=1))
    done = htrun("a.json", "b.json", "-r", "github")
    number = (tmp_path / "b.json").read_text().splitlines().index('       "throw new Error()"') + 1
    assert f"::error file=b.json,line={number},title=B / bad" in done.stdout


# -- what the inputs are


@pytest.fixture
def tree(write: Write, tmp_path: Path, server: RecordingServer) -> Path:
    """Collections of several kinds, and files that are none."""

    def item(name: str) -> Json:
        return request(name, f"{server.url}/{name}")

    write("apis/b.postman_collection.json", "B", item("b"))
    write("apis/inner/a.json", "A", item("a"))
    write("apis/inner/node_modules/x.json", "X", item("x"))
    write("apis/.hidden/x.json", "X", item("x"))
    yaml_folder(tmp_path / "apis" / "v3", "V", v=f"{server.url}/v")
    (tmp_path / "apis" / "w.workflow.yaml").write_text("name: W\ncollection: inner/a.json\nsteps:\n  - run: a\n")
    (tmp_path / "apis" / "env.json").write_text(json.dumps({"name": "e", "values": []}))
    (tmp_path / "apis" / "data.json").write_text("[]")
    (tmp_path / "apis" / "notes.txt").write_text("")
    return tmp_path


def names(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, done.stderr
    return [one["input"] for one in json.loads(done.stdout)["inputs"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["apis"], ["apis/b.postman_collection.json", "apis/inner/a.json", "apis/v3", "apis/w.workflow.yaml"]),
        (["apis/inner", "apis/v3"], ["apis/inner/a.json", "apis/v3"]),
        (["apis/**/*.postman_collection.json", "apis/w.*"], ["apis/b.postman_collection.json", "apis/w.workflow.yaml"]),
        (["apis/v*"], ["apis/v3"]),
        (["apis/inner/a.json", "apis/inner", "./apis/../apis/inner/*.json"], ["apis/inner/a.json"]),
        (["apis/v3/.resources/definition.yaml", "apis/inner/a.json"],
         ["apis/v3/.resources/definition.yaml", "apis/inner/a.json"]),
    ],
)  # fmt: skip
def test_files_folders_and_globs(
    htrun: Htrun, tree: Path, server: RecordingServer, arguments: list[str], expected: list[str]
) -> None:
    assert names(htrun(*arguments, "--list", "--list-format", "json")) == expected
    assert ran(server) == []


def test_a_workflow_has_its_own_name(htrun: Htrun, tree: Path, server: RecordingServer) -> None:
    done = htrun("apis/w.workflow.yaml", "apis/inner/a.json", "-r", "json", "--reporter-json-export", "r.json")
    assert done.returncode == 0, done.stderr
    run = json.loads((tree / "r.json").read_text())["run"]
    assert [one["name"] for one in run["inputs"]] == ["W", "A"]


def test_a_folder_runs(htrun: Htrun, tree: Path, server: RecordingServer) -> None:
    assert htrun("apis").returncode == 0
    assert ran(server) == ["/b", "/a", "/v", "/a"]


def test_urls(htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer) -> None:
    write("a.json", "A", request("a", f"{server.url}/a"))
    text = (tmp_path / "a.json").read_bytes()
    server.respond = lambda received: Answer(body=text if "collection" in received.target else b"ok")
    url = f"http://me:hidden-1@{server.address}/collection?apikey=hidden-2"
    done = htrun(url, "a.json")
    assert done.returncode == 0
    assert [one.partition("?")[0] for one in ran(server)] == ["/collection", "/a", "/a"]
    assert f"A ({server.url}/collection) (" in done.stdout
    assert "hidden" not in done.stdout + htrun(url, "a.json", "--list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.json", "missing.json"], ["missing.json: no such file"]),
        (["a.json", "apis/*.json"], ["apis/*.json: no file matches"]),
        (["a.json", "empty"], ["empty: there is no collection and no workflow file in this folder"]),
        (
            ["a.json", "broken.json", "missing.json"],
            ["broken.json:1:2: is not valid JSON", "missing.json: no such file"],
        ),
        (["w.workflow.yaml", "a.json"], ["w.workflow.yaml:3: there is no folder or request"]),
        (["a.json", "unsigned.json"], ['unsigned.json: the variable "key" is empty']),
    ],
)
def test_a_broken_input_stops_all_before_the_first_request(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer, arguments: list[str], said: list[str]
) -> None:
    write("a.json", "A", request("a", f"{server.url}/a"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("[")
    (tmp_path / "w.workflow.yaml").write_text("name: W\ncollection: a.json\nsteps: [{run: zzz}]\n")
    signed = {**request("a", f"{server.url}/a")}
    auth = {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}"}]}
    write("unsigned.json", "U", signed, auth=auth, variable=[{"key": "key", "value": "", "description": "yours"}])
    done = htrun(*arguments, "--reporter-json-export", "r.json", "-r", "json")
    assert done.returncode == 3
    assert [line[: len(text)] for line, text in zip(told(done), said, strict=True)] == said
    assert done.stdout == ""
    assert ran(server) == []
    assert not (tmp_path / "r.json").exists()


def test_inputs_of_one_name_are_told_apart(htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer) -> None:
    for path in ("x/a.json", "y/a.json"):
        write(path, "A", request("r", f"{server.url}/{path}"))
    done = htrun("x/a.json", "y/a.json", "-r", "junit", "--reporter-junit-export", "r.xml")
    assert done.returncode == 0
    suites = ElementTree.parse(tmp_path / "r.xml").getroot()
    assert [one.get("name") for one in suites] == ["A (x/a.json) / r", "A (y/a.json) / r"]


# -- what they share


SET = "pm.globals.set('g', 'G'); pm.environment.set('e', 'E'); pm.collectionVariables.set('c', 'C')"


@pytest.mark.parametrize(("option", "expected"), [([], "--"), (["--share-globals"], "G-")])
def test_variables_belong_to_an_input_unless_globals_are_shared(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer, option: list[str], expected: str
) -> None:
    write("a.json", "A", request("set", f"{server.url}/set", SET + "; var leaked = 1; Array.prototype.mine = 1"))
    reads = "pm.variables.set('seen', (pm.globals.get('g') || '-') + (pm.environment.get('e') || '') + "
    reads += "(pm.collectionVariables.get('c') || '') + ([].mine ? 'leak' : '-'))"
    write("b.json", "B", request("get", f"{server.url}/get/{{{{seen}}}}", prerequest=reads))
    (tmp_path / "e.json").write_text(json.dumps({"name": "env", "values": []}))
    done = htrun("a.json", "b.json", "-e", "e.json", *option)
    assert done.returncode == 0, done.stderr
    assert ran(server) == ["/set", f"/get/{expected}"]


def test_cookies_belong_to_an_input(htrun: Htrun, write: Write, server: RecordingServer) -> None:
    write(
        "a.json",
        "A",
        request("set", f"{server.url}/respond?header=Set-Cookie: s=1"),
        request("own", f"{server.url}/own"),
    )
    write("b.json", "B", request("other", f"{server.url}/other"))
    assert htrun("a.json", "b.json").returncode == 0
    assert [one.header("cookie") for one in server.take()] == [None, "s=1", None]


def test_exports_of_one_thing_are_refused(htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer) -> None:
    for name in "ab":
        write(f"{name}.json", name, request("r", f"{server.url}/{name}", f"pm.globals.set('from-{name}', '1')"))
    for kind in ("environment", "collection", "cookie-jar", "globals"):
        done = htrun("a.json", "b.json", f"--export-{kind}", "x.json")
        assert done.returncode == 2
        assert told(done)[0].startswith(f"--export-{kind} is for one input")
    assert ran(server) == []
    assert htrun("a.json", "b.json", "--share-globals", "--export-globals", "g.json").returncode == 0
    exported = json.loads((tmp_path / "g.json").read_text())["values"]
    assert [row["key"] for row in exported] == ["from-a", "from-b"]


def test_a_secret_of_one_input_is_hidden_everywhere(
    htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer
) -> None:
    secret = "Zq8-very-secret-71"
    write("a.json", "A", request("r", f"{server.url}/echo?q={secret}", f"console.log('{secret}')"))
    write("b.json", "B", request("r", f"{server.url}/echo", "1", header=[{"key": "X-Thing", "value": "{{pass}}"}]),
          variable=[{"key": "pass", "value": secret, "type": "secret"}])  # fmt: skip
    done = htrun("a.json", "b.json", "-r", "cli,json,junit,html", "--verbose", "--record", "out/x.jsonl",
                 *(f"--reporter-{one}-export=out/r.{one}" for one in ("json", "junit", "html")))  # fmt: skip
    assert done.returncode == 0
    assert {one.header("x-thing") for one in server.take()} == {None, secret}
    texts = [done.stdout, done.stderr, *(path.read_text() for path in (tmp_path / "out").iterdir())]
    assert len(texts) == 6
    assert [text.count(secret) for text in texts] == [0] * 6


# -- how it ends


def test_bail_starts_no_further_input(htrun: Htrun, write: Write, tmp_path: Path, server: RecordingServer) -> None:
    write("a.json", "A", request("bad", f"{server.url}/a", ONE.format(2)), request("no", f"{server.url}/no"))
    write("b.json", "B", request("no", f"{server.url}/no"))
    done = htrun("a.json", "b.json", "--bail", "-r", "json", "--reporter-json-export", "r.json")
    assert done.returncode == 1
    assert ran(server) == ["/a"]
    run = json.loads((tmp_path / "r.json").read_text())["run"]
    assert [one["name"] for one in run["inputs"]] == ["A"]


def test_failures_of_one_stop_no_other(htrun: Htrun, write: Write, server: RecordingServer) -> None:
    for name in "ab":
        write(f"{name}.json", name, request("bad", f"{server.url}/{name}", ONE.format(2)))
    assert htrun("a.json", "b.json").returncode == 1
    assert ran(server) == ["/a", "/b"]
    assert htrun("a.json", "b.json", "--suppress-exit-code").returncode == 0


def test_the_time_limit_is_that_of_the_whole_run(htrun: Htrun, write: Write, server: RecordingServer) -> None:
    slow = f"{server.url}/respond?delay=400"
    for name in "abc":
        write(f"{name}.json", name, request("slow", slow), request("slow", slow))
    began = time.monotonic()
    done = htrun("a.json", "b.json", "c.json", "--timeout", "1000")
    assert time.monotonic() - began < 4
    assert done.returncode == 1
    assert "b: the run took longer than its time limit of 1000 ms (--timeout)" in done.stdout
    assert len(ran(server)) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_all_and_the_reports_are_written(tmp_path: Path, write: Write, server: RecordingServer) -> None:
    write("a.json", "A", request("quick", f"{server.url}/a"))
    write("b.json", "B", request("slow", f"{server.url}/respond?delay=20000"))
    write("c.json", "C", request("never", f"{server.url}/c"))
    arguments = ["a.json", "b.json", "c.json", "-r", "json,junit", "--reporter-json-export", "r.json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", *arguments, "--reporter-junit-export", "r.xml"],
        cwd=tmp_path, env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
    )  # fmt: skip
    seen: list[str] = []
    until = time.monotonic() + 20
    while len(seen) < 2 and time.monotonic() < until:
        seen += ran(server)
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert seen == ["/a", "/respond?delay=20000"]
    run = json.loads((tmp_path / "r.json").read_text())["run"]
    assert run["error"] == {"name": "Interrupted", "message": "the run was interrupted"}
    assert [one["name"] for one in run["inputs"]] == ["A", "B"]
    assert next(one.get("name") for one in ElementTree.parse(tmp_path / "r.xml").getroot()) == "A / quick"
    assert ran(server) == []


# -- with other options


@pytest.fixture
def two(write: Write, server: RecordingServer) -> list[str]:
    """Two collections that have some names in common, and a workflow file."""

    def item(name: str) -> Json:
        return request(name, f"{server.url}/{name}")

    write("a.json", "A", item("x"), folder("F", item("a1"), item("a2 #smoke")))
    write("b.json", "B", folder("F", item("b1")), folder("G", item("x"), item("b2 #smoke")))
    return ["a.json", "b.json"]


def chosen(htrun: Htrun, *arguments: str) -> list[str]:
    done = htrun(*arguments, "--list", "--list-format", "json")
    assert done.returncode == 0, done.stderr
    return [f"{one['name']}:{item['path']}" for one in json.loads(done.stdout)["inputs"] for item in one["items"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--folder F", "A:F/a1 A:F/a2_#smoke B:F/b1"),
        ("--folder G", "B:G/x B:G/b2_#smoke"),
        ("--folder G --folder a1", "A:F/a1 B:G/x B:G/b2_#smoke"),
        ("--tag smoke", "A:F/a2_#smoke B:G/b2_#smoke"),
        ("--select x", "A:x B:G/x"),
        ("--select A/x", "A:x"),
        ("--select G/x --select a1", "A:F/a1 B:G/x"),
        ("--select F --exclude B/F/b1", "A:F/a1 A:F/a2_#smoke"),
        ("--name b", "B:F/b1 B:G/b2_#smoke"),
        ("--from A/F", "A:F/a1 A:F/a2_#smoke B:F/b1 B:G/x B:G/b2_#smoke"),
        ("--from a1 --to b1", "A:F/a1 A:F/a2_#smoke B:F/b1"),
        ("--to A/x", "A:x"),
        ("--from B/x --select x", "B:G/x"),
        ("--shard 1/2", "A:x A:F/a1 A:F/a2_#smoke"),
        ("--shard 2/2", "B:F/b1 B:G/x B:G/b2_#smoke"),
        ("--shard 2/3 --exclude #smoke", "A:F/a1 B:F/b1"),
    ],
)
def test_names_may_be_in_some_inputs_only(htrun: Htrun, two: list[str], options: str, expected: str) -> None:
    found = chosen(htrun, *two, *options.split())
    assert [one.replace(" ", "_") for one in found] == expected.split()


@pytest.mark.parametrize(
    ("options", "said", "code"),
    [
        ("--folder H", 'no input has a folder or request called "H" (--folder)', 1),
        ("--select H", '--select "H": the collection has no such request or folder', 1),
        ("--tag fast", "no request has the tag #fast; there are: #smoke", 1),
        ("--from x", '--from "x" means several; give one of: "A/x", "B/x"', 1),
        ("--to nowhere", '--to "nowhere": the collection has no such request or folder', 1),
        ("--from G --to a1", '--from "G" comes after --to "a1": "A" runs before "B"', 1),
        ("--shard 9/9 --select a1", "--shard 9/9 is empty: only 1 request is selected", 1),
    ],
)
def test_what_no_input_has_is_an_error(
    htrun: Htrun, two: list[str], server: RecordingServer, options: str, said: str, code: int
) -> None:
    done = htrun(*two, *options.split())
    assert (done.returncode, told(done), done.stdout) == (code, [said], "")
    assert ran(server) == []


def test_only_what_failed_of_several(htrun: Htrun, write: Write, server: RecordingServer) -> None:
    for name in "abc":
        script = ONE.format(1 if name == "b" else 2)
        write(f"{name}.json", name, request("r", f"{server.url}/{name}", script), request("s", f"{server.url}/s"))
    files = ["a.json", "b.json", "c.json"]
    exports = ("--record", "r.jsonl", "--reporter-json-export", "r.json", "--reporter-junit-export", "r.xml")
    assert htrun(*files, "-r", "json,junit", *exports).returncode == 1
    for report in ("r.jsonl", "r.json", "r.xml"):
        assert chosen(htrun, *files, "--only-failed", report) == ["a:r", "c:r"]
        assert chosen(htrun, "c.json", "--only-failed", report) == ["c:r"]


def test_shards_of_collections_and_workflows_are_together_the_whole(
    htrun: Htrun, two: list[str], tmp_path: Path, server: RecordingServer
) -> None:
    (tmp_path / "w.workflow.yaml").write_text("name: W\ncollection: a.json\nsteps: [{run: x}, {run: F}]\n")
    files = [two[0], "w.workflow.yaml", two[1]]
    assert htrun(*files).returncode == 0
    whole = ran(server)
    parts = []
    for number in range(1, 5):
        assert htrun(*files, "--shard", f"{number}/4").returncode == 0
        parts.append(ran(server))
    assert sorted(target for part in parts for target in part) == sorted(whole)
    workflow = ["/x", "/a1", "/a2%20"]
    assert sum(part[: len(workflow)] == workflow or workflow[0] in part for part in parts) >= 1


def test_iterations_side_by_side(htrun: Htrun, two: list[str], server: RecordingServer) -> None:
    assert htrun(*two, "-n", "4", "--parallel", "4").returncode == 0
    assert Counter(ran(server)) == {"/x": 8, "/a1": 4, "/a2%20": 4, "/b1": 4, "/b2%20": 4}


def test_with_deps_and_captures(htrun: Htrun, write: Write, server: RecordingServer) -> None:
    for name in "ab":
        write(
            f"{name}.json",
            name,
            request("take", f"{server.url}/json?{name}"),
            request("use", f"{server.url}/{name}/{{{{id}}}}"),
        )
    done = htrun("a.json", "b.json", "--select", "use", "--with-deps", "--capture", "id=$.id @ take")
    assert done.returncode == 0, done.stderr
    assert ran(server) == ["/json?a", "/a/42", "/json?b", "/b/42"]


def test_the_configuration_file_may_name_the_inputs(
    htrun: Htrun, two: list[str], tmp_path: Path, server: RecordingServer
) -> None:
    (tmp_path / ".htrunrc").write_text(json.dumps({"collection": two, "tag": "smoke", "exclude": ["B/G"]}))
    assert htrun("run").returncode == 0
    assert ran(server) == ["/a2%20"]
