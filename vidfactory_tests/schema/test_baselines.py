"""What was stored once can be read for ever: one baseline of each version, never changed after its release."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from vidfactory.schema import AnyArtifact, parse_artifact
from vidfactory.schema.base import Media, canonical_sha256, derived_seed

BASELINES = sorted((Path(__file__).parent / "baselines").glob("*.json"))
VERSIONS = sorted(kind.model_fields["schema_version"].default for kind in get_args(AnyArtifact))


def test_every_version_has_a_baseline() -> None:
    assert sorted(json.loads(path.read_text(encoding="utf-8"))["schema_version"] for path in BASELINES) == VERSIONS


@pytest.mark.parametrize("path", BASELINES, ids=lambda path: path.stem)
def test_a_baseline_loads_with_all_that_it_holds(path: Path) -> None:
    stored = json.loads(path.read_text(encoding="utf-8"))
    loaded = parse_artifact(path.read_bytes()).model_dump(mode="json")
    assert _without_defaults(stored, loaded) == stored


@pytest.mark.parametrize("path", BASELINES, ids=lambda path: path.stem)
def test_no_file_of_an_artifact_is_overlooked(path: Path) -> None:
    files = list(_files_in(json.loads(path.read_text(encoding="utf-8"))))
    assert [media.sha256 for media in parse_artifact(path.read_bytes()).media()] == files


def _files_in(value: object) -> Iterator[str]:
    """The SHA-256 of everything that looks like a file, in order."""
    if isinstance(value, dict):
        if {"path", "sha256", "size"} <= value.keys():
            yield value["sha256"]
        for each in value.values():
            yield from _files_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _files_in(each)


def _without_defaults(stored: object, loaded: object) -> object:
    """`loaded` cut to what `stored` says: fields that came later have their defaults."""
    if isinstance(stored, dict) and isinstance(loaded, dict):
        return {name: _without_defaults(value, loaded.get(name)) for name, value in stored.items()}
    if isinstance(stored, list) and isinstance(loaded, list) and len(stored) == len(loaded):
        return [_without_defaults(one, other) for one, other in zip(stored, loaded, strict=True)]
    return loaded


def test_hashes_and_seeds_never_change() -> None:
    """Every stored data version and every picture depends on them."""
    assert canonical_sha256({"b": [1, 2.5], "a": "ä"}) == (
        "56d36f6cee8ef0b43212ab8d23a085a065588ad5aacbce383c085d2280ff2c50"
    )
    assert derived_seed("finance-demo", "backdrop") == 553593379


def test_media_are_described_by_their_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    media = Media.of(path, "text/plain")
    assert media.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (media.name, media.size) == ("a.txt", 3)
