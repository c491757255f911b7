from __future__ import annotations

from collections.abc import Iterator

import pytest

from runner.scripting.v8 import V8Engine


@pytest.fixture(scope="module")
def engine() -> Iterator[V8Engine]:
    started = V8Engine()
    started.start()
    yield started
    started.close()
