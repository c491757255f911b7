"""Runs of the journal beside each other: what is different, what is slower, what fails now and then.

``runs`` compares two, ``flaky`` looks at many, ``baseline`` compares a run that is under way with an earlier one;
``latency`` is the statistics.
"""

from __future__ import annotations
