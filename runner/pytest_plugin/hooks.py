"""What the plugin does for pytest."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runner.pytest_plugin.fixtures import collection, htrun_run, htrun_server, htrun_session_run, htrun_variables
from runner.pytest_plugin.names import is_taken
from runner.pytest_plugin.options import add_options, check_options

if TYPE_CHECKING:
    from runner.pytest_plugin.collector import CollectionFile, Definitions

__all__ = [
    "collection",
    "htrun_run",
    "htrun_server",
    "htrun_session_run",
    "htrun_variables",
    "pytest_addoption",
    "pytest_collect_directory",
    "pytest_collect_file",
    "pytest_configure",
    "pytest_runtest_makereport",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_xdist_make_scheduler",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "htrun(path): a request of a collection; on a Python test, its collection")
    check_options(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CollectionFile | None:
    if not is_taken(file_path, parent):
        return None
    from runner.pytest_plugin.collector import CollectionFile

    made: CollectionFile = CollectionFile.from_parent(parent, path=file_path)
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> Definitions | None:
    if not is_taken(path, parent, folder=True):
        return None
    from runner.pytest_plugin.collector import Definitions

    made: Definitions = Definitions.from_parent(parent, path=path)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if item.get_closest_marker("htrun") is not None:
        from runner.pytest_plugin.collector import RequestItem

        if isinstance(item, RequestItem):
            item.complete(report, call)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    from runner.pytest_plugin.summary import set_up

    lines = set_up(terminalreporter.stats)
    if lines:
        terminalreporter.section("htrun")
        for line in lines:
            terminalreporter.line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    for item in getattr(session, "items", ()):
        if item.get_closest_marker("htrun") is not None and hasattr(item.parent, "close"):
            item.parent.close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getvalue("dist") not in ("load", "worksteal", "loadgroup"):
        return None
    from runner.pytest_plugin.scheduling import HtrunScheduling

    return HtrunScheduling(config, log)
