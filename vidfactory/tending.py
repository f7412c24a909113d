"""What the studio sees to by itself in a channel: what is due now, and what is put in order at the end of the day.

Belongs here: which videos those are, by a few queries over all of them. Does not belong here: the clock that asks
(`schedules`), and how runs are started.

Thousands of finished videos must not be asked one by one. Dagster says with one query each which are packed, which are
published, and how the newest run of each stands; only of the few that are left is anything else looked at.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from vidfactory.backfills import PUBLICATION, BackfillBook, Bench, Choice, affordable, night, plan, within_budgets
from vidfactory.errors import OverDayBudget, VidfactoryError
from vidfactory.failures import BY_HAND, FailedRun, failures_of
from vidfactory.orders import wishes_now
from vidfactory.retention import cleared
from vidfactory.schema.channel import Channel
from vidfactory.schema.upkeep import Backfill
from vidfactory.staleness import MADE, assets_of, ready, records
from vidfactory.standings import NewestRun, RunState, newest_runs
from vidfactory.storage.ledger import Ledger
from vidfactory.storage.order_book import OrderBook

AT_ONCE = 20
"""Videos that one tick asks what is due, a quarter of a second each; the others follow in the next."""
OVER_BUDGET = OverDayBudget.__name__
Again = Literal["now", "tomorrow", "never"]


@dataclass(frozen=True)
class Due:
    """A run that is due. run_key: the same as long as nothing has happened to the video since."""

    video: str
    assets: tuple[str, ...]
    run_key: str


def again(state: RunState | None, failed: Again) -> Again:
    """When a video that is not packed is due again, by its newest run; `failed` is what its failure says.

    None: it never had a run. What somebody cancelled is left to them.
    """
    if state in {None, "ended"}:
        return "now"
    return failed if state == "failed" else "never"


def is_tended(
    channel: Channel, run: NewestRun | None, now: dt.datetime, *, is_published: bool, is_cleared: bool
) -> bool:
    """Whether a video is still kept up to date: not once it is published and was not worked on for so long that its raw
    artifacts go. From then on only a backfill that somebody asks for makes it again.
    """
    if run is not None and run.state in {"queued", "under way"}:
        return False
    if not is_published:
        return True
    if is_cleared or run is None or run.begun is None:
        return False
    return now - run.begun < dt.timedelta(days=channel.retention.raw_days)


def due_now(bench: Bench, channel_id: str, now: dt.datetime) -> list[Due]:
    """The videos of a channel that were ordered and are not packed, and what of each can be made now.

    Nothing outside the channel's hours; nothing that the inbox is about to start, or that is tried again anyway.
    """
    channel = bench.settings.channels[channel_id]
    if not channel.hours.holds(now):
        return []
    packed = bench.instance.get_latest_storage_id_by_partition(dg.AssetKey("package"), MADE)
    waiting = set(OrderBook(bench.studio).waiting())
    keys = [key for key in bench.videos() if key not in packed and key not in waiting]
    runs = newest_runs(bench.instance, keys)
    found: list[Due] = []
    for key in keys:
        if len(found) >= AT_ONCE:
            break
        run = runs.get(key)
        if not _is_of(bench, key, channel_id) or not _is_its_turn(bench, channel, run, now):
            continue
        assets = ready(bench.graph, key, bench.due(key))
        if assets:
            found.append(Due(key, tuple(assets), f"due/{key}/{run.run_id if run else 'first'}"))
    return found


def _is_its_turn(bench: Bench, channel: Channel, run: NewestRun | None, now: dt.datetime) -> bool:
    if run is None:
        return True
    failed = _after_failure(bench.instance, run, now) if run.state == "failed" else "never"
    when = again(run.state, failed)
    if when == "tomorrow":
        return run.begun is None or channel.hours.day(run.begun) < channel.hours.day(now)
    return when == "now"


def _after_failure(instance: dg.DagsterInstance, run: NewestRun, now: dt.datetime) -> Again:
    """What passes is tried again the same day by who sees to failures, then tomorrow; so is what the day's money did
    not reach for. Everything else waits for a person.
    """
    failures = failures_of(instance, run.run_id)
    record = instance.get_run_by_id(run.run_id)
    by_hand = record is not None and BY_HAND in record.tags
    if FailedRun("", run.run_id, run.begun or now, failures, is_by_hand=by_hand).next_try is not None:
        return "tomorrow"
    if all(failure.kind == "passing" for failure in failures) or _was_refused_for_money(instance, run.run_id):
        return "tomorrow"
    return "never"


def _was_refused_for_money(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether nothing but the channel's budget of the day stopped a run."""
    errors = [
        entry.dagster_event.step_failure_data.error
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        if entry.dagster_event is not None
    ]
    return bool(errors) and all(OVER_BUDGET in _names(error) for error in errors)


def _names(error: SerializableErrorInfo | None) -> set[str | None]:
    """The names of an error and of all that it came from."""
    return set() if error is None else {error.cls_name, *_names(error.cause)}


def nightly(bench: Bench, channel_id: str, now: dt.datetime) -> Backfill | None:
    """The backfill of a channel's day: what is missing or stale of the videos that are kept up to date, oldest first,
    as far as what is left of the day's budget reaches. It is kept, and goes on until the channel's hours are over.

    None where nothing is due, or this day has one already.
    """
    channel = bench.settings.channels[channel_id]
    begin, end = night(channel, now)
    number = f"nightly-{channel_id}-{begin:%Y-%m-%d}"
    book = BackfillBook(bench.studio)
    if book.find(number) is not None:
        return None
    keys = tended(bench, channel_id, now)
    assets = list(dict.fromkeys(asset for key in keys[:1] for asset in assets_of(bench.graph, key)))
    made = records(bench.instance, assets, keys)
    oldest_first = sorted(
        keys, key=lambda key: (made[key]["brief"].at if "brief" in made[key] else now.timestamp(), key)
    )
    planned = plan(bench, Choice(), now, number, among={key: made[key] for key in oldest_first}, until=end)
    left = None
    if channel.budget.day_usd is not None:
        spent = Ledger(bench.studio).day_sums(channel_id, channel.hours.day(now))
        left = channel.budget.day_usd - spent.committed
    reachable = affordable(within_budgets(bench, planned)[0], left)
    if not reachable.videos:
        return None
    book.write(reachable)
    return reachable


def tended(bench: Bench, channel_id: str, now: dt.datetime) -> list[str]:
    """The videos of a channel that are kept up to date, and whose newest run needs no person."""
    channel = bench.settings.channels[channel_id]
    keys, runs = bench.videos(), newest_runs(bench.instance)
    published = bench.instance.get_latest_storage_id_by_partition(dg.AssetKey(PUBLICATION), MADE)
    put_away = set(cleared(bench.studio))
    return [
        key
        for key in keys
        if is_tended(channel, runs.get(key), now, is_published=key in published, is_cleared=key in put_away)
        and _is_its_turn(bench, channel, runs.get(key), now)
        and _is_of(bench, key, channel_id)
    ]


def _is_of(bench: Bench, key: str, channel_id: str) -> bool:
    """Whether a video is of a channel; one whose order cannot be read is of none."""
    try:
        return wishes_now(bench.studio, key).channel == channel_id
    except VidfactoryError:
        return False
