"""The HTML report in a real browser: ``pytest -m browser``."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from conformance.newman import NoNode, install
from reporters.html.api import ATTACK
from reporters.html.conftest import MANY, Open, html_report
from reporters.stream import Story, collection, item, report
from runner.engine import events as ev
from runner.model.collection import Script
from runner.model.records import replace
from runner.model.result import ScriptRun
from support.server import RecordingServer

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
VIEWS = ("overview", "requests", "timeline", "statistics", "flow", "about")


def texts(page: Any, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).all_text_contents()
    return found


def until(condition: Callable[[], bool], page: Any, seconds: float = 5.0) -> None:
    """Waits in Python: the page lets nobody evaluate text, Playwright's own wait included."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        page.wait_for_timeout(20)


def names(page: Any) -> list[str]:
    """Names of the requests in view, in their order."""
    found: list[list[Any]] = page.eval_on_selector_all(
        "#requests [role=option]",
        "rows => rows.map((row) => [Number(row.dataset.at), row.querySelector('b').textContent])",
    )
    return [name for _, name in sorted(found)]


def shown(page: Any) -> str:
    """How many requests pass the filters, as the page says it."""
    text: str = page.inner_text(".matches")
    return text


def open_request(page: Any, name: str) -> None:
    """Finds a request by its name and opens it."""
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.locator("#requests [role=option]", has_text=name).first.click()
    page.locator(".detail h2", has_text=name).wait_for()


# --- HyperTrack ---


def test_the_summary(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack)
    assert page.title() == "All passed · HyperTrack API v2"
    assert texts(page, ".card > dd:nth-of-type(1)")[:2] == ["61", "107"]
    assert page.get_attribute("canvas.tiles", "aria-label") == "Map of the run: 61 passed, 0 failed, 0 skipped"
    assert page.locator(".histogram rect").count() > 3


def test_every_view_has_something_to_show(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack)
    for number, view in enumerate(VIEWS, 1):
        page.keyboard.press(str(number))
        assert page.get_attribute(f"#tab-{view}", "aria-selected") == "true"
        assert [one for one in VIEWS if page.is_visible(f"#{one}")] == [view]
        assert page.url.endswith(f"#/{view}")
    assert "HyperTrack" in page.inner_text("#description")
    page.keyboard.press("5")
    drawn = page.evaluate("document.querySelector('#flow-picture').shadowRoot.querySelectorAll('svg .request').length")
    assert drawn == 61


def test_inputs_have_a_table_that_leads_to_their_requests(open_page: Open, several: Path) -> None:
    page = open_page(several)
    assert page.title() == "1 failure · A and <b>B</b>"
    rows = page.locator(".panel", has_text="Read from").locator("tbody tr")
    assert [row.inner_text().split("\t") for row in rows.all()] == [
        ["A", str(several.with_name("a.json")), "2", "1", "All passed"],
        ["<b>B</b>", "b.json", "1", "1", "1 failure"],
    ]
    rows.nth(0).locator("button").click()
    assert shown(page) == "2 of 3"
    assert names(page) == ["r", "s"]
    page.keyboard.press("5")
    assert "collection (<b>B</b>)" in page.inner_text("main")


def test_filters_and_search(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack)
    page.keyboard.press("2")
    assert shown(page) == "61 requests"
    page.select_option("#filter-folder", label="Setup")
    in_folder = names(page)
    assert 0 < len(in_folder) < 61
    assert shown(page) == f"{len(in_folder)} of 61"
    page.select_option("#filter-folder", label="All folders")
    page.click("[data-status=failed]")
    assert shown(page) == "0 of 61"
    assert page.is_visible("text=Nothing matches the filters.")
    page.click("[data-status='']")
    page.keyboard.press("/")
    page.keyboard.type("create place")
    until(lambda: shown(page) != "61 requests", page)
    assert names(page)
    assert all("place" in name.lower() for name in names(page))
    page.keyboard.press("Escape")
    assert shown(page) == "61 requests"
    page.select_option("#filter-sort", "slow")
    times = texts(page, "#requests [role=option] .n")
    assert len(times) > 5


