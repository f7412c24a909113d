"""Backfills: many videos made again, the oldest first, each as far as it is due and no further.

Belongs here: what is chosen and what it will cost, the record of a backfill, and what of it may be started at a moment.
Does not belong here: who starts runs (`sensors.backfills` where Dagster's daemon runs, else `commands_upkeep`).

A backfill is a file, `backfills/<id>.json`, and what became of each video a small file beside it. Everything else is
asked anew each time: Dagster's runs say what goes on, and the records of the artifacts what is due. So whoever drives
it may be killed at any point, and whoever comes next goes on without doing anything twice.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from typing import Literal
from zoneinfo import ZoneInfo

import dagster as dg
from pydantic import ValidationError
from upath import UPath

from vidfactory import reviews
from vidfactory.accounts import entries_of, total
from vidfactory.errors import BadInput, DamagedArtifact, VidfactoryError
from vidfactory.failures import BY_HAND, CANCELLED, FailedRun, failures_of
from vidfactory.orders import checked_key, wishes_now
from vidfactory.partitions import videos
from vidfactory.rehearsal import still_to_buy
from vidfactory.retention import tombstone
from vidfactory.schema.base import Model
from vidfactory.schema.channel import Channel
from vidfactory.schema.upkeep import Backfill, BackfillVideo
from vidfactory.settings import Settings
from vidfactory.staleness import (
    Graph,
    Made,
    asset_key_of,
    assets_of,
    due,
    is_reordered,
    name_of,
    outdated,
    ready,
    records,
    selection,
    video_format,
)
from vidfactory.standings import NewestRun, newest_runs
from vidfactory.storage import objects
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.ledger import Ledger
from vidfactory.storage.studio import Studio

BACKFILL_TAG = "vidfactory/backfill"
"""The tag of a backfill's runs, with its id."""
AT_ONCE = 4
"""Runs of one backfill that wait or go on: the queue stays short, so that what a person orders comes in between, and
nothing waits in it when a channel's hours are over."""
LOOKED_AT = 10
"""Videos that are asked at one time what is due, a quarter of a second each."""
SAMPLES = 10
"""Runs whose durations say how long an asset takes."""
NOT_LOOKED_AT = "its turn has not come yet"
PUBLICATION = "publication"
OVER = "over"
UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
Outcome = Literal["done", "failed", "cancelled", "left"]
"""left: its time was over before its turn came."""


@dataclass(frozen=True)
class Choice:
    """Which videos, and what of them. first, last: as in `Backfill`. since, until: days (UTC) of publication, or of the
    order where a video is not published; both included.
    """

    keys: tuple[str, ...] = ()
    channel: str | None = None
    video_format: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    first: str | None = None
    last: str | None = None


class End(Model):
    """What became of a video of a backfill."""

    outcome: Outcome
    why: str = ""
    at: dt.datetime


