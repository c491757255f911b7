"""One htrun inside a process that stays afterwards, to see what a run has left: ``soaked.py ARGUMENTS OF HTRUN``.

Prints one line of JSON: the exit code, and the descriptors and threads that are there when the run has ended.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).parents[1])]  # in place of this folder


def main() -> None:
    import psutil

    from runner.cli.main import invoke

    code = invoke(sys.argv[1:])
    gc.collect()
    process = psutil.Process()
    left = {"code": code, "descriptors": process.num_fds(), "threads": process.num_threads()}
    print(json.dumps(left), flush=True)
    os._exit(0)  # as htrun itself does


if __name__ == "__main__":
    main()
