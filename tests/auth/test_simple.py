"""noauth, basic, bearer, apikey, and what is true for all auth types."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from runner.auth import SCHEMES, AuthContext, challenge, sign
from runner.auth.interface import MAX_REPLAYS
from runner.model.collection import Auth
from runner.model.exchange import Response

from .server import Client, Reply, Seen, serving, spec


def test_basic_credentials_arrive_as_utf8_and_replace_a_written_header() -> None:
    def judge(seen: Seen) -> Reply:
        (value,) = seen.all("authorization")
        scheme, encoded = value.split(" ")
        ok = scheme == "Basic" and base64.b64decode(encoded).decode("utf-8") == "jürgen:p:äss wörd"
        return Reply(200 if ok else 401)

    with serving(judge) as server:
        request = spec(server.base + "/x", headers={"authorization": "Basic old", "X-Keep": "1"})
        response = Client().call(request, Auth("basic", {"username": "jürgen", "password": "p:äss wörd"}))
    assert response.code == 200
    assert server.seen[0].header("x-keep") == "1"


def test_basic_without_credentials_is_sent_as_newman_does_but_not_in_silence() -> None:
    signed = sign(spec("http://localhost/"), Auth("basic", {}), AuthContext())
    assert signed.spec.headers[-1].value == "Basic Og=="
    assert signed.warnings == ("runtime~basic.auth: username and password are both empty",)


def test_bearer_token_arrives() -> None:
    with serving(lambda seen: Reply(200 if seen.all("authorization") == ["Bearer t0k.en"] else 401)) as server:
        request = spec(server.base + "/x", headers={"Authorization": "other"})
        assert Client().call(request, Auth("bearer", {"token": "t0k.en"})).code == 200


@pytest.mark.parametrize("params", [{}, {"token": ""}, {"token": None}])
def test_bearer_without_a_token_warns_and_leaves_the_request_alone(params: dict[str, str | None]) -> None:
    request = spec("http://localhost/", headers={"Authorization": "mine"})
    signed = sign(request, Auth("bearer", params), AuthContext())
    assert (signed.spec, signed.signed, signed.error) == (request, False, None)
    assert signed.warnings == ("runtime~bearer.auth: no token: the request is not signed",)


def test_apikey_goes_into_a_header_and_replaces_the_same_name_in_any_case() -> None:
    with serving(lambda seen: Reply(200 if seen.all("x-api-key") == ["s3cret"] else 403)) as server:
        request = spec(server.base + "/x", headers={"x-api-KEY": "old"})
        assert Client().call(request, Auth("apikey", {"key": "X-API-Key", "value": "s3cret"})).code == 200
    assert [h[0] for h in server.seen[0].headers if h[0].lower() == "x-api-key"] == ["X-API-Key"]


def test_apikey_goes_into_the_query_and_replaces_only_the_exact_name() -> None:
    with serving(lambda seen: Reply(200 if seen.query == "a=1&KEY=x&key=s%20t" else 403)) as server:
        request = spec(server.base + "/x?key=old&a=1&KEY=x&key=older")
        assert Client().call(request, Auth("apikey", {"key": "key", "value": "s t", "in": "query"})).code == 200


def test_apikey_without_key_or_value_warns() -> None:
    nothing = sign(spec("http://localhost/"), Auth("apikey", {"in": "header"}), AuthContext())
    assert nothing.warnings == ("runtime~apikey.auth: no key and value: the request is not signed",)
    half = sign(spec("http://localhost/"), Auth("apikey", {"key": "X-Key", "value": ""}), AuthContext())
    assert half.signed
    assert half.spec.headers[-1].key == "X-Key"
    assert half.warnings == ("runtime~apikey.auth: the value of the API key is empty",)


def test_noauth_and_no_auth_change_nothing_and_say_nothing() -> None:
    request = spec("http://localhost/", headers={"Authorization": "mine"})
    for auth in (None, Auth("noauth", {}), Auth("", {})):
        signed = sign(request, auth, AuthContext())
        assert (signed.spec, signed.warnings, signed.signed) == (request, (), True)
        assert challenge(request, auth, Response(401, "", (), b"", ""), AuthContext(), 0) is None


def test_an_unknown_type_is_sent_unsigned_with_the_words_of_newman() -> None:
    signed = sign(spec("http://localhost/"), Auth("kerberos", {}), AuthContext())
    assert not signed.signed
    assert signed.warnings == ("runtime: could not find a handler for auth: kerberos",)


def test_every_type_of_the_table_can_be_loaded_and_signs() -> None:
    request = spec("http://localhost/")
    for name in SCHEMES:
        signed = sign(request, Auth(name, {}), AuthContext(url=lambda _: "http://localhost/", body=lambda _: None))
        assert signed.spec.method == "GET"
        # with nothing to sign with, something is said, unless there is nothing to say it about
        assert signed.warnings or name in ("noauth", "ntlm", "digest", "awsv4"), name
    assert MAX_REPLAYS == 3


def test_importing_the_table_loads_no_auth_type_and_no_library() -> None:
    code = (
        "import sys, runner.auth\n"
        "bad = [m for m in sys.modules if m.startswith('runner.auth.') and m != 'runner.auth.interface']\n"
        "heavy = ('oauthlib', 'jwt', 'cryptography', 'requests', 'webbrowser')\n"
        "bad += [m for m in heavy if m in sys.modules]\n"
        "print(bad)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
