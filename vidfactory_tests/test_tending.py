"""What a channel's clock asks for: what is due now, and what is put in order at the end of its day."""

import datetime as dt
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from vidfactory import tending
from vidfactory.backfills import BackfillBook, Bench
from vidfactory.definitions import build_defs
from vidfactory.errors import OverBudget, OverDayBudget, Transient
from vidfactory.orders import place
from vidfactory.ports import Assignment, Call
from vidfactory.schedules import channel_schedules
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.channel import Channel, ChannelBudget, Hours
from vidfactory.settings import Settings
from vidfactory.standings import NewestRun
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.ledger import Entry, Ledger
from vidfactory.storage.studio import Studio
from vidfactory.tending import again, due_now, is_tended, nightly
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.paid_work import quick_crew
from vidfactory_tests.put_away import GRAPH, PutAway, began_at, report

NOW = dt.datetime.now(tz=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dagster's state in SQLite files, still empty: to be copied, because making them takes a second."""
    folder = tmp_path_factory.mktemp("dagster")
    with dg.DagsterInstance.local_temp(str(folder)) as opened:
        opened.get_dynamic_partitions("videos")
    return folder


@pytest.fixture
def instance(home: Path, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    shutil.copytree(home, tmp_path / "dagster")
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as opened:
        yield opened


def bench_of(studio: Studio, instance: dg.DagsterInstance, **channels: Channel) -> Bench:
    return Bench(Settings(studio=str(studio.root), local=studio.local, channels=channels), studio, instance, GRAPH)


def order(studio: Studio, instance: dg.DagsterInstance, key: str, channel: str = "desk") -> None:
    place(studio, key, FinanceOrder(posts=SAMPLES / "posts.json", channel=channel), NOW.date())
    instance.add_dynamic_partitions("videos", [key])


def failed_run(instance: dg.DagsterInstance, key: str, error: Exception, began: dt.datetime) -> None:
    """A run of the video in which its brief failed so."""

    @dg.op(name="brief")
    def failing() -> None:
        raise error

    @dg.job(name="finance_video")
    def job() -> None:
        failing()

    done = job.execute_in_process(instance=instance, tags={"dagster/partition": key}, raise_on_error=False)
    assert not done.success
    began_at(instance, done.run_id, began)


def keys(bench: Bench) -> list[str]:
    return [due.video for due in due_now(bench, "desk", NOW)]


def test_what_was_ordered_and_not_made_is_due_within_the_channels_hours(
    studio: Studio, instance: dg.DagsterInstance
) -> None:
    order(studio, instance, "finance-ours")
    order(studio, instance, "finance-theirs", "other")
    bench = bench_of(studio, instance, desk=Channel(), other=Channel())
    (due,) = due_now(bench, "desk", NOW)
    assert (due.video, due.run_key) == ("finance-ours", "due/finance-ours/first")
    assert {"brief", "package"} <= set(due.assets)
    closed = Hours(begin=(NOW + dt.timedelta(hours=1)).time(), end=(NOW + dt.timedelta(hours=2)).time())
    assert not due_now(bench_of(studio, instance, desk=Channel(hours=closed)), "desk", NOW)


def test_what_waits_to_be_started_and_what_is_packed_is_not_due(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    PutAway(NOW, "finance-packed", "desk", is_published=False).into(store, instance, tmp_path)
    order(store.studio, instance, "finance-waits")
    (store.studio.local / "waiting").mkdir()
    (store.studio.local / "waiting" / "finance-waits").write_text("order")
    assert keys(bench_of(store.studio, instance, desk=Channel())) == []


@pytest.mark.parametrize(
    ("error", "is_due_tomorrow"),
    [
        (Transient("it is busy"), True),
        (OverDayBudget("the day's money is spent"), True),
        (OverBudget("the video's money is spent"), False),
        (ValueError("a mistake"), False),
    ],
    ids=["passing", "the day's money", "its own money", "a mistake"],
)
def test_what_passes_is_due_again_the_next_day_and_the_rest_waits_for_a_person(
    studio: Studio, instance: dg.DagsterInstance, error: Exception, *, is_due_tomorrow: bool
) -> None:
    order(studio, instance, "finance-ours")
    bench = bench_of(studio, instance, desk=Channel())
    failed_run(instance, "finance-ours", error, NOW)
    assert keys(bench) == [], "not again on the same day"
    began_at(instance, instance.get_runs()[0].run_id, NOW - DAY)
    assert keys(bench) == (["finance-ours"] if is_due_tomorrow else [])


def test_a_channel_whose_order_cannot_be_read_keeps_no_other_back(studio: Studio, instance: dg.DagsterInstance) -> None:
    order(studio, instance, "finance-a")
    order(studio, instance, "finance-b")
    (studio.local / "briefs" / "finance-a.yaml").write_text("a: [")
    assert keys(bench_of(studio, instance, desk=Channel())) == ["finance-b"]


def test_a_cancelled_run_is_left_to_who_cancelled_it() -> None:
    assert again(None, "never") == "now"
    assert again("ended", "never") == "now"
    assert again("cancelled", "now") == "never"
    assert again("under way", "now") == "never"
    assert again("failed", "tomorrow") == "tomorrow"


def test_a_published_video_is_kept_up_to_date_for_as_long_as_its_raw_media_are() -> None:
    channel = Channel()

    def tended(days: float, state: str = "ended", *, published: bool = True, cleared: bool = False) -> bool:
        run = NewestRun("r", state, NOW - days * DAY)  # type: ignore[arg-type]
        return is_tended(channel, run, NOW, is_published=published, is_cleared=cleared)

    assert tended(6)
    assert not tended(8)
    assert not tended(6, cleared=True)
    assert tended(80, published=False)
    assert not tended(0, "under way", published=False)
    assert not is_tended(channel, None, NOW, is_published=True, is_cleared=False), "it was restored"


def test_the_night_takes_the_oldest_of_what_is_stale_as_far_as_the_days_money_reaches(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("finance-b", "finance-a", "finance-fresh", "finance-old"):
        age = 20 * DAY if key == "finance-old" else DAY
        PutAway(NOW - age, key, "desk").into(store, instance, tmp_path)
        if key != "finance-fresh":
            report(instance, "package", key, code="older")
    monkeypatch.setattr(tending, "night", lambda _, now: (now, now + dt.timedelta(hours=2)))
    monkeypatch.setattr("vidfactory.backfills.is_reordered", lambda *_: False)
    bench = bench_of(store.studio, instance, desk=Channel(budget=ChannelBudget(day_usd=Decimal(1))))
    planned = nightly(bench, "desk", NOW)
    assert planned is not None
    assert [video.video for video in planned.videos] == ["finance-b", "finance-a"], "published first, and still tended"
    assert planned.until == NOW + dt.timedelta(hours=2)
    assert BackfillBook(store.studio).open_ones() == [planned]
    assert nightly(bench, "desk", NOW) is None, "one a day"


def test_a_night_without_money_makes_only_what_costs_nothing(
    store: ArtifactStore, instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PutAway(NOW - DAY, "finance-a", "desk").into(store, instance, tmp_path)
    report(instance, "package", "finance-a", code="older")
    call = Call("painter", "image", "m", {})
    spent = Entry.of(Assignment("finance-x", "a", "desk", day=NOW.date()), call, "k", "settled", Decimal(1))
    Ledger(store.studio).write(spent)
    bench = bench_of(store.studio, instance, desk=Channel(budget=ChannelBudget(day_usd=Decimal(1))))
    free = nightly(bench, "desk", NOW)
    assert free is not None
    assert [video.usd for video in free.videos] == [Decimal(0)]
    monkeypatch.setattr("vidfactory.backfills._priced", lambda *args: _dear(args[2]))
    shutil.rmtree(store.studio.local / "backfills")
    assert nightly(bench, "desk", NOW) is None


def _dear(key: str) -> object:
    from vidfactory.schema.upkeep import BackfillVideo  # noqa: PLC0415 - needed here alone

    return BackfillVideo(video=key, assets=("package",), usd=Decimal("0.01"))


def test_each_channel_has_its_schedules_in_its_own_time_and_they_ask_for_what_is_due(
    studio: Studio, instance: dg.DagsterInstance
) -> None:
    hours = Hours(begin=dt.time(8), end=dt.time(22), zone="Europe/Berlin")
    desk = {"market-desk": Channel(hours=hours, priority=7), "all-day": Channel()}
    settings = Settings(studio=str(studio.root), local=studio.local, channels=desk)
    found = {each.name: each for each in channel_schedules(settings)}
    assert {name: (each.cron_schedule, each.execution_timezone) for name, each in found.items()} == {
        "market_desk_due": ("*/30 * * * *", "Europe/Berlin"),
        "market_desk_nightly": ("0 20 * * *", "Europe/Berlin"),
        "all_day_due": ("*/30 * * * *", "UTC"),
        "all_day_nightly": ("0 22 * * *", "UTC"),
    }
    assert all(each.default_status is dg.DefaultScheduleStatus.STOPPED for each in found.values())
    order(studio, instance, "finance-ours", "all-day")
    defs = build_defs(settings, {"crew": quick_crew(settings)})
    context = dg.build_schedule_context(
        instance=instance,
        repository_def=defs.get_repository_def(),
        resources={"studio": studio, "crew": quick_crew(settings)},
    )
    (request,) = found["all_day_due"].evaluate_tick(context).run_requests
    assert (request.partition_key, request.run_key) == ("finance-ours", "due/finance-ours/first")
    assert request.tags["vidfactory/cause"] == "due"
    (night,) = found["market_desk_nightly"].evaluate_tick(context).run_requests
    assert night.run_config == {"ops": {"plan_nightly": {"config": {"channel": "market-desk"}}}}
