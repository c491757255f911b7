"""The options that choose what runs, and ``--list``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Htrun, Json, folder, request
from support.server import Answer, RecordingServer

Write = Callable[..., str]


@pytest.fixture
def example(collection: Write, server: RecordingServer) -> str:
    """Nine requests in folders; a file in the current directory."""

    def item(name: str, method: str = "GET", **more: Json) -> Json:
        return {**request(name, f"{server.url}/{name.replace(' ', '-')}", method=method), **more}

    return collection(
        item("log in", "POST", description="First. #smoke"),
        folder("Users", item("create", "POST"), item("get"), item("get"), folder("Groups", item("list"))),
        folder("Orders", item("list"), item("ping"), description="#slow"),
    )


def listed(htrun: Htrun, *arguments: str) -> list[str]:
    done = htrun(*arguments, "--list", "--list-format", "json")
    assert done.returncode == 0, done.stderr
    return [item["path"] for one in json.loads(done.stdout)["inputs"] for item in one["items"]]


def refused(htrun: Htrun, *arguments: str, code: int = 1) -> str:
    """What is said of a selection that is none; with and without ``--list`` nothing runs."""
    done = htrun(*arguments)
    assert done.returncode == code, done.stderr
    again = htrun(*arguments, "--list")
    assert (again.returncode, again.stderr, again.stdout) == (code, done.stderr, "")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr.removeprefix("htrun: error: ").rstrip("\n")


def ran(server: RecordingServer) -> list[str]:
    return [f"{one.method} {one.target}" for one in server.take()]


EVERYTHING = [
    "log in", "Users/create", "Users/get[1]", "Users/get[2]", "Users/Groups/list", "Orders/list", "Orders/ping",
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6]),
        ("--select Users", [1, 2, 3, 4]),
        ("--select Users/* --select Orders/ping", [1, 2, 3, 6]),
        ("--select Users/get[2]", [3]),
        ("--select Users/** --exclude **/list", [1, 2, 3]),
        ("--exclude #slow", [0, 1, 2, 3, 4]),
        ("--method post", [0, 1]),
        ("--name ^l --name ng$", [0, 4, 5, 6]),
        ("--tag smoke --tag #slow", [0, 5, 6]),
        ("--from create --to Groups", [1, 2, 3, 4]),
        ("--folder Users --method GET", [2, 3, 4]),
        ("--shard 1/2", [0, 1, 2]),
        ("--shard 2/2", [3, 4, 5, 6]),
        ("--select Users --shard 3/4", [3]),
    ],
)
def test_each_option_chooses_in_the_order_of_the_collection(
    htrun: Htrun, example: str, server: RecordingServer, options: str, expected: list[int]
) -> None:
    assert listed(htrun, example, *options.split()) == [EVERYTHING[at] for at in expected]
    assert ran(server) == []
    assert htrun(example, *options.split()).returncode == 0
    names = [EVERYTHING[at].rpartition("/")[2].partition("[")[0].replace(" ", "-") for at in expected]
    assert [line.partition(" /")[2] for line in ran(server)] == names


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--select list", '--select "list" means several; give one of: "Users/Groups/list", "Orders/list"'),
        ("--select Users/get", '--select "Users/get" means several; give one of: "Users/get[1]", "Users/get[2]"'),
        ("--exclude list", '--exclude "list" means several; give one of: "Users/Groups/list", "Orders/list"'),
        ("--from list", '--from "list" means several; give one of: "Users/Groups/list", "Orders/list"'),
        ("--from ping --to create", '--from "ping" comes after --to "create": "Users/create" runs before '
                                       '"Orders/ping"'),
        ("--select Users/craete", '--select "Users/craete": the collection has no such request or folder; did you mean '
                                 "'Users/create' or 'Users/get'?"),
        ("--method PUT", "no request has the method PUT; there are: GET, POST"),
        ("--name zzz", "no name matches zzz (--name)"),
        ("--tag fast", "no request has the tag #fast; there are: #slow, #smoke"),
        ("--exclude **", "--exclude leaves nothing to run"),
        ("--select Orders --method POST", "nothing is left to run: no request has the method POST; there are: GET, "
                                          "POST"),
        ("--shard 1/2 --select ping", '--shard 1/2 is empty: only 1 request is selected'),
    ],
)  # fmt: skip
def test_what_is_ambiguous_or_empty_is_refused(
    htrun: Htrun, example: str, server: RecordingServer, options: str, said: str
) -> None:
    assert refused(htrun, example, *options.split()) == said
    assert ran(server) == []


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("Users/Delete*", [0]),
        ("Users/Delete / purge", [0]),
        ("Users/?elete / *", [0]),
        ("*/Delete*", [0]),
        ("a/b/*", [1]),
        ("Users/*", [0]),
        ("**/*purge", [0]),
    ],
)
def test_a_slash_in_a_name_belongs_to_it(
    htrun: Htrun, collection: Write, server: RecordingServer, pattern: str, expected: list[int]
) -> None:
    file = collection(
        folder("Users", request("Delete / purge", server.url)), folder("a/b", request("list", server.url))
    )
    assert listed(htrun, file, "--select", pattern) == [["Users/Delete / purge", "a/b/list"][at] for at in expected]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--name [", "--name takes a regular expression"),
        ("--shard 3/2", "--shard takes a number and how many there are"),
        ("--shard-times r.json", "--shard-times says how shares are cut"),
        ("--changed-since HEAD~1000", "is not in a git repository"),
        ("--select=", '--select "" names nothing'),
        ("--select=/", '--select "/" names nothing'),
        ("--exclude=", '--exclude "" names nothing'),
        ("--from=", '--from "" names nothing'),
        ("--name=", "--name is empty"),
        ("--shard=", "--shard is empty"),
        ("--only-failed=", "--only-failed is empty"),
        ("--changed-since=", "--changed-since is empty"),
    ],
)
def test_options_that_make_no_sense(htrun: Htrun, example: str, options: str, said: str) -> None:
    assert said in refused(htrun, example, *options.split(), code=3 if "HEAD" in options else 2)


def test_the_list_as_text(htrun: Htrun, example: str, server: RecordingServer) -> None:
    done = htrun(example, "--list", "--select", "Users/*", "-n", "2")
    assert done.stdout.splitlines() == [
        "Example (collection.json): 3 requests, 2 iterations",
        "  POST  Users/create",
        "  GET   Users/get[1]",
        "  GET   Users/get[2]",
    ]
    assert done.returncode == 0
    assert ran(server) == []


def test_with_deps_is_about_what_was_selected(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(
        request("Log in", f"{server.url}/login", "pm.globals.set('token', 't1')"),
        request("Other", f"{server.url}/other"),
        request("Get #smoke", f"{server.url}/get/{{{{token}}}}"),
    )
    assert htrun(file, "--tag", "smoke", "--with-deps").returncode == 0
    assert ran(server) == ["GET /login", "GET /get/t1"]
    assert listed(htrun, file, "--tag", "smoke", "--with-deps") == ["Log in", "Get #smoke"]


def test_captures_and_jumps_are_about_what_was_selected(
    htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(
        request("Take", f"{server.url}/json"),
        request("Jump", f"{server.url}/jump/{{{{id}}}}", "pm.execution.setNextRequest('Out')"),
        request("Out", f"{server.url}/out"),
    )
    done = htrun(file, "--exclude", "Out", "--capture", "id=$.id @ Take")
    assert done.returncode == 1
    assert ran(server) == ["GET /json", "GET /jump/42"]
    assert 'setNextRequest("Out"): no request of this run has that name or id' in done.stdout


def test_a_workflow_file_has_steps_to_choose(htrun: Htrun, example: str, tmp_path: Path) -> None:
    (tmp_path / "x.workflow.yaml").write_text(
        f"name: W\ncollection: {example}\nsteps:\n  - name: one\n    run: [Users/create, log in]\n"
        "  - run: Orders/ping\n"
    )
    for option in ("--select", "--tag", "--name", "--from", "--shard"):
        told = refused(htrun, "x.workflow.yaml", option, "1/2", code=2)
        assert told == f"{option} is for collections; in a workflow file --folder chooses steps"
    done = htrun("x.workflow.yaml", "--list")
    assert done.stdout.splitlines() == [
        "W (x.workflow.yaml): 3 requests",
        "  POST  Users/create  [one]",
        "  POST  log in  [one]",
        "  GET   Orders/ping  [Orders/ping]",
    ]


# -- --only-failed


@pytest.fixture
def failing(collection: Write, server: RecordingServer) -> str:
    """Three of six requests fail: a check, a script, and a request of a script; two of them have the same path."""
    check = "pm.test('t', () => pm.expect(1).to.eql({}))"
    calls = f"pm.sendRequest('{server.url}/close', e => pm.test('c', () => {{ if (e) throw e }}))"
    return collection(
        request("Good", f"{server.url}/good", check.format(1)),
        folder(
            "F",
            {**request("Same", f"{server.url}/a", check.format(1)), "id": "id-a"},
            {**request("Same", f"{server.url}/b", check.format(2)), "id": "id-b"},
        ),
        request("Broken", f"{server.url}/broken", "throw new Error('x')"),
        request("Calls", f"{server.url}/calls", calls),
        request("Last", f"{server.url}/last"),
    )  # fmt: skip


@pytest.mark.parametrize("report", ["run.jsonl", "run.json", "run.xml"])
def test_only_what_failed_runs_again(htrun: Htrun, failing: str, report: str) -> None:
    more = {
        "run.jsonl": ["--record", report],
        "run.json": ["-r", "json", "--reporter-json-export", report],
        "run.xml": ["-r", "junit", "--reporter-junit-export", report],
    }
    assert htrun(failing, *more[report]).returncode == 1
    assert listed(htrun, failing, "--only-failed", report) == ["F/Same[2]", "Broken", "Calls"]
    assert listed(htrun, failing, "--only-failed", report, "--exclude", "F") == ["Broken", "Calls"]


def test_what_failed_and_is_gone_is_warned_of(
    htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path
) -> None:
    bad = "pm.test('t', () => { throw 1 })"
    names = ("kept", "gone", "moved")
    before = collection(*({**request(name, f"{server.url}/{name}", bad), "id": name} for name in names))
    assert htrun(before, "--record", "run.jsonl").returncode == 1
    kept, _, moved = ({**request(name, f"{server.url}/{name}"), "id": name} for name in names)
    after = collection(folder("F", {**moved, "name": "new name"}), kept)
    done = htrun(after, "--only-failed", "run.jsonl", "--list")
    assert done.stderr == f'htrun: warning: what failed in run.jsonl is not in {after}: "gone"\n'
    assert listed(htrun, after, "--only-failed", "run.jsonl") == ["F/new name", "kept"]


def test_several_iterations_and_requests_without_ids(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    check = "pm.test('t', () => pm.expect(pm.info.iteration).to.eql(0))"
    file = collection(folder("A / B", request("X", server.url, check)), request("X", server.url))
    assert htrun(file, "-n", "2", "-r", "junit", "--reporter-junit-export", "r.xml").returncode == 1
    assert listed(htrun, file, "--only-failed", "r.xml") == ["A / B/X"]


def test_reports_of_newman(htrun: Htrun, failing: str, tmp_path: Path) -> None:
    """As Newman 6.2.2 writes them, cut down to the members that are read."""
    same = {"id": "id-b", "name": "Same"}
    (tmp_path / "newman.json").write_text(
        json.dumps(
            {
                "collection": {"item": [{"id": "1", "name": "Good"}, {"name": "F", "item": [same]}]},
                "run": {
                    "executions": [{"item": {"id": "1", "name": "Good"}, "response": {"responseTime": 5}}],
                    "failures": [{"source": same, "parent": {"id": "f", "name": "F"}}],
                },
            }
        )
    )  # fmt: skip
    assert listed(htrun, failing, "--only-failed", "newman.json") == ["F/Same[2]"]
    (tmp_path / "newman.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><testsuites name="Example" tests="2" time="0.1">'
        '<testsuite name="F / Same" id="id-a"><testcase name="t"><failure/></testcase></testsuite>'
        '<testsuite name="Last" id="x"><testcase name="t"/></testsuite></testsuites>'
    )
    assert listed(htrun, failing, "--only-failed", "newman.xml") == ["F/Same[1]"]


def test_reports_that_are_none_or_have_no_failures(htrun: Htrun, example: str, tmp_path: Path) -> None:
    assert htrun(example, "--record", "r.jsonl").returncode == 0
    assert refused(htrun, example, "--only-failed", "r.jsonl") == "no request failed in r.jsonl"
    (tmp_path / "other.xml").write_text(
        '<testsuites><testsuite name="Z" id="z"><testcase><error/></testcase></testsuite></testsuites>'
    )
    told = refused(htrun, example, "--only-failed", "other.xml")
    assert told == "none of what failed in other.xml is among the requests of collection.json"
    assert "no such file" in refused(htrun, example, "--only-failed", "missing", code=3)
    assert "is no report of an earlier run" in refused(htrun, example, "--only-failed", example, code=3)
    (tmp_path / "bad.xml").write_text("<html>\n<br></html>")
    assert refused(htrun, example, "--only-failed", "bad.xml", code=3).startswith("bad.xml:2:7: is not valid XML")
    (tmp_path / "page.xml").write_text("<html/>")
    assert "is no JUnit report" in refused(htrun, example, "--only-failed", "page.xml", code=3)


# -- --shard


def test_shards_by_time_are_of_equal_time(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    slow = f"{server.url}/respond?delay=300"
    file = collection(request("slow", slow), *(request(f"q{n}", f"{server.url}/respond?delay=20") for n in range(6)))
    assert htrun(file, "--record", "times.jsonl").returncode == 0
    by_time = [listed(htrun, file, "--shard", f"{n}/2", "--shard-times", "times.jsonl") for n in (1, 2)]
    assert by_time == [["slow"], [f"q{n}" for n in range(6)]]
    assert len(listed(htrun, file, "--shard", "1/2")) in (3, 4)
    (htrun(file, "-r", "junit", "--reporter-junit-export", "times.xml"))
    assert listed(htrun, file, "--shard", "1/2", "--shard-times", "times.xml") == ["slow"]


def test_times_of_other_requests_are_refused(htrun: Htrun, example: str, collection: Write, tmp_path: Path) -> None:
    (tmp_path / "times.xml").write_text('<testsuites><testsuite name="Z" id="z" time="1"/></testsuites>')
    told = refused(htrun, example, "--shard", "1/2", "--shard-times", "times.xml", code=2)
    assert told == "--shard-times: times.xml has no times of these requests"


@pytest.mark.parametrize("options", ["", "--select Users", "--exclude Orders -n 2"])
def test_all_shards_together_run_what_one_run_does(
    htrun: Htrun, example: str, server: RecordingServer, options: str
) -> None:
    assert htrun(example, *options.split()).returncode == 0
    whole = ran(server)
    parts = []
    for number in (1, 2, 3):
        assert htrun(example, *options.split(), "--shard", f"{number}/3").returncode == 0
        parts += ran(server)
    assert sorted(parts) == sorted(whole)


# -- --changed-since


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, collection: Write, server: RecordingServer) -> Callable[[Callable[[Json], object]], str]:
    """A committed collection; gives a function that changes it in the work tree, and returns the file's name."""
    file = collection(
        {**request("One", f"{server.url}/1"), "id": "one"},
        folder("F", request("Two", f"{server.url}/2"), request("Three", f"{server.url}/3"), auth=None),
        folder("G", {**request("Four", f"{server.url}/4"), "id": "four", "response": []}),
    )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")

    def change(edit: Callable[[Json], object]) -> str:
        data = json.loads((tmp_path / file).read_text())
        edit(data)
        (tmp_path / file).write_text(json.dumps(data, indent=1))
        return file

    return change


