"""Shapes of any JSON: what they accept, how they come together, how they are written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from runner.contract.differences import differences, updated
from runner.contract.lines import lines_of, shape_from
from runner.contract.responses import Kind, xml_shape
from runner.contract.shapes import Shape, is_data, merged, shape_of
from runner.contract.store import read, write
from runner.errors import InputError

NAMES = st.sampled_from(["id", "name", "a b", "x?", "", "7", "42", "$", 'q"\\', "é", "\u2028", "\x7f"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=4
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
SHAPES = VALUES.map(shape_of)
#: Time limits would fail on a machine that has other things to do.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def broken(kept: Shape, seen: Shape) -> list[str]:
    return [str(one) for one in differences(kept, seen) if one.breaks]


@PATIENT
@given(VALUES)
def test_a_shape_accepts_what_it_is_of(value: Any) -> None:
    assert list(differences(shape_of(value), shape_of(value))) == []


@PATIENT
@given(VALUES, VALUES)
def test_what_is_merged_accepts_both(one: Any, other: Any) -> None:
    both = merged(shape_of(one), shape_of(other))
    assert broken(both, shape_of(one)) == broken(both, shape_of(other)) == []


@PATIENT
@given(SHAPES, SHAPES, SHAPES)
def test_merging_knows_no_order_and_no_repetition(a: Shape, b: Shape, c: Shape) -> None:
    assert merged(a, b) == merged(b, a)
    assert merged(merged(a, b), c) == merged(a, merged(b, c))
    assert merged(a, a) == a


@PATIENT
@given(st.lists(VALUES, min_size=1, max_size=4))
def test_elements_of_a_list_are_merged(values: list[Any]) -> None:
    whole = shape_of(values[0])
    for value in values[1:]:
        whole = merged(whole, shape_of(value))
    assert shape_of(values).items == whole


@PATIENT
@given(SHAPES, SHAPES)
def test_what_is_updated_accepts_what_is_seen(kept: Shape, seen: Shape) -> None:
    now = updated(kept, seen)
    assert list(differences(now, seen)) == []
    assert updated(now, seen) == now


@PATIENT
@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4), st.data())
def test_a_name_that_is_gone_is_found(value: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(value)))
    assume(not is_data(name))
    rest = {key: inner for key, inner in value.items() if key != name}
    found = broken(shape_of(value), shape_of(rest))
    assert len(found) == 1
    assert "removed (was " in found[0]
    assert broken(merged(shape_of(value), shape_of(rest)), shape_of(rest)) == []


@PATIENT
@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4), st.data())
def test_another_type_is_found(value: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(value)))
    other = data.draw(SCALARS)
    assume(not is_data(name) and value[name] is not None)
    before, after = shape_of(value[name]).types, shape_of(other).types
    assume(before != after and not (before | after) <= {"integer", "number"})
    found = broken(shape_of([value]), shape_of([{**value, name: other}]))
    assert len(found) == 1
    assert " -> " in found[0]


@PATIENT
@given(SHAPES)
def test_lines_say_all_of_a_shape(shape: Shape) -> None:
    assert shape_from(lines_of(shape)) == shape


@settings(PATIENT, max_examples=50)
@given(st.dictionaries(NAMES, st.dictionaries(st.sampled_from(["application/json", ""]), SHAPES), max_size=3))
def test_a_file_says_all_of_them(tmp_path_factory: pytest.TempPathFactory, entries: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("kept") / "a.snapshots.yaml"
    known = {name: {Kind(200, media): shape for media, shape in kinds.items()} for name, kinds in entries.items()}
    known = {name: kinds for name, kinds in known.items() if kinds}
    write(path, known)
    assert read(path) == known
    text = path.read_bytes()
    write(path, dict(reversed(known.items())))
    assert path.read_bytes() == text


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"items": [{"price": 1.5}]}, {"items": [{"price": "1.5"}]}, ["$.items[].price: number -> string"]),
        ({"price": 1.5}, {"price": 2}, []),
        ({"price": 1}, {"price": 2.5}, []),
        ({"a": [{"b": 1}, {}]}, {"a": [{}]}, []),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {}]}, ["$.a[].b: required -> missing in some"]),
        ({"a": [1]}, {"a": []}, []),
        ({"a": []}, {"a": [{"b": 1}]}, []),
        ({"a": None}, {"a": {"b": 1}}, []),
        ({"a": "x"}, {"a": None}, ["$.a: string -> null"]),
        ({"a": ["x", None]}, {"a": [None]}, []),
        ({"users": {"7": {"n": 1}}}, {"users": {"9": {"n": 2}, "11": {"n": 3}}}, []),
        ({"users": {"7": {"n": 1}}}, {"users": {"9": {"n": "2"}}}, ["$.users.*.n: integer -> string"]),
        ({"a": {"b": {"c": 1}}}, {"a": {}}, ["$.a.b: removed (was object)"]),
        ({"a": 1}, [1], ["$: object -> array"]),
    ],
)
def test_what_breaks_a_shape(before: Any, after: Any, wanted: list[str]) -> None:
    assert broken(shape_of(before), shape_of(after)) == wanted


def test_what_is_found_in_a_list_that_was_empty_is_news() -> None:
    """Nobody checks it before it is kept, so somebody is told."""
    found = [*differences(shape_of({"a": []}), shape_of({"a": [{"b": 1}]}))]
    assert [(str(one), one.breaks) for one in found] == [("$.a[]: added (object)", False)]
    assert [str(one) for one in differences(Shape(), shape_of([]))] == ["$: added (array)"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("0", True), ("-12", True), ("123e4567-e89b-12d3-a456-426614174000", True), ("2026-11-24", True),
        ("5f2b8c1e9d3a", True), ("ann@example.com", True), ("https://example.com/a", True),
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", True), ("user_id", False), ("address2", False), ("feedface", False),
        ("internationalisation", False), ("", False), ("deadbeefcafe", False),
    ],
)  # fmt: skip
def test_names_that_are_data(name: str, data: bool) -> None:
    assert is_data(name) is data


def test_xml() -> None:
    shape = xml_shape(b"<feed><entry><id>1</id></entry><entry><id>2</id><note/></entry><more/></feed>")
    assert list(lines_of(shape)) == [
        ("$", "element"),
        ("$.feed", "element"),
        ("$.feed.entry", "element"),
        ("$.feed.entry.id", "element"),
        ("$.feed.entry.note?", "element"),
        ("$.feed.more", "element"),
    ]
    assert broken(shape, xml_shape(b"<feed><entry/><more/></feed>")) == []
    assert broken(shape, xml_shape(b"<feed><entry><note/></entry><more/></feed>")) == [
        "$.feed.entry.id: removed (was element)"
    ]
    with pytest.raises(ValueError, match="entities"):
        xml_shape(b'<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>')


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("version: 1\nresponses:\n  A:\n    ok:\n      $: object\n", 'a.yaml:5: "ok" is no status'),
        ("version: 1\nresponses:\n  A:\n    200:\n      $: objekt\n", "a.yaml:5: $: there is no type 'objekt'"),
        ("version: 1\nresponses:\n  A:\n    200:\n      name: object\n", "a.yaml:5: 'name' is no place"),
        ("version: 2\n", "a.yaml:1: was written by a newer htrun"),
        ("responses: {}\n", 'lacks "version"'),
        ("<<<<<<< ours\nversion: 1\n=======\n", "merge conflict"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, wanted: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        read(tmp_path / "a.yaml")
    assert wanted in str(caught.value)
