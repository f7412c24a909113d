"""Failures that pass: what failed because a service was busy or a machine went away is tried again."""

import datetime as dt
from collections.abc import Mapping, Sequence

import dagster as dg

from vidfactory.failures import TRY_TAG, FailedRun, failed_runs, unmade
from vidfactory.jobs import VIDEO_JOBS, job_name, run_tags
from vidfactory.partitions import known_videos
from vidfactory.providers.crew import Crew

LOOKS_BACK = dt.timedelta(days=2)
"""Longer than all waits together."""


@dg.sensor(
    name="failures",
    jobs=VIDEO_JOBS,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tries again what failed for a reason that passes: after 5 minutes, 30 minutes and 2 hours",
)
def failures_sensor(context: dg.SensorEvaluationContext, crew: dg.ResourceParam[Crew]) -> dg.SensorResult:
    """What is due now."""
    priorities = {name: channel.priority for name, channel in crew.settings.channels.items()}
    return dg.SensorResult(run_requests=tries(context.instance, priorities, dt.datetime.now(tz=dt.UTC)))


def tries(instance: dg.DagsterInstance, priorities: Mapping[str, int], now: dt.datetime) -> list[dg.RunRequest]:
    """One run for each video whose time has come, of what its failed run did not make. priorities: of the channels."""
    known = known_videos(instance)
    due = [
        failed
        for failed in failed_runs(instance, now - LOOKS_BACK)
        if failed.next_try is not None and failed.next_try <= now and failed.video in known
    ]
    left = {failed.run_id: unmade(instance, failed.run_id) for failed in due}
    return [_another(failed, left[failed.run_id], priorities) for failed in due if left[failed.run_id]]


def _another(failed: FailedRun, assets: Sequence[dg.AssetKey], priorities: Mapping[str, int]) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{failed.run_id}/{failed.tries + 1}",
        job_name=job_name(failed.video.split("-", 1)[0]),
        partition_key=failed.video,
        asset_selection=assets,
        tags={
            **run_tags("retry", failed.channel, priorities.get(failed.channel or "", 0)),
            TRY_TAG: str(failed.tries + 1),
        },
    )
