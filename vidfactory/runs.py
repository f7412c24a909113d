"""Starts Dagster runs from the command line and reads back what they did.

Belongs here: the instance, what is missing or stale, one run with its events. Does not belong here:
anything that a run does, and anything that is printed.
"""

import datetime as dt
import os
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import dagster as dg
from dagster._core.execution.stats import StepEventStatus  # not public; Dagster is pinned exactly
from dagster._core.storage.tags import MAX_RETRIES_TAG
from dagster_shared.error import SerializableErrorInfo
from filelock import FileLock
from sqlalchemy.exc import OperationalError

from vidfactory import reviews, staleness
from vidfactory.assets.common import RENDER_POOL
from vidfactory.definitions import defs, studio_job, studio_of
from vidfactory.errors import BadInput, VidfactoryError, disk_errors
from vidfactory.failures import BY_HAND, CANCELLED, failure_of, fault_of
from vidfactory.jobs import PAID_PORTS, pool_limits
from vidfactory.orders import is_placed, placed_order
from vidfactory.partitions import videos
from vidfactory.retention import tombstone
from vidfactory.settings import Settings
from vidfactory.staleness import asset_key_of, video_format
from vidfactory.standings import NewestRun
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.objects import write_atomically

PUBLICATION = "publication"
POLL_S = 0.5
DAEMONS = ("SENSOR", "QUEUED_RUN_COORDINATOR")
"""Those of Dagster's daemon that start runs, by the names under which it tells that they live."""
SILENT_S = 90
"""A daemon tells every half minute that it lives."""

Instance = dg.DagsterInstance


@dataclass(frozen=True)
class Step:
    """One asset of a run, as far as it has come; `note` is its last word, or why it failed.

    One that is waiting ended well and made nothing, because a person or a service must come first.
    """

    asset: str
    state: Literal["started", "working", "made", "waiting", "failed", "interrupted", "skipped"]
    seconds: float = 0.0
    cost_usd: float = 0.0
    note: str = ""
    mendable: bool = False
    """It failed with an error of our own, which says what to do."""


@dataclass(frozen=True)
class Making:
    """A finished run: every asset in the order in which it ended."""

    success: bool
    seconds: float
    steps: tuple[Step, ...]

    @property
    def interrupted(self) -> bool:
        """It did not end well, and no asset is to blame."""
        return not self.success and not any(step.state == "failed" for step in self.steps)


def prepare_home(settings: Settings) -> None:
    """Make Dagster's home in the studio, with the project's `dagster.yaml`, and point Dagster there."""
    home = settings.dagster_home
    with disk_errors(str(home)):
        home.mkdir(parents=True, exist_ok=True)
    source, target = settings.dagster_configuration, home / "dagster.yaml"
    if source.exists() and (not target.exists() or target.read_bytes() != source.read_bytes()):
        write_atomically(target, source.read_bytes())
    with disk_errors(str(settings.inbox_folder)):
        settings.inbox_folder.mkdir(parents=True, exist_ok=True)
    os.environ["DAGSTER_HOME"] = str(home)


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance in the studio, its pools as the settings say.

    A store that cannot be read or written is a VidfactoryError.
    """
    prepare_home(settings)
    home = str(settings.dagster_home)
    try:
        with disk_errors(home), dg.DagsterInstance.get() as instance:
            set_pools(instance, pool_limits(settings), settings.dagster_home)
            yield instance
    except OperationalError as error:
        raise VidfactoryError(
            f"Dagster's store cannot be used: {error.orig}", where=home, remedy="Free some space and run it again"
        ) from error
    except dg.DagsterInvalidConfigError as error:
        raise BadInput(
            error.errors[0].message,
            where=str(settings.dagster_configuration),
            remedy="Set the variables that it names: deploy/README.md",
        ) from error
    except Exception as error:
        # dagster-postgres wraps it, and may not be installed
        if isinstance(error, VidfactoryError) or not isinstance(error.__cause__, OperationalError):
            raise
        raise VidfactoryError(
            f"Dagster's database does not answer: {error.__cause__.orig}".strip(),
            where=str(settings.dagster_configuration),
            remedy="See that PostgreSQL runs, and that the variables which the file names lead there",
        ) from error


def pools_of(instance: dg.DagsterInstance) -> dict[str, int]:
    """The limit of each pool that has one."""
    return {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}


def set_pools(instance: dg.DagsterInstance, limits: Mapping[str, int], home: Path) -> None:
    """Give the studio's pools these limits, and no other pool of its own one; what is so already is left alone.

    home: Dagster's on this machine, where one process at a time changes them: SQLite's store trips over two.
    """
    if _own(pools_of(instance)) == limits:
        return
    with FileLock(home / "pools.lock"):
        known = _own(pools_of(instance))
        for pool, limit in limits.items():
            if known.get(pool) != limit:
                instance.event_log_storage.set_concurrency_slots(pool, limit)
        for pool in known.keys() - limits.keys():
            instance.event_log_storage.delete_concurrency_limit(pool)


def _own(pools: Mapping[str, int]) -> dict[str, int]:
    return {pool: limit for pool, limit in pools.items() if pool in {RENDER_POOL, *PAID_PORTS}}


def ensure_video(settings: Settings, instance: dg.DagsterInstance, key: str) -> None:
    """Add the partition of a video that was ordered; BadInput if it was not."""
    studio = studio_of(settings)
    if is_placed(studio, key):
        check_takes(key, placed_order(studio, key).takes)
    elif tombstone(studio, key) is not None:
        raise BadInput("it is in the archive", where=key, remedy=f"Bring it back: vidfactory restore {key}")
    elif key not in video_keys(instance):
        raise BadInput("there is no such video", where=key, remedy="Order it first: vidfactory new finance")
    add_video(instance, key)


def check_takes(key: str, takes: Collection[str]) -> None:
    """BadInput where an order's `takes` name what is no asset of the video: nothing would be bought anew."""
    known = assets_of(key)
    if unknown := [name for name in takes if name not in known]:
        raise BadInput(
            f"there is no asset {', '.join(unknown)}",
            where=f"{key}, takes",
            remedy=f"The assets are: {', '.join(known)}",
        )


