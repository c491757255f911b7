"""``--deny-private-addresses``: whatever leads to a private address, nothing is sent there."""

from __future__ import annotations

from pathlib import Path

import pytest

import runner
from runner.transport import private
from support.server import RecordingServer

from .command import collection, execute, item


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("127.0.0.1", False),
        ("127.255.1.2", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("172.32.0.1", True),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.251", False),
        ("239.1.1.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("::ffff:a9fe:a9fe", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("64:ff9b:1:7f00:1::", False),
        ("64:ff9b:1::808:808", False),
        ("2001:0:7f00:1::1", False),
        ("::ffff:0:7f00:1", False),
        ("192.0.0.8", False),
        ("192.88.99.1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("2002:7f00:1::", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("ff02::1", False),
    ],
)
def test_addresses(address: str, public: bool) -> None:
    assert private.is_public(address) is public


def test_no_form_of_an_address_gets_through(tmp_path: Path, server: RecordingServer) -> None:
    port = server.url.rpartition(":")[2]
    hosts = ["127.0.0.1", "localhost", "a.localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0", "0"]
    hosts += ["[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "127.0.0.2", "①②⑦.0.0.1", "LOCALHOST"]
    hosts += ["0x7f.1", "127。0。0。1", "user@127.0.0.1"]
    hosts += ["[2001:0:7f00:1::1]", "[64:ff9b:1:7f00:1::]", "[::ffff:0:127.0.0.1]"]
    items = [item(host, f"http://{host}:{port}/secret") for host in hosts]
    send = f"pm.sendRequest('http://127.0.0.1:{port}/script', (error) => pm.test(String(error && error.message)))"
    items.append(item("script", f"http://127.0.0.1:{port}/", prerequest=send))
    token = [
        {"key": "accessTokenUrl", "value": f"http://127.0.0.1:{port}/token"},
        {"key": "grant_type", "value": "client_credentials"},
    ]
    items.append(item("token", f"http://127.0.0.1:{port}/", auth={"type": "oauth2", "oauth2": token}))
    ran = execute(tmp_path, collection(*items), "--deny-private-addresses", "--timeout-request", "2000")
    assert ran.code == 1
    assert server.take() == ()
    for name in [*hosts, "script", "token"]:
        assert ran.failures(name), name
    assert "127.0.0.1 is a private address, and --deny-private-addresses is given" in ran.failures("127.0.0.1")
    assert "private address" in ran.logged("script")


def test_proxies_are_no_way_around(tmp_path: Path, server: RecordingServer) -> None:
    own = {"host": "127.0.0.1", "port": int(server.url.rpartition(":")[2])}
    items = [item("own", "http://93.184.215.14/"), item("given", "http://93.184.215.14/")]
    items[0]["proxyConfig"] = items[0]["request"]["proxy"] = own
    ran = execute(tmp_path, collection(*items), "--deny-private-addresses", env={"HTTP_PROXY": server.url})
    assert ran.code == 1
    assert server.take() == ()
    assert all("private address" in "".join(ran.failures(name)) for name in ("own", "given"))


@pytest.mark.parametrize(
    "to", ["http://127.0.0.2:{port}/inner", "http://[::1]:{port}/inner", "http://0x7f000002:{port}/"]
)
def test_redirects_and_names_are_looked_at_when_they_connect(
    monkeypatch: pytest.MonkeyPatch, server: RecordingServer, to: str
) -> None:
    """127.0.0.1 plays a public host here."""
    real = private.is_public
    monkeypatch.setattr(private, "is_public", lambda address: address == "127.0.0.1" or real(address))
    port = server.url.rpartition(":")[2]
    url = f"{server.url}/redirect/302?to={to.format(port=port)}"
    result = runner.run(collection(item("a", url), item("b", server.url + "/next")), deny_private_addresses=True)
    assert [received.target.partition("?")[0] for received in server.take()] == ["/redirect/302", "/next"]
    assert not result.passed


def test_without_the_option_private_addresses_are_like_others(tmp_path: Path, server: RecordingServer) -> None:
    assert execute(tmp_path, collection(item("a", server.url))).code == 0
    assert len(server.take()) == 1


def test_what_stands_in_for_a_server_is_no_private_address(tmp_path: Path) -> None:
    example = {
        "name": "ok",
        "originalRequest": {"method": "GET", "url": "https://api.example.com/a"},
        "code": 200,
        "body": "x",
    }
    given = collection(
        {
            **item("a", "https://api.example.com/a", "pm.test('x', () => pm.response.to.have.body('x'))"),
            "response": [example],
        }
    )
    assert execute(tmp_path, given, "--mock", "--deny-private-addresses").code == 0
