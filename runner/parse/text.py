"""Reading JSON files as people have them: byte order marks, UTF-16, and errors that say where."""

from __future__ import annotations

import codecs
import json
import re
from pathlib import Path

from runner.errors import InputError
from runner.model.collection import Json

#: JavaScript's whitespace (ECMA-262, String.prototype.trim).
SPACE = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # fmt: skip  # noqa: E501

#: What git leaves where two versions of a file could not be joined.
CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_bytes(path: str) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: it cannot be read.
    """
    if not path:
        raise InputError("the name of a file is empty")
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except IsADirectoryError:
        raise InputError("is a directory, not a file", path=path) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from None


def decode(data: bytes) -> str:
    """Text in whatever encoding its first bytes show; UTF-8, else Latin-1, where they show none."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, "replace").removeprefix("\ufeff")
    if len(data) > 3 and data[1] == 0 and data[3] == 0:
        return data.decode("utf-16-le", "replace")
    if len(data) > 3 and data[0] == 0 and data[2] == 0:
        return data.decode("utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def parse_json(text: str, path: str | None = None) -> Json:
    """JSON text as Python values; integers stay exact.

    Raises:
        InputError: with line and column.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        conflict = CONFLICT.search(text)
        if conflict and conflict.start() <= error.pos + 8:
            line = text.count("\n", 0, conflict.start()) + 1
            raise InputError(
                "has an unresolved merge conflict; resolve it first", path=path, line=line, column=1
            ) from None
        if not text.strip():
            raise InputError("is empty", path=path) from None
        detail = error.msg[0].lower() + error.msg[1:]
        raise InputError(f"is not valid JSON: {detail}", path=path, line=error.lineno, column=error.colno) from None
    except ValueError:  # Python's own limit, which keeps reading from taking quadratic time
        raise InputError("holds a number with more than 4300 digits", path=path) from None
    except RecursionError:
        raise InputError("is nested too deeply to be read", path=path) from None


def read_json(path: str) -> Json:
    """A JSON file. Raises InputError as `read_bytes` and `parse_json` do."""
    return parse_json(decode(read_bytes(path)), path)
