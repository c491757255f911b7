"""The data-flow graph of a collection: which item defines and which item uses each variable."""

from __future__ import annotations

from runner.workflow.templates import Use, template_uses

__all__ = ["Use", "template_uses"]
