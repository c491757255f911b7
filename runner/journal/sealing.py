"""Secrets that a run needs to go on, encrypted with a key that is not in the journal.

AES-GCM (NIST SP 800-38D) with a key of 32 random bytes in the user's own configuration directory, or made of the text
in HTRUN_JOURNAL_KEY. What the run is called by is authenticated with each text: none can be moved to another run.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode
from pathlib import Path

ENVIRONMENT = "HTRUN_JOURNAL_KEY"
_NONCE = 12  # bytes
_FILE = "journal.key"


class Sealer:
    """Encrypts and decrypts for one run.

    Args:
        run: what tells it from all others.
        create: make a key if there is none.
    """

    def __init__(self, run: str, *, create: bool) -> None:
        self._run = run.encode()
        self._create = create
        self._key: bytes | None = None
        self._looked = False

    @property
    def available(self) -> bool:
        """Whether there is a key."""
        if not self._looked:
            self._key, self._looked = _key(self._create), True
        return self._key is not None

    def seal(self, text: str) -> str | None:
        """The text as only the key can read it; None if there is no key and none can be made."""
        if not self.available or self._key is None:
            return None
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._key).encrypt(nonce, text.encode("utf-8", "surrogatepass"), self._run)
        return b64encode(nonce + sealed).decode("ascii")

    def open(self, sealed: str | None) -> str | None:
        """The text; None if there is no key or it is another one."""
        if sealed is None or not self.available or self._key is None:
            return None
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            data = b64decode(sealed, validate=True)
            text = AESGCM(self._key).decrypt(data[:_NONCE], data[_NONCE:], self._run)
        except (InvalidTag, ValueError):
            return None
        return text.decode("utf-8", "surrogatepass")


def key_file() -> Path | None:
    """Where the key is kept; None where there is no home directory."""
    if os.name == "nt":
        base = os.environ.get("APPDATA")
        return Path(base) / "htrun" / _FILE if base else None
    base = os.environ.get("XDG_CONFIG_HOME")
    if base and os.path.isabs(base):
        return Path(base) / "htrun" / _FILE
    home = os.path.expanduser("~")
    return None if home == "~" else Path(home) / ".config" / "htrun" / _FILE


def _key(create: bool) -> bytes | None:
    given = os.environ.get(ENVIRONMENT)
    if given:
        return hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()
    path = key_file()
    if path is None:
        return None
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    except OSError:
        return None
    if not create:
        return None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = os.urandom(32)
        # Whole or not at all: another process may look for it now.
        made = path.with_name(f"{_FILE}.{os.getpid()}")
        file = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(file, b64encode(key) + b"\n")
        finally:
            os.close(file)
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(made)
        return _read(path)
    except OSError:
        return None


def _read(path: Path) -> bytes | None:
    key = b64decode(path.read_bytes())
    return key if len(key) == 32 else None
