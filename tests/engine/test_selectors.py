"""Addresses, selectors and shards, without a command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engine.addresses import find, places
from runner.engine.selectors import Selectors, selected, tags_of
from runner.engine.shards import parse_shard, shard_of
from runner.errors import EmptySelectionError, SelectionError, UsageError
from runner.model.collection import Collection, Folder, walk
from runner.parse.collection import collection_from_json
from support.refusal import attempt

NAMES = st.sampled_from(["a", "b", "a/b", "a[2]", "#2", "", "*"])
TREES = st.recursive(
    NAMES.map(lambda name: {"name": name, "request": "http://x"}),
    lambda inner: st.builds(lambda name, items: {"name": name, "item": items}, NAMES, st.lists(inner, max_size=4)),
    max_leaves=12,
)


def collection(*items: Any) -> Collection:
    return collection_from_json({"info": {"name": "C"}, "item": list(items)})


@given(st.lists(TREES, max_size=5))
def test_places_are_all_folders_and_requests_in_order(tree: list[Any]) -> None:
    made = collection(*tree)
    items = list(walk(made))
    found = places(made)
    assert [one.path for one in found if not one.is_folder] == [located.path for located in items]
    assert [list(one.items) for one in found if not one.is_folder] == [[n] for n in range(len(items))]

    def inside(folder: Folder) -> int:
        return sum(inside(child) if isinstance(child, Folder) else 1 for child in folder.children)

    sizes = [inside(child) for child in made.children if isinstance(child, Folder)]
    top = [one for one in found if one.is_folder and one.id in {child.id for child in made.children}]
    assert [len(one.items) for one in top] == sizes


@given(st.lists(TREES, max_size=5))
def test_an_address_finds_its_place_or_says_that_several_have_it(tree: list[Any]) -> None:
    """Names that look like addresses can make two alike; then an error says so, and the id still works, as it does
    for what has no name."""
    found = places(collection(*tree))
    addresses = [one.address for one in found]
    for one in found:
        if one.address and addresses.count(one.address) == 1 and one.address.strip("/") == one.address:
            assert find(found, one.address, "--select") == (one,)
        assert find(found, one.id, "--select") == (one,)


@given(st.lists(st.integers(0, 10**9), max_size=40), st.integers(1, 12))
def test_shards_are_neighbours_and_together_all(weights: list[int], count: int) -> None:
    numbers = shard_of(weights, count)
    assert len(numbers) == len(weights)
    assert numbers == sorted(numbers)
    assert set(numbers) <= set(range(1, count + 1))


@given(st.integers(0, 200), st.integers(1, 20))
def test_shards_by_number_are_of_nearly_the_same_size(items: int, count: int) -> None:
    numbers = shard_of([1] * items, count)
    sizes = [numbers.count(number) for number in range(1, count + 1)]
    assert max(sizes) - min(sizes) <= 1


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=60), st.integers(1, 8))
def test_no_shard_is_heavier_than_its_share_by_more_than_one_unit(weights: list[int], count: int) -> None:
    numbers = shard_of(weights, count)
    for number in range(1, count + 1):
        weight = sum(one for one, of in zip(weights, numbers, strict=True) if of == number)
        assert weight <= sum(weights) / count + max(weights)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3", ""])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(UsageError, match="--shard takes"):
        parse_shard(text)


def req(name: str, method: str = "GET", **more: Any) -> Any:
    return {"name": name, "request": {"method": method, "url": "http://x"}, **more}


EXAMPLE = collection(
    req("Log in #smoke", "POST"),
    {
        "name": "Users",
        "description": "All about users. #users",
        "item": [
            req("Create user", "POST"),
            req("Get user"),
            req("Get user", description="again, see http://x/#fragment and &#39; #slow."),
            {"name": "Groups", "item": [req("Get group"), req("Delete group", "DELETE")]},
        ],
    },
    {"name": "Users", "item": [req("Get user"), req("Ping")]},
    {"name": "Empty", "item": []},
    {"name": "Orders", "item": [req("Get order 100%"), req("Ping")]},
)
ALL = [
    "Log in #smoke", "Users/Create user", "Users/Get user", "Users/Get user", "Users/Groups/Get group",
    "Users/Groups/Delete group", "Users/Get user", "Users/Ping", "Orders/Get order 100%", "Orders/Ping",
]  # fmt: skip


def chosen(**asked: Any) -> list[int]:
    base = tuple(walk(EXAMPLE))
    items = [id(one.item) for one in base]
    return [items.index(id(one.item)) for one in selected(EXAMPLE, base, Selectors(**asked))]


def test_the_example() -> None:
    assert [one.path for one in walk(EXAMPLE)] == ALL


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["Users[1]/Create user"], [1]),
        (["Create user"], [1]),
        (["/Users/Create user/"], [1]),
        (["Users[1]/Get user[2]"], [3]),
        (["Users/Get user[3]"], [6]),
        (["Users/Get user#2"], [3]),
        (["Users[2]"], [6, 7]),
        (["Users[2]/Get user"], [6]),
        (["Groups"], [4, 5]),
        (["Groups/Get group"], [4]),
        (["Orders/*"], [8, 9]),
        (["Users/**"], [1, 2, 3, 4, 5, 6, 7]),
        (["Users/*"], [1, 2, 3, 6, 7]),
        (["**/Ping"], [7, 9]),
        (["**/Get ?ser"], [2, 3, 6]),
        (["#smoke"], [0]),
        (["#SLOW"], [3]),
        (["#users"], [1, 2, 3, 4, 5]),
        (["Log in #smoke"], [0]),
        (["Orders/Ping", "Create user"], [1, 9]),
    ],
)
def test_what_patterns_mean(patterns: Sequence[str], expected: list[int]) -> None:
    assert chosen(select=tuple(patterns)) == expected
    assert chosen(exclude=tuple(patterns)) == [n for n in range(len(ALL)) if n not in expected]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"select": ("Ping",)}, r'--select "Ping" means several; give one of: "Users\[2\]/Ping", "Orders/Ping"'),
        ({"select": ("Users",)}, r'means several; give one of: "Users\[1\]", "Users\[2\]"'),
        ({"exclude": ("Users/Get user",)}, r'--exclude .* "Users\[1\]/Get user\[1\]", "Users\[1\]/Get user\[2\]"'),
        ({"first": "Ping"}, '--from "Ping" means several'),
        ({"last": "Ping"}, '--to "Ping" means several'),
        ({"first": "Orders", "last": "Groups"}, '--from "Orders" comes after --to "Groups"'),
    ],
)
def test_what_is_ambiguous_names_its_candidates(asked: Any, message: str) -> None:
    with pytest.raises(SelectionError, match=message) as caught:
        chosen(**asked)
    assert not isinstance(caught.value, EmptySelectionError)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"select": ("Users/Creat user",)}, "no such request or folder; did you mean 'Users/Create user'"),
        ({"select": ("Get user[9]",)}, "no such request or folder"),
        ({"select": ("Nothing/**",)}, "matches no request"),
        ({"select": ("#smok",)}, "--select: no request has the tag #smok; there are: #slow, #smoke, #users"),
        ({"select": ("Empty",)}, "--select leaves nothing to run"),
        ({"exclude": ("**",)}, "--exclude leaves nothing to run"),
        ({"methods": ("put",)}, "no request has the method PUT; there are: DELETE, GET, POST"),
        ({"names": ("^x$",)}, r"no name matches \^x\$"),
        ({"tags": ("nightly",)}, "no request has the tag #nightly; there are"),
        ({"first": "Empty"}, "the folder has no requests"),
        ({"methods": ("GET",), "select": ("Create user",)}, "nothing is left to run: no request has the method GET"),
    ],
)
def test_nothing_to_run_says_why(asked: Any, message: str) -> None:
    with pytest.raises(EmptySelectionError, match=message):
        chosen(**asked)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"methods": ("post", "DELETE")}, [0, 1, 5]),
        ({"names": ("^Get .*r$", r"\d+%")}, [2, 3, 6, 8]),
        ({"tags": ("#smoke", "slow")}, [0, 3]),
        ({"first": "Groups"}, [4, 5, 6, 7, 8, 9]),
        ({"last": "Groups"}, [0, 1, 2, 3, 4, 5]),
        ({"first": "Create user", "last": "Users[2]/Get user"}, [1, 2, 3, 4, 5, 6]),
        ({"first": "Groups", "last": "Groups"}, [4, 5]),
        ({"select": ("Users[1]",), "exclude": ("Groups",), "methods": ("GET",)}, [2, 3]),
        ({"tags": ("users",), "names": ("group",), "first": "Delete group"}, [5]),
    ],
)
def test_conditions_hold_together_in_the_order_of_the_collection(asked: Any, expected: list[int]) -> None:
    assert chosen(**asked) == expected


def test_tags_are_no_fragments_headings_or_entities() -> None:
    slow = list(walk(EXAMPLE))[3]
    assert tags_of(slow) == {"users", "slow"}
    heading = collection(req("a", description="# Title\n#tag-1, (#b.c) page#part"))
    assert tags_of(next(walk(heading))) == {"tag-1", "b.c"}


def test_a_regular_expression_that_is_none() -> None:
    with pytest.raises(UsageError, match="--name takes a regular expression, not '\\['"):
        chosen(names=("[",))


PATTERNS = st.one_of(
    st.text(max_size=12).map(lambda text: " ".join(text.splitlines())), st.text("a/b[]2#*?(){}9\\|+", max_size=24)
)


KINDS = st.sampled_from(["select", "exclude", "names", "tags", "first"])


@given(st.lists(TREES, min_size=1, max_size=4), PATTERNS, KINDS)
def test_any_pattern_selects_or_is_refused_in_a_sentence(tree: list[Any], text: str, kind: str) -> None:
    made = collection(*tree)
    everything = tuple(walk(made))
    asked = Selectors(first=text) if kind == "first" else Selectors(**{kind: (text,)})
    left, said = attempt(lambda: selected(made, everything, asked))
    assert bool(left) != bool(said)
    assert left is None or [one for one in everything if one in left] == list(left)


@pytest.mark.parametrize("pattern", ["a{99999999999999999999}", "(" * 5000 + ")" * 5000, "(?P<a>", "[a"])
def test_a_regular_expression_that_is_none_is_refused_in_a_sentence(pattern: str) -> None:
    made = collection({"name": "a", "request": "http://x"})
    with pytest.raises(UsageError, match="takes a regular expression"):
        selected(made, tuple(walk(made)), Selectors(names=(pattern,)))
