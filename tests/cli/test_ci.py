"""The command inside CI systems: what ``auto`` chooses, where reports go, lines of collections as people have them."""

from __future__ import annotations

import codecs
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from cli.conftest import Htrun, Json, folder, request
from support.server import RecordingServer

Write = Callable[..., str]
FAILS = "pm.test('fails', () => pm.expect(1).to.eql(2))"
#: Every report and the option that says where it goes.
DOCUMENTS = ("json", "junit", "html", "tap", "teamcity", "github", "ctrf", "csv", "markdown", "har")
NOWHERE = dict.fromkeys(
    ("GITHUB_ACTIONS", "GITLAB_CI", "TEAMCITY_VERSION", "JENKINS_URL", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"), ""
)


def annotations(text: str) -> list[tuple[str, int, str]]:
    """File, line and title of GitHub's annotations."""
    found = re.findall(r"^::error (?:file=([^,:]*),line=(\d+),)?title=([^:]*)::", text, re.M)
    return [(file, int(line or 0), title.replace("%3A", ":")) for file, line, title in found]


# -- auto


def test_on_github(tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    file = collection(request("r", f"{server.url}/json", FAILS))
    summary = tmp_path / "summary.md"
    env = {**NOWHERE, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    done = htrun(file, "-r", "auto", env={**env, "GITHUB_WORKSPACE": str(tmp_path.parent)})
    assert done.returncode == 1
    assert "AssertionError  fails" in done.stdout
    place = f"{tmp_path.name}/collection.json"
    assert annotations(done.stdout) == [(place, 1, "r: fails")]
    assert done.stdout.index("::stop-commands::") < done.stdout.index("AssertionError") < done.stdout.index("::error ")
    assert summary.read_text("utf-8").startswith("# ❌ Example\n")


@pytest.mark.parametrize(
    ("variable", "files"),
    [
        ("GITLAB_CI", ["gl-code-quality-report.json", "gl-junit-report.xml"]),
        ("JENKINS_URL", [r"newman-run-report-.*\.xml"]),
        ("NOTHING", []),
    ],
)
def test_elsewhere(
    variable: str, files: list[str], tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(request("r", f"{server.url}/json", FAILS))
    done = htrun(file, "-r", "auto", env={**NOWHERE, variable: "1"})
    assert done.returncode == 1
    assert "AssertionError  fails" in done.stdout
    made = sorted(path.name for path in (tmp_path / "newman").glob("*"))
    assert len(made) == len(files)
    assert all(re.fullmatch(wanted, name) for wanted, name in zip(files, made, strict=True))


def test_on_teamcity(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    done = htrun(
        collection(request("r", f"{server.url}/json", FAILS)), "-r", "auto", env={**NOWHERE, "TEAMCITY_VERSION": "1"}
    )
    assert "##teamcity[testFailed name='fails' message='expected 1 to deeply equal 2'" in done.stdout
    assert "AssertionError  fails" in done.stdout


# -- where reports go


def test_several_reports_of_one_run(tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    where = [word for name in DOCUMENTS for word in (f"--reporter-{name}-export", f"out/{name}.txt")]
    file = collection(request("r", f"{server.url}/json", FAILS))
    done = htrun(
        file, "-r", ",".join(("cli", *DOCUMENTS, "gitlab", "allure")), *where,
        "--reporter-gitlab-export", "gl", "--reporter-allure-export", "al", env=NOWHERE,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert sorted(path.stem for path in (tmp_path / "out").iterdir()) == sorted(DOCUMENTS)
    texts = {path.stem: path.read_text("utf-8") for path in (tmp_path / "out").iterdir()}
    assert [name for name, text in texts.items() if "fails" not in text] == ["har"]  # which knows no checks
    assert len(list((tmp_path / "gl").iterdir())) == 2
    assert len(list((tmp_path / "al").glob("*-result.json"))) == 1
    assert "::" not in done.stdout
    assert len(server.take()) == 1


def test_a_place_that_cannot_be_written_to_is_said_before_anything_is_sent(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    (tmp_path / "file").write_text("")
    for name in (*DOCUMENTS, "gitlab", "allure"):
        done = htrun(
            collection(request("r", f"{server.url}/json")), "-r", name, f"--reporter-{name}-export", "file/x/y"
        )
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().split("\n")) == 1
        assert "file/x" in done.stderr
    assert server.take() == ()


def test_a_summary_that_cannot_be_written(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    env = {**NOWHERE, "GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "where")}
    done = htrun(collection(request("r", f"{server.url}/json", FAILS)), "-r", "github", env=env)
    assert annotations(done.stdout)
    assert "cannot write the summary of the job to" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_allures_library_it_says_what_to_install(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    (tmp_path / "allure_commons").mkdir()
    (tmp_path / "allure_commons" / "__init__.py").write_text("raise ImportError('not here')")
    path = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    done = htrun(collection(request("r", f"{server.url}/json")), "-r", "allure", env={"PYTHONPATH": path})
    assert done.returncode == 2
    assert 'pip install "htrun[allure]"' in done.stderr
    assert server.take() == ()


# -- lines of the collection


def written(tmp_path: Path, data: bytes) -> str:
    (tmp_path / "c.json").write_bytes(data)
    return "c.json"


def tree(server: RecordingServer, **more: Json) -> Json:
    inner = folder("In", request("Same", f"{server.url}/json"), request("Same", f"{server.url}/json", f"\n\n{FAILS}"))
    return {"info": {"name": "x"}, "item": [folder("Out", inner), request("Last", "http://127.0.0.1:1/")], **more}


FORMS: Mapping[str, Callable[[str], bytes]] = {
    "indented": lambda text: text.encode(),
    "tabs": lambda text: text.replace("  ", "\t").encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "bom": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_lines_in_files_of_all_kinds(form: str, tmp_path: Path, htrun: Htrun, server: RecordingServer) -> None:
    text = json.dumps(tree(server), indent=2)
    lines = text.split("\n")
    found = annotations(htrun(written(tmp_path, FORMS[form](text)), "-r", "github", env=NOWHERE).stdout)
    assert [title for _, _, title in found] == ["Out / In / Same: fails", "Last: request"]
    assert "fails" in lines[found[0][1] - 1]
    assert lines[found[1][1] - 1].strip() == '"name": "Last",'


def test_lines_where_the_collection_is_wrapped_and_scripts_are_texts(
    tmp_path: Path, htrun: Htrun, server: RecordingServer
) -> None:
    data = tree(server, event={"listen": "test", "script": "let a;\na.b"})
    data["item"][1]["event"] = [
        {"listen": "other", "script": {"exec": ["skip me"]}},
        {"listen": "test", "script": {"type": "text/javascript", "exec": ["let a; // two\n// lines", "a.c;"]}},
    ]
    data["item"].insert(1, "no item")
    text = json.dumps({"meta": [1, -2.5e3, None, True], "collection": data}, indent=2)
    lines = text.split("\n")
    found = annotations(htrun(written(tmp_path, text.encode()), "-r", "github", env=NOWHERE).stdout)
    at = {(title, lines[line - 1].strip()) for _, line, title in found}
    assert ("Out / In / Same: test-script", '"script": "let a;\\na.b"') in at
    assert ("Last: test-script", '"a.c;"') in at


def test_a_collection_of_version_1_has_its_lines(tmp_path: Path, htrun: Htrun, server: RecordingServer) -> None:
    data = {
        "id": "c", "name": "old", "order": ["r"],
        "requests": [{"id": "r", "name": "r", "method": "GET", "url": f"{server.url}/json", "tests": "a.b.c;"}],
    }  # fmt: skip
    text = json.dumps(data, indent=2)
    line = 1 + text[: text.index("a.b.c;")].count("\n")
    file = written(tmp_path, text.encode())
    assert annotations(htrun(file, "-r", "github", env=NOWHERE).stdout) == [("c.json", line, "r: test-script")]


def test_a_collection_from_the_network_has_no_file(htrun: Htrun, tmp_path: Path, server: RecordingServer) -> None:
    text = json.dumps(tree(server))
    location = f"{server.url}/respond?type=application/json&body={quote(text)}"
    assert {file for file, _, _ in annotations(htrun(location, "-r", "github", env=NOWHERE).stdout)} == {""}


def test_steps_of_a_workflow_are_at_the_lines_of_its_collection(
    tmp_path: Path, htrun: Htrun, server: RecordingServer
) -> None:
    text = json.dumps(tree(server), indent=2)
    written(tmp_path, text.encode())
    workflow = """name: w
collection: c.json
steps:
  - run: Out/In
    on_failure: continue
    expect:
      status: 201
  - run: Last
    overrides: {headers: {X-A: '1'}}
"""
    (tmp_path / "w.workflow.yaml").write_text(workflow)
    found = annotations(htrun("w.workflow.yaml", "-r", "github", env=NOWHERE).stdout)
    lines = {"c.json": text.split("\n"), "w.workflow.yaml": workflow.split("\n")}
    assert [(title, lines[file][line - 1].strip()) for file, line, title in found] == [
        ("Out / In / Same: status is 201", "status: 201"),
        ("Out / In / Same: fails", "\"pm.test('fails', () => pm.expect(1).to.eql(2))\""),
        ("Last: request", '"name": "Last",'),
    ]