def test_search_everywhere_looks_into_bodies(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack, "#/requests")
    page.fill("#search", '"landmark"')
    until(lambda: shown(page) == "0 of 61", page)
    page.check("#deep")
    found = int(shown(page).split()[0])
    assert 0 < found < 61


def test_the_details_of_a_request(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack)
    page.keyboard.press("2")
    page.click("#requests [role=option] >> text=Create a place")
    detail = page.locator(".detail")
    assert detail.locator("h2").inner_text().strip() == "Create a place"
    assert page.url.endswith("#/request/3")
    parts = [heading.rstrip("0123456789") for heading in texts(page, ".detail > .part > h3")]
    assert parts == ["Response", "Checks", "Request", "Variables", "Timing", "Scripts", "Description"]
    response = page.locator(".part", has_text="Response").first
    pretty = response.locator("pre").inner_text()
    assert json.loads(pretty)["name"] == "Hayes Valley shop"
    assert response.locator("pre .key").count() > 5
    response.locator("button", has_text="Raw").click()
    assert json.loads(response.locator("pre").inner_text()) == json.loads(pretty)
    response.locator("button", has_text="Hex").click()
    assert re.match(r"000000  7b ", response.locator("pre").inner_text())
    response.locator("button", has_text="Headers").click()
    assert "application/json" in response.locator("table").inner_text()
    assert "place_id" in page.inner_text("table.changes")


def test_a_request_is_copied_as_curl(open_page: Open, hypertrack: Path, tmp_path: Path) -> None:
    page = open_page(hypertrack, "#/request/3", permissions=["clipboard-read", "clipboard-write"])
    page.click("text=Copy as cURL")
    page.wait_for_selector("text=Copied")
    command = page.evaluate("navigator.clipboard.readText()")
    assert command.startswith("curl ")
    assert "Hayes Valley shop" in command
    words = subprocess.run(["sh", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True, text=True).stdout
    assert any(word.endswith("/api/v2/places/") for word in words.split("\0"))


def test_the_keyboard_alone_is_enough(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack)
    page.keyboard.press("j")
    assert page.url.endswith("#/request/1")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    assert page.url.endswith("#/request/3")
    page.keyboard.press("k")
    assert page.inner_text(".detail h2").strip() == page.inner_text("[aria-selected=true] b").strip()
    page.keyboard.press("End")
    assert page.url.endswith("#/request/61")
    assert page.evaluate("document.activeElement.getAttribute('aria-activedescendant')") == "list0-60"
    page.keyboard.press("Escape")
    assert page.locator(".detail").count() == 0
    page.keyboard.press("?")
    assert page.is_visible("dialog")
    page.keyboard.press("Escape")
    assert not page.is_visible("dialog")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("jjj 1 t")
    assert page.input_value("#search") == "jjj 1 t"


def test_the_waterfall(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack)
    page.keyboard.press("3")
    boxes = page.eval_on_selector_all(".waterfall .bar", "bars => bars.map((bar) => bar.getBoundingClientRect().left)")
    assert len(boxes) > 8
    assert boxes == sorted(boxes), "one after another, as they were sent"
    assert page.locator(".waterfall .bar .wait").count() >= len(boxes)
    assert page.locator(".axis span").count() >= 3
    page.click("text=Whole run")
    narrow = page.eval_on_selector_all(".waterfall .bar", "bars => bars.map((bar) => bar.getBoundingClientRect().left)")
    assert max(narrow) < max(boxes)
    page.click(".waterfall [role=option] >> nth=2")
    assert page.inner_text(".detail h2").strip() == "Create a place"


def test_statistics_can_be_sorted_and_lead_to_requests(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack, "#/statistics")
    assert page.locator(".statistics tbody tr").count() == 61
    page.click(".statistics thead button >> text=Request")
    listed = texts(page, ".statistics tbody th button")
    assert len(listed) == 61
    assert page.get_attribute(".statistics thead th >> nth=0", "aria-sort") == "ascending"
    page.click(".statistics tbody th button >> nth=0")
    assert shown(page) == "1 of 61"


def test_dark_and_light(open_page: Open, hypertrack: Path) -> None:
    def background(page: Any) -> int:
        channels = re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))
        return sum(map(int, channels[:3]))

    page = open_page(hypertrack, color_scheme="dark")
    assert background(page) < 100
    page.click("#theme")
    assert page.inner_text("#theme") == "Theme: light"
    assert background(page) > 650
    page.keyboard.press("t")
    assert page.inner_text("#theme") == "Theme: dark"
    assert background(page) < 100
    assert background(open_page(hypertrack, color_scheme="light")) > 650


