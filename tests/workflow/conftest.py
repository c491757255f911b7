"""Workflow files and captures are tried through the command, against real servers on loopback."""

from __future__ import annotations

from cli.conftest import Htrun, collection, htrun

__all__ = ["Htrun", "collection", "htrun"]
