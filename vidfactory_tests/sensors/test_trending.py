"""A day in minutes: five channels, their recorded feeds, and the sensors that order from them."""

import asyncio
import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from vidfactory import scouting
from vidfactory.definitions import crew_of, studio_of
from vidfactory.desks.finance.posts import parse_posts
from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.jobs import CAUSE_TAG, CHANNEL_TAG
from vidfactory.orders import is_placed, placed_order
from vidfactory.ports import Answer, Assignment, Call
from vidfactory.providers import folder_trends, rss_trends
from vidfactory.schema.channel import Channel
from vidfactory.schema.trends import Memory, SourceState
from vidfactory.scouting import Scouted, paces, scout
from vidfactory.sensors import trending as sensors
from vidfactory.sensors.inbox import inbox_sensor
from vidfactory.sensors.trending import trends_sensors
from vidfactory.settings import Settings
from vidfactory.storage.ledger import Ledger
from vidfactory.storage.order_book import OrderBook
from vidfactory.storage.topics import Topics
from vidfactory_tests.providers.pages import Served, SmallWeb
from vidfactory_tests.sensors.recorded import Told, as_feed, as_posts, as_search, recorded, visible
from vidfactory_tests.servers.fixtures import loopback

__all__ = ["loopback"]
BEGIN = dt.datetime(2022, 3, 26, 20, tzinfo=dt.UTC)
"""Berlin's clocks go forward five hours later, between two of its midnights."""
TICK = dt.timedelta(minutes=30)
TICKS = 60
BURSTS = tuple(dt.datetime(2022, 3, 26, 19, tzinfo=dt.UTC) + dt.timedelta(minutes=each) for each in (0, 230, 1610))
"""One in time for the first day of Berlin, and one before each of its midnights."""
QUOTE = Decimal("1.134")
"""Of 1,134 characters; everything else is of the house."""
COST = Decimal("1.00")


class Clock(dt.datetime):
    """Everybody's clock, which the test moves."""

    at = BEGIN

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        return cls.at.astimezone(tz)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(sensors.dt, "datetime", Clock)
    monkeypatch.setattr(Clock, "at", BEGIN)
    return Clock


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def web(loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallWeb]:
    """A small web, which readers of feeds take for the open one."""
    with SmallWeb() as running:
        monkeypatch.setattr(rss_trends, "PublicWeb", running.visitor)
        yield running


def settings_of(folder: Path, channels: dict[str, Any], **more: Any) -> Settings:
    """The house alone works; `x` and the voice have prices, and each channel may have posts in a folder of its name."""
    services = {
        **{name: {"like": "folder", "options": {"folder": str(folder / name)}} for name in channels},
        "x": {"key": "k", "prices": {"post": "0.005"}, "per_minute": 100_000, **more.pop("x", {})},
        "rss": {"prices": {"request": 0}, "per_minute": 100_000, "timeout_s": 5},
        "elevenlabs": {"prices": {"character": "0.001"}},
    }
    defaults: dict[str, Any] = {"studio": str(folder / "studio"), "local": folder / "studio", "inbox": folder / "inbox"}
    found = {name: Channel.model_validate(channel) for name, channel in channels.items()}
    return Settings(**{**defaults, "services": services, "channels": found, **more})


def posts_of(name: str, **channel: Any) -> dict[str, Any]:
    """A channel whose account `ada` lies in the folder of its name."""
    return {"providers": {"trends": name}, "sources": {"accounts": ["ada"]}, **channel}


def publish(folder: Path, name: str, content: bytes) -> None:
    """Put the posts of a channel on its wire."""
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "posts.json").write_bytes(content)


def look(settings: Settings, name: str, now: dt.datetime = BEGIN, **how: Any) -> Scouted:
    return asyncio.run(scout(crew_of(settings), studio_of(settings), name, now, **how))


def memory_of(settings: Settings, name: str) -> Memory:
    return Topics(studio_of(settings).topics).memory(name)


def state_of(settings: Settings, name: str, source: str) -> SourceState:
    return Topics(studio_of(settings).topics).states(name).sources[source]


def few(count: int = 3, seed: int = 1) -> list[Told]:
    """Stories of the last hours."""
    moments = [BEGIN - dt.timedelta(hours=2, minutes=number) for number in range(count)]
    return recorded(seed, moments, lambda story: 100 * (story + 1), 0)


# A day in minutes


