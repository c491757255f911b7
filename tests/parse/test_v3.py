"""Collections v3: a folder of YAML files becomes the same model as a v2.1 file."""

# ruff: noqa: E501  (tables of cases)

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runner.errors import InputError
from runner.model.collection import Auth, Collection, Item, Param, Variable, walk
from runner.parse.environment import variable_set_from_json
from runner.parse.remote import read_resource
from runner.parse.url import render_url
from runner.parse.v3 import collections_below, load_v3

Write = Callable[[Mapping[str, str]], str]
GET = "$kind: http-request\nurl: http://example.test/x\nmethod: GET\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files to a folder and returns it; unless they say otherwise it is called Example."""

    def to_folder(files: Mapping[str, str]) -> str:
        for name, text in {".resources/definition.yaml": "$kind: collection\nname: Example\n", **files}.items():
            file = tmp_path / "c" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return str(tmp_path / "c")

    return to_folder


def loaded(location: str) -> Collection:
    return load_v3(location, warn=pytest.fail)


def the_item(location: str) -> Item:
    (located,) = walk(loaded(location))
    return located.item


def test_names_ids_and_descriptions(write: Write) -> None:
    found = loaded(
        write(
            {
                ".resources/definition.yaml": "$kind: collection\nid: c-1\nname: 'My: API'\ndescription: |-\n  two\n  lines\n",
                "Users/.resources/definition.yaml": "$kind: collection\nid: f-1\nname: Users / all\n",
                "Users/Get user- all.request.yaml": GET + "name: 'Get user: all'\nid: r-1\ndescription: of it\n",
                "Users/plain name.request.yml": GET,
            }
        )
    )
    assert (found.id, found.name, found.description) == ("c-1", "My: API", "two\nlines")
    folder = found.children[0]
    assert (folder.id, folder.name) == ("f-1", "Users / all")
    first, second = (located.item for located in walk(found))
    assert (first.id, first.name, first.request.description) == ("r-1", "Get user: all", "of it")
    assert second.name == "plain name"


def test_the_name_is_that_of_the_folder_where_no_file_gives_one(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write({".resources/definition.yaml": "$kind: collection\n", "a.request.yaml": GET})
    assert loaded(folder).name == "c"
    monkeypatch.chdir(folder)
    assert loaded(".").name == "c"
    assert loaded(".resources/definition.yaml").name == "c"


def test_order_is_by_number_and_then_by_name(write: Write) -> None:
    """As the Postman CLI 1.62 runs them: what has no order counts as 0."""
    ordered = {
        "b": "order: 10\n", "a": "order: 20\n", "none": "", "Capital": "", "zero": "order: 0\n", "minus": "order: -1\n",
        "half": "order: 9.5\n", "tie-1": "order: 30\nname: z\n", "tie-2": "order: 30\nname: y\n",
    }  # fmt: skip
    files = {f"{name}.request.yaml": GET + more for name, more in ordered.items()}
    files |= {"Folder/in.request.yaml": GET, "Late/.resources/definition.yaml": "$kind: collection\norder: 9.7\n"}
    files |= {"Late/in.request.yaml": GET}
    found = loaded(write(files))
    assert [child.name for child in found.children] == [
        "minus", "Capital", "Folder", "none", "zero", "half", "Late", "b", "a", "y", "z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("url: http://x/a?b=1", "http://x/a?b=1"),
        ("url: http://x/a\nqueryParams: {b: '1', c: null}", "http://x/a?b=1&c"),
        ("url: http://x/a?b=1&same=1\nqueryParams: [{key: b, value: '2'}, {key: n, value: '3'}]", "http://x/a?b=2&same=1&n=3"),
        ("url: http://x/a?b=1&c=2\nqueryParams: [{key: b, value: '1', disabled: true}, {key: c, value: '2'}]", "http://x/a?c=2"),
        ("url: http://x/a?a=1&b=2&a=3\nqueryParams: [{key: a, value: '1'}, {key: b, value: '2'}, {key: a, value: '3'}]", "http://x/a?a=1&b=2&a=3"),
        ("url: 'http://x/a?&q&b%23a%26r'\nqueryParams: [{key: '', value: null}, {key: q, value: null}, {key: 'b#a&r', value: null}]", "http://x/a?&q&b%23a%26r"),
        ("url: http://x/:id/:two\npathVariables: {id: '7', two: '8'}", "http://x/7/8"),
        ("url: http://x/:id\npathVariables: [{key: id, value: '7', description: d}]", "http://x/7"),
        ("url: '{{base}}/a#h'\nqueryParams: {v: 1.10}", "{{base}}/a?v=1.10#h"),
    ],
)  # fmt: skip
def test_url(write: Write, text: str, url: str) -> None:
    """The results are those of the Postman CLI 1.62."""
    assert render_url(the_item(write({"a.request.yaml": f"$kind: http-request\n{text}\n"})).request.url) == url


