"""Bodies: the five modes, pruning, files, what is added to the headers for them."""

from __future__ import annotations

from conformance.case import Case, case, item, raw
from conformance.harness import Compare

BODY_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "COPY", "LINK", "UNLINK", "PURGE", "LOCK", "UNLOCK", "PROPFIND", "VIEW")


def form(*rows: object, **more: object) -> dict[str, object]:
    return {"mode": "formdata", "formdata": list(rows), **more}


def urlencoded(rows: object, **more: object) -> dict[str, object]:
    return {"mode": "urlencoded", "urlencoded": rows, **more}


def text(key: object, value: object, **more: object) -> dict[str, object]:
    return {"key": key, "value": value, "type": "text", **more}


def file(key: object, src: object, **more: object) -> dict[str, object]:
    return {"key": key, "src": src, "type": "file", **more}


def post(body: object, **more: object) -> object:
    return item(method="POST", body=body, **more)  # type: ignore[arg-type]


FILES: dict[str, str | bytes] = {"a.txt": "text of a", "b.json": '{"b": 1}', "c.bin": bytes(range(256)), "no-extension": "x", "d/e.png": b"\x89PNG", "\u00fc.txt": "umlaut"}

#: Shows a body to scripts, before and after it was sent.
SHOWN = dict.fromkeys(("pre", "test"), "pm.test(JSON.stringify(pm.request.body), () => {});")

