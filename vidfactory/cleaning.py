"""The clean-up: which videos stand how, what goes of each, and the partitions and runs of those that are retired.

Belongs here: Dagster's side of retention, and the order in which things go. Does not belong here: the rule and the
archive (`retention`), and the rule for remembered answers (`pruning`).
"""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    INPUT_DATA_VERSION_TAG_PREFIX,
)
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage

from vidfactory import pruning, retention, reviews
from vidfactory.errors import BadInput, VidfactoryError
from vidfactory.orders import checked_key, wishes_now
from vidfactory.partitions import videos
from vidfactory.retention import Facts, Going
from vidfactory.schema.brief import check_video_key
from vidfactory.schema.channel import Retention
from vidfactory.schema.crew import Wishes
from vidfactory.settings import Settings
from vidfactory.standings import NewestRun, newest_runs
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.call_cache import CallCache
from vidfactory.storage.studio import Studio

READERS = 8
"""How many videos are looked at side by side: on an object store each file is a round trip."""
LONGEST_RUN = dt.timedelta(days=1)
"""A run that began longer ago is under way no more: its process was killed where nobody saw it."""
PUBLICATION = "publication"
VERSION_TAGS = (CODE_VERSION_TAG, DATA_VERSION_TAG, DATA_VERSION_IS_USER_PROVIDED_TAG, INPUT_DATA_VERSION_TAG_PREFIX)
"""What makes an artifact fresh or stale. Which events its inputs came from goes with those events."""


@dataclass(frozen=True)
class Gone:
    """What went of one video, or would go, and the bytes that it had."""

    video: str
    channel: str
    what: Going
    size: int


@dataclass
class Sweep:
    """A clean-up: what went of videos, the remembered answers, what crashed runs had left on this machine's disk.

    kept_back: why something did not go that should have, by video.
    """

    videos: list[Gone] = field(default_factory=list)
    answers: list[pruning.Kept] = field(default_factory=list)
    scratch: int = 0
    kept_back: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """All bytes that went."""
        sizes = [each.size for each in self.videos] + [each.size for each in self.answers]
        return sum(sizes) + self.scratch


