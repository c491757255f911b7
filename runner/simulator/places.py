"""The calls under ``places/``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from runner.simulator.entities import Json, Place
from runner.simulator.fields import Field, clean, point, text, unique_id
from runner.simulator.geo import geocode
from runner.simulator.present import place_json
from runner.simulator.state import State
from runner.simulator.web import Call, Reply, Routes, lookup, matching, page_reply

ADDRESS = ("address", "landmark", "zip_code", "city", "state", "country")
"""The fields that make up an address, from the street to the country."""

FILTERS: dict[str, Callable[[Place, str], bool]] = {
    "id": lambda place, value: place.id == value,
    "unique_id": lambda place, value: place.unique_id == value,
    "name": lambda place, value: place.name == value,
    "zip_code": lambda place, value: place.zip_code == value,
    "city": lambda place, value: place.city == value,
    "state": lambda place, value: place.state == value,
    "country": lambda place, value: place.country == value,
}


def create(call: Call) -> Reply:
    place, is_new = get_or_create(call, call.data)
    return Reply(201 if is_new else 200, place_json(place))


def get_or_create(call: Call, data: Json) -> tuple[Place, bool]:
    """The place that such input leads to, and whether it is a new one; 400 for wrong input."""
    values = clean(data, _fields(call.state, None))
    known = call.state.places.by_unique_id(values.get("unique_id") or "")
    if known is not None:
        return known, False
    if values.get("location") is None:
        values["location"] = _geocoded(values)
    place = Place(id=call.state.new_id(), created_at=call.now, modified_at=call.now, **values)
    return call.state.places.put(place), True


def listing(call: Call) -> Reply:
    return page_reply(call, matching(call.state.places, call.query, FILTERS), place_json)


def retrieve(call: Call) -> Reply:
    return Reply(200, place_json(lookup(call.state.places, call.id)))


def change(call: Call) -> Reply:
    """A changed address without a location is geocoded again."""
    place = lookup(call.state.places, call.id)
    values = clean(call.data, _fields(call.state, place.id), partial=True)
    if values.get("location") is None and any(name in values for name in ADDRESS):
        values["location"] = _geocoded({name: values.get(name, getattr(place, name)) for name in ADDRESS})
    return Reply(200, place_json(call.state.places.put(replace(place, **values, modified_at=call.now))))


def delete(call: Call) -> Reply:
    """Actions that expected it are left without an expected place."""
    call.state.places.remove(lookup(call.state.places, call.id))
    return Reply(204)


def _geocoded(values: Mapping[str, Json]) -> Json:
    return geocode(*(values.get(name) for name in ADDRESS))


def _fields(state: State, own_id: str | None) -> dict[str, Field]:
    return {
        "unique_id": Field(unique_id(state.places, "place", own_id), alias="lookup_id"),
        "name": Field(text()),
        "address": Field(text(longest=1000)),
        "landmark": Field(text()),
        "zip_code": Field(text(longest=20)),
        "city": Field(text()),
        "state": Field(text()),
        "country": Field(text()),
        "location": Field(point),
    }


ROUTES: Routes = {
    "places/": {"GET": listing, "POST": create},
    "places/<id>/": {"GET": retrieve, "PATCH": change, "DELETE": delete},
}
