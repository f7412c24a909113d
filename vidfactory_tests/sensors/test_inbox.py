"""The inbox takes orders in, and what waits is started once, whoever placed it and whatever is cut off."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from vidfactory.definitions import crew_of, defs
from vidfactory.orders import place
from vidfactory.partitions import videos
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.channel import Channel
from vidfactory.sensors import inbox
from vidfactory.sensors.inbox import inbox_sensor
from vidfactory.settings import Settings
from vidfactory.storage import objects
from vidfactory.storage.order_book import OrderBook
from vidfactory.storage.studio import Studio
from vidfactory_tests.conftest import SAMPLES

TODAY = dt.date(2026, 1, 1)
POSTS = SAMPLES / "posts.json"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def tick(studio: Studio, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    settings = Settings(studio=str(studio.root), local=studio.local, channels={"daily": Channel(priority=7)})
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"studio": studio, "crew": crew_of(settings)}
    )
    result = inbox_sensor(context)
    assert isinstance(result, dg.SensorResult)
    return result


def requested(result: dg.SensorResult) -> list[str]:
    return sorted(request.partition_key or "" for request in result.run_requests or [])


def launch(instance: dg.DagsterInstance, result: dg.SensorResult) -> None:
    """What Dagster's daemon does with a tick's result, but that no run goes anywhere."""
    for request in result.run_requests or []:
        instance.create_run_for_job(
            defs.resolve_job_def(request.job_name or ""),
            tags={**request.tags, "dagster/run_key": request.run_key or "", "dagster/partition": request.partition_key},
        )


def drop(studio: Studio, name: str, text: str) -> Path:
    studio.inbox.mkdir(exist_ok=True)
    path = studio.inbox / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_inbox_takes_good_orders_and_sets_bad_ones_aside(studio: Studio, instance: dg.DagsterInstance) -> None:
    drop(studio, "finance-mine.yaml", f"posts: {POSTS}\n")
    drop(studio, "anything.yml", f"posts: {POSTS}\ntitle: From the inbox\n")
    drop(studio, "bad.yaml", "posts: gone.json\n")
    drop(studio, "odd.yaml", "1: x\n")
    (studio.inbox / "folder.yaml").mkdir()
    result = tick(studio, instance)
    assert requested(result) == ["finance-from-the-inbox", "finance-mine"]
    assert all(request.job_name == "finance_video" for request in result.run_requests or [])
    (added,) = result.dynamic_partitions_requests or []
    assert set(added.partition_keys) == {"finance-mine", "finance-from-the-inbox"}
    assert [path.name for path in sorted(studio.inbox.iterdir())] == ["folder.yaml", "refused"]
    assert "gone.json" in (studio.inbox / "refused" / "bad.yaml.reason.txt").read_text()


def test_an_order_is_asked_for_until_its_run_is_there_and_never_after(
    studio: Studio, instance: dg.DagsterInstance
) -> None:
    place(studio, "finance-mine", FinanceOrder(posts=POSTS), TODAY, waiting=True)
    first = tick(studio, instance)
    assert videos.name is not None
    instance.add_dynamic_partitions(videos.name, ["finance-mine"])  # and then the daemon was killed
    second = tick(studio, instance)
    assert [request.run_key for request in second.run_requests or []] == [
        request.run_key for request in first.run_requests or []
    ]
    launch(instance, second)
    assert requested(tick(studio, instance)) == []
    assert OrderBook(studio).waiting() == []


def test_a_run_has_the_channel_and_the_urgency_of_its_order(studio: Studio, instance: dg.DagsterInstance) -> None:
    order = FinanceOrder(posts=POSTS, channel="daily")
    place(studio, "finance-ordered", order, TODAY, waiting=True)
    place(studio, "finance-trend", order, TODAY, waiting=True, cause="trend")
    tags = {request.partition_key: request.tags for request in tick(studio, instance).run_requests or []}
    assert tags["finance-ordered"] == {
        "vidfactory/channel": "daily",
        "vidfactory/cause": "order",
        "dagster/priority": "307",
    }
    assert (tags["finance-trend"]["vidfactory/cause"], tags["finance-trend"]["dagster/priority"]) == ("trend", "207")


def test_an_order_that_was_placed_at_the_command_line_is_left_to_its_person(
    studio: Studio, instance: dg.DagsterInstance
) -> None:
    place(studio, "finance-mine", FinanceOrder(posts=POSTS), TODAY)
    assert requested(tick(studio, instance)) == []


def test_an_order_for_a_key_that_is_taken_is_set_aside(studio: Studio, instance: dg.DagsterInstance) -> None:
    for seconds in (50, 60):
        drop(studio, "finance-mine.yaml", f"posts: {POSTS}\nseconds: {seconds}\n")
        tick(studio, instance)
    assert "already an order" in (studio.inbox / "refused" / "finance-mine.yaml.reason.txt").read_text()


def test_a_file_that_a_crash_left_in_the_inbox_is_started_once(studio: Studio, instance: dg.DagsterInstance) -> None:
    path = drop(studio, "finance-mine.yaml", f"posts: {POSTS}\n")
    left = path.read_text()
    assert requested(tick(studio, instance)) == ["finance-mine"]
    path.write_text(left)
    launch(instance, tick(studio, instance))
    assert not path.exists()
    assert not (studio.inbox / "refused").exists()
    assert requested(tick(studio, instance)) == []


def test_two_daemons_take_each_order_once(studio: Studio, instance: dg.DagsterInstance) -> None:
    """Dagster warns of the other daemon; whatever both do, they ask for the same runs, which it starts once."""
    for number in range(6):
        drop(studio, f"finance-{number}.yaml", f"posts: {POSTS}\n")
    with ThreadPoolExecutor(2) as daemons:
        results = list(daemons.map(lambda _: tick(studio, instance), range(2)))
    assert not (studio.inbox / "refused").exists()
    assert list(studio.inbox.iterdir()) == []
    keys = {request.run_key for result in results for request in result.run_requests or []}
    assert len(keys) == 6
    assert OrderBook(studio).waiting() == [f"finance-{number}" for number in range(6)]


def test_orders_that_cannot_be_started_keep_no_other_away(
    studio: Studio, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_AT_ONCE", 3)
    for number in range(4):
        place(studio, f"finance-{number}", FinanceOrder(posts=POSTS, channel="gone"), TODAY, waiting=True)
    objects.put(studio.waiting / "finance-5", b"order")  # its placing was cut off
    place(studio, "finance-mine", FinanceOrder(posts=POSTS), TODAY, waiting=True)
    first = tick(studio, instance)
    second = tick(studio, instance, first.cursor)
    assert [requested(first), requested(second)] == [[], ["finance-mine"]]
    assert tick(studio, instance, second.cursor).cursor == "finance-2"
