"""How a case is written: a small collection, and the files and options it is run with.

Every text may hold ``@BASE@`` (``http://127.0.0.1:<port>`` of the recording server), ``@TLS@`` (the same with
https), ``@HOST@`` and ``@PORT@``. A case is a folder of files and a command line; both runners get the same ones.
The files of ``support/certificates.py`` are in the folder ``certs``, if the case says so.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = Any
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


@dataclass(frozen=True)
class Case:
    """One comparison.

    Attributes:
        id: unique within all cases; docs/differences.md refers to it.
        files: name -> content, written to the directory that the runners start in.
        args: the command line after ``run``.
        volatile: regular expressions of what no two runs share; matched text counts as equal
            (see ``normalise.py``). Each is as narrow as it can be.
        env: environment variables of the process.
        certs: whether the certificates are wanted.
        unordered: scripts of this case send at the same time: their requests may arrive in any order.
    """

    id: str
    files: Mapping[str, str | bytes]
    args: tuple[str, ...]
    volatile: tuple[str, ...] = ()
    unordered: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    certs: bool = False

    def environment(self, port: int) -> dict[str, str]:
        return {name: placed(value, port).decode() for name, value in self.env.items()}

    def write(self, directory: Path, port: int, certs: Path) -> None:
        """Writes the files, with the server's address in its places."""
        if self.certs:
            shutil.copytree(certs, directory / "certs", dirs_exist_ok=True)
        for name, content in self.files.items():
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(placed(content, port))

    def command(self, port: int) -> list[str]:
        return ["run", *(placed(argument, port).decode() for argument in self.args)]

    def fingerprint(self) -> str:
        """Changes with everything that decides what Newman does."""
        digest = hashlib.sha256(json.dumps([self.args, sorted(self.env.items()), self.certs]).encode())
        for name in sorted(self.files):
            digest.update(name.encode() + b"\0" + placed(self.files[name], 0) + b"\0")
        return digest.hexdigest()


def placed(content: str | bytes, port: int) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    base = f"127.0.0.1:{port}"
    values = {"BASE": f"http://{base}", "TLS": f"https://{base}", "HOST": "127.0.0.1", "PORT": str(port)}
    for name, value in values.items():
        raw = raw.replace(f"@{name}@".encode(), value.encode())
    return raw


def script(listen: str, source: str | Sequence[str] | Mapping[str, Json]) -> Json:
    """An ``event`` of the collection format; a mapping is taken as the event's other fields."""
    if isinstance(source, Mapping):
        return {"listen": listen, **source}
    lines = source.split("\n") if isinstance(source, str) else list(source)
    return {"listen": listen, "script": {"type": "text/javascript", "exec": lines}}


def events(pre: Json, test: Json) -> list[Json]:
    found = []
    for listen, given in (("prerequest", pre), ("test", test)):
        several = given if isinstance(given, list) else [given]
        found += [script(listen, source) for source in several if source is not None]
    return found


def item(
    name: str = "request",
    url: Json = "@BASE@/ok",
    method: str | None = "GET",
    *,
    pre: Json = None,
    test: Json = None,
    behavior: Json = None,
    extra: Json = None,
    **request: Json,
) -> Json:
    """A request item. ``request`` takes ``header``, ``body``, ``auth``...; ``pre`` and ``test`` take the
    text of a script or a list of them; ``behavior`` is protocolProfileBehavior."""
    spec = {"url": url, **({"method": method} if method is not None else {}), **request}
    whole: dict[str, Json] = {"name": name, "request": spec, **(extra or {})}
    if found := events(pre, test):
        whole["event"] = found
    if behavior is not None:
        whole["protocolProfileBehavior"] = behavior
    return whole


def folder(name: str, *items: Json, pre: Json = None, test: Json = None, behavior: Json = None, **more: Json) -> Json:
    """A folder; ``more`` takes ``auth``, ``variable``, ``id``..."""
    whole: dict[str, Json] = {"name": name, "item": list(items), **more}
    if found := events(pre, test):
        whole["event"] = found
    if behavior is not None:
        whole["protocolProfileBehavior"] = behavior
    return whole


def url(path: str | Sequence[str] = "ok", **parts: Json) -> Json:
    """A URL in parts; ``parts`` takes ``query``, ``variable``, ``hash``..."""
    segments = path.split("/") if isinstance(path, str) else list(path)
    return {"protocol": "http", "host": ["127", "0", "0", "1"], "port": "@PORT@", "path": segments, **parts}


def rows(values: Mapping[str, Json] | Sequence[Json]) -> list[Json]:
    """Variable rows; a mapping is the short form of plain values."""
    if isinstance(values, Mapping):
        return [{"key": key, "value": value} for key, value in values.items()]
    return list(values)


def raw(text: str, language: str | None = None) -> Json:
    """A raw body."""
    body: dict[str, Json] = {"mode": "raw", "raw": text}
    if language is not None:
        body["options"] = {"raw": {"language": language}}
    return body


def params(kind: str, values: Mapping[str, Json]) -> list[Json]:
    """Auth parameters as the format v2.1 lists them."""
    return [{"key": key, "value": value, "type": kind} for key, value in values.items()]


def auth(kind: str, **values: Json) -> Json:
    """An auth block of the given type."""
    return {"type": kind, **({kind: params("any", values)} if kind != "noauth" else {})}


@dataclass(frozen=True)
class _Parts:
    files: dict[str, str | bytes] = field(default_factory=dict)
    args: list[str] = field(default_factory=list)

    def add(self, option: str, name: str, value: Json) -> None:
        self.files[name] = value if isinstance(value, str | bytes) else json.dumps(value)
        self.args.extend((option, name))


def case(
    name: str,
    *items: Json,
    variables: Json = None,
    environment: Json = None,
    globals: Json = None,
    data: Json = None,
    args: Sequence[str] = (),
    files: Mapping[str, str | bytes | Json] | None = None,
    pre: Json = None,
    test: Json = None,
    behavior: Json = None,
    document: Json = None,
    volatile: Sequence[str] = (),
    unordered: bool = False,
    env: Mapping[str, str] | None = None,
    certs: bool = False,
    **more: Json,
) -> Case:
    """A case out of items. ``variables``, ``environment`` and ``globals`` take a mapping or rows;
    ``data`` takes CSV text or JSON; ``document`` replaces the whole collection (text or JSON);
    ``more`` takes other fields of the collection (``auth``)."""
    collection: dict[str, Json] = {"info": {"name": name, "schema": SCHEMA}, "item": list(items), **more}
    if variables is not None:
        collection["variable"] = rows(variables)
    if found := events(pre, test):
        collection["event"] = found
    if behavior is not None:
        collection["protocolProfileBehavior"] = behavior
    chosen = collection if document is None else document
    parts = _Parts({"collection.json": chosen if isinstance(chosen, str | bytes) else json.dumps(chosen)})
    parts.args.append("collection.json")
    if environment is not None:
        parts.add("-e", "environment.json", {"name": "env", "values": rows(environment)})
    if globals is not None:
        parts.add("-g", "globals.json", {"name": "globals", "values": rows(globals)})
    if data is not None:
        parts.add("-d", "data.csv" if isinstance(data, str) else "data.json", data)
    for path, content in (files or {}).items():
        parts.files[path] = content if isinstance(content, str | bytes) else json.dumps(content)
    return Case(name, parts.files, (*parts.args, *args), tuple(volatile), unordered, env or {}, certs)
