"""What the plugin says at the end: which requests ran that no test had asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def set_up(stats: Mapping[str, Iterable[Any]]) -> list[str]:
    """The notes that tests have left, each once."""
    found: dict[str, None] = {}
    for reports in stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "htrun":
                    found[str(value)] = None
    return list(found)
