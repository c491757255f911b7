"""The run of one file: it begins with the first test that needs it, and goes on as far as each test asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING

from runner.engine import events as ev
from runner.engine.draft import Draft
from runner.engine.iteration import ItemRunner
from runner.engine.needs import preflight
from runner.engine.run import run
from runner.engine.session import Session
from runner.errors import SetupError
from runner.model.collection import Located
from runner.model.records import replace
from runner.model.result import Cursor
from runner.opening.asked import Asked
from runner.opening.events import item_runner
from runner.opening.ground import Opened, opened
from runner.pytest_plugin.failing import Told
from runner.pytest_plugin.options import named_here
from runner.pytest_plugin.outcome import Done, Ledger, Outcome
from runner.pytest_plugin.reading import Key, Reading
from runner.reporters.masking import Masker
from runner.reporters.text import clean_line
from runner.workflow.bind import BoundStep, BoundWorkflow, chosen

if TYPE_CHECKING:
    from runner.opening.snapshots import Snapshots


class Run:
    """Runs some of the requests of a file, in the order of the file.

    Args:
        selected: what tests ask for.
        with_deps: also run what these need.
        ask: makes what is asked of the run; its argument is told what is done beyond that.
        keep: gives who keeps the shapes of responses, if somebody does.

    Raises:
        HtrunError: it cannot begin.

    Attributes:
        notes: what is done beyond what was asked, and what became of snapshots.
        begun: it has gone on.
        ended: it is over; ``error`` says why, if it was not at its end.
    """

    def __init__(
        self,
        reading: Reading,
        selected: Sequence[Key],
        with_deps: bool,
        ask: Callable[[Sequence[int], Callable[[str], None]], Asked],
        keep: Callable[[Opened], Snapshots | None],
    ) -> None:
        self.reading = reading
        self.notes: list[str] = []
        self.ended, self.error = False, ""
        self.begun = False
        self._selected = frozenset(selected)
        self._with_deps = with_deps
        self._rows = sorted({row for _, row in selected})
        self._outcomes: dict[Key, Outcome] = defaultdict(Outcome)
        self._told: set[Key] = set()
        self._left: list[Told] = []
        self._over: set[int] = set()  # rows
        self._ledger = Ledger()
        self._stack = ExitStack()
        try:
            self._begin(keep, ask(self._rows, lambda text: self.notes.append(clean_line(text))))
        except BaseException:
            self._stack.close()
            raise

    def outcome(self, key: Key) -> Outcome | None:
        """Goes on until nothing more is to come of a request; None if it was never its turn."""
        while not self._is_settled(key):
            self._next()
        if key not in self._outcomes and not self.ended:
            self._next()  # the run may have ended with the iteration, and says why now
        self._told.add(key)
        return self._outcomes.get(key)

    def left(self) -> list[Told]:
        """What failed since somebody asked last, and is the matter of no test that is still to come: requests that run
        for others, requests that have run again."""
        found, self._left = self._left, []
        return found

    def finish(self) -> list[Told]:
        """Goes on to the end, and gives what no test was told of."""
        while not self.ended:
            self._next()
        self.close()
        return self.left()

    def close(self) -> None:
        """Ends it where it is; the clean-up of a workflow takes place."""
        if self.begun and not self.ended and self.reading.workflow is not None:
            event: ev.Event | None = self._stream.throw(KeyboardInterrupt())
            while event is not None:
                event = next(self._stream, None)
        self.ended = True
        self._stack.close()

    # -- beginning

    def _begin(self, keep: Callable[[Opened], Snapshots | None], asked: Asked) -> None:
        workflow = self._steps(self.reading.workflow) if self.reading.workflow is not None else None
        given = self._stack.enter_context(opened(workflow or self.reading.collection, asked))
        for text in preflight(given.collection):
            asked.warn(text)
        session = given.session
        self._snapshots = keep(replace(given, workflow=self.reading.workflow))
        rows = session.scopes.collection.snapshot().values
        self._masker = Masker(asked.secrets, rows, session.options.data)
        self._units: dict[int, int] = {}  # of a collection: by position
        self._refs: dict[str, int] = {}  # of a workflow: by the ref of the cursor
        if workflow is not None:
            from runner.workflow.run import run as run_workflow

            self._places = {(id(u.step), u.place): number for number, u in enumerate(self.reading.units)}
            self._stream = run_workflow(session, workflow, given.variables.variables, self._wrap)
        else:
            items = self._items(session, asked.captures)
            numbers = {id(unit.located.item): number for number, unit in enumerate(self.reading.units)}
            self._units = {position: numbers[id(one.item)] for position, one in enumerate(items)}
            self._stream = run(session, self._kept(item_runner(asked.captures, session, items)), items)
        self._stack.callback(self._stream.close)

    def _items(self, session: Session, captures: Sequence[str]) -> tuple[Located, ...]:
        numbers = sorted({number for number, _ in self._selected})
        items = tuple(self.reading.units[number].located for number in numbers)
        if not self._with_deps:
            return items
        from runner.opening.dependencies import items_with_dependencies

        return items_with_dependencies(session, items, captures, self.notes.append)

    def _steps(self, workflow: BoundWorkflow) -> BoundWorkflow:
        """The steps of the selected requests and those that they need. A step that does not say what it needs follows
        the ones before it, and may use what they have set."""
        asked = {self.reading.units[number].top for number, _ in self._selected}
        order = [one.step.name for one in workflow.steps]
        if asked.isdisjoint(order):  # only what runs in any case
            return replace(workflow, steps=())
        names = asked.intersection(order)
        if self._with_deps:
            steps = {one.step.name: one.step for one in workflow.steps}
            waiting = list(names)
            while waiting:
                name = waiting.pop()
                needs = steps[name].needs
                before = order[: order.index(name)] if needs is None else [need.text for need in needs]
                waiting += [one for one in before if one not in names]
                names.update(before)
        added = [clean_line(name) for name in order if name in names - asked]
        if added:
            self.notes.append(f"steps that run before the selected ones: {', '.join(added)}")
        return chosen(workflow, [name for name in order if name in names])

    def _wrap(self, runner: ItemRunner, bound: BoundStep) -> ItemRunner:
        kept = self._kept(runner)

        def run_item(located: Located, cursor: Cursor, session: Session) -> Generator[ev.Event, None, Draft]:
            self._refs[cursor.ref] = self._places[id(bound), cursor.position]
            return (yield from kept(located, cursor, session))

        return run_item

    def _kept(self, runner: ItemRunner) -> ItemRunner:
        """The same; with snapshots, after it each response is looked at."""
        return runner if self._snapshots is None else self._snapshots.around(runner)

    # -- going on

    def _is_settled(self, key: Key) -> bool:
        row = key[1]
        if self.ended or row in self._over:
            return True
        return key in self._outcomes and not self.reading.jumps

    def _next(self) -> None:
        started = monotonic()
        self.begun = True
        done = None
        while done is None and not self.ended:
            event = next(self._stream, None)
            if event is None:
                self.ended = True
                return
            for shown in self._masker.take(event):
                done = self._ledger.take(shown) or done
                if isinstance(shown, ev.RunFinished):
                    self._end(shown)
            if isinstance(event, ev.IterationFinished):
                self._over.add(self._row(event.cursor))
                break
        if done is not None:
            self._note(done, monotonic() - started)

    def _note(self, done: Done, seconds: float) -> None:
        number = self._number(done)
        key = (number, self._row(done.cursor))
        if key in self._selected and key not in self._told:
            done.into(self._outcomes[key], seconds)
            return
        name = self.reading.units[number].name
        why = "ran again" if key in self._told else "ran for others"
        self._left += [replace(one, name=f"{name} ({why}): {one.name}") for one in done.checks if one.bad]

    def _end(self, event: ev.RunFinished) -> None:
        self.ended = True
        if event.result.interrupted:  # pytest ends, too: nobody is left to be told of it as a failure
            self.close()
            raise KeyboardInterrupt
        self._left += [replace(one, message=named_here(one.message)) for one in self._ledger.of_run(event)]
        self.error = clean_line(named_here(event.result.error or ""))
        if self._snapshots is not None:
            try:
                self.notes += map(str.strip, self._snapshots.finish(event.result, self._masker.secrets.text))
            except SetupError as error:
                self._left.append(Told("snapshots", "error", clean_line(str(error))))

    def _row(self, cursor: Cursor) -> int:
        return self._rows[min(cursor.iteration, len(self._rows) - 1)]

    def _number(self, done: Done) -> int:
        """Which request of the file has ended."""
        if self._units:
            return self._units[done.cursor.position]
        number = self._refs.pop(done.cursor.ref, None)
        if number is not None:
            return number
        # a step that was skipped: its requests come in their order, and have not run yet
        path, row, step = done.result.located.path, self._row(done.cursor), done.cursor.step
        same = [number for number, unit in enumerate(self.reading.units) if unit.located.path == path]
        fresh = [number for number in same if (number, row) not in self._outcomes] or same
        return next((number for number in fresh if step in self.reading.units[number].titles), fresh[0])
