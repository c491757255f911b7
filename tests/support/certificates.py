"""Certificates for tests: an authority, a server on loopback, a client. Made anew where they are not yet there."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

PASSPHRASE = "open sesame"
FILES = ("ca.pem", "server.pem", "client.pem", "client.key", "client-locked.key", "client.pfx")


def make(directory: Path) -> Path:
    """Writes ``FILES`` to ``directory`` unless they are there, and returns it."""
    if all((directory / name).exists() for name in FILES):
        return directory
    directory.mkdir(parents=True, exist_ok=True)
    root_key, root = issue("Loopback authority")
    key, server = issue("loopback", root, root_key)
    (directory / "ca.pem").write_bytes(pem(root))
    (directory / "server.pem").write_bytes(pem(server) + private(key))
    key, client = issue("the client", root, root_key)
    (directory / "client.pem").write_bytes(pem(client))
    (directory / "client.key").write_bytes(private(key))
    lock = BestAvailableEncryption(PASSPHRASE.encode())
    (directory / "client-locked.key").write_bytes(private(key, lock))
    (directory / "client.pfx").write_bytes(pkcs12.serialize_key_and_certificates(b"client", key, client, None, lock))
    return directory


def server_context(directory: Path) -> ssl.SSLContext:
    """TLS for the server; it asks clients for a certificate and takes those without one too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem")
    context.load_verify_locations(directory / "ca.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def issue(
    name: str,
    issuer: x509.Certificate | None = None,
    issuer_key: ec.EllipticCurvePrivateKey | None = None,
    *,
    days: tuple[int, int] = (-1, 365),
    host: str | None = None,
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A key and its certificate, signed by itself if there is no issuer.

    Args:
        days: first and last of its validity, from today.
        host: what it is for; loopback by default.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    addresses = [x509.IPAddress(ipaddress.ip_address(f"127.0.0.{n}")) for n in (1, 2)]
    hosts = [x509.DNSName(host)] if host else [x509.DNSName("localhost"), *addresses]
    authority = issuer is None and host is None and name.endswith("authority")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    signer = issuer_key or key
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
    )
    return key, builder.sign(signer, hashes.SHA256())


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def private(key: ec.EllipticCurvePrivateKey, lock: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption())
