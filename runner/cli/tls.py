"""TLS options of the command line: client certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.errors import HtrunError, InputError, UsageError
from runner.parse.text import read_json
from runner.transport.tls import ClientCertificate, certificates_from_json


def client_certificates(options: Mapping[str, Any]) -> tuple[ClientCertificate, ...]:
    """Certificates from ``--ssl-client-cert-list`` are tried first, the single one is for all other
    URLs (newman, lib/run/index.js).

    Raises:
        HtrunError: the list cannot be used (exit code 1, as in Newman).
        UsageError: a key without a certificate.
    """
    certificates = _listed(options["ssl_client_cert_list"])
    cert, key = options["ssl_client_cert"], options["ssl_client_key"]
    if key and not cert:
        raise UsageError("--ssl-client-key needs --ssl-client-cert")
    if cert:
        single = ClientCertificate(cert=cert, key=key, passphrase=options["ssl_client_passphrase"])
        certificates = (*certificates, single)
    return certificates


def _listed(path: str | None) -> tuple[ClientCertificate, ...]:
    if not path:
        return ()
    try:
        return certificates_from_json(read_json(path))
    except (ValueError, InputError) as error:
        place = "" if isinstance(error, InputError) else f"{path}: "
        raise HtrunError(f"{place}{error} (--ssl-client-cert-list)") from None
