"""``--mock``: a run against the examples of its own collection."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Htrun
from support.mocks import Json, example, item, json_body, request
from support.server import RecordingServer

ROOT = Path(__file__).parents[2]
HYPERTRACK = str(ROOT / "collections" / "hypertrack.postman_collection.json")


@pytest.fixture
def ran(htrun: Htrun, collection: Callable[..., str], tmp_path: Path) -> Callable[..., Json]:
    """Runs items against their own mock, all of whose tests must pass, and returns the JSON report."""

    def run(*items: Json, options: tuple[str, ...] = (), **more: Json) -> Json:
        file = collection(*items, **more)
        before = (tmp_path / file).read_bytes()
        done = htrun(file, "--mock", "-r", "cli,json", "--reporter-json-export", "out.json", *options)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (tmp_path / file).read_bytes() == before
        report = json.loads((tmp_path / "out.json").read_text())
        return {**report["run"], "stderr": done.stderr}

    return run


def test_the_hypertrack_tour_passes_against_its_own_examples(htrun: Htrun) -> None:
    done = htrun(HYPERTRACK, "--mock", "--var", "hypertrack_sk=sk_test", "-n", "2", "--parallel", "2")
    assert done.returncode == 0, done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("htrun: mock: api.hypertrack.com answered from 61 saved examples at http://127.0.0.1:")
    assert line.endswith("; other hosts are real")


def test_each_item_gets_its_own_example_and_sees_its_own_url(ran: Callable[..., Json]) -> None:
    """Two requests that look the same, with answers that differ; https, whose server has no certificate."""
    test = 'pm.test("own", () => pm.response.to.have.status({code}));\npm.test("url", () => pm.expect(pm.request.url'
    test += '.toString()).to.equal("https://api.test/v1/things/5"));'
    url = "https://api.test/v1/things/{{id}}"
    report = ran(
        item("There", request(url), example("there", 200), test=test.replace("{code}", "200")),
        item("Gone", request(url), example("gone", 404), test=test.replace("{code}", "404")),
        variable=[{"key": "id", "value": "5"}],
    )
    assert report["stats"]["assertions"] == {"total": 4, "pending": 0, "failed": 0}
    assert report["executions"][0]["request"]["url"]["host"] == ["api", "test"]


def test_values_flow_from_one_example_to_the_next(ran: Callable[..., Json]) -> None:
    set_id = "pm.environment.set('id', pm.response.json().id); pm.environment.set('cookie', pm.cookies.get('sid'));"
    check = "pm.test('same', () => { pm.expect(pm.response.json().id).to.equal(pm.environment.get('id'));\n"
    check += "pm.expect(pm.environment.get('cookie')).to.equal('abc');\n"
    check += "pm.expect(pm.request.headers.get('cookie')).to.include('sid=abc'); });"
    cookie = [{"key": "Set-Cookie", "value": "sid=abc; Secure; Path=/"}]
    create = request("{{base_url}}/things", "POST", body=json_body({"name": "x"}))
    report = ran(
        item("Create", create, example("made", 201, '{"id": "{{$guid}}"}', header=cookie), test=set_id),
        item("Get", request("{{base_url}}/things/{{id}}"), example("one", 200, '{"id": "{{id}}"}'), test=check),
        variable=[{"key": "base_url", "value": "https://api.test:8443/root"}],
    )
    assert report["stats"]["assertions"] == {"total": 1, "pending": 0, "failed": 0}


def test_redirects_and_requests_of_scripts_are_answered_too(ran: Callable[..., Json]) -> None:
    script = "pm.sendRequest('https://api.test/new', (error, response) => pm.test('sent', () => "
    script += "pm.expect(response.text()).to.equal('new')));\npm.test('followed', () => "
    script += "pm.expect(pm.response.text()).to.equal('new'));"
    moved = [{"key": "Location", "value": "/new"}]
    report = ran(
        item("Old", request("https://api.test/old"), example("moved", 301, header=moved), test=script),
        item("New", request("https://api.test/new"), example("new", body="new")),
    )
    assert report["stats"]["assertions"] == {"total": 2, "pending": 0, "failed": 0}


@pytest.mark.parametrize(
    ("url", "filled"),
    [
        ("{{base_url}}/a/b", {"base_url"}),
        ("https://{{host}}/a/b", {"host"}),
        ("{{scheme}}://{{host}}:{{port}}/a/b", {"scheme", "host", "port"}),
        ("https://{{host}}:{{port}}/a/b", {"host", "port"}),
        ("{{host}}{{base_path}}/a/b", {"host", "base_path"}),
        ("https://{{tenant}}.api.test/a/b", {"tenant"}),
        ("api-{{stage}}.{{domain}}:{{port}}/a/b", {"stage", "domain", "port"}),
    ],
)
def test_a_host_that_nothing_defines_is_the_mock(ran: Callable[..., Json], url: str, filled: set[str]) -> None:
    report = ran(item("A", request(url), example("a", body="a"), test="pm.test('a', () => pm.response.to.be.ok);"))
    assert report["stats"]["assertions"]["failed"] == 0
    assert {word for word in filled if f"{{{{{word}}}}}" in report["stderr"]} == filled


def test_addresses_in_answers_lead_to_the_mock_too(ran: Callable[..., Json]) -> None:
    moved = [{"key": "Location", "value": "{{base_url}}/new"}]
    body = '{"self": "{{base_url}}/new"}'
    new = "pm.test('new', () => pm.expect(pm.response.json().self).to.equal(pm.request.url.toString()));"
    old = new.replace("toString()", "toString().replace('old', 'new')")
    report = ran(
        item("Old", request("{{base_url}}/old"), example("moved", 301, header=moved), test=old),
        item("New", request("{{base_url}}/new"), example("new", body=body), test=new),
    )
    assert report["stats"]["assertions"] == {"total": 2, "pending": 0, "failed": 0}


def test_an_empty_value_in_the_environment_is_no_host(ran: Callable[..., Json], tmp_path: Path) -> None:
    (tmp_path / "env.json").write_text('{"values": [{"key": "base_url", "value": ""}]}')
    thing = item(
        "A", request("{{base_url}}/a"), example("a", body="a"), test="pm.test('a', () => pm.response.to.be.ok);"
    )
    assert ran(thing, options=("-e", "env.json"))["stats"]["assertions"]["failed"] == 0


def test_hosts_without_examples_are_real(ran: Callable[..., Json], server: RecordingServer) -> None:
    report = ran(
        item(
            "Real",
            request(f"{server.url}/respond?body=real"),
            test="pm.test('r', () => pm.response.to.have.body('real'))",
        ),
        item("Mocked", request("https://api.test/a"), example("a", body="a")),
    )
    assert report["stats"]["assertions"]["failed"] == 0
    (seen,) = server.take()
    assert seen.header("x-htrun-item") is None


def test_a_request_without_an_example_on_a_mocked_host_is_answered_404(
    htrun: Htrun, collection: Callable[..., str]
) -> None:
    test = "pm.test('ok', () => pm.response.to.be.ok);"
    file = collection(
        item("With", request("https://api.test/a"), example("a")),
        item("Without", request("https://api.test/b"), test=test),
    )
    done = htrun(file, "--mock", "--verbose")
    assert done.returncode == 1
    assert "No saved example fits GET /b." in done.stdout


def test_a_collection_without_examples_cannot_be_mocked(htrun: Htrun, collection: Callable[..., str]) -> None:
    done = htrun(collection(item("A", request("https://api.test/a"))), "--mock")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "htrun: error: collection.json: has no saved examples to answer from (--mock)\n"


def test_a_mock_and_a_simulator_exclude_each_other(htrun: Htrun) -> None:
    done = htrun(HYPERTRACK, "--mock", "--simulate", "hypertrack")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_collections_v3_and_several_inputs_can_be_mocked(htrun: Htrun, collection: Callable[..., str]) -> None:
    """The same host and path in both, with answers that differ."""
    test = "pm.test('own', () => pm.response.to.have.body('{}'));"
    url = "https://api.test/a"
    first = collection(item("A", request(url), example("one", body="one"), test=test.format("one")))
    assert htrun("convert", first, "-o", "v3").returncode == 0
    second = collection(item("A", request(url), example("two", body="two"), test=test.format("two")))
    done = htrun("v3", second, "--mock")
    assert done.returncode == 0, done.stdout
    assert done.stderr.count("htrun: mock: api.test answered from 1 saved example at") == 2


def test_silent_is_silent(htrun: Htrun, collection: Callable[..., str]) -> None:
    done = htrun(collection(item("A", request("https://api.test/a"), example("a"))), "--mock", "--silent")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_workflows_and_walks_can_be_mocked(htrun: Htrun, collection: Callable[..., str], tmp_path: Path) -> None:
    collection(item("A", request("https://api.test/a"), example("a", body='{"n": 1}')))
    (tmp_path / "x.workflow.yaml").write_text(
        "name: x\ncollection: collection.json\nsteps:\n  - run: A\n    expect: {status: 200, json: {$.n: 1}}\n"
    )
    assert htrun("x.workflow.yaml", "--mock").returncode == 0
    walked = htrun("walk", "collection.json", "--mock", "--yes")
    assert (walked.returncode, "200" in walked.stdout) == (0, True)
