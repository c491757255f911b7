"""What responses look like: types and names, never values. A run keeps that in a file, and a later one fails where a
response is no longer so.

``shapes`` is what there is to know of a body, ``differences`` compares two, ``lines`` writes them down, ``responses``
looks at a response, ``store`` is the file, ``keeper`` stands around the way in which items are run.
"""

from __future__ import annotations