def test_it_can_be_printed(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".print-table tbody tr").count() == 61
    assert not page.is_visible(".tabs")
    assert len(page.pdf()) > 20_000


def test_a_narrow_screen_shows_details_over_the_list(open_page: Open, hypertrack: Path) -> None:
    page = open_page(hypertrack, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("2")
    assert not page.is_visible(".side")
    page.click("#requests [role=option] >> nth=0")
    assert page.evaluate("document.querySelector('.side').getBoundingClientRect().width === innerWidth")
    overlap = """() => {
        const [tabs, facts] = ['.segments', '.facts'].map(
            (one) => document.querySelector('.sent ' + one).getBoundingClientRect());
        return tabs.bottom > facts.top && tabs.top < facts.bottom && tabs.right > facts.left;
    }"""
    assert not page.evaluate(overlap)
    page.click(".close")
    assert not page.is_visible(".side")


# --- what servers and collections send ---


def test_nothing_that_was_sent_runs(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    for number in range(1, len(VIEWS) + 1):
        page.keyboard.press(str(number))
    page.keyboard.press("2")
    total = int(page.get_attribute("#requests [role=option]", "aria-setsize"))
    assert total == 42
    for _ in range(total):
        page.keyboard.press("j")
        for button in page.locator(".detail .forms .segments button").all():
            button.click()
        for summary in page.locator(".detail summary").all():
            summary.click()
    assert page.evaluate("window.pwned === undefined")
    assert "pwned=1" in page.title(), "it is there, as text"
    assert page.locator("body img[src=x], body script[src]").count() == 0


def test_hostile_text_is_shown_as_it_is(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    open_request(page, "window.pwned")
    seen = ATTACK.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\u202e", "\\u202e")
    seen = seen.replace("\x1b", "\\x1b").replace("\x07", "\\x07").replace("\x00", "\\x00")
    assert page.inner_text(".detail h2").strip() == seen
    assert seen.replace("\\x1b", "\\x1B") in page.inner_text(".console"), "as the console of Postman writes it"
    page.locator(".part", has_text="Response").locator("button", has_text="Raw").first.click()
    raw = page.locator(".part", has_text="Response").locator("pre.raw").inner_text()
    assert json.loads(raw.replace("\\\\u202", "\\u202"))["attack"]


def test_bytes_that_are_no_text_are_said_to_be(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    open_request(page, "broken")
    response = page.locator(".part", has_text="Response").first
    assert "Some bytes are no text" in response.inner_text()
    response.locator("button", has_text="Hex").click()
    assert "7b 22 61 22 3a 22 ff fe  c3 28" in response.locator("pre").inner_text()


def test_large_bodies_are_cut_with_a_note(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    open_request(page, "big")
    response = page.locator(".part", has_text="Response").first
    assert re.search(r"The first 65\.5 kB of 1\d\.\d MB; the rest is not in this report\.", response.inner_text())
    assert response.locator("pre").inner_text().startswith('[\n  {\n    "id": 0,')


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("xml", '<user id="1">\n    <name>Ann</name>\n  </user>'),
        ("html", "<h1>Hi</h1>"),
        ("binary", "000010  10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f  ················"),
    ],
)
def test_bodies_have_their_form(name: str, expected: str, open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    open_request(page, name)
    assert expected in page.locator(".part", has_text="Response").first.locator("pre").inner_text()


def test_a_form_is_a_table(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    open_request(page, "Send a form")
    sent = page.locator(".detail > .part", has_text="Request").last
    assert re.search(r"a b\s+c&d=é", page.inner_text(".pairs")), sent.inner_text()


@pytest.mark.parametrize("name", ["png", "svg"])
def test_pictures_are_drawn(name: str, open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    open_request(page, name)
    until(lambda: page.locator(".picture img").evaluate("image => image.naturalWidth") > 0, page)


def test_failures_are_explained(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    page.keyboard.press("f")
    page.keyboard.press("n")
    assert page.inner_text(".detail h2").strip() == "Fails"
    titles = texts(page, ".failure h4")
    assert titles == ["The document is as it was", "The name", "The status is 201", "TypeError"]
    first = page.locator(".failure").first
    assert texts(first, ".diff .gone.line") == ['−      "deep": "y"', '−  "more": true']
    assert texts(first, ".diff .new.line") == ['+      "deep": "x"']
    assert "3" in first.locator(".line.here .number").inner_text()
    assert "pm.expect(pm.response.json().nested)" in first.locator(".line.here").inner_text()


def test_calls_of_scripts_and_redirects_are_children(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    open_request(page, "Calls others")
    calls = page.locator(".detail > .part", has_text="Calls").last
    assert "Sent by a script" in calls.inner_text()
    calls.locator("summary").first.click()
    calls.locator("pre", has_text='"from": "script"').wait_for()
    assert '"x-from": "script"' in calls.locator("pre").first.inner_text(), "the server tells what it was sent"
    page.click(".child >> text=Called by another")
    assert page.inner_text(".detail h2").strip() == "Called by another"
    open_request(page, "Redirected")
    assert "Redirect," in page.inner_text(".detail")
    open_request(page, "Digest")
    assert "Authentication," in page.inner_text(".detail")


def test_variables_before_and_after(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile, "#/requests")
    page.select_option("#filter-iteration", label="Iteration 2")
    open_request(page, "Get a user")
    rows = [re.sub(r"\s+", " ", row) for row in texts(page, ".detail table.changes tbody tr")]
    assert sorted(rows) == ["seenglobals34", "user_idenvironment4242"]


def test_visualizations_run_in_a_sandbox(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    open_request(page, "Visual")
    assert page.get_attribute("iframe.visual", "sandbox") == "allow-scripts"
    frame = page.frame_locator("iframe.visual")
    assert frame.locator("h1").inner_text() == "Pictures of <b>data</b>"
    assert frame.locator("li").all_inner_texts() == ["a", "b"]
    assert frame.locator("#out").inner_text() == "Pictures of <b>data</b>"
    assert frame.locator("h1").evaluate("one => getComputedStyle(one).color") == "rgb(1, 2, 3)"
    assert "pwned" not in page.title()[:20]
    assert page.evaluate("window.pwned === undefined")


#: What the script of a visualization can try. The server that it would reach remembers what comes in.
ESCAPES = [
    "location.href = '{url}/location'",
    "fetch('{url}/fetch')",
    "new Image().src = '{url}/image'",
    "open('{url}/window')",
    "navigator.sendBeacon('{url}/beacon')",
    "top.location = '{url}/top'",
    "document.body.innerHTML = `<iframe src='{url}/frame'></iframe><form action='{url}/form'></form>`; "
    "document.forms[0].submit()",
    "document.head.innerHTML = `<meta http-equiv='refresh' content='0;url={url}/refresh'>`",
    "document.head.append(Object.assign(document.createElement('script'), {{ src: '{url}/script' }}))",
    "document.head.innerHTML = `<link rel='stylesheet' href='{url}/style'><link rel='prefetch' href='{url}/prefetch'>`",
]


@pytest.mark.parametrize("escape", ESCAPES)
def test_visualizations_reach_nothing(escape: str, open_page: Open, server: RecordingServer, tmp_path: Path) -> None:
    template = f"<body><p id=out>begun</p><script>out.textContent = 'tried'; {escape.format(url=server.url)}</script>"
    one = item("one")
    did = ScriptRun(Script("test", "", "s"), visualizer={"template": template, "data": {}})

    def events() -> Iterator[ev.Event]:
        for event in Story(collection(one)).events():
            if isinstance(event, ev.ItemFinished):
                event = ev.ItemFinished(replace(event.result, scripts=(did,)))
            yield event

    report("html", events(), extra={"export": str(tmp_path / "report.html")})
    page = open_page(tmp_path / "report.html", "#/request/1", strict=False)
    frame = page.frame_locator("iframe.visual")
    with suppress(AssertionError):  # it may have destroyed its own page
        until(lambda: frame.locator("#out").count() == 0 or frame.locator("#out").inner_text() == "tried", page, 1)
    page.wait_for_timeout(150)
    assert server.take() == ()
    assert page.url.startswith("file:")
    assert page.inner_text(".detail h2").strip() == "one"


def test_descriptions_are_markdown_without_html(open_page: Open, hostile: Path) -> None:
    page = open_page(hostile)
    open_request(page, "Get a user")
    prose = page.locator(".detail .prose")
    assert prose.locator("strong").inner_text() == "one"
    assert "<script>window.pwned=6</script>" in prose.inner_text()
    assert prose.locator("img, script").count() == 0
    assert [link.get_attribute("href") for link in prose.locator("a").all()] == ["http://example.com/t.png"]


# --- many requests ---


def test_five_thousand_requests(open_page: Open, large: Path, record_property: Any, capsys: Any) -> None:
    page = open_page(large)
    total = MANY * 6
    assert total > 5000
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    record_property("first_paint_ms", painted)
    with capsys.disabled():
        sys.stdout.write(
            f"\nfirst paint of {total:,} requests ({large.stat().st_size / 1e6:.1f} MB): {painted:.0f} ms\n"
        )
    assert painted < 2000
    page.keyboard.press("2")
    assert shown(page) == f"{total:,} requests"
    assert page.locator("#requests [role=option]").count() < 60, "only what is in view exists"
    page.keyboard.press("End")
    assert page.get_attribute("#requests [aria-selected=true]", "aria-posinset") == str(total)
    assert page.url.endswith(f"#/request/{total}")
    page.keyboard.press("f")
    assert shown(page) == f"{MANY:,} of {total:,}"
    page.keyboard.press("f")
    page.keyboard.press("/")
    began = page.evaluate("performance.now()")
    page.keyboard.type("Digest")
    until(lambda: shown(page) == f"{MANY:,} of {total:,}", page)
    assert page.evaluate("performance.now()") - began < 3000
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    assert page.locator(".waterfall .bar").count() > 8
    page.keyboard.press("4")
    assert page.locator(".statistics tbody tr").count() == 6


# --- for everybody ---


@pytest.fixture(scope="session")
def axe() -> str:
    try:
        return (install(HERE) / "axe-core" / "axe.min.js").read_text("utf-8")
    except (NoNode, subprocess.CalledProcessError, OSError) as error:
        pytest.skip(f"axe-core cannot be had: {error}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["hypertrack", "hostile"])
def test_axe_finds_no_serious_fault(
    which: str, scheme: str, axe: str, open_page: Open, request: pytest.FixtureRequest
) -> None:
    page = open_page(request.getfixturevalue(which), color_scheme=scheme, bypass_csp=True)
    page.evaluate(axe)
    faults = []
    for number, view in enumerate(VIEWS, 1):
        page.keyboard.press(str(number))
        if view == "requests":
            page.keyboard.press("n" if which == "hostile" else "j")
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        faults += [
            f"{view}: {one['id']} ({one['impact']}): {node['html'][:200]} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"][:3]
        ]
    assert faults == []


# --- extremes ---


def test_a_run_of_nothing(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "empty.json"
    source.write_text('{"info": {"name": "Empty"}, "item": []}', "utf-8")
    page = open_page(html_report(source, tmp_path / "report.html"))
    assert page.title() == "Nothing was run · Empty"
    assert "No request was run" in page.inner_text("#overview")
    assert page.get_attribute("body", "class") == "is-empty"
    for key in "2345jnfk":
        page.keyboard.press(key)