BEARER = {"type": "bearer", "bearer": [{"key": "token", "value": "t"}]}
SCRIPT = [{"listen": "test", "script": {"exec": ["1"]}}]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda c: c["item"][0]["request"].update(method="POST"), ["One"]),
        (lambda c: c["item"][1]["item"][1].update(event=SCRIPT), ["F/Three"]),
        (lambda c: c["item"][1].update(auth=BEARER), ["F/Two", "F/Three"]),
        (lambda c: c["item"][1].update(event=SCRIPT), ["F/Two", "F/Three"]),
        (lambda c: c.update(event=SCRIPT), ["One", "F/Two", "F/Three", "G/Four"]),
        (lambda c: c["item"].append({"name": "Five", "request": "http://127.0.0.1/"}), ["Five"]),
        (lambda c: c["item"][1]["item"].insert(0, {"name": "Two", "request": "http://127.0.0.1/"}),
         ["F/Two[1]", "F/Two[2]"]),
        (lambda c: (c["item"].append(c["item"][2]["item"].pop()), c["item"][0].update(name="Uno")), ["Uno"]),
        (lambda c: c["item"][2].update(protocolProfileBehavior={"followRedirects": False}), ["G/Four"]),
    ],
)  # fmt: skip
def test_what_changed_since_a_commit(
    htrun: Htrun, repository: Callable[..., str], edit: Callable[[Json], object], expected: list[str]
) -> None:
    file = repository(edit)
    assert listed(htrun, file, "--changed-since", "HEAD") == expected


