"""Turns each module's ``CASES`` into tests against real Newman; without Node they are skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.case import Case
from conformance.harness import Compare, Harness, preferred_port, remember_port
from conformance.newman import NoNode, install, node_directory
from support.server import RecordingServer


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = metafunc.module.CASES
        metafunc.parametrize("case", cases, ids=[case.id for case in cases])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "compare" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.conformance)


@pytest.fixture(scope="session")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    try:
        node_directory()
    except NoNode as missing:
        pytest.skip(str(missing))
    install()
    with RecordingServer(preferred_port()) as server:
        remember_port(server.port)
        yield Harness(server, tmp_path_factory.mktemp("conformance"))


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
            pytest.fail(f"does not differ any more: take {case.id} out of row {reason} of docs/differences.md")
        if found:
            pytest.fail(text, pytrace=False)

    return check
