"""What stands behind the names that Node has for network errors, and what helps."""

from __future__ import annotations

from collections.abc import Iterator

from runner.model.exchange import NetworkError

_TRUST = "trust who signed it with --ssl-extra-ca-certs FILE, or verify nothing with --insecure"
_CLIENT = "it may want a client certificate: --ssl-client-cert FILE --ssl-client-key FILE"
_ANSWER = "the server broke off before its answer was complete"

#: code, or the beginning of one, to explanation; the first that fits
_CODES = (
    ("ENOTFOUND", "no such host: is the name right, and is there a network?"),
    ("EAI_AGAIN", "the name server does not answer: is there a network?"),
    ("EHOSTUNREACH", "there is no way to this host from here"),
    ("ENETUNREACH", "there is no way to this host from here"),
    ("ESOCKETTIMEDOUT", "the answer was not complete within the time limit (--timeout-request)"),
    ("ETIMEDOUT", "there was no connection within the time limit"),
    ("EDEADLINE", "the time limit of the run had passed (--timeout)"),
    ("DEPTH_ZERO_SELF_SIGNED_CERT", f"the server's certificate is signed by itself: {_TRUST}"),
    ("SELF_SIGNED_CERT_IN_CHAIN", f"the server's certificate is signed by an unknown authority: {_TRUST}"),
    ("UNABLE_TO_", f"the server's certificate is signed by an unknown authority: {_TRUST}"),
    ("CERT_HAS_EXPIRED", "the server's certificate is too old; --insecure verifies nothing"),
    ("CERT_NOT_YET_VALID", "the server's certificate is not valid yet: is the clock right?"),
    ("ERR_TLS_CERT_ALTNAME", "the server's certificate is for another host; --insecure verifies nothing"),
    ("HPE_HEADER_OVERFLOW", "the headers of an answer may take up to 128 KiB"),
    ("HPE_", "what came is no proper HTTP/1.1; protocolProfileBehavior.insecureHTTPParser reads some of it"),
    ("Z_", "the body is not what its Content-Encoding says"),
    ("ERR__ERROR_FORMAT", "the body is not what its Content-Encoding says"),
)
#: part of a message to explanation, where the code says too little
_MESSAGES = (
    ("alert certificate required", _CLIENT),
    ("alert bad certificate", _CLIENT),
    ("alert handshake failure", f"the server refused the handshake: {_CLIENT}"),
    ("protocol version", "server and htrun have no TLS version in common: TLS 1.2 and 1.3 are spoken"),
    ("unsupported protocol", "server and htrun have no TLS version in common: TLS 1.2 and 1.3 are spoken"),
    ("wrong version number", "the server does not speak TLS on this port: is it http, or another port?"),
    ("before secure TLS connection", "the server, or something on the way, ended the handshake"),
    ("tunneling socket", "this is the proxy of HTTPS_PROXY, HTTP_PROXY or of the collection"),
    ("maxRedirects", "10 redirects are followed, if protocolProfileBehavior.maxRedirects does not say otherwise"),
    ("socket hang up", "the server closed the connection without an answer"),
    ("read ECONNRESET", _ANSWER),
    ("write EPIPE", _ANSWER),
    ("aborted", _ANSWER),
)


def explained(error: NetworkError) -> Iterator[str]:
    """A line about an error, if there is something to say that its message does not."""
    found = next((text for part, text in _MESSAGES if part in error.message), None)
    code = error.code or ""
    found = found or next((text for start, text in _CODES if code.startswith(start)), None)
    if found is not None:
        yield found
