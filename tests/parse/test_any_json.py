"""Whatever a file holds, it is a collection or an environment, or is refused in a sentence. Formats say the same."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convert.strategies import collections, texts
from fuzz.shape import WORDS
from runner.convert.v21 import to_v21
from runner.model.collection import Collection, walk
from runner.parse.collection import collection_from_json
from runner.parse.environment import variable_set_from_json
from runner.parse.url import render_url
from support.refusal import attempt

PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
_WORDS = st.sampled_from([word for word in WORDS if word.isidentifier()])
#: JSON that has the names of a collection where they do not belong.
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS | texts, inner, max_size=4),
    max_leaves=15,
)
MEMBERS = st.dictionaries(
    st.sampled_from(["info", "item", "event", "variable", "auth", "requests", "order", "folders", "values", "name"]),
    ODD,
    max_size=6,
)
BASIC = st.fixed_dictionaries({"type": st.just("basic"), "basic": st.dictionaries(texts, texts, max_size=3)})


def requests_of(collection: Collection) -> list[Any]:
    return [(one.path, one.item.request, one.item.scripts) for one in walk(collection)]


@PATIENT
@given(ODD | MEMBERS)
def test_any_json_is_a_collection_or_is_refused_in_a_sentence(data: Any) -> None:
    made, said = attempt(lambda: collection_from_json(data, "c.json"))
    assert (made is None) == said.startswith("c.json: ")
    for located in walk(made) if made is not None else ():
        render_url(located.item.request.url)
        list(located.item.examples)


@PATIENT
@given(ODD | MEMBERS)
def test_any_json_is_an_environment_or_is_refused_in_a_sentence(data: Any) -> None:
    found, said = attempt(lambda: variable_set_from_json(data, "e.json"))
    assert (found is None) == said.startswith("e.json: ")
    assert found is None or all(isinstance(variable.key, str) for variable in found.values)


@PATIENT
@given(collections)
def test_a_collection_that_is_written_as_v21_is_the_same(data: Any) -> None:
    written = json.loads(json.dumps(to_v21(data)))
    assert [one[:2] for one in requests_of(collection_from_json(written))] == [
        one[:2] for one in requests_of(collection_from_json(data))
    ]
    assert to_v21(written) == written


@PATIENT
@given(BASIC, st.lists(st.fixed_dictionaries({"name": texts, "request": st.fixed_dictionaries({"auth": BASIC})})))
def test_auth_of_v20_and_of_v21_mean_the_same(auth: Any, items: list[Any]) -> None:
    old = {"info": {"name": "c"}, "auth": auth, "item": items}
    new = to_v21(old)
    assert isinstance(new["auth"]["basic"], list)
    before, after = collection_from_json(old), collection_from_json(new)
    assert after.auth == before.auth
    assert [one.item.request for one in walk(after)] == [one.item.request for one in walk(before)]


@PATIENT
@given(
    st.lists(
        st.fixed_dictionaries(
            {"method": st.sampled_from(["GET", "POST"]), "name": texts, "url": st.text("ab:/?&=#{}.", max_size=20)}
        ),
        max_size=5,
    )
)
def test_v1_keeps_the_order_the_names_and_the_urls(requests: list[Any]) -> None:
    rows = [{"id": str(number), **one} for number, one in enumerate(requests)]
    old = {"id": "c", "name": "c", "order": [row["id"] for row in reversed(rows)], "requests": rows}
    made = collection_from_json(old)
    found = [one.item for one in walk(made)]
    assert [item.id for item in found] == [row["id"] for row in reversed(rows)]
    assert [(item.name, item.request.method) for item in found] == [(one["name"], one["method"]) for one in rows[::-1]]
    again = collection_from_json(to_v21(old))
    assert [one.item.request for one in walk(again)] == [item.request for item in found]