class Day:
    """Five channels on one studio, the wire that they listen to, and a Dagster that starts what waits."""

    def __init__(self, folder: Path, web: SmallWeb, instance: dg.DagsterInstance) -> None:
        self.folder, self.web, self.instance = folder, web, instance
        self.settings = settings_of(
            folder,
            {
                "wire": {
                    "sources": {"feeds": [web.url("/wire")]},
                    "videos_per_day": 1000,
                },
                "best": posts_of("best", videos_per_day=12, hours={"zone": "Europe/Berlin"}),
                "office": posts_of(
                    "office", videos_per_day=500, hours={"begin": "08:00", "end": "20:00", "zone": "America/New_York"}
                ),
                "paid": {
                    "providers": {"trends": "x", "narrator": "elevenlabs"},
                    "sources": {"queries": ["stocks"]},
                    "videos_per_day": 100,
                    "budget": {"day_usd": 10},
                },
                "frugal": posts_of("frugal", videos_per_day=100, budget={"day_usd": 0}),
            },
            x={"address": web.address},
        )
        self.studio = studio_of(self.settings)
        span = TICK * TICKS
        self.told = {
            "wire": recorded(1, [BEGIN - dt.timedelta(hours=3) + span * n / 160 for n in range(150)], lambda _: 0, 60),
            "best": recorded(2, [moment for moment in BURSTS for _ in range(30)], best_likes, 0),
            "office": recorded(3, [BEGIN + span * n / 80 for n in range(60)], lambda _: 50, 10),
            "paid": recorded(4, [BEGIN - dt.timedelta(hours=3) + span * n / 60 for n in range(60)], lambda _: 90, 0),
            "frugal": recorded(5, [BEGIN + span * n / 50 for n in range(40)], lambda _: 20, 20),
        }
        self.requests: list[dg.RunRequest] = []
        self.restart()

    def restart(self) -> None:
        """New code servers: nothing that a process or a cursor holds is left."""
        self.crew = crew_of(self.settings)
        self.sensors = {each.name: each for each in trends_sensors(self.settings)}

    def tick(self, number: int) -> None:
        """What Dagster's daemon does: each sensor in its turn, and the runs that they ask for."""
        now = BEGIN + number * TICK
        Clock.at = now
        shown = {name: visible(told, now) for name, told in self.told.items()}
        self.web.pages["/wire"] = faulty(number, as_feed(shown["wire"]), as_feed(visible(self.told["wire"], BEGIN)))
        self.web.pages["/2/tweets/search/recent"] = Served(as_search(shown["paid"][:30], now), "application/json")
        for name in ("best", "office", "frugal"):
            publish(self.folder, name, as_posts(shown[name], now))
        for sensor in self.sensors.values():
            found = sensor(dg.build_sensor_context(instance=self.instance), studio=self.studio, crew=self.crew)
            assert isinstance(found, dg.SkipReason)
        result = inbox_sensor(dg.build_sensor_context(instance=self.instance), studio=self.studio, crew=self.crew)
        assert isinstance(result, dg.SensorResult)
        for added in result.dynamic_partitions_requests or []:
            assert isinstance(added, dg.AddDynamicPartitionsRequest)
            self.instance.add_dynamic_partitions("videos", list(added.partition_keys))
        for request in result.run_requests or []:
            self.run(request)

    def run(self, request: dg.RunRequest) -> None:
        """A run, as Dagster keeps it; a video of the channel that pays has its voice bought by the call desk."""
        self.requests.append(request)
        key, channel = str(request.partition_key), request.tags[CHANNEL_TAG]
        tags = {**request.tags, "dagster/run_key": str(request.run_key), "dagster/partition": key}
        self.instance.add_run(dg.DagsterRun(job_name=str(request.job_name), run_id=key, tags=tags))
        if channel == "paid":
            asyncio.run(self.buy(key, channel))

    async def buy(self, key: str, channel: str) -> None:
        budget = self.settings.channels[channel]
        assignment = Assignment(
            video=key,
            asset="narration",
            channel=channel,
            budget_usd=Decimal(5),
            day_budget_usd=budget.budget.day_usd,
            day=budget.hours.day(Clock.at),
        )

        async def send(_key: str) -> Answer:
            return Answer(facts={}, cost=COST)

        await self.crew.calls_for(assignment).ask(Call("elevenlabs", "speech", "m", {"video": key}, QUOTE), send)

    def stories(self, channel: str) -> list[tuple[int, dt.datetime]]:
        """The story of each order of a channel, and when it was placed, as the orders themselves have it."""
        numbers = {str(each.number): each.story for each in self.told[channel]}
        numbers |= {rss_trends.entry_id(number): story for number, story in numbers.items()}
        at = {story.key: story.at for story in memory_of(self.settings, channel).stories}
        found = []
        for request in self.requests:
            if request.tags[CHANNEL_TAG] == channel:
                order = placed_order(self.studio, str(request.partition_key))
                assert order.posts is not None
                told = {numbers[post["id"]] for post in json.loads(order.posts.read_bytes())["tweets"]}
                assert len(told) == 1, "one video, one story"
                found.append((told.pop(), at[str(request.partition_key)]))
        return found