class Cleaner:
    """The clean-up of a studio at the moment `now`. With `dry` nothing is changed."""

    def __init__(
        self, settings: Settings, studio: Studio, instance: dg.DagsterInstance, now: dt.datetime, *, dry: bool = False
    ) -> None:
        self._settings, self._studio, self._instance = settings, studio, instance
        self._store = ArtifactStore(studio)
        self._now, self._dry = now, dry
        self._runs = newest_runs(instance)

    def sweep(self, tell: Callable[[str], None]) -> Sweep:
        """Finish what an earlier one had begun, then all that goes by the rules; `tell` is told of each video."""
        done = Sweep()
        for key in [] if self._dry else retention.retiring(self._studio):
            self._finish(key)
        shortest = min(each.raw_days for each in self._retentions())
        old = [key for key in reviews.videos(self._studio) if self._age(key) >= dt.timedelta(days=shortest)]
        with ThreadPoolExecutor(READERS) as pool:
            judged = list(pool.map(self._judged, old))
        for key, (channel, what, problem) in zip(old, judged, strict=True):
            if problem:
                done.kept_back[key] = problem
            elif what != "stays":
                tell(f"{key}: {'its raw media go' if what == 'raw' else 'it goes to the archive'}")
                self._go(done, key, channel, what)
        done.answers = self._answers()
        done.scratch = self._scratch()
        return done

    def _retentions(self) -> list[Retention]:
        return [self._settings.retention, *(channel.retention for channel in self._settings.channels.values())]

    def _retention_of(self, channel: str | None) -> Retention:
        """A channel's rule, for videos without one that of the settings; BadInput for one that cannot be read now.

        Its file may only be broken for a day, and what goes by another rule in the meantime never comes back.
        """
        return self._settings.channel(Wishes(channel=channel)).retention if channel else self._settings.retention

    def _age(self, key: str) -> dt.timedelta:
        return self._now - self._worked_on(key)

    def _worked_on(self, key: str) -> dt.datetime:
        """When the newest run of a video began; without any, when it was published, and now where it was not."""
        run = self._runs.get(key)
        if run is not None:
            return run.begun or self._now
        wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(PUBLICATION), asset_partitions=[key])
        made = self._instance.fetch_materializations(wanted, limit=1).records
        return dt.datetime.fromtimestamp(made[0].timestamp, tz=dt.UTC) if made else self._now

    def _judged(self, key: str) -> tuple[str, Going, str]:
        """The channel of a video, what of it goes, and what keeps that from being known."""
        try:
            found = reviews.candidate(self._store, key)
            channel = wishes_now(self._studio, key).channel
            facts = Facts(
                worked_on=self._worked_on(key),
                is_under_way=_is_under_way(self._runs.get(key), self._now),
                is_published=found is not None and found.is_published,
                cleared=retention.cleared_at(self._studio, key),
            )
            return channel or "", retention.going(self._retention_of(channel), facts, self._now), ""
        except VidfactoryError as error:
            return "", "stays", str(error)

    def _go(self, done: Sweep, key: str, channel: str, what: Going) -> None:
        if self._has_run_since(key):
            done.kept_back[key] = "a run of it has begun since it was looked at"
            return
        try:
            size = self._raw(key) if what == "raw" else self._archived(key)
        except VidfactoryError as error:
            done.kept_back[key] = str(error)
            return
        done.videos.append(Gone(key, channel, what, size))

    def _has_run_since(self, key: str) -> bool:
        """Whether a video has another newest run than when all were looked at, which may be hours ago."""
        return newest_runs(self._instance, [key]).get(key) != self._runs.get(key)

    def _raw(self, key: str) -> int:
        if self._dry:
            return sum(media.size for _, media in retention.raw_media(self._store, key))
        return retention.clear(self._store, key, self._now)

    def _archived(self, key: str) -> int:
        """Bring a video to the archive, and return the bytes by which that is smaller."""
        if self._dry:
            return sum(media.size for _, media in retention.raw_media(self._store, key))
        retention.retire(self._studio, key, self._worked_on(key), versions_of(self._instance, key), self._now)
        return max(0, self._buried(key) - retention.bytes_in(self._studio.archive / key))

    def _finish(self, key: str) -> None:
        """Bring to its end what a crash has left of a video's way into the archive, or back."""
        if retention.tombstone(self._studio, key) is None:
            retention.give_up(self._studio, key)
        else:
            self._buried(key)

    def _buried(self, key: str) -> int:
        freed = retention.bury(self._studio, key)
        forget_runs(self._instance, key)
        assert videos.name is not None
        self._instance.delete_dynamic_partition(videos.name, key)
        retention.rest(self._studio, key)
        return freed

    def _answers(self) -> list[pruning.Kept]:
        """The remembered answers that are older than their channel keeps them, and that no video was worked on with.

        An answer is its video's that asked first.
        """
        cache = CallCache(self._studio.calls)
        by_days: dict[int, list[pruning.Kept]] = {}
        for each in pruning.survey(cache):
            if each.at is None:
                continue
            with suppress(BadInput):  # of a channel that cannot be read now, whose videos are kept back by name
                days = self._retention_of(self._channel_of(each.video)).cache_days
                by_days.setdefault(days, []).append(each)
        gone = []
        for days, answers in by_days.items():
            limit = dt.timedelta(days=days)
            for each in pruning.going(answers, pruning.Rule(older_than=limit), self._now):
                run = self._runs.get(each.video)
                if run is not None and (run.begun is None or self._now - run.begun <= limit):
                    continue
                gone.append(each)
                if not self._dry:
                    cache.forget(each.key)
        return gone

    def _channel_of(self, video: str) -> str | None:
        """The channel of whoever asked a call; None where that is no video that the studio still knows."""
        try:
            check_video_key(video)
            stone = retention.tombstone(self._studio, video)
            return stone.channel if stone else wishes_now(self._studio, video).channel
        except (ValueError, VidfactoryError):
            return None

    def _scratch(self) -> int:
        """What runs that crashed have left in this machine's scratch folders, and was not touched since."""
        freed = 0
        for folder in _scratch_folders(self._studio.scratch):
            files = [path for path in folder.rglob("*") if path.is_file()]
            touched = max((path.stat().st_mtime for path in (*files, folder)), default=0.0)
            if self._now.timestamp() - touched < self._settings.retention.raw_days * 86_400:
                continue
            freed += sum(path.stat().st_size for path in files)
            if not self._dry:
                shutil.rmtree(folder, ignore_errors=True)
        return freed


