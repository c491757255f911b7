"""One run of the command over all auth types, against one server that wants each of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oauthlib.oauth1 import SignatureOnlyEndpoint

from runner.cli.main import invoke
from runner.model.collection import Auth

from . import test_awsv4, test_digest, test_edgegrid, test_hawk, test_ntlm, test_oauth1, test_oauth2, test_tokens
from .server import Reply, Seen, serving


def judges(port: Callable[[], int]) -> dict[str, Callable[[Seen], Reply]]:
    """Who judges the requests below which path."""
    hawk = test_hawk.Judge()
    hawk.now = time.time()
    endpoint = SignatureOnlyEndpoint(test_oauth1.Validator())

    def oauth1(seen: Seen) -> Reply:
        headers = {"Authorization": value} if (value := seen.header("authorization")) else {}
        ok, _ = endpoint.validate_request(f"http://127.0.0.1:{port()}{seen.target}", seen.method, None, headers)
        return Reply(200 if ok else 401)

    def token(algorithm: str, **expected: Any) -> Callable[[Seen], Reply]:
        judge: Callable[[Seen], Reply] = test_tokens.verifying(
            test_tokens.keys(algorithm)[1], algorithm, [], **expected
        )
        return judge

    return {
        "noauth": lambda seen: Reply(401 if seen.header("authorization") else 200),
        "basic": lambda seen: Reply(200 if seen.all("authorization") == ["Basic dXNlcjpwYXNz"] else 401),
        "bearer": lambda seen: Reply(200 if seen.all("authorization") == ["Bearer t0ken"] else 401),
        "apikey": lambda seen: Reply(200 if seen.all("x-key") == ["k3y"] else 401),
        "digest": test_digest.DigestServer("SHA-256", "auth-int").judge,
        "oauth1": oauth1,
        "hawk": hawk,
        "awsv4": test_awsv4.judge,
        "ntlm": test_ntlm.NtlmServer().judge,
        "edgegrid": test_edgegrid.judge,
        "jwt": token("HS256"),
        "asap": token("RS256", audience="them"),
    }


PARAMS: dict[str, Auth] = {
    "noauth": Auth("noauth"),
    "basic": Auth("basic", {"username": "user", "password": "{{secret}}"}),
    "bearer": Auth("bearer", {"token": "t0ken"}),
    "apikey": Auth("apikey", {"key": "X-Key", "value": "k3y"}),
    "digest": test_digest.auth(algorithm="SHA-256"),
    "oauth1": test_oauth1.auth(),
    "hawk": test_hawk.auth(includePayloadHash=True),
    "awsv4": test_awsv4.auth(),
    "ntlm": test_ntlm.auth(),
    "edgegrid": test_edgegrid.auth(),
    "jwt": Auth("jwt", {"algorithm": "HS256", "secret": test_tokens.SECRET, "payload": '{"sub": "x"}'}),
    "asap": test_tokens.asap(),
}


def item(name: str, url: str, auth: Auth | None, code: int = 200) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": "POST",
        "url": url,
        "header": [{"key": "Content-Type", "value": "application/json"}],
        "body": {"mode": "raw", "raw": '{"ü": 1}'},
    }
    if auth is not None:
        request["auth"] = postman(auth)
    test = f'pm.test("{name}", () => pm.response.to.have.status({code}))'
    return {"name": name, "request": request, "event": [{"listen": "test", "script": {"exec": [test]}}]}


def postman(auth: Auth) -> dict[str, Any]:
    """Auth in the format of a collection."""
    return {"type": auth.type, auth.type: [{"key": key, "value": value} for key, value in auth.params.items()]}


def run(tmp_path: Path, items: list[dict[str, Any]], *options: str, auth: Auth | None = None) -> tuple[int, Any]:
    path, report = tmp_path / "collection.json", tmp_path / "report.json"
    shared = {"auth": postman(auth)} if auth else {}
    path.write_text(json.dumps({"info": {"name": "auth"}, "item": items, **shared}))
    reporting = ("--reporters", "json", "--reporter-json-export", str(report))
    code = invoke(["run", str(path), "--env-var", "secret=pass", *options, *reporting])
    return code, json.loads(report.read_text())["run"]


def test_a_server_that_wants_each_type(tmp_path: Path) -> None:
    rules = judges(lambda: server.port)
    with serving(lambda seen: rules[seen.path.split("/")[1]](seen)) as server:
        items = [item(name, f"{server.base}/{name}/a b?x=1&y=é", auth) for name, auth in PARAMS.items()]
        # where unsigned is refused, it has to be the signature that was accepted
        items += [item(f"no {name}", f"{server.base}/{name}/x", None, 401) for name in ("basic", "oauth1", "hawk")]
        code, result = run(tmp_path, items, "-n", "2")
    assert result["failures"] == []
    assert (code, result["stats"]["assertions"]["total"]) == (0, 2 * len(items))


def test_a_server_that_refuses_calls_without_its_tokens(tmp_path: Path) -> None:
    provider = test_oauth2.Provider()
    with serving(provider.judge) as server:
        auth = test_oauth2.settings(server.base)
        items = [item("first", server.base + "/api", auth), item("second", server.base + "/api", auth)]
        code, result = run(tmp_path, [*items, item("none", server.base + "/api", None, 401)])
    assert (code, result["failures"]) == (0, [])
    assert len(provider.grants) == 1


def test_a_token_that_cannot_be_had_fails_the_run_and_nothing_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = test_oauth2.Provider()
    with serving(provider.judge) as server:
        auth = test_oauth2.settings(server.base, clientSecret="wrong")
        code, result = run(tmp_path, [item("first", server.base + "/api", auth)])
    assert code == 1
    assert [seen.path for seen in server.seen] == ["/token"]
    assert "invalid_client: Client authentication failed" in json.dumps(result["failures"])


@pytest.mark.parametrize("shared", [False, True])
def test_a_challenge_is_remembered_with_the_folder_and_not_with_the_request(tmp_path: Path, shared: bool) -> None:
    """What Newman 6.2.2 sends: it puts every request back as it was after each time it ran."""
    with serving(test_digest.DigestServer("SHA-256").judge) as server:
        auth = test_digest.auth(algorithm="SHA-256")
        items = [item(name, f"{server.base}/{name}", None if shared else auth) for name in ("first", "second")]
        code, result = run(tmp_path, items, "-n", "2", auth=auth if shared else None)
    assert (code, result["failures"]) == (0, [])
    signed = [seen.header("authorization") is not None for seen in server.seen]
    assert signed == ([False, True, True, True, True] if shared else [False, True] * 4)


def test_a_script_s_request_is_challenged_each_time(tmp_path: Path) -> None:
    with serving(test_digest.DigestServer("SHA-256").judge) as server:
        digest = postman(test_digest.auth(algorithm="SHA-256"))
        asked = {"url": server.base + "/script", "auth": digest}
        sending = item("first", server.base + "/item", Auth("noauth"), 401)
        script = (
            f"pm.sendRequest({json.dumps(asked)}, (e, r) => pm.test('script', () => pm.expect(r.code).to.equal(200)))"
        )
        sending["event"].append({"listen": "prerequest", "script": {"exec": [script]}})
        code, result = run(tmp_path, [sending], "-n", "2")
    assert (code, result["failures"]) == (0, [])
    assert len([seen for seen in server.seen if seen.path == "/script"]) == 4


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_body_of_a_get_is_signed_though_it_is_not_sent(tmp_path: Path, method: str) -> None:
    """As Newman does, and as the servers of its own tests expect it."""
    (tmp_path / "upload.txt").write_text("content")
    params = {"realm": "r", "nonce": "n", "qop": "auth-int", "clientNonce": "c", "nonceCount": "00000001"}
    with serving(lambda seen: Reply(200)) as server:
        signed = item("first", server.base + "/x", test_digest.auth(algorithm="MD5", **params))
        signed["request"] |= {"method": method, "body": {"mode": "file", "file": {"src": str(tmp_path / "upload.txt")}}}
        assert run(tmp_path, [signed])[0] == 0
    [seen] = server.seen
    assert seen.body == (b"content" if method == "POST" else b"")
    a1 = test_digest.h("MD5", f"{test_digest.USER}:r:{test_digest.PASSWORD}")
    a2 = test_digest.h("MD5", f"{method}:/x:{test_digest.h('MD5', 'content')}")
    response = test_digest.h("MD5", f"{a1}:n:00000001:c:auth-int:{a2}")
    assert f'response="{response}"' in (seen.header("authorization") or "")


@pytest.mark.parametrize(("language", "signed"), [("json", True), ("xml", False)])
def test_the_type_of_a_json_body_is_signed_too(tmp_path: Path, language: str, signed: bool) -> None:
    """Only that one: Newman adds it before it signs, and the types of other bodies afterwards."""
    with serving(lambda seen: test_awsv4.judge(seen)) as server:
        request = item("first", server.base + "/x", test_awsv4.auth())
        request["request"] |= {
            "header": [],
            "body": {"mode": "raw", "raw": "1", "options": {"raw": {"language": language}}},
        }
        assert run(tmp_path, [request])[0] == 0
    [seen] = server.seen
    assert len(seen.all("content-type")) == 1
    assert ("SignedHeaders=content-type;" in (seen.header("authorization") or "")) is signed
