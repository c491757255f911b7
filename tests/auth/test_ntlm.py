"""ntlm: the messages that Newman sends, to the byte; a server that checks message 3 field by field
([MS-NLMP] 2.2.1.3, 3.3.2); and the examples of [MS-NLMP] 4.2.

The hash of the password is a constant of [MS-NLMP] 4.2.2.1.2, so that the server needs nothing of the client's
own code (or MD4, which many builds of OpenSSL lack).
"""

from __future__ import annotations

import base64
import hmac
import json
import random
import struct
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.auth import challenge, sign
from runner.auth.md4 import md4
from runner.auth.ntlm import split_username
from runner.auth.ntlm_messages import Login, message_3, read_message_2
from runner.model.collection import Auth, Body, Header
from runner.model.exchange import Response

from .newman_ntlm import CASES, EXTENDED, NONCE, OFFERS, RECORDED, TARGET_INFO, UNICODE, USUAL, message_2
from .server import Client, Reply, Seen, context, serving, spec

NT_HASH_OF_PASSWORD = bytes.fromhex("a4f49c406510bdcab6824ee7c30fd852")
NEWMAN: dict[str, dict[str, str]] = json.loads(RECORDED.read_text())


def md5(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "md5")


@dataclass
class NtlmServer:
    """Authenticates connections, as NTLM over HTTP does."""

    timestamp: bool = True
    offers: tuple[str, ...] = ("Negotiate", "NTLM")
    domain: str = "Domain"
    user: str = "User"
    workstations: list[str] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)
    trusted: set[int] = field(default_factory=set)

    def judge(self, seen: Seen) -> Reply:
        if seen.connection in self.trusted:
            return Reply(200)
        header = seen.header("authorization") or ""
        if not header.startswith("NTLM "):
            return Reply(401, tuple(("WWW-Authenticate", offer) for offer in self.offers))
        message = base64.b64decode(header[5:])
        assert message[:8] == b"NTLMSSP\0"
        kind = struct.unpack_from("<I", message, 8)[0]
        if kind == 1:
            self.asked.add(seen.connection)
            answer = base64.b64encode(message_2(timestamp=self.timestamp)).decode()
            return Reply(401, (("WWW-Authenticate", f"NTLM {answer}"),))
        assert kind == 3
        self.asked.remove(seen.connection)
        if not self.verifies(message):
            return Reply(401, tuple(("WWW-Authenticate", offer) for offer in self.offers))
        self.trusted.add(seen.connection)
        return Reply(200)

    def verifies(self, message: bytes) -> bool:
        def part(offset: int) -> bytes:
            length, _, start = struct.unpack_from("<HHI", message, offset)
            return message[start : start + length]

        nt, domain, user, workstation = (part(offset) for offset in (20, 28, 36, 44))
        self.workstations.append(workstation.decode("utf-16-le"))
        # the account is found whatever the case of its domain; the key is made of the name as it was sent
        if (domain.decode("utf-16-le"), user.decode("utf-16-le")) != (self.domain.upper(), self.user):
            return False
        owf = md5(NT_HASH_OF_PASSWORD, (self.user.upper() + self.domain.upper()).encode("utf-16-le"))
        proof, temp = nt[:16], nt[16:]
        assert temp[:2] == b"\x01\x01", "NTLMv2, not its weak predecessors"
        return proof == md5(owf, NONCE + temp)


def auth(**changes: Any) -> Auth:
    return Auth("ntlm", {"username": "User", "password": "Password", "domain": "Domain", **changes})


def answer_to(params: dict[str, str], answer: str, **outside: Any) -> list[Any]:
    """The replays after a bare 401 and after one with message 2."""
    request, said = spec("http://h/"), ("NTLM", answer)
    replays = []
    for attempt, value in enumerate(said):
        response = Response(401, "Unauthorized", (Header("WWW-Authenticate", value),), b"", "http://h/")
        replays.append(challenge(request, Auth("ntlm", params), response, context(**outside), attempt))
    return replays


class Chance(random.Random):
    """Gives Newman's random bytes."""

    def __init__(self, value: bytes) -> None:
        super().__init__(0)
        self.value = value

    def randbytes(self, n: int) -> bytes:
        assert n == len(self.value)
        return self.value


