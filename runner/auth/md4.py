"""MD4 (RFC 1320), which NTLM hashes passwords with.

Of our own, because OpenSSL 3 gives it to hashlib no longer, and cryptography never had it.
"""

from __future__ import annotations

import struct

_WORD = 0xFFFFFFFF
#: One row per round: the added constant, the order of the words, the four rotations.
_ROUNDS = (
    (0x00000000, (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), (3, 7, 11, 19)),
    (0x5A827999, (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), (3, 5, 9, 13)),
    (0x6ED9EBA1, (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), (3, 9, 11, 15)),
)


def md4(data: bytes) -> bytes:
    """The 16 bytes of the hash."""
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + struct.pack("<Q", len(data) * 8)
    state = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
    for start in range(0, len(padded), 64):
        words = struct.unpack_from("<16I", padded, start)
        a, b, c, d = state
        for number, (constant, order, rotations) in enumerate(_ROUNDS):
            for step, index in enumerate(order):
                mixed = (a + _mix(number, b, c, d) + words[index] + constant) & _WORD
                rotation = rotations[step % 4]
                a, b, c, d = d, ((mixed << rotation) | (mixed >> (32 - rotation))) & _WORD, b, c
        state = tuple((old + new) & _WORD for old, new in zip(state, (a, b, c, d), strict=True))  # type: ignore[assignment]
    return struct.pack("<4I", *state)


def _mix(number: int, x: int, y: int, z: int) -> int:
    if number == 0:
        return (x & y) | (~x & z)
    if number == 1:
        return (x & y) | (x & z) | (y & z)
    return x ^ y ^ z