CASES = [
    # -- which requests have one
    *(case(f"body-with-{method.lower()}", item(method=method, body=raw("x"))) for method in BODY_METHODS),
    *(case(f"body-unpruned-{method.lower()}", item(method=method, body=raw("x"), behavior={"disableBodyPruning": True})) for method in ("GET", "HEAD", "COPY", "PURGE", "UNLOCK")),
    case("body-disabled", post({**raw("x"), "disabled": True})),
    case("body-disabled-by-other-values", post({**raw("x"), "disabled": "true"}), post({**raw("x"), "disabled": 1}), post({**raw("x"), "disabled": None})),
    case("body-empty", post(raw(""))),
    case("body-null", post(None)),
    case("body-without-mode", post({"raw": "x"})),
    case("body-unknown-mode", post({"mode": "odd", "odd": "x", "raw": "y"})),
    case("body-mode-as-number", post({"mode": 5, "raw": "x"})),
    case("body-as-text", post("plain text")),
    # -- raw
    *(case(f"body-language-{name}", post(raw("<a>1</a>", name))) for name in ("json", "xml", "html", "javascript", "text", "other")),
    case("body-raw-json", post(raw('{"a": [1, 2.50, "x"]}', "json"))),
    case("body-raw-json-comments", post(raw('{ // one\n "a": 1, /* two */ "b": "// not /* one */"\n}', "json"))),
    case("body-raw-json-comments-by-header", post(raw('{/* c */"a": 1}'), header=[{"key": "Content-Type", "value": "application/json"}])),
    case("body-raw-json-comments-other-header", post(raw('{/* c */"a": 1}', "json"), header=[{"key": "Content-Type", "value": "text/plain"}])),
    case("body-raw-json-comments-in-broken-json", post(raw('{"a": {{unknown}}, // c\n}', "json"))),
    case("body-raw-json-no-comments", post(raw('{"url": "http://x/y", "z": "a\\"//b"}', "json"))),
    case("body-raw-comments-in-text", post(raw("a // b"))),
    case("body-raw-comments-with-template", post(raw('{"a": "{{v}}" /* {{v}} */}', "json")), variables={"v": "// kept"}),
    case("body-raw-unquoted-template", post(raw('{"a": {{n}}, "b": {{s}}}', "json")), variables={"n": 5, "s": '"x"'}),
    case("body-raw-big-integers", post(raw('{"a": 9007199254740993, "b": 12345678901234567890}', "json"))),
    case("body-raw-unicode", post(raw("\u017elu\u0165 \u6f22 \U0001f600"))),
    case("body-raw-crlf", post(raw("a\r\nb\n"))),
    case("body-raw-object", post({"mode": "raw", "raw": {"a": 1}})),
    case("body-raw-number", post({"mode": "raw", "raw": 5})),
    case("body-raw-white-space", post(raw("   "))),
    case("body-raw-content-type-from-header", post(raw("x", "json"), header=[{"key": "Content-Type", "value": "text/x; charset=utf-8"}])),
    case("body-raw-large", post(raw("0123456789abcdef" * 20000))),
    # -- urlencoded
    case("body-urlencoded", post(urlencoded([text("a", "1"), text("b", "two words")]))),
    case("body-urlencoded-characters", post(urlencoded([text("a b&c=d", "!'()*~-._+/?#[]@:;,$% \u00fc\U0001f600\n")]))),
    case("body-urlencoded-duplicates", post(urlencoded([text("a", "1"), text("b", "2"), text("a", "3")]))),
    case("body-urlencoded-null", post(urlencoded([text("a", None), text("b", ""), {"key": "c"}]))),
    case("body-urlencoded-empty-key", post(urlencoded([text("", "x"), text(None, "y"), text("a", "z")]))),
    case("body-urlencoded-disabled", post(urlencoded([text("a", "1", disabled=True), text("b", "2")]))),
    case("body-urlencoded-all-disabled", post(urlencoded([text("a", "1", disabled=True)]))),
    case("body-urlencoded-as-text", post(urlencoded("a=1&b=two%20words&c"))),
    case("body-urlencoded-as-empty-text", post(urlencoded(""))),
    case("body-urlencoded-as-object", post(urlencoded({"a": "1", "b": "2"}))),
    case("body-urlencoded-numbers", post(urlencoded([text("a", 1), text("b", True), text("c", 1.5)]))),
    case("body-urlencoded-encoded-already", post(urlencoded([text("a", "b%20c")]))),
    case("body-urlencoded-empty", post(urlencoded([]))),
    case("body-urlencoded-own-content-type", post(urlencoded([text("a", "1")]), header=[{"key": "Content-Type", "value": "x/y"}])),
    case("body-urlencoded-template-value", post(urlencoded([text("{{k}}", "{{v}}")])), variables={"k": "a&b", "v": "c=d"}),
    case("body-urlencoded-array-value", post(urlencoded([text("a", ["1", "2"]), text("b", {"c": 1})]))),
    case("body-urlencoded-without-key", post(urlencoded([{"value": "d"}, text(None, "e"), {"key": "f"}, {}]), **SHOWN)),
    case("body-urlencoded-odd-keys", post(urlencoded([text(5, "a"), text(True, "b"), text({"a": 1}, "c"), text([1, None], "d")]))),
    case("body-urlencoded-disabled-by-other-values", post(urlencoded([text("a", "1", disabled="true"), text("b", "1", disabled=1), text("c", "1", disabled=None), text("d", "1", enabled=False)]))),
    # -- formdata
    case("body-form", post(form(text("a", "1"), text("b", "two words")))),
    case("body-form-duplicates", post(form(text("a", "1"), text("b", "2"), text("a", "3")))),
    case("body-form-disabled", post(form(text("a", "1", disabled=True), text("b", "2")))),
    case("body-form-all-disabled", post(form(text("a", "1", disabled=True)))),
    case("body-form-empty", post(form())),
    case("body-form-empty-values", post(form(text("a", ""), text("b", None), {"key": "c", "type": "text"}))),
    case("body-form-empty-key", post(form(text("", "x"), text(None, "y"), text("a", "z")))),
    case("body-form-no-type", post(form({"key": "a", "value": "1"}))),
    case("body-form-non-text-values", post(form(text("a", 1), text("b", True), text("c", {"d": 1}), text("e", [1, "2"])))),
    case("body-form-content-type", post(form(text("a", "{}", contentType="application/json")))),
    case("body-form-file-name-of-text", post(form(text("a", "x", fileName="f.txt")))),
    case("body-form-quotes-in-names", post(form(text('a"b', "x"), text("\u00fc", "\u00fc")))),
    case("body-form-line-end-in-a-name", post(form(text("c\nd", "e")))),
    case("body-form-own-content-type", post(form(text("a", "1")), header=[{"key": "Content-Type", "value": "multipart/form-data"}])),
    case("body-form-own-boundary", post(form(text("a", "1")), header=[{"key": "Content-Type", "value": "multipart/form-data; boundary=mine"}])),
    case("body-form-other-content-type", post(form(text("a", "1")), header=[{"key": "Content-Type", "value": "text/plain"}])),
    case("body-form-file", post(form(file("f", "a.txt"))), files=FILES),
    case("body-form-file-types", post(form(file("f", "b.json"), file("g", "c.bin"), file("h", "no-extension"), file("i", "d/e.png"))), files=FILES),
    case("body-form-file-content-type", post(form(file("f", "a.txt", contentType="x/y"))), files=FILES),
    case("body-form-file-name", post(form(file("f", "a.txt", fileName="other.json"))), files=FILES),
    case("body-form-file-name-not-ascii", post(form(file("f", "\u00fc.txt"))), files=FILES),
    case("body-form-file-and-text", post(form(text("a", "1"), file("f", "a.txt"), text("b", "2"))), files=FILES),
    case("body-form-several-in-one", post(form(file("f", ["a.txt", "b.json"]), text("z", "end"))), files=FILES),
    case("body-form-one-in-list", post(form(file("f", ["a.txt"]))), files=FILES),
    case("body-form-several-then-another", post(form(file("f", ["a.txt", "b.json"]), file("g", "a.txt"))), files=FILES),
    case("body-form-file-missing", post(form(file("f", "missing.txt"), text("a", "1"))), files=FILES),
    case("body-form-only-file-missing", post(form(file("f", "missing.txt"))), files=FILES),
    case("body-form-file-no-src", post(form(file("f", None), text("a", "1")))),
    case("body-form-file-empty-src", post(form(file("f", ""), file("g", []), text("a", "1")))),
    case("body-form-file-base64", post(form({"key": "f", "type": "file", "src": None, "value": "aGVsbG8=", "fileName": "h.txt"}))),
    case("body-form-file-src-template", post(form(file("f", "{{name}}.txt"))), files=FILES, variables={"name": "a"}),
    case("body-form-file-odd-src", *(post(form(file("f", src))) for src in (5, {"x": 1}, [None, "a.txt"], True)), files=FILES),
    case("body-form-file-disabled", post(form(file("f", "missing.txt", disabled=True), text("a", "1")))),
    case("body-form-without-key", post(form({"value": "d"}, text(None, "e"), {"key": "f"}, {"type": "file", "src": "a.txt"}), **SHOWN), files=FILES),
    case("body-form-odd-keys-and-values", post(form(text(5, "a"), text(True, "b"), text("c", 0), text("d", False), text("e", [])))),
    case("body-form-odd-content-types", post(form(text("a", "1", contentType=5), text("b", "2", contentType=None), text("c", "3", contentType=""), text("d", "4", fileName=5)))),
    case("body-form-disabled-by-other-values", post(form(text("a", "1", disabled="true"), text("b", "1", disabled=1), text("c", "1", disabled=None)))),
    case("body-form-as-object", post({"mode": "formdata", "formdata": {"a": "1"}})),
    # -- file
    case("body-file", post({"mode": "file", "file": {"src": "a.txt"}}), files=FILES),
    case("body-file-json", post({"mode": "file", "file": {"src": "b.json"}}), files=FILES),
    case("body-file-binary", post({"mode": "file", "file": {"src": "c.bin"}}), files=FILES),
    case("body-file-no-extension", post({"mode": "file", "file": {"src": "no-extension"}}), files=FILES),
    case("body-file-as-text", post({"mode": "file", "file": "a.txt"}), files=FILES),
    case("body-file-content", post({"mode": "file", "file": {"content": "aGVsbG8="}})),
    case("body-file-missing", post({"mode": "file", "file": {"src": "missing.txt"}})),
    case("body-file-empty", post({"mode": "file", "file": {}})),
    case("body-file-empty-file", post({"mode": "file", "file": {"src": "empty.txt"}}), files={"empty.txt": ""}),
    case("body-file-own-content-type", post({"mode": "file", "file": {"src": "a.txt"}}, header=[{"key": "Content-Type", "value": "x/y"}]), files=FILES),
    case("body-file-src-template", post({"mode": "file", "file": {"src": "{{name}}.txt"}}), files=FILES, environment={"name": "a"}),
    case("body-file-get-unpruned", item(method="GET", body={"mode": "file", "file": {"src": "a.txt"}}, behavior={"disableBodyPruning": True}), files=FILES),
    case("body-file-working-dir", post({"mode": "file", "file": {"src": "e.png"}}), files=FILES, args=("--working-dir", "d")),
    case("body-file-outside-working-dir", post({"mode": "file", "file": {"src": "../a.txt"}}), files=FILES, args=("--working-dir", "d", "--no-insecure-file-read")),
    case("body-form-file-outside-working-dir", post(form(file("f", "../a.txt"), text("a", "1"))), files=FILES, args=("--working-dir", "d", "--no-insecure-file-read")),
    case("body-file-outside-but-allowed", post({"mode": "file", "file": {"src": "../a.txt"}}), files=FILES, args=("--working-dir", "d")),
    # -- graphql
    case("body-graphql", post({"mode": "graphql", "graphql": {"query": "{ user { id } }"}})),
    case("body-graphql-variables", post({"mode": "graphql", "graphql": {"query": "query Q($a: Int) { x }", "operationName": "Q", "variables": '{"a": 1}'}})),
    case("body-graphql-variables-object", post({"mode": "graphql", "graphql": {"query": "q", "variables": {"a": {"b": [1]}}}})),
    case("body-graphql-variables-empty", post({"mode": "graphql", "graphql": {"query": "q", "variables": ""}})),
    case("body-graphql-variables-broken", post({"mode": "graphql", "graphql": {"query": "q", "variables": "{ nope"}})),
    case("body-graphql-variables-with-comments", post({"mode": "graphql", "graphql": {"query": "q # c", "variables": '{/* c */"a": 1}'}})),
    case("body-graphql-big-integers", post({"mode": "graphql", "graphql": {"query": "q", "variables": '{"a": 9007199254740993}'}})),
    case("body-graphql-as-text", post({"mode": "graphql", "graphql": '{"query": "q"}'})),
    case("body-graphql-nulls", *(post({"mode": "graphql", "graphql": {"query": "q", name: None}}, **SHOWN) for name in ("query", "operationName", "variables"))),
    case("body-graphql-null-beside-text", *(post({"mode": "graphql", "graphql": {"query": "q", "operationName": None, "variables": text}}) for text in ("", '{"a": 1}'))),
    case("body-graphql-empty", post({"mode": "graphql", "graphql": {}})),
    case("body-graphql-quotes-and-lines", post({"mode": "graphql", "graphql": {"query": '{\n  a(b: "c\\n")\t}', "variables": "null"}})),
    case("body-graphql-own-content-type", post({"mode": "graphql", "graphql": {"query": "q"}}, header=[{"key": "Content-Type", "value": "x/y"}])),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
