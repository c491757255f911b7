"""Connections with TLS: urllib3's, in the pools of adapters of requests, with our bytes on them.

Importing all of this takes as long as a run of plain requests, so it is done when the first one needs it.
"""

from __future__ import annotations

import socket
import ssl
import time
from errno import EPIPE
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from runner.model.exchange import NetworkError, Tls
from runner.transport.connections import WireConnection
from runner.transport.errors import TransportError, system_error, tls_error

_ORIGINS = 1024  #: origins that an adapter keeps pools for


class SecureConnection(WireConnection, HTTPSConnection):
    """A TLS connection, maybe through a proxy."""

    fresh_until: float | None = None
    address: str | None = None
    secured: Tls | None = None
    _connected_at: float

    def ask_for_tunnel(self, host: str, port: int, proxy_scheme: str, headers: tuple[tuple[str, str], ...]) -> None:
        """See ``PlainConnection``."""
        self.set_tunnel(host, port, scheme=proxy_scheme)
        self.connect_headers = headers

    def _new_conn(self) -> socket.socket:
        sock = self.open_socket(self._dns_host)
        self._connected_at = time.perf_counter()
        sock.settimeout(self.limits.remaining())
        return sock

    def connect(self) -> None:
        try:
            HTTPSConnection.connect(self)
        except TransportError:
            raise
        except TimeoutError:
            raise self.limits.expired("tls") from None
        except Exception as error:  # urllib3 wraps what OpenSSL says in its own errors
            cause = error if isinstance(error, OSError) else next(iter(error.args), error)
            raise TransportError(tls_error(cause if isinstance(cause, Exception) else error)) from None
        self.phases.tls = (time.perf_counter() - self._connected_at) * 1000
        self.secured = _secured(self.sock)

    def close(self) -> None:
        HTTPSConnection.close(self)

    def error_of(self, error: OSError, syscall: str) -> NetworkError:
        if self.is_end(error):
            return system_error(OSError(EPIPE, ""), syscall)
        if isinstance(error, ssl.SSLError):
            return tls_error(error, in_handshake=False)
        return super().error_of(error, syscall)

    def is_end(self, error: OSError) -> bool:
        return isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError))


def _secured(sock: Any) -> Tls | None:
    version, cipher = sock.version(), sock.cipher()
    if not version or not cipher:
        return None
    certificate = sock.getpeercert() or {}  # empty if it was not verified
    return Tls(
        version,
        cipher[0],
        _name(certificate.get("subject", ())),
        _name(certificate.get("issuer", ())),
        certificate.get("notAfter"),
    )


def _name(distinguished: Any) -> str | None:
    """The common name, or what else names somebody in a certificate."""
    found = {key: value for part in distinguished for key, value in part}
    return next((found[key] for key in ("commonName", "organizationName") if key in found), None)


class SecurePool(HTTPSConnectionPool):
    """Connections to one origin."""

    ConnectionCls = SecureConnection

    def take(self) -> Any:
        return self._get_conn()

    def give(self, connection: Any) -> None:
        self._put_conn(connection)


class Adapter(HTTPAdapter):
    """Pools of secure connections that share one TLS context.

    Args:
        context: an ``ssl.SSLContext``.
        max_idle: idle connections kept per origin.
    """

    def __init__(self, context: Any, max_idle: int) -> None:
        self._context = context
        super().__init__(pool_connections=_ORIGINS, pool_maxsize=max_idle)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": SecurePool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, proxy_ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = {"https": SecurePool}
        return manager

    def pool(self, scheme: str, host: str, port: int, proxy: str | None) -> SecurePool:
        """The pool of an origin, through a proxy or not."""
        manager = self.proxy_manager_for(proxy) if proxy else self.poolmanager
        found: SecurePool = manager.connection_from_host(host, port, scheme)
        return found