def restore(studio: Studio, instance: dg.DagsterInstance, key: str, now: dt.datetime) -> None:
    """Bring a retired video back; Dagster is told of its artifacts as they are. BadInput where it was not retired.

    Its raw media stay gone: they are made again, mostly from remembered answers, when something needs them.
    """
    versions = retention.bring_back(studio, checked_key(key), now)
    assert videos.name is not None
    instance.add_dynamic_partitions(videos.name, [key])
    for asset, tags in versions.items():
        instance.report_runless_asset_event(
            dg.AssetMaterialization(dg.AssetKey(asset.split("/")), partition=key, tags=tags, description="restored")
        )
    retention.settle(studio, key)


def swept_as_markdown(done: Sweep) -> str:
    """A table of what went, by channel."""
    sums: dict[tuple[str, Going], list[int]] = {}
    for each in done.videos:
        sums.setdefault((each.channel or "none", each.what), []).append(each.size)
    names = {"raw": "raw media of {} videos", "archive": "{} videos to the archive"}
    rows = [
        f"| {channel} | {names[what].format(len(sizes))} | {sum(sizes) / 1e6:.1f} |"
        for (channel, what), sizes in sorted(sums.items())
    ]
    answers = sum(each.size for each in done.answers)
    rows += [f"| all | {len(done.answers)} remembered answers | {answers / 1e6:.1f} |"] if done.answers else []
    rows += [f"| this machine | what crashed runs had left | {done.scratch / 1e6:.1f} |"] if done.scratch else []
    return "\n".join(["| Channel | What went | MB |", "|---|---|---|", *rows]) if rows else "Nothing goes."


def versions_of(instance: dg.DagsterInstance, key: str) -> retention.Versions:
    """What Dagster has noted of the newest artifacts of a video: their content, code and inputs."""
    found = {}
    for asset in instance.all_asset_keys():
        wanted = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=[key])
        for record in instance.fetch_materializations(wanted, limit=1).records:
            tags = record.asset_materialization.tags if record.asset_materialization else None
            found["/".join(asset.path)] = {
                name: text for name, text in (tags or {}).items() if name.startswith(VERSION_TAGS)
            }
    return found


def forget_runs(instance: dg.DagsterInstance, key: str) -> None:
    """Remove the runs of a video with their events and logs."""
    for run in instance.get_run_ids(dg.RunsFilter(tags={"dagster/partition": key})):
        instance.delete_run(run)
        instance.compute_log_manager.delete_logs(prefix=[run])
        storage = instance.event_log_storage
        if isinstance(storage, SqliteEventLogStorage):
            Path(storage.path_for_shard(run)).unlink(missing_ok=True)  # empty by now, and never looked at again


def _is_under_way(run: NewestRun | None, now: dt.datetime) -> bool:
    if run is None or run.state not in {"queued", "under way"}:
        return False
    return run.begun is None or now - run.begun < LONGEST_RUN


def _scratch_folders(scratch: Path) -> Iterator[Path]:
    """One folder a video, and one a file that was fetched."""
    for folder in scratch.iterdir() if scratch.is_dir() else ():
        if folder.name == "fetched":
            yield from (each for each in folder.iterdir() if each.is_dir())
        elif folder.is_dir():
            yield folder