class BackfillBook:
    """The backfills of a studio."""

    def __init__(self, studio: Studio) -> None:
        self._root = studio.root / "backfills"

    def write(self, backfill: Backfill) -> None:
        """Keep a new backfill; nothing is started by that. BadInput where there is one of that id."""
        if self.find(backfill.id) is not None:
            raise BadInput("there is such a backfill already", where=backfill.id)
        objects.put(self._root / f"{backfill.id}.json", backfill.model_dump_json(indent=1).encode())

    def open_ones(self) -> list[Backfill]:
        """Those of which something is still to be done, the oldest first."""
        found = (self._read(self._root / name) for name in objects.names(self._root) if _is_record(name))
        return sorted((each for each in found if each is not None), key=lambda each: (each.at, each.id))

    def over(self) -> list[str]:
        """The ids of those that are over."""
        return [name.removesuffix(".json") for name in objects.names(self._root / OVER) if _is_record(name)]

    def find(self, number: str) -> Backfill | None:
        """A backfill, open or over; None where there is none of that id."""
        name = f"{number}.json"
        return self._read(self._root / name) or self._read(self._root / OVER / name)

    def is_open(self, number: str) -> bool:
        return objects.exists(self._root / f"{number}.json")

    def ends(self, number: str) -> dict[str, End]:
        """What became of its videos, as far as it is known."""
        folder = self._root / number
        found = ((key, objects.get(folder / key)) for key in objects.names(folder) if not key.startswith("."))
        return {key: End.model_validate_json(content) for key, content in found if content is not None}

    def end(self, number: str, key: str, outcome: Outcome, now: dt.datetime, why: str = "") -> None:
        """Note what became of a video."""
        said = End(outcome=outcome, why=why, at=now)
        objects.put(self._root / number / key, said.model_dump_json().encode())

    def close(self, backfill: Backfill) -> None:
        """Nothing is left to be done of it."""
        objects.put(self._root / OVER / f"{backfill.id}.json", backfill.model_dump_json(indent=1).encode())
        objects.remove(self._root / f"{backfill.id}.json")

    def reopen(self, backfill: Backfill) -> None:
        """What failed, was cancelled or left is to be tried again."""
        for key, end in self.ends(backfill.id).items():
            if end.outcome != "done":
                objects.remove(self._root / backfill.id / key)
        objects.put(self._root / f"{backfill.id}.json", backfill.model_dump_json(indent=1).encode())
        objects.remove(self._root / OVER / f"{backfill.id}.json")

    @staticmethod
    def _read(path: UPath) -> Backfill | None:
        content = objects.get(path)
        try:
            return None if content is None else Backfill.model_validate_json(content)
        except ValidationError as error:
            raise DamagedArtifact(
                f"a backfill cannot be read: {error.error_count()} wrong fields",
                where=str(path),
                remedy="Remove the file and start it anew",
            ) from error


@dataclass(frozen=True)
class Bench:
    """What a backfill is planned and driven with: the studio, Dagster's instance and its graph."""

    settings: Settings
    studio: Studio
    instance: dg.DagsterInstance
    graph: Graph

    @property
    def store(self) -> ArtifactStore:
        return ArtifactStore(self.studio)

    def channel(self, name: str | None) -> Channel:
        """A channel of the settings; one without any hours or budget where there is none of that name any more."""
        return self.settings.channels.get(name or "", Channel())

    def videos(self) -> list[str]:
        """The keys of all videos that are worked on."""
        assert videos.name is not None
        return sorted(self.instance.get_dynamic_partitions(videos.name))

    def due(self, key: str) -> list[str]:
        return due(self.settings, self.instance, self.graph, self.store, key)

    def is_held_back(self, key: str) -> bool:
        """Whether a person, or the inspector, keeps what is packed from being published."""
        found = reviews.candidate(self.store, key)
        return (
            found is not None
            and not found.is_published
            and not (reviews.review_of(self.studio, self.settings, found).may_be_published)
        )


def chosen(bench: Bench, choice: Choice) -> dict[str, Made]:
    """The videos that are meant, the oldest first, with what Dagster knows of them; BadInput for what there is not."""
    known = bench.videos()
    for key in choice.keys:
        if checked_key(key) not in known:
            stone = tombstone(bench.studio, key)
            remedy = f"Bring it back: vidfactory restore {key}" if stone else "See them with: vidfactory status"
            raise BadInput("it is in the archive" if stone else "there is no such video", where=key, remedy=remedy)
    if choice.channel is not None and choice.channel not in bench.settings.channels:
        there = ", ".join(bench.settings.channels) or "none"
        raise BadInput(f"there is no channel {choice.channel!r}", where="--channel", remedy=f"There are: {there}")
    keys = [key for key in known if not choice.keys or key in choice.keys]
    keys = [key for key in keys if choice.video_format in {None, video_format(key)}]
    if choice.channel is not None:
        keys = [key for key in keys if wishes_now(bench.studio, key).channel == choice.channel]
    made = records(bench.instance, _all_assets(bench.graph, keys), keys)
    moments = {key: _moment(made[key]) for key in keys}
    wanted = [key for key in keys if _is_within(moments[key], choice)]
    return {key: made[key] for key in sorted(wanted, key=lambda key: (moments[key] or 0.0, key))}


