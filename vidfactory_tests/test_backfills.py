"""Backfills: only what changed is made and paid, in order, within hours and budgets, and once."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from hypothesis import given
from hypothesis import strategies as st

from vidfactory import backfills
from vidfactory.backfills import BACKFILL_TAG, BackfillBook, Bench, Choice, Driver, affordable, night, plan
from vidfactory.definitions import build_defs
from vidfactory.errors import BadInput
from vidfactory.orders import place
from vidfactory.ports import Assignment, Call
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.channel import Channel, ChannelBudget, Hours
from vidfactory.schema.upkeep import Backfill, BackfillVideo
from vidfactory.sensors.backfills import backfills_sensor
from vidfactory.settings import Settings
from vidfactory.staleness import asset_key_of
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.ledger import Entry, Ledger
from vidfactory.storage.studio import Studio
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.paid_work import quick_crew
from vidfactory_tests.put_away import GRAPH, PutAway, report
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.fixtures import loopback, services
from vidfactory_tests.servers.server import KEY as SERVICE_KEY
from vidfactory_tests.servers.studio import services_table

__all__ = ["loopback", "services"]
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
VIDEOS = {"finance-first": 45, "finance-second": 60}
"""Two lengths, so that two scripts are spoken."""
SPOKEN = "timestamps"
ORIGIN = RemoteJobOrigin(
    RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("studio"), "__repository__"), "finance_video"
)
"""Where a run that waits in the queue comes from."""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def bench_of(studio: Studio, instance: dg.DagsterInstance, **channels: Channel) -> Bench:
    return Bench(Settings(studio=str(studio.root), local=studio.local, channels=channels), studio, instance, GRAPH)


def carry_out(bench: Bench, backfill: Backfill) -> list[tuple[str, tuple[str, ...]]]:
    """Make every run of a backfill in this process, as it is found; what was asked of which video, in order."""
    defs = build_defs(bench.settings, {"crew": quick_crew(bench.settings)})
    asked: list[tuple[str, tuple[str, ...]]] = []
    while turns := Driver(bench, backfill).look(NOW, at_once=1).turns:
        (turn,) = turns
        job = defs.resolve_job_def("finance_video")
        done = job.execute_in_process(
            partition_key=turn.video.video,
            asset_selection=[asset_key_of(asset) for asset in turn.assets],
            instance=bench.instance,
            tags=turn.tags,
            raise_on_error=False,
        )
        asked.append((turn.video.video, turn.assets))
        assert done.success
    return asked


def spent(studio: Studio, key: str) -> Mapping[str, int]:
    """How many calls of a video were paid, by asset."""
    found: dict[str, int] = {}
    for entry in Ledger(studio).entries(key):
        if entry.state == "settled":
            found[entry.asset] = found.get(entry.asset, 0) + 1
    return found


def test_past_videos_get_another_voice_and_nothing_else_is_made_or_paid(
    studio: Studio, instance: dg.DagsterInstance, services: FakeServices
) -> None:
    def bench(voice: str) -> Bench:
        channel = Channel(voice=voice, providers={"narrator": ("elevenlabs",)})
        settings = Settings(
            profile="offline",
            studio=str(studio.root),
            local=studio.local,
            services=services_table(services.address, SERVICE_KEY),
            channels={"desk": channel},
        )
        return Bench(settings, studio, instance, GRAPH)

    before, after = bench("calm-educator"), bench("energetic-gamer")
    for key, seconds in VIDEOS.items():
        order = FinanceOrder(posts=SAMPLES / "posts.json", channel="desk", seconds=seconds, quality="draft")
        place(studio, key, order, NOW.date())
        instance.add_dynamic_partitions("videos", [key])
    choice = Choice(channel="desk", last=SPOKEN)
    first = plan(before, choice, NOW, "first")
    assert [video.video for video in first.videos] == list(VIDEOS)
    assert all(video.usd and video.is_estimate for video in first.videos), "no script is written yet"
    carry_out(before, first)
    assert all(spent(studio, key) == {"narration": 1} for key in VIDEOS)
    assert not plan(before, choice, NOW, "none").videos, "all is as it should be"

    again = plan(after, choice, NOW, "again")
    assert [video.assets for video in again.videos] == [("brief",), ("brief",)], "what follows is not known yet"
    assert all(video.usd and not video.is_estimate for video in again.videos)
    runs_before = len(instance.get_runs())
    asked = carry_out(after, again)
    order = [key for key, _ in asked]
    assert order == sorted(order, key=list(VIDEOS).index), "one after the other"
    made = {asset for _, assets in asked for asset in assets}
    assert {"brief", "voice_crew", "narration", "timestamps"} <= made
    assert not made & {"finance/tweets", "finance/analysis", "screenplay"}, "another voice writes no new script"
    assert all(spent(studio, key) == {"narration": 2} for key in VIDEOS)
    assert sum((video.usd or Decimal(0) for video in again.videos), Decimal(0)) == sum(
        entry.usd for key in VIDEOS for entry in list(Ledger(studio).entries(key))[-1:]
    )
    assert len(instance.get_runs()) - runs_before == len(asked)
    assert {end.outcome for end in BackfillBook(studio).ends("again").values()} == {"done"}

    back = plan(before, choice, NOW, "back")
    assert [video.usd for video in back.videos] == [Decimal(0)] * 2, "the first voice is remembered"


def stale(instance: dg.DagsterInstance, key: str) -> None:
    """Something of the video was made by older code."""
    report(instance, "screenplay", key, code="older")


def fresh(store: ArtifactStore, instance: dg.DagsterInstance, folder: Path, *keys: str, **more: Any) -> None:
    for key in keys:
        PutAway(NOW - DAY, key, run=None, **more).into(store, instance, folder)


def open_backfill(bench: Bench, *keys: str, usd: str = "0", **more: Any) -> Backfill:
    """A backfill of videos that are all due from their script on."""
    found = Backfill(
        id="b",
        at=NOW,
        first="screenplay",
        last="screenplay",
        videos=tuple(
            BackfillVideo(video=key, channel="desk", assets=("screenplay",), usd=Decimal(usd)) for key in keys
        ),
        **more,
    )
    BackfillBook(bench.studio).write(found)
    return found


def ran(bench: Bench, key: str, status: dg.DagsterRunStatus, assets: tuple[str, ...] = ("screenplay",)) -> None:
    """A run of the backfill, as Dagster has it."""
    bench.instance.add_run(
        dg.DagsterRun(
            job_name="finance_video",
            status=status,
            tags={"dagster/partition": key, BACKFILL_TAG: "b"},
            asset_selection=frozenset(map(asset_key_of, assets)),
            remote_job_origin=ORIGIN,
        )
    )


def test_the_oldest_come_first_and_what_is_fresh_is_left_alone(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    fresh(store, instance, tmp_path, "finance-b", "finance-a", "finance-c")
    bench = bench_of(store.studio, instance)
    stale(instance, "finance-a")
    stale(instance, "finance-b")
    due = [video.video for video in plan(bench, Choice(), NOW, "n").videos]
    assert due[:2] == ["finance-b", "finance-a"], "as they were published, not by their names"


def test_a_choice_narrows_by_channel_day_and_key(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    fresh(store, instance, tmp_path, "finance-b", "finance-a")
    fresh(store, instance, tmp_path, "finance-c", channel="desk")
    bench = bench_of(store.studio, instance, desk=Channel())
    today = dt.datetime.now(tz=dt.UTC).date()

    def chosen(**choice: Any) -> list[str]:
        return list(backfills.chosen(bench, Choice(**choice)))

    assert chosen() == ["finance-b", "finance-a", "finance-c"]
    assert chosen(channel="desk") == ["finance-c"]
    assert chosen(keys=("finance-a",)) == ["finance-a"]
    assert chosen(since=today + DAY) == []
    assert chosen(since=today, until=today) == ["finance-b", "finance-a", "finance-c"]
    with pytest.raises(BadInput, match="no such video"):
        chosen(keys=("finance-x",))
    with pytest.raises(BadInput, match=r"there is no channel 'x'.*There are: desk"):
        chosen(channel="x")


def test_few_runs_wait_at_a_time_and_a_turn_has_one_key(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    keys = [f"finance-{number}" for number in range(3)]
    fresh(store, instance, tmp_path, *keys)
    bench = bench_of(store.studio, instance, desk=Channel())
    backfill = open_backfill(bench, *keys)
    for _ in range(2):
        found = Driver(bench, backfill).look(NOW, at_once=2)
        assert [turn.run_key for turn in found.turns] == ["b/finance-0/0", "b/finance-1/0"]
        assert found.waiting == {"finance-2": backfills.NOT_LOOKED_AT}
    ran(bench, "finance-0", dg.DagsterRunStatus.STARTED)
    ran(bench, "finance-1", dg.DagsterRunStatus.SUCCESS)
    found = Driver(bench, backfill).look(NOW, at_once=2)
    assert found.working == ["finance-0"]
    assert [turn.run_key for turn in found.turns] == ["b/finance-2/0"], "the second is done"
    assert BackfillBook(store.studio).ends("b")["finance-1"].outcome == "done"


def test_what_failed_is_told_and_a_backfill_ends_when_nothing_is_left(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    fresh(store, instance, tmp_path, "finance-a", "finance-b")
    bench = bench_of(store.studio, instance, desk=Channel())
    backfill = open_backfill(bench, "finance-a", "finance-b")
    ran(bench, "finance-a", dg.DagsterRunStatus.CANCELED)
    ran(bench, "finance-b", dg.DagsterRunStatus.SUCCESS)
    assert Driver(bench, backfill).look(NOW).is_over
    book = BackfillBook(store.studio)
    assert not book.is_open("b")
    assert {key: end.outcome for key, end in book.ends("b").items()} == {"finance-a": "cancelled", "finance-b": "done"}
    book.reopen(backfill)
    assert book.is_open("b")
    assert list(book.ends("b")) == ["finance-b"], "what failed is tried again"


def test_a_cancelled_backfill_starts_nothing_and_leaves_the_queue(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    fresh(store, instance, tmp_path, "finance-a", "finance-b")
    bench = bench_of(store.studio, instance, desk=Channel())
    backfill = open_backfill(bench, "finance-a", "finance-b")
    ran(bench, "finance-a", dg.DagsterRunStatus.QUEUED)
    assert backfills.cancel(bench, backfill, NOW) == []
    assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.CANCELED]
    assert not BackfillBook(store.studio).open_ones()


def spend(studio: Studio, usd: str) -> None:
    """What the channel's services took today."""
    call = Call("painter", "image", "m", {})
    entry = Entry.of(
        Assignment("finance-x", "illustrations", "desk", day=NOW.date()), call, "k", "settled", Decimal(usd)
    )
    Ledger(studio).write(entry)


