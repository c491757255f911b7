"""The calls under ``groups/``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from runner.simulator.entities import Group, Json
from runner.simulator.fields import Field, Invalid, clean, reference, text, unique_id
from runner.simulator.geo import fraction
from runner.simulator.present import group_json
from runner.simulator.state import State
from runner.simulator.web import Call, Reply, Routes, lookup, matching, page_reply

FILTERS: dict[str, Callable[[Group, str], bool]] = {
    "id": lambda group, value: group.id == value,
    "unique_id": lambda group, value: group.unique_id == value,
    "name": lambda group, value: group.name == value,
    "parent_group_id": lambda group, value: group.parent_group_id == value,
    "token": lambda group, value: group.token == value,
}


def create(call: Call) -> Reply:
    values = clean(call.data, _fields(call.state, None))
    known = call.state.groups.by_unique_id(values.get("unique_id") or "")
    if known is not None:
        return Reply(200, group_json(known))
    id = call.state.new_id()
    group = Group(id=id, token=_token(id), created_at=call.now, modified_at=call.now, **values)
    return Reply(201, group_json(call.state.groups.put(group)))


def listing(call: Call) -> Reply:
    return page_reply(call, matching(call.state.groups, call.query, FILTERS), group_json)


def retrieve(call: Call) -> Reply:
    return Reply(200, group_json(lookup(call.state.groups, call.id)))


def change(call: Call) -> Reply:
    group = lookup(call.state.groups, call.id)
    values = clean(call.data, _fields(call.state, group.id), partial=True)
    return Reply(200, group_json(call.state.groups.put(replace(group, **values, modified_at=call.now))))


def _fields(state: State, own_id: str | None) -> dict[str, Field]:
    return {
        "name": Field(text(blank=False), required=True, null=False),
        "unique_id": Field(unique_id(state.groups, "group", own_id), alias="lookup_id"),
        "parent_group_id": Field(_parent(state, own_id)),
    }


def _parent(state: State, own_id: str | None) -> Callable[[Json], Json]:
    """A group that exists and is not, through its own parents, a child of this one."""
    existing = reference(state.groups)

    def check(value: Json) -> Json:
        parent_id = existing(value)
        above: str | None = parent_id
        while above is not None:
            if above == own_id:
                raise Invalid("A group cannot be inside itself.")
            group = state.groups.get(above)
            above = group.parent_group_id if group is not None else None
        return parent_id

    return check


def _token(id: str) -> str:
    return f"gk_{int(fraction(id, 'token') * 2**48):012x}{int(fraction(id, 'more') * 2**48):012x}"


ROUTES: Routes = {
    "groups/": {"GET": listing, "POST": create},
    "groups/<id>/": {"GET": retrieve, "PATCH": change},
}
