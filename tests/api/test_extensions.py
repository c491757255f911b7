"""Packages that bring auth types and reporters (entry points), used by the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.server import RecordingServer

from .calls import collection, item

ROOT = Path(__file__).parents[2]
SIGNING = """
from runner.auth.params import with_header
from runner.auth.interface import Signed

def sign(spec, params, context):
    if params["key"] == "bad":
        raise ValueError("no key")
    return Signed(with_header(spec, "X-Key", params["key"] + " " + context.url(spec)))
"""
CHAT = """
class Chat:
    def __init__(self, options):
        self.to = options.options["to"]
    def handle(self, event):
        print(self.to, type(event).__name__)
    def close(self):
        print(self.to, "bye")
"""
ENTRIES = (
    "[htrun.auth]\nshop = shop_tools.signing\ngone = shop_tools.gone\n[htrun.reporters]\nchat = shop_tools.chat:Chat\n"
)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH with an installed package."""
    place = tmp_path / "site"
    package = place / "shop_tools"
    package.mkdir(parents=True)
    for name, text in (("__init__", ""), ("signing", SIGNING), ("chat", CHAT)):
        (package / f"{name}.py").write_text(text)
    info = place / "shop_tools-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-tools\nVersion: 1\n")
    (info / "entry_points.txt").write_text(ENTRIES)
    return place


def htrun(installed: Path, file: Path, *arguments: str) -> tuple[int, str]:
    path = os.pathsep.join([str(ROOT), str(installed)])
    ended = subprocess.run(
        [sys.executable, "-m", "runner", str(file), *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stdout + ended.stderr


def written(tmp_path: Path, server: RecordingServer, kind: str, key: str) -> Path:
    auth = {"type": kind, kind: [{"key": "key", "value": key}]}
    file = tmp_path / "c.json"
    file.write_text(json.dumps(collection(item("a", f"{server.url}/a?b=c d", auth=auth))))
    return file


def test_an_installed_auth_type_and_reporter(installed: Path, server: RecordingServer, tmp_path: Path) -> None:
    file = written(tmp_path, server, "shop", "k1")
    code, out = htrun(installed, file, "-r", "chat", "--reporter-chat-to", "Ann")
    assert code == 0, out
    assert out.splitlines()[0] == "Ann RunStarted"
    assert out.splitlines()[-2:] == ["Ann RunFinished", "Ann bye"]
    (received,) = server.take()
    assert received.header("x-key") == f"k1 {server.url}/a?b=c%20d"
    assert htrun(installed, file, "-r", "chta")[1].count("did you mean chat or") == 1


@pytest.mark.parametrize(
    ("kind", "key", "reason"),
    [("shop", "bad", "shop.auth: ValueError: no key"), ("gone", "k", "gone.auth: ModuleNotFoundError")],
)
def test_one_that_fails_is_a_failed_request(
    installed: Path, server: RecordingServer, tmp_path: Path, kind: str, key: str, reason: str
) -> None:
    code, out = htrun(installed, written(tmp_path, server, kind, key))
    assert code == 1
    assert reason in out
    assert server.take() == ()


def test_one_that_is_not_installed_is_a_warning_and_check_knows_the_others(
    installed: Path, server: RecordingServer, tmp_path: Path
) -> None:
    code, out = htrun(installed, written(tmp_path, server, "zzz", "k"))
    assert code == 0
    assert "could not find a handler for auth: zzz" in out
    assert len(server.take()) == 1
    file = str(written(tmp_path, server, "shop", "k1"))
    path = os.pathsep.join([str(ROOT), str(installed)])
    command = [sys.executable, "-m", "runner", "check", file]
    for environment, said in (({"PYTHONPATH": path}, False), ({"PYTHONPATH": str(ROOT)}, True)):
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
        assert ("HT303" in ended.stdout) == said, ended.stdout + ended.stderr
