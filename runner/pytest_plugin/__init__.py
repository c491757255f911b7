"""The pytest plugin: collections and workflow files as tests, one for each request; see docs/pytest.md.

pytest imports this module in every project in which htrun is installed: it loads nothing but pytest itself. What it
takes to collect and to run is imported with the first collection.
"""

from __future__ import annotations

import pytest

# A plugin that an older pytest cannot load would stop the tests of projects that do not even use it.
if pytest.version_tuple >= (8,):
    from runner.pytest_plugin.hooks import *  # noqa: F403
