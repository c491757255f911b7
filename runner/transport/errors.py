"""Network errors in the words of Node, which Newman's users and their pipelines know."""

from __future__ import annotations

import errno
import socket

from runner.model.exchange import NetworkError

#: X509 verification results (OpenSSL, x509_vfy.h) by the name that Node gives them.
_CERTIFICATE_CODES = {
    2: "UNABLE_TO_GET_ISSUER_CERT",
    3: "UNABLE_TO_GET_CRL",
    6: "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
    7: "CERT_SIGNATURE_FAILURE",
    9: "CERT_NOT_YET_VALID",
    10: "CERT_HAS_EXPIRED",
    18: "DEPTH_ZERO_SELF_SIGNED_CERT",
    19: "SELF_SIGNED_CERT_IN_CHAIN",
    20: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    21: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    22: "CERT_CHAIN_TOO_LONG",
    23: "CERT_REVOKED",
    24: "INVALID_CA",
    25: "PATH_LENGTH_EXCEEDED",
    26: "INVALID_PURPOSE",
    27: "CERT_UNTRUSTED",
    28: "CERT_REJECTED",
    62: "ERR_TLS_CERT_ALTNAME_INVALID",
    64: "ERR_TLS_CERT_ALTNAME_INVALID",
}
_HOST_MISMATCH = (62, 64)
_UNKNOWN_ISSUER = 20


class TransportError(Exception):
    """A failure that has its ``NetworkError`` already. Never leaves the transport."""

    def __init__(self, error: NetworkError) -> None:
        super().__init__(error.message)
        self.error = error


def fail(message: str, code: str | None = None) -> TransportError:
    return TransportError(NetworkError(message, code))


def system_error(error: OSError, syscall: str, address: str | None = None, port: int | None = None) -> NetworkError:
    """An error of a system call: ``connect ECONNREFUSED 127.0.0.1:1``, ``read ECONNRESET``."""
    number = error.errno or 0
    code = errno.errorcode.get(number) or type(error).__name__
    place = "" if address is None else f" {address}:{port}" if port else f" {address}"  # Node leaves port 0 out
    return NetworkError(f"{syscall} {code}{place}", code, -number if number else None, syscall, address, port)


def lookup_error(error: OSError, host: str) -> NetworkError:
    """A name that could not be resolved: ``getaddrinfo ENOTFOUND nowhere.invalid``."""
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return NetworkError(f"getaddrinfo EAI_AGAIN {host}", "EAI_AGAIN", -3001, "getaddrinfo")
    return NetworkError(f"getaddrinfo ENOTFOUND {host}", "ENOTFOUND", -3008, "getaddrinfo")


def tls_error(error: Exception, in_handshake: bool = True) -> NetworkError:
    """A failed TLS handshake, or a TLS connection that failed later."""
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        number = getattr(error, "verify_code", 0)
        message = str(getattr(error, "verify_message", "") or error)
        if number in _HOST_MISMATCH:
            return NetworkError(
                f"Hostname/IP does not match certificate's altnames: {message}", "ERR_TLS_CERT_ALTNAME_INVALID"
            )
        if number == _UNKNOWN_ISSUER:
            # Node goes on after this error and reports the next one, which for a lone certificate is this:
            return NetworkError("unable to verify the first certificate", "UNABLE_TO_VERIFY_LEAF_SIGNATURE")
        message = message.replace("self signed", "self-signed")
        return NetworkError(message, _CERTIFICATE_CODES.get(number, "ERR_TLS_CERT"))
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, BrokenPipeError)):
        return NetworkError(
            "Client network socket disconnected before secure TLS connection was established", "ECONNRESET"
        )
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        if error.reason == "NO_PROTOCOLS_AVAILABLE":
            return NetworkError(f"error:0A0000BF:SSL routines::{reason}", "ERR_SSL_NO_PROTOCOLS_AVAILABLE")
        if not in_handshake:
            return NetworkError(f"SSL routines::{reason}", f"ERR_SSL_{error.reason or 'FAILED'}")
        return NetworkError(f"write EPROTO SSL routines::{reason}", "EPROTO", -errno.EPROTO, "write")
    if isinstance(error, OSError):
        return system_error(error, "read")
    return NetworkError(str(error))
