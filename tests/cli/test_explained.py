"""What the terminal says of a failure: enough to understand it without running it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Htrun, Json, folder, request
from support.server import RecordingServer

Write = Callable[..., str]
COLLECTIONS = Path(__file__).parents[2] / "collections"
GUIDE = """Some text.

| Status | Meaning | What to do |
|:---|---|---|
| 400, 422 | invalid parameters | read the body |
| **401** | missing or invalid `key` | set it |
| 5xx | a server error | |
"""


def failures(text: str) -> list[list[str]]:
    """The lines of every entry of the list at the end, without their indentation."""
    heading, *lines = text[text.index("  #  failure") :].split("\n")
    column = heading.index("detail")
    found: list[list[str]] = []
    for line in lines:
        if line[:1] == " " and line[1:3].strip(" .").isdigit():
            found.append([])
        if line and not line.startswith(" "):
            break
        if found:
            found[-1].append(line[column:])
    return found


@pytest.fixture
def explain(htrun: Htrun, collection: Write, server: RecordingServer) -> Callable[..., list[str]]:
    """Runs a request to ``path`` with a test script, and returns the lines of its first failure."""

    def run(path: str, test: str, *arguments: str, more: Json = None, **of_request: Json) -> list[str]:
        url = "{{base}}" + path
        file = collection(
            request("r", url, test, **of_request), variable=[{"key": "base", "value": server.url}], **(more or {})
        )
        done = htrun(file, *arguments)
        assert done.returncode == 1, done.stdout + done.stderr
        return failures(done.stdout)[0]

    return run


def test_the_line_of_the_script(explain: Callable[..., list[str]]) -> None:
    lines = explain("/json", "const a = 1;\n\nfunction f() {\n  a.b.c;\n}\nf();")
    at = lines.index("at line 4 of the script:")
    assert lines[at + 1] == "  a.b.c;"


def test_the_script_of_a_folder_is_named(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    listener = [{"listen": "prerequest", "script": {"exec": ["let a;", "a.b"]}}]
    file = collection(folder("Outer", folder("Inner", request("r", f"{server.url}/json")), event=listener))
    lines = failures(htrun(file).stdout)[0]
    assert 'at line 2 of the script of folder "Outer":' in lines
    assert "at prerequest-script" in lines
    file = collection(request("r", f"{server.url}/json"), event=listener)
    assert "at line 2 of the script of the collection:" in failures(htrun(file).stdout)[0]


def test_the_difference_of_objects(explain: Callable[..., list[str]]) -> None:
    expected = "{float: 2, list: [1, 2, {deep: 'x'}]}"
    lines = explain("/json", f"pm.test('t', () => pm.expect(pm.response.json().nested).to.eql({expected}))")
    at = lines.index("difference (- expected, + actual):")
    assert lines[at + 1 : at + 5] == ["  {", '-   "float": 2,', '+   "float": 1.5,', '    "list": [']


def test_the_place_where_long_texts_part(explain: Callable[..., list[str]]) -> None:
    lines = explain("/json", "pm.test('t', () => pm.expect('a'.repeat(100) + 'b').to.eql('a'.repeat(100) + 'cd'))")
    at = lines.index("difference at character 101:")
    shown = "..." + "a" * 40
    assert lines[at + 1 : at + 4] == [f"- {shown}cd", f"+ {shown}b", " " * 45 + "^"]


def test_a_short_difference_is_in_the_message_already(explain: Callable[..., list[str]]) -> None:
    assert not any("difference" in line for line in explain("/json", "pm.test('t', () => pm.expect(1).to.eql(2))"))


def test_the_value_in_the_response(explain: Callable[..., list[str]]) -> None:
    lines = explain("/json", "pm.test('t', () => pm.expect(pm.response.json().nested.float).to.eql(3))")
    at = lines.index("received, around the value:")
    assert '>     "float": 1.5' in [line[2:] for line in lines[at:]]
    ambiguous = explain("/respond?body=[1,1]", "pm.test('t', () => pm.expect(pm.response.json()[0]).to.eql(3))")
    assert "received:" in ambiguous


def test_where_the_variables_of_the_url_came_from(htrun: Htrun, collection: Write, server: RecordingServer) -> None:
    url = "{{base}}/respond?status=400&a={{made}}&b={{env}}&c={{glob}}&d={{row}}&e={{nobody}}&f={{$guid}}"
    makes = "pm.environment.set('made', 7); pm.globals.set('glob', 1)"
    file = collection(
        folder("Setup", request("Make", f"{server.url}/json", makes)),
        request("Use", url, "pm.test('ok', () => pm.response.to.have.status(200))"),
        variable=[{"key": "base", "value": server.url}],
    )
    done = htrun(file, "--env-var", "env=1", "--var", "row=given")
    lines = failures(done.stdout)[0]
    at = lines.index(f"written as {url}")
    assert lines[at + 1 : at + 7] == [
        "  {{base}}: collection variable",
        '  {{made}}: environment, set by "Setup/Make"',
        "  {{env}}: environment",
        '  {{glob}}: globals, set by "Setup/Make"',
        "  {{row}}: given to the run",
        "  {{nobody}}: no value, sent as it stands",
    ]
    assert "{{nobody}} is set by no request of the collection" in done.stdout


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("request", "auth: basic, of the request itself"),
        ("folder", 'auth: basic, inherited from folder "F"'),
        ("collection", "auth: basic, inherited from the collection"),
        ("nowhere", "auth: none"),
    ],
)
def test_where_the_auth_came_from(
    where: str, expected: str, htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    auth = {"auth": {"type": "basic", "basic": [{"key": "username", "value": "{{user}}"}]}}
    at = {name: auth if name == where else {} for name in ("request", "folder", "collection")}
    test = "pm.test('ok', () => pm.response.to.have.status(200))"
    inner = request("r", f"{server.url}/respond?status=401", test, **at["request"])
    lines = failures(htrun(collection(folder("F", inner, **at["folder"]), **at["collection"])).stdout)[0]
    assert expected in lines
    assert ("  {{user}}: no value, sent as it stands" in lines) is (where != "nowhere")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "401 means here: missing or invalid key (what to do: set it)"),
        (422, "422 means here: invalid parameters (what to do: read the body)"),
        (503, "503 means here: a server error"),
        (404, None),
    ],
)
def test_the_error_guide_of_a_collection(status: int, expected: str | None, explain: Callable[..., list[str]]) -> None:
    lines = explain(
        f"/respond?status={status}",
        "pm.test('ok', () => pm.response.to.have.status(200))",
        more={"info": {"name": "g", "description": GUIDE}},
    )
    assert [line for line in lines if "means here" in line] == ([expected] if expected else [])


def test_the_nearest_guide_counts_and_a_variable_does_too(
    htrun: Htrun, collection: Write, server: RecordingServer
) -> None:
    test = "pm.test('ok', () => pm.response.to.have.status(200))"
    guide = "| code | meaning |\n|--|--|\n| 401 | of the folder |\n"
    file = collection(
        folder("F", request("a", f"{server.url}/respond?status=401", test), description=guide),
        request("b", f"{server.url}/respond?status=401", test),
        variable=[{"key": "error_guide", "value": json.dumps({"4xx": "of the variable", "500": 5})}],
    )
    first, second = failures(htrun(file).stdout)
    assert "401 means here: of the folder" in first
    assert "401 means here: of the variable" in second


def test_a_guide_cannot_move_the_cursor(explain: Callable[..., list[str]]) -> None:
    lines = explain(
        "/respond?status=401",
        "pm.test('ok', () => pm.response.to.have.status(200))",
        more={"info": {"name": "g", "description": "| code | meaning |\n|--|--|\n| 401 | \x1b[31mred\x07 |\n"}},
    )
    assert "401 means here: \\x1b[31mred\\x07" in lines


def test_hypertracks_guide_is_found(htrun: Htrun, tmp_path: Path) -> None:
    data = json.loads((COLLECTIONS / "hypertrack.postman_collection.json").read_text("utf-8"))
    users = next(item for item in data["item"] if item["name"] == "Users")
    listing = next(item for item in users["item"] if item["request"]["method"] == "GET")
    test = "pm.test('works', () => pm.response.to.have.status(200))"
    listing["event"] = [{"listen": "test", "script": {"exec": [test]}}]
    (tmp_path / "ht.json").write_text(json.dumps(data), encoding="utf-8")
    done = htrun("ht.json", "--simulate", "hypertrack", "--var", "hypertrack_sk=wrong", "--folder", listing["name"])
    assert "401 means here: missing or invalid API key" in done.stdout
