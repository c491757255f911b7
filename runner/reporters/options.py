"""Reads the values of reporter options."""

from __future__ import annotations

from runner.reporters.interface import ReporterOptions


def flag(options: ReporterOptions, name: str) -> bool:
    """Whether a switch such as ``no_summary`` is on; given without a value it is."""
    value = options.options.get(name, False)
    return value.strip().lower() not in ("false", "0", "no", "off") if isinstance(value, str) else bool(value)


def text(options: ReporterOptions, name: str) -> str | None:
    """The value of an option such as ``export``, or None if it was not given or given without a value."""
    value = options.options.get(name)
    return value if isinstance(value, str) and value else None
