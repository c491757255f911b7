"""The producers that static analysis finds, compared with the writes that a run shows.

Collections of other people, from the directory that HTRUN_CORPUS names, are played against a server that answers
everything, if it can with the example that was saved with the request, so that scripts find what they look for.
Every variable that a script wrote must have been foretold for its request; what was not is listed with the reason.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conformance import corpus
from conformance.case import Case
from runner.engine.assemble import Given, new_session
from runner.engine.draft import Draft
from runner.engine.events import Event, VariableChanged
from runner.engine.item import run_item
from runner.engine.run import run
from runner.engine.session import RunOptions, Session
from runner.model.collection import Collection, Located
from runner.model.result import Cursor
from runner.opening.source import Source
from runner.transport.fetch import fetcher
from runner.transport.requests_transport import RequestsTransport, TransportSettings
from runner.workflow.dataflow import flow_of
from runner.workflow.itemflow import ItemFlow
from support.server import Answer, Received, RecordingServer

DIRECTORY = os.environ.get("HTRUN_CORPUS")
pytestmark = pytest.mark.skipif(not DIRECTORY, reason="HTRUN_CORPUS names no directory with collections")


@dataclass
class Recall:
    """Writes of one or more runs: foretold by name, foretold by a pattern, and not foretold."""

    found: int = 0
    missed: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    unsure: Counter[str] = field(default_factory=Counter)  #: places of which only a run can tell the name

    @property
    def writes(self) -> int:
        return self.found + len(self.missed)


class Examples:
    """Answers with the saved examples of the item that runs."""

    def __init__(self) -> None:
        self._item: Located | None = None

    def run_item(self, located: Located, cursor: Cursor, session: Session) -> Generator[Event, None, Draft]:
        self._item = located
        return (yield from run_item(located, cursor, session))

    def answer(self, request: Received) -> Answer:
        for example in self._item.item.examples if self._item else ():
            if example.body and (example.code or 200) < 300:
                kind = "application/json" if example.body.lstrip()[:1] in "{[" else "text/plain"
                return Answer(example.code or 200, example.body.encode(), (("Content-Type", kind),))
        return corpus.answer(request)


def writes(
    collection: Collection, source: Source, directory: Path, case: Case, examples: Examples
) -> Iterator[tuple[int, str, str]]:
    """(id of the item, its path, name) of each variable that is written in a run, once."""
    given = dict(zip(case.args[1::2], case.args[2::2], strict=False))
    session = new_session(
        collection,
        Given(
            environment=source.environment(_path(directory, given.get("-e"))),
            globals=source.globals(_path(directory, given.get("-g"))),
        ),
        RunOptions(
            data=source.data(_path(directory, given.get("-d")))[:1],
            timeout_request=5000,
            timeout_script=5000,
            timeout=60000,
        ),
        transport=RequestsTransport(TransportSettings()),
    )
    seen = set()
    try:
        for event in run(session, examples.run_item):
            if isinstance(event, VariableChanged):
                key = id(event.located.item), event.located.path, event.change.key
                if not event.change.removed and key not in seen:
                    seen.add(key)
                    yield key
    finally:
        session.close()


def _path(directory: Path, name: str | None) -> str | None:
    return str(directory / name) if name else None


def reason(flow: ItemFlow, name: str) -> str:
    """Why a write was not foretold by its name."""
    for computed in flow.computed:
        if fnmatchcase(name, computed.pattern):
            return computed.reason.partition(":")[0]
    return "unknown"


def measure(case: Case, server: RecordingServer, directory: Path, examples: Examples, recall: Recall) -> None:
    case.write(directory, server.port, directory)
    transport = RequestsTransport(TransportSettings())
    source = Source(fetcher(transport, strict_ssl=True))
    collection = source.collection(str(directory / "collection.json"))
    flows = {id(item.located.item): item for item in flow_of(collection).items}
    places = {(one.reason, one.where) for flow in flows.values() for one in flow.computed}
    recall.unsure.update(f"{case.id}: {reason}, {where}" for reason, where in places)
    for item, path, name in writes(collection, source, directory, case, examples):
        if any(define.name == name for define in flows[item].defines):
            recall.found += 1
        else:
            why = reason(flows[item], name)
            recall.reasons[why] += 1
            recall.missed.append(f"{case.id}: {path}: {name} ({why})")
    transport.close()


def test_the_writes_of_real_collections_are_foretold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert DIRECTORY is not None
    monkeypatch.setattr(corpus, "MOST_ITEMS", 1000)
    recall, examples = Recall(), Examples()
    with RecordingServer(respond=examples.answer) as server:
        for case in corpus.cases(Path(DIRECTORY)):
            directory = tmp_path / case.id
            directory.mkdir()
            measure(case, server, directory, examples, recall)
    share = recall.found / recall.writes
    lines = [f"{recall.found} of {recall.writes} writes foretold ({share:.1%}); missed:", *(recall.missed or ["none"])]
    lines += ["not foretold by name, wherever they run:", *sorted(recall.unsure)]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n  ".join(lines) + "\n")
    assert recall.writes > 100
    assert share >= 0.95
    assert not recall.reasons["unknown"], "each miss has a reason"
