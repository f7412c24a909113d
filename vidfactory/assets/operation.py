"""How the studio runs: one asset without partitions, with a check for each alarm."""

import datetime as dt
from collections.abc import Iterable

import dagster as dg

from vidfactory.alarms import tell
from vidfactory.failures import FailedRun, failed_runs
from vidfactory.operation import CHECKS, Budget, Observed, findings
from vidfactory.providers.crew import Crew
from vidfactory.scouting import sources_of
from vidfactory.settings import Settings
from vidfactory.storage import objects
from vidfactory.storage.ledger import Ledger
from vidfactory.storage.studio import Studio
from vidfactory.storage.topics import Topics

LOOK = "operation_round"
"""The job that makes it."""
LOOKS_KEPT = dt.timedelta(days=7)
MOST_FORGOTTEN = 200
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
PARTITION_TAG = "dagster/partition"
QUEUED, WRONG = "queued", "wrong"
OPERATION = dg.AssetKey("operation")
ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
UNDER_WAY = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING)


@dg.asset(
    group_name="operation",
    owners=["team:studio"],
    kinds={"python"},
    code_version="1",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=HOUR),
    check_specs=[dg.AssetCheckSpec(name, asset=OPERATION, description=wanted) for name, wanted in CHECKS.items()],
)
def operation(  # noqa: ANN201 - Dagster takes no annotation beside check specs
    context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio], crew: dg.ResourceParam[Crew]
):
    """Failures, error rate, render times, costs, budgets, queue and sources, each held against its limit."""
    observed = observe(context.instance, studio, crew.settings, dt.datetime.now(tz=dt.UTC))
    found = findings(observed, crew.settings.alarms)
    forget_looks(context.instance, dt.datetime.now(tz=dt.UTC) - LOOKS_KEPT)
    return dg.MaterializeResult(
        metadata={
            **{each.name: each.figure for each in found},
            QUEUED: observed.queued,
            WRONG: dg.MetadataValue.json({each.name: each.said for each in found if not each.passed}),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=each.name,
                passed=each.passed,
                severity=dg.AssetCheckSeverity.WARN,
                description=each.said,
                metadata={"figure": each.figure},
            )
            for each in found
        ],
    )


@dg.success_hook(name="alarms", required_resource_keys={"studio", "crew"})
def alarms_hook(context: dg.HookContext) -> None:
    """Post what has become wrong, or is over, to the webhook of the alarms."""
    seen = context.instance.get_latest_materialization_event(OPERATION)
    assert seen is not None, "it has just been made"
    assert seen.asset_materialization is not None
    wrong = seen.asset_materialization.metadata[WRONG].value
    assert isinstance(wrong, dict)
    for told in tell(context.resources.studio, context.resources.crew.settings, wrong, dt.datetime.now(tz=dt.UTC)):
        context.log.warning(told)


def forget_looks(instance: dg.DagsterInstance, before: dt.datetime) -> None:
    """Remove the runs of earlier looks from Dagster's history: a hundred a day would make the most of it."""
    old = dg.RunsFilter(job_name=LOOK, statuses=[*ENDED], created_before=before)
    for run in instance.get_runs(old, limit=MOST_FORGOTTEN):
        instance.delete_run(run.run_id)


def observe(instance: dg.DagsterInstance, studio: Studio, settings: Settings, now: dt.datetime) -> Observed:
    """The studio as it is at `now`. What is looked at by the video is of the last hour, so that it stays little."""
    ended = _runs(instance, now - DAY, ENDED)
    of_the_hour = [*(run for run in ended if run.update_timestamp >= now - HOUR), *_runs(instance, None, UNDER_WAY)]
    videos = sorted({run.dagster_run.tags[PARTITION_TAG] for run in of_the_hour})
    ledger = Ledger(studio)
    return Observed(
        left_failed={each.video: _what_to_do(each) for each in failed_runs(instance) if each.next_try is None},
        ended=len(ended),
        failed=sum(run.dagster_run.is_failure for run in ended),
        renders=_renders(instance, of_the_hour, now),
        costs={video: ledger.sums(video).committed for video in videos},
        budgets=_budgets(ledger, settings, now),
        queued=_queued(instance, studio),
        queued_before=_queued_before(instance, now - HOUR),
        silent=_silent(studio, settings),
        last_orders=_last_orders(studio, settings, now),
        refused=settings.refused_channels,
    )


def _what_to_do(failed: FailedRun) -> str:
    """Why a video failed, each reason with its way out, and how it goes on."""
    reasons = "; ".join(f"{each.asset}: {each.said}" if each.asset else each.said for each in failed.failures)
    return f"{reasons}. Then: vidfactory make {failed.video}"


def _runs(
    instance: dg.DagsterInstance, since: dt.datetime | None, statuses: Iterable[dg.DagsterRunStatus]
) -> list[dg.RunRecord]:
    """The runs that make a video."""
    wanted = dg.RunsFilter(statuses=list(statuses), updated_after=since)
    return [run for run in instance.get_run_records(wanted) if PARTITION_TAG in run.dagster_run.tags]


def _renders(instance: dg.DagsterInstance, runs: Iterable[dg.RunRecord], now: dt.datetime) -> dict[str, float]:
    """Minutes that the step `video` took, or has taken so far."""
    minutes = {}
    for run in runs:
        for step in instance.get_run_step_stats(run.dagster_run.run_id, ["video"]):
            if step.start_time is not None:
                until = step.end_time or (now.timestamp() if not run.dagster_run.is_finished else step.start_time)
                minutes[run.dagster_run.tags[PARTITION_TAG]] = (until - step.start_time) / 60
    return minutes


def _budgets(ledger: Ledger, settings: Settings, now: dt.datetime) -> dict[str, Budget]:
    limits = {name: each.budget.day_usd for name, each in settings.channels.items()}
    return {
        name: Budget(ledger.day_sums(name, settings.channels[name].hours.day(now)).committed, limit)
        for name, limit in limits.items()
        if limit is not None
    }


def _silent(studio: Studio, settings: Settings) -> dict[str, float]:
    """How long each source that a channel names had brought nothing when it was asked last."""
    topics = Topics(studio.topics)
    silent: dict[str, float] = {}
    for name, channel in settings.channels.items():
        states = topics.states(name).sources
        silent |= {
            f"{name}: {source}": states[str(source)].silent_hours
            for source in sources_of(channel)
            if str(source) in states
        }
    return silent


def _last_orders(studio: Studio, settings: Settings, now: dt.datetime) -> dict[str, tuple[float, float]]:
    """Of channels that ordered by themselves: hours since the last time, and between two that make the day's number."""
    topics = Topics(studio.topics)
    ordered = {
        name: [story for story in topics.memory(name).stories if not story.refused]
        for name, each in settings.channels.items()
        if each.videos_per_day
    }
    return {
        name: ((now - stories[-1].at) / HOUR, 24 / settings.channels[name].videos_per_day)
        for name, stories in ordered.items()
        if stories
    }


def _queued(instance: dg.DagsterInstance, studio: Studio) -> int:
    waiting = instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))
    return waiting + len(objects.names(studio.waiting))


def _queued_before(instance: dg.DagsterInstance, moment: dt.datetime) -> int | None:
    """How many waited when somebody last looked before `moment`."""
    seen = dg.AssetRecordsFilter(OPERATION, before_timestamp=moment.timestamp())
    for record in instance.fetch_materializations(seen, limit=1).records:
        assert record.asset_materialization is not None
        queued = record.asset_materialization.metadata[QUEUED].value
        assert isinstance(queued, int)
        return queued
    return None
