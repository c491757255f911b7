"""Fuzzes htrun with Atheris, guided by coverage: ``python tests/fuzz/run.py TARGET [--runs N | --seconds S]``.

Needs the extra ``fuzz``. What is found is kept in ``tests/fuzz/corpus`` (inputs that reach new code; the next run
begins with them) and ``tests/fuzz/crashes`` (inputs that break something). A crash that is mended goes to
``tests/fuzz/found/<target>``, which ``tests/test_fuzz.py`` tries ever after.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:1] = [str(HERE.parents[level]) for level in (0, 1)]  # in place of this folder: its modules are fuzz.<name>

from fuzz.seeds import seeds  # noqa: E402

TARGETS = ("collection", "templates", "urls")
#: Seconds that one input may take, and MiB that the process may have.
_LONGEST, _MEMORY = 10, 1024
_INTERRUPTED = 72  # what libFuzzer ends with after SIGINT or SIGTERM
_QUIET = 15  # seconds from one count to the next
#: Bytes of an input.
_LARGEST = {"collection": 400, "templates": 128, "urls": 128}


def fuzz(target: str, runs: int | None, seconds: int | None, corpus: Path, crashes: Path) -> tuple[int, str]:
    """Fuzzes one target.

    Returns:
        The exit code (0: nothing was found), and a sentence with the counts.
    """
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds(target):
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    limit = [f"-max_total_time={seconds}"] if seconds is not None else [f"-runs={runs}"]
    command = [
        *(sys.executable, str(HERE / "inside.py"), target, str(corpus), *limit, f"-max_len={_LARGEST[target]}"),
        *(f"-timeout={_LONGEST}", f"-rss_limit_mb={_MEMORY}", f"-artifact_prefix={crashes}/{target}-"),
        "-print_final_stats=1",
    ]
    started = told_at = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    assert process.stdout
    tail: list[str] = []
    executed = 0
    with process:
        for line in process.stdout:
            tail = [*tail[-60:], line]
            if found := re.match(r"(?:#|stat::number_of_executed_units:\s*|Done )(\d+)", line):
                executed = max(executed, int(found[1]))
                if time.monotonic() > told_at + _QUIET:
                    told_at = time.monotonic()
                    print(f"{target}: {executed:,} executions", file=sys.stderr, flush=True)
    took = time.monotonic() - started
    told = f"{target}: {executed:,} executions in {took:.0f} s, {executed / took:,.0f} a second"
    if process.returncode == _INTERRUPTED:
        return 130, f"{told}, no crash until it was interrupted"
    if process.returncode:
        return 1, "".join(tail) + f"{told}; it FAILED, the input is in {crashes}"
    return 0, f"{told}, no crash; {len(list(corpus.iterdir())):,} inputs in the corpus"


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fuzzes htrun, guided by coverage.")
    parser.add_argument("target", choices=(*TARGETS, "all"))
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument("--runs", type=int, default=1_000_000, help="executions of each target (default: 1000000)")
    limit.add_argument("--seconds", type=int, help="how long each target is fuzzed, instead")
    parser.add_argument("--corpus", type=Path, default=HERE / "corpus", help="a folder of inputs for each target")
    parser.add_argument("--crashes", type=Path, default=HERE / "crashes", help="where inputs go that break something")
    options = parser.parse_args(given)
    if find_spec("atheris") is None:
        raise SystemExit("There is no Atheris here: pip install 'htrun[fuzz]' (Linux, Python 3.11 to 3.13).")
    try:
        return _all(TARGETS if options.target == "all" else (options.target,), options)
    except KeyboardInterrupt:
        return 130


def _all(targets: Sequence[str], options: argparse.Namespace) -> int:
    worst = 0
    for target in targets:
        code, told = fuzz(target, options.runs, options.seconds, options.corpus / target, options.crashes)
        print(told, flush=True)
        worst = max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main())
