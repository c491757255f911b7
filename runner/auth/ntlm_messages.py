"""The three messages of NTLM ([MS-NLMP] 2.2.1), to the byte as Newman writes them.

Of our own, because the libraries choose flags, version, names and integrity code themselves, so that no
message of theirs is the one that Newman sends. What is hashed and encrypted is section 3.3 of the same text.
"""

from __future__ import annotations

import hashlib
import hmac
import struct

from runner.auth.interface import AuthError
from runner.auth.md4 import md4
from runner.model.records import dataclass

_SIGNATURE = b"NTLMSSP\0"
_VERSION = struct.pack("<BBHBBBB", 5, 1, 2600, 0, 0, 0, 15)  # Windows XP; the last byte is the revision of NTLM

_UNICODE = 0x00000001
_OEM = 0x00000002
_REQUEST_TARGET = 0x00000004
_NTLM = 0x00000200
_DOMAIN_SUPPLIED = 0x00001000
_WORKSTATION_SUPPLIED = 0x00002000
_ALWAYS_SIGN = 0x00008000
_EXTENDED_SECURITY = 0x00080000
_TARGET_INFO = 0x00800000
_NEGOTIATE_VERSION = 0x02000000
_KEY_128 = 0x20000000
_KEY_56 = 0x80000000
_COMMON = _REQUEST_TARGET | _NTLM | _ALWAYS_SIGN | _EXTENDED_SECURITY | _NEGOTIATE_VERSION | _KEY_128 | _KEY_56

_EPOCH = 11_644_473_600_000  #: milliseconds from 1601, where Windows starts to count, to 1970
#: What JavaScript's ``escape`` leaves as it is; Newman writes the names of domain and workstation with it.
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@*_+-./")


@dataclass(frozen=True, slots=True)
class Challenge:
    """Message 2: what the server can do, its eight random bytes, and what it says of itself."""

    flags: int
    nonce: bytes
    target_info: bytes | None = None

    @property
    def strong(self) -> bool:
        """NTLMv2 is possible; everything older can be deciphered by who listens."""
        return bool(self.flags & _EXTENDED_SECURITY) and self.target_info is not None


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in, and from where."""

    username: str = ""
    password: str = ""
    domain: str = ""
    workstation: str = ""


def message_1(login: Login) -> bytes:
    domain, workstation = (_name(text).encode("ascii") for text in (login.domain, login.workstation))
    flags = _UNICODE | _OEM | _WORKSTATION_SUPPLIED | _COMMON | (_DOMAIN_SUPPLIED if domain else 0)
    head = _SIGNATURE + struct.pack("<II", 1, flags)
    head += _field(domain, 40 + len(workstation)) + _field(workstation, 40) + _VERSION
    return head + workstation + domain


def read_message_2(message: bytes) -> Challenge:
    """Reads what a server sent.

    Raises:
        AuthError: it is no message 2.
    """
    try:
        kind, flags, nonce = struct.unpack_from("<8xI8xI8s", message)
        target_info = None
        if flags & _TARGET_INFO:
            length, start = struct.unpack_from("<H2xI", message, 40)
            target_info = message[start : start + length]
    except struct.error as error:
        raise AuthError("the message is too short") from error
    if kind & 0xFFFF != 2:
        raise AuthError("the message is of another type")
    return Challenge(flags, nonce, target_info)


def message_3(login: Login, challenge: Challenge, client_nonce: bytes, now: float) -> bytes:
    """The answer to a challenge.

    Args:
        client_nonce: eight random bytes.
        now: epoch seconds.
    """
    unicode = challenge.flags & _UNICODE
    encode = _utf16 if unicode else _low_bytes
    domain, workstation = _name(login.domain), _name(login.workstation)
    lm, nt = _responses(login, domain, challenge, client_nonce, now)
    parts = [encode(domain), encode(login.username), encode(workstation), lm, nt, b""]
    starts = [72 + sum(map(len, parts[:index])) for index in range(len(parts))]
    domain_at, user_at, workstation_at, lm_at, nt_at, key_at = map(_field, parts, starts)
    flags = _COMMON | _TARGET_INFO | (_UNICODE if unicode else 0)
    head = _SIGNATURE + struct.pack("<I", 3) + lm_at + nt_at + domain_at + user_at + workstation_at + key_at
    return head + struct.pack("<I", flags) + _VERSION + b"".join(parts)


def _responses(login: Login, domain: str, challenge: Challenge, client_nonce: bytes, now: float) -> tuple[bytes, bytes]:
    """The answers to the challenge, for LM and for NT: by NTLMv2 if the server describes itself, else by what
    came before it, as Newman does (and curl)."""
    password = md4(_utf16(login.password))
    if not challenge.flags & _EXTENDED_SECURITY:
        return _des_response(_lm_hash(login.password), challenge.nonce), _des_response(password, challenge.nonce)
    if challenge.target_info is None:
        mixed = hashlib.md5(challenge.nonce + client_nonce, usedforsecurity=False).digest()
        return client_nonce + bytes(16), _des_response(password, mixed[:8])
    key = _hmac(password, _utf16(login.username.upper() + domain))
    time = struct.pack("<Q", (int(now * 1000) + _EPOCH) * 10_000)
    described = b"\1\1" + bytes(6) + time + client_nonce + bytes(4) + challenge.target_info + bytes(4)
    return (
        _hmac(key, challenge.nonce + client_nonce) + client_nonce,
        _hmac(key, challenge.nonce + described) + described,
    )


def _lm_hash(password: str) -> bytes:
    key = _low_bytes(password.upper())[:14].ljust(14, b"\0")
    return _des(key[:7], b"KGS!@#$%") + _des(key[7:], b"KGS!@#$%")


def _des_response(key: bytes, challenge: bytes) -> bytes:
    key = key.ljust(21, b"\0")
    return b"".join(_des(key[start : start + 7], challenge) for start in (0, 7, 14))


def _des(key: bytes, block: bytes) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    bits = int.from_bytes(key, "big")
    with_parity = bytes((bits >> shift & 0x7F) << 1 for shift in range(49, -1, -7))
    try:
        # three times the same key is the single DES that NTLMv1 wants
        return Cipher(TripleDES(with_parity * 3), modes.ECB()).encryptor().update(block)
    except UnsupportedAlgorithm as error:
        raise AuthError("the server wants NTLMv1, and this OpenSSL has no DES") from error


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "md5")


def _field(value: bytes, start: int) -> bytes:
    return struct.pack("<HHI", len(value) & 0xFFFF, len(value) & 0xFFFF, start)


def _name(text: str) -> str:
    units = struct.iter_unpack("<H", _utf16(text.upper()))
    return "".join(
        chr(unit) if unit in _PLAIN else f"%{unit:02X}" if unit < 256 else f"%u{unit:04X}" for (unit,) in units
    )


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _low_bytes(text: str) -> bytes:
    """The lower half of each UTF-16 unit: what Node calls ASCII."""
    return _utf16(text)[::2]
