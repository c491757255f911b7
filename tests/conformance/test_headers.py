"""Headers: the runner's own, duplicates, disabling, odd names and values."""

from __future__ import annotations

from conformance.case import Case, case, item, raw
from conformance.harness import Compare


def h(key: object, value: object = None, **more: object) -> dict[str, object]:
    return {"key": key, "value": value, **more}


SYSTEM = ("User-Agent", "Accept", "Cache-Control", "Postman-Token", "Host", "Accept-Encoding", "Connection")

CASES = [
    case("header-own", item(header=[h("X-A", "1"), h("x-b", "2")])),
    case("header-duplicates", item(header=[h("X-A", "1"), h("X-A", "2"), h("x-a", "3")])),
    case("header-disabled", item(header=[h("X-A", "1", disabled=True), h("X-B", "2")])),
    case("header-empty-value", item(header=[h("X-A", ""), {"key": "X-C"}])),
    case("header-null-value", item(header=[h("X-B", None)])),
    case("header-empty-name", item(header=[h("", "x"), h(None, "y"), {"value": "z"}])),
    case("header-as-text", item(header="X-A: 1\nX-B:2\n")),
    case("header-lines-as-texts", item(header=["X-A: 1", "X-B: 2"])),
    case("header-as-object", item(header={"X-A": "1"})),
    case("header-null", item(header=None)),
    case("header-white-space", item(header=[h("X-A", "  padded  "), h(" X-B ", "x")])),
    case("header-numbers", item(header=[h("X-A", 1), h("X-B", True)])),
    case("header-latin-1", item(header=[h("X-A", "caf\u00e9")])),
    case("header-non-latin", item(header=[h("X-A", "\u6f22")])),
    case("header-line-break", item(header=[h("X-A", "a\r\nX-Injected: b")])),
    case("header-bad-name", item(header=[h("X A", "x")])),
    case("header-underscore-and-dots", item(header=[h("X_A.b~c", "x")])),
    *(case(f"header-own-{name.lower()}", item(header=[h(name, "127.0.0.1" if name == "Host" else "mine")])) for name in SYSTEM),
    case("header-own-in-lower-case", item(header=[h("user-agent", "mine"), h("accept", "x/y")])),
    case("header-own-accept-encoding-decoded", item(url="@BASE@/encoded/gzip", header=[h("accept-encoding", "gzip")], test="pm.test(pm.response.json().name);")),
    case("header-own-connection-close", item("a", header=[h("Connection", "close")]), item("b")),
    case("header-own-content-length", item(method="POST", header=[h("Content-Length", "3")], body=raw("abc"))),
    case("header-own-content-type", item(method="POST", header=[h("content-type", "a/b")], body=raw("{}", "json"))),
    case("header-disabled-by-other-values", item(header=[h("X-A", "1", disabled="true"), h("X-B", "2", disabled=1), h("X-C", "3", disabled=None)])),
    case("header-disabled-content-type", item(method="POST", header=[h("Content-Type", "a/b", disabled=True)], body=raw("x"))),
    case("header-empty-content-type", item(method="POST", header=[h("Content-Type", "")], body=raw("x"))),
    *(
        case(f"header-without-{name}", item(method="POST", body=raw("{}", "json"), behavior={"disabledSystemHeaders": {name: True}}))
        for name in ("cache-control", "postman-token", "content-type", "content-length", "accept-encoding", "connection", "host", "user-agent", "accept")
    ),
    case("header-without-all", item(behavior={"disabledSystemHeaders": {name.lower(): True for name in SYSTEM}})),
    case("header-disabling-by-false", item(behavior={"disabledSystemHeaders": {"accept": False}})),
    case("header-disabled-but-own", item(header=[h("Accept", "mine")], behavior={"disabledSystemHeaders": {"accept": True}})),
    case("header-empty-own-user-agent", item(header=[h("User-Agent", "")])),
    case("header-own-cookie", item(header=[h("Cookie", "a=1; b=2")])),
    case("header-own-cookie-and-jar", item("set", "@BASE@/respond?header=Set-Cookie:%20j=1"), item("get", header=[h("Cookie", "a=1")])),
    case("header-own-transfer-encoding", item(method="POST", header=[h("Transfer-Encoding", "chunked")], body=raw("abc"))),
    case("header-template-in-name", item(header=[h("X-{{n}}", "{{v}}")]), variables={"n": "Name", "v": "value"}),
    case("header-post-without-body", item(method="POST")),
    case("header-put-patch-delete-without-body", item("u", method="PUT"), item("a", method="PATCH"), item("d", method="DELETE")),
    case("header-head-and-options", item("h", method="HEAD"), item("o", method="OPTIONS")),
    # -- of responses
    case("header-response-as-scripts-see-it", item(
        url="@BASE@/respond?header=X-A:1&header=X-A:2&header=x-b:%20three%20",
        test="""
pm.test(pm.response.headers.get('X-A') + '|' + pm.response.headers.get('X-B') + '|' + pm.response.headers.has('x-a'));
pm.test(JSON.stringify(pm.response.headers.all().filter((one) => /^x-/i.test(one.key))));
""")),
    case("header-response-with-many", item(url="@BASE@/respond?" + "&".join(f"header=X-{n}:{n}" for n in range(60)), test="pm.test(String(pm.response.headers.count()));")),
    case("header-response-in-latin-1", item(url="@BASE@/respond?header=X-A:caf%C3%A9", test="pm.test(pm.response.headers.get('X-A'));")),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
