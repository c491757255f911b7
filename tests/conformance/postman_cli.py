"""The Postman CLI, as the reference for the format v3: its ``collection migrate`` makes v3 of v2.1, offline and
without an account.

It is pinned by ``postman/package-lock.json``, and runs on Linux with an x64 processor.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.newman import HERE, NoNode, environment, install

Json = Any
_NOWHERE = "http://127.0.0.1:9"  # nothing it might want to tell leaves the machine
_PRUNED = ("GET", "COPY", "HEAD", "PURGE", "UNLOCK")
#: What v3 has a setting for.
_SETTINGS = frozenset({
    "followRedirects", "followOriginalHttpMethod", "followAuthorizationHeader", "removeRefererHeaderOnRedirect",
    "maxRedirects", "strictSSL", "disableUrlEncoding", "disableCookies", "disabledSystemHeaders",
    "insecureHTTPParser", "tlsPreferServerCiphers", "tlsDisabledProtocols", "tlsCipherSelection", "protocolVersion",
})  # fmt: skip


def postman_cli() -> Path:
    """The program; installed on first use. Skips the test where it does not run."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the Postman CLI is pinned for Linux x64")
    try:
        return install(HERE / "postman") / "@postman" / "pm-bin-linux-x64" / "bin" / "postman"
    except NoNode as missing:
        pytest.skip(str(missing))


def migrate(document: Json, scratch: Path) -> dict[str, str] | None:
    """The files of the collection as v3, by their paths; None if the Postman CLI refuses the collection."""
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / "collection.json").write_text(json.dumps(document), encoding="utf-8")
    home = environment(scratch) | dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), _NOWHERE)
    done = _run("collection", "migrate", str(scratch / "collection.json"), "-o", str(scratch / "v3"), env=home)
    if done.returncode or not (scratch / "v3").is_dir():
        return None
    files = (file for file in (scratch / "v3").rglob("*") if file.is_file())
    return {file.relative_to(scratch / "v3").as_posix(): file.read_text(encoding="utf-8") for file in files}


def lint(folder: Path) -> str:
    """What the Postman CLI says about a collection v3."""
    home = environment(folder.parent) | dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), _NOWHERE)
    return _run("collection", "lint", str(folder), env=home).stdout


def _run(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(postman_cli()), *arguments], env=env, capture_output=True, text=True, timeout=120, check=False
    )


def migratable(node: Json) -> Json:
    """A copy of a v2.1 collection without what the Postman CLI 1.62 loses or changes when it migrates one."""
    if isinstance(node, list):
        return [migratable(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: migratable(one) for name, one in node.items()}
    if "request" in made and "item" not in made:
        _item(made)
    elif "item" in made:
        made.pop("protocolProfileBehavior", None)  # of folders and collections
        made["variable"] = [_variable(row) for row in made.get("variable") or [] if isinstance(row, dict)]
    if isinstance(made.get("event"), list):  # a script that is off would be on
        made["event"] = [one for one in made["event"] if not (isinstance(one, dict) and one.get("disabled"))]
    return made


def _item(item: Json) -> None:
    behavior = {name: one for name, one in (item.get("protocolProfileBehavior") or {}).items() if name in _SETTINGS}
    request = item["request"]
    if isinstance(request, dict):
        if isinstance(request.get("url"), dict) and (request["url"].get("host") or request["url"].get("path")):
            request["url"].pop("raw", None)  # it takes the text, and everybody else the parts
            _keep_order(request["url"].get("query"))
        if request.get("body") is None or (request.get("body") or {}).get("disabled"):
            request.pop("body", None)
        elif str(request.get("method") or "GET").upper() in _PRUNED:
            behavior["disableBodyPruning"] = True  # in v3 a body is sent
        for row in request.get("header") if isinstance(request.get("header"), list) else ():
            if isinstance(row, dict) and row.get("value") is None:
                row["value"] = ""
    item["protocolProfileBehavior"] = behavior


def _keep_order(rows: Json) -> None:
    """Of a mapping, JavaScript has names that are numbers first; rows with descriptions are kept as a list."""
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and str(row.get("key")).isdecimal():
            row["description"] = "a number"


def _variable(row: Json) -> Json:
    """All values become texts without a type."""
    value = row.get("value", "")
    text = value if isinstance(value, str) else json.dumps(value)
    return {**{name: one for name, one in row.items() if name != "type"}, "value": text}