def _all_assets(graph: Graph, keys: Collection[str]) -> list[str]:
    """The assets of all formats that the videos have."""
    formats = {video_format(key): key for key in keys}
    return list(dict.fromkeys(asset for key in formats.values() for asset in assets_of(graph, key)))


def _moment(made: Made) -> float | None:
    """When a video was published, else when its order was taken; None where nothing was made of it."""
    record = made.get(PUBLICATION) or made.get("brief")
    return record.at if record else None


def _is_within(moment: float | None, choice: Choice) -> bool:
    if choice.since is None and choice.until is None:
        return True
    if moment is None:
        return False
    day = dt.datetime.fromtimestamp(moment, tz=dt.UTC).date()
    return (choice.since is None or day >= choice.since) and (choice.until is None or day <= choice.until)


def plan(  # noqa: PLR0913 - what, when, under which name, and who is told
    bench: Bench,
    choice: Choice,
    now: dt.datetime,
    number: str,
    *,
    among: Mapping[str, Made] | None = None,
    at_once: bool = False,
    until: dt.datetime | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Backfill:
    """What of the chosen videos would be made again, what that costs at most and how long it takes.

    among: videos that were chosen already. Nothing is written, and nothing is asked of a service.
    """
    found, minutes = [], _minutes(bench)
    for key, made in (chosen(bench, choice) if among is None else among).items():
        tell(key)
        assets = _to_make(bench, choice, key, made)
        if assets:
            found.append(_priced(bench, choice, key, assets, minutes))
    return Backfill(
        id=number,
        at=now,
        first=choice.first or "",
        last=choice.last or "",
        at_once=at_once,
        until=until,
        videos=tuple(found),
    )


def _to_make(bench: Bench, choice: Choice, key: str, made: Made) -> list[str]:
    """What would be made of a video first; nothing where nothing is due.

    A file that is gone is a reason only where something is to be made from it: that is found out for videos of which
    something is outdated, and not for thousands that are as they should be.
    """
    scope = selection(bench.graph, key, choice.first, choice.last)
    if choice.first:
        return _with_inputs(bench, key, scope)
    if not outdated(bench.graph, scope, made) and not is_reordered(bench.settings, bench.store, key):
        return []
    assets = [asset for asset in bench.due(key) if asset in scope]
    return [] if assets == [PUBLICATION] and bench.is_held_back(key) else assets


def _with_inputs(bench: Bench, key: str, assets: Sequence[str]) -> list[str]:
    """The assets, and before them those whose files they need and that are gone, upstream first."""
    wanted = set(assets)
    for asset in reversed(assets_of(bench.graph, key)):
        if asset in wanted:
            parents = [name_of(parent) for parent in bench.graph.get(asset_key_of(asset)).parent_keys]
            wanted.update(parent for parent in parents if not bench.store.exists(key, parent))
    return [asset for asset in assets_of(bench.graph, key) if asset in wanted]


def _priced(
    bench: Bench, choice: Choice, key: str, assets: Sequence[str], minutes: Mapping[str, float]
) -> BackfillVideo:
    """A video of a plan. All that follows from what is due is priced: whether it changes is known only afterwards."""
    scope = selection(bench.graph, key, None, choice.last)
    after = dg.AssetSelection.assets(*map(asset_key_of, assets)).downstream().resolve(bench.graph)
    following = [asset for asset in scope if asset_key_of(asset) in after]
    try:
        bill = still_to_buy(bench.settings, bench.store, key, assets, following)
        usd, is_estimate, note = bill.usd, bill.is_estimate, bill.note
    except VidfactoryError as error:
        usd, is_estimate, note = None, True, str(error)
    known = [minutes[asset] for asset in following if asset in minutes]
    return BackfillVideo(
        video=key,
        channel=wishes_now(bench.studio, key).channel,
        assets=tuple(assets),
        usd=usd,
        is_estimate=is_estimate,
        note=note,
        minutes=round(sum(known), 2) if known else None,
    )


def _minutes(bench: Bench) -> dict[str, float]:
    """How long each asset took, the median of the newest few runs that succeeded."""
    wanted = dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])
    taken: dict[str, list[float]] = {}
    for run in bench.instance.get_runs(wanted, limit=SAMPLES):
        for step in bench.instance.get_run_step_stats(run.run_id):
            if step.start_time and step.end_time:
                asset = step.step_key.replace("__", "/")
                taken.setdefault(asset, []).append((step.end_time - step.start_time) / 60)
    return {asset: median(each) for asset, each in taken.items()}


