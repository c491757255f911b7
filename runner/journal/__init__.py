"""The journal: every run with what happened in it, in a SQLite file, as it happens.

From it a run can be shown again, compared with others, and taken up where it was killed. Tables and their meaning are
in ``schema``; ``queries`` and ``reading`` read them, ``recording`` and ``writer`` write them, ``resuming`` takes a run
up again.

What is promised: a process that is killed in whatever way leaves everything up to its last finished item. Before a
request whose method is not idempotent is sent, the file is on the disk, so that not even a power failure makes anyone
send it twice; a few finished items may then be unknown ones.
"""

from __future__ import annotations