def best_likes(story: int) -> int:
    """Of thirty stories the first twelve are hot; the others nobody reads."""
    return 10_000 + story if story % 30 < 12 else 1


def faulty(number: int, feed: bytes, old: bytes) -> Served:
    """The feed, which now and then is empty, broken, gone, of another shape, or goes back in time."""
    rss = "application/rss+xml"
    faults = {
        7: Served(b'<rss version="2.0"><channel/></rss>', rss),
        14: Served(b'{"items": []}', "application/json"),
        21: Served(b"gone", status=404),
        28: Served(old, rss),
        29: Served(b"<html><p>We have moved</p></html>", "text/html"),
        35: Served(b" " * 3_000_000, rss),
    }
    return faults.get(number, Served(feed, rss))


def test_a_day_in_minutes(tmp_path: Path, web: SmallWeb, instance: dg.DagsterInstance, clock: type[Clock]) -> None:
    day = Day(tmp_path, web, instance)
    for number in range(TICKS):
        if number == TICKS // 2:
            day.restart()
        day.tick(number)
    end = BEGIN + (TICKS - 1) * TICK
    orders = {channel: day.stories(channel) for channel in day.told}

    def told_by(channel: str, moment: dt.datetime = end) -> set[int]:
        return {each.story for each in day.told[channel] if each.at <= moment}

    # No video twice, and none that Dagster does not know.
    keys = [request.partition_key for request in day.requests]
    assert len(set(keys)) == len(keys) == len({request.run_key for request in day.requests})
    assert all(request.tags[CAUSE_TAG] == "trend" for request in day.requests)
    for channel, found in orders.items():
        assert max(Counter(story for story, _ in found).values()) == 1, channel
    assert OrderBook(day.studio).waiting() == [] or set(OrderBook(day.studio).waiting()) <= set(keys)

    # Exactly what is wanted: all that was told, whatever became of the feed in between.
    assert {story for story, _ in orders["wire"]} == told_by("wire")
    # The hottest twelve of each of Berlin's days, the short one among them.
    by_day: dict[str, set[int]] = {}
    for story, at in orders["best"]:
        by_day.setdefault(f"{at.astimezone(ZoneInfo('Europe/Berlin')):%d}", set()).add(story)
    assert by_day == {"26": set(range(12)), "27": set(range(30, 42)), "28": set(range(60, 72))}
    # All that was told by closing time in New York, and nothing in the night.
    closing = dt.datetime(2022, 3, 27, 23, 59, tzinfo=dt.UTC)
    assert {story for story, _ in orders["office"]} == told_by("office", closing)
    assert all(8 <= at.astimezone(ZoneInfo("America/New_York")).hour < 20 for _, at in orders["office"])
    # As many as the day's money holds by their quotes, beside what the search took.
    ledger = Ledger(day.studio)
    for date in (dt.date(2022, 3, 26), dt.date(2022, 3, 27)):
        made = [at for _, at in orders["paid"] if at.date() == date]
        polls = ledger.sums(f"channel-paid-{date}").committed
        assert ledger.day_sums("paid", date).committed == polls + len(made) * COST <= 10
        assert len(made) == 10 // QUOTE == 8
    # Without money all that is free.
    assert {story for story, _ in orders["frugal"]} == told_by("frugal")
    assert ledger.day_sums("frugal", dt.date(2022, 3, 27)).committed == 0
    assert len(keys) >= 300


# What a crash leaves


def test_a_crash_while_orders_are_placed_loses_and_doubles_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path, {"a": posts_of("a", videos_per_day=3)})
    publish(tmp_path, "a", as_posts(few(), BEGIN))
    real, placed = scouting.order_video, []

    def killed(*given: Any, **how: Any) -> str:
        if len(placed) == 1:
            raise KeyboardInterrupt
        placed.append(given[4])
        return real(*given, **how)

    monkeypatch.setattr(scouting, "order_video", killed)
    with pytest.raises(KeyboardInterrupt):
        look(settings, "a")
    monkeypatch.setattr(scouting, "order_video", real)
    publish(tmp_path, "a", as_posts(recorded(9, [BEGIN], lambda _: 10**6, 0), BEGIN))
    found = look(settings, "a", BEGIN + dt.timedelta(hours=1))
    assert len(found.placed) == 3, "those that were to be placed, and no other in their stead"
    assert sorted(OrderBook(studio_of(settings)).waiting()) == sorted(found.placed)
    assert placed[0] in found.placed
    assert all(is_placed(studio_of(settings), key) for key in found.placed)


