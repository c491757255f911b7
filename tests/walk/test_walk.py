"""What a person can do on a tour, against a server that shows what arrived."""

from __future__ import annotations

import json
import re
import stat
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cli.conftest import Htrun, folder, request
from support.server import RecordingServer
from walk.conftest import CHANGE, GO_ON, SAVE, SEND, Walk

Write = Callable[..., str]
TITLE = "\x1b]0;pwned\x07"
RED = "\x1b[31m"
MARK = "‮"
PASSES = "pm.test('it is fine', () => pm.expect(pm.response.code).to.equal(200));"


def json_url(server: RecordingServer, value: object, **more: object) -> str:
    query = "&".join(f"{name}={text}" for name, text in more.items())
    return f"{server.url}/respond?type=application/json&body={json.dumps(value).replace(' ', '')}&{query}"


def test_a_failure_is_explained_and_sent_again_by_hand(server: RecordingServer, walk: Walk, collection: Write) -> None:
    """What failed before the request was put right does not count."""
    guide = "| status | meaning |\n|---|---|\n| 503 | the pump is off |\n"
    item = request("Pump", f"{server.url}/respond?status=503", PASSES, description=guide)
    with walk(collection(item)) as shown:
        shown.answer(SEND, "\n")
        answer = shown.answer(GO_ON, "e\n")
        assert "503" in answer
        assert "✗ it is fine: expected 503 to equal 200" in answer
        assert "at line 1 of the script" in answer
        assert "503 means here: the pump is off" in answer
        shown.answer(CHANGE, "u\n")
        shown.answer("URL: ", f"\x15{server.url}/respond?status=200\n")
        shown.answer(CHANGE, "\n")
        assert "✓ it is fine" in shown.answer(GO_ON, "\n")
        assert shown.finish() == 0
    assert [one.target for one in server.take()] == ["/respond?status=503", "/respond?status=200"]


def test_a_failure_that_stays_is_one(server: RecordingServer, walk: Walk, collection: Write) -> None:
    item = request("Pump", f"{server.url}/respond?status=503", PASSES)
    with walk(collection(item)) as shown:
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "a\n")
        shown.answer(GO_ON, "\n")
        assert shown.finish() == 1
        assert "1 failed" in shown.screen()
    assert len(server.take()) == 2


def test_no_answer(walk: Walk, htrun: Htrun, collection: Write) -> None:
    done = htrun("walk", collection(request("Nobody", "http://127.0.0.1:9/")), "--yes")
    assert done.returncode == 1
    assert "No answer: connect ECONNREFUSED 127.0.0.1:9" in done.stdout


def test_every_part_of_a_request_can_be_edited(server: RecordingServer, walk: Walk, collection: Write) -> None:
    item = request(
        "Old", f"{server.url}/old", "pm.globals.set('seen', pm.request.method);",
        header=[{"key": "X-Old", "value": "1"}], method="POST", body={"mode": "raw", "raw": '{"a": {{n}}, "b": 2}'},
    )  # fmt: skip
    with walk(collection(item, variable=[{"key": "n", "value": "1"}])) as shown:
        shown.answer(SEND, "e\n")
        shown.answer(CHANGE, "m\n")
        shown.answer("Method: ", "\x15PUT\n")
        shown.answer(CHANGE, "h\n")
        shown.answer("Header: ", "X-New: {{n}}\n")
        shown.answer("Header: ", "nonsense\n")
        assert "Not changed" in shown.answer("Header: ", "X-Old:\n")
        shown.answer("Header: ", "\n")
        shown.answer(CHANGE, "b\n")
        shown.answer("Body: ", "b=[3]\n")
        shown.answer(CHANGE, "u\n")
        shown.answer("URL: ", "\x7f\x7f\x7fnew\n")
        assert "PUT" in shown.answer(CHANGE, "\n")
        seen = shown.answer(SEND, "\n")
        assert f"curl -X PUT {server.url}/new" in seen
        assert "← seen = PUT (globals)" in shown.answer(GO_ON, "\n")
        shown.answer(SAVE, "n\n")
        assert shown.finish() == 0
    (sent,) = server.take()
    assert (sent.method, sent.target) == ("PUT", "/new")
    assert json.loads(sent.body) == {"a": 1, "b": [3]}
    headers = {name.lower(): value for name, value in sent.headers}
    assert headers["x-new"] == "1"
    assert "x-old" not in headers