def add_video(instance: dg.DagsterInstance, key: str) -> None:
    instance.add_dynamic_partitions(_set_name(), [key])


def video_keys(instance: dg.DagsterInstance) -> list[str]:
    return sorted(instance.get_dynamic_partitions(_set_name()))


def assets_of(key: str) -> list[str]:
    """The assets of the video's format, upstream first."""
    return staleness.assets_of(defs.resolve_asset_graph(), key)


def due(settings: Settings, instance: dg.DagsterInstance, key: str) -> list[str]:
    """The assets that are missing, or older than what they are made from, upstream first; see `staleness.due`."""
    return staleness.due(settings, instance, defs.resolve_asset_graph(), ArtifactStore(studio_of(settings)), key)


def ready(key: str, due_ones: Collection[str]) -> list[str]:
    """Those of the assets that are due that can be made now, upstream first; see `staleness.ready`."""
    return staleness.ready(defs.resolve_asset_graph(), key, due_ones)


def selection(key: str, first: str | None, last: str | None) -> list[str]:
    """The assets of the video from `first` and down to `last`, each included; BadInput for unknown names."""
    return staleness.selection(defs.resolve_asset_graph(), key, first, last)


def held_back(settings: Settings, key: str) -> str:
    """Why a video may not be published as it is packed now; empty where it may, and where it is not packed."""
    studio = studio_of(settings)
    found = reviews.candidate(ArtifactStore(studio), key)
    if found is None or found.is_published:
        return ""
    review = reviews.review_of(studio, settings, found)
    return "" if review.may_be_published else f"{review.state}: {review.why}"


