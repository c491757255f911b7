"""Redirects, cookies and the other keys of protocolProfileBehavior."""

from __future__ import annotations

from conformance.case import Case, auth, case, folder, item, raw
from conformance.harness import Compare

CODES = (300, 301, 302, 303, 304, 305, 307, 308)
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")
SET = "header=Set-Cookie:%20"


def to(target: str = "/end", code: int = 302, more: str = "") -> str:
    return f"@BASE@/redirect/{code}?to={target}{more}"


def behave(name: str, value: object, target: str = "/end", **more: object) -> Case:
    text = str(value).lower()
    return case(f"behavior-{name.lower()}-{text}", item(url=to(target), behavior={name: value}, **more))  # type: ignore[arg-type]


OTHER_HOST = "http://127.0.0.2:@PORT@/end"

CASES = [
    # -- redirects
    *(case(f"redirect-{code}", item(method="POST", url=to(code=code), body=raw("{}", "json"), test="pm.test(String(pm.response.code));")) for code in CODES),
    *(case(f"redirect-303-{method.lower()}", item(method=method, url=to(code=303), body=raw("x"))) for method in METHODS),
    *(case(f"redirect-307-{method.lower()}", item(method=method, url=to(code=307), body=raw("x"))) for method in METHODS),
    case("redirect-chain", item(url=to("/redirect/301?to=/redirect/307?to=/end"))),
    case("redirect-absolute", item(url=to("@BASE@/abs?x=1"))),
    case("redirect-relative", item(url="@BASE@/redirect/302/deeper?to=other")),
    case("redirect-query-only", item(url=to("?to=/end"))),
    case("redirect-with-fragment", item(url=to("/end%23frag"))),
    case("redirect-with-spaces-and-umlauts", item(url=to("/a%20b/%C3%BC?q=c%20d"))),
    case("redirect-encoded-target", item(url=to("/a%2520b?q=%2525"))),
    case("redirect-without-location", item(url="@BASE@/redirect/302", test="pm.test(String(pm.response.code));")),
    case("redirect-empty-location", item(url=to(""), test="pm.test(String(pm.response.code));")),
    case("redirect-to-nowhere", item(url=to("http://127.0.0.1:1/"), test="pm.test('x');"), item("next")),
    case("redirect-to-other-scheme", item(url=to("ftp://x/y"), test="pm.test('x');")),
    case("redirect-endless", item(url="@BASE@/loop/0", test="pm.test('x');"), item("next")),
    case("redirect-maximum-as-text", item(url="@BASE@/loop/1", behavior={"maxRedirects": "2"})),
    case("redirect-other-host-with-cookies-of-the-jar",
         item(url="@BASE@/redirect/302?to=/redirect/301%3Fto%3Dhttp://127.0.0.2:@PORT@/echo&cookie=a%3Db")),
    case("redirect-other-host", item(url=to(OTHER_HOST), auth=auth("basic", username="u", password="p"), header=[{"key": "X-A", "value": "kept"}])),
    case("redirect-other-host-with-own-authorization", item(url=to(OTHER_HOST), header=[{"key": "Authorization", "value": "mine"}])),
    case("redirect-same-host-keeps-authorization", item(url=to(), auth=auth("bearer", token="t"))),
    case("redirect-other-host-with-own-host-header", item(url=to(OTHER_HOST), header=[{"key": "Host", "value": "my.host"}])),
    case("redirect-own-referer", item(url=to(), header=[{"key": "Referer", "value": "mine"}])),
    case("redirect-form-307", item(method="POST", url=to(code=307), body={"mode": "formdata", "formdata": [{"key": "a", "value": "1", "type": "text"}]})),
    case("redirect-ignored-by-option", item(url=to(), test="pm.test(pm.response.code + pm.response.headers.get('Location'));"), args=("--ignore-redirects",)),
    case("redirect-url-seen-by-test", item(url=to(), test="pm.test(pm.request.url.getPath() + pm.response.code);")),
    case("redirect-post-with-content-headers", item(method="POST", url=to(), header=[{"key": "Content-Type", "value": "x/y"}, {"key": "X-A", "value": "1"}], body=raw("abc"))),
    # -- behavior
    *(behave("followRedirects", value) for value in (True, False)),
    *(behave("maxRedirects", value, "/redirect/302?to=/redirect/302?to=/end") for value in (0, 1, 2, 3)),
    *(behave("followOriginalHttpMethod", value, method="POST", body=raw("x")) for value in (True, False)),
    *(behave("followAuthorizationHeader", value, OTHER_HOST, auth=auth("bearer", token="t")) for value in (True, False)),
    *(behave("removeRefererHeaderOnRedirect", value) for value in (True, False)),
    *(behave("disableCookies", value, f"/respond?{SET}b=2%26x", header=[{"key": "Cookie", "value": "own=1"}]) for value in (True, False)),
    case("behavior-disable-cookies-later", item("a", f"@BASE@/respond?{SET}a=1"), item("b", behavior={"disableCookies": True}), item("c")),
    case("behavior-of-folder-and-collection", folder("f", item("a", to()), item("b", to(), behavior={"followRedirects": True}), behavior={"followRedirects": False}), item("c", to())),
    case("behavior-of-collection", item("a", to()), item("b", to(), behavior={"maxRedirects": 1}), behavior={"followRedirects": False}),
    case("behavior-option-beats-nothing", item("a", to(), behavior={"followRedirects": True}), args=("--ignore-redirects",)),
    case("behavior-unknown-keys", item(behavior={"somethingNew": True, "strictSSL": False})),
    case("behavior-null", item(extra={"protocolProfileBehavior": None})),
    # -- cookies
    case("cookie-is-kept", item("a", f"@BASE@/respond?{SET}a=1&{SET}b=2;%20Path=/"), item("b")),
    case("cookie-over-iterations", item("a", f"@BASE@/respond?{SET}a=1"), args=("-n", "2")),
    case("cookie-path", item("a", f"@BASE@/respond?{SET}a=1;%20Path=/only"), item("b", "@BASE@/only/x"), item("c", "@BASE@/other"), item("d", "@BASE@/onlyx")),
    case("cookie-default-path", item("a", "@BASE@/redirect/200?cookie=a=1"), item("b", "@BASE@/redirect/200"), item("c", "@BASE@/x")),
    case("cookie-domain", item("a", f"@BASE@/respond?{SET}a=1;%20Domain=127.0.0.1&{SET}b=2;%20Domain=example.com"), item("b")),
    case("cookie-other-host", item("a", f"@BASE@/respond?{SET}a=1"), item("b", "http://127.0.0.2:@PORT@/x")),
    case("cookie-expired", item("a", f"@BASE@/respond?{SET}a=1"), item("b", f"@BASE@/respond?{SET}a=;%20Expires=Thu,%2001%20Jan%201970%2000:00:00%20GMT"), item("c")),
    case("cookie-max-age-zero", item("a", f"@BASE@/respond?{SET}a=1&{SET}b=2"), item("b", f"@BASE@/respond?{SET}a=x;%20Max-Age=0"), item("c")),
    case("cookie-secure", item("a", f"@BASE@/respond?{SET}a=1;%20Secure"), item("b")),
    case("cookie-overwritten", item("a", f"@BASE@/respond?{SET}a=1"), item("b", f"@BASE@/respond?{SET}a=2"), item("c")),
    case("cookie-odd-values", item("a", f"@BASE@/respond?{SET}a=%22quoted%22&{SET}b=x=y&{SET}c&{SET}=d&{SET}e=f%20g"), item("b")),
    case("cookie-on-redirect", item("a", to("/end", 302, "&cookie=a=1;%20Path=/")), item("b")),
    case("cookie-order-by-path-length", item("a", f"@BASE@/respond?{SET}a=1;%20Path=/&{SET}b=2;%20Path=/x&{SET}c=3;%20Path=/x/y"), item("b", "@BASE@/x/y/z")),
    case("cookie-same-name-two-paths", item("a", f"@BASE@/respond?{SET}a=1;%20Path=/&{SET}a=2;%20Path=/x"), item("b", "@BASE@/x")),
    case("cookie-own-header-first", item("a", f"@BASE@/respond?{SET}a=1"), item("b", header=[{"key": "Cookie", "value": "a=own; z=9"}])),
    case("cookie-as-scripts-see-it", item("a", f"@BASE@/respond?{SET}a=1&{SET}b=two%20words", test="pm.test(JSON.stringify(pm.cookies.toObject())); pm.test(String(pm.cookies.get('b')));"), item("b", pre="pm.test(JSON.stringify(pm.cookies.toObject()));")),
    case("cookie-jar", item("a", pre="const jar = pm.cookies.jar(); jar.set('@BASE@', 'x', '1', (e, c) => pm.test(String(e) + (c && c.name)));"), item("b", test="pm.cookies.jar().get('@BASE@', 'x', (e, v) => pm.test(String(e) + v));")),
    case("cookie-jar-get-all-and-unset", item("a", f"@BASE@/respond?{SET}a=1&{SET}b=2", test="""
const jar = pm.cookies.jar();
jar.getAll('@BASE@/', (e, all) => { pm.test(all.map((one) => one.name + one.value).join());
    jar.unset('@BASE@/', 'a', (e2) => { pm.test(String(e2)); jar.get('@BASE@/', 'a', (e3, v) => pm.test('now ' + v)); }); });
"""), item("b")),
    case("cookie-jar-clear", item("a", f"@BASE@/respond?{SET}a=1&{SET}b=2", test="pm.cookies.jar().clear('@BASE@/', (e) => pm.test(String(e)));"), item("b")),
    case("cookie-jar-set-object", item("a", pre="pm.cookies.jar().set('@BASE@/', {name: 'x', value: '1', path: '/only', httpOnly: true}, () => {});"), item("b", "@BASE@/only"), item("c")),
    case("cookie-jar-other-domain", item("a", pre="pm.cookies.jar().set('http://127.0.0.2:@PORT@/', 'x', '1', (e) => pm.test(String(e)));"), item("b", "http://127.0.0.2:@PORT@/x")),
    case("cookie-from-send-request", item("a", pre=f"pm.sendRequest('@BASE@/respond?{SET}s=1', () => {{}});"), item("b")),
    case("cookie-file", item("a"), args=("--cookie-jar", "jar.json"), files={"jar.json": {
        "version": "tough-cookie@4.1.3", "storeType": "MemoryCookieStore", "rejectPublicSuffixes": True, "enableLooseMode": True,
        "cookies": [{"key": "saved", "value": "1", "domain": "127.0.0.1", "path": "/", "hostOnly": True, "creation": "2024-01-01T00:00:00.000Z", "lastAccessed": "2024-01-01T00:00:00.000Z"}]}}),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
