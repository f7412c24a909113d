"""Content credentials after C2PA: what is said of a film's making, signed into its file, and read back.

Belongs here: the claim, signing, reading. Does not belong here: whose name it is signed with (`identity`), and
who made what (`makers`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa

from vidfactory.errors import BadInput, VidfactoryError, disk_errors
from vidfactory.release.identity import Identity
from vidfactory.release.makers import Origin

FILM = "video/mp4"
_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype"
SOURCE_TYPES: Mapping[Origin, str] = {
    "algorithm": f"{_IPTC}/algorithmicMedia",
    "person": f"{_IPTC}/compositeSynthetic",
    "ai": f"{_IPTC}/compositeWithTrainedAlgorithmicMedia",
}
"""IPTC's words for how media came to be. The studio itself puts every film together by rules, so that one with
parts from trained models is a composite with such media, and one with a person's voice a composite with synthetic
parts; only where nobody but the house worked is all of it algorithmic."""
STUDIO_ASSERTION = "org.vidfactory.studio"
"""The label of our own assertion, which ties the film to the manifest of its package."""
ACTIONS = "c2pa.actions.v2"
_SIGNING = {"core": {"backing_store_memory_threshold_in_mb": 16}}
"""What is larger is kept in a temporary file while it is signed; without this twice the film would be in memory."""


@dataclass(frozen=True)
class Claim:
    """What is said of a film; `manifest_sha256` is that of the file that says who made what of it."""

    title: str
    origin: Origin
    version: str
    disclosure: str
    edition: str
    manifest_sha256: str


@dataclass(frozen=True)
class Credentials:
    """What a file's credentials say, and whether they hold.

    state: `Trusted` where an anchor that was given vouches for them, `Valid` where nobody known does, or `Invalid`.
    problems: C2PA's codes, such as `assertion.bmffHash.mismatch` where the film was altered.
    """

    state: str
    title: str
    software: str
    signed_by: str
    source_type: str
    studio: Mapping[str, str]
    problems: tuple[str, ...]


def sign(film: Path, target: Path, claim: Claim, identity: Identity) -> None:
    """Write `film`, an MP4, to `target` with its credentials.

    BadInput where `identity` may not sign; VidfactoryError where the film is no MP4 or the disk refuses.
    """
    certificates, key = identity.certificates.encode(), identity.key.encode()
    info = c2pa.C2paSignerInfo(identity.algorithm, certificates, key, None)
    try:
        with (
            disk_errors(str(target)),
            c2pa.Context(c2pa.Settings.from_dict(_SIGNING)) as context,
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(_manifest_of(claim), context=context) as builder,
            film.open("rb") as source,
            target.open("w+b") as signed,
        ):
            builder.sign(signer, FILM, source, signed)
    except c2pa.C2paError.Signature as error:
        raise BadInput(
            f"this certificate cannot sign a film: {error}",
            where=identity.where,
            remedy="It must be one for signatures with an extended key usage that C2PA knows (email protection, "
            "document signing), and be followed by those that vouch for it",
        ) from error
    except c2pa.C2paError as error:
        raise VidfactoryError(
            f"it cannot be signed: {error}", where=str(film), remedy="Look whether it plays and the disk has room"
        ) from error


def read_credentials(film: Path, anchors: str = "") -> Credentials:
    """What the credentials in an MP4 say; `anchors` are the certificates to be trusted, as PEM.

    VidfactoryError where there are none, or none that can be read.
    """
    trust = {"trust": {"trust_anchors": anchors}} if anchors else {}
    context = c2pa.Context(c2pa.Settings.from_dict({"verify": {"verify_trust": True}, **trust}))
    try:
        with film.open("rb") as stream, c2pa.Reader(FILM, stream, context=context) as reader:
            return _found(str(reader.get_validation_state()), json.loads(reader.json()))
    except c2pa.C2paError as error:
        raise VidfactoryError(
            f"it has no content credentials that can be read: {error}", where=str(film), remedy="Package it again"
        ) from error


def _manifest_of(claim: Claim) -> dict[str, Any]:
    software = {"name": "vidfactory", "version": claim.version}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE_TYPES[claim.origin],
        "softwareAgent": software,
        "description": claim.disclosure,
    }
    studio = {"disclosure": claim.disclosure, "edition": claim.edition, "manifest_sha256": claim.manifest_sha256}
    return {
        "claim_generator_info": [software],
        "title": claim.title,
        "format": FILM,
        "assertions": [
            {"label": ACTIONS, "data": {"actions": [created]}},
            {"label": STUDIO_ASSERTION, "data": studio},
        ],
    }


def _found(state: str, report: dict[str, Any]) -> Credentials:
    """What the reader's report says; fields that another signer's credentials lack are empty."""
    manifest = report["manifests"][report["active_manifest"]]
    assertions = {each["label"]: each["data"] for each in manifest["assertions"]}
    actions = assertions.get(ACTIONS, {}).get("actions", [{}])
    return Credentials(
        state=state,
        title=manifest.get("title", ""),
        software=manifest["claim_generator_info"][0]["name"],
        signed_by=manifest["signature_info"].get("issuer", ""),
        source_type=actions[0].get("digitalSourceType", ""),
        studio=assertions.get(STUDIO_ASSERTION, {}),
        problems=tuple(each["code"] for each in report.get("validation_status", ())),
    )
