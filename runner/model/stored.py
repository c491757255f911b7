"""What the journal and the records of runs share when they make objects again of what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType


class CutBody(bytes):
    """As much of a body as was kept. Its length is that of the whole.

    Attributes:
        size: of the whole, in bytes.
    """

    size: int

    def __new__(cls, data: bytes, size: int) -> CutBody:
        made = super().__new__(cls, data)
        made.size = size
        return made

    def __len__(self) -> int:
        return self.size


def classes_of(*modules: ModuleType) -> Mapping[str, type]:
    """The dataclasses that modules define, by name: the only ones that are made of what a file says."""
    return {
        name: kind
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and kind.__module__ == module.__name__ and hasattr(kind, "__match_args__")
    }
