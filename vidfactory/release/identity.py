"""Whom a film's credentials name: a certificate with its private key.

Belongs here: reading one that an authority has issued, and making the studio's own. Does not belong here: what is
signed with it (`credentials`), and which one a studio uses (the settings).

The studio's own certificate proves that a film left this studio as it is, to whoever has its certificate. It does
not prove who the studio is: for that, one that an authority has issued is named in the settings.
"""

import datetime as dt
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vidfactory.errors import BadInput, disk_errors
from vidfactory.files import staging

OWN_YEARS = 20
"""How long the studio's own certificate is valid. Without a clock that vouches for it, a signature ends with it."""
_CLOCKS_DIFFER = dt.timedelta(days=1)
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_OWNER_ONLY = 0o600
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Identity:
    """certificates: as PEM, the one that signs first, then those that vouch for it. key: its private key as PEM,
    which no repr shows. algorithm: C2PA's name of how it signs, such as `es256`. where: the file, for errors.
    """

    certificates: str
    key: str = field(repr=False)
    algorithm: str
    where: str


@dataclass(frozen=True)
class Signatory:
    """Who signs: the identity that the settings name or, where they are None, the studio's own in `own_file`."""

    own_file: Path
    certificate: Path | None = None
    key_file: Path | None = None

    def identity(self, now: dt.datetime) -> Identity:
        """The identity that signs at `now`; BadInput naming the file that cannot be used, and why."""
        if self.certificate and self.key_file:
            return read_identity(self.certificate, self.key_file, now)
        return own_identity(self.own_file, now)


def read_identity(certificate: Path, key_file: Path, now: dt.datetime) -> Identity:
    """The identity in two PEM files, which may be one.

    BadInput where a file is missing or no PEM, where the key is locked, of a kind that cannot sign or not that of the
    certificate, or where the certificate is not valid at `now`.
    """
    certificates = _certificates(certificate)
    signing, where = certificates[0], str(certificate)
    if not signing.not_valid_before_utc <= now <= signing.not_valid_after_utc:
        begins, ends = signing.not_valid_before_utc, signing.not_valid_after_utc
        raise BadInput(
            f"the certificate is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}, and it is {now:%Y-%m-%d}",
            where=where,
            remedy="Have it renewed, or set the clock; the studio's own is made anew when its file is removed",
        )
    key = _private_key(key_file)
    if key.public_key() != signing.public_key():
        raise BadInput(
            f"the key in {key_file} is not that of the certificate",
            where=where,
            remedy="Name the two that belong together; the certificate that signs stands first in its file",
        )
    return Identity(
        certificates="".join(each.public_bytes(_PEM).decode() for each in certificates),
        key=_as_pem(key),
        algorithm=_algorithm(key, key_file),
        where=where,
    )


def own_identity(file: Path, now: dt.datetime) -> Identity:
    """The studio's own identity in `file`, made at `now` where there is none; only its owner may read the file.

    Where several processes make one at once, all use the one that was there first.
    """
    if not file.exists():
        with disk_errors(str(file)):
            file.parent.mkdir(parents=True, exist_ok=True)
            with staging(file) as temporary:
                _write_for_owner(temporary, new_identity(now))
                with suppress(FileExistsError):
                    os.link(temporary, file)  # unlike a rename it replaces none that came in between
    return read_identity(file, file, now)


def new_identity(now: dt.datetime) -> str:
    """A private key, its certificate, and that of an authority that vouched for it alone, as one PEM text."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key, now)
    signing = _signing(key, authority, authority_key, now)
    return _as_pem(key) + "".join(each.public_bytes(_PEM).decode() for each in (signing, authority))


def _authority(key: ec.EllipticCurvePrivateKey, now: dt.datetime) -> x509.Certificate:
    name = _name("vidfactory local authority")
    usage = _usage(vouches=True)
    return _begun(name, name, key, key, now).add_extension(usage, critical=True).sign(key, hashes.SHA256())


def _signing(
    key: ec.EllipticCurvePrivateKey, authority: x509.Certificate, its_key: ec.EllipticCurvePrivateKey, now: dt.datetime
) -> x509.Certificate:
    """A certificate as C2PA's profile wants one: for digital signatures, and with a purpose that it knows."""
    begun = _begun(_name("vidfactory studio"), authority.subject, key, its_key, now)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    certificate = begun.add_extension(_usage(vouches=False), critical=True).add_extension(purpose, critical=False)
    return certificate.sign(its_key, hashes.SHA256())


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuers_key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.CertificateBuilder:
    issued = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuers_key.public_key())
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + dt.timedelta(days=365 * OWN_YEARS))
        .add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issued, critical=False)
    )


def _usage(*, vouches: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not vouches,
        key_cert_sign=vouches,
        crl_sign=vouches,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "vidfactory")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificates(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_content(file))
    except ValueError as error:
        raise BadInput(
            "there is no certificate in it", where=str(file), remedy="Give a PEM file, the one that signs first"
        ) from error


def _private_key(file: Path) -> PrivateKeyTypes:
    """What `cryptography` says of a key that it cannot read may hold a part of it, so nothing of it is repeated."""
    try:
        return serialization.load_pem_private_key(_content(file), password=None)
    except TypeError:
        what = "the private key is locked with a password"
    except (ValueError, UnsupportedAlgorithm):
        what = "there is no private key in it"
    raise BadInput(what, where=str(file), remedy="Give a PEM file with the private key, without a password")


def _algorithm(key: object, file: Path) -> str:
    match key:
        case ec.EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            return _CURVES[key.curve.name]
        case ed25519.Ed25519PrivateKey():
            return "ed25519"
        case rsa.RSAPrivateKey():
            return "ps256"
    raise BadInput(
        "C2PA knows no signatures with a key of this kind",
        where=str(file),
        remedy="Use one on the curve P-256, P-384 or P-521, of Ed25519, or of RSA",
    )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(
            f"it cannot be read: {error.strerror}", where=str(file), remedy="Correct its name or its rights"
        ) from error


def _as_pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def _write_for_owner(path: Path, text: str) -> None:
    """Write a new file that nobody else could read at any moment."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
