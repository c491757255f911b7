"""The record of a run: its events as lines of JSON, from which every report can be made again.

The first line is ``{"record": "htrun", "version": 1, "htrun": "1.0", "masked": true, "bodies": 1048576}``. Every other
line is an event (``runner.engine.events``): its name as ``event``, the time as ``at`` (epoch seconds), and its fields.
A dataclass is an object with its class as ``$`` and those of its fields that do not have their default. What is
repeated is written once, with a number as ``#``; ``{"#": 5}`` refers to the last that had this number.
"""

from __future__ import annotations

VERSION = 1
