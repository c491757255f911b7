"""ntlm, against a server that checks message 3 field by field ([MS-NLMP] 2.2.1.3, 3.3.2).

The hash of the password is a constant of [MS-NLMP] 4.2.2.1.2, so that nothing here needs the client's
own code (or MD4, which many builds of OpenSSL lack).
"""

from __future__ import annotations

import base64
import hmac
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import pytest

from runner.auth import sign
from runner.auth.ntlm import split_username
from runner.model.collection import Auth, Body

from .server import Client, Reply, Seen, context, serving, spec

NT_HASH_OF_PASSWORD = bytes.fromhex("a4f49c406510bdcab6824ee7c30fd852")
CHALLENGE = bytes.fromhex("0123456789abcdef")
UNICODE, TARGET, NTLM, ALWAYS_SIGN, DOMAIN = 0x1, 0x4, 0x200, 0x8000, 0x10000
EXTENDED, TARGET_INFO, VERSION, KEY_128, KEY_56 = 0x80000, 0x800000, 0x2000000, 0x20000000, 0x80000000


def md5(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "md5")


def pair(kind: int, value: bytes) -> bytes:
    return struct.pack("<HH", kind, len(value)) + value


def message_2(timestamp: bool) -> bytes:
    target = "DOMAIN".encode("utf-16-le")
    info = pair(2, target) + pair(1, "SERVER".encode("utf-16-le"))
    info += pair(7, struct.pack("<Q", 133_000_000_000_000_000)) if timestamp else b""
    info += pair(0, b"")
    flags = UNICODE | TARGET | NTLM | ALWAYS_SIGN | DOMAIN | EXTENDED | TARGET_INFO | VERSION | KEY_128 | KEY_56
    head = b"NTLMSSP\0" + struct.pack("<IHHI", 2, len(target), len(target), 56)
    head += struct.pack("<I", flags) + CHALLENGE + bytes(8)
    head += struct.pack("<HHI", len(info), len(info), 56 + len(target)) + bytes([10, 0, 0, 0, 0, 0, 0, 15])
    return head + target + info


@dataclass
class NtlmServer:
    """Authenticates connections, as NTLM over HTTP does."""

    timestamp: bool = True
    offers: tuple[str, ...] = ("Negotiate", "NTLM")
    domain: str = "Domain"
    user: str = "User"
    workstations: list[str] = field(default_factory=list)
    firsts: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
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
            self.firsts[seen.connection] = (message, message_2(self.timestamp))
            answer = base64.b64encode(self.firsts[seen.connection][1]).decode()
            return Reply(401, (("WWW-Authenticate", f"NTLM {answer}"),))
        assert kind == 3
        if not self.verifies(message, *self.firsts.pop(seen.connection)):
            return Reply(401, tuple(("WWW-Authenticate", offer) for offer in self.offers))
        self.trusted.add(seen.connection)
        return Reply(200)

    def verifies(self, message: bytes, first: bytes, second: bytes) -> bool:
        def part(offset: int) -> bytes:
            length, _, start = struct.unpack_from("<HHI", message, offset)
            return message[start : start + length]

        nt, domain, user, workstation = (part(offset) for offset in (20, 28, 36, 44))
        self.workstations.append(workstation.decode("utf-16-le"))
        if (domain.decode("utf-16-le"), user.decode("utf-16-le")) != (self.domain, self.user):
            return False
        owf = md5(NT_HASH_OF_PASSWORD, (self.user.upper() + self.domain).encode("utf-16-le"))
        proof, temp = nt[:16], nt[16:]
        if proof != md5(owf, CHALLENGE + temp):
            return False
        assert temp[:2] == b"\x01\x01", "NTLMv2, not its weak predecessors"
        if self.timestamp:  # then the client has to sign all three messages
            mic, zeroed = message[72:88], message[:72] + bytes(16) + message[88:]
            assert mic == md5(md5(owf, proof), first + second + zeroed)
        return True


def auth(**changes: Any) -> Auth:
    return Auth("ntlm", {"username": "User", "password": "Password", "domain": "Domain", **changes})


@pytest.mark.parametrize("timestamp", [True, False])
@pytest.mark.parametrize("offers", [("NTLM",), ("Negotiate", "NTLM"), ("Negotiate, NTLM",), ("negotiate",)])
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
        for params in ({"workstation": "DESK"}, {}):
            client = Client()
            assert client.call(spec(server.base + "/x"), auth(**params)).code == 200
            client.close()
    assert rules.workstations == ["DESK", ""]
    assert os.environ["NETBIOS_COMPUTER_NAME"] == "SECRET"


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