def run(
    instance: dg.DagsterInstance,
    key: str,
    assets: Collection[str],
    watch: Callable[[Step], None],
    tags: Mapping[str, str] | None = None,
) -> Making:
    """Make `assets` of the video in one Dagster run; `watch` is told of each step as it starts and ends."""
    tag = uuid.uuid4().hex
    job = dg.build_reconstructable_job(studio_job.__module__, studio_job.__name__, (video_format(key),))
    chosen = job.get_subset(
        asset_selection={asset_key_of(asset) for asset in assets},
        asset_check_selection=staleness.checks_of(defs.resolve_asset_graph(), assets),
    )
    watcher = _Watcher(instance, tag, watch)
    begun = time.perf_counter()
    with watcher:
        result = dg.execute_job(
            chosen,
            instance=instance,
            tags={**(tags or {}), "dagster/partition": key, BY_HAND: tag},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        success = result.success
    return Making(success=success, seconds=time.perf_counter() - begun, steps=tuple(watcher.ended))


class _Watcher:
    """Reads the events of the run with a given tag in a thread and tells of each step."""

    def __init__(self, instance: dg.DagsterInstance, tag: str, tell: Callable[[Step], None]) -> None:
        self._instance, self._tag, self._tell = instance, tag, tell
        self._cursor: str | None = None
        self._costs: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        self._notes: dict[str, str] = {}
        self._delivered: set[str] = set()
        self._said: dict[str, str] = {}
        self._faults: dict[str, str] = {}
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="run-watcher")
        self.ended: list[Step] = []

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._finished.set()
        self._thread.join()

    def _follow(self) -> None:
        # A store that fails here fails the run as well, which says so.
        with suppress(OperationalError):
            while not self._finished.wait(POLL_S):
                self._read()
            self._read()

    def _read(self) -> None:
        for found in self._instance.get_runs(filters=dg.RunsFilter(tags={BY_HAND: self._tag})):
            records = self._instance.get_records_for_run(found.run_id, cursor=self._cursor)
            self._cursor = records.cursor
            for record in records.records:
                self._take(record.event_log_entry)

    def _take(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None or event.step_key is None:
            self._take_message(entry)
            return
        name = event.step_key.replace("__", "/")
        match event.event_type:
            case dg.DagsterEventType.STEP_START:
                self._begun[name] = entry.timestamp
                self._tell(Step(name, "started"))
            case dg.DagsterEventType.ASSET_MATERIALIZATION:
                materialization = event.step_materialization_data.materialization
                self._costs[name] = _number(materialization.metadata, "cost_usd")
                self._notes[name] = _stood_in(materialization.metadata)
            case dg.DagsterEventType.STEP_OUTPUT:
                self._delivered.add(name)
            case dg.DagsterEventType.STEP_SUCCESS if name not in self._delivered:
                self._end(Step(name, "waiting", note=self._said.get(name, "")))
            case dg.DagsterEventType.STEP_SUCCESS:
                seconds = event.step_success_data.duration_ms / 1000
                self._end(Step(name, "made", seconds, self._costs.get(name, 0.0), self._notes.get(name, "")))
            case dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                self._note_fault(name, event.asset_check_evaluation_data)
            case dg.DagsterEventType.STEP_FAILURE:
                seconds = entry.timestamp - self._begun.get(name, entry.timestamp)
                self._end(replace(self._failed(name, event.step_failure_data.error), seconds=seconds))
            case dg.DagsterEventType.STEP_SKIPPED:
                self._end(Step(name, "skipped"))

    def _note_fault(self, name: str, evaluation: dg.AssetCheckEvaluation) -> None:
        """What a blocking check found wrong, in its own words."""
        if fault := fault_of(evaluation):
            self._faults[name] = fault

    def _failed(self, name: str, error: SerializableErrorInfo | None) -> Step:
        fault = self._faults.get(name)
        return Step(name, "failed", note=fault, mendable=True) if fault else failed_step(name, error)

    def _take_message(self, entry: dg.EventLogEntry) -> None:
        if entry.step_key is not None:
            name = entry.step_key.replace("__", "/")
            self._said[name] = entry.user_message
            self._tell(Step(name, "working", note=entry.user_message))

    def _end(self, step: Step) -> None:
        self.ended.append(step)
        self._tell(step)


def failed_step(name: str, error: SerializableErrorInfo | None) -> Step:
    """The step of an asset that failed, or that somebody stopped."""
    failure = failure_of(name, error)
    if failure.kind == "interrupted":
        return Step(name, "interrupted")
    return Step(name, "failed", note=failure.said, mendable=failure.is_own)


@dataclass(frozen=True)
class AssetStep:
    """How far an asset is in a run, and the seconds that it took."""

    state: Literal["working", "made", "failed"]
    seconds: float


STEP_STATES: Mapping[StepEventStatus, Literal["working", "made", "failed"]] = {
    StepEventStatus.IN_PROGRESS: "working",
    StepEventStatus.SUCCESS: "made",
    StepEventStatus.FAILURE: "failed",
}


def steps_of(instance: dg.DagsterInstance, run: NewestRun) -> dict[str, AssetStep]:
    """The steps of a run that have begun, by asset; none goes on when the run itself does not."""
    found = {}
    for each in instance.get_run_step_stats(run.run_id):
        state = STEP_STATES.get(each.status) if each.status else None
        if state is None or each.start_time is None or (state == "working" and run.state != "under way"):
            continue
        seconds = (each.end_time or time.time()) - each.start_time
        found[each.step_key.replace("__", "/")] = AssetStep(state, seconds)
    return found


def cancel(instance: dg.DagsterInstance, run: NewestRun) -> bool:
    """Cancel a run that waits or goes on; False where it does neither, and where it cannot be reached from here.

    One that is only about to start is cancelled by Dagster's monitor, within minutes, and nothing tries it again.
    """
    if run.state not in {"queued", "under way"}:
        return False
    if instance.run_coordinator.cancel_run(run.run_id) or _is_cancelling(instance, run.run_id):
        instance.add_run_tags(run.run_id, {BY_HAND: CANCELLED, MAX_RETRIES_TAG: "0"})
        return True
    return False


def _is_cancelling(instance: dg.DagsterInstance, run_id: str) -> bool:
    found = instance.get_run_by_id(run_id)
    return found is not None and found.status in {dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED}


def daemon_runs(instance: dg.DagsterInstance, now: dt.datetime) -> bool:
    """Whether Dagster's daemon lives: its sensors and its queue have been heard of lately."""
    heard = instance.get_daemon_heartbeats()
    beats = [heard.get(name) for name in DAEMONS]
    return all(beat is not None and now.timestamp() - beat.timestamp < SILENT_S for beat in beats)


def end_dead_runs(instance: dg.DagsterInstance, tags: Mapping[str, str]) -> None:
    """Cancel the runs of the command line that bear these tags and go on in Dagster's eyes alone.

    Only for who knows that no process drives them any more.
    """
    wanted = dg.RunsFilter(tags=dict(tags), statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
    for run in instance.get_runs(wanted):
        if BY_HAND in run.tags:
            instance.report_run_canceled(run, "the command that drove it has ended")


@dataclass(frozen=True)
class Made:
    """When an asset was last made, how long it took, its media files and their bytes, who made it at what cost."""

    when: str
    seconds: float
    files: int
    size: int
    provider: str
    cost_usd: float


def last_made(instance: dg.DagsterInstance, key: str, asset: str) -> Made | None:
    """None if the asset was never made."""
    record = _newest_record(instance, asset, key)
    if record is None or record.asset_materialization is None:
        return None
    metadata = record.asset_materialization.metadata
    step = asset.replace("/", "__")
    stats = instance.get_run_step_stats(record.run_id, step_keys=[step])
    begun, ended = (stats[0].start_time, stats[0].end_time) if stats else (None, None)
    return Made(
        when=dt.datetime.fromtimestamp(record.timestamp).astimezone().strftime("%Y-%m-%d %H:%M"),
        seconds=(ended - begun) if begun and ended else 0.0,
        files=int(_number(metadata, "files")),
        size=int(_number(metadata, "bytes")),
        provider=str(metadata["provider"].value) if "provider" in metadata else "",
        cost_usd=_number(metadata, "cost_usd"),
    )


def last_metadata(instance: dg.DagsterInstance, key: str, asset: str) -> Mapping[str, dg.MetadataValue]:
    """The metadata of the asset's newest materialisation; empty if it was never made."""
    made = _newest(instance, asset, key)
    return made.metadata if made else {}


def _newest_record(instance: dg.DagsterInstance, asset: str, key: str) -> dg.EventLogRecord | None:
    wanted = dg.AssetRecordsFilter(asset_key=asset_key_of(asset), asset_partitions=[key])
    return next(iter(instance.fetch_materializations(wanted, limit=1).records), None)


def _newest(instance: dg.DagsterInstance, asset: str, key: str) -> dg.AssetMaterialization | None:
    record = _newest_record(instance, asset, key)
    return record.asset_materialization if record else None


def _number(metadata: Mapping[str, dg.MetadataValue], name: str) -> float:
    """A figure of the metadata; zero for a materialisation that a person reported in Dagster's UI."""
    value = metadata[name].value if name in metadata else 0
    assert isinstance(value, int | float)
    return float(value)


def _stood_in(metadata: Mapping[str, dg.MetadataValue]) -> str:
    """Who made it, and why not those before them in the chain; empty where the first one did."""
    if "instead_of" not in metadata:
        return ""
    return f"by {metadata['provider'].value}; {'; '.join(str(metadata['instead_of'].value).splitlines())}"


def _set_name() -> str:
    assert videos.name is not None
    return videos.name
