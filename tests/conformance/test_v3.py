"""Collections v3: what the Postman CLI and htrun make of a v2.1 collection runs as the v2.1 one does.

Other people's collections come from the directory that HTRUN_CORPUS names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import corpus
from conformance.case import Case, auth, case, folder, item, raw, script, url
from conformance.conftest import serving
from conformance.harness import Harness
from conformance.normalise import Normaliser
from conformance.observe import differences, observe
from conformance.postman_cli import Json, lint, migratable, migrate
from runner.convert.v3 import v3_documents
from runner.convert.v21 import to_v21
from runner.convert.write import write_folder
from runner.convert.yaml_text import yaml_text
from runner.parse.collection import collection_from_json

pytestmark = pytest.mark.conformance

TEST = "pm.test(pm.info.requestName, () => pm.response.to.have.status(200)); pm.environment.set('last', pm.info.requestName);"
HTTP_DATE = r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"
Observed = dict[str, Json]
DIRECTORY = os.environ.get("HTRUN_CORPUS")
OF_OTHERS: list[Case] = list(corpus.cases(Path(DIRECTORY))) if DIRECTORY else []
CASES: list[Case] = [
    case(
        "v3-everything",
        folder(
            "First / folder",
            item("get: one", url("a/:id", query=[{"key": "q", "value": "1"}, {"key": "off", "value": "2", "disabled": True}], variable=[{"key": "id", "value": "7"}]), test=TEST),
            item("json", "@BASE@/json-body?a=1&b", "POST", body=raw('{"a": "{{v}}"}\n', "json"), header=[{"key": "A", "value": "1"}, {"key": "A", "value": "2"}, {"key": "B", "value": "x", "disabled": True}]),
            folder(
                "inner",
                item("form", "@BASE@/form", "POST", body={"mode": "urlencoded", "urlencoded": [{"key": "k", "value": "v w"}, {"key": "n", "value": "1", "disabled": True}]}),
                item("multipart", "@BASE@/multipart", "PUT", body={"mode": "formdata", "formdata": [{"key": "t", "value": "x", "type": "text", "contentType": "text/x"}, {"key": "f", "type": "file", "src": "a.txt"}]}),
                pre="console.log(pm.info.requestName)",
            ),
            auth=auth("basic", username="u", password="{{v}}"),
            test="pm.test('folder');",
        ),
        item("bytes", "@BASE@/file", "POST", body={"mode": "file", "file": {"src": "a.txt"}}, auth=auth("noauth")),
        item("graphql", "@BASE@/graphql", "POST", body={"mode": "graphql", "graphql": {"query": "query Q { a }", "variables": '{"x": 1}'}}),
        item("redirect", "@BASE@/redirect/302?to=/ok", behavior={"followRedirects": False}, test="pm.test(pm.response.code);"),
        item("json", "@BASE@/again", test="pm.test('fails', () => { throw new Error('no'); });\nmissing();"),
        item("last", "@BASE@/{{last}}"),
        variables={"v": "value"},
        pre="pm.variables.set('x', 1);",
        test="pm.test('of all');",
        auth=auth("bearer", token="{{v}}"),
        files={"a.txt": "content of a file"},
    ),
    *OF_OTHERS,
]  # fmt: skip


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with serving("v3", tmp_path_factory.mktemp("v3"), corpus.answer) as running:
        yield running


def document_of(one: Case) -> Json:
    text = one.files["collection.json"]
    return named(json.loads(text if isinstance(text, str) else text.decode("utf-8-sig")))


def named(node: Json) -> Json:
    """The collection with a name for each request, in which no address has to be filled in: names become files."""
    if isinstance(node, list):
        return [named(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: named(one) for name, one in node.items()}
    if "request" in made or "item" in made:
        made["name"] = str(made.get("name") or "New Request").replace("@", "")
    return made


def in_v21(one: Case, document: Json) -> Case:
    return replace(one, files={**one.files, "collection.json": json.dumps(document)})


def in_v3(one: Case, files: dict[str, str]) -> Case:
    """The case with the collection as v3; files that it sends are where they were."""
    assert one.args[0] == "collection.json"
    others = {name: content for name, content in one.files.items() if name != "collection.json"}
    inside = {f"collection/{name}": content for name, content in files.items()}
    return replace(one, files={**others, **inside}, args=("collection", "--working-dir", ".", *one.args[1:]))


def same(harness: Harness, one: Case, other: Case, maker: str) -> None:
    """Fails if two cases differ in what they do; skips what depends on the time, or on chance."""
    normaliser = Normaliser(harness.port, (*one.volatile, HTTP_DATE))

    def seen(case: Case, name: str) -> Observed:
        record = harness.htrun(replace(case, id=f"{case.id}-{maker}-{name}"))
        assert record.report is not None, record.stderr
        return observe(record, normaliser, one.unordered)

    first, second = seen(one, "v21"), seen(other, "v3")
    found = differences(first, second)
    if found and seen(one, "again") != first:
        pytest.skip("htrun does not do the same twice")
    assert not found, "\n".join(f"--- {axis} (v2.1, v3)\n{lines}" for axis, lines in found.items())


def test_what_the_postman_cli_migrates_runs_the_same(case: Case, harness: Harness, tmp_path: Path) -> None:
    document = migratable(to_v21(document_of(case)))
    files = migrate(document, tmp_path)
    if files is None:
        pytest.skip("the Postman CLI does not migrate this collection")
    same(harness, in_v21(case, document), in_v3(case, files), "postman")


def test_what_htrun_converts_runs_the_same(case: Case, harness: Harness) -> None:
    """As it is: nothing has to be taken out first."""
    document = document_of(case)
    files = {name: yaml_text(one) for name, one in v3_documents(collection_from_json(document))}
    same(harness, in_v21(case, document), in_v3(case, files), "htrun")


def test_the_postman_cli_takes_what_htrun_converts(tmp_path: Path) -> None:
    documents = v3_documents(collection_from_json(document_of(CASES[0])))
    write_folder(tmp_path / "c", [(name, yaml_text(document)) for name, document in documents])
    assert "No issues found." in lint(tmp_path / "c")


def test_a_script_that_is_off_stays_off(harness: Harness) -> None:
    """The Postman CLI has no word for it."""
    off = {**script("test", "pm.test('never');"), "disabled": True}
    one = case("v3-off", item("a", extra={"event": [off, script("test", "pm.test('on');")]}))
    files = {name: yaml_text(document) for name, document in v3_documents(collection_from_json(document_of(one)))}
    record = harness.htrun(in_v3(one, files))
    assert record.report is not None
    assert [found["assertion"] for found in record.report["run"]["executions"][0]["assertions"]] == ["on"]
