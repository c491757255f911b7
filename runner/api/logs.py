"""What a program is told besides results and events: ``logging``, under the name ``htrun``."""

from __future__ import annotations

import logging

log = logging.getLogger("htrun")
