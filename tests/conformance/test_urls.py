"""URLs: parts, path variables, query, percent-encoding, hosts."""

from __future__ import annotations

from conformance.case import Case, case, item, raw, url
from conformance.harness import Compare

CASES = [
    # -- shapes
    case("url-text", item(url="@BASE@/a/b?c=d")),
    case("url-request-is-text", {"name": "plain", "request": "@BASE@/plain"}),
    case("url-parts", item(url=url("a/b", query=[{"key": "c", "value": "d"}]))),
    case("url-parts-win-over-raw", item(url=url("parts", raw="@BASE@/raw"))),
    case("url-raw-only", item(url={"raw": "@BASE@/raw?x=1"})),
    case("url-host-as-text", item(url={"protocol": "http", "host": "127.0.0.1", "port": "@PORT@", "path": ["x"]})),
    case("url-path-as-text", item(url={"protocol": "http", "host": "127.0.0.1", "port": "@PORT@", "path": "/x/y"})),
    case("url-query-as-text", item(url={"protocol": "http", "host": "127.0.0.1", "port": "@PORT@", "path": "x", "query": "a=1&b"})),
    case("url-path-segments-as-objects", item(url=url([{"type": "string", "value": "seg"}, "b"]))),
    case("url-without-protocol", item(url="@HOST@:@PORT@/x")),
    case("url-upper-case-scheme", item(url="HTTP://@HOST@:@PORT@/x")),
    case("url-without-path", item(url="@BASE@")),
    case("url-only-query", item(url="@BASE@?a=1")),
    case("url-trailing-slash", item(url="@BASE@/a/")),
    case("url-double-slashes", item(url="@BASE@//a//b")),
    case("url-dots", item(url="@BASE@/a/../b/./c")),
    case("url-white-space-around", item(url="  @BASE@/x  ")),
    case("url-white-space-inside", item(url="@BASE@/a b/c?d=e f")),
    case("url-line-break-inside", item(url="@BASE@/a\nb?c=\td")),
    case("url-back-slashes", item(url="@BASE@\\a\\b")),
    case("url-empty", item("empty", url="", test="pm.test('runs');"), item("next")),
    case("url-missing", {"name": "none", "request": {"method": "GET"}}),
    case("url-null", item(url=None)),
    case("url-other-scheme", item(url="ftp://@HOST@:@PORT@/x")),
    case("url-fragment", item(url="@BASE@/x?a=1#frag?b=2")),
    case("url-fragment-in-parts", item(url=url("x", hash="frag"))),
    case("url-user-info", item(url="http://us%65r:p%40ss@@HOST@:@PORT@/x")),
    case("url-user-info-in-parts", item(url={**url("x"), "auth": {"user": "u", "password": "p:w"}})),
    case("url-user-info-without-password", item(url="http://user@@HOST@:@PORT@/x")),
    case("url-refused-port", item("refused", url="http://127.0.0.1:1/x", test="pm.test('still', () => pm.expect(pm.response.code).to.be.undefined);")),
    case("url-port-zero", item(url="http://127.0.0.1:0/x"), item(url={"protocol": "http", "host": "127.0.0.1", "port": 0, "path": ["x"]})),
    case("url-port-out-of-range", item(url="http://127.0.0.1:99999/x")),
    case("url-unknown-host", item(url="http://no-such-host.invalid/x")),
    # -- path variables
    case("url-path-variable", item(url=url(":a/x/:b", variable=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]))),
    case("url-path-variable-by-id", item(url=url(":a", variable=[{"id": "a", "value": "1"}]))),
    case("url-path-variable-empty", item(url=url(":a/:b", variable=[{"key": "a", "value": ""}, {"key": "b", "value": None}]))),
    case("url-path-variable-number", item(url=url(":a", variable=[{"key": "a", "value": 7}]))),
    case("url-path-variable-unset", item(url=url(":a/:b", variable=[{"key": "b", "value": "x"}]))),
    case("url-path-variable-disabled", item(url=url(":a", variable=[{"key": "a", "value": "1", "disabled": True}]))),
    case("url-path-variable-template", item(url=url(":a", variable=[{"key": "a", "value": "{{v}}"}])), variables={"v": "x y/z"}),
    case("url-path-variable-encoded", item(url=url(":a", variable=[{"key": "a", "value": "a/b?c#d%20e"}]))),
    case("url-path-variable-with-extension", item(url=url(":a.json", variable=[{"key": "a", "value": "f"}, {"key": "a.json", "value": "g"}]))),
    case("url-path-variable-twice", item(url=url(":a/:a", variable=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]))),
    case("url-path-variable-inside-a-segment", item(url=url("x:a/:b:c", variable=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]))),
    case("url-path-variable-in-text", item(url="@BASE@/:a")),
    case("url-path-variable-not-in-query", item(url=url("x", query=[{"key": ":a", "value": ":a"}], variable=[{"key": "a", "value": "1"}]))),
    case("url-path-variable-named-like-a-template", item(url=url(":{{n}}", variable=[{"key": "id", "value": "1"}])), variables={"n": "id"}),
    # -- query
    case("url-query-disabled", item(url=url("x", query=[{"key": "a", "value": "1", "disabled": True}, {"key": "b", "value": "2"}]))),
    case("url-query-disabled-by-other-values", item(url=url("x", query=[{"key": "a", "value": "1", "disabled": "true"}, {"key": "b", "value": "2", "disabled": 1}, {"key": "c", "value": "3", "disabled": None}]))),
    case("url-query-without-key-or-value", item(url=url("x", query=[{"value": "d"}, {"key": None, "value": "e"}, {"key": "f"}, {"key": "g", "value": None}, {}]), pre="pm.test(JSON.stringify(pm.request.url), () => {});", test="pm.test(JSON.stringify(pm.request.url), () => {});")),
    case("url-odd-segments", item(url=url(["a", None, 5, True, ""]))),  # type: ignore[list-item]
    case("url-odd-credentials", *(item(url=url("x", auth=one)) for one in ({"user": 5}, {"user": "u", "password": True}, {"password": "p"}, ["u", "p"]))),
    case("url-query-all-disabled", item(url=url("x", query=[{"key": "a", "value": "1", "disabled": True}]))),
    case("url-query-null-and-empty", item(url=url("x", query=[{"key": "a", "value": None}, {"key": "b", "value": ""}, {"key": "c"}]))),
    case("url-query-null-key", item(url=url("x", query=[{"key": None, "value": "v"}, {"key": "", "value": "w"}, {"value": "z"}, {"key": None, "value": None}]))),
    case("url-query-duplicates", item(url=url("x", query=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]))),
    case("url-query-reserved", item(url=url("x", query=[{"key": "a=b&c#d", "value": "e=f&g#h?i/j"}]))),
    case("url-query-numbers", item(url=url("x", query=[{"key": "a", "value": 1}, {"key": "b", "value": True}, {"key": "c", "value": 1.50}]))),
    case("url-query-encoded-already", item(url=url("x", query=[{"key": "a%20b", "value": "c%26d"}, {"key": "p", "value": "100%"}]))),
    case("url-query-text-odd", item(url="@BASE@/x?&a&&b=&=c&d==e&")),
    case("url-query-plus", item(url="@BASE@/x?a=b+c&d=e%2Bf")),
    case("url-query-template-with-reserved", item(url=url("x", query=[{"key": "q", "value": "{{v}}"}])), variables={"v": "a&b=c#d e"}),
    case("url-question-marks", item(url="@BASE@/x?a=b?c=d?")),
    # -- percent-encoding
    case("url-encode-path", item(url="@BASE@/!\"$%&'()*+,-.;<=>@[]^_`{|}~")),
    case("url-encode-query", item(url="@BASE@/x?!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~")),
    case("url-encode-non-ascii", item(url="@BASE@/žluť/漢?ü=ß😀")),
    case("url-encode-existing", item(url="@BASE@/%7Euser/%zz/%e4?a=%7E%zz")),
    case("url-encode-nul-and-del", item(url="@BASE@/a\u0001b\u007fc?d=\u0001\u007f")),
    case("url-encode-quotes-in-query", item(url=url("x", query=[{"key": "q", "value": "it's \"quoted\" <b>"}]))),
    case("url-encoding-disabled-headers-told", *(item(method=method, url=f"@BASE@/{path}", body=raw("x"), behavior={"disableUrlEncoding": True}, test="pm.test(pm.request.headers.get('Content-Length') + pm.request.headers.get('Host'), () => {});") for method in ("GET", "POST") for path in ("a b", "a{b", "x?c=d e", "\u00fc"))),
    case("url-encoding-disabled", item(url="@BASE@/a b?c={d}&e=ü", behavior={"disableUrlEncoding": True})),
    # -- hosts
    case("url-host-in-upper-case", item(url="http://LOCALHOST:@PORT@/x")),
    case("url-localhost", item(url="http://localhost:@PORT@/x")),
    case("url-sub-domain-of-localhost", item(url="http://api.localhost:@PORT@/x")),
    case("url-other-loopback-address", item(url="http://127.0.0.2:@PORT@/x")),
    case("url-short-ip-address", item(url="http://127.1:@PORT@/x")),
    # -- methods
    case("url-methods", *(item(m, method=m) for m in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"))),
    case("url-methods-of-webdav", *(item(m, method=m) for m in ("COPY", "LINK", "UNLINK", "PURGE", "LOCK", "UNLOCK", "PROPFIND", "VIEW"))),
    case("url-method-lower-case", item(method="post", body=raw("x"))),
    case("url-method-missing", item(method=None)),
    case("url-method-own", item(method="FETCHIT", body=raw("x"))),
    case("url-method-empty", item(method="")),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
