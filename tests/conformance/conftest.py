"""Turns each module's ``CASES`` into tests against real Newman; without Node they are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.case import Case
from conformance.harness import Compare, Harness, certificates, preferred_port, remember_port
from conformance.newman import NoNode, install, node_directory
from support.certificates import server_context
from support.server import Answer, Received, RecordingServer, answer_to

Responder = Callable[[Received], Answer]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = metafunc.module.CASES
        metafunc.parametrize("case", cases, ids=[case.id for case in cases])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "compare" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.conformance)


@contextmanager
def serving(name: str, scratch: Path, respond: Responder = answer_to) -> Iterator[Harness]:
    """A harness with a server of its own, on the port that it had the last time."""
    try:
        node_directory()
    except NoNode as missing:
        pytest.skip(str(missing))
    install()
    with RecordingServer(preferred_port(name), respond, server_context(certificates())) as server:
        remember_port(name, server.port)
        yield Harness(server, scratch)


@pytest.fixture(scope="session")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with serving("cases", tmp_path_factory.mktemp("conformance")) as running:
        yield running


@pytest.fixture
def compare(harness: Harness, request: pytest.FixtureRequest) -> Compare:
    """Fails the test if htrun and Newman differ; a case that docs/differences.md lists must differ."""
    harness.prepare(request.module.CASES)

    def check(case: Case) -> None:
        found = harness.differences(case)
        text = "\n".join(f"--- {axis}\n{lines}" for axis, lines in found.items())
        reason = harness.reason(case)
        if reason and found:
            pytest.xfail(f"differs as docs/differences.md says ({reason}):\n{text}")
        if reason:
            pytest.fail(f"as Newman now: take {case.id} out of row {reason} of docs/differences.md", pytrace=False)
        if found:
            pytest.fail(text, pytrace=False)

    return check
