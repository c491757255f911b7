"""The two things of a run that change: its scopes and its session.

The session owns the outside world (network, clock, sleep, script engine, files); tests replace it here.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runner.engine.events import Event
from runner.engine.inherit import Inherited, inherit
from runner.model.collection import Collection, Json, Located, RequestSpec
from runner.model.records import dataclass, field, replace
from runner.scripting.interface import ScriptEngine
from runner.transport.cancel import Cancellation
from runner.transport.cookies import CookieJar
from runner.transport.files import FileReader
from runner.transport.interface import Transport
from runner.variables import Scopes

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from runner.auth.interface import Scheme


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run may be told; times in ms, None for no limit."""

    iterations: int | None = None  #: default: number of data rows, else 1
    data: Sequence[Mapping[str, Json]] = ()
    select: tuple[str, ...] = ()  #: names or ids of folders and requests
    delay_request: int = 0
    timeout: int | None = None
    timeout_request: int | None = None  #: of each request, with its redirects
    max_response_size: int | None = None  #: bytes of a body, packed and unpacked; None for no limit
    deny_private_addresses: bool = False  #: requests go to public hosts only
    timeout_script: int | None = None
    bail: bool = False  #: stop after the first failure (``--bail``, ``--bail failure``)
    bail_on_error: bool = False  #: stop on script and request errors (``--bail folder``)
    follow_redirects: bool = True
    strict_ssl: bool = True
    parallel: int = 1  #: iterations that may run side by side
    apart: bool = False  #: each iteration starts from what the run was given, also if only one runs at a time
    strict: bool = False  #: see ``runner.engine.strict``


class DeadlineReached(Exception):
    """The run's ``timeout`` has passed."""


@dataclass(slots=True)
class Session:
    """Everything that one run shares between its requests."""

    collection: Collection
    scopes: Scopes
    options: RunOptions
    transport: Transport
    files: FileReader
    start_scripts: Callable[[], ScriptEngine]
    jar: CookieJar = field(default_factory=CookieJar)
    auth_state: dict[Any, Any] = field(default_factory=dict)
    auth_schemes: Mapping[str, Scheme] = field(default_factory=dict)  #: auth types that only this run knows
    interactive: bool = False
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    deadline: float | None = None
    cancellation: Cancellation | None = None  #: breaks off the requests of this session
    #: variables that something other than a script sets during the run
    set_later: frozenset[str] = frozenset()
    #: by ``id()`` of the item: what somebody wants to be sent in place of its request
    edited: dict[int, RequestSpec] = field(default_factory=dict)
    #: names that no scope defined, with the path of the item that first used them
    unresolved: dict[str, str] = field(default_factory=dict)
    #: what happened in other threads while a script ran; the engine yields it in order
    pending: deque[Event] = field(default_factory=deque)
    last_script_request: threading.Event | None = None
    _inherited: dict[int, Inherited] = field(default_factory=dict)
    _auth_memories: dict[str, dict[Any, Any]] = field(default_factory=dict)
    _scripts: ScriptEngine | None = None
    _pool: ThreadPoolExecutor | None = None

    @property
    def scripts(self) -> ScriptEngine:
        """The script engine, started when first needed."""
        if self._scripts is None:
            self._scripts = self.start_scripts()
        return self._scripts

    @property
    def pool(self) -> ThreadPoolExecutor:
        """Threads for the requests that scripts send."""
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(16, thread_name_prefix="htrun-send")
        return self._pool

    def inherited(self, located: Located) -> Inherited:
        """Scripts, auth and behavior in effect for an item; worked out once."""
        key = id(located.item)
        if key not in self._inherited:
            self._inherited[key] = inherit(located)
        return self._inherited[key]

    def auth_memory(self, owner: str) -> dict[Any, Any]:
        """What servers said to requests with the auth of this folder; a new one if there is no folder."""
        return self._auth_memories.setdefault(owner, {}) if owner else {}

    def fork(self, start_scripts: Callable[[], ScriptEngine], cancellation: Cancellation) -> Session:
        """A sibling that starts from the variables and cookies as they are now and shares the network, the files
        and the time limit. What happens in it changes nothing here. Nobody is asked to log in: several siblings
        would ask at once.

        Args:
            start_scripts: gives the script engine when it is first needed; whoever made it closes it.
            cancellation: ends the requests and pauses of the sibling.
        """
        return replace(
            self,
            scopes=self.scopes.copy(),
            jar=self.jar.copy(),
            start_scripts=start_scripts,
            auth_state={},
            interactive=False,
            cancellation=cancellation,
            unresolved={},
            pending=deque(),
            last_script_request=None,
            _auth_memories={},
            _scripts=None,
            _pool=None,
        )

    def settle(self, start_scripts: Callable[[], ScriptEngine], cancellation: Cancellation) -> Session:
        """This session, from now on as one of several that run at once; otherwise like ``fork``."""
        self.start_scripts, self._scripts = start_scripts, None
        self.cancellation, self.interactive = cancellation, False
        return self

    @property
    def started_scripts(self) -> ScriptEngine | None:
        """The script engine, if it has been started."""
        return self._scripts

    @property
    def broken_off(self) -> bool:
        return self.cancellation is not None and self.cancellation.cancelled

    def mend(self) -> None:
        """After it was broken off: lets what cleans up send requests and run scripts."""
        if self.broken_off:
            self.cancellation, self._scripts = Cancellation(), None

    def remaining(self) -> float | None:
        """Seconds until the run's deadline.

        Raises:
            DeadlineReached: there are none.
        """
        if self.deadline is None:
            return None
        left = self.deadline - self.monotonic()
        if left <= 0:
            raise DeadlineReached
        return left

    def pause(self, milliseconds: int) -> None:
        """Waits, but not beyond the deadline."""
        left = self.remaining()
        wanted = milliseconds / 1000
        sleep = self.sleep
        if self.cancellation is not None and sleep is time.sleep:  # one that somebody has replaced stays
            sleep = self.cancellation.wait
        sleep(wanted if left is None else min(wanted, left))
        self.remaining()

    def end_script_requests(self) -> None:
        """Gives up what scripts wanted to send and nobody has sent yet."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def rest(self) -> None:
        """Lets go of what scripts need, and of nothing that others may share."""
        self.end_script_requests()
        if self._scripts is not None:
            self._scripts.close()

    def close(self) -> None:
        """Lets go of everything that was started."""
        self.rest()
        self.transport.close()
