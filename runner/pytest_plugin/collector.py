"""Collections and workflow files in pytest's tree: a file, and in it a test for each request and row of data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.skipping import evaluate_skip_marks

from runner.errors import HtrunError
from runner.model.collection import Json
from runner.opening.asked import Asked
from runner.pytest_plugin.failing import ChecksFailed, Told, near, representation
from runner.pytest_plugin.names import RESOURCES, definition_in
from runner.pytest_plugin.options import named_here
from runner.pytest_plugin.outcome import Outcome
from runner.pytest_plugin.reading import Key, Reading, Unit, read
from runner.pytest_plugin.running import Run
from runner.pytest_plugin.settings import asked_of, rows_of, snapshots_of

if TYPE_CHECKING:
    from runner.opening.ground import Opened
    from runner.opening.snapshots import Snapshots

#: Marks that a tag cannot be: they take arguments.
_NO_TAGS = frozenset({"parametrize", "usefixtures", "filterwarnings", "skipif", "htrun", "and", "or", "not"})


class Definitions(pytest.Directory):
    """The folder of a collection v3; its definition stands for all of it."""

    def collect(self) -> Iterator[pytest.Collector]:
        definition = definition_in(self.path)
        if definition is not None:
            yield Definitions.from_parent(self, path=self.path / RESOURCES)
        elif self.path.name == RESOURCES:
            found = definition_in(self.path.parent)
            if found is not None:
                yield CollectionFile.from_parent(self, path=found)


class CollectionFile(pytest.File):
    """A file whose requests are tests."""

    reading: Reading
    rows: Sequence[Mapping[str, Json]] = ()
    _run: Run | None = None
    _broken: str | None = None
    _closed = False
    _last: RequestItem | None = None  #: whose test is over
    _waiting: frozenset[Key] = frozenset()  #: what tests that are still to come ask for

    def collect(self) -> Iterator[RequestItem]:
        try:
            self.reading = read(str(self.path))
            self.rows = rows_of(self.config)
        except HtrunError as error:
            raise self.CollectError(str(error)) from None
        count = max(1, len(self.rows))
        marks = [self._marks(unit) for unit in self.reading.units]
        for row in range(count):
            for number, unit in enumerate(self.reading.units):
                name = f"{unit.name}[row {row + 1}]" if count > 1 else unit.name
                item: RequestItem = RequestItem.from_parent(self, name=name, callobj=_function(self.config))
                item.key, item.unit = (number, row), unit
                for mark in marks[number]:
                    item.add_marker(mark)
                yield item

    def _marks(self, unit: Unit) -> list[str]:
        from runner.engine.selectors import tags_of

        found = [tag.replace(":", ".") for tag in sorted(tags_of(unit.located))]
        tags = [tag for tag in found if tag not in _NO_TAGS]
        for tag in tags:
            line = f"{tag}: requests with the tag #{tag}"
            if line not in self.config.getini("markers"):
                self.config.addinivalue_line("markers", line)
        return ["htrun", *tags]

    def run_for(self, variables: Mapping[str, Json]) -> Run:
        """The run of all the tests of this file that are to run; it begins with the first call.

        Raises:
            pytest.fail.Exception: it cannot begin.
        """
        if self._run is None and self._broken is None:
            items = (item for item in self.session.items if isinstance(item, RequestItem) and item.parent is self)
            selected = [item.key for item in items if evaluate_skip_marks(item) is None]
            self._waiting = frozenset(selected)

            def ask(rows: Sequence[int], say: Callable[[str], None]) -> Asked:
                return asked_of(self.config, [self.rows[row] for row in rows] if self.rows else (), variables, say)

            def keep(opened: Opened) -> Snapshots | None:
                return snapshots_of(self.config, str(self.path), opened)

            try:
                self._run = Run(self.reading, selected, self.config.getini("htrun_with_deps"), ask, keep)
            except HtrunError as error:
                self._broken = named_here(str(error))
        if self._run is None:
            pytest.fail(self._broken or "", pytrace=False)
        return self._run

    def was_told(self, item: RequestItem) -> None:
        """The test of a request is over."""
        self._waiting -= {item.key}
        self._last = item

    def teardown(self) -> None:
        """What failed and is the matter of no test is an error of the last one."""
        super().teardown()
        if self._run is None or not self._run.begun:  # --setup-only, --setup-plan
            return
        if self._closed:  # pytest has stopped early (Ctrl-C, -x), and no test is left that could have an error
            return
        left = self._run.left() if self._waiting else self._run.finish()
        if self._last is not None:
            self._last.take_notes(self._run)
        bad = [one.sentence for one in left if one.bad]
        if bad:
            pytest.fail("\n".join(bad), pytrace=False)

    def close(self) -> None:
        """Ends the run, if there is one, where it is."""
        self._closed = True
        if self._run is not None:
            self._run.close()


class _Named(pytest.Item):
    """A node id that is what its text says: a name may hold brackets that are no parameters."""

    def __init__(self, name: str, parent: pytest.Collector, config: Any = None, session: Any = None, **_: Any) -> None:
        identity: Any = f"{parent.nodeid}::{name}"
        if "[" in name and not name.endswith("]") and hasattr(parent, "id"):
            identity = parent.id.child(name)  # pytest 9.2 takes ids apart, and would show one more bracket at the end
        super().__init__(name, parent, config=config, session=session, nodeid=identity)


class RequestItem(pytest.Function, _Named):
    """One request of a collection, or of a step, in one iteration."""

    key: Key
    unit: Unit
    outcome: Outcome | None = None
    _in_check = False

    @property
    def file(self) -> CollectionFile:
        assert isinstance(self.parent, CollectionFile)
        return self.parent

    def setup(self) -> None:
        super().setup()
        definitions = self._fixtureinfo.name2fixturedefs.get("htrun_variables", ())
        if definitions and definitions[-1].scope in ("function", "class"):
            pytest.fail(
                f'the fixture htrun_variables has the scope "{definitions[-1].scope}", and a collection runs once for '
                'all of its tests: give it scope="session"',
                pytrace=False,
            )
        variables: Any = self.funcargs["htrun_variables"] or {}  # there are none with --setup-plan
        self.file.run_for(variables)

    def check(self, variables: Mapping[str, Json], subtests: Any) -> None:
        """Runs the collection up to this request, and says what came of its checks."""
        run = self.file.run_for(variables)
        self.take_notes(run)
        self.outcome = outcome = run.outcome(self.key)
        before = [one for one in run.left() if one.bad]
        if outcome is None:
            if before:
                raise ChecksFailed(before)
            pytest.skip(self._why_not(run))
        self.user_properties += outcome.properties
        bad = [*before, *(one for one in outcome.checks if one.bad)]
        if subtests is not None and len(outcome.checks) + len(before) > 1:
            self._in_check = True
            try:
                for one in (*before, *outcome.checks):
                    _subtest(subtests, one)
            finally:  # with -x the first one that fails ends the test
                self._in_check = False
            if bad:
                pytest.fail(f"{len(bad)} of {len(outcome.checks) + len(before)} checks failed", pytrace=False)
        elif bad:
            raise ChecksFailed(bad)
        if outcome.checks and all(one.status == "skipped" for one in outcome.checks):
            pytest.skip(outcome.checks[-1].message or "skipped")

    def take_notes(self, run: Run) -> None:
        """Leaves what the run has noted for the end of pytest."""
        self.user_properties += [("htrun", f"{self.file.nodeid}: {named_here(note)}") for note in run.notes]
        run.notes = []

    def _why_not(self, run: Run) -> str:
        if run.error:
            return f"the run has ended before: {run.error}"
        if self.file.reading.workflow is not None:
            return "the workflow has not come to this request"
        return "setNextRequest has passed this request over"

    def teardown(self) -> None:
        super().teardown()
        self.file.was_told(self)

    def complete(self, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
        """Adds to a report what is known of the request."""
        if report.skipped and isinstance(report.longrepr, tuple) and call.when == "call":
            path, line, _ = self.reportinfo()
            report.longrepr = (near(str(path), self.config.rootpath), (line or 0) + 1, report.longrepr[2])
        outcome = self.outcome
        if outcome is None or call.when != "call" or self._in_check:
            return
        report.duration = outcome.seconds
        if outcome.exchange and report.failed:
            report.sections.append(("Request and response", "\n".join(outcome.exchange)))
        if outcome.changes and report.failed:
            report.sections.append(("Variables set", "\n".join(outcome.changes)))
        if outcome.console:
            report.sections.append(("Captured script console", "\n".join(outcome.console)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        if isinstance(excinfo.value, ChecksFailed):
            start = self.config.invocation_params.dir
            return representation(excinfo.value, self.config.getoption("tbstyle", "auto"), start)
        if isinstance(excinfo.value, HtrunError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        position = self.file.reading.position(self.unit)
        if position is None:
            return self.path, None, self.name
        return Path(position.path), position.line - 1, self.name


def _subtest(subtests: Any, one: Told) -> None:
    extra = {"run": one.run} if one.run else {}
    with subtests.test(msg=one.name, **extra):
        if one.bad:
            raise ChecksFailed([one])
        if one.status == "skipped":
            pytest.skip(one.message or "skipped")


def _function(config: pytest.Config) -> Callable[..., None]:
    return _with_subtests if config.pluginmanager.has_plugin("subtests") else _without_subtests


def _with_subtests(request: pytest.FixtureRequest, htrun_variables: Mapping[str, Json], subtests: Any) -> None:
    request.node.check(htrun_variables, subtests)


def _without_subtests(request: pytest.FixtureRequest, htrun_variables: Mapping[str, Json]) -> None:
    request.node.check(htrun_variables, None)
