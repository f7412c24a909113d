"""Schedules: what the studio does by the clock."""

import dagster as dg

from vidfactory.jobs import operation_job

operation_schedule = dg.ScheduleDefinition(
    name="operation",
    job=operation_job,
    cron_schedule="*/15 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Looks how the studio runs, every quarter of an hour",
)
