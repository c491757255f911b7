"""Names of files for what people call their requests."""

from __future__ import annotations

import re
import unicodedata

#: What Windows or a shell would not take, and what begins or ends a name that is not taken for one.
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_MOST = 100  # characters, of up to 4 bytes, where file systems take 255 bytes and endings are to come
_MOST_BYTES = 200


class Names:
    """The names in one folder. Case and Unicode form do not tell two apart, since on many systems they do not."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str, otherwise: str) -> str:
        """A name for a file, without an ending; a number at its end if it is taken.

        Args:
            otherwise: the name of what has none.
        """
        base = _fit(name) or otherwise
        made, number = base, 0
        while unicodedata.normalize("NFC", made).casefold() in self._taken:
            number += 1
            made = f"{base}-{number}"
        self._taken.add(unicodedata.normalize("NFC", made).casefold())
        return made


def _fit(name: str) -> str:
    fit = re.sub("-{2,}", "-", _UNFIT.sub("-", name)).strip()  # the Postman CLI wants no two hyphens
    fit = re.sub(r"^\.", "-", fit)[:_MOST]
    while len(fit.encode()) > _MOST_BYTES:
        fit = fit[:-1]
    fit = fit.rstrip(". ")
    return f"-{fit}" if _RESERVED.fullmatch(fit) else fit
