"""Iteration data: JSON or CSV rows, one for each iteration, by Newman's rules (newman, lib/run/options.js).

Different on purpose: integers keep all their digits, and a file that holds no rows is refused, where
Newman runs once without data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NoReturn

from runner.errors import InputError
from runner.model.collection import Json
from runner.parse.csv_text import Field, csv_records
from runner.parse.remote import Get, read_location
from runner.parse.text import SPACE, decode, parse_json

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_RADIX = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_LOOKS_LIKE_JSON = re.compile(r'\[\s*[\[{\]]|\{\s*["}]')


def load_data(path: str, get: Get | None = None) -> tuple[dict[str, Json], ...]:
    """Reads the rows of a data file.

    Args:
        path: a path or an http(s) URL.
        get: sends a GET; needed for a URL.

    Raises:
        InputError: unreadable, neither JSON nor CSV, or without rows.
    """
    return data_from_text(decode(read_location("data", path, get=get)), path)


def data_from_text(text: str, path: str | None = None) -> tuple[dict[str, Json], ...]:
    """The rows of a data file: a JSON list of objects, else CSV with names in the first line."""
    stripped = text.strip(SPACE)
    if not stripped:
        raise InputError("is empty; iteration data needs at least one row", path=path)
    data = _json(stripped)
    if not data:  # as in Newman: also null, false, 0 and ""
        if data is None and _LOOKS_LIKE_JSON.match(stripped):
            parse_json(text, path)  # says where it is broken
        if data is None or not isinstance(data, (list, dict)):
            return _csv_rows(text, path)
    return _json_rows(data, path)


def cast(field: Field) -> Json:
    """A CSV field as Newman takes it: numbers without quotes become numbers.

    What JavaScript's ``parseFloat`` makes of it counts: ``007`` is 7, ``1e3`` is 1000, ``0x1F`` is 0.
    """
    text = field.text
    if field.quoted or not text:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            return text
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return 0 if _RADIX.fullmatch(text) else text


def _json(text: str) -> Json:
    """The JSON value, or None if it is none."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _json_rows(data: Json, path: str | None) -> tuple[dict[str, Json], ...]:
    if isinstance(data, dict):
        raise InputError("is one JSON object; iteration data is a list of objects: put it in [ ]", path=path)
    if not isinstance(data, list):
        raise InputError(f"holds just {json.dumps(data)[:40]}; iteration data is a list of objects", path=path)
    if not data:
        raise InputError("is an empty list; iteration data needs at least one row", path=path)
    for number, row in enumerate(data, 1):
        if row is not None and not isinstance(row, Mapping):
            raise InputError(f"row {number} is {json.dumps(row)[:40]}, not an object", path=path)
    return tuple(row or {} for row in data)  # null is a row without values, as in Newman


def _csv_rows(text: str, path: str | None) -> tuple[dict[str, Json], ...]:
    records = csv_records(text, path)
    names = [field.text for field in next(records, [])]
    rows = tuple({name: cast(field) for name, field in zip(names, record, strict=False)} for record in records)
    if not rows:
        raise InputError("has a line of column names but no rows; iteration data needs at least one", path=path)
    return rows