@pytest.mark.parametrize(
    "headers", ["{A: '1', B: 2}", "[{key: A, value: '1'}, {key: B, value: 2}]", "\n  A: '1'\n  B: 2"]
)
def test_headers_as_mapping_or_list(write: Write, headers: str) -> None:
    item = the_item(write({"a.request.yaml": GET + f"headers: {headers}\n"}))
    assert [(header.key, header.value) for header in item.request.headers] == [("A", "1"), ("B", "2")]


def test_a_header_that_is_off(write: Write) -> None:
    item = the_item(write({"a.request.yaml": GET + "headers: [{key: A, value: x, disabled: true, description: d}]\n"}))
    (header,) = item.request.headers
    assert (header.enabled, header.description) == (False, "d")


def test_plain_words_have_the_types_of_yaml_1_2(write: Write) -> None:
    item = the_item(write({"a.request.yaml": GET + "headers: {A: yes, B: 2020-01-02, C: 12:30, D: 010}\n"}))
    assert [header.value for header in item.request.headers] == ["yes", "2020-01-02", "12:30", "010"]


@pytest.mark.parametrize("kind", ["json", "xml", "html", "javascript"])
def test_raw_body(write: Write, kind: str) -> None:
    body = the_item(
        write({"a.request.yaml": GET + f"body:\n  type: {kind}\n  content: |-\n    a\n    b\n"})
    ).request.body
    assert body is not None
    assert (body.mode, body.raw, body.options) == ("raw", "a\nb", {"raw": {"language": kind}})


def test_a_body_of_text_has_no_language(write: Write) -> None:
    body = the_item(write({"a.request.yaml": GET + "body: {type: text, content: ''}\n"})).request.body
    assert body is not None
    assert (body.mode, body.raw, body.options) == ("raw", "", {})


def test_no_body(write: Write) -> None:
    assert the_item(write({"a.request.yaml": GET + "body: {type: none}\n"})).request.body is None


@pytest.mark.parametrize("content", ["{a: '1', b: '2'}", "[{key: a, value: '1'}, {key: b, value: '2'}]"])
def test_urlencoded_body(write: Write, content: str) -> None:
    body = the_item(write({"a.request.yaml": GET + f"body: {{type: urlencoded, content: {content}}}\n"})).request.body
    assert body is not None
    assert body.urlencoded == (Param("a", "1"), Param("b", "2"))


def test_form_and_file_bodies(write: Write) -> None:
    rows = "[{type: file, key: f, src: [a, b]}, {type: text, key: t, value: v, contentType: text/x, disabled: true}]"
    body = the_item(write({"a.request.yaml": GET + f"body: {{type: formdata, content: {rows}}}\n"})).request.body
    assert body is not None
    assert [(row.type, row.key, row.src, row.value, row.content_type, row.enabled) for row in body.formdata] == [
        ("file", "f", ("a", "b"), None, None, True),
        ("text", "t", None, "v", "text/x", False),
    ]
    for content in ("{src: a.bin}", "a.bin"):
        body = the_item(write({"a.request.yaml": GET + f"body: {{type: file, content: {content}}}\n"})).request.body
        assert body is not None
        assert body.file is not None
        assert (body.mode, body.file.src) == ("file", "a.bin")


