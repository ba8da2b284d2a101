"""Throw-away certificates for a deployment on this host."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
AUTHORITY = "privbench authority"
SERVER = "superlink"
DAYS = 7  # that a certificate is valid for


def write(folder: Path) -> None:
    """Write an authority, ca.crt, and a certificate of it for this host: server.pem, server.key."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority = _draft(AUTHORITY, authority_key, authority_key, is_authority=True)
    server = _for_this_host(_draft(SERVER, server_key, authority_key, is_authority=False))
    pem = serialization.Encoding.PEM
    for draft, name in ((authority, "ca.crt"), (server, "server.pem")):
        signed = draft.sign(authority_key, hashes.SHA256())
        (folder / name).write_bytes(signed.public_bytes(pem))
    key = folder / "server.key"
    key.touch(0o600)  # before the key is in it
    key.write_bytes(
        server_key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _draft(name: str, key: Any, authority_key: Any, *, is_authority: bool) -> Any:
    """A certificate of the authority that is not signed yet."""
    from cryptography import x509

    public = key.public_key()
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    subject_id = x509.SubjectKeyIdentifier.from_public_key(public)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(_common_name(name))
        .issuer_name(_common_name(AUTHORITY))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + DAYS * day)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(_usage(is_authority), critical=True)
        .add_extension(subject_id, critical=False)
        .add_extension(issuer_id, critical=False)
    )


def _usage(is_authority: bool) -> Any:
    """What the key may do: an authority's signs certificates, a server's signs its messages."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _for_this_host(draft: Any) -> Any:
    """The draft of a server's certificate, valid under the names of this host."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    address = x509.IPAddress(ipaddress.ip_address(HOST))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), address])
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return draft.add_extension(names, critical=False).add_extension(server, critical=False)


def _common_name(text: str) -> Any:
    """A subject or issuer of this name."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
