"""pm.response and its assertions."""

from __future__ import annotations

from conformance.case import Case, case, item
from conformance.harness import Compare


def check(*lines: str) -> str:
    return "\n".join(f"pm.test({line!r}, () => {{ {line} }});" for line in lines)


SCHEMA = "{type: 'object', required: ['id', 'x'], properties: {id: {type: 'string'}}}"

CASES = [
    case("response-parts", item(url="@BASE@/json", test="""
const r = pm.response;
pm.test([r.code, r.status, r.reason(), r.text().length, r.json().name, typeof r.responseTime, r.headers.get('content-type')].join('|'));
pm.test(JSON.stringify(r.json()));
pm.test(JSON.stringify(r.size()) + r.responseSize);
pm.test(JSON.stringify(r.details()));
pm.test(JSON.stringify(r.contentInfo()));
pm.test(r.encoding().format);
"""), volatile=(r'"detail":"[^"]*"',)),
    case("response-status-texts", *(item(str(code), f"@BASE@/respond?status={code}", test="pm.test(pm.response.code + ' ' + pm.response.status + ' ' + pm.response.reason());") for code in (200, 201, 204, 304, 400, 404, 418, 429, 500, 599))),
    case("response-own-reason", item(url="@BASE@/respond?status=200&reason=Fine%20by%20me", test="pm.test(pm.response.status + '|' + pm.response.reason());")),
    case("response-json-broken", item(url="@BASE@/respond?body={a:", test="pm.test('json', () => pm.response.json());")),
    case("response-json-bom", item(url="@BASE@/respond?body=%EF%BB%BF%7B%22a%22:1%7D", test="pm.test(JSON.stringify(pm.response.json()));")),
    case("response-json-reviver", item(url="@BASE@/json", test="pm.test(JSON.stringify(pm.response.json((k, v) => typeof v === 'number' ? 0 : v)));")),
    case("response-empty-body", item(url="@BASE@/respond?body=", test="pm.test('text ' + JSON.stringify(pm.response.text())); pm.test('json', () => pm.response.json());")),
    case("response-unicode", item(url="@BASE@/respond?body=%C5%BElu%C5%A5%F0%9F%98%80&type=text/plain;%20charset=utf-8", test="pm.test(pm.response.text());")),
    case("response-latin-1", item(url="@BASE@/respond?body=caf%C3%A9&type=text/plain;%20charset=iso-8859-1", test="pm.test(pm.response.text());")),
    case("response-data-uri", item(url="@BASE@/respond?body=hi", test="pm.test(pm.response.dataURI());")),
    case("response-content-info", item(url="@BASE@/respond?body=x&type=image/png&header=Content-Disposition:%20attachment;%20filename=%22a.png%22", test="pm.test(JSON.stringify(pm.response.contentInfo()));")),
    case("response-encodings", *(item(name, f"@BASE@/encoded/{name}", test="pm.test(pm.response.json().name + pm.response.headers.get('content-encoding'));") for name in ("gzip", "deflate", "raw-deflate", "br"))),
    case("response-head", item(method="HEAD", url="@BASE@/json", test="pm.test(pm.response.text() + '|' + pm.response.headers.get('content-length'));")),
    case("response-closed-connection", item(url="@BASE@/close", test="pm.test('x');"), item("next")),
    case("response-mirror", item(url="@BASE@/mirror", method="POST", body={"mode": "raw", "raw": "a\u00fc"}, test="pm.test(pm.response.text());")),
    case("response-jsonp", item(url="@BASE@/respond?body=cb(%7B%22a%22:1%7D)", test="pm.test(JSON.stringify(pm.response.jsonp()));")),
    case("response-to-status", item(url="@BASE@/respond?status=404", test=check(
        "pm.response.to.have.status(404)", "pm.response.to.have.status(200)", "pm.response.to.have.status('Not Found')", "pm.response.to.have.status('OK')",
        "pm.response.to.not.have.status(404)", "pm.response.to.have.statusCode(404)", "pm.response.to.have.statusCodeClass(4)", "pm.response.to.have.statusReason('Not Found')"))),
    *(case(f"response-to-be-{code}", item(url=f"@BASE@/respond?status={code}", test=check(*(
        f"pm.response.to.be.{name}" for name in ("info", "success", "redirection", "clientError", "serverError", "error", "ok", "accepted", "withoutContent", "badRequest", "unauthorized", "forbidden", "notFound", "notAcceptable", "rateLimited")))))
      for code in (200, 202, 204, 300, 400, 401, 403, 404, 406, 429, 500)),
    case("response-to-have-header", item(url="@BASE@/respond?header=X-A:1", test=check(
        "pm.response.to.have.header('X-A')", "pm.response.to.have.header('x-a', '1')", "pm.response.to.have.header('X-A', '2')", "pm.response.to.have.header('X-B')", "pm.response.to.not.have.header('X-A')"))),
    case("response-to-have-body", item(url="@BASE@/respond?body=hello", test=check(
        "pm.response.to.have.body()", "pm.response.to.have.body('hello')", "pm.response.to.have.body('other')", "pm.response.to.have.body(/ell/)", "pm.response.to.have.body(/x/)", "pm.response.to.be.withBody", "pm.response.to.be.json"))),
    case("response-to-have-json-body", item(url="@BASE@/json", test=check(
        "pm.response.to.have.jsonBody()", "pm.response.to.have.jsonBody('id')", "pm.response.to.have.jsonBody('id', 42)", "pm.response.to.have.jsonBody('id', 43)", "pm.response.to.have.jsonBody('nested.list[2].deep', 'x')",
        "pm.response.to.have.jsonBody('nope')", "pm.response.to.have.jsonBody({a: 1})", "pm.response.to.be.json", "pm.response.to.not.have.jsonBody('id')"))),
    case("response-to-have-json-schema", item(url="@BASE@/json", test=check(
        "pm.response.to.have.jsonSchema({type: 'object', required: ['id']})", f"pm.response.to.have.jsonSchema({SCHEMA})", f"pm.response.to.not.have.jsonSchema({SCHEMA})", f"pm.expect(pm.response.json()).to.have.jsonSchema({SCHEMA})"))),
    case("response-to-have-time-and-size", item(url="@BASE@/respond?body=hello", test=check(
        "pm.response.to.have.responseTime.below(60000)", "pm.response.to.have.responseSize(5)", "pm.response.to.have.responseSize(6)"))),
    case("response-expect", item(url="@BASE@/json", test=check(
        "pm.expect(pm.response).to.have.status(200)", "pm.expect(pm.response.json().tags).to.include('b')", "pm.expect(pm.response.json()).to.have.nested.property('nested.list[2].deep', 'y')",
        "pm.expect(pm.response.responseTime).to.be.below(60000)", "pm.expect(pm.response.text()).to.include('Zed')"))),
    case("request-to-have", item(header=[{"key": "X-A", "value": "1"}], test=check("pm.request.to.have.header('X-A')", "pm.request.to.have.header('X-B')"))),
    case("response-cookies", item(url="@BASE@/respond?header=Set-Cookie:%20a=1;%20Path=/;%20HttpOnly&header=Set-Cookie:%20b=2", test="pm.test([pm.cookies.get('a'), pm.cookies.has('b'), pm.cookies.has('c'), JSON.stringify(pm.cookies.toObject()), pm.response.cookies.count()].join('|'));")),
    case("response-large", item(url="@BASE@/mirror", method="POST", body={"mode": "raw", "raw": "0123456789" * 30000}, test="pm.test(String(pm.response.text().length) + pm.response.responseSize);")),
    case("response-drip", item(url="@BASE@/respond?body=abcdef&drip=5", test="pm.test(pm.response.text());")),
    case("response-html", item(url="@BASE@/respond?type=text/html&body=%3Cp%20class=%22a%22%3Ehi%3C/p%3E", test="const $ = cheerio.load(pm.response.text()); pm.test($('p.a').text());")),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