@pytest.mark.parametrize(
    "text",
    [
        "$kind: http-request\nurl: http://x\nmethod: POST\nbody:\n  type: graphql\n  content: {query: '{a}', variables: '{}'}\n",
        "$kind: graphql-request\nurl: http://x\nquery: '{a}'\nvariables: '{}'\n",
    ],
)
def test_graphql(write: Write, text: str) -> None:
    item = the_item(write({"a.request.yaml": text}))
    assert item.request.body is not None
    assert item.request.body.graphql is not None
    assert (item.request.method, item.request.body.mode) == ("POST", "graphql")
    assert (item.request.body.graphql.query, item.request.body.graphql.variables) == ("{a}", "{}")


def test_scripts(write: Write) -> None:
    found = loaded(
        write(
            {
                ".resources/definition.yaml": "$kind: collection\nscripts:\n- {type: 'http:beforeRequest', code: c}\n"
                "- {type: 'grpc:beforeInvoke', code: for others}\n",
                "F/.resources/definition.yaml": "$kind: collection\nscripts: [{type: 'http:afterResponse', code: f}]\n",
                "F/a.request.yaml": GET + "scripts:\n- type: afterResponse\n  code: |-\n    r\n    2\n"
                "- {type: beforeRequest, code: [x, y], packages: {p: {id: q}}}\n",
            }
        )
    )
    assert [(script.listen, script.source) for script in found.scripts] == [("prerequest", "c")]
    (located,) = walk(found)
    assert [(script.listen, script.source) for script in located.parents[1].scripts] == [("test", "f")]
    assert [(script.listen, script.source, script.packages) for script in located.item.scripts] == [
        ("test", "r\n2", {}),
        ("prerequest", "x\ny", {"p": {"id": "q"}}),
    ]


def test_a_script_that_no_one_runs_is_told_of(write: Write) -> None:
    told: list[str] = []
    load_v3(write({"a.request.yaml": GET + "scripts:\n- {type: prerequest, code: x}\n"}), warn=told.append)
    assert [text.partition("c/")[2] for text in told] == [
        'a.request.yaml:5: a script of the type "prerequest" is not run; there are: beforeRequest, afterResponse'
    ]


@pytest.mark.parametrize("credentials", ["{token: t}", "[{key: token, value: t}]"])
def test_auth(write: Write, credentials: str) -> None:
    item = the_item(write({"a.request.yaml": GET + f"auth: {{type: bearer, credentials: {credentials}}}\n"}))
    assert item.request.auth == Auth("bearer", {"token": "t"})


def test_several_auths_of_a_collection(write: Write) -> None:
    """The last one is everybody's, as in the Postman CLI; a request may name another by its id."""
    one, two = (f"{{id: {name}, type: bearer, name: n, credentials: {{token: {name}}}}}" for name in ("one", "two"))
    found = loaded(
        write(
            {
                ".resources/definition.yaml": f"$kind: collection\nauth:\n- {one}\n- {two}\n",
                "a.request.yaml": GET,
                "b.request.yaml": GET + "auth: {type: inherit, credentials: {id: one}}\n",
                "c.request.yaml": GET + "auth: {type: noauth}\n",
                "d.request.yaml": GET + "auth: {type: inherit}\n",
            }
        )
    )
    assert found.auth == Auth("bearer", {"token": "two"})
    auths = [located.item.request.auth for located in walk(found)]
    assert auths == [None, Auth("bearer", {"token": "one"}), Auth("noauth"), None]


@pytest.mark.parametrize(
    "variables",
    [
        "{a: x, b: {value: y, disabled: true}, s: {value: z, type: secret}}",
        "[{key: a, value: x, secret: false}, {key: b, value: y, disabled: true}, {key: s, value: z, secret: true}]",
    ],
)
def test_variables(write: Write, variables: str) -> None:
    found = loaded(write({".resources/definition.yaml": f"$kind: collection\nvariables: {variables}\n"}))
    assert found.variables == (
        Variable("a", "x"), Variable("b", "y", enabled=False), Variable("s", "z", type="secret"),
    )  # fmt: skip


def test_settings(write: Write) -> None:
    settings = "{followRedirects: false, maxRedirects: 3, disabledSystemHeaders: [user-agent]}"
    item = the_item(write({"a.request.yaml": GET + f"settings: {settings}\n"}))
    expected = {"followRedirects": False, "maxRedirects": 3, "disabledSystemHeaders": {"user-agent": True}}
    assert item.behavior == expected