def test_a_request_is_edited_in_an_editor(
    server: RecordingServer, walk: Walk, collection: Write, tmp_path: Path
) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "assert path.stat().st_mode & 0o077 == 0\n"
        "path.write_text(path.read_text().replace('one=1', 'one=2').replace('/form', '/form?x={{n}}'))\n"
    )
    item = request(
        "Form", f"{server.url}/form", method="POST",
        body={"mode": "urlencoded", "urlencoded": [{"key": "one", "value": "1"}, {"key": "{{n}}", "value": "3"}]},
    )  # fmt: skip
    with walk(
        collection(item, variable=[{"key": "n", "value": "7"}]), env={"EDITOR": f"'{sys.executable}' '{editor}'"}
    ) as shown:
        shown.answer(SEND, "e\n")
        shown.answer(CHANGE, "x\n")
        shown.answer(CHANGE, "\n")
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "\n")
        assert shown.finish() == 0, shown.raw
    (sent,) = server.take()
    assert sent.target == "/form?x=7"
    assert sorted(sent.body.split(b"&")) == [b"7=3", b"one=2"]


def test_an_editor_that_fails_changes_nothing(server: RecordingServer, walk: Walk, collection: Write) -> None:
    with walk(collection(request("A", f"{server.url}/a")), env={"EDITOR": "no-such-editor"}) as shown:
        shown.answer(SEND, "e\n")
        shown.answer(CHANGE, "x\n")
        assert "no-such-editor cannot be started" in re.sub(r"\s+", " ", shown.answer(CHANGE, "\n"))
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "\n")
        assert shown.finish() == 0
    assert [one.target for one in server.take()] == ["/a"]


def test_a_variable_without_a_value_is_told_about_and_set(
    server: RecordingServer, walk: Walk, collection: Write
) -> None:
    first = request("First", json_url(server, {"id": 5}), "pm.environment.set('user_id', pm.response.json().id);")
    second = request("Second", f"{server.url}/users/{{{{user_id}}}}/{{{{other}}}}")
    with walk(collection(first, second)) as shown:
        assert "other" in shown.answer(r"empty\): ", "given\n")
        shown.answer(SAVE, "n\n")
        shown.answer(SEND, "s\n")
        assert "{{user_id}} has no value: it is set by First" in shown.answer(SEND, "v\n")
        shown.answer("NAME=VALUE: ", "user_id=8\n")
        assert f"curl {server.url}/users/8/given" in shown.answer(SEND, "\n")
        shown.answer(GO_ON, "\n")
        assert shown.finish() == 0
    assert [one.target for one in server.take()] == ["/users/8/given"]


@pytest.mark.parametrize(("key", "code"), [("\x03", 130), ("\x04", 0)], ids=["ctrl-c", "ctrl-d"])
def test_what_was_captured_can_be_saved_when_the_tour_ends_early(
    server: RecordingServer, walk: Walk, collection: Write, tmp_path: Path, key: str, code: int
) -> None:
    script = "pm.globals.set('user_id', 5); pm.environment.set('token', 'tok-12345678')"
    one, two = request("One", f"{server.url}/one", script), request("Two", f"{server.url}/two")
    with walk(collection(one, two)) as shown:
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "\n")
        shown.answer(SEND, key)
        shown.answer(SAVE, "y\n")
        shown.answer(SAVE, "mine.json\n")
        assert shown.finish() == code
        assert "htrun walk collection.json -e collection.environment.json -g mine.json" in shown.screen()
        assert "Traceback" not in shown.raw
    environment = tmp_path / "collection.environment.json"
    saved = json.loads(environment.read_text("utf-8"))["values"]
    assert saved == [{"key": "token", "value": "tok-12345678", "type": "secret"}]
    assert [row["key"] for row in json.loads((tmp_path / "mine.json").read_text("utf-8"))["values"]] == ["user_id"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (environment, tmp_path / "mine.json")} == {0o600}
    assert len(server.take()) == 1


def test_ctrl_c_after_an_answer_keeps_what_it_gave(
    server: RecordingServer, walk: Walk, collection: Write, tmp_path: Path
) -> None:
    item = request("One", f"{server.url}/one", "pm.globals.set('user_id', 5)")
    with walk(collection(item, request("Two", f"{server.url}/two")), "--save", "tour.md") as shown:
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "\x03")
        assert "user_id" in shown.answer(SAVE, "n\n")
        assert shown.finish() == 130
        assert "1 request sent" in shown.screen()
    document = (tmp_path / "tour.md").read_text("utf-8")
    assert "| `user_id` | `5` |" in document
    assert "it ended early" in document


