"""Real collections as cases: their hosts become the recording server, what they lack gets fixed values.

A corpus is a directory of collections (``*.json``). A ``manifest.tsv`` in it may say with which files they
belong together: tab-separated columns ``id``, ``file``, ``kind`` (collection, environment, globals, data)
and ``pair_id`` (ids of the collections, comma-separated).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.case import Case
from support.server import Answer, Received, answer_to

MOST_ITEMS = 40
OPTIONS = {"environment": "-e", "globals": "-g", "data": "-d"}
ABSOLUTE = re.compile(r"(?i)\b(https?|wss?)://(?!@BASE@)[\w.-]+(:\d+)?(?=[/?#\"'\s\\]|$)")
TEMPLATE = re.compile(r"\{\{([^{}]*)\}\}")
WHERE_A_HOST_STANDS = re.compile(r"^\s*(?:https?://)?\{\{([^{}]*)\}\}")
#: what a run makes up: UUIDs, epoch seconds and milliseconds, ISO times
VOLATILE = (
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?",
    r"(?<!\d)1[6-9]\d{8}(\d{3})?(?!\d)",
)


def answer(request: Received) -> Answer:
    """JSON that has the names that scripts most often look for."""
    if request.target.startswith(("/redirect/", "/respond")):
        return answer_to(request)
    body = {"id": 1, "token": "t0ken", "access_token": "t0ken", "data": [{"id": 2}], "path": request.target}
    return Answer(200, json.dumps(body).encode(), (("Content-Type", "application/json"),))


def cases(directory: Path) -> Iterator[Case]:
    """A case for each file of the corpus that is a collection."""
    partners = _partners(directory)
    for path in sorted(directory.glob("*.json")):
        if path.name.endswith((".env.json", ".globals.json", ".data.json")):
            continue
        try:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError:
            continue  # what cannot be read is for the tests of the parser
        if isinstance(document, dict) and "item" in document.get("collection", document):
            yield _case(path, document.get("collection", document), partners.get(path.name, {}))


def _partners(directory: Path) -> dict[str, dict[str, Path]]:
    manifest = directory / "manifest.tsv"
    if not manifest.exists():
        return {}
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    names = {row["id"]: row["file"] for row in rows}
    found: dict[str, dict[str, Path]] = {}
    for row in rows:
        for one in row["pair_id"].split(",") if row["kind"] in OPTIONS else ():
            if one in names:
                found.setdefault(names[one], {}).setdefault(row["kind"], directory / row["file"])
    return found


def _case(path: Path, document: dict[str, Any], partners: dict[str, Path]) -> Case:
    files: dict[str, str | bytes] = {}
    args = ["collection.json"]
    known: set[str] = {str(row.get("key")) for row in document.get("variable") or [] if isinstance(row, dict)}
    for kind, file in partners.items():
        if kind != "globals":
            name = f"{kind}{file.suffix}"
            files[name] = ABSOLUTE.sub("@BASE@", _text(file))
            known |= set(re.findall(r'"key"\s*:\s*"([^"]*)"', _text(file)))
            args += [OPTIONS[kind], name]
    document = _rewritten({**document, "item": _first(document.get("item") or [], [MOST_ITEMS])})
    text = ABSOLUTE.sub("@BASE@", json.dumps(document, ensure_ascii=False))
    files["collection.json"] = text
    files["globals.json"] = json.dumps({"name": "globals", "values": _globals(document, text, known)})
    args += ["-g", "globals.json", "--timeout-request", "10000", "--timeout-script", "10000", "-n", "1"]
    return Case("corpus-" + path.stem, files, tuple(args), VOLATILE)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")


def _first(items: Any, left: list[int]) -> list[Any]:
    """The first requests, in their folders."""
    kept = []
    for item in items if isinstance(items, list) else []:
        if left[0] <= 0:
            break
        if isinstance(item, dict) and isinstance(item.get("item"), list):
            kept.append({**item, "item": _first(item["item"], left)})
        else:
            left[0] -= 1
            kept.append(item)
    return kept


def _rewritten(value: Any) -> Any:
    """URLs in parts: a host that is written out becomes the server."""
    if isinstance(value, list):
        return [_rewritten(one) for one in value]
    if not isinstance(value, dict):
        return value
    whole = {key: _rewritten(one) for key, one in value.items()}
    host = value.get("host")
    if host and ("path" in value or "raw" in value or "protocol" in value):
        text = ".".join(map(str, host)) if isinstance(host, list) else str(host)
        if not TEMPLATE.search(text) or "{{" not in text.split(".")[0]:
            whole.update(protocol="http", host=["127", "0", "0", "1"], port="@PORT@")
    return whole


def _globals(document: Any, text: str, known: set[str]) -> list[dict[str, str]]:
    hosts = set(_host_variables(document))
    names = {name for name in TEMPLATE.findall(text) if name and not name.startswith("$")} - known
    return [{"key": name, "value": "@BASE@" if name in hosts else f"value-of-{name}"} for name in sorted(names)]


def _host_variables(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _host_variables(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            texts = one if key == "host" and isinstance(one, list) else [one]
            if key in {"raw", "url", "host", "request"}:
                yield from (m[1] for t in texts if isinstance(t, str) and (m := WHERE_A_HOST_STANDS.match(t)))
            yield from _host_variables(one)
