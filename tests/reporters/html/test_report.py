"""The HTML report as a file: what is in it, and what it costs to write."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import request
from reporters.html.api import ATTACK, BROKEN
from reporters.html.conftest import ROOT, htrun
from reporters.stream import Play, Story, collection, exchange, item, report, sample, say
from runner.engine import events as ev
from runner.model.records import replace
from runner.model.result import VariableChange
from runner.reporters.html.visual import scripts_of
from support.certificates import make, server_context
from support.server import RecordingServer


class Blocks(HTMLParser):
    """The scripts of a page: their attributes and their text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.tags: dict[str, int] = {}
        self.policy = ""
        self._open = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        given = dict(attrs)
        if tag == "script":
            self.scripts.append((given, ""))
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given.get("content") or ""
        self._open = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data

    def json(self, name: str) -> Any:
        found = [text for attributes, text in self.scripts if attributes.get("id") == name]
        assert len(found) == 1, name
        return json.loads(found[0])


def written(tmp_path: Path, events: Iterator[ev.Event], **options: Any) -> Blocks:
    """The report of a stream of events."""
    target = tmp_path / "report.html"
    assert report("html", events, extra={"export": str(target), **options}) == ""
    return Blocks(target.read_text("utf-8"))


def details(page: Blocks, name: str) -> Any:
    """The details of the first request of that name."""
    items = page.json("run")["items"]
    row = next(row for row in page.json("rows") if items[row[2]]["name"] == name)
    return page.json(f"d{row[0]}")


# --- nothing gets out ---


def test_what_was_sent_stays_in_its_block(hostile: Path) -> None:
    page = Blocks(hostile.read_text("utf-8"))
    programs = [attributes for attributes, _ in page.scripts if attributes.get("type") != "application/json"]
    assert programs == [{}], "one program, and nothing that is fetched"
    assert all(json.loads(text) is not None for attributes, text in page.scripts if "id" in attributes)
    assert page.tags.get("img", 0) == page.tags.get("iframe", 0) == 0
    assert page.tags["body"] == page.tags["html"] == 1
    body = details(page, ATTACK)["exchanges"][-1]["response"]["body"]["text"]
    assert json.loads(body) == {"attack": ATTACK, ATTACK: [1, None, True]}, "and it is all there"


def test_the_file_is_text_that_any_browser_reads(hostile: Path) -> None:
    text = hostile.read_text("utf-8", errors="strict")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]", text)


def test_the_page_may_load_nothing(hostile: Path) -> None:
    policy = Blocks(hostile.read_text("utf-8")).policy
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    hashes = rules["script-src"].split()
    assert len(hashes) == 4, "the program, the visualizer's own script, and the two of the visualization"
    assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", one) for one in hashes)


def test_scripts_of_visualizations_are_found_as_browsers_find_them() -> None:
    html = """<SCRIPT>one("</p>")</SCRIPT><script type="application/json">{}</script><script src="//x"></script>
<script type=module>two</script><!-- <script>three</script> --><p title="<script>four</script>">"""
    assert list(scripts_of(html)) == ['one("</p>")', None, "two"]


def test_hostile_names_do_not_reach_the_markup(tmp_path: Path) -> None:
    story = Story(replace(collection(item(ATTACK), name=ATTACK), description=ATTACK), error=ATTACK)
    page = written(tmp_path, story.events())
    assert len([1 for attributes, _ in page.scripts if not attributes]) == 1
    assert page.json("run")["name"] == ATTACK


# --- what is in it ---