def test_the_time_limit_is_not_for_people(server: RecordingServer, walk: Walk, collection: Write) -> None:
    with walk(collection(request("One", f"{server.url}/one")), "--timeout", "2000") as shown:
        shown.until(r"Send it\?")
        time.sleep(2.5)
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "\n")
        assert shown.finish() == 0, shown.raw


def test_a_tour_that_cannot_begin_leaves_no_document(
    server: RecordingServer, htrun: Htrun, collection: Write, tmp_path: Path
) -> None:
    auth = {"type": "bearer", "bearer": [{"key": "token", "value": "{{api_key}}"}]}
    variable = [{"key": "api_key", "value": "", "description": "yours"}]
    name = collection(request("One", f"{server.url}/one"), auth=auth, variable=variable)
    done = htrun("walk", name, "--yes", "--save", "tour.md")
    assert done.returncode == 3
    assert "api_key" in done.stderr
    assert not (tmp_path / "tour.md").exists()
    assert server.take() == ()


def test_ctrl_c_at_the_first_question(walk: Walk, collection: Write, server: RecordingServer) -> None:
    with walk(collection(request("A", server.url + "/{{base}}"))) as shown:
        shown.answer(r"empty\): ", "\x03")
        assert shown.finish() == 130
        assert "Traceback" not in shown.raw
    assert server.take() == ()


def test_an_environment_file_keeps_what_else_is_in_it(
    walk: Walk, collection: Write, server: RecordingServer, tmp_path: Path
) -> None:
    rows = [{"key": "kept", "value": "1", "enabled": True}, {"key": "api_key", "value": ""}]
    (tmp_path / "mine.json").write_text(json.dumps({"name": "Mine", "values": rows}), "utf-8")
    with walk(collection(request("A", server.url + "/{{api_key}}")), "-e", "mine.json") as shown:
        shown.answer("hidden: ", "key-12345678\n")
        shown.answer(r"Save in mine\.json\?.*\] $", "y\n")
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "\n")
        assert shown.finish() == 0
        assert "key-12345678" not in shown.raw
    saved = json.loads((tmp_path / "mine.json").read_text("utf-8"))
    assert saved["name"] == "Mine"
    assert {row["key"]: row["value"] for row in saved["values"]} == {"kept": "1", "api_key": "key-12345678"}


def hostile_items(server: RecordingServer) -> list[object]:
    text = f"{TITLE}{RED}HOSTILE{MARK}"
    bad = "%1b]0;pwned%07%1b[31mHOSTILE%3Cscript%3E"
    body = f"{server.url}/respond?type=text/plain&header=X-Bad:{bad}&body={bad}"
    script = (
        f"console.log({text!r}); pm.globals.set('bad', {text!r}); pm.test({text!r}, () => {{ throw Error({text!r}) }});"
    )
    description = (
        f"{text} &#27;[31mENTITY &#x1b;]0;pwned&#7; <script>alert(1)</script> [link](javascript:alert(1))\n\n```\nopen"
    )
    return [
        folder(text, request(text, body, script, description=description), description=description),
        request("Next", server.url + "/next", description="# Heading\n\n[fine](https://example.com/) `<b>`"),
    ]


def test_nothing_that_is_sent_or_written_controls_the_terminal(
    server: RecordingServer, walk: Walk, collection: Write
) -> None:
    name = collection(*hostile_items(server), info={"name": TITLE, "description": f"{RED}HOSTILE &#27;[2J"})
    with walk(name, env={"NO_COLOR": "1"}) as shown:
        shown.answer(SEND, "\n")
        shown.answer(GO_ON, "h\n")
        shown.answer(GO_ON, "w\n")
        shown.answer(GO_ON, "e\n")
        shown.answer(CHANGE, "\n")
        shown.answer(GO_ON, "r\n")
        shown.answer(SAVE, "n\n")
        assert shown.finish() == 1
        assert shown.raw.count("HOSTILE") > 10
        assert "ENTITY" in shown.raw
        sequences = set(re.findall(r"\x1b[^a-zA-Z]*[a-zA-Z]", shown.raw))
        assert all(re.fullmatch(r"\x1b\[\?2004[hl]", one) for one in sequences), sequences  # of the line editor
        assert not re.search("[\x00-\x06\x07\x0b\x0c\x0e-\x1a\x7f-\x9f\u202a-\u202e]", shown.raw)