@pytest.mark.parametrize(
    ("definition", "settings", "behavior"),
    [
        ("", "", {"disableBodyPruning": True}),
        ("", "settings: {disableBodyPruning: false}\n", {}),
        ("settings: {disableBodyPruning: false}\n", "", {}),
    ],
)
def test_the_body_of_a_get_is_sent(write: Write, definition: str, settings: str, behavior: Mapping[str, bool]) -> None:
    """In v3 it is, unless a setting (that only htrun writes) says otherwise: Postman CLI 1.62."""
    item = the_item(
        write(
            {
                ".resources/definition.yaml": "$kind: collection\n" + definition,
                "a.request.yaml": GET + "body: {type: json, content: '{}'}\n" + settings,
            }
        )
    )
    assert item.behavior == behavior


def test_examples(write: Write) -> None:
    where = ".resources/a.resources/examples"
    item = the_item(
        write(
            {
                "a.request.yaml": GET + f"examples: ./{where}\n",
                f"{where}/OK.example.yaml": "$kind: http-example\nid: e-1\nrequest: {url: 'http://x/y?q=1', method: PUT,"
                " headers: {A: '1'}, body: {type: json, content: '1'}}\nresponse:\n  statusCode: 201\n  statusText: Made"
                "\n  headers: {B: '2'}\n  body: {type: json, content: '{}'}\norder: 2000\n",
                f"{where}/bare-1.example.yaml": "$kind: http-example\nname: bare\nrequest: {url: '', method: GET}\n"
                "response: {statusCode: 200, body: {type: text, content: ''}}\norder: 1000\n",
            }
        )
    )
    bare, ok = item.examples
    assert (bare.name, bare.request, bare.code, bare.body) == ("bare", None, 200, "")
    assert (ok.id, ok.name, ok.code, ok.status, ok.body) == ("e-1", "OK", 201, "Made", "{}")
    assert [(header.key, header.value) for header in ok.headers] == [("B", "2")]
    assert ok.request is not None
    assert (ok.request.method, render_url(ok.request.url)) == ("PUT", "http://x/y?q=1")


def test_a_broken_example_stops_nothing(write: Write) -> None:
    told: list[str] = []
    where = ".resources/a.resources/examples"
    files = {"a.request.yaml": GET, f"{where}/x.example.yaml": "$kind: [", f"{where}/y.example.yaml": "name: y\n"}
    (located,) = walk(load_v3(write(files), warn=told.append))
    assert [example.name for example in located.item.examples] == ["y"]
    (text,) = told
    assert "x.example.yaml:1: it is no YAML" in text
    assert text.endswith("; the example is left out")


