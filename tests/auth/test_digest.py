"""digest, against a server that checks everything RFC 7616 asks for."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from runner.auth import AuthContext, sign
from runner.model.collection import Auth, Body, RequestSpec

from .server import Client, Reply, Seen, context, serving, spec

USER, PASSWORD, REALM = "Mufasa", "Circle öf Life", "animals@example.org"


def h(algorithm: str, text: str | bytes) -> str:
    name = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}[algorithm.removesuffix("-sess")]
    return hashlib.new(name, text if isinstance(text, bytes) else text.encode()).hexdigest()


@dataclass
class DigestServer:
    """Remembers the nonces that it gave out and how often each was used; ``lifetime`` is in uses."""

    algorithm: str = "MD5"
    qop: str = "auth"
    lifetime: int = 1000
    code: int = 401
    say_stale: bool = True
    extra: tuple[str, ...] = ()
    password: str = PASSWORD
    nonces: dict[str, int] = field(default_factory=dict)
    client_nonces: list[str] = field(default_factory=list)

    def challenge(self, stale: bool = False) -> Reply:
        nonce = f"nonce-{len(self.nonces)}"
        self.nonces[nonce] = 0
        parts = [f'Digest realm="{REALM}"', f'nonce="{nonce}"', 'opaque="o/p=q"', f"algorithm={self.algorithm}"]
        parts += [f'qop="{self.qop}"'] if self.qop else []
        parts += ["stale=TRUE"] if stale and self.say_stale else []
        values = (*self.extra, ", ".join(parts))
        return Reply(self.code, tuple(("WWW-Authenticate", value) for value in values))

    def judge(self, seen: Seen) -> Reply:
        header = seen.header("authorization") or ""
        if not header.startswith("Digest "):
            return self.challenge()
        got = {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^, ]+))', header)}
        if got["nonce"] not in self.nonces:
            return self.challenge(stale=True)
        assert (got["username"], got["realm"], got["opaque"], got["uri"]) == (USER, REALM, "o/p=q", seen.target)
        assert got["algorithm"] == self.algorithm
        a1 = h(self.algorithm, f"{USER}:{REALM}:{self.password}")
        if self.algorithm.endswith("-sess"):
            a1 = h(self.algorithm, f"{a1}:{got['nonce']}:{got['cnonce']}")
        a2 = f"{seen.method}:{seen.target}"
        qop = got.get("qop", "")
        assert qop in ([""] if not self.qop else [name.strip() for name in self.qop.split(",")])
        if qop == "auth-int":
            a2 += ":" + h(self.algorithm, seen.body)
        middle = f"{got['nc']}:{got['cnonce']}:{qop}:" if qop else ""
        expected = h(self.algorithm, f"{a1}:{got['nonce']}:{middle}{h(self.algorithm, a2)}")
        if got["response"] != expected:
            return self.challenge()
        self.nonces[got["nonce"]] += 1
        if qop:
            assert got["nc"] == f"{self.nonces[got['nonce']]:08x}", "the nonce count has to grow by one"
            self.client_nonces.append(got["cnonce"])
        if self.nonces[got["nonce"]] > self.lifetime:
            del self.nonces[got["nonce"]]
            self.nonces[f"gone-{len(self.nonces)}"] = 0
            return self.challenge(stale=True)
        return Reply(200)


def auth(**params: Any) -> Auth:
    return Auth("digest", {"username": USER, "password": PASSWORD, **params})


def request_of(base: str) -> RequestSpec:
    return spec(base + "/dir/index.html?b=a%20b&x", method="POST", body=Body(mode="raw", raw='{"ü": 1}'))


@pytest.mark.parametrize("qop", ["auth", "auth-int", "", "auth-int,auth", "auth-int, unknown"])
@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"])
def test_the_challenge_is_answered_and_the_nonce_is_used_again(algorithm: str, qop: str) -> None:
    rules = DigestServer(algorithm, qop)
    with serving(rules.judge) as server:
        client = Client()
        codes = [client.call(request_of(server.base), auth(algorithm=algorithm)).code for _ in range(12)]
    assert codes == [200] * 12
    assert len(server.seen) == 13, "one challenge, then every request is signed at once"
    assert client.warnings == []


def test_without_an_algorithm_of_the_user_the_one_of_the_server_is_taken() -> None:
    with serving(DigestServer("SHA-256").judge) as server:
        assert Client().call(request_of(server.base), auth()).code == 200


def test_of_several_challenges_the_one_with_the_users_algorithm_is_answered() -> None:
    others = ('Basic realm="x"', f'Digest realm="{REALM}", nonce="other", qop="auth", algorithm=SHA-256, opaque="x"')
    with serving(DigestServer("MD5", extra=others).judge) as server:
        assert Client().call(request_of(server.base), auth(algorithm="MD5")).code == 200
    with serving(DigestServer("MD5", extra=(f'Digest realm="{REALM}", nonce="n", algorithm=NEW',)).judge) as server:
        assert Client().call(request_of(server.base), auth()).code == 200, (
            "an algorithm that nobody knows is passed over"
        )


def test_a_403_with_a_challenge_is_answered_too() -> None:
    with serving(DigestServer(code=403).judge) as server:
        assert Client().call(request_of(server.base), auth()).code == 200


@pytest.mark.parametrize("say_stale", [True, False])
def test_a_nonce_that_expired_is_replaced(say_stale: bool) -> None:
    with serving(DigestServer(lifetime=2, say_stale=say_stale).judge) as server:
        client = Client()
        codes = [client.call(request_of(server.base), auth()).code for _ in range(5)]
    assert codes == [200] * 5
    assert len(server.seen) == 1 + 2 + 2 + 2 + 1  # challenge; two; refused and again; one; refused and again


def test_a_wrong_password_is_tried_once() -> None:
    with serving(DigestServer(password="other").judge) as server:
        client = Client()
        assert client.call(request_of(server.base), auth()).code == 401
        assert len(server.seen) == 2
        assert client.call(request_of(server.base), auth()).code == 401
        assert len(server.seen) == 3, "as in Postman: nothing is new, so nothing is sent again"


def test_a_server_that_always_says_stale_is_not_asked_for_ever() -> None:
    count = iter(range(100))

    def judge(seen: Seen) -> Reply:
        return Reply(401, (("WWW-Authenticate", f'Digest realm="r", nonce="{next(count)}", stale=true'),))

    with serving(judge) as server:
        assert Client().call(request_of(server.base), auth()).code == 401
    assert len(server.seen) == 3


def test_disable_retry_request_leaves_the_challenge_alone() -> None:
    with serving(DigestServer().judge) as server:
        assert Client().call(request_of(server.base), auth(disableRetryRequest=True)).code == 401
    assert len(server.seen) == 1


def test_each_server_and_each_auth_has_its_own_nonce() -> None:
    memory: dict[Any, Any] = {}
    with serving(DigestServer().judge) as one, serving(DigestServer("SHA-256").judge) as two:
        for server in (one, two, one, two):
            assert Client(context(memory=memory)).call(request_of(server.base), auth()).code == 200
        assert [len(one.seen), len(two.seen)] == [3, 3]
        assert Client(context(memory={})).call(request_of(one.base), auth()).code == 200
        assert len(one.seen) == 5, "another auth starts with a challenge of its own, as in Postman"


def test_another_user_of_the_same_auth_uses_the_same_nonce() -> None:
    rules = DigestServer()
    client = Client()

    def judge(seen: Seen) -> Reply:
        return rules.judge(
            replace(seen, headers=tuple((k, v.replace('"Simba"', f'"{USER}"')) for k, v in seen.headers))
        )

    with serving(judge) as server:
        assert client.call(request_of(server.base), auth()).code == 200
        client.call(request_of(server.base), auth(username="Simba"))
    authorizations = [seen.header("authorization") or "" for seen in server.seen]
    assert authorizations[2].startswith('Digest username="Simba"'), "signed at once, as in Newman"


def test_client_nonces_come_from_the_source_that_was_given() -> None:
    rules = DigestServer()
    with serving(rules.judge) as server:
        assert Client(context(random=random.Random(7))).call(request_of(server.base), auth()).code == 200
    letters = random.Random(7)
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    assert rules.client_nonces == ["".join(letters.choice(alphabet) for _ in range(8))]


def test_without_a_user_name_nothing_is_signed_and_that_is_said() -> None:
    signed = sign(spec("http://localhost/"), Auth("digest", {"password": "x"}), context())
    assert not signed.signed
    assert signed.warnings == ("runtime~digest.auth: no username: the request is not signed",)


def test_an_unknown_algorithm_is_named() -> None:
    params = {"username": "u", "realm": "r", "nonce": "n", "algorithm": "SHA-3"}
    signed = sign(spec("http://localhost/"), Auth("digest", params), context())
    assert signed.warnings == ("runtime~digest.auth: could not sign the request: Unsupported digest algorithm: SHA-3",)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm: str, response: str) -> None:
    params = {
        "username": "Mufasa",
        "password": "Circle of Life",
        "realm": "http-auth@example.org",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        "clientNonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "nonceCount": "00000001",
        "qop": "auth",
        "algorithm": algorithm,
    }
    url = AuthContext(url=lambda _: "http://www.example.org/dir/index.html")
    signed = sign(spec("http://www.example.org/dir/index.html"), Auth("digest", params), url)
    assert f'response="{response}"' in signed.spec.headers[-1].value
