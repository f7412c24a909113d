"""Finished videos that were published and not touched since, with all that a clean-up finds of them.

Belongs here: what tests of retention put into a studio and Dagster's instance. Does not belong here: expectations.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster._core.definitions.data_version import CODE_VERSION_TAG, DATA_VERSION_TAG, INPUT_DATA_VERSION_TAG_PREFIX

from vidfactory.definitions import defs
from vidfactory.orders import place
from vidfactory.schema.base import Credit, Media, Samples
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.screenplay import Beat, Screenplay, Token
from vidfactory.schema.speech import Narration, Recording
from vidfactory.staleness import assets_of, name_of
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.screening.videos import Made, keep, keep_publication

KEY = "finance-old"
GRAPH = defs.resolve_asset_graph()
WORDS = ("It", "is", "a", "long", "way", "down.")


@dataclass(frozen=True)
class PutAway:
    """A video whose newest run began at `worked_on`; `is_published`: as it is packed."""

    worked_on: dt.datetime
    key: str = KEY
    channel: str | None = None
    is_published: bool = True
    run: dg.DagsterRunStatus | None = dg.DagsterRunStatus.SUCCESS
    is_complete: bool = True
    """Else only what a test of one step at a time looks at is there."""

    def into(self, store: ArtifactStore, instance: dg.DagsterInstance, folder: Path) -> None:
        """Put it there, fresh in Dagster's eyes."""
        made = Made(key=self.key, verdict="approve", channel=self.channel)
        place(
            store.studio,
            self.key,
            FinanceOrder(posts=SAMPLES / "posts.json", channel=self.channel),
            self.worked_on.date(),
        )
        keep(store, folder, made)
        store.save(self.key, "screenplay", _script(self.key))
        store.save(self.key, "narration", _narration(folder))
        if self.is_published:
            keep_publication(store, made)
        for asset in assets_of(GRAPH, self.key) if self.is_complete else ():
            if not store.exists(self.key, asset) and asset != "publication":
                store.save(self.key, asset, Recording(audio=None))  # anything small that can be read
        instance.add_dynamic_partitions("videos", [self.key])
        for asset in assets_of(GRAPH, self.key):
            if self.is_complete and (asset != "publication" or self.is_published):
                report(instance, asset, self.key)
        if self.run is not None:
            run = instance.add_run(
                dg.DagsterRun(job_name="finance_video", status=self.run, tags={"dagster/partition": self.key})
            )
            began_at(instance, run.run_id, self.worked_on)


def report(instance: dg.DagsterInstance, asset: str, key: str, content: str = "x", code: str | None = None) -> None:
    """Tell Dagster that an asset was made, of what every asset has as its content here."""
    node = GRAPH.get(dg.AssetKey(asset.split("/")))
    inputs = {f"{INPUT_DATA_VERSION_TAG_PREFIX}/{name_of(parent)}": _one("x") for parent in node.parent_keys}
    tags = {DATA_VERSION_TAG: content, CODE_VERSION_TAG: code or node.code_version or "", **inputs}
    instance.report_runless_asset_event(dg.AssetMaterialization(node.key, partition=key, tags=tags))


def began_at(instance: dg.DagsterInstance, run_id: str, moment: dt.datetime) -> None:
    """Let a run have begun at a moment of the past."""
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]  # no public way to date a run back
        connection.exec_driver_sql(
            "update runs set start_time = ?, end_time = ? where run_id = ?",
            (moment.timestamp(), moment.timestamp() + 60, run_id),
        )
        connection.commit()


def _one(version: str) -> str:
    return hashlib.sha256(version.encode()).hexdigest()


def _script(key: str) -> Screenplay:
    tokens = tuple(Token(shown=word, spoken=word) for word in WORDS)
    return Screenplay(
        video=key,
        title="Down",
        headline="Down",
        description="",
        language="en",
        theme="finance",
        beats=(Beat(name="all", tokens=tokens),),
    )


def _narration(folder: Path) -> Narration:
    path = folder / "narration.mp3"
    path.write_bytes(b"speech" * 100)
    return Narration(
        audio=Media.of(path, "audio/mpeg"),
        duration=Samples(48_000),
        integrated_lufs=-16,
        voice="v",
        words=(),
        made_by=Credit(provider="espeak", model="en"),
    )
