"""A running simulator whose clock moves by hand, and a client for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from runner.simulator.server import SimulatorServer
from runner.simulator.state import State


class Clock:
    """Stands still at 2018-03-09 05:20:19 UTC until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2018, 3, 9, 5, 20, 19, 742229, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class Api:
    """Calls the simulator over HTTP; paths are relative to the API's base URL. Redirects are not followed."""

    def __init__(self, url: str, key: str | None = "sk_test") -> None:
        self.url = url
        self.session = requests.Session()
        if key is not None:
            self.session.headers["Authorization"] = f"token {key}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}/{path}", allow_redirects=False, timeout=10, **options)

    def get(self, path: str, status: int = 200, /, **params: Any) -> Any:
        return _body(self.call("GET", path, params=params), status)

    def post(self, path: str, status: int = 201, /, **data: Any) -> Any:
        return _body(self.call("POST", path, json=data), status)

    def patch(self, path: str, status: int = 200, /, **data: Any) -> Any:
        return _body(self.call("PATCH", path, json=data), status)

    def delete(self, path: str, status: int = 204) -> Any:
        return _body(self.call("DELETE", path), status)

    def assigned(self, **fields: Any) -> tuple[Any, Any]:
        """A new user and a new action that is assigned to them, in a place in San Francisco."""
        user = self.post("users/", name="Asha")
        place = {"address": "270 Linden Street", "city": "San Francisco"}
        action = self.post("actions/", **{"user_id": user["id"], "expected_place": place, **fields})
        user = self.post(f"users/{user['id']}/assign_actions/", 200, action_ids=[action["id"]])
        return user, action


def _body(response: requests.Response, status: int) -> Any:
    assert response.status_code == status, f"{response.request.method} {response.url}: {response.text}"
    return response.json() if response.content else None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Iterator[SimulatorServer]:
    with SimulatorServer(state=State(clock)) as running:
        yield running


@pytest.fixture
def api(simulator: SimulatorServer) -> Iterator[Api]:
    client = Api(simulator.url)
    with client.session:
        yield client
