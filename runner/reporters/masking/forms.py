"""The texts as which a secret may turn up: as it is, escaped, encoded."""

from __future__ import annotations

import base64
import re

from runner.model.records import dataclass

#: Shorter values are not searched for: hiding every ``1`` would hide everything.
MIN_LENGTH = 4
#: Longer ones are found by their beginning; nothing that long is quoted in part.
_MAX_LENGTH = 65_536
#: Base64 of less is too likely to stand for something else.
_MIN_ENCODED = 8

#: Characters of the beginning of a secret that are looked for where a text was cut off; chai cuts at 40.
_MAX_BEGINNING = 60

_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")
_RUN = re.compile(r"[A-Za-z0-9]+")
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "(?:apos|#39)"}
#: What becomes of characters that somebody should have encoded in a URL.
_MISREAD = {" ": r"\+", "+": " ", "\\": "/"}
_JSON = {'"': r"\\+\"", "\\": r"\\{2,8}", "/": r"\\+/", "\n": r"\\+n", "\r": r"\\+r", "\t": r"\\+t"}


@dataclass(frozen=True, slots=True)
class Forms:
    """How one secret is found in a text.

    Attributes:
        literals: texts that are searched for as they are.
        wide: the bytes in UTF-16, of either kind, as Latin-1.
        probe: what is in every text that ``pattern`` matches.
        pattern: the secret with its special characters escaped in any way; None if it has none.
        cut_off: its beginning at the end of a text, escaped in any way; None if ``pattern`` is.
    """

    literals: tuple[str, ...]
    wide: str
    probe: str = ""
    pattern: re.Pattern[str] | None = None
    cut_off: re.Pattern[str] | None = None


def forms_of(secret: str) -> Forms:
    """The forms of a secret: URL-encoded (both kinds, in any case), as base64 (also when it stands behind something
    else, such as a user name), and as JSON, HTML and JavaScript escape it."""
    value = secret[:_MAX_LENGTH]
    raw = value.encode("utf-8", "surrogatepass")
    literals = {value, *_base64(raw)}
    wide = value.encode("utf-16-le", "surrogatepass").decode("latin-1").removesuffix("\0")
    if _PLAIN.fullmatch(value):
        return Forms(_ordered(literals), wide)
    # Bodies are searched byte by byte, as if they were Latin-1.
    literals.add(raw.decode("latin-1"))
    characters = [_any_form(character) for character in value]
    probe = max(_RUN.findall(value), key=len, default="")
    return Forms(_ordered(literals), wide, probe, re.compile("".join(characters)), re.compile(_beginning(characters)))


def _beginning(characters: list[str]) -> str:
    """A pattern for four or more of the first characters at the end of a text, which may end within an escape."""
    first, more = characters[:MIN_LENGTH], characters[MIN_LENGTH:_MAX_BEGINNING]
    rest = "".join(f"(?:{character}" for character in more) + ")?" * len(more)
    return "".join(first) + rest + r"(?:(?:%\w{0,4})+|&(?:amp;)?\#?\w{0,6}|\\+\w{0,4})?\Z"


def _ordered(literals: set[str]) -> tuple[str, ...]:
    return tuple(sorted(literals, key=len, reverse=True))


def _any_form(character: str) -> str:
    """A pattern for one character, however it is written."""
    if _RUN.fullmatch(character):
        return character
    code = ord(character)
    raw = character.encode("utf-8", "surrogatepass")
    forms = ["".join(f"%(?i:{byte:02x})" for byte in raw)]
    forms.append("".join(f"%25(?i:{byte:02x})" for byte in raw))
    if code > 0x7F:
        forms.append(re.escape(raw.decode("latin-1")))
        # ... and by servers that take bytes for characters and escape those.
        forms.append("".join(rf"\\+u00(?i:{byte:02x})" for byte in raw))
    units = character.encode("utf-16-be", "surrogatepass")
    forms.append("".join(rf"\\+u(?i:{units[at]:02x}{units[at + 1]:02x})" for at in range(0, len(units), 2)))
    if code < 0x100:
        forms.append(rf"\\+x(?i:{code:02x})")
    forms.append(rf"&(?:amp;)?\#(?:0*{code}|[xX]0*(?i:{code:x}));")
    if character in _NAMED:
        forms.append(f"&(?:amp;)?{_NAMED[character]};")
    if character in _JSON:
        forms.append(_JSON[character])
    if character == "'":
        forms.append(r"\\+'")
    if character in _MISREAD:
        forms.append(_MISREAD[character])
    forms.append(re.escape(character))  # the last: escaped forms may begin with it
    return f"(?:{'|'.join(forms)})"


def _base64(raw: bytes) -> set[str]:
    """What base64 makes of the secret wherever it stands in the encoded text: only the characters that depend on
    nothing but the secret."""
    found = set()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode("ascii")
        start = -(-before * 8 // 6)
        end = (before + len(raw)) * 8 // 6
        core = encoded[start:end]
        if len(core) >= _MIN_ENCODED:
            found |= {core, core.replace("+", "-").replace("/", "_")}
    return found