def test_every_item_has_its_row_and_its_details(tmp_path: Path) -> None:
    page = written(tmp_path, sample())
    run, rows = page.json("run"), page.json("rows")
    names = [run["items"][row[2]]["name"] for row in rows]
    assert names == ["List users", "Throws", "Down", "Skipped"]
    assert [row[4] for row in rows] == ["failed", "failed", "failed", "skipped"]
    assert [row[10:13] for row in rows] == [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert run["verdict"] == "5 failures"
    failures = details(page, "Down")["failures"]
    assert [one["title"] for one in failures] == ["No response", "never", "Error"]
    assert details(page, "List users")["scripts"][0]["console"] == [["log", "'hi' { a: 1 }"], ["warn", "'careful'"]]
    calls = details(page, "Down")["exchanges"]
    assert [one["origin"] for one in calls] == ["item", "script"]


def test_attempts_that_did_not_count_are_kept(tmp_path: Path) -> None:
    once = item("Wait for it")

    def events() -> Iterator[ev.Event]:
        for event in Story(collection(once)).events([Play("Wait for it")]):
            if isinstance(event, ev.ItemFinished):
                located = event.result.located
                first = replace(event.result, exchanges=(exchange(once.request, b'{"ready":false}', code=503),))
                yield ev.VariableChanged(VariableChange("globals", "state", "early"), located)
                yield ev.ItemRetried(first, "status 503", 1.5)
                yield ev.VariableChanged(VariableChange("globals", "state", "late", origin="$.state"), located)
                event = ev.ItemFinished(replace(event.result, attempts=2))
            yield event

    page = written(tmp_path, events())
    assert page.json("rows")[0][13] == 2
    (attempt,) = page.json("d0")["attempts"]
    assert (attempt["reason"], attempt["wait"], attempt["code"]) == ("status 503", 1.5, 503)
    earlier = page.json(attempt["block"])["exchanges"][0]["response"]["body"]
    assert earlier["text"] == '{"ready":false}'
    assert [bar[0] for bar in page.json("rows")[0][15]] == ["item", "attempt"]
    captured = {"scope": "globals", "key": "state", "before": None, "after": "late", "origin": "$.state"}
    assert page.json("d0")["changes"] == [captured]
    assert page.json(attempt["block"])["changes"][0]["after"] == "early"


def test_requests_that_scripts_run_are_children(hostile: Path) -> None:
    page = Blocks(hostile.read_text("utf-8"))
    items = page.json("run")["items"]
    rows = {row[0]: row for row in page.json("rows")}
    children = [(items[row[2]]["name"], items[rows[row[1]][2]]["name"]) for row in rows.values() if row[1] >= 0]
    assert children == [("Called by another", "Calls others")] * 2


def test_warnings_that_no_script_made_are_there(tmp_path: Path) -> None:
    def events() -> Iterator[ev.Event]:
        for event in Story(collection(item("a"))).events():
            yield event
            if isinstance(event, ev.RequestStarted):
                yield ev.ConsoleLogged(say("the file is missing", level="warn"), event.located)

    assert written(tmp_path, events()).json("d0")["said"] == [["warn", "the file is missing"]]


def test_an_interrupted_run_has_a_report(tmp_path: Path) -> None:
    events = list(sample())
    cut = next(at for at, event in enumerate(events) if isinstance(event, ev.ItemFinished))
    page = written(tmp_path, iter(events[: cut + 4]))
    assert page.json("run")["verdict"] == "Interrupted"
    assert len(page.json("rows")) == 1


def test_bodies_are_cut_at_the_limit(tmp_path: Path) -> None:
    a = item("a")
    body = ("é" * 100).encode()
    sent = [exchange(a.request, body, sent=b"x" * 30, headers=())]
    page = written(tmp_path, Story(collection(a)).events([Play("a", exchanges=sent)]), body_limit="31")
    got = page.json("d0")["exchanges"][0]
    assert got["response"]["body"] == {"size": 200, "type": "", "text": "é" * 15, "cut": 31}
    assert got["request"]["body"]["text"] == "x" * 30
    none = written(tmp_path, Story(collection(a)).events([Play("a", exchanges=sent)]), body_limit="0")
    assert none.json("d0")["exchanges"][0]["response"]["body"]["text"] == ""


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ("grüße".encode("latin-1"), "text/plain; charset=iso-8859-1", {"text": "grüße"}),
        ("grüße".encode("utf-16"), "text/plain", {"text": "grüße"}),
        ("grüße".encode(), "text/plain; charset=nonsense", {"text": "grüße"}),
        (BROKEN, "application/json", {"text": BROKEN.decode("utf-8", "replace"), "broken": True}),
        (b"a\x00b", "text/plain", {"b64": "YQBi"}),
        (b"", "text/plain", None),
    ],
)
def test_bodies_of_every_encoding(body: bytes, kind: str, expected: Any, tmp_path: Path) -> None:
    from runner.model.collection import Header

    a = item("a")
    sent = [exchange(a.request, body, headers=[Header("Content-Type", kind)])]
    page = written(tmp_path, Story(collection(a)).events([Play("a", exchanges=sent)]))
    got = page.json("d0")["exchanges"][0]["response"]["body"]
    assert got == expected or {**got, **expected} == got


