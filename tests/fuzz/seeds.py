"""Where the fuzzer begins: requests of the collections in ``collections/``, and texts that are odd in known ways."""

# ruff: noqa: E501  (tables)

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzz.shape import to_bytes

ROOT = Path(__file__).parents[2]
#: Larger ones are slow to change and have nothing that smaller ones have not.
_LARGEST = 400
_TEMPLATES = (
    *("{{a}}", "{{ a }}", "{{a}}{{b}}", "{{{{a}}}}", "{{r}}", "{{$guid}}", "{{$randomInt}}", "{{n + 1}}"),
    *("{{a | urlencode}}", "{{o.b[1].c}}", "{{ o | tojson }}", "{{ j | fromjson }}", "{{#each l}}{{this}}{{/each}}", "{{a}", "}}{{", "{{"),
    *("é{{a}}", "{{ l | join('-') }}", "{{ n if t else f }}", "{{ o.items }}", "{{ missing.x }}", "{{ 'x' ~ a }}", "{{ l[0] }}"),
)  # fmt: skip
_EXPRESSIONS = (
    *("n > 3 and t", "o.b | length == 2", "a in l", "not e", "l | first", "dynamic('guid') | length", "n // 0"),
    *("o.items", "(j | fromjson).k[0]", "a.upper()", "range(3) | list", "l | map('string') | list", "a[1:3]"),
    *("f ** 2", "{'x': n}"),
)  # fmt: skip
_BLOCKS = (
    "{% for x in l %}{{ x }}{% endfor %}", "{% if t %}yes{% else %}no{% endif %}", "{% set x = n %}{{ x }}",
    "{# no #}", "{% raw %}{{ a }}{% endraw %}", "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(1) }}",
)  # fmt: skip
_URLS = (
    *("http://h", "h:8080/a/b", "https://u:p@h/p?q=1&r#f", "{{base}}/:id?x={{y&z}}", "http://[::1]:80/", "localhost/?"),
    *("h\\a\\b", "file:///x", "http://ä.example/ü?ö#ß", "http://0x7f.1/", "http://1.2/", "h/%41%zz/%", "//h/p", "?", "#"),
    *(":", "h?a=1&&b=%20 c", "http://h:99999/", "http://h:x/", "http://a@b@c:1/", "{{a.b}}.c/{{d/e?f}}"),
    "http://h/a b\n../c",
    *("http://h/p\n?q", "http://h/p\n//other/x", "http://h/p\nhttps://x/", "http://h/p\n#f", "http://h/p\n"),
)  # fmt: skip


def seeds(target: str) -> Iterator[bytes]:
    """The first inputs of a target (see ``targets``)."""
    if target == "urls":
        yield from (text.encode() for text in (*_URLS, *sorted(set(_raw_urls()))))
    elif target == "templates":
        for kind, texts in ((0, (*_TEMPLATES, *sorted(set(_raw_urls())))), (2, _EXPRESSIONS), (3, _BLOCKS)):
            yield from (bytes([kind]) + text.encode() for text in texts)
    else:
        for document in _documents():
            yield to_bytes(_short({**document, "item": []}))
            for node in _requests(document):
                small = _short({"info": document["info"], "item": [node]})
                for seed in (to_bytes(small), b"\xff" + json.dumps(small).encode()):
                    if len(seed) <= _LARGEST:
                        yield seed
        yield to_bytes(_V1)


def _short(value: Any) -> Any:
    """The same shape with less in it."""
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items() if name not in ("id", "_postman_id", "description")}
    if isinstance(value, list):
        return [_short(one) for one in value[:2]]
    return value[:24] if isinstance(value, str) else value


def _documents() -> Iterator[Any]:
    for path in sorted((ROOT / "collections").glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def _requests(node: Any) -> Iterator[Any]:
    for child in node["item"]:
        if "item" in child:
            yield from _requests(child)
        else:
            yield {key: value for key, value in child.items() if key != "response"}


def _raw_urls() -> Iterator[str]:
    for document in _documents():
        for node in _requests(document):
            url = node["request"]["url"]
            yield url if isinstance(url, str) else url["raw"]


#: The oldest format that is read.
_V1 = {
    "id": "c",
    "name": "old",
    "order": ["r"],
    "folders": [{"id": "f", "name": "folder", "order": ["s"]}],
    "requests": [
        {
            "id": "r",
            "name": "one",
            "url": "http://h:1/a/:id?b=c&d#e",
            "method": "POST",
            "dataMode": "params",
            "data": [{"key": "a", "value": "b", "type": "text", "enabled": True}],
            "headers": "X-A: b\nC: d",
            "pathVariableData": [{"key": "id", "value": "1"}],
            "tests": "tests['a'] = true;",
        },
        {"id": "s", "name": "two", "url": "{{a}}", "method": "GET", "dataMode": "raw", "folder": "f"},
    ],
}
