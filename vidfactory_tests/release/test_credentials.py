"""Content credentials: what they say, that they hold, and certificates that cannot be used."""

import datetime as dt
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import ValidationError

from vidfactory.definitions import signatory_of
from vidfactory.errors import BadInput, VidfactoryError
from vidfactory.release.credentials import Claim, read_credentials, sign
from vidfactory.release.identity import OWN_YEARS, Identity, Signatory, own_identity, read_identity
from vidfactory.release.makers import Origin
from vidfactory.schema.base import Media
from vidfactory.schema.release import Package
from vidfactory.settings import Settings
from vidfactory_tests.release.finished import NOW, Files

CLAIM = Claim("A title", "algorithm", "1.0", "Made without AI.", "e" * 64, "f" * 64)
PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
OPEN = serialization.NoEncryption()
LONG = dt.timedelta(days=365 * 50)
"""So that the tests hold for years: C2PA looks at the clock of the machine."""
Key = CertificateIssuerPrivateKeyTypes


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return Files(tmp_path_factory.mktemp("film")).film()


@pytest.fixture
def own(tmp_path: Path) -> Identity:
    return own_identity(tmp_path / "credentials" / "studio.pem", NOW)


def issued(
    key: Key,
    folder: Path,
    *,
    begins: dt.timedelta = dt.timedelta(days=-1),
    ends: dt.timedelta = LONG,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
) -> tuple[Path, Path]:
    """A certificate of a channel that an authority has issued for `key`, and the key, as files."""
    authority = ec.generate_private_key(ec.SECP256R1())
    vouching = _certificate("Authority", authority, "Authority", authority, NOW, NOW + LONG, None)
    signing = _certificate("A channel", key, "Authority", authority, NOW + begins, NOW + ends, purpose)
    certificate, key_file = folder / "channel.pem", folder / "channel.key"
    certificate.write_bytes(signing.public_bytes(PEM) + vouching.public_bytes(PEM))
    key_file.write_bytes(key.private_bytes(PEM, PKCS8, OPEN))
    return certificate, key_file


def _certificate(
    subject: str,
    key: Key,
    issuer: str,
    issuers_key: Key,
    begins: dt.datetime,
    ends: dt.datetime,
    purpose: x509.ObjectIdentifier | None,
) -> x509.Certificate:
    vouches = purpose is None
    names = [x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]) for name in (subject, issuer)]
    usage = x509.KeyUsage(
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
    builder = (
        x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number(), begins, ends)
        .add_extension(x509.BasicConstraints(ca=vouches, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuers_key.public_key()), critical=False)
    )
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(issuers_key, hashes.SHA256())


def test_a_signed_film_says_how_it_was_made_and_plays_as_before(film: Media, own: Identity, tmp_path: Path) -> None:
    signed = tmp_path / "signed.mp4"
    sign(film.path, signed, CLAIM, own)
    found = read_credentials(signed)
    assert (found.title, found.software, found.signed_by) == ("A title", "vidfactory", "vidfactory")
    assert found.source_type.endswith("/algorithmicMedia")
    assert found.studio == {"disclosure": "Made without AI.", "edition": "e" * 64, "manifest_sha256": "f" * 64}
    assert packets(signed) == packets(film.path)
    assert [box for box in boxes(signed) if box in {b"moov", b"mdat"}] == [b"moov", b"mdat"]


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        ("ai", "compositeWithTrainedAlgorithmicMedia"),
        ("person", "compositeSynthetic"),
        ("algorithm", "algorithmicMedia"),
    ],
)
def test_what_ai_has_made_is_said_in_iptcs_words(
    film: Media, own: Identity, tmp_path: Path, origin: Origin, kind: str
) -> None:
    signed = tmp_path / "signed.mp4"
    sign(film.path, signed, Claim("T", origin, "1", "d", "e", "f"), own)
    assert read_credentials(signed).source_type == f"http://cv.iptc.org/newscodes/digitalsourcetype/{kind}"


def test_it_is_trusted_by_who_has_the_certificate_and_valid_for_others(
    film: Media, own: Identity, tmp_path: Path
) -> None:
    signed = tmp_path / "signed.mp4"
    sign(film.path, signed, CLAIM, own)
    known = read_credentials(signed, anchors=own.certificates)
    assert (known.state, known.problems) == ("Trusted", ())
    somebody_else = own_identity(tmp_path / "else.pem", NOW).certificates
    unknown = read_credentials(signed, anchors=somebody_else)
    assert (unknown.state, unknown.problems) == ("Valid", ("signingCredential.untrusted",))


def test_one_byte_that_was_altered_is_found(film: Media, own: Identity, tmp_path: Path) -> None:
    signed = tmp_path / "signed.mp4"
    sign(film.path, signed, CLAIM, own)
    content = bytearray(signed.read_bytes())
    content[-20] ^= 1
    signed.write_bytes(content)
    found = read_credentials(signed)
    assert found.state == "Invalid"
    assert "assertion.bmffHash.mismatch" in found.problems


def test_a_film_without_credentials_says_so(film: Media) -> None:
    with pytest.raises(VidfactoryError, match="no content credentials"):
        read_credentials(film.path)


