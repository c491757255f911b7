"""``runner.load`` is the function that reads a collection, and the package for load tests: both at once."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runner.model.collection import Collection


class _LoadPackage(ModuleType):
    """The package ``runner.load``: Python puts it in the place of the function as soon as it is imported."""

    def __call__(self, source: Any, *, postman_api_key: str | None = None) -> Collection:
        """Reads a collection; see ``runner.api.run.load``."""
        from runner.api.run import load

        return load(source, postman_api_key=postman_api_key)


def make_callable(name: str) -> None:
    """Has the imported package of that name read collections when it is called."""
    sys.modules[name].__class__ = _LoadPackage
