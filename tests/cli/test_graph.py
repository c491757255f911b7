"""``htrun graph``: who sets and who uses each variable."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from cli.conftest import Htrun, Json, folder, request
from support.server import RecordingServer

Write = Callable[..., str]
ROOT = Path(__file__).parents[2]
HYPERTRACK = ROOT / "collections" / "hypertrack.postman_collection.json"
GOLDEN = Path(__file__).parent / "golden" / "hypertrack-flow.txt"
SVG = "{http://www.w3.org/2000/svg}"


def output(htrun: Htrun, *arguments: str) -> str:
    done = htrun("graph", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def login(name: str = "Log in") -> Json:
    return request(name, "http://localhost/login", "pm.globals.set('token', 1);", method="POST")


def test_the_graph_of_the_hypertrack_collection(htrun: Htrun) -> None:
    """The golden file was read against the collection by hand; the next test does it by other means."""
    assert output(htrun, str(HYPERTRACK)) == GOLDEN.read_text("utf-8")


def test_the_golden_file_names_what_the_collection_says() -> None:
    """The scripts of this collection are plain enough to be read with regular expressions."""
    blocks = dict(re.findall(r"^[A-Z]+ (.+/.+)\n((?:  .*\n)+)", GOLDEN.read_text("utf-8"), re.MULTILINE))
    given = {"base_url", "hypertrack_sk", "hypertrack_pk"}
    set_before: dict[str, str] = {}
    for part in json.loads(HYPERTRACK.read_text("utf-8"))["item"]:
        for item in part["item"]:
            path = f"{part['name']}/{item['name']}"
            script = "\n".join(line for event in item["event"] for line in event["script"]["exec"])
            sent = {key: value for key, value in item["request"].items() if key != "description"}
            uses = set(re.findall(r"\{\{(\w+)\}\}", json.dumps(sent)))
            uses |= set(re.findall(r'globals\.get\("(\w+)"\)', script))
            block = blocks.get(path, "")
            needs = dict(re.findall(r"^  needs  (\w+) from (.+?) in ", block, re.MULTILINE))
            assert needs == {name: set_before[name] for name in uses - given}, path
            sets = re.findall(r'globals\.set\("(\w+)"', script)
            assert re.findall(r"^  sets   (\w+) in ", block, re.MULTILINE) == sets, path
            lines = [line for line in script.splitlines() if "globals.unset" in line]
            unsets = [name for line in lines for name in re.findall(r'"(\w+)"', line)]
            assert re.findall(r"^  unsets (\w+)$", block, re.MULTILINE) == unsets, path
            set_before |= dict.fromkeys(sets, path)


def test_every_field_of_a_request_is_read(htrun: Htrun, collection: Write) -> None:
    url = {
        "protocol": "{{a}}",
        "host": ["{{b}}", "com"],
        "port": "{{c}}",
        "path": ["{{d}}", ":id"],
        "query": [{"key": "{{e}}", "value": "{{f}}"}, {"key": "x", "value": "{{off}}", "disabled": True}],
        "variable": [{"key": "id", "value": "{{g}}"}, {"key": "unused", "value": "{{off}}"}],
        "hash": "{{h}}",
    }
    headers = [{"key": "{{i}}", "value": "{{j}}"}, {"key": "X", "value": "{{off}}", "disabled": True}]
    form = {
        "mode": "formdata",
        "formdata": [{"key": "{{k}}", "value": "{{l}}"}, {"key": "f", "type": "file", "src": "{{m}}"}],
    }
    rows = {"mode": "urlencoded", "urlencoded": [{"key": "{{n}}", "value": "{{o}}"}]}
    graphql = {"mode": "graphql", "graphql": {"query": "{ q(id: {{p}}) }", "variables": '{"v": "{{q}}"}'}}
    basic = {"type": "basic", "basic": [{"key": "username", "value": "{{r}}"}, {"key": "password", "value": "{{s}}"}]}
    file = collection(
        request("1", url, header=headers, body=form),
        request("2", "http://x", body=rows, auth={"type": "noauth"}),
        request("3", "http://x/{{$guid}}/{{outer{{t}}}}", body=graphql),
        request("4", "http://x/{{nested}}/{{ u | upper }}", body={"mode": "raw", "raw": '{"w": "{{w}}"}'}),
        auth=basic,
        variable=[{"key": "nested", "value": "{{v}}"}],
    )
    text = output(htrun, file)
    missing = set(re.findall(r"^missing: (\S+), for", text, re.MULTILINE))
    assert missing == set("abcdefghijklmnopqrstuvw")
    assert "needs  g, which nothing sets, in path variable id" in text
    assert re.search(r"needs  r, which nothing sets, in auth", text)
    assert "2" not in re.search(r"^missing: r, for (.*)$", text, re.MULTILINE)[1].split(", ")  # type: ignore[index]


def test_names_that_are_put_together_are_followed_as_far_as_values_are_known(htrun: Htrun, collection: Write) -> None:
    file = collection(
        request("Set", "http://x", "pm.globals.set('token_live', 1)"),
        request("Use", "http://x/{{token_{{stage}}}}"),
        variable=[{"key": "stage", "value": "live"}],
    )
    assert "needs  token_live from Set in URL" in output(htrun, file)
    assert "missing: token_test, for Use" in output(htrun, file, "--var", "stage=test")


def test_scripts_of_folders_belong_to_every_request_inside(htrun: Htrun, collection: Write) -> None:
    script = {"listen": "prerequest", "script": {"exec": ["pm.environment.set('now', Date.now())"]}}
    file = collection(
        folder("F", request("A", "http://x/{{now}}"), request("B", "http://x"), event=[script]),
        request("C", "http://x/{{now}}"),
    )
    text = output(htrun, file)
    assert text.count("sets   now in prerequest script of F, line 1") == 2
    assert "needs  now from F/B in URL" in text
    assert "needs  now from F/A" not in text  # F/A has set it itself, before it is sent


def test_an_environment_value_is_no_collection_value(htrun: Htrun, collection: Write) -> None:
    file = collection(
        request("A", "http://x", "pm.environment.set('v', 1)"), request("B", "http://x", "pm.globals.get('v')")
    )
    assert "needs  v, which nothing sets, in test script, line 1" in output(htrun, file)


def test_a_request_that_is_run_by_a_script_counts_as_part_of_it(htrun: Htrun, collection: Write) -> None:
    file = collection(
        request("A", "http://x", "pm.execution.runRequest('Log in')"), request("B", "http://x/{{token}}"), login()
    )
    assert "needs  token from A in URL" in output(htrun, file)


def test_what_cannot_be_told_is_said(htrun: Htrun, collection: Write) -> None:
    file = collection(
        request("A", "http://x", "pm.globals.set('u_' + pm.response.code, 1); eval(pm.globals.get('helpers'))"),
        request("B", "http://x", "if ("),
    )
    text = output(htrun, file)
    assert "sets?  u_* in test script, line 1: the name is computed: 'u_' + pm.response.code" in text
    assert "sets?  * in test script, line 1: code from the variable helpers is run" in text
    assert "sets?  * in test script, line 1: it is no valid JavaScript" in text


def test_captures_are_sources_too(htrun: Htrun, collection: Write) -> None:
    file = collection(
        folder(
            "Users",
            request("Create user", "http://x/users", method="POST"),
            request("Get user", "http://x/users/{{user_id}}/{{code}}"),
        )
    )
    assert "missing: user_id, for Users/Get user" in output(htrun, file)
    text = output(htrun, file, "--capture", "auto", "--capture", "code=header:X-Code @ Create user")
    assert "sets   user_id in inferred capture for Users/Get user" in text
    assert "sets   code in capture header:X-Code for Users/Get user" in text
    assert "missing" not in text


def test_an_earlier_run_tells_what_names_were_computed(
    tmp_path: Path, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    file = collection(
        request("A", f"{server.url}/json", "pm.globals.set('u_' + pm.response.json().id, 'secret')"),
        request("B", f"{server.url}/x/{{{{u_42}}}}", "pm.environment.set(pm.response.json().nothing, 1)"),
    )
    assert "missing: u_42, for B" in output(htrun, file)
    htrun(file, "-r", "json", "--reporter-json-export", "report.json")
    changes = json.loads((tmp_path / "report.json").read_text("utf-8"))["variableChanges"]
    assert [(row["item"], row["scope"], row["key"]) for row in changes] == [("A", "globals", "u_42")]
    assert "secret" not in json.dumps(changes)
    text = output(htrun, file, "--run", "report.json")
    assert "needs  u_42 from A in URL" in text
    assert "sets   u_42 in an earlier run for B" in text
    assert "sets?  u_*" not in text
    assert "sets?  * in test script, line 1" in text
    (tmp_path / "other.json").write_text("[]")
    done = htrun("graph", file, "--run", "other.json")
    assert done.returncode == 3
    assert done.stderr.startswith("htrun: error: other.json: is no JSON report of htrun")


def test_what_is_given_and_what_is_to_be_given(tmp_path: Path, htrun: Htrun, collection: Write) -> None:
    (tmp_path / "env.json").write_text(json.dumps({"values": [{"key": "host", "value": "x"}]}))
    (tmp_path / "rows.csv").write_text("row\n1\n")
    file = collection(request("A", "http://{{host}}/{{key}}/{{row}}/{{flag}}"), variable=[{"key": "key", "value": ""}])
    text = output(htrun, file, "-e", "env.json", "-d", "rows.csv", "--var", "flag=1")
    assert "given at the start: host (1), row (1), flag (1)" in text
    assert "to be given: key (1)" in text
    assert "missing" not in text


def test_too_late_is_a_trouble_of_its_own(htrun: Htrun, collection: Write) -> None:
    file = collection(request("Use", "http://x/{{token}}"), login())
    assert "too late: token is set by Log in, which runs after Use" in output(htrun, file)


def test_a_folder_alone_shows_who_outside_sets_its_values(htrun: Htrun, collection: Write) -> None:
    file = collection(login(), request("Other", "http://x"), folder("F", request("Use", "http://x/{{token}}")))
    text = output(htrun, file, "--folder", "F")
    assert "POST Log in (not selected)" in text
    assert "Other" not in text
    done = htrun("graph", file, "--folder", "G")
    assert (done.returncode, done.stdout) == (1, "")
    assert 'no folder or request called "G"' in done.stderr


HOSTILE = '</title><script>alert(1)</script> & "q" \x07 \x1b[31m \\" ]'


@pytest.fixture
def hostile(collection: Write) -> str:
    return collection(
        folder(HOSTILE, login(HOSTILE), request("Use", "http://x/{{token}}/{{<b>&\"'}}")),
        info={"name": HOSTILE},
    )


def test_the_svg_is_safe_and_whole(tmp_path: Path, htrun: Htrun, hostile: str) -> None:
    assert output(htrun, hostile, "-o", "flow.svg") == ""
    tree = ElementTree.fromstring((tmp_path / "flow.svg").read_text("utf-8").partition("\n")[2])
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= {
        "svg", "title", "style", "rect", "g", "path", "circle", "text",
    }  # fmt: skip
    texts = ["".join(element.itertext()) for element in tree.iter(f"{SVG}text")]
    assert any("<script>" in text for text in texts)
    assert any("<b>&\"'" in text for text in texts)
    assert sum("token" in text for text in texts) == 2  # where the arrow starts, and where it ends
    attributes = [name for element in tree.iter() for name in element.attrib]
    assert not [name for name in attributes if name.startswith("on") or "href" in name]


def test_what_all_requests_lack_is_said_once(tmp_path: Path, htrun: Htrun, collection: Write) -> None:
    items = [request(f"R{number}", "http://{{host}}") for number in range(9)]
    output(htrun, collection(*items, request("Last", "http://{{host}}/{{id}}")), "-o", "flow.svg")
    tree = ElementTree.fromstring((tmp_path / "flow.svg").read_text("utf-8").partition("\n")[2])
    texts = ["".join(element.itertext()) for element in tree.iter(f"{SVG}text")]
    assert [text for text in texts if "host" in text] == ["set by nothing: host (10 requests), id"]
    assert [text for text in texts if text.endswith("id")][1:] == ["id: URLid"]  # with its hint


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


def test_the_page_is_safe_and_needs_nothing_from_elsewhere(tmp_path: Path, htrun: Htrun, hostile: str) -> None:
    output(htrun, hostile, "-o", "flow.html")
    page = (tmp_path / "flow.html").read_text("utf-8")
    parser = _Tags()
    parser.feed(page)
    assert {"html", "table", "svg"} <= parser.tags
    assert not {"script", "b", "link", "img"} & parser.tags
    assert "\x07" not in page
    assert re.search(r"<td>token</td><td>1 .*</td><td>2 .*Use</td>", page)


def test_mermaid_and_dot_are_quoted(htrun: Htrun, hostile: str) -> None:
    mermaid = output(htrun, hostile, "--format", "mermaid")
    assert mermaid.startswith("flowchart TD\n")
    assert "<" not in mermaid.replace("-->", "")
    assert '  n0 -->|"token"| n1' in mermaid.splitlines()
    assert mermaid.count("subgraph") == mermaid.count("\n  end\n")
    dot = output(htrun, hostile, "--format", "dot")
    assert '  n0 -> n1 [label="token"];' in dot.splitlines()
    assert dot.count("{") == dot.count("}")
    without = re.sub(r'"(?:[^"\\]|\\.)*"', "", dot)
    assert "script" not in without
    assert '"' not in without


def test_the_text_cannot_move_the_cursor(htrun: Htrun, hostile: str) -> None:
    text = output(htrun, hostile)
    assert "\x1b" not in text
    assert "\\x1b[31m" in text


@pytest.mark.parametrize("count", [200, 2000])
def test_large_collections_are_drawn_without_overlaps(
    tmp_path: Path, htrun: Htrun, collection: Write, count: int
) -> None:
    items = [
        request(
            f"Request {number}",
            f"http://x/{{{{v{number - 1}}}}}/{{{{v{number // 2}}}}}/{{{{v{number // 20 * 20}}}}}",
            f"pm.globals.set('v{number}', 1)",
        )
        for number in range(count)
    ]
    folders = [folder(f"Folder {at}", *items[at : at + 20]) for at in range(0, count, 20)]
    output(htrun, collection(*folders), "-o", "flow.svg")
    tree = ElementTree.fromstring((tmp_path / "flow.svg").read_text("utf-8").partition("\n")[2])
    boxes = sorted(
        (float(rect.attrib["y"]), float(rect.attrib["height"]))
        for rect in tree.iter(f"{SVG}rect")
        if rect.attrib.get("class", "").startswith("request")
    )
    assert len(boxes) == count
    assert all(y + height <= below for (y, height), (below, _) in pairwise(boxes))
    names = [text for text in tree.iter(f"{SVG}text") if float(text.attrib["x"]) > 400]
    rows = sorted(float(text.attrib["y"]) for text in names)
    assert all(after - before > 11 for before, after in pairwise(rows))
    assert float(tree.attrib["width"]) < 700 + 5 * count  # as many lanes as these variables need, and no more


def test_the_picture_in_the_docs_is_up_to_date(tmp_path: Path, htrun: Htrun) -> None:
    output(htrun, str(HYPERTRACK), "-o", "flow.svg")
    assert (tmp_path / "flow.svg").read_text("utf-8") == (ROOT / "docs" / "images" / "flow.svg").read_text("utf-8")


def test_errors_are_one_sentence(htrun: Htrun, collection: Write) -> None:
    done = htrun("graph", "nowhere.json")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    done = htrun("graph", collection(request("A", "http://x")), "-o", "no/such/folder/flow.svg")
    assert done.returncode == 1
    assert done.stderr == "htrun: error: no/such/folder/flow.svg cannot be written: No such file or directory\n"


DOCS = ROOT / "docs" / "flow.md"


def test_the_docs_name_every_option(htrun: Htrun) -> None:
    offered = set(re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", output(htrun, "--help")))
    options = offered - {"-h", "--help", "--postman-api-key"}
    short = {"--environment": "-e", "--globals": "-g", "--iteration-data": "-d", "--output": "-o"}
    documented = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", DOCS.read_text("utf-8")))
    assert {short.get(option, option) for option in options} <= documented


def test_the_forms_in_the_docs_are_understood(htrun: Htrun, collection: Write) -> None:
    (code,) = re.findall(r"```js\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    lines = code.splitlines()
    assert len(lines) > 4
    text = output(htrun, collection(*(request(f"R{number}", "http://x", line) for number, line in enumerate(lines))))
    assert text.count("  sets   id in test script, line 1\n") == len(lines)


def test_the_examples_in_the_docs_are_output(htrun: Htrun) -> None:
    text = output(htrun, str(HYPERTRACK))
    assert "  needs  group_id from Setup/Create a group in body, test script, line 8\n" in text
    for line in ("POST Setup/Create a user", "  sets   user_id in test script, line 13 for Setup/Create an action"):
        assert line in text
        assert line in DOCS.read_text("utf-8")


def test_a_workflow_file_has_no_graph_of_its_own(htrun: Htrun) -> None:
    done = htrun("graph", "flow.workflow.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "flow.workflow.yaml is a workflow file; htrun graph shows the data flow of a collection" in done.stderr
