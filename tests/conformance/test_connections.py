"""TLS, client certificates, proxies, time limits: what happens before and around a request."""

from __future__ import annotations

from conformance.case import Case, auth, case, item, raw
from conformance.harness import Compare
from support.certificates import PASSPHRASE

R = item("r", "@TLS@/x", test="pm.test(String(pm.response.code));")
ONE = ("--ssl-client-cert", "certs/client.pem", "--ssl-client-key", "certs/client.key")
LOCKED = ("--ssl-client-cert", "certs/client.pem", "--ssl-client-key", "certs/client-locked.key")
CA = ("--ssl-extra-ca-certs", "certs/ca.pem")
PROXY = {"HTTP_PROXY": "@BASE@", "HTTPS_PROXY": "@BASE@"}
KEY = {"key": {"src": "certs/client.key"}, "cert": {"src": "certs/client.pem"}}


def listed(name: str, *entries: object) -> Case:
    return case(name, R, args=("-k", "--ssl-client-cert-list", "list.json"), files={"list.json": list(entries)}, certs=True)


CASES = [
    # -- certificates of servers
    case("tls-unknown-authority", R, item("next", "@BASE@/y")),
    case("tls-insecure", R, args=("-k",)),
    case("tls-extra-authority", R, args=CA, certs=True),
    case("tls-extra-authority-missing", R, args=("--ssl-extra-ca-certs", "missing.pem"), certs=True),
    case("tls-not-strict", item("r", "@TLS@/x", behavior={"strictSSL": False})),
    case("tls-strict-beats-option", item("r", "@TLS@/x", behavior={"strictSSL": True}), args=("-k",)),
    case("tls-redirected-to", item("r", "@BASE@/redirect/302?to=@TLS@/end"), args=("-k",)),
    case("tls-redirected-from", item("r", "@TLS@/redirect/302?to=@BASE@/end", auth=auth("bearer", token="t")), args=("-k",)),
    case("tls-sent-by-a-script", item("r", "@BASE@/x", test="pm.sendRequest('@TLS@/sent', (e, r) => pm.test(e ? 'error' : String(r.code)));"), args=("-k",)),
    case("tls-cookie", item("a", "@TLS@/respond?header=Set-Cookie:%20a=1;%20Secure"), item("b", "@TLS@/x"), item("c", "@BASE@/x"), args=("-k",)),
    case("tls-post", item("r", "@TLS@/x", "POST", body=raw("x" * 50000)), args=("-k",)),
    case("tls-refused", item("r", "https://127.0.0.1:1/x")),
    # -- certificates of clients
    case("tls-client-certificate", R, args=("-k", *ONE), certs=True),
    case("tls-client-certificate-and-authority", R, args=(*CA, *ONE), certs=True),
    case("tls-client-certificate-without-key", R, args=("-k", *ONE[:2]), certs=True),
    case("tls-client-certificate-locked", R, args=("-k", *LOCKED, "--ssl-client-passphrase", PASSPHRASE), certs=True),
    case("tls-client-certificate-missing", R, args=("-k", "--ssl-client-cert", "no.pem", "--ssl-client-key", "no.key"), certs=True),
    case("tls-client-certificate-over-http", item("r", "@BASE@/x"), args=ONE, certs=True),
    listed("tls-list", {"name": "c", "matches": ["https://127.0.0.1:@PORT@/*"], **KEY}),
    listed("tls-list-any-host", {"name": "c", "matches": ["https://*:*/*"], **KEY}),
    listed("tls-list-all-urls", {"name": "c", "matches": ["<all_urls>"], **KEY}),
    listed("tls-list-other-host", {"name": "c", "matches": ["https://example.com/*"], **KEY}),
    listed("tls-list-other-port", {"name": "c", "matches": ["https://127.0.0.1/*"], **KEY}),
    listed("tls-list-path", {"name": "c", "matches": ["https://127.0.0.1:@PORT@/y*"], **KEY}),
    listed("tls-list-pfx", {"name": "c", "matches": ["https://127.0.0.1:*/*"], "pfx": {"src": "certs/client.pfx"}, "passphrase": PASSPHRASE}),
    listed("tls-list-locked-key", {"name": "c", "matches": ["https://127.0.0.1:*/*"], "key": {"src": "certs/client-locked.key"}, "cert": {"src": "certs/client.pem"}, "passphrase": PASSPHRASE}),
    case("tls-list-and-single", R, args=("-k", *ONE, "--ssl-client-cert-list", "list.json"), files={"list.json": [{"name": "c", "matches": ["https://example.com/*"], **KEY}]}, certs=True),
    # -- proxies
    case("proxy-http", item("r", "http://far.invalid/x?y=1"), env=PROXY),
    case("proxy-http-with-a-port", item("r", "http://far.invalid:8080/x"), env=PROXY),
    case("proxy-loopback-goes-through-it-too", item("r", "@BASE@/x"), env=PROXY),
    case("proxy-lower-case", item("r", "http://far.invalid/x"), env={"http_proxy": "@BASE@"}),
    case("proxy-with-password", item("r", "http://far.invalid/x"), env={"HTTP_PROXY": "http://us%20er:p%40ss@@HOST@:@PORT@"}),
    case("proxy-without-scheme", item("r", "http://far.invalid/x"), env={"HTTP_PROXY": "@HOST@:@PORT@"}),
    case("proxy-not-for-host", item("r", "@BASE@/x"), env={**PROXY, "NO_PROXY": "127.0.0.1"}),
    case("proxy-not-for-host-and-port", item("r", "@BASE@/x"), env={**PROXY, "NO_PROXY": "example.com, 127.0.0.1:@PORT@"}),
    case("proxy-not-for-other-port", item("r", "@BASE@/x"), env={**PROXY, "NO_PROXY": "127.0.0.1:1"}),
    case("proxy-not-for-all", item("r", "@BASE@/x"), env={**PROXY, "NO_PROXY": "*"}),
    case("proxy-not-for-sub-domains", item("r", "http://a.far.invalid/x"), env={**PROXY, "NO_PROXY": "far.invalid"}),
    case("proxy-post", item("r", "http://far.invalid/x", "POST", body=raw("body")), env=PROXY),
    case("proxy-redirect", item("r", "http://far.invalid/redirect/302?to=http://near.invalid/end"), env=PROXY),
    case("proxy-https-tunnel", R, args=("-k",), env=PROXY),
    case("proxy-https-tunnel-with-password", R, args=("-k",), env={"HTTPS_PROXY": "http://user:pass@@HOST@:@PORT@"}),
    case("proxy-https-only", item("r", "@BASE@/x"), env={"HTTPS_PROXY": "http://127.0.0.1:1"}),
    case("proxy-down", item("r", "http://far.invalid/x"), item("next", "@BASE@/x"), env={"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"}),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
