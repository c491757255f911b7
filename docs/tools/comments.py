"""How the site's reference reads this project's code (a Griffe extension): the fields of dataclasses and
typed dicts are a table, and `#:` comments say what they mean."""

from __future__ import annotations

import re
from typing import Any

import griffe

#: A field without a comment: the parser wants something.
EMPTY = "&nbsp;"


class Comments(griffe.Extension):
    def on_instance(self, *, node: Any, obj: griffe.Object, agent: Any, **kwargs: Any) -> None:
        if obj.docstring:  # "as follows::" is of another markup
            obj.docstring.value = obj.docstring.value.replace("::\n", ":\n")

    def on_class_members(self, *, node: Any, cls: griffe.Class, agent: Any, **kwargs: Any) -> None:
        made = [str(one.value).split("(")[0] for one in cls.decorators] + [str(base) for base in cls.bases]
        if not any(name.endswith(("dataclass", "TypedDict")) for name in made):
            return
        fields = {name: one for name, one in cls.members.items() if isinstance(one, griffe.Attribute)}
        if not fields:
            return
        told = cls.docstring.value if cls.docstring else ""
        if made[-1:] == ["TypedDict"]:
            told = _as_lists(told)
        table = "\n".join(
            f"    {name} ({one.annotation}): {_comment(one) or EMPTY}"
            for name, one in fields.items()
            if not name.startswith("_")
        )
        if "\nAttributes:\n" not in told:
            cls.docstring = griffe.Docstring(
                f"{told}\n\nAttributes:\n{table}", lineno=cls.lineno, parent=cls, parser="google"
            )
        for name in fields:
            del cls.members[name]


def _as_lists(told: str) -> str:
    """Groups of options in a docstring, as Markdown: a title, and an item for each line that is indented."""
    told = re.sub(r"^(\w[^:\n]*:)\n(?=    )", r"\n**\1**\n\n", told, flags=re.M)
    return re.sub(r"^    (?=\S)", "- ", told, flags=re.M)


def _comment(attr: griffe.Attribute) -> str:
    """What stands behind the attribute, or in the lines above it."""
    if attr.docstring:
        return " ".join(attr.docstring.value.split())
    if attr.lineno is None or attr.endlineno is None:
        return ""
    lines = attr.lines_collection[attr.filepath]
    _, sign, behind = lines[attr.endlineno - 1].rpartition("#: ")
    if sign:
        return behind.strip()
    above: list[str] = []
    for line in reversed(lines[: attr.lineno - 1]):
        if not line.strip().startswith("#: "):
            break
        above.insert(0, line.strip().removeprefix("#: "))
    return " ".join(above)