@pytest.mark.parametrize("name", CASES)
def test_both_messages_are_newmans_to_the_byte(name: str) -> None:
    row, newman = CASES[name], NEWMAN[name]
    theirs = base64.b64decode(newman["message_3"][5:])
    lm, nt = (
        theirs[start : start + size] for size, start in (struct.unpack_from("<H2xI", theirs, at) for at in (12, 20))
    )
    chance, now = lm[16:24], 0.0
    if len(nt) > 24:  # NTLMv2: the time is in it
        now = (struct.unpack_from("<Q", nt, 24)[0] // 10_000 - 11_644_473_600_000 + 0.5) / 1000
    elif lm[8:] == bytes(16):  # NTLMv1 with extended security
        chance = lm[:8]
    message = f"NTLM {base64.b64encode(row['answer']).decode()}"
    replays = answer_to(row["params"], message, random=Chance(chance), clock=lambda: now)
    sent = [replay.spec.headers[-1] for replay in replays]
    assert sent == [Header("Authorization", value, system=True) for value in newman.values()]


def test_every_case_was_recorded() -> None:
    assert list(NEWMAN) == list(CASES)


@pytest.mark.parametrize(("offers", "answered"), OFFERS)
def test_what_newman_answers_is_answered_and_nothing_else(offers: list[str], answered: bool) -> None:
    headers = tuple(Header("WWW-Authenticate", offer) for offer in offers)
    response = Response(401, "Unauthorized", headers, b"", "http://h/")
    assert (challenge(spec("http://h/"), auth(), response, context(), 0) is not None) is answered


@pytest.mark.parametrize(
    ("flags", "lm", "nt"),
    [
        # [MS-NLMP] 4.2.2.2
        (
            UNICODE,
            "98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13",
            "67c43011f30298a2ad35ece64f16331c44bdbed927841f94",
        ),
        # [MS-NLMP] 4.2.3.2
        (
            UNICODE | EXTENDED,
            "aaaaaaaaaaaaaaaa00000000000000000000000000000000",
            "7537f803ae367128ca458204bde7caf81e97ed2683267232",
        ),
    ],
)
def test_the_examples_of_the_specification(flags: int, lm: str, nt: str) -> None:
    message = message_3(
        Login("User", "Password", "Domain", "COMPUTER"), read_message_2(message_2(flags)), b"\xaa" * 8, 0
    )
    found = [
        message[start : start + size].hex()
        for size, start in (struct.unpack_from("<H2xI", message, at) for at in (12, 20))
    ]
    assert found == [lm, nt]


def test_md4_is_that_of_rfc_1320() -> None:
    hashes = {
        b"": "31d6cfe0d16ae931b73c59d7e0c089c0",
        b"a": "bde52cb31de33e46245e05fbdbd6fb24",
        b"abc": "a448017aaf21d8525fc10ae87aa6729d",
        b"message digest": "d9130a8164549fe818874806e1c7014b",
        b"abcdefghijklmnopqrstuvwxyz": "d79e1c308aa5bbcdeea8ed63df412da9",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789": "043f8582f241db351ce627e153e7f0e4",
        b"1234567890" * 8: "e33b4ddc9c38f2199c3e7b164fcc0536",
    }
    assert {text: md4(text).hex() for text in hashes} == hashes
    assert md4("Password".encode("utf-16-le")) == NT_HASH_OF_PASSWORD


def test_a_server_that_knows_only_the_old_kind_is_a_reason_to_warn() -> None:
    for flags, warned in ((USUAL, False), (USUAL & ~EXTENDED, True), (USUAL & ~TARGET_INFO, True)):
        message = f"NTLM {base64.b64encode(message_2(flags)).decode()}"
        warnings = answer_to(dict(auth().params), message)[1].warnings
        assert [("NTLMv2" in text) for text in warnings] == [True] * warned


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(st.binary(min_size=1, max_size=90), st.binary(max_size=90).map(lambda tail: message_2()[:40] + tail)),
    st.text(),
)
def test_nothing_that_a_server_sends_ends_the_run(message: bytes, params: str) -> None:
    names = dict.fromkeys(("username", "password", "domain", "workstation"), params)
    second = answer_to(names, f"NTLM {base64.b64encode(message).decode()}")[1]
    assert second.spec is not None or "did not correctly process" in second.warnings[0]


@pytest.mark.parametrize("timestamp", [True, False])
@pytest.mark.parametrize("offers", [("NTLM",), ("Negotiate", "NTLM"), ("Negotiate, NTLM",)])
def test_three_messages_on_one_connection_open_it(offers: tuple[str, ...], timestamp: bool) -> None:
    with serving(NtlmServer(timestamp, offers).judge) as server:
        client = Client()
        request = spec(server.base + "/x", "POST", {"authorization": "old"}, Body(mode="raw", raw="hello"))
        assert [client.call(request, auth()).code for _ in range(2)] == [200, 200]
        client.close()
    assert len(server.seen) == 4, "unsigned, message 1, message 3; then the connection is trusted"
    assert len({seen.connection for seen in server.seen}) == 1
    assert [seen.body for seen in server.seen] == [b"hello"] * 4
    assert server.seen[0].header("authorization") is None
    assert client.warnings == []


@pytest.mark.parametrize(
    ("username", "domain", "expected"),
    [
        ("Domain\\User", "", ("Domain", "User")),
        ("User@Domain", "", ("Domain", "User")),
        ("User", "", ("", "User")),
        ("User", "Other", ("Other", "User")),
        ("User@Domain", "Other", ("Other", "User@Domain")),
    ],
)
def test_the_domain_may_stand_in_the_user_name(username: str, domain: str, expected: tuple[str, str]) -> None:
    rules = NtlmServer(domain=expected[0], user=expected[1])
    with serving(rules.judge) as server:
        client = Client()
        assert client.call(spec(server.base + "/x"), auth(username=username, domain=domain)).code == 200
        client.close()


def test_odd_user_names_have_no_domain() -> None:
    assert split_username("a\\b@c") == ("", "a\\b@c")
    assert split_username("\\b") == ("", "\\b")
    assert split_username("a@") == ("", "a@")


def test_the_workstation_is_that_of_the_user_and_never_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETBIOS_COMPUTER_NAME", "SECRET")
    rules = NtlmServer()
    with serving(rules.judge) as server:
        for params in ({"workstation": "Desk"}, {}):
            client = Client()
            assert client.call(spec(server.base + "/x"), auth(**params)).code == 200
            client.close()
    assert rules.workstations == ["DESK", ""]


def test_without_credentials_the_server_is_answered_all_the_same() -> None:
    with serving(NtlmServer().judge) as server:
        client = Client()
        assert client.call(spec(server.base + "/x"), Auth("ntlm", {})).code == 401
        client.close()
    assert [bool(seen.header("authorization")) for seen in server.seen] == [False, True, True]


def test_a_wrong_password_ends_after_message_3() -> None:
    with serving(NtlmServer().judge) as server:
        client = Client()
        assert client.call(spec(server.base + "/x"), auth(password="other")).code == 401
        client.close()
    assert len(server.seen) == 3


def test_a_server_that_does_not_ask_is_not_answered() -> None:
    answers = {
        "/open": Reply(200),
        "/basic": Reply(401, (("WWW-Authenticate", "Basic"),)),
        "/plain": Reply(403),
    }
    with serving(lambda seen: answers[seen.path]) as server:
        client = Client()
        codes = [client.call(spec(server.base + path), auth()).code for path in answers]
        assert client.call(spec(server.base + "/basic"), auth(disableRetryRequest=True)).code == 401
        client.close()
    assert codes == [200, 401, 403]
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("NTLM", "there was an error validating auth: ntlm: server did not send NTLM type 2 message"),
        ("NTLM bm9uc2Vuc2U=", "ntlm: server did not correctly process authentication request"),
        ("NTLM !", "ntlm: server did not correctly process authentication request"),
    ],
)
def test_nonsense_instead_of_message_2_is_said(answer: str, words: str) -> None:
    with serving(lambda seen: Reply(401, (("WWW-Authenticate", answer),))) as server:
        client = Client()
        assert client.call(spec(server.base + "/x"), auth()).code == 401
        client.close()
    assert len(server.seen) == 2
    assert len(client.warnings) == 1
    assert words in client.warnings[0]


def test_missing_credentials_are_said() -> None:
    signed = sign(spec("http://h/"), Auth("ntlm", {}), context())
    assert signed.warnings == ("runtime~ntlm.auth: no username", "runtime~ntlm.auth: no password")
