"""Runs the cases: every turn starts each of a case's processes once, so that all see the same machine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.cases import Case, Run
from bench.process import Launcher, Sample
from bench.tools import NEWMAN, POSTMAN, Tool, environment

#: what may fail and still be compared: Newman cannot write every report that is asked for
FOREIGN = frozenset((NEWMAN, POSTMAN))


@dataclass(frozen=True, slots=True)
class Measured:
    """What a case's processes took: series -> iterations -> one sample a turn."""

    case: str
    kind: str
    samples: dict[str, dict[int, list[Sample]]] = field(default_factory=dict)

    def counts(self, series: str) -> list[int]:
        return sorted(self.samples.get(series, {}))

    def errors(self) -> dict[str, str]:
        """The last failure of each series that failed, by ``series, n = iterations``."""
        return {
            f"{series}, n = {count}": samples[-1].error
            for series, counts in self.samples.items()
            for count, samples in counts.items()
            if samples and samples[-1].error
        }


def measure(
    case: Case,
    tools: Mapping[str, Tool],
    turns: int,
    launcher: Launcher,
    port: int,
    say: Callable[[str], None],
    without: Collection[str] = (),
) -> Measured:
    """``turns`` times all of the case's processes, after one short run of each tool that does not count (it
    fills caches and writes byte code).

    Raises:
        SystemExit: htrun or the floor failed: then nothing is measured.
    """
    runs = [run for run in case.runs if run.tool in tools and run.series not in without]
    found = Measured(case.name, case.kind)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        file = directory / "bench.postman_collection.json"
        if case.document:
            file.write_text(json.dumps(case.document()).replace("@BASE@", f"http://127.0.0.1:{port}"))
        for run in {run.series: run for run in reversed(runs)}.values():
            _sample(case, run, tools[run.tool], file, port, launcher)
        for turn in range(turns):
            say(f"{case.name}: turn {turn + 1} of {turns}")
            for run in runs:
                sample = _sample(case, run, tools[run.tool], file, port, launcher)
                found.samples.setdefault(run.series, {}).setdefault(run.iterations, []).append(sample)
    return found


def _sample(case: Case, run: Run, tool: Tool, file: Path, port: int, launcher: Launcher) -> Sample:
    command = [*tool.command, *_arguments(case, run, tool, file, port)]
    sample = launcher.run(command, file.parent, {**environment(file.parent), **tool.env})
    for report in file.parent.glob("r.*"):  # gigabytes, in the end
        report.unlink()
    if sample.error and run.tool not in FOREIGN:
        raise SystemExit(f"{case.name}: {' '.join(command)} ended with {sample.error}")
    return sample


def _arguments(case: Case, run: Run, tool: Tool, file: Path, port: int) -> list[str]:
    if tool.run is None:
        return [f"http://127.0.0.1:{port}{case.path}", str(run.iterations)]
    if case.document is None:
        return list(case.args)
    return [*tool.run, str(file), "-n", str(run.iterations), *case.args, *run.args]