def test_other_kinds_of_requests_are_left_out_and_told_of(write: Write) -> None:
    told: list[str] = []
    found = load_v3(write({"a.request.yaml": "$kind: grpc-request\nurl: x\n", "b.request.yaml": GET}), warn=told.append)
    assert [located.item.name for located in walk(found)] == ["b"]
    assert [text.partition("c/")[2] for text in told] == [
        "a.request.yaml: a grpc-request cannot be sent by htrun; it is left out"
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.request.yaml": "$kind: http-request\nurl: {{base}}/x\n"}, 'a text that begins with a template must be in quotes: "{{ ... }}"'),
        ({"a.request.yaml": GET + "headers:\n  A: {{a}}\n"}, 'a.request.yaml:5: a template must be in quotes: "{{ ... }}"'),
        ({"a.request.yaml": "<<<<<<< HEAD\n" + GET + "=======\n>>>>>>> x\n"}, "a.request.yaml:1: has an unresolved merge conflict; resolve it first"),
        ({"a.request.yaml": GET + "queryParams: &a [*a]\n"}, "a.request.yaml:4: queryParams is nested too deeply, or holds itself"),
        ({"a.request.yaml": GET + "auth: {type: basic, credentials: &a {x: *a}}\n"}, "is nested too deeply, or holds itself"),
        ({"a.request.yaml": GET + "x: " + "[" * 100_000}, "a.request.yaml: it is nested too deeply"),
        ({"a.request.yaml": GET + "settings: {a: " + "[" * 600 + "]" * 600 + "}\n"}, "nested too deeply"),
        ({"a.request.yaml": GET + "headers: 5\n"}, "a.request.yaml:4: headers must be a mapping (name: value), not the number 5"),
        ({"a.request.yaml": GET + "method: POST\n"}, 'a.request.yaml:4: "method" is there twice'),
        ({"a.request.yaml": GET + "order: first\n"}, 'a.request.yaml:4: order must be a number, not the text "first"'),
        ({"a.request.yaml": GET + "body:\n  content: x\n"}, 'a.request.yaml:5: body lacks "type"'),
        ({"a.request.yaml": GET + "body: {type: xml, content: {a: 1}}\n"}, "a.request.yaml:4: content must be a text, not a mapping"),
        ({"a.request.yaml": GET + "auth: {credentials: {}}\n"}, 'a.request.yaml:4: auth lacks "type"'),
        ({"a.request.yaml": GET + "auth: {type: inherit, credentials: {id: q}}\n"}, 'no folder around has an auth with the id "q"'),
        ({"a.request.yaml": GET + "scripts: {type: x}\n"}, "a.request.yaml:4: scripts must be a list, not a mapping"),
        ({"a.request.yaml": GET + "examples: ../../elsewhere\n"}, "examples must be a folder inside of the collection"),
        ({"a.request.yaml": "$kind: htp\nurl: x\n"}, '$kind must be "http-request" or "graphql-request" here, not "htp"'),
        ({"a.request.yaml": ""}, "a.request.yaml: is empty"),
        ({"F/.resources/definition.yaml": "$kind: folder\n"}, '$kind must be "collection" here, not "folder"'),
        ({".resources/definition.yaml": "variables: [{value: x}]\n"}, 'definition.yaml:1: a variable lacks "key"'),
    ],
)  # fmt: skip
def test_errors_name_the_file_and_the_line(write: Write, files: Mapping[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        loaded(write(files))
    assert message in str(caught.value)


def test_a_yaml_bomb_is_refused(write: Write) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(InputError, match="makes this file endless"):
        loaded(write({"a.request.yaml": GET + "\n".join(lines) + "\nqueryParams: [{key: a, value: *a9}]\n"}))


def test_a_folder_that_is_no_collection_names_those_in_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.resources/definition\.yaml and no \*\.request\.yaml in it"):
        loaded(str(tmp_path))
    for name in ("postman/b", "postman/a"):
        file = tmp_path / name / "x.request.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(GET)
    with pytest.raises(InputError) as caught:
        loaded(str(tmp_path))
    assert str(caught.value).endswith(f"give {tmp_path / 'postman' / 'a'}, {tmp_path / 'postman' / 'b'}")
    assert [path.name for path in collections_below(tmp_path)] == ["a", "b"]


def test_folders_without_requests_are_no_folders_of_the_collection(write: Write) -> None:
    found = loaded(
        write(
            {
                "data/users.csv": "a\n1\n",
                "empty/.resources/definition.yaml": "$kind: collection\n",
                ".git/a.request.yaml": GET,
                "a.request.yaml": GET,
            }
        )
    )
    assert [child.name for child in found.children] == ["a", "empty"]


def test_a_link_to_a_folder_around_it_is_not_followed(write: Write) -> None:
    folder = write({"F/a.request.yaml": GET})
    try:
        Path(folder, "F", "again").symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("no symbolic links here")
    assert [located.path for located in walk(loaded(folder))] == ["F/a"]


def test_environment_and_globals(tmp_path: Path) -> None:
    file = tmp_path / "dev.environment.yaml"
    file.write_text(
        "name: Dev\nvalues:\n- {key: a, value: '1', enabled: true, type: default}\n- {key: b, value: x, enabled: false}\n"
    )
    found = variable_set_from_json(read_resource("environment", str(file)), str(file))
    assert found.name == "Dev"
    assert [(row.key, row.value, row.enabled) for row in found.values] == [("a", "1", True), ("b", "x", False)]
    file = tmp_path / "workspace.globals.yaml"
    file.write_text("name: Globals\nvalues: []\n")
    found = variable_set_from_json(read_resource("globals", str(file)), str(file), "globals")
    assert (found.name, found.values) == ("Globals", ())
