"""TLS that fails, and proxies: docs/reliability.md, "TLS" and "Proxies"."""

from __future__ import annotations

import socket
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from faults.conftest import JSON_REPORT, Outcome, Ran, collection, execute, item
from faults.server import CHUNKED, Fault, answer, close_after, endless, faulty, listening, reset_after, wait_after
from support.certificates import issue, pem, private

LIMIT = 700  #: ms
LATE = ("ESOCKETTIMEDOUT", "ESOCKETTIMEDOUT")
RESET = ("read ECONNRESET", "ECONNRESET")
CUT = ("Client network socket disconnected before secure TLS connection was established", "ECONNRESET")
UNKNOWN = ("self-signed certificate in certificate chain", "SELF_SIGNED_CERT_IN_CHAIN")


def eproto(reason: str) -> tuple[str, str]:
    return f"write EPROTO SSL routines::{reason}", "EPROTO"


def no_tunnel(why: str) -> tuple[str, str]:
    return f"tunneling socket could not be established, {why}", "ECONNRESET"


TLS: dict[str, tuple[str | None, str | None]] = {
    "good": (None, None),
    "expired": ("certificate has expired", "CERT_HAS_EXPIRED"),
    "not-yet-valid": ("certificate is not yet valid", "CERT_NOT_YET_VALID"),
    "wrong-host": (
        "Hostname/IP does not match certificate's altnames: IP address mismatch, certificate is not valid for "
        "'127.0.0.1'.",
        "ERR_TLS_CERT_ALTNAME_INVALID",
    ),
    "self-signed": ("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"),
    "unknown-authority": ("unable to verify the first certificate", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    "unknown-chain": UNKNOWN,
    "client-certificate-wanted": (
        "SSL routines::tlsv13 alert certificate required",
        "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    ),
    "client-certificate-wanted-1.2": eproto("sslv3 alert handshake failure"),
    "old-version": eproto("tlsv1 alert protocol version"),
    "plain-http": eproto("wrong version number"),
    "garbage": eproto("wrong version number"),
    "closed-in-handshake": CUT,
    "closed-in-the-middle": CUT,
    "reset-in-handshake": RESET,
    "silent-in-handshake": LATE,
    "slow-handshake": LATE,
    "silent-after-handshake": LATE,
    "slow-body": LATE,
    "closed-in-body": ("aborted", "ECONNRESET"),
}
PROXIES: dict[str, tuple[str | None, str | None]] = {
    "proxy-refused": no_tunnel("cause=connect ECONNREFUSED 127.0.0.1:1"),
    "proxy-unknown": no_tunnel("cause=getaddrinfo ENOTFOUND nowhere.invalid"),
    "proxy-407": no_tunnel("statusCode=407"),
    "proxy-502": no_tunnel("statusCode=502"),
    "proxy-garbage": no_tunnel("cause=Parse Error: Expected HTTP/, RTSP/ or ICE/"),
    "proxy-closed": no_tunnel("cause=socket hang up"),
    "proxy-silent": LATE,
    "proxy-slow": LATE,
    "proxy-endless": no_tunnel("cause=response larger than 1 MiB (--max-response-size)"),
    "proxy-then-silent": LATE,
    "proxy-then-closed": CUT,
}
#: what a proxy says to CONNECT
ANSWERS: dict[str, Fault] = {
    "proxy-407": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    "proxy-502": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno",
    "proxy-garbage": b"nonsense\r\n\r\n",
    "proxy-closed": close_after(b""),
    "proxy-silent": wait_after(b""),
    "proxy-slow": endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.05),
    "proxy-endless": endless(CHUNKED.replace(b"200 OK", b"502 Bad"), b"400\r\n" + b"a" * 1024 + b"\r\n"),
    "proxy-then-silent": wait_after(b"HTTP/1.1 200 OK\r\n\r\n"),
    "proxy-then-closed": close_after(b"HTTP/1.1 200 OK\r\n\r\n", wait=True),
}
#: ids to what is said to help
HELP = {
    "expired": "the server's certificate is too old",
    "self-signed": "--ssl-extra-ca-certs",
    "client-certificate-wanted": "--ssl-client-cert",
    "old-version": "no TLS version in common",
    "plain-http": "does not speak TLS on this port",
    "proxy-refused": "the proxy of HTTPS_PROXY",
}


def first(fault: Fault) -> Callable[[socket.socket], None]:
    """Waits for the client's first bytes, then does wrong."""

    def handle(sock: socket.socket) -> None:
        sock.recv(4096)
        if callable(fault):
            fault(sock)
        else:
            sock.sendall(fault)
            time.sleep(0.1)

    return handle


def behind(context: ssl.SSLContext, fault: Fault) -> Callable[[socket.socket], None]:
    """Does wrong after the handshake and the request."""

    def handle(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as secure:
            first(fault)(secure)

    return handle


def contexts(folder: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    root_key, root = issue("An authority")
    other_key, other = issue("Another authority")
    (folder / "ca.pem").write_bytes(pem(root))
    made = {
        "good": issue("good", root, root_key),
        "expired": issue("expired", root, root_key, days=(-10, -1)),
        "not-yet-valid": issue("early", root, root_key, days=(10, 20)),
        "wrong-host": issue("elsewhere", root, root_key, host="other.example"),
        "self-signed": issue("alone"),
        "unknown-authority": issue("strange", other, other_key),
        "unknown-chain": issue("strange too", other, other_key),
    }
    for name, (key, certificate) in made.items():
        chain = pem(other) if name == "unknown-chain" else b""
        (folder / f"{name}.pem").write_bytes(pem(certificate) + chain + private(key))
    others = ("client-certificate-wanted", "client-certificate-wanted-1.2", "old-version")
    for name in (*made, *others):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{name if name in made else 'good'}.pem")
        if name.startswith("client"):
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(folder / "ca.pem")
        if name.endswith("1.2"):
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if name == "old-version":
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        yield name, context


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """All of them in one run."""
    folder = tmp_path_factory.mktemp("secure")
    with ExitStack() as stack:
        servers: dict[str, Callable[[socket.socket], None]] = {}
        for name, context in contexts(folder):
            servers[name] = behind(context, answer())
            if name == "good":
                servers["silent-after-handshake"] = behind(context, wait_after(b""))
                servers["slow-body"] = behind(context, endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.05))
                servers["closed-in-body"] = behind(context, b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok")
        servers |= {
            "plain-http": first(answer()),
            "garbage": first(bytes(range(40, 240))),
            "closed-in-handshake": first(close_after(b"")),
            "closed-in-the-middle": first(close_after(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03")),
            "reset-in-handshake": first(reset_after(b"")),
            "silent-in-handshake": first(wait_after(b"")),
            "slow-handshake": first(endless(b"\x16\x03\x03\x40\x00", b"\x02", 0.05)),
        }
        items = []
        for name in TLS:
            items.append(item(name, f"https://127.0.0.1:{stack.enter_context(listening(servers[name]))}/"))
        for name in PROXIES:
            place = {"proxy-refused": ("127.0.0.1", 1), "proxy-unknown": ("nowhere.invalid", 1)}.get(name)
            if place is None:
                place = "127.0.0.1", stack.enter_context(listening(first(ANSWERS[name])))
            proxy = {"host": place[0], "port": place[1], "tunnel": True, "match": "*"}
            items.append(item(name, "https://behind.invalid/", proxy=proxy))
        options = ("--timeout-request", str(LIMIT), "--ssl-extra-ca-certs", "ca.pem")
        yield execute(folder, collection(folder, items), *JSON_REPORT, *options)


@pytest.mark.parametrize("name", [*TLS, *PROXIES])
def test_outcome(name: str, ran: Ran) -> None:
    message, code = {**TLS, **PROXIES}[name]
    found = ran.outcomes()[name]
    if message is None:
        assert (found.status, found.body) == (200, b"ok")
    else:
        assert found == Outcome(None, message, code, None, ran=True)


def test_the_run_as_a_whole(ran: Ran) -> None:
    assert (ran.code, ran.err) == (1, "")
    late = [*TLS.values(), *PROXIES.values()].count(LATE)
    assert ran.seconds < late * LIMIT / 1000 + 10
    blocks = ran.out.partition("failure")[2].split("Error  ")
    for name, text in HELP.items():
        block = next(block for block in blocks if f'inside "{name}"' in block)
        assert text in block, block


def test_a_proxy_of_the_environment(tmp_path: Path) -> None:
    """Plain requests go to it without a tunnel; what is wrong with it is told as it is of a server."""
    with faulty() as one:
        file = collection(tmp_path, [item("dead", "http://behind.invalid/closed-before")])
        ran = execute(tmp_path, file, *JSON_REPORT, env={"HTTP_PROXY": one.url("")})
        assert one.heads[0].startswith(b"GET http://behind.invalid/closed-before HTTP/1.1\r\n")
    assert ran.code == 1
    ran = execute(tmp_path, file, *JSON_REPORT, env={"HTTP_PROXY": "http://127.0.0.1:1"})
    assert ran.outcomes()["dead"] == Outcome(None, "connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED", None, ran=True)
