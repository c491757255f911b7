"""The table of Postman's API is what the sandbox really has."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

PROBE = Path(__file__).with_name("probe.py")


def test_the_table_is_what_the_sandbox_has() -> None:
    """After an update of postman-sandbox: ``python tests/check/probe.py``."""
    module = runpy.run_path(str(PROBE))
    assert json.loads(module["TABLE"].read_text("utf-8")) == module["probe"]()
