"""JSON Web Tokens (library: PyJWT for the signatures).

The text that is signed is put together here and not by PyJWT, which would add ``typ``, sort the header
and escape what is not ASCII: the token is then not the one that Postman makes of the same settings.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from runner.auth.interface import AuthError

SYMMETRIC = ("HS256", "HS384", "HS512")
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_CURVES = {"ES256": 256, "ES384": 384, "ES512": 521}


def encode(header: Mapping[str, Any], payload: Mapping[str, Any], key: str | bytes) -> str:
    """The compact form of a token; ``header["alg"]`` says how ``key`` (a secret, or a PEM) is used.

    Raises:
        AuthError: the key does not fit the algorithm.
    """
    from jwt import get_algorithm_by_name
    from jwt.exceptions import PyJWTError

    name = header["alg"]
    signed = f"{_part(header)}.{_part(payload)}"
    try:
        algorithm = get_algorithm_by_name(name)
        prepared = algorithm.prepare_key(key if name in SYMMETRIC else _private_key(name, str(key)))
        signature = algorithm.sign(signed.encode("ascii"), prepared)
    except (PyJWTError, ValueError, TypeError) as error:
        raise AuthError(f"the key does not fit {name}: {error}") from error
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _private_key(name: str, pem: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    from runner.auth.keys import load_private_key

    key = load_private_key(pem)
    if name in _CURVES:
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.key_size != _CURVES[name]:
            raise AuthError(f"the private key is no key of the curve P-{_CURVES[name]}, which {name} needs")
    elif not isinstance(key, rsa.RSAPrivateKey):
        raise AuthError(f"the private key is no RSA key, which {name} needs")
    return key


def _part(value: Mapping[str, Any]) -> str:
    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).rstrip(b"=").decode()


def _plain(value: Any) -> Any:
    """Numbers as JavaScript writes them: ``1.0`` is ``1``."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value
