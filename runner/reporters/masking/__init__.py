"""Hides secrets in everything that a run shows or writes: terminal, reports, records.

``Masker`` stands between the engine and its listeners: they get events that hold no secrets, so that no reporter has
to think of them. What is secret: values of variables that somebody marked (``--secret``, Postman's type ``secret``) or
whose names sound secret, parameters of auth types, ``Authorization``, cookies and API keys; in whatever form they turn
up (see ``forms``). What is exported for the next run (``--export-environment`` ...) is not masked: it would be useless.
"""

from __future__ import annotations

from runner.reporters.masking.events import Masker
from runner.reporters.masking.named import MASK
from runner.reporters.masking.names import looks_secret
from runner.reporters.masking.text import Secrets

__all__ = ["MASK", "Masker", "Secrets", "looks_secret"]
