"""Collections, environments and globals by path, URL and UID."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from runner.errors import InputError
from runner.parse.collection import collection_from_json
from runner.parse.remote import Get, Reply, is_remote, read_resource
from runner.transport.fetch import fetcher
from runner.transport.requests_transport import RequestsTransport
from support.server import RecordingServer

UID = "1234567-0b1c2d3e-4f5a-6b7c-8d9e-0f1a2b3c4d5e"


class Cloud:
    """Remembers what it is asked for and answers with what it was given."""

    def __init__(self, status: int = 200, body: object = None) -> None:
        self.reply = Reply(status, body if isinstance(body, bytes) else json.dumps(body).encode())
        self.asked: list[tuple[str, str | None]] = []

    def __call__(self, url: str, headers: Mapping[str, str]) -> Reply:
        assert headers["User-Agent"].startswith("htrun/")
        self.asked.append((url, headers.get("X-Api-Key")))
        return self.reply


@pytest.fixture
def get() -> Iterator[Get]:
    transport = RequestsTransport()
    yield fetcher(transport)
    transport.close()


def test_a_path_needs_no_network(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"a": 1}')
    assert read_resource("globals", str(file)) == {"a": 1}
    assert not is_remote("globals", str(file), "key")


def test_a_uid_with_a_key() -> None:
    cloud = Cloud(200, {"collection": {"info": {"name": "Far"}, "item": []}})
    data = read_resource("collection", UID, get=cloud, api_key="PMAK-1", environ={})
    assert collection_from_json(data, UID).name == "Far"
    assert cloud.asked == [(f"https://api.postman.com/collections/{UID}", "PMAK-1")]
    cloud.asked.clear()
    environ = {"HTRUN_POSTMAN_API": "http://127.0.0.1:9/api/"}
    read_resource("environment", UID, get=cloud, api_key="PMAK-1", environ=environ)
    assert cloud.asked == [(f"http://127.0.0.1:9/api/environments/{UID}", "PMAK-1")]
    assert is_remote("collection", UID, "PMAK-1")


def test_a_file_with_the_name_of_a_uid_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(UID).write_text('{"from": "file"}')
    assert read_resource("collection", UID, get=Cloud(), api_key="k") == {"from": "file"}
    assert not is_remote("collection", UID, "k")


def test_a_uid_without_a_key_says_what_to_do() -> None:
    with pytest.raises(InputError, match="give --postman-api-key"):
        read_resource("collection", UID, get=Cloud(), environ={})


@pytest.mark.parametrize("name", [UID, "abc", UID + "x", "0b1c2d3e-4f5a-6b7c-8d9e-0f1a2b3c4d5e"])
def test_globals_and_other_names_are_files(name: str) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_resource("globals", name, get=Cloud(), api_key="k")


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://api.getpostman.com/collections/1?apikey=K2&x=a%20b",
         ("https://api.getpostman.com/collections/1?x=a+b", "K2")),
        ("https://API.postman.com/collections/1", ("https://API.postman.com/collections/1", "K1")),
        ("https://example.invalid/c.json?apikey=own", ("https://example.invalid/c.json?apikey=own", None)),
    ],
)  # fmt: skip
def test_the_key_goes_to_postman_only(url: str, asked: tuple[str, str | None]) -> None:
    cloud = Cloud(200, {})
    read_resource("collection", url, get=cloud, api_key="K1", environ={})
    assert cloud.asked == [asked]


def test_what_the_api_says_is_passed_on_without_the_key() -> None:
    cloud = Cloud(404, {"error": {"name": "instanceNotFoundError", "message": "We could not find the\ncollection"}})
    with pytest.raises(InputError) as caught:
        read_resource("collection", "https://api.getpostman.com/c/1?apikey=SECRET", get=cloud, environ={})
    assert str(caught.value) == (
        "https://api.getpostman.com/c/1: cannot be fetched: the server answered 404: We could not find the collection"
    )


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"error": null}', b'{"error": {"message": 5}}'])
def test_an_error_without_words(body: bytes) -> None:
    with pytest.raises(InputError, match=r"the server answered 500$"):
        read_resource("collection", "http://h.invalid/", get=Cloud(500, body))


def test_over_the_network(server: RecordingServer, get: Get) -> None:
    environ = {"HTRUN_POSTMAN_API": server.url + "/postman"}
    with pytest.raises(InputError, match="is not valid JSON"):  # the server answers "ok"
        read_resource("collection", UID, get=get, api_key="PMAK-1", environ=environ)
    url = f"{server.url}/respond?body={quote(json.dumps({'values': [{'key': 'é'}]}))}&type=application/json"
    assert read_resource("environment", url, get=get) == {"values": [{"key": "é"}]}
    assert read_resource("environment", f"{server.url}/redirect/302?to={quote(url, safe='')}", get=get)
    first, *others = server.take()
    assert first.target == f"/postman/collections/{UID}"
    assert dict(first.headers)["X-Api-Key"] == "PMAK-1"
    assert all("X-Api-Key" not in dict(request.headers) for request in others)


def test_a_key_does_not_follow_a_redirect(server: RecordingServer, get: Get) -> None:
    environ = {"HTRUN_POSTMAN_API": f"{server.url}/redirect/302?to={server.url}/elsewhere&rest="}
    with pytest.raises(InputError, match="the server answered 302"):
        read_resource("collection", UID, get=get, api_key="PMAK-1", environ=environ)
    assert len(server.take()) == 1


def test_no_server_there(get: Get) -> None:
    with pytest.raises(InputError, match="cannot be fetched: connect ECONNREFUSED"):
        read_resource("environment", "http://127.0.0.1:1/env.json", get=get)
