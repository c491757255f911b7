"""Iteration data files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import InputError
from runner.parse.data import data_from_text, load_data
from runner.parse.remote import Reply
from runner.transport.fetch import fetcher
from runner.transport.requests_transport import RequestsTransport
from support.server import RecordingServer


def same(found: Any, expected: Any) -> bool:
    """Equal and of the same type: 1 is neither 1.0 nor True."""
    return json.dumps(found) == json.dumps(expected)


def test_json_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_bytes(b'\xef\xbb\xbf\n [{"a": 1, "b": null}, {"a": 9007199254740993, "c": {"d": [1.5]}}] \n')
    assert same(load_data(str(file)), [{"a": 1, "b": None}, {"a": 9007199254740993, "c": {"d": [1.5]}}])


def test_csv_rows_from_a_utf16_file_with_windows_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes('name, size \r\n Zoë ,1\r\n\r\n"a,""b""\r\nc",2\r\n'.encode("utf-16"))
    assert same(
        load_data(str(file)),
        [{"name": "Zoë", "size": 1}, {"name": ""}, {"name": 'a,"b"\r\nc', "size": 2}],
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("+2", 2), ("-3", -3), ("007", 7), ("-0", 0), ("0", 0),
        ("1.5", 1.5), ("1.0", 1), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("1E-2", 0.01), ("-.5e1", -5),
        ("0x1F", 0), ("0b11", 0), ("0o17", 0), ("-0x1", "-0x1"), ("0x", "0x"),
        ("12345678901234567890", 12345678901234567890), ("00012345678901234567890", 12345678901234567890),
        ("-9007199254740993", -9007199254740993),
        ('"007"', "007"), ('"1.5"', "1.5"), ('""', ""), ("true", "true"), ("null", "null"), ("", ""),
        ("1_000", "1_000"), ("1 000", "1 000"), ("1,5", 1), ("NaN", "NaN"), ("Infinity", "Infinity"),
        ("1e400", "1e400"),
        ("٣", "٣"), ("+", "+"), ("1e", "1e"), ('a"b"', 'a"b"'), ('a ""b', 'a ""b'), ('  " x "  ', " x "),
        ("\t x\xa0", "x"),
    ],
)  # fmt: skip
def test_what_a_csv_field_becomes(text: str, value: Any) -> None:
    assert same(data_from_text(f"k\n{text}\nend")[0], {"k": value})


def test_ragged_rows_and_repeated_names() -> None:
    assert same(
        data_from_text("a,b,a\n1\n1,2\n1,2,3\n1,2,3,4\n"), [{"a": 1}, {"a": 1, "b": 2}, *[{"a": 3, "b": 2}] * 2]
    )


def test_column_names_keep_their_text() -> None:
    assert same(data_from_text('007,"1",,x y\n1,2,3,4'), [{"007": 1, "1": 2, "": 3, "x y": 4}])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    text = end.join(["a,b", "1,2", "", " ", "3,4"])
    assert same(data_from_text(text), [{"a": 1, "b": 2}, {"a": ""}, {"a": ""}, {"a": 3, "b": 4}])
    assert data_from_text(text + end) == data_from_text(text)
    assert data_from_text(text + end + "  ") == data_from_text(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (" \ufeff\n", "is empty"),
        ("{}", "is one JSON object"),
        ('{"a": 1}', r"is one JSON object; iteration data is a list of objects: put it in \[ \]"),
        ("[]", "is an empty list"),
        ("[1]", "row 1 is 1, not an object"),
        ('[{"a": 1}, ["b"]]', r'row 2 is \["b"\], not an object'),
        ("1", "holds just 1"),
        ('"text"', 'holds just "text"'),
        ('[{"a": 1},\n {"b" 2}]', r"rows:2:7: is not valid JSON"),
        ('{"a": 1', r"rows:1:8: is not valid JSON"),
        ("a,b\n", "no rows"),
        ("null", "no rows"),
        ('a,b\n1,"2\n3,4', "rows:2: has a quote that is not closed"),
        ('a,b\n"x\ny"z,2', "rows:3: has 'z' after a closing quote"),
        ('a\n"b"" ', "rows:2: has a quote that is not closed"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        data_from_text(text, "rows")


def test_a_number_as_the_only_column_name_is_json_to_newman_and_refused() -> None:
    with pytest.raises(InputError, match="holds just 7"):
        data_from_text("7")
    assert data_from_text("7\n8") == ({"7": 8},)


def test_missing_file() -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file"):
        load_data("nowhere.csv")


def test_from_a_url() -> None:
    def get(url: str, headers: Mapping[str, str]) -> Reply:
        assert url == "https://example.invalid/rows.csv"
        return Reply(200, b"a\n1")

    assert load_data("https://example.invalid/rows.csv", get) == ({"a": 1},)


def test_from_a_server(server: RecordingServer) -> None:
    transport = RequestsTransport()
    assert load_data(f"{server.url}/respond?body=a,b%0A1,%22x%22", fetcher(transport)) == ({"a": 1, "b": "x"},)
    with pytest.raises(InputError, match="cannot be fetched: the server answered 404"):
        load_data(f"{server.url}/respond?status=404", fetcher(transport))
    transport.close()


_CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")))


@given(st.lists(st.lists(_CELLS, min_size=2, max_size=2), min_size=1))
def test_quoted_text_comes_back_as_it_was(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["x", "y"], *rows])
    assert data_from_text(out.getvalue()) == tuple({"x": x, "y": y} for x, y in rows)


@given(st.integers())
def test_integers_keep_all_their_digits(number: int) -> None:
    assert same(data_from_text(f"a,b\n{number},x"), [{"a": number, "b": "x"}])
    assert same(data_from_text(f'[{{"a": {number}}}]'), [{"a": number}])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_decimals_are_numbers(number: float) -> None:
    assert data_from_text(f"a,b\n{number!r},x") == ({"a": number, "b": "x"},)


@given(st.text())
def test_any_text_is_rows_or_a_clear_refusal(text: str) -> None:
    rows: tuple[Any, ...] = ()
    message = ""
    try:
        rows = data_from_text(text, "rows")
    except InputError as error:
        message = str(error)
    assert bool(rows) != message.startswith("rows")
    assert all(isinstance(row, dict) for row in rows)
