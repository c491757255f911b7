"""The fixtures of the plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from runner.api.run import Source
    from runner.model.collection import Collection
    from runner.model.result import RunResult
    from runner.pytest_plugin.serving import Server


@pytest.fixture(scope="session")
def htrun_variables() -> Mapping[str, object]:
    """Variables of the collections that pytest collects: define a fixture of this name in a conftest.py."""
    return {}


@pytest.fixture(scope="session")
def htrun_server() -> Iterator[Callable[[Any], Server]]:
    """Starts a server on a free loopback port, until the end of the session: ``htrun_server(app)``.

    ``app`` is a WSGI or ASGI application, or the name of a simulator. The server has ``url`` and ``variables``.
    """
    from runner.pytest_plugin.serving import serving

    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serving(app))


@pytest.fixture
def htrun_run(request: pytest.FixtureRequest, htrun_variables: Mapping[str, object]) -> Callable[..., RunResult]:
    """Runs a collection or workflow file: ``htrun_run(path)``, with the options of ``runner.run``.

    A path is relative to the test's file. Variables, environment and so on are those of ``htrun_variables`` and of
    pytest's options, where the call gives no others. If something failed, so does the test, with what failed and
    why; with ``must_pass=False`` the result says so.
    """

    def place(path: str | Path) -> Path:
        return located(request, path)

    return _running(request.config, place, htrun_variables)


@pytest.fixture(scope="session")
def htrun_session_run(pytestconfig: pytest.Config) -> Callable[..., RunResult]:
    """``htrun_run`` for fixtures that live longer than a test, such as one that logs in once for all.

    A path is relative to the root directory of pytest. ``htrun_variables`` has no part in it, since each folder may
    have its own: a fixture that wants them asks for them, and gives ``variables=``.
    """
    return _running(pytestconfig, lambda path: pytestconfig.rootpath / path, {})


def _running(
    config: pytest.Config, place: Callable[[str | Path], Path], variables: Mapping[str, object]
) -> Callable[..., RunResult]:
    """Args: place: finds the file that a path means."""

    def run(source: Source, *, must_pass: bool = True, **options: Any) -> RunResult:
        from runner.pytest_plugin.calling import call

        if isinstance(source, (str, Path)) and "://" not in str(source):
            source = place(source)
        result, failed = call(config, source, variables, options)
        if must_pass and not result.passed:
            pytest.fail("\n".join(failed), pytrace=False)
        return result

    return run


@pytest.fixture
def collection(request: pytest.FixtureRequest) -> Collection:
    """The collection that ``@pytest.mark.htrun(path)`` names, or an indirect parameter: relative to the test's file."""
    from runner.pytest_plugin.reading import read

    marker = request.node.get_closest_marker("htrun")
    named = getattr(request, "param", None) or (marker.args[0] if marker is not None and marker.args else None)
    if named is None:
        wanted = 'the fixture "collection" needs @pytest.mark.htrun("file") or an indirect parameter'
        pytest.fail(wanted, pytrace=False)
    return read(str(located(request, named))).collection


def located(request: pytest.FixtureRequest, path: str | Path) -> Path:
    """A file that a test names: beside it, else below the root directory of pytest."""
    beside = request.path.parent / path
    return beside if beside.exists() else request.config.rootpath / path
