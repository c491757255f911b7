"""The memory of one simulated account: tables, the lock around them, the clock and the things that are due."""

from __future__ import annotations

import heapq
import itertools
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Generic, Protocol, TypeVar

from runner.simulator.entities import Action, Event, Group, Json, Place, User


class Row(Protocol):
    """What every row has."""

    @property
    def id(self) -> str: ...
    @property
    def unique_id(self) -> str | None: ...


R = TypeVar("R", bound=Row)


class Table(Generic[R]):
    """Rows by id, in the order of creation, with an index of their ``unique_id``."""

    def __init__(self) -> None:
        self._rows: dict[str, R] = {}
        self._ids: dict[str, str] = {}

    def get(self, id: str) -> R | None:
        return self._rows.get(id)

    def by_unique_id(self, unique_id: str) -> R | None:
        id = self._ids.get(unique_id)
        return None if id is None else self._rows.get(id)

    def put(self, row: R) -> R:
        """Add a row, or replace the one with its id."""
        before = self._rows.get(row.id)
        if before is not None and before.unique_id is not None and before.unique_id != row.unique_id:
            del self._ids[before.unique_id]
        if row.unique_id is not None:
            self._ids[row.unique_id] = row.id
        self._rows[row.id] = row
        return row

    def remove(self, row: R) -> None:
        del self._rows[row.id]
        if row.unique_id is not None:
            self._ids.pop(row.unique_id, None)

    def newest_first(self) -> Iterator[R]:
        return reversed(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)


@dataclass(frozen=True, slots=True)
class Due:
    """A change of an action's status that the clock will bring."""

    when: datetime
    action_id: str
    change: str
    assigned_at: datetime | None


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


def random_id() -> str:
    return str(uuid.uuid4())


class State:
    """Everything one simulator knows. All access happens under ``lock``.

    Args:
        clock: gives the time as an aware datetime in UTC; tests move it by hand.
        new_id: gives the id of the next object.
    """

    def __init__(self, clock: Callable[[], datetime] = utc_now, new_id: Callable[[], str] = random_id) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.new_id = new_id
        self.groups: Table[Group] = Table()
        self.users: Table[User] = Table()
        self.places: Table[Place] = Table()
        self.actions: Table[Action] = Table()
        self.events: Table[Event] = Table()
        self._due: list[tuple[datetime, int, Due]] = []
        self._order = itertools.count()

    def schedule(self, when: datetime, action_id: str, change: str, assigned_at: datetime | None = None) -> None:
        """Remember that the clock will bring an action to that status.

        With ``assigned_at`` that holds only as long as the action was not assigned anew since then.
        """
        heapq.heappush(self._due, (when, next(self._order), Due(when, action_id, change, assigned_at)))

    def pop_due(self, now: datetime) -> Due | None:
        """The next change whose time has come."""
        return heapq.heappop(self._due)[2] if self._due and self._due[0][0] <= now else None

    def record(self, type: str, when: datetime, user_id: str | None, data: Json) -> None:
        """Write an event."""
        event = Event(id=self.new_id(), user_id=user_id, type=type, recorded_at=when, created_at=when, data=data)
        self.events.put(event)
