"""Where the time of one request with one test goes: the stages of ``startup.py``, several times."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from bench.documents import STATUS, collection
from bench.process import Launcher
from bench.startup import BACKGROUND, IMPORTS, REST
from bench.tools import ROOT, environment
from conformance.case import item

NAME = "start-up"
INTERPRETER, EXIT, PLAIN = "Python interpreter", "exit", "without the stopwatch"
ORDER = (INTERPRETER, IMPORTS, "read and parse", "first request", "wait for V8", "scripts in V8", REST, EXIT)
Split = dict[str, list[float]]  # stage -> seconds, one for each turn


def split(turns: int, launcher: Launcher, port: int, say: Callable[[str], None]) -> Split:
    """``BACKGROUND`` is not one of the stages that follow each other: it runs beside them. ``PLAIN`` is the
    same run without all this, to compare.

    Raises:
        SystemExit: the run failed.
    """
    script = str(Path(__file__).with_name("startup.py"))
    found: Split = {stage: [] for stage in (*ORDER, BACKGROUND, PLAIN)}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        file, output = directory / "bench.postman_collection.json", directory / "stages.json"
        file.write_text(json.dumps(collection(item(test=STATUS))).replace("@BASE@", f"http://127.0.0.1:{port}"))
        installed = find_spec("runner") is not None and Path(sys.executable).with_name("htrun").exists()
        env = environment(directory) | ({} if installed else {"PYTHONPATH": str(ROOT)})
        for turn in range(turns + 1):
            say(f"{NAME}: turn {turn} of {turns}" if turn else f"{NAME}: warming up")
            plain = launcher.run([sys.executable, "-m", "runner", "run", str(file)], directory, env)
            sample = launcher.run([sys.executable, script, str(output), str(file)], directory, env)
            if error := plain.error or sample.error:
                raise SystemExit(f"{NAME}: {error}")
            if turn:
                one = json.loads(output.read_text())
                stages = one["stages"]
                stages[PLAIN] = plain.wall
                stages[INTERPRETER] = one["begun"] - sample.started
                stages[EXIT] = sample.ended - one["ended"]
                for stage, seconds in found.items():
                    seconds.append(stages.get(stage, 0.0))
    return found
