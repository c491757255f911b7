"""Names, values and answers that hold terminal escapes: no surface of the command hands one on."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from faults.server import faulty
from support.server import RecordingServer

from .command import ROOT, Json, collection, item

if sys.platform == "win32":
    pytest.skip("there is no pseudo-terminal", allow_module_level=True)

from support.terminal import terminal  # isort: skip

#: clears the screen, sets the clipboard (OSC 52), makes a link (OSC 8), overwrites its line, C1 forms, an override
EVIL = "E\x1b[2J\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://evil/\x1b\\\r\x9b31m\x90q\u202eX\x7f\x08Z"
#: what htrun itself writes to terminals
OWN = re.compile(r"\x1b\[[0-9;]*m|\r\x1b\[2K|\x1b\[\?25[lh]|\x1b\[\d*[AK]")
HOSTILE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|\r(?!\n)")
QUOTED = json.dumps(EVIL)
SCRIPT = f"""pm.test("T" + {QUOTED}, () => {{}});
pm.test("B" + {QUOTED}, () => pm.expect({QUOTED}).to.equal("x"));
console.log({QUOTED}, {{ a: {QUOTED} }});
pm.environment.set("S" + {QUOTED}, {QUOTED});
const error = new TypeError({QUOTED}); error.name = {QUOTED}; throw error"""


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, server: RecordingServer) -> Path:
    """A folder with a collection all of whose texts are evil, some files that are refused, and a journal."""
    requests = [
        item("R" + EVIL, server.url + "/{{v}}?q=" + EVIL, SCRIPT, header=[{"key": "A" + EVIL, "value": EVIL}]),
        item("M" + EVIL, server.url, f"pm.execution.setNextRequest('nope' + {QUOTED})", method="G" + EVIL),
        item("U" + EVIL, server.url + "/{{un" + EVIL + "}}", "syntax " + EVIL),
        item("W" + EVIL, server.url, f"pm.test.skip({QUOTED}); require('x' + {QUOTED})"),
        item("N" + EVIL, "ftp://" + EVIL, description=EVIL),
        item("Y" + EVIL, server.url, method="POST", body={"mode": "file", "file": {"src": "no" + EVIL}}),
    ]
    given = collection(
        {"name": "F" + EVIL, "item": requests},
        variable=[{"key": "v", "value": "x"}, {"key": "w" + EVIL, "value": EVIL}],
    )
    given["info"].update(name="C" + EVIL, description=EVIL)
    given["item"][0]["item"][-1]["response"] = [
        {"name": EVIL, "originalRequest": {"method": "GET", "url": "/" + EVIL}, "code": 200, "body": EVIL}
    ]
    _write(tmp_path / "c.json", given)
    _write(tmp_path / "bad.json", {"info": {"name": "x"}, "item": [{"name": EVIL, "request": 5, "event": EVIL}]})
    _write(tmp_path / "a.workflow.yaml", {"name": EVIL, "collection": "c.json", "steps": [{"request": EVIL}]})
    _write(tmp_path / "b.workflow.yaml", {"name": EVIL, "collection": "c.json", "steps": [{EVIL: EVIL}]})
    (tmp_path / "a.http").write_text(f"### {EVIL}\n".replace("\r", "") + "GET http://h/{{$x\x1b[2J\x9b}}\nA: \x1b[2J\n")
    return tmp_path


def _write(path: Path, value: Json) -> None:
    path.write_text(json.dumps(value))


def _shown(folder: Path, *arguments: str, answers: Sequence[str] = ()) -> str:
    """What the command writes to a terminal, without its own colours."""
    command = [sys.executable, "-m", "runner", *arguments]
    env = {"PYTHONPATH": str(ROOT), "HTRUN_JOURNAL": "j.db", "CI": "", "GITHUB_ACTIONS": "", "NO_COLOR": ""}
    with terminal(command, folder, env=env) as running:
        for line in answers:
            running.answer(r"\] ", f"{line}\n")
        running.finish(60)
        shown = running.raw
    assert "Traceback" not in shown
    return OWN.sub("", shown).replace("\r\n", "\n")


SURFACES = [
    ("run", "c.json"),
    ("run", "c.json", "--verbose", "--curl"),
    ("run", "c.json", "-r", "tap,github"),
    ("run", "c.json", "-r", "teamcity"),
    ("run", "c.json", "-r", "progress"),
    ("run", "c.json", "-r", "emojitrain"),
    ("run", "c.json", "--reporter-cli-compact"),
    ("run", "c.json", "--list"),
    ("run", "c.json", "--list", "--list-format", "json"),
    ("run", "c.json", "--folder", "no" + EVIL),
    ("run", "no" + EVIL),
    ("run", "bad.json"),
    ("run", "a.workflow.yaml"),
    ("run", "b.workflow.yaml"),
    ("graph", "c.json"),
    ("graph", "c.json", "--format", "mermaid"),
    ("graph", "c.json", "--format", "dot"),
    ("check", "c.json"),
    ("check", "c.json", "--variables"),
    ("check", "c.json", "--format", "json"),
    ("check", "c.json", "--format", "sarif"),
    ("check", "a.workflow.yaml", "b.workflow.yaml"),
    ("import", "a.http"),
]


@pytest.mark.parametrize("arguments", SURFACES, ids=" ".join)
def test_no_escape_reaches_the_terminal(folder: Path, arguments: tuple[str, ...]) -> None:
    shown = _shown(folder, *arguments)
    assert shown.strip()
    assert [shown[max(0, one.start() - 40) : one.end()] for one in HOSTILE.finditer(shown)] == []


def test_nor_what_is_asked_and_kept(folder: Path) -> None:
    surfaces = [_shown(folder, "walk", "c.json", answers=("", "", "", "q", ""))]
    surfaces += [_shown(folder, "run", "c.json", "--snapshot") for _ in range(2)]
    for words in ((), ("show", "last"), ("show", "last", "--format", "json"), ("compare", "1", "2"), ("flaky",)):
        surfaces.append(_shown(folder, "runs", *words))
    surfaces.append(_shown(folder, "run", "c.json", "--last-failed"))
    for shown in surfaces:
        assert "error: No such" not in shown
        assert [shown[max(0, one.start() - 40) : one.end()] for one in HOSTILE.finditer(shown)] == []


def test_nor_what_a_server_says(tmp_path: Path) -> None:
    type_ = b"Content-Type: application/json\r\n"
    head = b"HTTP/1.1 200 \x9b31m\x90q\r\nX-A: \x9b2J\r\nSet-Cookie: a=\x9b2J\r\n" + type_
    body = json.dumps({"a": EVIL, EVIL: 1}, ensure_ascii=False).encode()
    answer = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    script = "console.log(pm.response.status, pm.response.headers.toObject(), pm.response.text())"
    refused = b"HTTP/1.1 200 \x1b[2J\r\nX-A: \x1b[2J\r\n\r\n"
    with faulty({"evil": answer, "refused": refused}) as server:
        check = "\npm.response.to.have.body('x')"
        given = collection(*(item(name, server.url(name), script + check) for name in ("evil", "refused")))
        _write(tmp_path / "c.json", given)
        for arguments, answers in ((("run", "c.json", "--verbose"), ()), (("walk", "c.json"), ("", "h", "w", "q"))):
            shown = _shown(tmp_path, *arguments, answers=answers)
            assert "[2J" in shown  # what it said is there, and does nothing
            assert [shown[max(0, one.start() - 40) : one.end()] for one in HOSTILE.finditer(shown)] == []