def test_a_channel_that_lost_its_memory_orders_the_same_again_under_the_same_keys(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {"a": posts_of("a")})
    publish(tmp_path, "a", as_posts(few(1), BEGIN))
    first = look(settings, "a").placed
    (studio_of(settings).topics / "a.json").unlink()
    assert look(settings, "a", BEGIN + dt.timedelta(hours=1)).placed == first
    assert len(list(studio_of(settings).briefs.glob("*.yaml"))) == 1


def test_a_memory_that_cannot_be_read_stops_the_channel_and_says_so(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {"a": posts_of("a")})
    publish(tmp_path, "a", as_posts(few(), BEGIN))
    look(settings, "a")
    (studio_of(settings).topics / "a.json").write_text("{")
    with pytest.raises(DamagedArtifact, match=r"topics/a\.json"):
        look(settings, "a")


def test_an_order_that_is_refused_is_told_and_the_next_one_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path, {"a": posts_of("a", videos_per_day=1)})
    publish(tmp_path, "a", as_posts(few(2), BEGIN))
    monkeypatch.setattr(scouting, "order_video", refuse)
    (key,) = look(settings, "a").refused
    monkeypatch.undo()
    found = look(settings, "a", BEGIN + dt.timedelta(minutes=10))
    assert len(found.placed) == 1
    assert key not in found.placed


def refuse(*_: Any, **__: Any) -> str:
    raise BadInput("no", where="here")


# What sources do


def test_one_source_that_fails_keeps_no_other_away_and_takes_nothing_from_what_it_brought(
    tmp_path: Path, web: SmallWeb
) -> None:
    feeds = [web.url("/good"), web.url("/bad")]
    settings = settings_of(tmp_path, {"a": {"sources": {"feeds": feeds}, "videos_per_day": 9}})
    web.pages["/good"] = Served(as_feed(few(1)), "application/rss+xml")
    web.pages["/bad"] = Served(as_feed(few(2, seed=2)), "application/rss+xml")
    assert len(look(settings, "a").placed) == 3
    web.pages["/bad"] = Served(b"moved", status=404)
    later = BEGIN + dt.timedelta(hours=1)
    found = look(settings, "a", later)
    assert [trouble.split(":")[0] for trouble in found.troubles] == [f"feed {feeds[1].split(':')[0]}"]
    state = state_of(settings, "a", f"feed {feeds[1]}")
    assert (state.answered, state.count, state.failed) == (BEGIN, 2, later)
    assert "404" in state.reason
    assert state.silent_hours == 1
    assert state_of(settings, "a", f"feed {feeds[0]}").answered == later
    assert len(memory_of(settings, "a").stories) == 3


def test_a_source_that_goes_back_in_time_is_told(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {"a": posts_of("a", videos_per_day=9)})
    publish(tmp_path, "a", as_posts(few(), BEGIN))
    look(settings, "a")
    publish(tmp_path, "a", as_posts(few()[2:], BEGIN))
    assert "was of 2022-03-26 18:00 before" in look(settings, "a", BEGIN + dt.timedelta(hours=1)).troubles[0]


def test_a_mistake_in_a_provider_is_raised_after_the_others_were_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance, clock: type[Clock]
) -> None:
    channel = posts_of("a", videos_per_day=9)
    settings = settings_of(tmp_path, {"a": {**channel, "sources": {"accounts": ["ada"], "queries": ["!"]}}})
    publish(tmp_path, "a", as_posts(few(), BEGIN))
    monkeypatch.setattr(folder_trends, "speaks_of", lambda *_: 1 / 0)
    (sensor,) = trends_sensors(settings)
    context = dg.build_sensor_context(instance=instance)
    with pytest.raises(ExceptionGroup, match=r"ordered finance-a.*mistakes in the program"):
        sensor(context, studio=studio_of(settings), crew=crew_of(settings))
    assert "ZeroDivisionError" in state_of(settings, "a", "query !").reason


def test_a_source_that_does_not_answer_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(tmp_path, {"a": posts_of("a")})
    publish(tmp_path, "a", as_posts(few(), BEGIN))

    async def hang(*_: Any) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(folder_trends.FolderTrends, "posts", hang)
    monkeypatch.setattr(scouting, "POLL_S", 0.01)
    assert "did not answer within" in look(settings, "a").troubles[0]


