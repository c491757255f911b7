"""TLS: whom we trust, what we show, what we speak. Newman's answers were recorded with 6.2.2."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runner.transport.tls import ClientCertificate, certificates_from_json
from runner.transport.url_match import matches_any
from runner.transport.urls import split_url
from support import certificates
from transport.client import Client, client
from transport.servers import OK, Conversation, Recorder, recorder

CLIENT = {"cert": "client.pem", "key": "client.key"}
LOCKED = {"cert": "client.pem", "key": "client-locked.key"}


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates.make(tmp_path_factory.mktemp("certs"))


def who(conversation: Conversation, request: bytes) -> bytes:
    """Answers with the name in the client's certificate."""
    assert isinstance(conversation.socket, ssl.SSLSocket)
    shown: Mapping[str, Any] = conversation.socket.getpeercert() or {}
    name = dict(pair[0] for pair in shown.get("subject", ())).get("commonName", "-").encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(name), name)


@pytest.fixture
def server(certs: Path) -> Iterator[Recorder]:
    with recorder(who, context=certificates.server_context(certs)) as one:
        yield one


@contextmanager
def visitor(certs: Path, *shown: ClientCertificate, **settings: Any) -> Iterator[tuple[Client, list[str]]]:
    warnings: list[str] = []
    with client(certs, client_certificates=shown, warn=warnings.append, **settings) as one:
        yield one, warnings


def test_only_known_authorities_are_trusted(certs: Path, server: Recorder) -> None:
    with visitor(certs) as (web, _):
        error = web.send(server.url()).error
        assert error is not None
        assert (error.message, error.code) == (
            "self-signed certificate in certificate chain",
            "SELF_SIGNED_CERT_IN_CHAIN",
        )
        assert web.get(server.url(), strict_ssl=False).code == 200
        assert web.send(server.url()).error == error
    with visitor(certs, extra_ca="ca.pem") as (web, _):
        exchange = web.send(server.url())
        assert exchange.response is not None, exchange.error
        assert exchange.timings.tls is not None
        assert exchange.timings.tls > 0
        assert web.send(server.url()).timings.tls is None
        assert server.connections >= 1


def test_authorities_may_be_named_as_for_node(certs: Path, server: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(certs / "ca.pem"))
    with visitor(certs) as (web, _):
        assert web.get(server.url()).code == 200


@pytest.mark.parametrize(
    ("name", "why"), [("nope.pem", "No such file or directory"), ("client.key", "no certificates in it")]
)
def test_authorities_that_cannot_be_read_are_warned_of(certs: Path, server: Recorder, name: str, why: str) -> None:
    with visitor(certs, extra_ca=name) as (web, warnings):
        assert web.send(server.url()).error is not None
        assert warnings == [f"extra CA certificates {certs / name} are not used: {why}"]


@pytest.mark.parametrize(
    ("host", "name", "code"),
    [("127.0.0.3", "altnames", "ERR_TLS_CERT_ALTNAME_INVALID"), ("127.0.0.1", None, None), ("localhost", None, None)],
)
def test_the_certificate_must_be_for_the_host(certs: Path, host: str, name: str | None, code: str | None) -> None:
    with (
        recorder(context=certificates.server_context(certs), host="0.0.0.0") as server,
        visitor(certs, extra_ca="ca.pem") as (web, _),
    ):
        error = web.send(server.url(host=host)).error
        assert (error and error.code) == code
        if name is not None and error is not None:
            assert name in error.message


