"""Failed runs: what passes is tried again after a while, of what is left, and what lasts waits for a person."""

import datetime as dt
from collections.abc import Iterator

import dagster as dg
import pytest

from vidfactory.errors import BadInput, Exhausted, NotYet, OverBudget, Transient
from vidfactory.failures import BY_HAND, CHANNEL_TAG, TRY_TAG, WAITS, FailedRun, Failure, failed_runs, unmade
from vidfactory.jobs import CAUSE_TAG, PRIORITY_TAG
from vidfactory.partitions import videos
from vidfactory.sensors.failures import tries

KEY = "finance-a"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
PASSING = (Transient("busy"), Exhausted("four tries"), NotYet("tomorrow", until=NOON))
FIVE_HOURS = dt.timedelta(hours=5)
LASTING = (BadInput("no such voice"), OverBudget("too much"), ValueError("a mistake of ours"))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        opened.add_dynamic_partitions("videos", [KEY])
        yield opened


@dg.asset(partitions_def=videos)
def brief() -> int:
    return 1


def run(instance: dg.DagsterInstance, error: Exception | None, tags: dict[str, str] | None = None) -> None:
    """A run of `brief`, `narration`, `video`, of which the second raises `error`."""

    @dg.asset(partitions_def=videos)
    def narration(brief: int) -> int:
        if error:
            raise error
        return brief

    @dg.asset(partitions_def=videos)
    def video(narration: int) -> int:
        return narration

    dg.materialize(
        [brief, narration, video], partition_key=KEY, instance=instance, raise_on_error=False, tags=tags or {}
    )


def asked(instance: dg.DagsterInstance, later: dt.timedelta = dt.timedelta()) -> list[dg.RunRequest]:
    return tries(instance, {"daily": 7}, dt.datetime.now(tz=dt.UTC) + later)


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_what_passes_is_tried_again_in_time_and_only_what_is_left(
    instance: dg.DagsterInstance, error: Exception
) -> None:
    run(instance, error, {CHANNEL_TAG: "daily"})
    assert asked(instance) == []
    (request,) = asked(instance, WAITS[0])
    assert request.partition_key == KEY
    assert request.asset_selection == [dg.AssetKey("narration"), dg.AssetKey("video")]
    assert (request.tags[CHANNEL_TAG], request.tags[CAUSE_TAG], request.tags[TRY_TAG]) == ("daily", "retry", "1")
    assert request.tags[PRIORITY_TAG] == "107", "the channel's own is counted in"
    assert asked(instance, WAITS[0])[0].run_key == request.run_key, "Dagster starts one run a key"


def test_a_video_without_a_partition_keeps_no_other_from_its_next_try(instance: dg.DagsterInstance) -> None:
    run(instance, Transient("busy"))
    instance.delete_dynamic_partition("videos", KEY)
    assert asked(instance, WAITS[0]) == []


def test_a_run_that_had_made_all_before_it_died_is_over(instance: dg.DagsterInstance) -> None:
    run(instance, None)
    (done,) = instance.get_runs()
    instance.report_run_failed(done)
    assert unmade(instance, done.run_id) == []
    assert asked(instance, WAITS[0]) == []


@pytest.mark.parametrize("error", LASTING, ids=lambda error: type(error).__name__)
def test_what_lasts_waits_for_a_person(instance: dg.DagsterInstance, error: Exception) -> None:
    run(instance, error)
    assert asked(instance, FIVE_HOURS) == []
    (failed,) = failed_runs(instance)
    assert (failed.video, failed.failures[0].asset, failed.failures[0].kind) == (KEY, "narration", "lasting")
    assert failed.failures[0].is_own == isinstance(error, BadInput | OverBudget)
    assert str(error) in failed.failures[0].said


def test_each_try_waits_longer_and_the_last_one_is_the_last() -> None:
    failure = Failure("narration", "passing", "busy")
    moments = [FailedRun(KEY, "run", NOON, [failure], tries=number).next_try for number in range(4)]
    assert moments == [NOON + wait for wait in WAITS] + [None]
    assert list(WAITS) == sorted(WAITS)


def test_a_run_by_hand_is_left_to_the_hand(instance: dg.DagsterInstance) -> None:
    run(instance, Transient("busy"), {BY_HAND: "x"})
    assert asked(instance, FIVE_HOURS) == []


def test_a_later_run_that_ended_well_ends_the_matter(instance: dg.DagsterInstance) -> None:
    run(instance, Transient("busy"))
    run(instance, None)
    assert asked(instance, FIVE_HOURS) == []
    assert failed_runs(instance) == []


def test_a_check_that_stops_the_line_speaks_for_its_asset(instance: dg.DagsterInstance) -> None:
    @dg.asset(partitions_def=videos)
    def package() -> int:
        return 1

    @dg.asset_check(asset=package, partitions_def=videos, blocking=True)
    def disclosed() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, description="not disclosed in the description")

    defs = dg.Definitions([package], asset_checks=[disclosed], jobs=[dg.define_asset_job("all")])
    defs.resolve_job_def("all").execute_in_process(instance=instance, partition_key=KEY, raise_on_error=False)
    (failed,) = failed_runs(instance)
    assert [(each.kind, each.said) for each in failed.failures] == [("lasting", "not disclosed in the description")]
    assert unmade(instance, failed.run_id) == []


def test_a_run_that_died_without_a_word_passes(instance: dg.DagsterInstance) -> None:
    dead = instance.create_run_for_job(dg.Definitions([brief]).resolve_implicit_global_asset_job_def())
    instance.add_run_tags(dead.run_id, {"dagster/partition": KEY})
    instance.report_run_failed(dead)
    (failed,) = failed_runs(instance)
    assert failed.next_try is not None


def test_what_was_cancelled_is_over(instance: dg.DagsterInstance) -> None:
    stopped = instance.create_run_for_job(dg.Definitions([brief]).resolve_implicit_global_asset_job_def())
    instance.add_run_tags(stopped.run_id, {"dagster/partition": KEY})
    instance.report_run_canceled(stopped)
    assert failed_runs(instance) == []