# What asking costs


def paid_channel(folder: Path, web: SmallWeb, **channel: Any) -> Settings:
    web.pages["/2/tweets/search/recent"] = Served(as_search(few(), BEGIN), "application/json")
    paid = {"providers": {"trends": "x"}, "sources": {"queries": ["stocks"]}, "videos_per_day": 9, **channel}
    return settings_of(folder, {"a": paid}, x={"address": web.address})


def test_ticks_of_one_slot_have_one_answer_and_the_next_slot_asks_anew(tmp_path: Path, web: SmallWeb) -> None:
    settings = paid_channel(tmp_path, web, budget={"day_usd": 10})
    (pace,) = paces(settings, "a")
    assert (pace.usd, pace.every_s, pace.polls) == (Decimal("0.15"), 7200, 12)
    for minutes in (0, 10, 110, 120):
        look(settings, "a", BEGIN + dt.timedelta(minutes=minutes))
    assert len(web.asked) == 2
    assert Ledger(studio_of(settings)).day_sums("a", BEGIN.date()).settled == 2 * 3 * Decimal("0.005")


@pytest.mark.parametrize(
    ("channel", "every_s"),
    [
        ({"budget": {"day_usd": 1000}}, 600),
        ({"budget": {"day_usd": 1}}, 86_400),
        ({"budget": {"day_usd": "0.5"}}, 0),
        ({"budget": {"day_usd": 1}, "hours": {"begin": "08:00", "end": "09:00"}}, 3600),
        ({}, 3600),
        ({"sources": {"queries": ["a", "b", "c"]}}, 10_800),
    ],
)
def test_a_source_is_asked_as_often_as_the_channel_can_pay(
    tmp_path: Path, web: SmallWeb, channel: dict[str, Any], every_s: int
) -> None:
    asked = paces(paid_channel(tmp_path, web, **channel), "a")
    assert {pace.every_s for pace in asked} == {every_s}


def test_a_source_that_the_channel_cannot_pay_is_never_asked(tmp_path: Path, web: SmallWeb) -> None:
    settings = paid_channel(tmp_path, web, budget={"day_usd": 0})
    assert "an answer may cost $0.15" in look(settings, "a").troubles[0]
    assert web.asked == []


def test_nothing_is_asked_while_nothing_can_be_ordered(tmp_path: Path, web: SmallWeb) -> None:
    settings = paid_channel(tmp_path, web, videos_per_day=0)
    assert "0 of 0 topics" in look(settings, "a").closed
    assert web.asked == []


def test_only_looking_orders_and_remembers_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {"a": posts_of("a")})
    publish(tmp_path, "a", as_posts(few(), BEGIN))
    found = look(settings, "a", ordering=False)
    assert found.outlook
    assert len(found.outlook.picks) == 1
    assert not (studio_of(settings).topics / "a.json").exists()
    assert OrderBook(studio_of(settings)).waiting() == []


def test_symbols_are_searched_where_a_channel_names_nothing_else(tmp_path: Path) -> None:
    channel = {"providers": {"trends": "a"}, "sources": {"symbols": ["GOOG"]}, "videos_per_day": 9}
    settings = settings_of(tmp_path, {"a": channel})
    told = few(2)
    tagged = [replace(told[0], text=f"$GOOG {told[0].text.replace('Google', '')}"), told[1]]
    publish(tmp_path, "a", as_posts(tagged, BEGIN))
    (pick,) = look(settings, "a").placed
    assert placed_order(studio_of(settings), pick).symbol == "GOOGL", "which has the prices of that day"


def test_an_order_brings_its_posts_and_names_its_channel(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {"a": posts_of("a")})
    publish(tmp_path, "a", as_posts(few(1), BEGIN))
    (key,) = look(settings, "a").placed
    order = placed_order(studio_of(settings), key)
    assert order.channel == "a"
    assert order.posts is not None
    assert parse_posts(order.posts.read_bytes(), "posts").tweets[0].text == few(1)[0].text
    assert OrderBook(studio_of(settings)).cause(key) == "trend"


# The sensors themselves


def test_a_channel_with_sources_has_a_sensor_that_a_person_starts(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {"market-minute": posts_of("market-minute"), "quiet": {}})
    (sensor,) = trends_sensors(settings)
    assert sensor.name == "market_minute_trends"
    assert sensor.default_status == dg.DefaultSensorStatus.STOPPED
    assert 300 <= sensor.minimum_interval_seconds <= 900
