"""A certificate authority of the installation's own, and the servers' certificates from it.

For one machine. In a cluster, the council's own authority does this.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.local.private import write_private

AUTHORITY_LASTS, SERVER_LASTS = timedelta(days=3650), timedelta(days=365)
RENEW_BEFORE = timedelta(days=30)


def make_certificates(directory: Path, servers: Iterable[str], now: datetime) -> None:
    """Write `ca.crt` and, for each server, `<name>.crt` and `<name>.key`.

    What is there stays, unless it ends within 30 days of `now`.
    """
    if not _lasts(directory / "ca.crt", now):
        for old in directory.glob("*.crt"):
            old.unlink()
        _make_authority(directory, now)
    for name in servers:
        if not _lasts(directory / f"{name}.crt", now):
            _make_server(directory, name, now)


def _lasts(path: Path, now: datetime) -> bool:
    if not path.exists():
        return False
    return (
        x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc > now + RENEW_BEFORE
    )


def _make_authority(directory: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name("provider-quality authority")
    certificate = (
        _builder(subject, subject, key, now, AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(directory, "ca", key, certificate)


def _make_server(directory: Path, name: str, now: datetime) -> None:
    authority = x509.load_pem_x509_certificate((directory / "ca.crt").read_bytes())
    authority_key = load_pem_private_key((directory / "ca.key").read_bytes(), None)
    if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is not one of ours")
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(name), x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        _builder(_name(name), authority.subject, key, now, SERVER_LASTS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    _write(directory, name, key, certificate)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # clocks differ
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write(
    directory: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
) -> None:
    # PKCS 8, which is the form that Kafka reads.
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(directory / f"{name}.key", pem.decode())
    write_private(directory / f"{name}.crt", certificate.public_bytes(Encoding.PEM).decode())
