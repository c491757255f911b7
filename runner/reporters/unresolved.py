"""The variables that nothing defined, and what would help, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runner.model.result import RunResult
from runner.reporters.text import clean_line, shorten

TITLE = "variables without a value, sent as they stand:"
_MAX_LISTED = 20
_NAME_LIMIT, _PATH_LIMIT = 60, 500


def unresolved_lines(result: RunResult, grey: Callable[[str], str] = str) -> Iterator[str]:
    """Lines below ``TITLE``, safe to print; none if every variable had a value.

    Args:
        grey: marks what is less important.
    """
    for name, path in list(result.unresolved.items())[:_MAX_LISTED]:
        where = f" in {clean_line(shorten(path, _PATH_LIMIT))}" if path else ""
        text = f"{{{{{clean_line(shorten(name, _NAME_LIMIT))}}}}}"
        yield f"  {text}{grey(where)}"
        if name in result.advice:
            yield f"    {text} {clean_line(shorten(result.advice[name], _PATH_LIMIT))}"
    if len(result.unresolved) > _MAX_LISTED:
        yield grey(f"  and {len(result.unresolved) - _MAX_LISTED} more")
