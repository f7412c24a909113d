"""Failures that pass: what failed because a service was busy or a machine went away is tried again."""

import datetime as dt

import dagster as dg

from vidfactory.failures import TRY_TAG, FailedRun, failed_runs, unmade
from vidfactory.jobs import VIDEO_JOBS, job_name, run_tags

LOOKS_BACK = dt.timedelta(days=2)
"""Longer than all waits together."""


@dg.sensor(
    name="failures",
    jobs=VIDEO_JOBS,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tries again what failed for a reason that passes: after 5 minutes, 30 minutes and 2 hours",
)
def failures_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """What is due now."""
    return dg.SensorResult(run_requests=tries(context.instance, dt.datetime.now(tz=dt.UTC)))


def tries(instance: dg.DagsterInstance, now: dt.datetime) -> list[dg.RunRequest]:
    """One run for each video whose time has come, of what its failed run did not make."""
    return [
        _another(instance, failed)
        for failed in failed_runs(instance, now - LOOKS_BACK)
        if failed.next_try is not None and failed.next_try <= now
    ]


def _another(instance: dg.DagsterInstance, failed: FailedRun) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{failed.run_id}/{failed.tries + 1}",
        job_name=job_name(failed.video.split("-", 1)[0]),
        partition_key=failed.video,
        asset_selection=unmade(instance, failed.run_id),
        tags={**run_tags("retry", failed.channel), TRY_TAG: str(failed.tries + 1)},
    )
