"""The variables of .http files, by their names in collections.

System variables of the VS Code REST Client (https://github.com/Huachao/vscode-restclient) and of JetBrains' HTTP client
(https://www.jetbrains.com/help/idea/http-client-variables.html) become Postman's dynamic ones. A value of an earlier
response, ``{{login.response.body.$.token}}``, keeps its name: a test script of that request sets it.
"""

from __future__ import annotations

import json
import re

from runner.importing.build import Notes

_TEMPLATE = re.compile(r"\{\{(?!\s*\}\})([^{}]+)\}\}")
_SYSTEM = {
    "$guid": "$guid", "$uuid": "$guid", "$random.uuid": "$randomUUID", "$timestamp": "$timestamp",
    "$isoTimestamp": "$isoTimestamp", "$randomInt": "$randomInt", "$random.email": "$randomEmail",
    "$random.integer": "$randomInt", "$random.alphabetic": "$randomAlphaNumeric",
    "$random.alphanumeric": "$randomAlphaNumeric",
}  # fmt: skip
_RESPONSE = re.compile(r"([A-Za-z_]\w*)\.response\.(body|headers)\.(.+)")
_PATH = re.compile(r"\$?((?:\.[A-Za-z_$][\w$]*|\[\d+\]|\['[^']+'\])*)")


class HttpVariables:
    """Rewrites templates, and remembers what they need.

    Attributes:
        wanted: names of variables that have to be given from outside.
        scripts: by name of the request whose response they read: the lines that set variables.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self.wanted: dict[str, None] = {}
        self.scripts: dict[str, dict[str, None]] = {}

    def text(self, text: str) -> str:
        return _TEMPLATE.sub(lambda match: f"{{{{{self._name(match[1].strip())}}}}}", text)

    def _name(self, written: str) -> str:
        if match := _RESPONSE.fullmatch(written):
            self._read(written, match[1], match[2], match[3])
            return written
        if not written.startswith("$") and not written.startswith("%"):
            return written
        head, _, rest = written.partition(" ")
        base = re.sub(r"\(.*\)$", "", head)
        if base in ("$processEnv", "$dotenv"):
            name = rest.strip().lstrip("%")
            return self._given(name, f"{base[1:]} {name}")
        if base.startswith("$env."):
            return self._given(base[5:], base)
        if base in ("$datetime", "$localDatetime"):
            if rest.strip() not in ("iso8601", "'iso8601'", '"iso8601"'):
                self._notes.add(f"{{{{{written}}}}} became {{{{$isoTimestamp}}}}: other formats are not supported")
            return "$isoTimestamp"
        if base in _SYSTEM:
            if rest or "(" in head:
                self._notes.add(f"{{{{{written}}}}} became {{{{{_SYSTEM[base]}}}}}, which takes no arguments")
            return _SYSTEM[base]
        self._notes.add(f"{{{{{written}}}}} is not supported; give a variable of this name")
        return written

    def _given(self, name: str, what: str) -> str:
        self.wanted.setdefault(name)
        self._notes.add(f"{what} became the variable {name}; give it with --var or as HTRUN_VAR_{name}")
        return name

    def _read(self, written: str, request: str, part: str, path: str) -> None:
        match = _PATH.fullmatch(path)
        if part == "headers":
            value = f"pm.response.headers.get({json.dumps(path)})"
        elif path == "*":
            value = "pm.response.text()"
        elif match is not None:
            value = f"pm.response.json(){match[1]}"
        else:
            self._notes.add(f"{{{{{written}}}}} is not supported: only simple JSONPath ($.a.b[0]) is")
            return
        line = f"pm.collectionVariables.set({json.dumps(written)}, {value});"
        self.scripts.setdefault(request, {}).setdefault(line)