@pytest.mark.parametrize("suffix", ["md", "html"])
def test_nothing_breaks_out_of_the_saved_document(
    server: RecordingServer, htrun: Htrun, collection: Write, tmp_path: Path, suffix: str
) -> None:
    done = htrun("walk", collection(*hostile_items(server)), "--yes", "--save", f"tour.{suffix}")
    assert done.returncode == 1
    document = (tmp_path / f"tour.{suffix}").read_text("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", document)
    if suffix == "html":
        page = Tags(document)
        assert page.tags.isdisjoint({"script", "img", "iframe", "link", "object", "b"})
        assert all(not target.startswith("javascript") for target in page.targets)
        assert page.targets == ["https://example.com/"]
        assert "<h1>Heading" not in document  # below the headings of the tour
    else:
        from markdown_it import MarkdownIt

        page = Tags(MarkdownIt("commonmark", {"html": True}).enable("table").render(document))
        assert page.tags.isdisjoint({"script", "img", "iframe", "b"})
        assert "javascript:alert(1)" not in page.targets
        assert re.findall(r"<h2>(\d\. )?Next</h2>", page.text) == ["2. "]


class Tags(HTMLParser):
    """The elements of a page, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: set[str] = set()
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.targets += [value for name, value in attrs if name in ("href", "src") and value]


def test_secrets_are_nowhere(server: RecordingServer, htrun: Htrun, collection: Write, tmp_path: Path) -> None:
    secret = "s3cret-value/of+mine"
    item = request(
        "Echo", f"{server.url}/echo?api_key={{{{mine}}}}",
        "pm.globals.set('access_token', pm.variables.get('mine')); console.log(pm.variables.get('mine'));"
        "pm.test('no', () => pm.expect(pm.variables.get('mine')).to.equal('x'));",
        header=[{"key": "X-Mine", "value": "{{mine}}"}], method="POST", body={"mode": "raw", "raw": "{{mine}}"},
    )  # fmt: skip
    done = htrun("walk", collection(item), "--secret", f"mine={secret}", "--yes", "--save", "tour.md")
    assert done.returncode == 1
    document = (tmp_path / "tour.md").read_text("utf-8")
    for text in (done.stdout, done.stderr, document):
        assert secret not in text
        assert "s3cret-value" not in text
    assert "********" in document
    shown = htrun("walk", collection(item), "--secret", f"mine={secret}", "--yes", "--show-secrets")
    assert secret in shown.stdout


@pytest.mark.parametrize(("path", "code", "said"), [("tour.txt", 2, ".md or .html"), ("/proc/no/tour.md", 1, "cannot")])
def test_a_document_that_cannot_be_written_is_told_about_first(
    server: RecordingServer, htrun: Htrun, collection: Write, path: str, code: int, said: str
) -> None:
    done = htrun("walk", collection(request("A", server.url)), "--yes", "--save", path)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stdout == "", "the tour has not begun: nobody was asked for keys"
    assert server.take() == ()


def test_requests_of_scripts_redirects_and_jumps_are_told(
    server: RecordingServer, htrun: Htrun, collection: Write
) -> None:
    script = f"pm.sendRequest('{server.url}/from-script', () => {{}});pm.execution.setNextRequest('Last');"
    items = [
        request("First", f"{server.url}/redirect/302?to=/json", script),
        request("Left out", f"{server.url}/left-out"),
        request("Last", f"{server.url}/respond?status=404"),
    ]
    done = htrun("walk", collection(*items), "--yes")
    assert done.returncode == 0
    assert f"↳ GET {server.url}/from-script [200 OK" in re.sub(r"\s+", " ", done.stdout)
    assert "redirected to /json" in re.sub(r"\s+", " ", done.stdout)
    assert "Last  3 of 3" in done.stdout
    assert "Left out" not in done.stdout


def test_a_large_answer_is_cut_off(server: RecordingServer, htrun: Htrun, collection: Write) -> None:
    item = request("Big", f"{server.url}/mirror", method="POST", body={"mode": "raw", "raw": "line\n" * 300_000})
    done = htrun("walk", collection(item), "--yes")
    assert done.returncode == 0
    assert "… 1.5MB in all" in done.stdout
    assert len(done.stdout) < 400_000
