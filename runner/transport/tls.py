"""TLS: what is trusted, what is shown, which versions and ciphers are spoken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from runner.model.collection import Json
from runner.model.records import dataclass, replace
from runner.transport.url_match import matches_any
from runner.transport.urls import WireUrl

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate to show to the servers that ``matches`` name: PEM files, or one PFX file.

    ``*_text`` hold contents that stand in the collection itself; ``own``: the collection names it, not the user.
    """

    matches: tuple[str, ...] = ("<all_urls>",)
    cert: str | None = None
    key: str | None = None
    pfx: str | None = None
    passphrase: str | None = None
    cert_text: str | None = None
    key_text: str | None = None
    name: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class TlsProfile:
    """All that makes one TLS context differ from another. Connections are shared only within one profile."""

    verify: bool = True
    certificate: ClientCertificate | None = None
    disabled_protocols: tuple[str, ...] = ()
    ciphers: tuple[str, ...] = ()


def certificates_from_json(rows: Json) -> tuple[ClientCertificate, ...]:
    """The entries of a ``--ssl-client-cert-list`` file (or of a collection's ``certificate``):
    ``[{name, matches: [pattern], key: {src}, cert: {src}, pfx: {src}, passphrase}]``.

    Raises:
        ValueError: it is no list.
    """
    if not isinstance(rows, list):
        raise ValueError("expected ssl client certificates list to be an array.")
    return tuple(_certificate(row) for row in rows if isinstance(row, Mapping))


def _certificate(row: Mapping[str, Any]) -> ClientCertificate:
    def part(name: str, field: str) -> str | None:
        value = row.get(name)
        value = value.get(field) if isinstance(value, Mapping) else value if field == "src" else None
        return value if isinstance(value, str) else None

    matches = row.get("matches")
    texts = (m.get("pattern") if isinstance(m, Mapping) else m for m in matches if m) if matches else ()
    passphrase = row.get("passphrase")
    return ClientCertificate(
        tuple(str(text) for text in texts),
        part("cert", "src"),
        part("key", "src"),
        part("pfx", "src"),
        passphrase if isinstance(passphrase, str) else None,
        part("cert", "value"),
        part("key", "value"),
        str(row["name"]) if row.get("name") else None,
    )


def profile_for(
    url: WireUrl,
    certificates: Iterable[ClientCertificate],
    verify: bool,
    behavior: Mapping[str, Json],
    own: Mapping[str, Json] | None,
) -> TlsProfile:
    """The profile for a request: the first certificate that matches its URL, and the tls* keys of its
    protocolProfileBehavior. A certificate that the request names itself comes after those of the run."""
    found = next((one for one in certificates if matches_any(one.matches, url)), None)
    if found is None and own:
        found = replace(_certificate(own), own=True)
    return TlsProfile(verify, found, _texts(behavior, "tlsDisabledProtocols"), _texts(behavior, "tlsCipherSelection"))


def _texts(behavior: Mapping[str, Json], key: str) -> tuple[str, ...]:
    value = behavior.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
