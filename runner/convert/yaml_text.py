"""YAML as Postman writes it: texts of several lines as blocks, quotes where readers of YAML 1.1 or 1.2 need them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from runner.model.collection import Json

_INFINITE = 2**31 - 1  # columns: lines are not folded

#: Words that YAML 1.2 takes for numbers and PyYAML, which follows YAML 1.1, does not.
_NUMBERS_OF_1_2 = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")

#: What some readers of YAML take for the end of a line.
_BREAKS = re.compile("[\r\x85\u2028\u2029]")


def yaml_text(document: Json) -> str:
    """A document of plain values as YAML."""
    try:
        return _dumped(document, "CSafeDumper")
    except (AttributeError, UnicodeError):  # without LibYAML, and with half of a UTF-16 pair, which it cannot write
        return _dumped(document, "SafeDumper")


def _dumped(document: Json, base: str) -> str:
    import yaml

    text: str = yaml.dump(
        document, Dumper=_dumper(base), sort_keys=False, allow_unicode=True, width=_INFINITE, default_flow_style=False
    )
    return text


@cache
def _dumper(base: str) -> Any:
    import yaml

    class Dumper(getattr(yaml, base)):  # type: ignore[misc]
        """Repeats what occurs twice, in place of references to it."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        quoted = _NUMBERS_OF_1_2.fullmatch(value) or _BREAKS.search(value)
        style = '"' if quoted else "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper
