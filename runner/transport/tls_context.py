"""SSL contexts for TLS profiles."""

from __future__ import annotations

import os
import ssl
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runner.transport.errors import fail
from runner.transport.files import FileReader, FileReadError
from runner.transport.tls import ClientCertificate, TlsProfile, Warn

_PROTOCOLS = {
    "SSLv2": ssl.OP_NO_SSLv2,
    "SSLv3": ssl.OP_NO_SSLv3,
    "TLSv1": ssl.OP_NO_TLSv1,
    "TLSv1_1": ssl.OP_NO_TLSv1_1,
    "TLSv1_2": ssl.OP_NO_TLSv1_2,
    "TLSv1_3": ssl.OP_NO_TLSv1_3,
}


def make_context(profile: TlsProfile, authorities: str, extra: str | None, files: FileReader, warn: Warn) -> Any:
    """An SSL context.

    Args:
        authorities: path of the bundle of trusted authorities.
        extra: file with more of them (``--ssl-extra-ca-certs``); NODE_EXTRA_CA_CERTS is heeded too.

    Raises:
        TransportError: the certificate, its key or the ciphers cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if profile.verify:
        context.load_verify_locations(authorities)
        for name in (os.environ.get("NODE_EXTRA_CA_CERTS"), extra):
            if name:
                _trust(context, files.trusting.resolve(name) if name is extra else Path(name), warn)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():  # there is no other way to leave out one in the middle
        warnings.simplefilter("ignore", DeprecationWarning)
        for protocol in profile.disabled_protocols:
            context.options |= _PROTOCOLS.get(protocol, 0)
    # OpenSSL has a list of its own for TLS 1.3, which Python leaves at its default.
    old = [cipher for cipher in profile.ciphers if not cipher.startswith("TLS_")]
    if old:
        try:
            context.set_ciphers(":".join(old))
        except ssl.SSLError:
            raise fail("error:0A0000B9:SSL routines::no cipher match", "ERR_SSL_NO_CIPHER_MATCH") from None
    if profile.certificate is not None:
        _show(context, profile.certificate, files if profile.certificate.own else files.trusting, warn)
    return context


def _trust(context: ssl.SSLContext, path: Path, warn: Warn) -> None:
    try:
        context.load_verify_locations(path)
    except (OSError, ssl.SSLError) as error:
        reason = "no certificates in it" if isinstance(error, ssl.SSLError) else error.strerror
        warn(f"extra CA certificates {path} are not used: {reason}")


def _show(context: ssl.SSLContext, certificate: ClientCertificate, files: FileReader, warn: Warn) -> None:
    def content(kind: str, src: str | None, text: str | None = None) -> bytes | None:
        if text is not None or not src:
            return None if text is None else text.encode()
        try:
            return files.read(src)
        except FileReadError as error:
            warn(f'certificate "{kind}" load error:  {error}')
            return None

    passphrase = certificate.passphrase or ""
    pfx = content("pfx", certificate.pfx)
    key = content("key", certificate.key, certificate.key_text)
    cert = content("cert", certificate.cert, certificate.cert_text)
    if pfx is not None:
        cert, key, passphrase = _open_pfx(pfx, passphrase)
    if cert is None or key is None:  # as in Newman, one without the other is nothing
        return
    if b"CERTIFICATE-----" not in cert or b"PRIVATE KEY-----" not in key:
        raise fail("error:0480006C:PEM routines::no start line", "ERR_OSSL_PEM_NO_START_LINE")
    with _as_file(cert) as cert_path, _as_file(key) as key_path:
        try:
            # A function, because with None OpenSSL would ask on the terminal.
            context.load_cert_chain(cert_path, key_path, lambda: passphrase)
        except (ssl.SSLError, ValueError) as error:
            if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
                message = "error:05800074:x509 certificate routines::key values mismatch"
                raise fail(message, "ERR_OSSL_X509_KEY_VALUES_MISMATCH") from None
            raise fail("error:1C800064:Provider routines::bad decrypt", "ERR_OSSL_BAD_DECRYPT") from None


def _open_pfx(data: bytes, passphrase: str) -> tuple[bytes | None, bytes | None, str]:
    """A PFX file as PEM: certificate with its chain, key, passphrase of the key."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

    try:
        key, cert, chain = pkcs12.load_key_and_certificates(data, passphrase.encode() if passphrase else None)
    except ValueError as error:
        wrong_password = "password" in str(error).lower() or "mac" in str(error).lower()
        raise fail("mac verify failure" if wrong_password else "not enough data") from None
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in (cert, *chain) if one is not None)
    if key is None or cert is None:
        return None, None, ""
    return pem, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), ""


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """``data`` in a file that only this user can read, for OpenSSL, which reads nothing else."""
    handle, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        yield path
    finally:
        os.unlink(path)
