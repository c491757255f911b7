"""Playing other people's collections, without their scripts, against a server with a memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.server import RecordingServer
from workflow.stateful_server import GIVEN, Shape, StatefulApi

ROOT = Path(__file__).parents[2]
_HOST = re.compile(r"(?i)https?://[\w.-]+\.[a-z]+(:\d+)?(?=[/?#\"]|$)")
_TEMPLATE = re.compile(r"\{\{([^{}]+)\}\}")
_LINE = re.compile(r"^  (?P<name>.+?) ← (?P<path>\S+(?: \| \S+)?) of (?P<item>.*) \(inferred\): ")


@dataclass(frozen=True)
class Played:
    """What came of a run.

    Attributes:
        inferred: variable, expression and request of each capture.
        refused: what the server refused.
        output: the report.
    """

    inferred: frozenset[tuple[str, str, str]]
    refused: tuple[str, ...]
    output: str


def play(
    file: Path, directory: Path, wanted: frozenset[str], shapes: Mapping[str, Shape], envelope: str = ""
) -> Played:
    """Runs a collection with ``--capture auto``. Every variable that is not among ``wanted`` has a value, as if the
    user had given it; those that are wanted have none, whatever the collection says.

    Args:
        directory: where the collection is written for the run.
    """
    document = json.loads(file.read_text("utf-8-sig"))
    document = document.get("collection", document)
    _strip(document)
    document["variable"] = [row for row in document.get("variable") or [] if row.get("key") not in wanted]
    with RecordingServer() as server:
        document = json.loads(_HOST.sub(server.url, json.dumps(document)))
        _redirect(document, server.port)
        there = frozenset(str(row.get("value")) for row in document["variable"])
        api = StatefulApi(frozenset(_fixed_segments(document)), shapes, envelope, there)
        server.respond = api
        path = directory / "collection.json"
        path.write_text(json.dumps(document), "utf-8")
        known = {str(row.get("key")) for row in document["variable"] if row.get("value") not in (None, "")}
        arguments = []
        for name, value in _given(document, server.address).items():
            if name not in wanted and (name not in known or server.address in value):
                arguments += ["--var", f"{name}={value}"]
        done = subprocess.run(
            [sys.executable, "-m", "runner", str(path), "--capture", "auto", "--timeout-request", "5000", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )
    assert "Traceback" not in done.stderr, done.stderr
    found = (_LINE.match(line) for line in done.stdout.splitlines())
    inferred = frozenset((m["name"], m["path"], m["item"]) for m in found if m)
    return Played(inferred, tuple(api.refused), done.stdout)


def _strip(node: dict[str, Any]) -> None:
    """Takes the scripts out."""
    node.pop("event", None)
    for child in node.get("item") or []:
        _strip(child)


def _redirect(document: dict[str, Any], port: int) -> None:
    """URLs in parts lead to the server too."""
    for item in _items(document):
        url = item["request"].get("url")
        host = url.get("host") if isinstance(url, dict) else None
        if host and "{{" not in ".".join(host):
            url.update(protocol="http", host=["127", "0", "0", "1"], port=str(port))


def _items(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in node.get("item") or []:
        if "item" in child:
            yield from _items(child)
        elif isinstance(child.get("request"), dict):
            yield child


def _urls(document: dict[str, Any]) -> Iterator[str]:
    for item in _items(document):
        url = item["request"].get("url", "")
        yield url if isinstance(url, str) else str(url.get("raw", ""))


def _fixed_segments(document: dict[str, Any]) -> Iterator[str]:
    """Path segments without anything variable in them."""
    for url in _urls(document):
        path = re.sub(r"^(https?://)?[^/]*", "", url.partition("?")[0], count=1)
        for segment in path.split("/"):
            if segment and not re.search(r"[{}<>\[\]]|^:", segment):
                yield segment
            elif "." in segment or re.search(r"\}\}.", segment):
                yield _TEMPLATE.sub("", segment)


def _given(document: dict[str, Any], address: str) -> dict[str, str]:
    """A value for every variable: the server's address where a host stands."""
    text = json.dumps(document)
    values = {name: GIVEN + re.sub(r"\W", "", name) for name in _TEMPLATE.findall(text) if not name.startswith("$")}
    for url in _urls(document):
        found = re.match(r"^(https?://)?\{\{([^{}]+)\}\}", url)
        if found:
            values[found.group(2)] = address if found.group(1) else f"http://{address}"
    return values