@dataclass(frozen=True)
class Turn:
    """A run that is to be started. number: how many runs of this video the backfill had before."""

    backfill: Backfill
    video: BackfillVideo
    assets: tuple[str, ...]
    number: int

    @property
    def run_key(self) -> str:
        """The same however often the same turn is found."""
        return f"{self.backfill.id}/{self.video.video}/{self.number}"

    @property
    def tags(self) -> dict[str, str]:
        return {BACKFILL_TAG: self.backfill.id}


@dataclass
class Round:
    """What a look at a backfill has found: what is to be started now, and why others wait, by video."""

    turns: list[Turn] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    working: list[str] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return not self.turns and not self.waiting and not self.working


class Driver:
    """Looks at a backfill and says what is to be started. It notes what became of videos, and starts nothing."""

    def __init__(self, bench: Bench, backfill: Backfill) -> None:
        self._bench, self._backfill = bench, backfill
        self._book = BackfillBook(bench.studio)

    def look(self, now: dt.datetime, *, at_once: int = AT_ONCE) -> Round:
        """What may be started at the moment `now`, so that at most `at_once` runs wait or go on.

        When nothing is left to be done the backfill is closed.
        """
        ended = self._book.ends(self._backfill.id)
        left = [video for video in self._backfill.videos if video.video not in ended]
        own = self._own_runs()
        newest = newest_runs(self._bench.instance, [video.video for video in left])
        found, looks = Round(), 0
        busy = [video for video in left if _goes_on(newest.get(video.video))]
        found.working = [video.video for video in busy]
        promised: dict[str | None, Decimal] = {}
        for video in busy:
            promised[video.channel] = promised.get(video.channel, Decimal(0)) + (video.usd or Decimal(0))
        for video in left:
            key = video.video
            if video in busy:
                continue
            if len(found.working) + len(found.turns) >= at_once or looks >= LOOKED_AT:
                found.waiting[key] = NOT_LOOKED_AT
                continue
            if why := self._kept_waiting(video, now, promised):
                self._wait(found, key, why, own.get(key, []), now)
                continue
            looks += 1
            if self._judged(found, video, own.get(key, []), newest.get(key), now):
                promised[video.channel] = promised.get(video.channel, Decimal(0)) + (video.usd or Decimal(0))
        if found.is_over:
            self._book.close(self._backfill)
        return found

    def waits(self, now: dt.datetime) -> dict[str, tuple[str, str]]:
        """How the videos stand of which nobody knows yet what becomes of them, and why; nothing is noted."""
        ended = self._book.ends(self._backfill.id)
        left = [video for video in self._backfill.videos if video.video not in ended]
        newest = newest_runs(self._bench.instance, [video.video for video in left])
        return {
            video.video: (newest[video.video].state, "")
            if _goes_on(newest.get(video.video))
            else ("waiting", self._kept_waiting(video, now, {}))
            for video in left
        }

    def _own_runs(self) -> dict[str, list[dg.DagsterRun]]:
        """The backfill's runs by video, the newest first."""
        found: dict[str, list[dg.DagsterRun]] = {}
        for run in self._bench.instance.get_runs(dg.RunsFilter(tags={BACKFILL_TAG: self._backfill.id})):
            found.setdefault(run.tags.get("dagster/partition", ""), []).append(run)
        return found

    def _wait(self, found: Round, key: str, why: str, own: Sequence[dg.DagsterRun], now: dt.datetime) -> None:
        """A video has to wait; what has not begun when the backfill's time is over is left."""
        if self._backfill.until is not None and now >= self._backfill.until and not own:
            self._book.end(self._backfill.id, key, "left", now, "its time was over")
        else:
            found.waiting[key] = why

    def _kept_waiting(self, video: BackfillVideo, now: dt.datetime, promised: Mapping[str | None, Decimal]) -> str:
        """Why nothing of a video may be started now; empty where it may."""
        channel = self._bench.channel(video.channel)
        if self._backfill.until is not None and now >= self._backfill.until:
            return "the time for it is over"
        if not self._backfill.at_once and not channel.hours.holds(now):
            return f"{video.channel} works from {channel.hours.begin:%H:%M} ({channel.hours.zone})"
        budget = channel.budget.day_usd
        if budget is None or video.channel is None or video.usd == 0:
            return ""
        spent = Ledger(self._bench.studio).day_sums(video.channel, channel.hours.day(now))
        left = budget - spent.committed - promised.get(video.channel, Decimal(0))
        if left <= 0 or (video.usd or Decimal(0)) > left:
            return f"${max(left, Decimal(0)):.2f} is left of {video.channel}'s ${budget:.2f} of today"
        return ""

    def _judged(
        self,
        found: Round,
        video: BackfillVideo,
        own: Sequence[dg.DagsterRun],
        newest: NewestRun | None,
        now: dt.datetime,
    ) -> bool:
        """Find the next turn of a video, or note what became of it; whether a turn was found."""
        key = video.video
        try:
            if (end := self._stopped(own, newest, now)) is not None:
                outcome, why = end
                if outcome is None:
                    found.waiting[key] = why
                else:
                    self._book.end(self._backfill.id, key, outcome, now, why)
                return False
            assets = self._next_assets(video, own)
        except VidfactoryError as error:
            self._book.end(self._backfill.id, key, "failed", now, str(error))
            return False
        if not assets:
            self._book.end(self._backfill.id, key, "done", now)
            return False
        found.turns.append(Turn(self._backfill, video, tuple(assets), len(own)))
        return True

    def _stopped(
        self, own: Sequence[dg.DagsterRun], newest: NewestRun | None, now: dt.datetime
    ) -> tuple[Outcome | None, str] | None:
        """Whether a video's last run keeps the backfill from going on with it: what became of it, or that it is tried
        again by somebody else. None where it goes on.
        """
        if not own or newest is None or newest.state == "ended":
            return None
        if newest.state == "cancelled":
            was_cut_off = own[0].tags.get(BY_HAND, CANCELLED) != CANCELLED
            return None if was_cut_off else ("cancelled", "its run was cancelled")
        failures = failures_of(self._bench.instance, newest.run_id)
        if all(failure.kind == "interrupted" for failure in failures):
            return None
        why = "; ".join(
            " ".join(filter(None, (each.asset + ":" if each.asset else "", each.said))) for each in failures
        )
        run = self._bench.instance.get_run_by_id(newest.run_id)
        tags = run.tags if run else {}
        record = FailedRun(key_of(run), newest.run_id, newest.begun or now, failures, is_by_hand=BY_HAND in tags)
        if record.next_try is not None and newest.run_id == own[0].run_id:
            return None, f"it is tried again: {why}"
        return "failed", why

    def _next_assets(self, video: BackfillVideo, own: Sequence[dg.DagsterRun]) -> list[str]:
        """What the next run makes. What a run of this backfill has made, or could not make yet, is not asked again."""
        key, backfill = video.video, self._backfill
        earlier = [run for run in own if run.status is dg.DagsterRunStatus.SUCCESS]
        scope = selection(self._bench.graph, key, backfill.first or None, backfill.last or None)
        if backfill.first and not earlier:
            return _with_inputs(self._bench, key, scope)
        now = ready(self._bench.graph, key, [asset for asset in self._bench.due(key) if asset in scope])
        asked = {asset for run in earlier for asset in self._asked(run)}
        now = [asset for asset in now if asset not in asked]
        return [] if now == [PUBLICATION] and self._bench.is_held_back(key) else now

    def _asked(self, run: dg.DagsterRun) -> set[str]:
        """The assets that a run was to make."""
        planned = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
        events = (entry.dagster_event for entry in self._bench.instance.all_logs(run.run_id, of_type=planned))
        return {name_of(event.asset_key) for event in events if event is not None and event.asset_key is not None}


