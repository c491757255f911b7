"""Bodies. What Newman sends was recorded with Newman 6.2.2."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.collection import Body, FileBody, FormParam, GraphQLBody, Header, RequestSpec, Url
from runner.transport.bodies import EncodedBody, encode_body
from runner.transport.files import FileReader, FileReadError
from runner.transport.json_text import dumps, strip_comments
from runner.transport.media_types import media_type
from transport.client import raw, urlencoded


def encode(
    body: Body, method: str = "POST", headers: tuple[Header, ...] = (), where: Path | str = ".", **behavior: Any
) -> EncodedBody:
    return encode_body(RequestSpec(Url(), method, headers, body), FileReader(where), behavior=behavior)


# --- raw ---


@pytest.mark.parametrize(
    ("language", "content_type"),
    [
        ("json", "application/json"),
        ("xml", "application/xml"),
        ("html", "text/html"),
        ("javascript", "application/javascript"),
        ("text", "text/plain"),
        ("other", "text/plain"),
        (None, "text/plain"),
    ],
)
def test_raw_has_the_type_of_its_language(language: str | None, content_type: str) -> None:
    assert encode(raw("<é/>", language)) == EncodedBody("<é/>".encode(), content_type)


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ('{"a":1}//c\n', '{"a":1}\n'),
        ("a // b\r\nc", "a \nc"),
        ('{"a":"//no /* no */"}', '{"a":"//no /* no */"}'),
        ('{/*x*/"a":1/* y', '{"a":1'),
        ('"\\"//x" // y', '"\\"//x" '),
        ('[1,//"\n2]', "[1,\n2]"),
        ('"open // string', '"open // string'),
        ("/*/ not yet */ 1", " 1"),
        ('{"u":"http://x"} // é', '{"u":"http://x"} '),
    ],
)
def test_comments_leave_json(text: str, stripped: str) -> None:
    assert strip_comments(text) == stripped
    assert encode(raw(text, "json")).data == stripped.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(JSON)
def test_json_without_comments_stays_as_it_is(value: object) -> None:
    text = dumps(value)
    assert strip_comments(text) == text


def test_comments_are_stripped_by_content_type_if_there_is_no_language() -> None:
    for content_type, expected in (("application/vnd.x+json; charset=utf-8", b"1"), ("text/plain", b"1//x")):
        headers = (Header("content-type", content_type),)
        assert encode(raw("1//x"), headers=headers).data == expected
    assert encode(raw("1//x")).data == b"1//x"
    assert encode(raw("1//x", "xml"), headers=(Header("Content-Type", "application/json"),)).data == b"1//x"


def test_nothing_but_comments_is_no_body_but_has_a_type() -> None:
    assert encode(raw("/*x*/", "json")) == EncodedBody(None, "application/json")


def test_no_body() -> None:
    for body in (raw(""), Body("raw", raw="x", enabled=False), Body(None, raw="x"), Body("urlencoded"), Body("file")):
        assert encode(body) == EncodedBody()
    assert encode(Body("bogus", raw="x")).data == b"x"


@pytest.mark.parametrize("method", ["GET", "COPY", "HEAD", "PURGE", "UNLOCK", "get"])
def test_some_methods_lose_their_body_unless_it_is_forbidden(method: str) -> None:
    assert encode(raw("x"), method) == EncodedBody()
    assert encode(raw("x"), method, disableBodyPruning=True).data == b"x"


# --- urlencoded ---


def test_urlencoded() -> None:
    body = urlencoded(("a", "b c"), ("d", "!'()*~-._é€"), ("a", "2"), ("z", None), ("n", 5), ("t", True), ("f", 1.0))
    assert encode(body) == EncodedBody(
        b"a=b%20c&a=2&d=%21%27%28%29%2A~-._%C3%A9%E2%82%AC&z=&n=5&t=true&f=1", "application/x-www-form-urlencoded"
    )


def test_urlencoded_names_that_are_indexes_come_first_as_in_javascript() -> None:
    assert encode(urlencoded(("b", "1"), ("2", "x"), ("1", "y"), ("01", "z"))).data == b"1=y&2=x&b=1&01=z"


# --- forms ---


def form(*params: FormParam, **rest: Any) -> EncodedBody:
    return encode(Body("formdata", formdata=params), **rest)


def test_form_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    encoded = form(
        FormParam("t", "v€"),
        FormParam("o", {"a": [1, 1.0]}),
        FormParam("n", None),
        FormParam("off", "x", enabled=False),
        FormParam("c", "x", content_type="text/x"),
        FormParam("fn", "x", file_name="dir/é€.txt"),
        FormParam("f", type="file", src="a.json"),
        FormParam("g", type="file", src="a.json", file_name="b.png", content_type="image/webp"),
        where=tmp_path,
    )
    assert encoded.content_type is not None
    boundary = encoded.content_type.removeprefix("multipart/form-data; boundary=")
    assert re.fullmatch(r"-{26}\d{24}", boundary)
    parts = [
        'name="t"\r\n\r\nv€',
        'name="o"\r\n\r\n{"a":[1,1]}',
        'name="n"\r\n\r\n',
        'name="c"\r\nContent-Type: text/x\r\n\r\nx',
        'name="fn"; filename="é€.txt"; filename*=UTF-8\'\'%C3%A9%E2%82%AC.txt\r\nContent-Type: text/plain\r\n\r\nx',
        'name="f"; filename="a.json"\r\nContent-Type: application/json\r\n\r\n{}',
        'name="g"; filename="b.png"\r\nContent-Type: image/webp\r\n\r\n{}',
    ]
    expected = "".join(f"--{boundary}\r\nContent-Disposition: form-data; {part}\r\n" for part in parts)
    assert encoded.data == f"{expected}--{boundary}--\r\n".encode()


def test_every_file_of_a_form_is_sent(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text(f"content of {name}")
    encoded = form(FormParam("m", type="file", src=("a", "b")), FormParam("s", type="file", src="c"), where=tmp_path)
    assert encoded.data is not None
    assert re.findall(rb'name="(\w)"; filename="(\w)"', encoded.data) == [(b"m", b"a"), (b"m", b"b"), (b"s", b"c")]
    assert all(f"content of {name}".encode() in encoded.data for name in "abc")


def test_what_cannot_be_read_is_left_out_with_a_warning(tmp_path: Path) -> None:
    encoded = form(
        FormParam("f", type="file", src="nope"),
        FormParam("d", type="file", src=str(tmp_path)),
        FormParam("m", type="file", src=("no1",)),
        FormParam("n", type="file"),
        where=tmp_path,
    )
    assert encoded.warnings == (
        'Form param `f`, file load error: "nope", no such file',
        f'Form param `d`, file load error: "{tmp_path}", is not a file',
        'Form param `m`, file load error: "no1", no such file',
        "Form param `n`, file load error: missing file source",
    )
    assert encoded.data is not None
    assert encoded.data.count(b"Content-Disposition") == 1
    assert b'name="n"; filename=""' in encoded.data
    assert form(FormParam("f", type="file", src="nope"), where=tmp_path).data is None


def test_base64_content_of_a_form_file() -> None:
    encoded = form(FormParam("f", "aGVsbG8=", type="file"), FormParam("g", "aGV_-G8", type="file", file_name="x.pdf"))
    assert encoded.data is not None
    assert b'name="f"\r\nContent-Type: application/octet-stream\r\n\r\nhello\r\n' in encoded.data
    assert b'name="g"; filename="x.pdf"\r\nContent-Type: application/pdf\r\n\r\nhe\x7f\xf8o\r\n' in encoded.data


@pytest.mark.parametrize("given", ["multipart/form-data; boundary=XY", 'multipart/form-data; x=y; boundary="XY"'])
def test_the_author_may_name_the_boundary(given: str) -> None:
    encoded = form(FormParam("a", "b"), headers=(Header("content-type", given),))
    assert encoded.data == b'--XY\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--XY--\r\n'


# --- files ---


def test_file_body(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"\x00\xff")
    (tmp_path / "unknown.zzz").write_bytes(b"")
    assert encode(Body("file", file=FileBody("x.csv")), where=tmp_path) == EncodedBody(b"\x00\xff", "text/csv")
    unknown = encode(Body("file", file=FileBody("unknown.zzz")), where=tmp_path)
    assert unknown == EncodedBody(b"", "application/octet-stream")
    missing = encode(Body("file", file=FileBody("nope")), where=tmp_path)
    assert missing == EncodedBody(warnings=('Binary file load error: "nope", no such file',))
    assert encode(Body("file", file=FileBody(content="aGk="))) == EncodedBody(b"hi")


def test_files_outside_of_the_working_directory(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "inside-not"
    inside.mkdir()
    (inside / "a").write_text("a")
    outside.write_text("b")
    assert FileReader(inside, insecure_file_read=True).read("../inside-not") == b"b"
    (inside / "link").symlink_to(outside)
    assert (
        FileReader(inside, beside=tmp_path).read("link")
        == FileReader(inside, beside=tmp_path).read(str(outside))
        == b"b"
    )
    (tmp_path / "linked").symlink_to(inside)
    for usual in (FileReader(inside), FileReader(inside, beside=inside), FileReader(tmp_path / "linked")):
        assert usual.read("a") == b"a"
        for src in ("../inside-not", str(outside), "link", "../in/link", "\0", "../\0", "/proc/self/environ"):
            with pytest.raises(FileReadError, match="--insecure-file-read"):
                usual.read(src)
    strict = FileReader(inside, insecure_file_read=False)
    assert strict.read("a") == strict.read(str(inside / "a")) == b"a"
    for src in ("../inside-not", str(outside), "a/../../inside-not", "link"):
        with pytest.raises(FileReadError, match=r"^PPERM: insecure file access outside working directory$"):
            strict.read(src)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.JSON", "application/json"),
        ("x.tar.gz", "application/gzip"),
        ("dir/a.md", "text/markdown"),
        ("json", "application/json"),
        ("dir/json", None),
        (".env", None),
        ("a.", None),
        ("a.js", "application/javascript"),
        ("a.xml", "application/xml"),
        ("a.yml", "text/yaml"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_types_by_name_do_not_depend_on_the_machine(name: str, expected: str | None) -> None:
    assert media_type(name) == expected


# --- graphql ---


@pytest.mark.parametrize(
    ("graphql", "text"),
    [
        (GraphQLBody("{a}", None, '{"x": 1'), '{"query":"{a}","variables":{"x": 1}'),
        (GraphQLBody("{a}", "", ""), '{"query":"{a}","operationName":""}'),
        (GraphQLBody("{a}"), '{"query":"{a}"}'),
        (
            GraphQLBody('é"\n\u2028', "op", {"x": [1.0, 1e-7, 2**60]}),
            '{"query":"é\\"\\n\u2028","operationName":"op","variables":{"x":[1,1e-7,1152921504606846976]}}',
        ),
        (None, "{}"),
    ],
)
def test_graphql(graphql: GraphQLBody | None, text: str) -> None:
    assert encode(Body("graphql", graphql=graphql)) == EncodedBody(text.encode(), "application/json")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-6, "0.000001"),
        (1.5e-6, "0.0000015"),
        (123e-7, "0.0000123"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (-0.5, "-0.5"),
        (float("nan"), "null"),
        ("\ud83d", '"\\ud83d"'),
        (True, "true"),
        (None, "null"),
        ({"a": ()}, '{"a":[]}'),
    ],
)
def test_values_are_written_as_javascript_does(value: object, text: str) -> None:
    assert dumps(value) == text
