"""What is known of the artifacts that a video is made of, besides themselves: how each was made, and what it cost.

Belongs here: Dagster's records and the ledger's, as the manifest takes them. Does not belong here: what the manifest
says of them (`release.manifest`).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import dagster as dg
from dagster._core.definitions.data_version import CODE_VERSION_TAG, DATA_VERSION_TAG, INPUT_DATA_VERSION_TAG_PREFIX

from vidfactory.accounts import Sum
from vidfactory.release.manifest import Account, Origins
from vidfactory.schema.base import Artifact
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.ledger import Entry


@dataclass(frozen=True)
class _Record:
    """What Dagster noted when an asset was made for the last time; all empty where it was never seen."""

    content: str = ""
    code_version: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """What Dagster took for the versions of the inputs, by asset."""


def origins_of(
    instance: dg.DagsterInstance, store: ArtifactStore, video: str, at_hand: Mapping[str, Artifact]
) -> dict[str, Origins]:
    """The origins of the artifacts `at_hand`, and of all that these were made from, by asset.

    Those that are not at hand are read from the store, without their files. What was asked for and is not there, such
    as the drafts of other formats, is left out.
    """
    artifacts, records = dict(at_hand), dict[str, _Record]()
    waiting = list(at_hand)
    while waiting:
        asset = waiting.pop()
        records[asset] = _record(instance, video, asset)
        for parent in records[asset].inputs:
            if parent not in artifacts and (artifact := store.read(video, parent)) is not None:
                artifacts[parent] = artifact
                waiting.append(parent)
    contents = {asset: records[asset].content or artifact.content_sha256() for asset, artifact in artifacts.items()}
    return {
        asset: Origins(
            artifacts[asset], contents[asset], records[asset].code_version, _made_from(records[asset], contents)
        )
        for asset in sorted(artifacts)
    }


def accounts_of(entries: Iterable[Entry]) -> dict[str, Account]:
    """What the ledger says of each asset."""
    by_asset: dict[str, list[Entry]] = {}
    for entry in entries:
        by_asset.setdefault(entry.asset, []).append(entry)
    return {asset: _account(own) for asset, own in by_asset.items()}


def _account(entries: Iterable[Entry]) -> Account:
    whole, calls = Sum(), set()
    for entry in entries:
        whole = whole.plus(entry)
        calls.add(f"{entry.service} {entry.operation}")
    return Account(whole.settled, whole.doubtful, tuple(sorted(calls)))


def _made_from(record: _Record, contents: Mapping[str, str]) -> dict[str, str]:
    """The inputs' content; empty for an input that was made anew since, and came out different."""
    there = {parent: seen for parent, seen in record.inputs.items() if parent in contents}
    return {
        parent: contents[parent] if seen in {contents[parent], _of_one_partition(contents[parent])} else ""
        for parent, seen in there.items()
    }


def _of_one_partition(version: str) -> str:
    """What Dagster notes as the version of an input of one partition: a hash over the versions of its partitions."""
    return hashlib.sha256(version.encode()).hexdigest()


def _record(instance: dg.DagsterInstance, video: str, asset: str) -> _Record:
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset.split("/")), asset_partitions=[video])
    record = next(iter(instance.fetch_materializations(wanted, limit=1).records), None)
    made = record.asset_materialization if record else None
    if made is None:
        return _Record()
    tags, prefix = made.tags or {}, f"{INPUT_DATA_VERSION_TAG_PREFIX}/"
    inputs = {name.removeprefix(prefix): version for name, version in tags.items() if name.startswith(prefix)}
    return _Record(tags.get(DATA_VERSION_TAG, ""), tags.get(CODE_VERSION_TAG, ""), inputs)