def _goes_on(run: NewestRun | None) -> bool:
    return run is not None and run.state in {"queued", "under way"}


def key_of(run: dg.DagsterRun | None) -> str:
    """The video that a run is of."""
    return run.tags.get("dagster/partition", "") if run else ""


def cancel(bench: Bench, backfill: Backfill, now: dt.datetime) -> list[str]:
    """Start nothing more of a backfill, and take its runs out of the queue. Returns the ids of those that have begun:
    what they make is paid for, and they are best left to their end.
    """
    book = BackfillBook(bench.studio)
    ended = book.ends(backfill.id)
    for video in backfill.videos:
        if video.video not in ended:
            book.end(backfill.id, video.video, "cancelled", now, "the backfill was cancelled")
    book.close(backfill)
    wanted = dg.RunsFilter(tags={BACKFILL_TAG: backfill.id}, statuses=list(UNDER_WAY))
    begun = []
    for run in bench.instance.get_runs(wanted):
        if run.status is dg.DagsterRunStatus.QUEUED:
            bench.instance.report_run_canceled(run, "its backfill was cancelled")
        else:
            begun.append(run.run_id)
    return begun


def night(channel: Channel, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The last hours of a channel's working day that `now` is in, or the next ones, in the channel's time zone.

    What is left of the day's budget is known by then, new videos of the day are made, and nothing is done outside the
    channel's hours. A channel that works all day has them before midnight.
    """
    zone, hours = ZoneInfo(channel.hours.zone), channel.hours
    here = now.astimezone(zone)
    for days in (0, 1, 2):
        end = dt.datetime.combine(here.date() + dt.timedelta(days=days), hours.end, zone)
        begin = end - _last_hours(channel)
        if now < end:
            return begin, end
    raise AssertionError("one of three days has an end that is still to come")


def _last_hours(channel: Channel) -> dt.timedelta:
    """Two hours, or all of them where a channel works less."""
    hours, day = channel.hours, dt.date(2000, 1, 1)
    length = dt.datetime.combine(day, hours.end) - dt.datetime.combine(day, hours.begin)
    worked = length % dt.timedelta(days=1) or dt.timedelta(days=1)
    return min(worked, dt.timedelta(hours=2))


def within_budgets(bench: Bench, backfill: Backfill) -> tuple[Backfill, list[BackfillVideo]]:
    """The backfill without the videos that would cost more than is left of their own budgets, and those."""
    kept, too_dear = [], []
    for video in backfill.videos:
        budget = bench.settings.budget_of(wishes_now(bench.studio, video.video))
        left = budget - total(entries_of(bench.studio, video.video)).committed
        if video.usd and video.usd > left:
            note = f"${max(left, Decimal(0)):.2f} is left of its budget of ${budget:.2f}: raise budget_usd in its order"
            too_dear.append(video.model_copy(update={"note": note}))
        else:
            kept.append(video)
    return backfill.model_copy(update={"videos": tuple(kept)}), too_dear


def affordable(backfill: Backfill, left: Decimal | None) -> Backfill:
    """The backfill without the videos that what is `left` does not reach for, the oldest kept; None: for all.

    A video whose price nobody knows is left out where money is counted.
    """
    if left is None:
        return backfill
    kept, spent = [], Decimal(0)
    for video in backfill.videos:
        if video.usd is not None and spent + video.usd <= left:
            kept.append(video)
            spent += video.usd
    return backfill.model_copy(update={"videos": tuple(kept)})


def _is_record(name: str) -> bool:
    return name.endswith(".json") and not name.startswith(".")
