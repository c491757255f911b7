"""The calls under ``events/``: read only, written by what happens elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from runner.simulator.entities import Event
from runner.simulator.present import event_json
from runner.simulator.web import Call, Reply, Routes, lookup, matching, page_reply

FILTERS: dict[str, Callable[[Event, str], bool]] = {
    "id": lambda event, value: event.id == value,
    "user_id": lambda event, value: event.user_id == value,
    "action_id": lambda event, value: event.data["object"] == "action" and event.data["id"] == value,
    "type": lambda event, value: event.type == value,
}


def listing(call: Call) -> Reply:
    return page_reply(call, matching(call.state.events, call.query, FILTERS), event_json)


def retrieve(call: Call) -> Reply:
    return Reply(200, event_json(lookup(call.state.events, call.id)))


ROUTES: Routes = {
    "events/": {"GET": listing},
    "events/<id>/": {"GET": retrieve},
}