def test_a_channel_waits_for_its_hours_and_for_its_money(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    fresh(store, instance, tmp_path, "finance-a", "finance-b")
    hours = Hours(begin=dt.time(8), end=dt.time(12))
    bench = bench_of(store.studio, instance, desk=Channel(hours=hours, budget=ChannelBudget(day_usd=Decimal(3))))
    backfill = open_backfill(bench, "finance-a", "finance-b", usd="1.50")
    driver = Driver(bench, backfill)
    assert driver.look(NOW).waiting.keys() == {"finance-a", "finance-b"}, "its hours end at noon"
    early = NOW - dt.timedelta(hours=2)
    spend(store.studio, "0.50")
    found = driver.look(early)
    assert [turn.video.video for turn in found.turns] == ["finance-a"]
    assert found.waiting == {"finance-b": "$1.00 is left of desk's $3.00 of today"}
    spend(store.studio, "1.50")
    assert not driver.look(early).turns
    assert len(Driver(bench, backfill.model_copy(update={"at_once": True})).look(early + DAY).turns) == 2


def test_what_has_not_begun_when_the_night_is_over_is_left(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    fresh(store, instance, tmp_path, "finance-a")
    bench = bench_of(store.studio, instance, desk=Channel())
    backfill = open_backfill(bench, "finance-a", until=NOW)
    assert Driver(bench, backfill).look(NOW).is_over
    assert BackfillBook(store.studio).ends("b")["finance-a"].outcome == "left"


def test_the_sensor_asks_for_the_runs_behind_everything_else(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    fresh(store, instance, tmp_path, "finance-a", channel="desk")
    bench = bench_of(store.studio, instance, desk=Channel(priority=5))
    context = dg.build_sensor_context(instance=instance, repository_def=build_defs(bench.settings).get_repository_def())
    crew = quick_crew(bench.settings)

    def requests() -> list[dg.RunRequest]:
        found = backfills_sensor(context, studio=store.studio, crew=crew)
        assert isinstance(found, dg.SensorResult)
        return list(found.run_requests or [])

    assert requests() == []
    open_backfill(bench, "finance-a")
    (request,) = requests()
    assert (request.run_key, request.job_name, request.partition_key) == ("b/finance-a/0", "finance_video", "finance-a")
    assert request.asset_selection == [dg.AssetKey("screenplay")]
    expected = {
        "vidfactory/cause": "backfill",
        "vidfactory/channel": "desk",
        "dagster/priority": "5",
        BACKFILL_TAG: "b",
    }
    assert expected.items() <= request.tags.items()


HOURS = st.times().map(lambda time: time.replace(microsecond=0, second=0, fold=0))


@given(begin=HOURS, end=HOURS, now=st.integers(0, 2 * 366 * 24 * 60))
def test_the_last_hours_lie_within_the_channels_hours(begin: dt.time, end: dt.time, now: int) -> None:
    channel = Channel(hours=Hours(begin=begin, end=end, zone="UTC"))
    moment = NOW + dt.timedelta(minutes=now)
    first, last = night(channel, moment)
    assert moment < last
    assert dt.timedelta(0) < last - first <= dt.timedelta(hours=2)
    assert channel.hours.holds(first)
    assert channel.hours.holds(last - dt.timedelta(seconds=1))


@given(prices=st.lists(st.none() | st.decimals(0, 10, places=2)), left=st.decimals(0, 20, places=2))
def test_a_night_costs_no_more_than_the_day_has_left(prices: list[Decimal | None], left: Decimal) -> None:
    videos = tuple(
        BackfillVideo(video=f"finance-{number}", assets=("brief",), usd=usd) for number, usd in enumerate(prices)
    )
    backfill = Backfill(id="b", at=NOW, videos=videos)
    kept = affordable(backfill, left).videos
    assert sum((video.usd or Decimal(0) for video in kept), Decimal(0)) <= left
    assert all(video.usd is not None for video in kept)
    assert affordable(backfill, None) == backfill
