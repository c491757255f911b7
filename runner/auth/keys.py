"""Private keys as people paste them, and what is signed with them (library: cryptography)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runner.auth.interface import AuthError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_EDGE = re.compile(r"-----(BEGIN|END) ([A-Z ]+)-----")


def load_private_key(pem: str, password: str | None = None) -> PrivateKeyTypes:
    """Loads a PEM key (PKCS#1, PKCS#8, SEC1), also one whose line breaks were lost or are written ``\\n``.

    Raises:
        AuthError: it is no key, or an encrypted one.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found = _labelled(pem.replace("\\r", "").replace("\\n", "\n"))
    if found is None:
        raise AuthError("the private key is no PEM text (-----BEGIN ... PRIVATE KEY-----)")
    label, content = found
    if ":" not in content:  # headers such as Proc-Type need their own lines
        content = "".join(content.split())
    clean = f"-----BEGIN {label}-----\n{content.strip()}\n-----END {label}-----\n"
    try:
        return load_pem_private_key(clean.encode(), password.encode() if password else None)
    except (ValueError, TypeError) as error:
        raise AuthError(f"the private key cannot be read: {str(error).splitlines()[0]}") from error


def rsa_sign(pem: str, hash_name: str, data: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with ``sha1``, ``sha256`` or ``sha512``."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = load_private_key(pem)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise AuthError("the private key is no RSA key")
    algorithms: dict[str, hashes.HashAlgorithm] = {
        "sha1": hashes.SHA1(),
        "sha256": hashes.SHA256(),
        "sha512": hashes.SHA512(),
    }
    return key.sign(data, padding.PKCS1v15(), algorithms[hash_name])


def _labelled(text: str) -> tuple[str, str] | None:
    """The label and the content of the first PEM block, in one pass over the text."""
    last = {edge[2]: edge.start() for edge in _EDGE.finditer(text) if edge[1] == "END"}
    for edge in _EDGE.finditer(text):
        if edge[1] == "BEGIN" and last.get(edge[2], -1) >= edge.end():
            return edge[2], text[edge.end() : text.index(f"-----END {edge[2]}-----", edge.end())]
    return None
