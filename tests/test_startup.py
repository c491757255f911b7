"""What a short run loads: every module here costs each run of each user, so a new one must be put down here.

Names of the standard library are listed without those that Python itself has loaded, and without private ones,
which differ between versions.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.server import RecordingServer

#: Runs the command and prints the names of all modules that were loaded when it ended.
_PROBE = """
import json, os, sys
def leave(code):
    os.write(2, ("\\n" + json.dumps([code, sorted(sys.modules)])).encode())
    end(code)
end, os._exit = os._exit, leave
bare = set(sys.modules)
sys.argv = ["htrun", *sys.argv[1:]]
from runner.cli import main
main()
"""

COMMAND_LINE = {
    "__future__", "array", "ast", "base64", "binascii", "bisect", "calendar", "collections", "contextlib", "copyreg",
    "datetime", "dis", "enum", "errno", "fnmatch", "functools", "gc", "gettext", "importlib", "inspect", "itertools",
    "keyword", "linecache", "locale", "math", "opcode", "operator", "platform", "re", "reprlib", "struct", "threading",
    "token", "tokenize", "types", "typing", "urllib", "uuid", "warnings", "weakref",
    "sre_compile", "sre_constants", "sre_parse",  # before Python 3.11
    "annotationlib", "string", "heapq", "random",  # what click's imports need in other versions
}  # fmt: skip
RUN = COMMAND_LINE | {
    "copy", "glob", "ipaddress", "json", "ntpath", "pathlib", "random", "select", "selectors", "signal", "socket",
    "zlib",
}  # fmt: skip
THIRD_PARTIES = {"click"}
#: parts of the package that a plain run has no use for
NOT_NEEDED = (
    "runner.workflow", "runner.simulator", "runner.expressions", "runner.transport.secure", "runner.scripting.v8",
)  # fmt: skip


def loaded(arguments: Sequence[str]) -> set[str]:
    bare = subprocess.run(
        [sys.executable, "-c", "import json, sys; print(json.dumps(sorted(sys.modules)))"], stdout=-1, check=True
    )
    ran = subprocess.run([sys.executable, "-c", _PROBE, *arguments], capture_output=True, text=True, check=False)
    code, names = json.loads(ran.stderr.rpartition("\n")[2])
    assert code == 0, ran.stderr
    return set(names) - set(json.loads(bare.stdout)) - {"json"} | ({"json"} if "json.decoder" in names else set())


def foreign(names: set[str]) -> set[str]:
    """Top-level names of what is not ours, without private parts of the standard library."""
    return {name for name in (name.partition(".")[0] for name in names) if not name.startswith("_")} - {"runner"}


def test_the_version_loads_only_the_command_line() -> None:
    names = loaded(["--version"])
    assert foreign(names) - COMMAND_LINE - {"json"} == THIRD_PARTIES
    ours = {name for name in names if name.startswith("runner.") and not name.startswith("runner.cli")}
    assert ours <= {"runner.errors", "runner.model", "runner.model.records"}


@pytest.mark.parametrize("reporters", ["cli", "progress"])
def test_a_run_without_scripts_loads_no_library(tmp_path: Path, server: RecordingServer, reporters: str) -> None:
    file = tmp_path / "c.json"
    items = [{"request": {"method": "GET", "url": f"{server.url}/a?b={{{{c}}}}"}}]
    file.write_text(json.dumps({"info": {"name": "c"}, "variable": [{"key": "c", "value": "1"}], "item": items}))
    names = loaded(["run", str(file), "--reporters", reporters])
    assert [request.target for request in server.take()] == ["/a?b=1"]
    assert foreign(names) - RUN == THIRD_PARTIES
    assert [name for name in names if name.startswith(NOT_NEEDED)] == []


def test_a_journal_loads_a_database_and_no_more(
    tmp_path: Path, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is what every run of every user does; with secrets to keep it would need cryptography."""
    monkeypatch.setenv("HTRUN_JOURNAL", str(tmp_path / "runs.db"))
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"info": {"name": "c"}, "item": [{"request": f"{server.url}/a"}]}))
    names = loaded(["run", str(file)])
    assert (tmp_path / "runs.db").stat().st_size
    assert foreign(names) - RUN - {"sqlite3", "hashlib", "fcntl", "msvcrt", "difflib"} == THIRD_PARTIES
    assert [name for name in names if name.startswith(NOT_NEEDED)] == []
