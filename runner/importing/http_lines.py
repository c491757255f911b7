"""The lines of an .http file, by what they are: sections, comments with directives, request line, headers, body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runner.model.records import dataclass, field

_SEPARATOR = re.compile(r"#{3,}(.*)")
_COMMENT = re.compile(r"(?:#|//)(.*)")
_DIRECTIVE = re.compile(r"@([\w-]+)(?:\s*=\s*|\s+|$)(.*)")
_VARIABLE = re.compile(r"@([\w.-]+)\s*=\s*(.*)")
_REQUEST = re.compile(
    r"(?:(?P<method>[A-Z][A-Z-]*)\s+(?P<url>(?:\{\{|/|[\w.-]+[:/.]\S).*?)"
    r"|(?P<get>(?:https?://|\{\{|(?:localhost|[\w-]+(?:\.[\w-]+)+)[:/])\S.*?))(?:\s+HTTP/[\d.]+)?\s*"
)
_HEADER = re.compile(r"([!#$%&'*+.^`|~\w{}-]+)\s*:\s*(.*)")


@dataclass(slots=True)
class Section:
    """One request of the file, taken apart.

    Attributes:
        line: of its request line, 1-based; 0 if there is none.
        directives: ``# @name login`` and the like, by name.
        variables: ``@name = value`` lines.
        scripts: how many scripts it has.
        unknown: lines that are no part of a request.
    """

    name: str = ""
    line: int = 0
    method: str = "GET"
    url: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    directives: dict[str, str] = field(default_factory=dict)
    prompts: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    scripts: int = 0
    unknown: list[tuple[int, str]] = field(default_factory=list)


def sections(text: str) -> Iterator[Section]:
    """The sections of a file, those without a request too."""
    part: list[tuple[int, str]] = []
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _SEPARATOR.fullmatch(line.rstrip()):
            yield _section(name, part)
            part, name = [], match[1].strip()
        else:
            part.append((number, line))
    yield _section(name, part)


def _section(name: str, lines: Sequence[tuple[int, str]]) -> Section:
    section = Section(name)
    rest = list(lines)
    while rest and not section.line:
        number, line = rest.pop(0)
        _opening(section, number, line, rest)
    if section.line:
        _head(section, rest)
        section.body = _without_scripts(section, [line for _, line in rest])
    if "name" in section.directives:
        section.name = section.directives["name"]
    return section


def _opening(section: Section, number: int, line: str, rest: list[tuple[int, str]]) -> None:
    """A line before the request line, or that line itself."""
    text = line.strip()
    if not text:
        return
    if match := _COMMENT.fullmatch(text):
        _comment(section, match[1].strip())
    elif match := _VARIABLE.fullmatch(text):
        section.variables[match[1]] = match[2].strip()
    elif text.startswith("<"):
        section.scripts += 1
        _skip_script(text, rest)
    elif found := _request(text):
        section.line = number
        section.method, section.url = found
    else:
        section.unknown.append((number, text))


def _comment(section: Section, text: str) -> None:
    match = _DIRECTIVE.match(text)
    if match is None:
        if text:
            section.comments.append(text)
    elif match[1] == "prompt":
        section.prompts.append(match[2].split()[0] if match[2].split() else "")
    else:
        section.directives[match[1]] = match[2].strip()


def _head(section: Section, rest: list[tuple[int, str]]) -> None:
    """The URL's further lines and the headers, up to the empty line."""
    in_url = True
    while rest:
        _, line = rest[0]
        text = line.strip()
        if not text:
            rest.pop(0)
            return
        if in_url and (text.startswith(("?", "&")) or (line[:1] in " \t" and not _HEADER.fullmatch(text))):
            section.url += re.sub(r"\s+HTTP/[\d.]+$", "", text)
        elif _COMMENT.fullmatch(text):
            _comment(section, (_COMMENT.fullmatch(text) or [""])[1].strip())
        elif match := _HEADER.fullmatch(text):
            in_url = False
            section.headers.append((match[1], match[2]))
        elif text.startswith((">", "<>")):
            return
        elif section.headers and line[:1] in " \t":
            name, value = section.headers.pop()
            section.headers.append((name, f"{value} {text}"))
        else:
            section.unknown.append(rest[0])
        rest.pop(0)


def _without_scripts(section: Section, lines: Sequence[str]) -> list[str]:
    """The body without response handlers (``> {% ... %}``, ``> file.js``), places for answers (``>> file``), and
    answers that were kept (``<> file``)."""
    kept: list[str] = []
    rest = list(enumerate(lines, 1))
    while rest:
        _, line = rest.pop(0)
        text = line.strip()
        if re.match(r">\s*(\{%|\S+\.js)", text):
            section.scripts += 1
            _skip_script(text, rest)
        elif not re.match(r"(>>!?|<>)\s", text):
            kept.append(line)
    while kept and not kept[-1].strip():
        kept.pop()
    while kept and not kept[0].strip():
        kept.pop(0)
    return kept


def _skip_script(first: str, rest: list[tuple[int, str]]) -> None:
    if "{%" in first and "%}" not in first:
        while rest and "%}" not in rest.pop(0)[1]:
            pass


def _request(text: str) -> tuple[str, str] | None:
    match = _REQUEST.fullmatch(text)
    return (match["method"] or "GET", match["url"] or match["get"]) if match else None
