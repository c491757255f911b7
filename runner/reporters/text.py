"""Text for people: safe to print, and with sizes and times written as Newman writes them."""

from __future__ import annotations

import math
import re

from runner.model.exchange import Content

# Everything that may move the cursor, switch modes or reorder what is read: C0, DEL and C1 controls (a tab
# and a line feed are handled apart), line separators, bidirectional overrides, lone surrogates, noncharacters.
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# What CI systems take for a command wherever they read it in a log: ``##vso[...]`` (Azure), ``##[...]`` (GitHub,
# Azure), ``##teamcity[...]``, and ``::name::`` (GitHub) at the beginning of a line.
_COMMAND = re.compile(r"#(?=#\w*\[)|^([^\S\n]*):(?=:\w)", re.MULTILINE)
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def clean(text: str) -> str:
    """``text`` with control characters, terminal escapes and commands of CI systems made visible (``\\x1b``); may
    hold line feeds."""
    text = _HOSTILE.sub(_visible, text.replace("\r\n", "\n").expandtabs(4))
    return _COMMAND.sub(_defused, text) if "##" in text or "::" in text else text


def clean_json(text: str) -> str:
    """The JSON document ``text`` with what JSON does not escape by itself written as ``\\u009b``: DEL, C1 controls,
    bidirectional overrides. It says the same."""
    return _HOSTILE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _defused(match: re.Match[str]) -> str:
    return "\\x23" if match.group() == "#" else f"{match.group(1)}\\x3a"


def clean_line(text: str) -> str:
    """Like ``clean``, on one line: a line feed becomes ``\\n`` as two characters."""
    return clean(text).replace("\n", "\\n")


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, the last three being dots where something was left out."""
    return text if len(text) <= limit else text[: max(0, limit - 3)] + "..."


def filesize(size: int) -> str:
    """Bytes in decimal units with at most two decimals: ``666B``, ``1.14kB``."""
    if size <= 0:
        return "0B"
    exponent = min(8, int(math.log(size) / math.log(1000)))
    digits = 100 if exponent else 1
    value = math.floor(size / 1000**exponent * digits + 0.5) / digits
    if value == 1000 and exponent < 8:
        value, exponent = 1.0, exponent + 1
    return f"{value:.2f}".rstrip("0").rstrip(".") + _UNITS[exponent]


def duration(ms: float) -> str:
    """Milliseconds as ``417µs``, ``24ms``, ``2.5s`` or ``1h 2m 3s``."""
    if ms < 1:
        return f"{int(max(0.0, ms) * 1000)}µs"
    if ms < 1998:
        return f"{int(ms)}ms"
    seconds = math.floor(ms / 1000 % 60 * 10 + 1e-7) / 10
    whole = int(ms // 1000)
    parts = [
        (whole // 31_536_000, "y"),
        (whole // 86_400 % 365, "d"),
        (whole // 3600 % 24, "h"),
        (whole // 60 % 60, "m"),
    ]
    shown = [f"{value}{unit}" for value, unit in parts if value]
    if seconds:
        shown.append(f"{seconds:.1f}".removesuffix(".0") + "s")
    return " ".join(shown)


def wrap(text: str, width: int | None) -> list[str]:
    """Lines of at most ``width`` characters, broken anywhere; ``None`` keeps lines whole.

    Blank lines are dropped, as in Newman's boxes."""
    lines = [line for line in text.split("\n") if line.strip()] or [""]
    if width is None:
        return lines
    width = max(width, 1)
    return [line[at : at + width] for line in lines for at in range(0, max(len(line), 1), width)]


def body_text(body: Content | None, limit: int) -> str:
    """The start of a body for people: text of at most ``limit`` bytes, or a word about what it is."""
    if not body:
        return ""
    head = body[:limit]
    if b"\x00" in head:
        return f"(binary, {filesize(len(body))})"
    try:
        # A character that the limit cuts in two is no sign of binary data.
        text = head.decode("utf-8", errors="strict" if len(body) <= limit else "ignore")
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    if len(body) > limit:
        text += f"\n(showing {filesize(limit)}/{filesize(len(body))})"
    return text
