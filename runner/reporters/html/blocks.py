"""JSON inside of HTML: data blocks that nothing in them can end or turn into markup."""

from __future__ import annotations

import json
import re
from typing import Any

#: ``<`` would begin ``</script`` or ``<!--``; the separators are line ends in older JavaScript; a surrogate
#: without its twin has no place in UTF-8; NUL and the other controls are escaped by JSON itself, C1 controls are not.
_UNSAFE = re.compile("[<>&\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")


def block_json(value: Any) -> str:
    """JSON text that may stand in a ``<script type="application/json">``."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)
    except ValueError:
        from runner.reporters.json_text import to_json

        text = json.dumps(json.loads(to_json(value)), ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def block(name: str, value: Any) -> str:
    """A data block with the id ``name``."""
    return f'<script type="application/json" id="{name}">{block_json(value)}</script>\n'