@pytest.mark.parametrize(
    "key",
    [
        lambda: ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate,
        lambda: rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-384", "Ed25519", "RSA"],
)
def test_a_channel_signs_with_a_certificate_of_its_own(film: Media, tmp_path: Path, key: Callable[[], Key]) -> None:
    certificate, key_file = issued(key(), tmp_path)
    signatory = Signatory(tmp_path / "never" / "studio.pem", certificate, key_file)
    signed = tmp_path / "signed.mp4"
    sign(film.path, signed, CLAIM, signatory.identity(NOW))
    found = read_credentials(signed, anchors=certificate.read_text())
    assert (found.state, found.signed_by) == ("Trusted", "A channel")
    assert not (tmp_path / "never").exists()


def test_the_settings_name_whose_name_films_are_signed_with(tmp_path: Path) -> None:
    certificate, key_file = issued(ec.generate_private_key(ec.SECP256R1()), tmp_path)
    named = Settings(local=tmp_path, credentials={"certificate": certificate, "key_file": key_file})
    assert signatory_of(named).identity(NOW).where == str(certificate)
    assert signatory_of(Settings(local=tmp_path)).identity(NOW).where == str(tmp_path / "credentials" / "studio.pem")
    with pytest.raises(ValidationError, match="certificate and key_file go together"):
        Settings(local=tmp_path, credentials={"certificate": certificate})


def test_a_certificate_that_has_expired_or_not_begun_says_when(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    expired = issued(key, tmp_path, begins=dt.timedelta(days=-9), ends=dt.timedelta(days=-2))
    with pytest.raises(BadInput, match="valid from 2026-11-11 to 2026-11-18, and it is 2026-11-20"):
        read_identity(*expired, NOW)
    with pytest.raises(BadInput, match="valid from 2026-11-25"):
        read_identity(*issued(key, tmp_path, begins=dt.timedelta(days=5)), NOW)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    certificate, _ = issued(ec.generate_private_key(ec.SECP256R1()), tmp_path)
    other = tmp_path / "other.key"
    other.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, OPEN))
    with pytest.raises(BadInput, match="not that of the certificate"):
        read_identity(certificate, other, NOW)


def test_a_certificate_for_another_purpose_cannot_sign(film: Media, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    files = issued(key, tmp_path, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    with pytest.raises(BadInput, match="extended key usage"):
        sign(film.path, tmp_path / "signed.mp4", CLAIM, read_identity(*files, NOW))


def test_a_file_that_is_no_film_and_a_full_disk_say_so(film: Media, own: Identity, tmp_path: Path) -> None:
    text = tmp_path / "film.mp4"
    text.write_text("no film at all, but words")
    with pytest.raises(VidfactoryError, match=r"film\.mp4: it cannot be signed"):
        sign(text, tmp_path / "signed.mp4", CLAIM, own)
    with pytest.raises(VidfactoryError, match="The disk is full"):
        sign(film.path, Path("/dev/full"), CLAIM, own)


def test_files_that_hold_no_such_thing_are_named_and_no_secret_is_repeated(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate, key_file = issued(key, tmp_path)
    junk, locked = tmp_path / "junk.pem", tmp_path / "locked.pem"
    junk.write_text("-----BEGIN PRIVATE KEY-----\nsecretsecret\n-----END PRIVATE KEY-----\n")
    locked.write_bytes(key.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"secret")))
    for files, said in (
        ((junk, key_file), "no certificate in it"),
        ((certificate, junk), "no private key in it"),
        ((certificate, locked), "locked with a password"),
        ((tmp_path / "nowhere.pem", key_file), "cannot be read"),
    ):
        with pytest.raises(BadInput, match=said) as refused:
            read_identity(*files, NOW)
        assert "secretsecret" not in str(refused.value)
        assert str(files[0]) in str(refused.value) or str(files[1]) in str(refused.value)


def test_a_key_of_a_kind_that_c2pa_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no signatures with a key of this kind"):
        read_identity(*issued(ec.generate_private_key(ec.SECP256K1()), tmp_path), NOW)


def test_the_studios_own_identity_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "credentials" / "studio.pem"
    previous = os.umask(0)
    try:
        first = own_identity(file, NOW)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert own_identity(file, NOW) == first
    assert [path.name for path in file.parent.iterdir()] == ["studio.pem"]
    assert first.key not in repr(first)
    assert "PRIVATE" not in first.certificates
    with pytest.raises(BadInput, match="made anew when its file is removed"):
        own_identity(file, NOW + dt.timedelta(days=366 * OWN_YEARS))


def test_of_several_that_make_the_identity_at_once_all_get_the_same(tmp_path: Path) -> None:
    found: list[Identity] = []
    file = tmp_path / "studio.pem"
    threads = [threading.Thread(target=lambda: found.append(own_identity(file, NOW))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({each.key for each in found}) == 1


def test_the_film_of_a_package_is_tied_to_its_manifest(package: Package) -> None:
    found = read_credentials(package.video.path)
    assert found.state == "Valid"
    assert found.title == package.listing.title
    assert found.studio["manifest_sha256"] == package.manifest.sha256
    assert found.studio["edition"] == package.edition
    assert found.studio["disclosure"] in package.listing.description


def packets(path: Path) -> list[bytes]:
    with av.open(path) as container:
        return [bytes(packet) for packet in container.demux() if packet.size]


def boxes(path: Path) -> list[bytes]:
    """The names of an MP4's boxes, the outermost alone."""
    content, names, at = path.read_bytes(), [], 0
    while at < len(content):
        names.append(content[at + 4 : at + 8])
        at += int.from_bytes(content[at : at + 4])
    return names