def test_a_lone_certificate_of_an_unknown_issuer(certs: Path, tmp_path: Path) -> None:
    # without the authority's own certificate, which some servers send along
    whole = (certs / "server.pem").read_text()
    blocks = re.findall(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----\n", whole, re.DOTALL)
    assert blocks[0] == "CERTIFICATE"
    first, *_, key = re.finditer(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----\n", whole, re.DOTALL)
    (tmp_path / "leaf.pem").write_text(first[0] + key[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "leaf.pem")
    with recorder(context=context) as server, visitor(certs) as (web, _):
        error = web.send(server.url()).error
        assert error is not None
        assert (error.message, error.code) == (
            "unable to verify the first certificate",
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        )


def test_a_server_that_speaks_no_tls(certs: Path) -> None:
    def hang_up(conversation: Conversation, request: bytes) -> None:
        """Says nothing."""

    with recorder(b"HTTP/1.1 400 Bad\r\n\r\n") as server, visitor(certs) as (web, _):
        error = web.send(server.url().replace("http", "https"), timeout=500).error
        assert error is not None
        assert error.code in ("EPROTO", "ESOCKETTIMEDOUT")
        assert web.send("https://127.0.0.1:1/").error.message == "connect ECONNREFUSED 127.0.0.1:1"  # type: ignore[union-attr]


def test_a_server_that_closes_in_the_handshake(certs: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def close() -> None:
        sock, _ = listener.accept()
        sock.recv(10_000)
        sock.close()

    thread = threading.Thread(target=close)
    thread.start()
    with visitor(certs) as (web, _):
        error = web.send(f"https://127.0.0.1:{listener.getsockname()[1]}/", timeout=2000).error
    thread.join()
    listener.close()
    assert error is not None
    assert error.code == "ECONNRESET"


# --- certificates of clients ---


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        (ClientCertificate(**CLIENT), "the client"),
        (ClientCertificate(**LOCKED, passphrase=certificates.PASSPHRASE), "the client"),
        (ClientCertificate(pfx="client.pfx", passphrase=certificates.PASSPHRASE), "the client"),
        (ClientCertificate(cert="client.pem"), "-"),
        (ClientCertificate(("https://other.example/*",), **CLIENT), "-"),
    ],
)
def test_client_certificates(certs: Path, server: Recorder, shown: ClientCertificate, name: str) -> None:
    with visitor(certs, shown) as (web, warnings):
        assert web.get(server.url(), strict_ssl=False).body.decode() == name
        assert warnings == []


def test_the_first_that_matches_is_shown_and_connections_are_kept_apart(certs: Path, server: Recorder) -> None:
    secret = ClientCertificate((f"https://127.0.0.1:{server.port}/secret/*",), **CLIENT)
    with visitor(certs, secret) as (web, _):
        for path, name in (("/open", "-"), ("/secret/x", "the client"), ("/open", "-"), ("/secret/y", "the client")):
            assert web.get(server.url(path), strict_ssl=False).body.decode() == name
        assert server.connections == 2


def test_a_certificate_of_the_request_itself(certs: Path, server: Recorder) -> None:
    files = {"key": {"src": "client.key"}, "cert": {"src": "client.pem"}}
    texts = {name: {"value": (certs / part["src"]).read_text()} for name, part in files.items()}
    with visitor(certs) as (web, _):
        for own in (files, texts):
            assert web.get(server.url(), strict_ssl=False, certificate=own).body == b"the client"


def test_files_that_are_missing_are_warned_of_and_nothing_is_shown(certs: Path, server: Recorder) -> None:
    with visitor(certs, ClientCertificate(cert="no.pem", key="no.key")) as (web, warnings):
        assert web.get(server.url(), strict_ssl=False).body == b"-"
        assert warnings == [
            'certificate "key" load error:  "no.key", no such file',
            'certificate "cert" load error:  "no.pem", no such file',
        ]


BAD_DECRYPT = ("error:1C800064:Provider routines::bad decrypt", "ERR_OSSL_BAD_DECRYPT")
MISMATCH = ("error:05800074:x509 certificate routines::key values mismatch", "ERR_OSSL_X509_KEY_VALUES_MISMATCH")
NO_PEM = ("error:0480006C:PEM routines::no start line", "ERR_OSSL_PEM_NO_START_LINE")


@pytest.mark.parametrize(
    ("shown", "error"),
    [
        (ClientCertificate(**LOCKED, passphrase="x"), BAD_DECRYPT),
        (ClientCertificate(**LOCKED), BAD_DECRYPT),
        (ClientCertificate(cert="ca.pem", key="client.key"), MISMATCH),
        (ClientCertificate(cert="client.key", key="client.pem"), NO_PEM),
        (ClientCertificate(pfx="client.pfx", passphrase="x"), ("mac verify failure", None)),
        (ClientCertificate(pfx="client.pem", passphrase="x"), ("not enough data", None)),
    ],
)
def test_what_cannot_be_used_is_an_error(
    certs: Path, server: Recorder, shown: ClientCertificate, error: tuple[str, str | None]
) -> None:
    with visitor(certs, shown) as (web, _):
        found = web.send(server.url(), strict_ssl=False).error
        assert found is not None
        assert (found.message, found.code) == error


def test_a_list_of_certificates() -> None:
    rows = [
        {
            "name": "a",
            "matches": ["https://a/*", {"pattern": "https://b/*"}],
            "key": {"src": "k"},
            "cert": {"src": "c"},
        },
        {"matches": ["<all_urls>"], "pfx": "p", "passphrase": "s"},
        "nonsense",
    ]
    assert certificates_from_json(rows) == (
        ClientCertificate(("https://a/*", "https://b/*"), "c", "k", name="a"),
        ClientCertificate(("<all_urls>",), pfx="p", passphrase="s"),
    )
    with pytest.raises(ValueError, match="to be an array"):
        certificates_from_json({})


@pytest.mark.parametrize(
    ("pattern", "url", "matches"),
    [
        ("<all_urls>", "http://x/", True),
        ("https://*:*/*", "https://x:1/y", True),
        ("https://*/*", "https://x:1/y", False),
        ("https://*/*", "https://x/y", True),
        ("https://x:443/*", "https://x/", True),
        ("https://x/*", "https://x:443/", True),
        ("https://x/*", "http://x/", False),
        ("*://x/*", "http://x/", True),
        ("http+https://x/*", "https://x/", True),
        ("https://*.x.com/*", "https://x.com/", True),
        ("https://*.x.com/*", "https://a.b.x.com/", True),
        ("https://*.x.com/*", "https://ax.com/", False),
        ("https://x/a?c*", "https://x/abcdef", True),
        ("https://x/a.c", "https://x/abc", False),
        ("https://x", "https://x/", False),
        ("gopher://x/*", "gopher://x/", False),
        ("nonsense", "https://x/", False),
    ],
)
def test_url_patterns(pattern: str, url: str, matches: bool) -> None:
    assert matches_any([pattern], split_url(url)) is matches


# --- versions and ciphers ---


def speaks(certs: Path, **behavior: list[str]) -> tuple[str, str] | str:
    """Protocol and cipher of a connection, or the code of the error."""
    seen: list[tuple[str, str]] = []

    def look(conversation: Conversation, request: bytes) -> bytes:
        assert isinstance(conversation.socket, ssl.SSLSocket)
        seen.append((conversation.socket.version() or "", (conversation.socket.cipher() or ("",))[0]))
        return OK

    with recorder(look, context=certificates.server_context(certs)) as server, visitor(certs) as (web, _):
        exchange = web.send(server.url(), strict_ssl=False, tls=behavior)
    if exchange.error is not None:
        return exchange.error.code or exchange.error.message
    return seen[0]


def test_versions_and_ciphers(certs: Path) -> None:
    assert speaks(certs)[0] == "TLSv1.3"
    assert speaks(certs, tlsDisabledProtocols=["TLSv1_3"])[0] == "TLSv1.2"
    cipher = "ECDHE-ECDSA-AES128-GCM-SHA256"
    assert speaks(certs, tlsDisabledProtocols=["TLSv1_3"], tlsCipherSelection=[cipher]) == ("TLSv1.2", cipher)
    assert speaks(certs, tlsCipherSelection=["TLS_AES_128_GCM_SHA256"])[0] == "TLSv1.3"
    assert speaks(certs, tlsCipherSelection=["NONSENSE"]) == "ERR_SSL_NO_CIPHER_MATCH"
    everything = ["TLSv1_3", "TLSv1_2", "TLSv1_1", "TLSv1"]
    assert speaks(certs, tlsDisabledProtocols=everything) == "ERR_SSL_NO_PROTOCOLS_AVAILABLE"
    mismatch = speaks(certs, tlsDisabledProtocols=["TLSv1_3"], tlsCipherSelection=["ECDHE-RSA-AES128-GCM-SHA256"])
    assert mismatch == "EPROTO"
