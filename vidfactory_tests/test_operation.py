"""How the studio runs: each limit is kept and broken, and what breaks is told once."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import dagster as dg
import pytest
import stamina
from pydantic import SecretStr

from vidfactory.alarms import tell
from vidfactory.assets.operation import forget_looks, observe, operation
from vidfactory.definitions import crew_of
from vidfactory.errors import BadInput, Transient
from vidfactory.jobs import operation_job
from vidfactory.operation import CHECKS, SHOWN, Budget, Finding, Observed, findings
from vidfactory.partitions import videos
from vidfactory.schema.channel import Channel, ChannelBudget, Sources
from vidfactory.schema.trends import Memory, SourceState, SourceStates, Story
from vidfactory.settings import Alarms, Settings, Webhook
from vidfactory.storage.studio import Studio
from vidfactory.storage.topics import Topics
from vidfactory_tests.listener import Listener
from vidfactory_tests.servers.fixtures import loopback
from vidfactory_tests.test_webhooks import SECRET

__all__ = ["loopback"]

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
LIMITS = Alarms()
WELL = Observed(
    ended=100,
    failed=10,
    renders={"finance-a": 30.0},
    costs={"finance-a": Decimal(20)},
    budgets={"daily": Budget(Decimal("8.99"), Decimal(10)), "free": Budget(Decimal(0), Decimal(0))},
    queued=49,
    queued_before=49,
    silent={"daily: GOOG": 24.0},
    last_orders={"daily": (36.0, 12.0)},
)
WRONG = {
    "nothing_left_failed": (replace(WELL, left_failed={"finance-a": "narration: no voice"}), "finance-a: narration"),
    "error_rate": (replace(WELL, failed=11), "11 of 100 runs failed"),
    "render_time": (replace(WELL, renders={"finance-a": 31.0}), "finance-a took 31 minutes"),
    "video_cost": (replace(WELL, costs={"finance-a": Decimal("20.01")}), r"finance-a cost \$20.01, more than \$20.00"),
    "day_budgets": (
        replace(WELL, budgets={"daily": Budget(Decimal(9), Decimal(10))}),
        r"daily spent \$9.00 of \$10.00",
    ),
    "queue": (replace(WELL, queued=50), "50 wait, 49 an hour ago"),
    "sources": (replace(WELL, silent={"daily: GOOG": 25.0}), "daily: GOOG has brought nothing for 25 hours"),
    "freshness": (replace(WELL, last_orders={"daily": (37.0, 12.0)}), "daily has ordered nothing for 37 hours"),
    "channels": (
        replace(WELL, refused={"x.yaml": "x.yaml, line 3: there is no voice 'x'"}),
        "line 3: there is no voice",
    ),
}


def found(observed: Observed, name: str) -> Finding:
    return next(each for each in findings(observed, LIMITS) if each.name == name)


def test_all_is_well_up_to_the_limits() -> None:
    assert [each.name for each in findings(WELL, LIMITS)] == list(CHECKS)
    assert [each.said for each in findings(WELL, LIMITS) if not each.passed] == []
    assert [each.said for each in findings(Observed(), LIMITS) if not each.passed] == [], "a studio that does nothing"


@pytest.mark.parametrize("name", CHECKS)
def test_each_limit_is_told_when_it_is_passed(name: str) -> None:
    observed, said = WRONG[name]
    assert [each.name for each in findings(observed, LIMITS) if not each.passed] == [name]
    assert pytest.approx(0) != found(observed, name).figure
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(found(observed, name).said)


def test_one_failed_run_is_no_rate_and_a_queue_that_grows_is_told_early() -> None:
    assert found(Observed(ended=1, failed=1), "error_rate").passed
    assert not found(Observed(ended=3, failed=2), "error_rate").passed
    assert not found(Observed(queued=30, queued_before=20), "queue").passed
    assert found(Observed(queued=30, queued_before=31), "queue").passed
    assert found(Observed(queued=20, queued_before=10), "queue").passed


def test_a_hundred_failed_videos_are_one_readable_line() -> None:
    said = found(Observed(left_failed={f"finance-{n}": "x" for n in range(100)}), "nothing_left_failed").said
    assert said.count(";") == SHOWN
    assert said.endswith("and 80 more")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        opened.add_dynamic_partitions("videos", ["finance-a", "finance-b"])
        yield opened


def settings_of(studio: Studio, address: str = "http://127.0.0.1:9/") -> Settings:
    hook = Webhook.model_validate({"address": address, "key_name": "DESK_SECRET", "key": SecretStr(SECRET)})
    return Settings(
        studio=str(studio.root),
        local=studio.local,
        webhooks={"desk": hook},
        alarms=Alarms(webhook="desk"),
        channels={"daily": Channel(budget=ChannelBudget(day_usd=Decimal(10)))},
    )


def run(instance: dg.DagsterInstance, key: str, error: Exception | None) -> None:
    @dg.asset(partitions_def=videos)
    def video() -> int:
        if error:
            raise error
        return 1

    dg.materialize([video], partition_key=key, instance=instance, raise_on_error=False)


def test_the_studio_is_looked_at_as_it_is(instance: dg.DagsterInstance, studio: Studio) -> None:
    run(instance, "finance-a", None)
    run(instance, "finance-b", BadInput("there is no voice 'x'", remedy="Choose another"))
    seen = observe(instance, studio, settings_of(studio), dt.datetime.now(tz=dt.UTC))
    assert (seen.ended, seen.failed) == (2, 1)
    assert set(seen.renders) == {"finance-a", "finance-b"}
    assert seen.left_failed == {
        "finance-b": "video: there is no voice 'x'. Choose another. Then: vidfactory make finance-b"
    }
    assert seen.budgets == {"daily": Budget(Decimal(0), Decimal(10))}
    passing = observe(instance, studio, settings_of(studio), dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=2))
    assert (passing.ended, passing.renders) == (0, {})
    assert passing.left_failed, "what is left failed stays so"


def test_a_source_is_silent_since_it_brought_something_and_only_while_its_channel_names_it(
    instance: dg.DagsterInstance, studio: Studio
) -> None:
    state = SourceState(since=NOON, asked=NOON + dt.timedelta(hours=30), answered=NOON + dt.timedelta(hours=4))
    Topics(studio.topics).keep_states("daily", SourceStates(sources={"query GOOG": state, "query gone": state}))
    channel = Channel(sources=Sources(queries=("GOOG", "never asked")))
    settings = settings_of(studio).model_copy(update={"channels": {"daily": channel}})
    assert observe(instance, studio, settings, NOON).silent == {"daily: query GOOG": 26.0}


def test_a_channel_that_orders_by_itself_is_late_by_its_own_pace(instance: dg.DagsterInstance, studio: Studio) -> None:
    story = Story(key="finance-a", at=NOON, day=NOON.date(), symbol="", texts=("x",), ids=("1",), usd=Decimal(0))
    Topics(studio.topics).remember("daily", Memory(stories=(story,)))
    settings = settings_of(studio).model_copy(
        update={
            "channels": {"daily": Channel(videos_per_day=2), "by_hand": Channel(), "off": Channel(videos_per_day=0)}
        }
    )
    assert observe(instance, studio, settings, NOON + dt.timedelta(hours=5)).last_orders == {"daily": (5.0, 12.0)}


def test_old_looks_are_forgotten_and_nothing_else(instance: dg.DagsterInstance, studio: Studio) -> None:
    run(instance, "finance-a", None)
    resources = {"studio": studio, "crew": crew_of(Settings(studio=str(studio.root), local=studio.local))}
    job = dg.Definitions([operation], jobs=[operation_job], resources=resources).resolve_job_def(operation_job.name)
    job.execute_in_process(instance=instance)
    now = dt.datetime.now(tz=dt.UTC)
    forget_looks(instance, now - dt.timedelta(days=1))
    assert len(instance.get_runs()) == 2
    forget_looks(instance, now + dt.timedelta(minutes=1))
    assert [found.tags["dagster/partition"] for found in instance.get_runs()] == ["finance-a"]


def test_what_is_tried_again_is_not_left(instance: dg.DagsterInstance, studio: Studio) -> None:
    run(instance, "finance-b", Transient("busy"))
    assert observe(instance, studio, settings_of(studio), dt.datetime.now(tz=dt.UTC)).left_failed == {}


@pytest.mark.usefixtures("loopback")
def test_the_job_checks_and_tells(instance: dg.DagsterInstance, studio: Studio) -> None:
    run(instance, "finance-b", BadInput("there is no voice 'x'"))
    with Listener.at_work() as desk:
        settings = settings_of(studio, desk.address)
        resources = {"studio": studio, "crew": crew_of(settings)}
        job = dg.Definitions([operation], jobs=[operation_job], resources=resources).resolve_job_def("operation_round")
        for _ in range(2):
            result = job.execute_in_process(instance=instance)
        (message,) = desk.messages
        assert (message["type"], message["data"]["alarm"]) == ("alarm.raised", "nothing_left_failed")
        assert "there is no voice" in message["data"]["said"]
        run(instance, "finance-b", None)
        job.execute_in_process(instance=instance)
        assert [each["type"] for each in desk.messages] == ["alarm.raised", "alarm.cleared"]
    checks = {each.check_name: each.passed for each in result.get_asset_check_evaluations()}
    assert [name for name, passed in checks.items() if not passed] == ["nothing_left_failed"]
    assert set(checks) == set(CHECKS)


@pytest.mark.usefixtures("loopback")
def test_a_message_that_did_not_arrive_is_sent_again_under_its_number(studio: Studio) -> None:
    with Listener.at_work() as desk, stamina.set_testing(testing=True, attempts=1):
        settings = settings_of(studio, desk.address)
        desk.statuses = [204, 500]
        with pytest.raises(Transient):
            tell(studio, settings, {"queue": "50 wait", "sources": "silent"}, NOON)
        tell(studio, settings, {"queue": "51 wait", "sources": "silent"}, NOON)
        tell(studio, settings, {}, NOON + dt.timedelta(hours=1))
    numbers = [headers["webhook-id"] for headers, _ in desk.got]
    assert numbers == [
        "alarm.raised-queue-20261120T120000",
        "alarm.raised-sources-20261120T120000",
        "alarm.raised-sources-20261120T120000",
        "alarm.cleared-queue-20261120T120000",
        "alarm.cleared-sources-20261120T120000",
    ]


def test_without_a_webhook_nothing_is_told(studio: Studio) -> None:
    assert tell(studio, Settings(), {"queue": "50 wait"}, NOON) == []
    assert not studio.alarms.exists()
