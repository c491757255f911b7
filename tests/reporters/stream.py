"""Builds streams of events by hand, as the engine would yield them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runner.engine import events as ev
from runner.engine.tally import Tally
from runner.model.collection import (
    Body,
    Collection,
    Folder,
    Header,
    Item,
    Listen,
    Located,
    RequestSpec,
    Script,
    Url,
    Variable,
    VariableSet,
    walk,
)
from runner.model.exchange import Cookie, Exchange, NetworkError, Request, Response, Timings
from runner.model.result import (
    Assertion,
    ConsoleLine,
    Cursor,
    ErrorInfo,
    Failure,
    ItemResult,
    RunResult,
    ScriptRun,
    VariableChange,
)
from runner.reporters.interface import Reporter, ReporterOptions
from runner.reporters.masking import Masker
from runner.reporters.registry import create_reporter

STARTED = 1_795_505_797.943


def check(name: str, message: str | None = None, *, skipped: bool = False, error: str = "AssertionError") -> Assertion:
    """A check that passes, fails with ``message`` or is skipped; the script gives it its index."""
    return Assertion(name, 0, ErrorInfo(error, message) if message is not None else None, skipped)


def say(*messages: str, level: str = "log") -> ConsoleLine:
    return ConsoleLine(level, messages)


def put(key: str, value: Any, scope: str = "environment", *, removed: bool = False) -> VariableChange:
    return VariableChange(scope, key, value, removed)


@dataclass(frozen=True)
class Goto:
    """``setNextRequest``."""

    name: str | None


@dataclass(frozen=True)
class Did:
    """One script: what it did, in order, and how it ended."""

    listen: Listen
    steps: Sequence[Assertion | ConsoleLine | VariableChange | Exchange | Goto] = ()
    error: ErrorInfo | None = None
    #: errors that the engine learns of only after the script: from timers and promises
    late: Sequence[ErrorInfo] = ()


@dataclass(frozen=True)
class Play:
    """One run of one item."""

    item: str
    before: Sequence[Did] = ()
    exchanges: Sequence[Exchange] = ()
    after: Sequence[Did] = ()
    skipped: bool = False


def item(name: str, method: str = "GET", path: str = "echo", body: str | None = None, **more: Any) -> Item:
    spec = RequestSpec(
        Url(protocol="http", host=("localhost",), port="8080", path=(path,)),
        method,
        body=Body("raw", raw=body) if body is not None else None,
    )
    return Item(id=f"id-{name}", name=name, request=spec, **more)


def collection(*children: Item | Folder, name: str = "Sample", variables: Iterable[Variable] = ()) -> Collection:
    return Collection(id="c-1", name=name, children=children, variables=tuple(variables))


def folder(name: str, *children: Item | Folder) -> Folder:
    return Folder(id=f"f-{name}", name=name, children=children)


def exchange(
    spec: RequestSpec,
    body: bytes = b'{"ok":true}',
    *,
    code: int = 200,
    reason: str = "OK",
    error: NetworkError | None = None,
    ms: float = 24,
    origin: str = "item",
    sent: bytes | None = None,
    headers: Sequence[Header] = (Header("Content-Type", "application/json"),),
    cookies: Sequence[Cookie] = (),
    url: str | None = None,
    redirects: Sequence[Exchange] = (),
) -> Exchange:
    path = "/".join(spec.url.path or ())
    made = url or f"{spec.url.protocol}://{'.'.join(spec.url.host or ())}:{spec.url.port}/{path}"
    raw = spec.body.raw.encode() if spec.body and spec.body.raw is not None else None
    system = (Header("Host", "localhost:8080", system=True), Header("Accept", "*/*", system=True))
    request = Request(spec.method, made, system, sent if sent is not None else raw, spec)
    response = None
    if error is None:
        response = Response(code, reason, tuple(headers), body, made, tuple(cookies), downloaded=len(body))
    timings = Timings(STARTED, dns=1.5, connect=0.4, first_byte=ms - 2, download=0.3, total=ms)
    return Exchange(f"x-{origin}-{made}", request, response, error, timings, origin, tuple(redirects))


@dataclass
class Story:
    """Turns plays into events and keeps the result of the run."""

    collection: Collection
    iterations: int = 1
    environment: VariableSet = field(default_factory=lambda: VariableSet("e-1", "dev"))
    globals: VariableSet = field(default_factory=lambda: VariableSet("g-1"))
    error: str | None = None
    interrupted: bool = False
    whole: bool = True  #: whether the run comes to its end
    extra: tuple[Failure, ...] = ()  #: failures of the run itself
    keep: bool = True  #: whether failures are collected for the result

    def events(self, plays: Iterable[Play] | None = None) -> Iterator[ev.Event]:
        located = {place.item.name: place for place in walk(self.collection)}
        chosen = list(plays) if plays is not None else [Play(name) for name in located]
        tally, failures = Tally(), list(self.extra)
        for event in self._events(chosen, located):
            tally.handle(event)
            if isinstance(event, ev.ItemFinished) and self.keep:
                failures += event.result.failures
            yield event
        if self.whole:
            result = RunResult(
                STARTED,
                STARTED + 0.121,
                failures=tuple(failures),
                error=self.error,
                interrupted=self.interrupted,
                environment=self.environment,
                globals=self.globals,
                **tally.counts(),
            )
            yield ev.RunFinished(result)

    def _events(self, plays: Sequence[Play], located: dict[str, Located]) -> Iterator[ev.Event]:
        length = len(located)
        yield ev.RunStarted(self.collection, self.environment, self.globals, self.iterations, length, STARTED)
        for iteration in range(self.iterations):
            here = Cursor(0, iteration, length, self.iterations, "ref")
            yield ev.IterationStarted(here)
            for position, play in enumerate(plays):
                yield from played(play, located[play.item], replace(here, position=position, ref=f"r{position}"))
            yield ev.IterationFinished(here)


def played(play: Play, place: Located, cursor: Cursor) -> Iterator[ev.Event]:
    """The events of one item."""
    yield ev.ItemStarted(place, cursor)
    runs: list[ScriptRun] = []
    failures: list[Failure] = []
    seen: list[Exchange] = []

    def exchanged(one: Exchange) -> ev.ExchangeFinished:
        seen.append(one)
        failure = None
        if one.error is not None:
            failure = Failure("request", ErrorInfo("Error", one.error.message), "request", place, cursor)
            failures.append(failure)
        return ev.ExchangeFinished(one, place, cursor, failure)

    def scripted(did: Did) -> Iterator[ev.Event]:
        script = Script(did.listen, "// code", f"s-{did.listen}-{len(runs)}")
        yield ev.ScriptStarted(script, place, cursor)
        checks: list[Assertion] = []
        goto: Goto | None = None
        for step in did.steps:
            match step:
                case Assertion():
                    one = replace(step, index=len(checks))
                    checks.append(one)
                    failure = None
                    if one.error is not None:
                        at = f"assertion:{one.index} in test-script"
                        failure = Failure("assertion", one.error, at, place, cursor, script, one)
                        failures.append(failure)
                    yield ev.AssertionChecked(one, place, failure)
                case ConsoleLine():
                    yield ev.ConsoleLogged(step, place)
                case VariableChange():
                    yield ev.VariableChanged(step, place)
                case Exchange():
                    yield exchanged(step)
                case Goto():
                    goto = step
        console = tuple(step for step in did.steps if isinstance(step, ConsoleLine))
        run = ScriptRun(script, tuple(checks), console, error=did.error)
        runs.append(run)
        broken = None
        if did.error is not None:
            broken = Failure("script", did.error, f"{did.listen}-script", place, cursor, script)
            failures.append(broken)
        for error in did.late:
            failures.append(Failure("script", error, f"{did.listen}-script", place, cursor, script))
        yield ev.ScriptFinished(run, place, cursor, broken, goto.name if goto else None, goto is not None)

    for did in play.before:
        yield from scripted(did)
    if not play.skipped:
        sent = play.exchanges or (exchange(place.item.request),)
        yield ev.RequestStarted(place.item.request, place)
        for one in sent:
            yield exchanged(one)
        for did in play.after:
            yield from scripted(did)
    yield ev.ItemFinished(
        ItemResult(place, cursor, tuple(seen), tuple(runs), tuple(failures), play.skipped, place.item.request)
    )


def report(name: str, events: Iterable[ev.Event], **options: Any) -> str:
    """What the reporter called ``name`` prints for a stream. ``extra`` are its own options."""
    out = io.StringIO()
    extra = options.pop("extra", {})
    reporter = create_reporter(name, ReporterOptions(out=out, options=extra, **options))
    feed(reporter, events)
    return out.getvalue()


def feed(reporter: Reporter, events: Iterable[ev.Event]) -> None:
    """Gives a reporter the events as ``htrun run`` does: without secrets."""
    masker = Masker()
    for event in events:
        for shown in masker.take(event):
            reporter.handle(shown)
    reporter.close()


REFUSED = NetworkError("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED", -111, "connect", "127.0.0.1", 1)


def sample(iterations: int = 1) -> Iterator[ev.Event]:
    """The run that most tests look at: folders, checks of all kinds, an error of each kind, a skip."""
    users = item("List users")
    throws = item("Throws", "POST", body='{"a":1}')
    down = item("Down")
    story = Story(
        collection(folder("Users", users, throws), down, item("Skipped"), name="Peer sample"), iterations=iterations
    )
    call = item("call").request
    return story.events(
        [
            Play(
                "List users",
                [Did("prerequest", [say("'hi'", "{ a: 1 }"), say("'careful'", level="warn")])],
                [exchange(users.request, b'{"args":{"x":"1"}}')],
                [
                    Did(
                        "test",
                        [
                            check("status is 200"),
                            check("body has name", "expected undefined to deeply equal 'x'"),
                            check("later", skipped=True),
                            put("user_id", "3f2a"),
                            put("api_token", "very-secret"),
                        ],
                    )
                ],
            ),
            Play(
                "Throws",
                exchanges=[exchange(throws.request, ms=5)],
                after=[
                    Did("test", [check("x"), Goto("Down")], ErrorInfo("ReferenceError", "undefinedFn is not defined"))
                ],
            ),
            Play(
                "Down",
                exchanges=[exchange(down.request, error=REFUSED)],
                after=[
                    Did(
                        "test",
                        [check("never", "expected 1 to equal 2"), exchange(call, origin="script", ms=3)],
                        late=[ErrorInfo("Error", "thrown in a timer")],
                    )
                ],
            ),
            Play("Skipped", [Did("prerequest")], skipped=True),
        ]
    )
