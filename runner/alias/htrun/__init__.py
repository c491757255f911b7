"""``htrun`` is ``runner`` under the name that it is installed by: the same objects. See docs/python.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import runner

if TYPE_CHECKING:
    from runner import *  # noqa: F403
else:

    def __getattr__(name: str) -> Any:
        return getattr(runner, name)


__all__ = []
__all__ += runner.__all__


def __dir__() -> list[str]:
    return dir(runner)
