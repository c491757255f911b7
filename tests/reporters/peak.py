"""Run in a process of its own by test_memory.py, so that nothing else allocates: the peak of a reporter's memory."""

from __future__ import annotations

import io
import json
import sys
import tracemalloc

from reporters.stream import Did, Play, Story, check, collection, exchange, feed, item, put, say
from runner.reporters.interface import ReporterOptions
from runner.reporters.registry import create_reporter


class Nowhere(io.StringIO):
    def write(self, text: str) -> int:
        return len(text)


def peak(name: str, options: dict[str, object], iterations: int) -> int:
    """Bytes that Python had in use at most while the reporter took a run of so many requests."""
    a = item("a")
    did = Did("test", [check("holds"), check("does not", "no"), say("y" * 500), put("v", "z" * 500)])
    play = Play("a", exchanges=[exchange(a.request, b"x" * 4000)], after=[did])
    story = Story(collection(a), iterations=iterations, keep=False)
    reporter = create_reporter(name, ReporterOptions(out=Nowhere(), options=options))
    tracemalloc.start()
    try:
        feed(reporter, story.events([play]))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    name, options, *counts = sys.argv[1:]
    json.dump([peak(name, json.loads(options), int(count)) for count in counts], sys.stdout)
