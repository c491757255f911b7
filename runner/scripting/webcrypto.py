"""Answers for ``crypto.subtle`` in scripts (https://w3c.github.io/webcrypto/): hashes, HMAC and key derivation.

Pure functions on the JSON that js/src/lazy/crypto.js sends; bytes are base64. A key is the object
``{type, extractable, algorithm, usages, raw}``, which only this module looks into.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_HASHES = {"SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_USAGES = {"HMAC": ("sign", "verify"), "PBKDF2": ("deriveKey", "deriveBits"), "HKDF": ("deriveKey", "deriveBits")}

#: What one operation may take, which nothing can break off: iterations of PBKDF2, for each block that it makes (some
#: seconds; recommended are 210,000 to 1,400,000), and bits of a key.
_MOST_ITERATIONS, _MOST_BITS = 4_000_000, 2**20


class CryptoError(Exception):
    """A DOMException that the script gets."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(message)


def answer(question: Mapping[str, Any]) -> Any:
    """The JSON answer to one operation of ``crypto.subtle``.

    Raises:
        CryptoError: the operation is not supported or its arguments are wrong.
    """
    operation = _OPERATIONS.get(question["operation"])
    if operation is None:
        raise _unsupported(question["operation"])
    try:
        return operation(question)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, MemoryError) as error:
        raise CryptoError("OperationError", f"The operation failed: {error}") from error


def _unsupported(what: str) -> CryptoError:
    return CryptoError("NotSupportedError", f"{what} is not supported in scripts.")


def _hash(name: str) -> str:
    if name not in _HASHES:
        raise CryptoError("NotSupportedError", f"Unrecognized algorithm name: {name}")
    return _HASHES[name]


def _bytes(value: Any) -> bytes:
    return b64decode(value["base64"] if isinstance(value, Mapping) else value)


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _digest(question: Mapping[str, Any]) -> str:
    return _text(hashlib.new(_hash(question["algorithm"]["name"]), _bytes(question["data"])).digest())


def _key(algorithm: Mapping[str, Any], raw: bytes, extractable: bool, usages: Sequence[str]) -> dict[str, Any]:
    name = algorithm["name"]
    allowed = _USAGES.get(name)
    if allowed is None:
        raise _unsupported(name)
    if not usages or not set(usages) <= set(allowed):
        raise CryptoError("SyntaxError", f"Unsupported key usage for a {name} key")
    described: dict[str, Any] = {"name": name}
    if name == "HMAC":
        described |= {"hash": {"name": algorithm["hash"]}, "length": len(raw) * 8}
        _hash(algorithm["hash"])
    return {
        "type": "secret",
        "extractable": extractable,
        "algorithm": described,
        "usages": list(usages),
        "raw": _text(raw),
    }


def _import_key(question: Mapping[str, Any]) -> dict[str, Any]:
    match question["format"]:
        case "raw":
            raw = _bytes(question["data"])
        case "jwk" if question["data"].get("kty") == "oct":
            text = question["data"]["k"]
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        case other:
            raise _unsupported(f"The key format {other}")
    return _key(question["algorithm"], raw, question["extractable"], question["usages"])


def _export_key(question: Mapping[str, Any]) -> Any:
    key = question["key"]
    match question["format"]:
        case "raw":
            return key["raw"]
        case "jwk":
            algorithm = "HS" + key["algorithm"]["hash"]["name"].removeprefix("SHA-")
            encoded = urlsafe_b64encode(_bytes(key["raw"])).rstrip(b"=").decode("ascii")
            return {"kty": "oct", "k": encoded, "alg": algorithm, "key_ops": key["usages"], "ext": key["extractable"]}
        case other:
            raise _unsupported(f"The key format {other}")


def _generate_key(question: Mapping[str, Any]) -> dict[str, Any]:
    algorithm = question["algorithm"]
    if algorithm["name"] != "HMAC":
        raise _unsupported(algorithm["name"])
    size = algorithm.get("length") or hashlib.new(_hash(algorithm["hash"])).block_size * 8
    _require(size <= _MOST_BITS, "the key is too long")
    return _key(algorithm, secrets.token_bytes(size // 8), question["extractable"], question["usages"])


def _mac(question: Mapping[str, Any]) -> bytes:
    key = question["key"]
    if key["algorithm"]["name"] != "HMAC":
        raise _unsupported(key["algorithm"]["name"])
    return hmac.digest(_bytes(key["raw"]), _bytes(question["data"]), _hash(key["algorithm"]["hash"]["name"]))


def _sign(question: Mapping[str, Any]) -> str:
    return _text(_mac(question))


def _verify(question: Mapping[str, Any]) -> bool:
    return hmac.compare_digest(_mac(question), _bytes(question["signature"]))


def _derive(question: Mapping[str, Any], bits: int) -> bytes:
    algorithm, raw = question["algorithm"], _bytes(question["key"]["raw"])
    size = bits // 8
    digest = _hash(algorithm["hash"])
    blocks = -(-size // hashlib.new(digest).digest_size)
    _require(blocks <= 255, "the result is too long")  # RFC 5869 of HKDF
    if algorithm["name"] == "PBKDF2":
        iterations = int(algorithm["iterations"])
        _require(iterations * blocks <= _MOST_ITERATIONS, f"more than {_MOST_ITERATIONS} iterations")
        return hashlib.pbkdf2_hmac(digest, raw, _bytes(algorithm["salt"]), iterations, size)
    key = hmac.digest(_bytes(algorithm["salt"]), raw, digest)  # HKDF, RFC 5869
    block, out = b"", b""
    for count in range(1, blocks + 1):
        block = hmac.digest(key, block + _bytes(algorithm["info"]) + bytes([count]), digest)
        out += block
    return out[:size]


def _require(fits: bool, otherwise: str) -> None:
    if not fits:
        raise CryptoError("OperationError", f"The operation failed: {otherwise}.")


def _derive_bits(question: Mapping[str, Any]) -> str:
    return _text(_derive(question, int(question["length"])))


def _derive_key(question: Mapping[str, Any]) -> dict[str, Any]:
    derived = question["derived"]
    bits = derived.get("length") or hashlib.new(_hash(derived.get("hash", ""))).block_size * 8
    return _key(derived, _derive(question, int(bits)), question["extractable"], question["usages"])


_OPERATIONS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "digest": _digest,
    "importKey": _import_key,
    "exportKey": _export_key,
    "generateKey": _generate_key,
    "sign": _sign,
    "verify": _verify,
    "deriveBits": _derive_bits,
    "deriveKey": _derive_key,
}
