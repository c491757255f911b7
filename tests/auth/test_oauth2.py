"""oauth2: tokens that are given, and tokens that are really fetched, from a server that checks."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest

from runner.auth import AuthError, Signed, sign
from runner.model.collection import Auth, RequestSpec
from runner.model.exchange import Response

from .server import Client, Reply, Seen, context, serving, spec

CLIENT, SECRET = "client-1", "s3cr:et/+ü"


@dataclass
class Provider:
    """A token endpoint at /token, a login page at /login, and an API that wants a token it issued."""

    lifetime: int | None = 3600
    token_type: str = "Bearer"
    form_encoded: bool = False
    in_body: bool = False
    grants: list[dict[str, str]] = field(default_factory=list)
    calls: list[Seen] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=lambda: {"refresh-given"})
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def judge(self, seen: Seen) -> Reply:
        if seen.path == "/token":
            self.calls.append(seen)
            return self.token(seen)
        if seen.path == "/login":
            return self.login(dict(parse_qsl(seen.query)))
        token = (seen.header("authorization") or "").removeprefix("Bearer ")
        token = token or dict(parse_qsl(seen.query)).get("access_token", "")
        return Reply(200 if token in self.valid else 401)

    def login(self, got: dict[str, str]) -> Reply:
        assert (got["response_type"], got["client_id"]) == ("code", CLIENT)
        code = f"code-{len(self.codes)}"
        self.codes[code] = got
        return Reply(302, (("Location", f"{got['redirect_uri']}?code={code}&state={quote(got['state'])}"),))

    def refuse(self, error: str, words: str, code: int = 400) -> Reply:
        return Reply(code, body=json.dumps({"error": error, "error_description": words}).encode())

    def token(self, seen: Seen) -> Reply:
        assert seen.method == "POST"
        assert seen.header("content-type") == "application/x-www-form-urlencoded"
        got = dict(parse_qsl(seen.body.decode(), strict_parsing=True))
        self.grants.append(got)
        if self.in_body:
            known = (got.get("client_id"), got.get("client_secret")) == (CLIENT, SECRET)
        else:
            given = (seen.header("authorization") or "").removeprefix("Basic ")
            known = base64.b64decode(given).decode() == f"{CLIENT}:{SECRET}" and "client_secret" not in got
        if not known:
            return self.refuse("invalid_client", "Client authentication failed", 401)
        grant = got["grant_type"]
        if grant == "password" and (got["username"], got["password"]) != ("jürgen", "p&=w"):
            return self.refuse("invalid_grant", "Wrong password")
        if grant == "refresh_token":
            if got["refresh_token"] not in self.refresh:
                return self.refuse("invalid_grant", "Token revoked")
            self.refresh.discard(got["refresh_token"])
        if grant == "authorization_code":
            login = self.codes.pop(got["code"], None)
            if login is None or login["redirect_uri"] != got["redirect_uri"]:
                return self.refuse("invalid_grant", "Unknown code")
            verifier = got["code_verifier"]
            digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            expected = digest if login["code_challenge_method"] == "S256" else verifier
            if login["code_challenge"] != expected:
                return self.refuse("invalid_grant", "Wrong verifier")
        token = {"access_token": f"token-{len(self.grants)}", "token_type": self.token_type}
        self.valid.add(token["access_token"])
        if grant != "client_credentials":
            token["refresh_token"] = f"refresh-{len(self.grants)}"
            self.refresh.add(token["refresh_token"])
        if self.lifetime is not None:
            token["expires_in"] = str(self.lifetime)
        if self.form_encoded:
            return Reply(200, body="&".join(f"{k}={v}" for k, v in token.items()).encode())
        return Reply(200, body=json.dumps(token).encode())


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def settings(base: str, grant: str = "client_credentials", **changes: Any) -> Auth:
    params = {
        "grant_type": grant,
        "accessTokenUrl": base + "/token",
        "clientId": CLIENT,
        "clientSecret": SECRET,
        "scope": "read write",
        "accessToken": "",
    }
    return Auth("oauth2", {**params, **changes})


def run(provider: Provider, calls: int = 1, *, clock: Clock | None = None, pause: float = 0, **changes: Any) -> Any:
    """Makes some calls with one set of settings; returns codes, console lines and what arrived."""
    clock = clock or Clock()
    with serving(provider.judge) as server:
        client = Client(context(clock=clock, send=lambda request: Client().send(request)))
        codes = []
        for _ in range(calls):
            codes.append(client.call(spec(server.base + "/api"), settings(server.base, **changes)).code)
            clock.now += pause
        client.close()
    return codes, client.warnings, server.seen


def fails(base: str, auth: Auth, **world: Any) -> Signed:
    world.setdefault("send", lambda request: Client().send(request))
    request = spec(base + "/api")
    signed = sign(request, auth, context(**world))
    assert (signed.spec, signed.signed) == (request, False)
    assert signed.error is not None, "the request must not go out"
    assert signed.warnings == (signed.error,)
    return signed


def test_client_credentials_fetch_one_token_for_all_requests() -> None:
    provider = Provider()
    codes, warnings, seen = run(provider, 3)
    assert (codes, warnings) == ([200] * 3, [])
    assert [row.path for row in seen] == ["/token", "/api", "/api", "/api"]
    assert provider.grants == [{"grant_type": "client_credentials", "scope": "read write"}]
    assert seen[0].header("accept") == "application/json"


def test_the_client_may_stand_in_the_body() -> None:
    provider = Provider(in_body=True)
    assert run(provider, client_authentication="body")[0] == [200]
    assert provider.calls[0].header("authorization") is None


def test_a_public_client_sends_its_id_in_the_body() -> None:
    provider = Provider()
    with serving(provider.judge) as server:
        signed = fails(server.base, settings(server.base, clientSecret=""))
    assert provider.grants[0]["client_id"] == CLIENT
    assert "invalid_client: Client authentication failed" in (signed.error or "")


@pytest.mark.parametrize("grant", ["password_credentials", "password"])
def test_the_password_grant(grant: str) -> None:
    provider = Provider()
    assert run(provider, 2, grant=grant, username="jürgen", password="p&=w")[0] == [200, 200]
    assert provider.grants == [
        {"grant_type": "password", "username": "jürgen", "password": "p&=w", "scope": "read write"}
    ]


def test_the_grant_is_told_by_the_other_settings_if_it_is_missing() -> None:
    provider = Provider()
    assert run(provider, grant="")[0] == [200]
    assert run(provider, grant="", username="jürgen", password="p&=w")[0] == [200]
    assert [row["grant_type"] for row in provider.grants] == ["client_credentials", "password"]


def test_a_token_is_fetched_again_before_it_expires() -> None:
    provider = Provider(lifetime=60)
    codes, _, seen = run(provider, 4, pause=26)  # at 0, 26, 52 (too close to 60), 78
    assert codes == [200] * 4
    assert [row.path for row in seen] == ["/token", "/api", "/api", "/token", "/api", "/api"]


def test_an_expired_token_is_renewed_with_its_refresh_token() -> None:
    provider = Provider(lifetime=60)
    assert run(provider, 3, grant="password", username="jürgen", password="p&=w", pause=100)[0] == [200] * 3
    assert [row["grant_type"] for row in provider.grants] == ["password", "refresh_token", "refresh_token"]
    assert [row.get("refresh_token") for row in provider.grants] == [None, "refresh-1", "refresh-2"]


def test_a_refresh_token_that_was_given_comes_first() -> None:
    provider = Provider()
    assert run(provider, grant="authorization_code", authUrl="http://x/", refreshToken="refresh-given")[0] == [200]
    assert provider.grants[0]["grant_type"] == "refresh_token"
    assert run(provider, grant="password", refreshToken="revoked", username="jürgen", password="p&=w")[0] == [200]
    assert [row["grant_type"] for row in provider.grants[1:]] == ["refresh_token", "password"]


def test_the_refresh_grant_alone() -> None:
    provider = Provider()
    assert run(provider, grant="refresh_token", refreshToken="refresh-given")[0] == [200]
    with serving(provider.judge) as server:
        signed = fails(server.base, settings(server.base, "refresh_token", refreshToken="revoked"))
        assert (signed.error or "").endswith("answered 400: invalid_grant: Token revoked")
        signed = fails(server.base, settings(server.base, "refresh_token"))
        assert signed.error == "runtime~oauth2.auth: could not get an access token: no refreshToken"


def test_other_settings_get_another_token() -> None:
    provider = Provider()
    with serving(provider.judge) as server:
        client = Client(context(send=lambda request: Client().send(request)))
        for scope in ("read", "write", "read"):
            assert client.call(spec(server.base + "/api"), settings(server.base, scope=scope)).code == 200
        other = settings(server.base, scope="read", headerPrefix="Bearer", addTokenTo="queryParams")
        assert client.call(spec(server.base + "/api"), other).code == 200
        client.close()
    assert [row["scope"] for row in provider.grants] == ["read", "write"]


def test_postmans_extra_parameters_go_where_they_say() -> None:
    provider = Provider()
    rows = [
        {"key": "resource", "value": "urn:a b", "enabled": True, "send_as": "request_body"},
        {"key": "tenant", "value": "a&b", "enabled": True, "send_as": "request_url"},
        {"key": "X-Tenant", "value": "1", "enabled": True, "send_as": "request_header"},
        {"key": "accept", "value": "*/*", "send_as": "request_header"},
        {"key": "off", "value": "1", "enabled": False, "send_as": "request_body"},
    ]
    assert run(provider, tokenRequestParams=rows, audience="them")[0] == [200]
    call = provider.calls[0]
    assert parse_qs(call.query) == {"tenant": ["a&b"]}
    assert (call.all("x-tenant"), call.all("accept")) == (["1"], ["*/*"])
    assert provider.grants[0] == {
        "grant_type": "client_credentials",
        "scope": "read write",
        "audience": "them",
        "resource": "urn:a b",
    }


def test_an_old_server_may_answer_with_a_form() -> None:
    assert run(Provider(form_encoded=True), 2)[0] == [200, 200]


def test_a_token_without_an_end_lasts_for_the_run() -> None:
    provider = Provider(lifetime=None)
    assert run(provider, 3, pause=1e6)[0] == [200] * 3
    assert len(provider.grants) == 1


def test_a_mac_token_is_not_sent_as_if_it_were_a_bearer_token() -> None:
    codes, warnings, _ = run(Provider(token_type="mac"))
    assert codes == [401]
    assert warnings == ["runtime~oauth2.auth: MAC tokens are not supported: the request is not signed"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, body=b'{"error": "invalid_client"}'), "answered 401: invalid_client"),
        (Reply(500, body=b"<html>"), "answered 500 with something that is no token"),
        (Reply(200, body=b"{}"), "answered 200 with something that is no token"),
        (Reply(200, body=b"[1]"), "answered 200 with something that is no token"),
        (Reply(500, body=b'{"access_token": "x"}'), "answered 500"),
        (
            Reply(200, body=b'{"access_token": "x", "expires_in": "soon"}'),
            "answered 200 with something that is no token",
        ),
    ],
)
def test_a_server_that_gives_no_token_is_quoted(reply: Reply, words: str) -> None:
    with serving(lambda seen: reply) as server:
        signed = fails(server.base, settings(server.base))
    assert signed.error is not None
    assert signed.error.startswith("runtime~oauth2.auth: could not get an access token: ")
    assert server.base in signed.error
    assert words in signed.error


def test_no_connection_no_url_and_no_permission_are_said() -> None:
    def refused(request: RequestSpec) -> Response:
        raise AuthError("POST http://h/token: connect ECONNREFUSED")

    assert (fails("http://h", settings("http://h"), send=refused).error or "").endswith("connect ECONNREFUSED")
    no_url = Auth("oauth2", {"grant_type": "client_credentials", "authUrl": "http://h/login"})
    assert (fails("http://h", no_url).error or "").endswith("no accessTokenUrl")
    assert (fails("http://h", settings("http://h"), send=None).error or "").endswith(
        "no request for a token may be sent here"
    )
    assert '"implicit" is not supported' in (fails("http://h", settings("http://h", "implicit")).error or "")


def test_without_a_token_and_without_a_place_to_get_one_the_request_is_sent_with_a_warning() -> None:
    request = spec("http://h/", headers={"Authorization": "mine"})
    signed = sign(request, Auth("oauth2", {"grant_type": "client_credentials", "clientId": "x"}), context())
    assert (signed.spec, signed.signed, signed.error) == (request, False, None)
    assert signed.warnings == ("runtime~oauth2.auth: no accessToken: the request is not signed",)


def test_a_place_for_the_token_that_nobody_knows_is_said() -> None:
    signed = sign(spec("http://h/"), Auth("oauth2", {"accessToken": "x", "addTokenTo": "body"}), context())
    assert signed.warnings == (
        'runtime~oauth2.auth: addTokenTo is "body", not header or queryParams: the request is not signed',
    )


# Authorization code: the browser is a thread that follows redirects, as a person's browser would.


@dataclass
class Browser:
    """Opens the login page; ``tamper`` changes the address it is sent back to."""

    tamper: Callable[[str], str | list[str]] = str
    urls: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.urls.append(url)
        self.threads.append(threading.Thread(target=self._visit, args=(url,)))
        self.threads[-1].start()

    def _visit(self, url: str) -> None:
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args: Any) -> None:
                return None

        opener = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))
        try:
            opener.open(url)
        except urllib.error.HTTPError as answer:
            target = self.tamper(answer.headers["Location"])
        for address in [target] if isinstance(target, str) else target:
            try:
                self.pages.append(opener.open(address).read().decode())
            except urllib.error.HTTPError as error:
                self.pages.append(f"{error.code} {error.read().decode()}")

    def wait(self) -> None:
        for thread in self.threads:
            thread.join(10)


def log_in(provider: Provider, browser: Browser, calls: int = 1, **changes: Any) -> Any:
    changes.setdefault("grant", "authorization_code")
    with serving(provider.judge) as server:
        world = context(
            send=lambda request: Client().send(request),
            interactive=True,
            open_browser=browser.open,
            login_timeout=changes.pop("timeout", 10),
        )
        client, codes = Client(world), []
        for _ in range(calls):
            auth = settings(server.base, authUrl=server.base + "/login?tenant=1", **changes)
            signed = sign(spec(server.base + "/api"), auth, world)
            if signed.error:
                browser.wait()
                return signed.error
            codes.append(client.send(signed.spec).code)
        client.close()
    browser.wait()
    return codes


@pytest.mark.parametrize("grant", ["authorization_code", "authorization_code_with_pkce"])
def test_a_person_logs_in_once(grant: str) -> None:
    provider, browser = Provider(), Browser()
    assert log_in(provider, browser, 2, grant=grant) == [200, 200]
    assert len(browser.urls) == 1
    got = dict(parse_qsl(urlsplit(browser.urls[0]).query))
    assert (got["tenant"], got["scope"], got["code_challenge_method"]) == ("1", "read write", "S256")
    assert urlsplit(got["redirect_uri"]).hostname == "127.0.0.1"
    assert browser.pages == [
        "<!doctype html><meta charset=utf-8><title>htrun</title><p>Logged in. You may close this window."
    ]
    assert set(provider.grants[0]) == {"grant_type", "code", "redirect_uri", "code_verifier"}


def test_what_the_user_chose_is_used() -> None:
    provider, browser = Provider(), Browser()
    rows = [{"key": "prompt", "value": "login", "enabled": True, "send_as": "request_url"}]
    changes = {
        "state": "my state",
        "challengeAlgorithm": "plain",
        "code_verifier": "v" * 50,
        "redirect_uri": "http://localhost/my/page",
        "authRequestParams": rows,
    }
    assert log_in(provider, browser, **changes) == [200]
    got = dict(parse_qsl(urlsplit(browser.urls[0]).query))
    assert (got["state"], got["code_challenge"], got["prompt"]) == ("my state", "v" * 50, "login")
    redirect = urlsplit(got["redirect_uri"])
    assert (redirect.hostname, redirect.path) == ("localhost", "/my/page")
    assert redirect.port is not None


def test_other_pages_and_answers_of_other_logins_are_passed_over() -> None:
    def tamper(url: str) -> list[str]:
        other = url.replace("state=", "state=x")
        return [url.split("?")[0].replace("/callback", "/favicon.ico"), url.split("?")[0], other, url]

    browser = Browser(tamper)
    assert log_in(Provider(), browser) == [200]
    assert [page[:4] for page in browser.pages] == ["404 ", "404 ", "400 ", "<!do"]


def test_a_refusal_at_login_is_said() -> None:
    def tamper(url: str) -> str:
        return url.replace("code=code-0", "error=access_denied&error_description=No+way")

    error = log_in(Provider(), Browser(tamper))
    assert error == "runtime~oauth2.auth: could not get an access token: the login failed: access_denied: No way"


def test_nobody_logs_in() -> None:
    browser = Browser(lambda url: [])
    assert log_in(Provider(), browser, timeout=0.3).endswith("nobody logged in within 0.3 s")


def test_a_login_needs_somebody_and_a_redirect_to_this_machine() -> None:
    auth = settings("http://h", "authorization_code", authUrl="http://h/login")
    assert "somebody has to log in" in (fails("http://h", auth, interactive=False).error or "")
    away = settings(
        "http://h", "authorization_code", authUrl="http://h/", redirect_uri="https://oauth.pstmn.io/v1/callback"
    )
    error = fails("http://h", away, interactive=True).error or ""
    assert "https://oauth.pstmn.io/v1/callback does not lead to this machine" in error
    nowhere = settings("http://h", "authorization_code")
    assert (fails("http://h", nowhere, interactive=True).error or "").endswith("no authUrl")
    odd = settings("http://h", "authorization_code", authUrl="http://h/", challengeAlgorithm="S512")
    assert (fails("http://h", odd, interactive=True).error or "").endswith('is "S512", not S256 or plain')


def test_a_port_that_is_taken_is_said() -> None:
    with serving(lambda seen: Reply()) as server:
        taken = settings(
            "http://h", "authorization_code", authUrl="http://h/", redirect_uri=f"http://127.0.0.1:{server.port}/cb"
        )
        error = fails("http://h", taken, interactive=True, open_browser=lambda url: None, login_timeout=0.1).error or ""
    assert f"cannot listen at http://127.0.0.1:{server.port}/cb" in error
