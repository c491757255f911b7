"""With pytest-xdist: all tests of a collection go to one worker, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler import (  # type: ignore[import-untyped, import-not-found, unused-ignore]
    LoadGroupScheduling,
    LoadScheduling,
    WorkStealingScheduling,
)

from runner.pytest_plugin.names import is_collection_name

_USUAL = {"load": LoadScheduling, "worksteal": WorkStealingScheduling, "loadgroup": LoadGroupScheduling}


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _is_ours(nodeid: str) -> bool:
    return is_collection_name(_file(nodeid)) or _file(nodeid).endswith(".json")


class _Together(LoadGroupScheduling):  # type: ignore[misc, unused-ignore]
    """Each collection is one piece of work; so is each group of other tests (with ``--dist loadgroup``), and each
    other test."""

    def _split_scope(self, nodeid: str) -> str:
        if _is_ours(nodeid):
            return _file(nodeid)
        scope: str = super()._split_scope(nodeid) if self.config.getvalue("dist") == "loadgroup" else nodeid
        return scope


class HtrunScheduling:
    """What xdist would do, until a worker says that it has found a collection."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        self._config, self._log = config, log
        self._inner: Any = _USUAL[config.getvalue("dist")](config, log)
        self._chosen = False

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        if not self._chosen:
            self._chosen = True
            if any(map(_is_ours, collection)):
                together = _Together(self._config, self._log)
                for known in self._inner.nodes:
                    together.add_node(known)
                self._inner = together
        self._inner.add_node_collection(node, collection)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
