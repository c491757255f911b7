"""Iteration data: JSON and CSV."""

from __future__ import annotations

from conformance.case import Case, case, item
from conformance.harness import Compare

SHOW = "pm.test(JSON.stringify(pm.iterationData.toObject()));"
R = item("r", "@BASE@/{{a}}", test=SHOW)

CASES = [
    # -- JSON
    case("data-json", R, data=[{"a": "1", "b": 2}, {"a": "3"}]),
    case("data-json-object", R, data={"a": "1"}),
    case("data-json-empty-array", R, data=[]),
    case("data-json-of-other-things", R, data=[1, "x", None, [1]]),
    case("data-json-nested", R, data=[{"a": {"b": [1]}}]),
    case("data-json-null", R, data=[{"a": None}]),
    case("data-json-text-file", R, args=("-d", "d.txt"), files={"d.txt": '[{"a": "1"}]'}),
    case("data-json-bom", R, args=("-d", "d.json"), files={"d.json": "\ufeff" + '[{"a": "1"}]'}),
    case("data-json-utf-16", R, args=("-d", "d.json"), files={"d.json": b"\xff\xfe" + '[{"a": "\u00fc"}]'.encode("utf-16-le")}),
    case("data-json-latin-1", R, args=("-d", "d.json"), files={"d.json": '[{"a": "caf\u00e9 cr\u00e8me br\u00fbl\u00e9e"}]'.encode("latin-1")}),
    case("data-json-empty-file", R, args=("-d", "d.json"), files={"d.json": ""}),
    case("data-json-keys-with-spaces", item("r", "@BASE@/{{a b}}/{{c.d}}"), data=[{"a b": "1", "c.d": "2"}]),
    case("data-missing-file", R, args=("-d", "missing.json")),
    case("data-changed-by-a-script", item("r", "@BASE@/{{a}}", pre="pm.iterationData.set && pm.iterationData.set('a', 'changed');", test=SHOW), data=[{"a": "1"}, {"a": "2"}]),
    case("data-unset-by-a-script", item("r", "@BASE@/{{a}}", pre="pm.iterationData.unset('a');"), data=[{"a": "1"}], globals={"a": "global"}),
    # -- CSV
    case("data-csv", R, data="a,b\n1,x\n2,y\n"),
    case("data-csv-no-last-line-break", R, data="a,b\n1,x"),
    case("data-csv-crlf", R, data="a,b\r\n1,x\r\n2,y\r\n"),
    case("data-csv-numbers", R, data="a\n" + "\n".join(("1", "+2", "007", "1.50", "1e3", "-0", "0x1F", "1e400", ".5", "5.", "1_000", "Infinity", "NaN", "- 1")) + "\n"),
    case("data-csv-big-integers", R, data="a\n9007199254740993\n12345678901234567890\n"),
    case("data-csv-quoted-numbers", R, data='a,b\n"007","1.5"\n'),
    case("data-csv-words", R, data="a,b,c,d\ntrue,false,null,undefined\n"),
    case("data-csv-quotes", R, data='a,b\n"x, y","say ""hi"""\n'),
    case("data-csv-line-break-in-quotes", R, data='a,b\n"one\ntwo",x\n'),
    case("data-csv-spaces", R, data=" a , b \n 1 ,  x y  \n"),
    case("data-csv-spaces-around-quotes", R, data='a,b\n "x" , "y" \n'),
    case("data-csv-empty-fields", R, data="a,b\n,x\n1,\n,\n"),
    case("data-csv-empty-line", R, data="a\n1\n\n2\n"),
    case("data-csv-empty-line-of-two-columns", R, data="a,b\n1,2\n\n3,4\n"),
    case("data-csv-ragged", R, data="a,b\n1\n2,3,4\n"),
    case("data-csv-bom", R, args=("-d", "d.csv"), files={"d.csv": "\ufeffa,b\n1,2\n"}),
    case("data-csv-semicolons", R, data="a;b\n1;2\n"),
    case("data-csv-tabs", R, data="a\tb\n1\t2\n"),
    case("data-csv-duplicate-columns", R, data="a,a\n1,2\n"),
    case("data-csv-only-header", R, data="a,b\n"),
    case("data-csv-unicode", R, data="a,\u00fc\n\u6f22,\U0001f600\n"),
    case("data-csv-json-in-quotes", item("r", method="POST", body={"mode": "raw", "raw": "{{a}}"}, test=SHOW), data='a\n"{""x"": [1, 2]}"\n'),
    case("data-csv-open-quote", R, data='a,b\n"1,2\n'),
    case("data-csv-quote-inside", R, data='a,b\n1"2,x\n'),
    case("data-csv-dates", R, data="a,b\n2020-01-02,1/2/2020\n"),
    case("data-csv-empty-header", R, data="a,,c\n1,2,3\n"),
    case("data-csv-one-column-of-templates", R, data="a\n{{b}}\n", variables={"b": "resolved"}),
    case("data-csv-classic-mac-line-ends", R, data="a,b\r1,2\r3,4"),
]  # fmt: skip


def test_as_newman(case: Case, compare: Compare) -> None:
    compare(case)
