"""``--strict``: what a run passes over in silence is a failure, in every report."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Htrun, request
from support.certificates import make
from support.marks import reporters
from support.server import RecordingServer

Write = Callable[..., str]
Json = Any
OK = "pm.test('ok', () => pm.response.to.have.status(200));"


def failures(htrun: Htrun, tmp_path: Path, *arguments: str, code: int = 1) -> list[str]:
    """The messages of the failures of a run, from its JSON report."""
    done = htrun("run", *arguments, "-r", "json", "--reporter-json-export", "report.json")
    assert done.returncode == code, done.stderr
    return [one["error"]["message"] for one in json.loads((tmp_path / "report.json").read_text())["run"]["failures"]]


def form(*parts: Json) -> Json:
    return {"mode": "formdata", "formdata": list(parts)}


CASES: dict[str, tuple[Json, Sequence[str]]] = {
    "a variable in the URL": (
        {"url": "{url}/{{{{nobody}}}}"},
        ['nothing defines the variable "nobody": it was sent as {{nobody}}'],
    ),
    "variables in headers and body": (
        {"header": [{"key": "X", "value": "{{{{a}}}}"}],
         "method": "POST", "body": {"mode": "raw", "raw": "{{{{b}}}}"}},
        ['nothing defines the variable "a": it was sent as {{a}}',
         'nothing defines the variable "b": it was sent as {{b}}'],
    ),
    "a variable in the auth": (
        {"auth": {"type": "basic", "basic": [{"key": "username", "value": "{{{{who}}}}"}]}},
        ['nothing defines the variable "who", which r uses'],
    ),
    "a variable that is switched off": ({"header": [{"key": "X", "value": "{{{{a}}}}", "disabled": True}]}, []),
    "a template for a server": (
        {"method": "POST", "body": {"mode": "raw", "raw": "{{{{#each x}}}}{{{{this}}}}{{{{/each}}}}"}}, [],
    ),
    "what is left open is none": (
        {"method": "POST", "body": {"mode": "raw", "raw": "{{{{#a}}}}{{{{/b}}}}"}},
        ['nothing defines the variable "#a": it was sent as {{#a}}',
         'nothing defines the variable "/b": it was sent as {{/b}}'],
    ),
    "a file of a form": (
        {"method": "POST", "body": form({"key": "f", "type": "file", "src": "gone.txt"})},
        ['a file was not sent: Form param `f`, file load error: "gone.txt", no such file'],
    ),
    "a file that is the body": (
        {"method": "POST", "body": {"mode": "file", "file": {"src": "gone.txt"}}},
        ['a file was not sent: Binary file load error: "gone.txt", no such file'],
    ),
    "a body without a file": (
        {"method": "POST", "body": {"mode": "file", "file": {}}},
        ["a file was not sent: none is chosen for the body"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_what_is_sent_in_part_fails(
    htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path, what: str
) -> None:
    fields, expected = CASES[what]
    text = (
        json.dumps({"url": "{url}/a", **fields})
        .replace("{{{{", "{{")
        .replace("}}}}", "}}")
        .replace("{url}", server.url)
    )
    file = collection(request("r", **json.loads(text), test=OK))
    assert failures(htrun, tmp_path, file, code=0) == []
    assert failures(htrun, tmp_path, file, "--strict", code=int(bool(expected))) == list(expected)


@pytest.mark.parametrize(
    ("test", "fails"),
    [
        ("", True),
        (OK.replace("200", "503"), False),
        ("pm.expect(pm.response.code).to.equal(503);", False),
        ("if (pm.response.code !== 503) throw new Error('no');", False),
        ("pm.test.skip('later', () => pm.expect(1).to.equal(2));", True),
    ],
)
def test_a_5xx_answer_needs_a_check(
    htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path, test: str, fails: bool
) -> None:
    file = collection(request("r", f"{server.url}/respond?status=503", test), request("s", f"{server.url}/a", OK))
    found = failures(htrun, tmp_path, file, "--strict", code=int(fails))
    assert found == (["the server answered 503 Service Unavailable, and nothing checks the answer"] if fails else [])


def test_a_run_without_a_check_fails(htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path) -> None:
    file = collection(request("r", f"{server.url}/a"))
    assert failures(htrun, tmp_path, file, "--strict") == [
        '"Example" was run without a check: it passes whatever the server answers'
    ]
    skipped = collection(request("r", f"{server.url}/a", "pm.test.skip('later', () => pm.expect(1).to.equal(1));"))
    assert len(failures(htrun, tmp_path, skipped, "--strict")) == 1
    bare = collection(request("r", f"{server.url}/a", "pm.expect(pm.response.code).to.equal(200);"))
    assert failures(htrun, tmp_path, bare, "--strict", code=0) == []


def test_a_run_without_a_request_fails(htrun: Htrun, collection: Write, tmp_path: Path) -> None:
    file = collection()
    assert htrun(file).returncode == 0
    assert failures(htrun, tmp_path, file, "--strict") == ['no request of "Example" was run']


def test_an_unknown_next_request_fails(
    htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path
) -> None:
    file = collection(request("r", f"{server.url}/a", f"{OK}\npm.execution.setNextRequest('s');"))
    (found,) = failures(htrun, tmp_path, file, "--strict")
    assert found.startswith('setNextRequest("s"): no request of this run has that name')


@pytest.mark.parametrize("how", ["option", "request"])
def test_tls_that_is_not_verified_fails_once(htrun: Htrun, collection: Write, tmp_path: Path, how: str) -> None:
    certificates = make(tmp_path / "certificates")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    with RecordingServer(tls=context) as server:
        url = server.url.replace("http://", "https://")
        off = {"protocolProfileBehavior": {"strictSSL": False}} if how == "request" else {}
        file = collection(*({**request(name, f"{url}/a", OK), **off} for name in "ab"))
        insecure = ["-k"] if how == "option" else []
        assert failures(htrun, tmp_path, file, *insecure, code=0) == []
        assert failures(htrun, tmp_path, file, *insecure, "--strict") == [
            "the certificate of the server was not verified (--insecure, or strictSSL of the request)"
        ]
        trusted = ("--ssl-extra-ca-certs", str(certificates / "ca.pem"))
        if how == "option":
            assert failures(htrun, tmp_path, file, *trusted, "--strict", code=0) == []


REPORTS = ("cli", "json", "junit", "html", "gitlab", "tap", "ctrf", "csv", "markdown", "teamcity", "github", "allure")


@pytest.mark.parametrize("reporter", reporters(REPORTS))
def test_every_report_has_the_failure(
    htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path, reporter: str
) -> None:
    """Those of an item, and those of the run as a whole."""
    one = htrun(
        collection(request("r", f"{server.url}/{{{{nobody}}}}", OK)), "--strict", "-r", reporter, *out(reporter)
    )
    assert one.returncode == 1
    assert "nothing defines the variable" in text(tmp_path, one.stdout)
    whole = htrun(collection(request("r", f"{server.url}/a")), "--strict", "-r", reporter, *out(reporter))
    assert whole.returncode == 1
    assert "was run without a check" in text(tmp_path, whole.stdout)


def out(reporter: str) -> list[str]:
    return [] if reporter in ("cli", "teamcity", "github", "tap") else [f"--reporter-{reporter}-export", "report"]


def text(tmp_path: Path, printed: str) -> str:
    report = tmp_path / "report"
    files = [one for one in (report, *report.rglob("*")) if one.is_file()]
    return " ".join("".join((printed, *(one.read_text("utf-8") for one in files))).split())


def test_bail_ends_the_run(htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path) -> None:
    file = collection(*(request(name, f"{server.url}/{name}/{{{{nobody}}}}", OK) for name in "ab"))
    assert len(failures(htrun, tmp_path, file, "--strict", "--bail")) == 1
    assert [one.target[:3] for one in server.take()] == ["/a/"]


def test_parallel_iterations_fail_too(htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path) -> None:
    file = collection(request("r", f"{server.url}/{{{{nobody}}}}", OK))
    assert len(failures(htrun, tmp_path, file, "--strict", "-n", "3", "--parallel", "3")) == 3


def test_a_record_of_the_run_tells_the_same(
    htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path
) -> None:
    file = collection(request("r", f"{server.url}/{{{{nobody}}}}"))
    first = htrun(file, "--strict", "--record", "run.jsonl")
    again = htrun("report", "run.jsonl")
    assert first.returncode == again.returncode == 1
    for sentence in ("nothing defines the variable", "was run without a check"):
        assert sentence in " ".join(first.stdout.split())
        assert sentence in " ".join(again.stdout.split())


def test_the_checks_of_a_workflow_count(
    htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path
) -> None:
    collection(request("r", f"{server.url}/respond?status=503"))
    flow = "collection: collection.json\nsteps:\n  - run: r\n"
    (tmp_path / "plain.workflow.yaml").write_text(flow)
    (tmp_path / "checked.workflow.yaml").write_text(f"{flow}    expect: {{status: 503}}\n")
    assert len(failures(htrun, tmp_path, "plain.workflow.yaml", "--strict")) == 2
    assert failures(htrun, tmp_path, "checked.workflow.yaml", "--strict", code=0) == []


def test_the_configuration_file_can_say_so(
    htrun: Htrun, collection: Write, server: RecordingServer, tmp_path: Path
) -> None:
    (tmp_path / ".htrunrc").write_text('{"strict": true}')
    assert htrun(collection(request("r", f"{server.url}/a"))).returncode == 1


def test_mistakes_that_are_certain_are_told_before_the_run(htrun: Htrun, collection: Write) -> None:
    done = htrun(collection({"name": "f", "variable": [{"key": "a", "value": "1"}], "item": []}))
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        'htrun: warning: the collection "Example" has no requests',
        'htrun: warning: the variables of the folder "f" are not used: a run knows those of the collection only',
    ]
    assert htrun("collection.json", "--silent").stderr == ""