def test_what_changes_nothing_that_runs(htrun: Htrun, repository: Callable[..., str]) -> None:
    file = repository(lambda c: c["item"][2]["item"][0].update(response=[{"name": "example", "code": 200}]))
    assert refused(htrun, file, "--changed-since", "HEAD") == "no request of collection.json changed since HEAD"


def test_files_that_are_new_or_were_broken_or_are_none(
    htrun: Htrun, repository: Callable[..., str], tmp_path: Path, server: RecordingServer
) -> None:
    file = repository(lambda c: None)
    (tmp_path / "new.json").write_text(json.dumps({"info": {"name": "N"}, "item": [request("A", server.url)]}))
    assert listed(htrun, "new.json", "--changed-since", "HEAD") == ["A"]
    told = refused(htrun, file, "--changed-since", "nowhere", code=2)
    assert told.startswith("--changed-since: git knows no commit, branch or tag 'nowhere'")
    assert "git knows no commit" in refused(htrun, file, "--changed-since=--output=x", code=2)
    (tmp_path / "new.json").write_text("[")
    git(tmp_path, "add", "new.json")
    git(tmp_path, "commit", "-q", "-m", "second")
    (tmp_path / "new.json").write_text(json.dumps({"info": {"name": "N"}, "item": [request("A", server.url)]}))
    told = refused(htrun, "new.json", "--changed-since", "HEAD", code=3)
    assert told.startswith("new.json: cannot be read as it was at HEAD: ")
    assert listed(htrun, "new.json", "--changed-since", "HEAD~1") == ["A"]


def test_a_collection_that_is_a_folder(htrun: Htrun, tmp_path: Path, server: RecordingServer) -> None:
    root = tmp_path / "api"
    (root / ".resources").mkdir(parents=True)
    (root / ".resources" / "definition.yaml").write_text("$kind: collection\nname: V3\n")
    for name in ("a", "b"):
        (root / f"{name}.request.yaml").write_text(
            f"$kind: http-request\nname: {name}\nmethod: GET\nurl: {server.url}/{name}\n"
        )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (root / "b.request.yaml").write_text(f"$kind: http-request\nname: b\nmethod: POST\nurl: {server.url}/b\n")
    assert listed(htrun, "api", "--changed-since", "HEAD") == ["b"]


def test_collections_by_url_have_no_history(
    htrun: Htrun, example: str, server: RecordingServer, tmp_path: Path
) -> None:
    server.respond = lambda received: Answer(body=(tmp_path / example).read_bytes())
    url = f"{server.url}/collection.json"
    told = refused(htrun, url, "--changed-since", "HEAD", code=2)
    assert told == f"--changed-since is for collections in files, and {url} is in none"
