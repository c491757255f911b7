"""The keys of workflow files as a page of the site, from their JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
_HEADER = "| key | what it takes | |\n|---|---|---|\n"


def schema_page(path: Path) -> str:
    """Markdown: a section for each object that has keys, in the order in which they are met.

    Raises:
        KeyError: the schema refers to a definition that it does not have.
    """
    schema: Schema = json.loads(path.read_text("utf-8"))
    definitions: dict[str, Schema] = schema["$defs"]
    page = _Page(definitions)
    page.want("The file", schema)
    parts = [
        "# Keys of workflow files",
        "Made from `workflow.schema.json`, which lies in the package beside `runner/workflow/load.py` and checks every "
        "file that is run. [Workflow files](../workflows.md) explains what the keys do.",
    ]
    while page.wanted:
        title, part = page.wanted.pop(0)
        note = f"{part['description']}\n\n" if part.get("description") and title != "The file" else ""
        parts.append(f"## {title}\n\n{note}{_HEADER}" + "\n".join(page.rows(title, part)))
    return "\n\n".join(parts) + "\n"


class _Page:
    def __init__(self, definitions: dict[str, Schema]) -> None:
        self.definitions = definitions
        self.wanted: list[tuple[str, Schema]] = []
        self._seen: set[str] = set()

    def want(self, title: str, schema: Schema) -> str:
        """A link to the section with the keys of this object."""
        if title not in self._seen:
            self._seen.add(title)
            self.wanted.append((title, schema))
        return f"[{title}](#{title.lower().replace(' ', '-').replace('.', '')})"

    def rows(self, title: str, part: Schema) -> Iterator[str]:
        required = part.get("required", [])
        for key, value in part["properties"].items():
            name = key if title in ("The file", "step") else f"{title}.{key}"
            told = value.get("description") or self._resolved(value).get("description", "")
            if key in required:
                told = f"Required. {told}".strip()
            yield f"| `{key}` | {self.kind(value, name)} | {_cell(told)} |"

    def kind(self, schema: Schema, name: str) -> str:
        """What a value may be, in words."""
        if "$ref" in schema:
            target = schema["$ref"].rpartition("/")[2]
            return self.kind(self.definitions[target], target)
        if "properties" in schema:
            return self.want(name, schema)
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                return " or ".join(dict.fromkeys(self.kind(one, name) for one in schema[choice]))
        if "enum" in schema:
            return ", ".join(f"`{value}`" for value in schema["enum"])
        if name == "duration":
            return "time (`2s`)"
        if name == "expression":
            return "expression"
        return self._simple(schema, name)

    def _simple(self, schema: Schema, name: str) -> str:
        kinds = schema.get("type", "anything")
        if kinds == "array" and "items" in schema:
            return f"list of {self.kind(schema['items'], name)}"
        if kinds == "object" and isinstance(schema.get("additionalProperties"), dict):
            return f"mapping: name to {self.kind(schema['additionalProperties'], name)}"
        words = {
            "array": "list",
            "object": "mapping",
            "string": "text",
            "boolean": "true or false",
            "integer": "number",
        }
        if isinstance(kinds, list):
            return "text" if name == "word" else "text, number, true or false" + (", null" if "null" in kinds else "")
        if schema.get("pattern", "").endswith(r"\{\{"):
            return "template"
        return words.get(kinds, kinds)

    def _resolved(self, schema: Schema) -> Schema:
        return self.definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