def test_the_picture_of_the_data_flow_can_be_left_out(tmp_path: Path) -> None:
    a = item("a", path="{{id}}")
    assert written(tmp_path, Story(collection(a)).events()).tags["template"] == 1
    assert "template" not in written(tmp_path, Story(collection(a)).events(), no_flow=True).tags


def test_secrets_are_hidden_before_and_after(tmp_path: Path) -> None:
    script = "pm.environment.set('token', 'first-secret'); pm.environment.set('token', 'second-secret');"
    with RecordingServer() as server:
        source = tmp_path / "collection.json"
        items = [request("one", server.url, script), request("two", f"{server.url}/echo?token={{{{token}}}}", script)]
        source.write_text(json.dumps({"info": {"name": "c"}, "item": items}), "utf-8")
        done = htrun("run", str(source), "-r", "html", "--reporter-html-export", "r.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "r.html").read_text("utf-8")
    assert '"after":"********"' in text
    assert "second-secret" not in text.replace(json.dumps(script)[1:-1], "")


# --- the command ---


def test_without_a_place_it_goes_where_newman_puts_reports(tmp_path: Path) -> None:
    with RecordingServer() as server:
        (tmp_path / "c.json").write_text(
            json.dumps({"info": {"name": "c"}, "item": [request("a", server.url)]}), "utf-8"
        )
        assert htrun("run", "c.json", "-r", "html", cwd=tmp_path).returncode == 0
    (report_file,) = (tmp_path / "newman").glob("newman-run-report-*.html")
    assert Blocks(report_file.read_text("utf-8")).json("run")["verdict"] == "All passed"


def test_a_wrong_limit_is_said(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"info": {"name": "c"}, "item": []}', "utf-8")
    done = htrun("run", "c.json", "-r", "html", "--reporter-html-body-limit", "many", cwd=tmp_path)
    assert done.returncode == 2
    assert "--reporter-html-body-limit takes a number of bytes, not 'many'" in done.stderr


def test_ctrl_c_leaves_a_report(tmp_path: Path) -> None:
    with RecordingServer() as server:
        items = [request("quick", server.url), request("slow", f"{server.url}/respond?delay=20000")]
        (tmp_path / "c.json").write_text(json.dumps({"info": {"name": "c"}, "item": items}), "utf-8")
        running = subprocess.Popen(
            [sys.executable, "-m", "runner", "run", "c.json", "-r", "html", "--reporter-html-export", "r.html"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        end = time.monotonic() + 30
        while len(server.received) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
    page = Blocks((tmp_path / "r.html").read_text("utf-8"))
    assert page.json("run")["verdict"] == "Interrupted"
    assert details(page, "quick")["exchanges"]


def test_the_phases_of_a_secure_connection(tmp_path: Path) -> None:
    files = make(tmp_path)
    with RecordingServer(tls=server_context(files)) as server:
        url = f"https://localhost:{server.port}/json"
        source = {"info": {"name": "c"}, "item": [request("secure", url), request("kept alive", url)]}
        (tmp_path / "c.json").write_text(json.dumps(source), "utf-8")
        done = htrun("run", "c.json", "-k", "-r", "html", "--reporter-html-export", "r.html", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    page = Blocks((tmp_path / "r.html").read_text("utf-8"))
    (first,), (second,) = (row[15] for row in page.json("rows"))
    origin, start, total, code, *phases = first
    assert (origin, code) == ("item", 200)
    assert all(phase is not None and phase >= 0 for phase in phases)
    assert sum(phases) <= total + 0.05
    assert second[4:7] == [None, None, None], "no look-up, no handshakes"
    assert second[1] > start
    exchange_told = page.json("d0")["exchanges"][0]
    assert exchange_told["tls"][0].startswith("TLSv1.")
    assert exchange_told["address"].endswith(f":{server.port}")
