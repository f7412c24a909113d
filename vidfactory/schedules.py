"""Schedules: what the studio does by the clock.

Belongs here: when, in whose time zone, and the runs that are asked for. Does not belong here: what is due (`tending`),
and what goes (`cleaning`).
"""

import datetime as dt
import re

import dagster as dg
from pydantic import Field

from vidfactory.backfills import Bench, night
from vidfactory.jobs import clean_up_job, job_name, operation_job, run_tags
from vidfactory.providers.crew import Crew
from vidfactory.schema.channel import Channel
from vidfactory.settings import Settings
from vidfactory.staleness import asset_key_of, checks_of
from vidfactory.storage.studio import Studio
from vidfactory.tending import due_now, nightly

operation_schedule = dg.ScheduleDefinition(
    name="operation",
    job=operation_job,
    cron_schedule="*/15 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Looks how the studio runs, every quarter of an hour",
)

clean_up_schedule = dg.ScheduleDefinition(
    name="clean_up",
    job=clean_up_job,
    cron_schedule="30 3 * * 0",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every Sunday: what finished videos leave behind goes, by the job clean_up",
)


class NightlyConfig(dg.Config):
    """Whose videos are put in order."""

    channel: str = Field(description="A channel of channels/, like market-minute")


@dg.op(description="Plans the backfill of a channel's day, which the sensor `backfills` then carries out")
def plan_nightly(
    context: dg.OpExecutionContext,
    config: NightlyConfig,
    studio: dg.ResourceParam[Studio],
    crew: dg.ResourceParam[Crew],
) -> None:
    """Look at every video of the channel that is kept up to date; a second for eighty of them."""
    bench = Bench(crew.settings, studio, context.instance, context.repository_def.asset_graph)
    planned = nightly(bench, config.channel, dt.datetime.now(tz=dt.UTC))
    if planned is None:
        context.log.info("%s: nothing is missing or stale that the day's money reaches for", config.channel)
        return
    rows = [f"| {each.video} | {', '.join(each.assets)} | {each.usd} |" for each in planned.videos]
    table = "\n".join(["| Video | Due | US$ at most |", "|---|---|---|", *rows])
    context.add_output_metadata({"backfill": planned.id, "videos": len(rows), "plan": dg.MetadataValue.md(table)})


@dg.job(
    name="nightly_backfill",
    executor_def=dg.in_process_executor,
    description="Plans what of a channel's videos is made again tonight: what is missing or stale, the oldest first",
)
def nightly_job() -> None:
    plan_nightly()


def channel_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Two for each channel, in its own time zone; a person starts them."""
    return [
        each for name, channel in settings.channels.items() for each in (_due(name, channel), _nightly(name, channel))
    ]


def _due(name: str, channel: Channel) -> dg.ScheduleDefinition:
    """Every half hour within the channel's hours."""

    @dg.schedule(
        name=f"{dagster_name(name)}_due",
        job_name=job_name(channel.format),
        cron_schedule="*/30 * * * *",
        execution_timezone=channel.hours.zone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"Makes what was ordered for {name} and is not finished, within its hours",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, studio: dg.ResourceParam[Studio], crew: dg.ResourceParam[Crew]
    ) -> list[dg.RunRequest]:
        assert context.repository_def is not None
        bench = Bench(crew.settings, studio, context.instance, context.repository_def.asset_graph)
        return [
            dg.RunRequest(
                run_key=due.run_key,
                partition_key=due.video,
                asset_selection=[asset_key_of(asset) for asset in due.assets],
                asset_check_keys=list(checks_of(bench.graph, due.assets)),
                tags=run_tags("due", name, channel.priority),
            )
            for due in due_now(bench, name, dt.datetime.now(tz=dt.UTC))
        ]

    return schedule


def _nightly(name: str, channel: Channel) -> dg.ScheduleDefinition:
    """When the last hours of the channel's day begin."""
    begin, _ = night(channel, dt.datetime(2000, 1, 3, tzinfo=dt.UTC))

    @dg.schedule(
        name=f"{dagster_name(name)}_nightly",
        job=nightly_job,
        cron_schedule=f"{begin.minute} {begin.hour} * * *",
        execution_timezone=channel.hours.zone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"Puts {name} in order at the end of its day: what is missing or stale, the oldest first, with what"
        " is left of the day's budget",
    )
    def schedule() -> dg.RunRequest:
        return dg.RunRequest(
            run_config={"ops": {"plan_nightly": {"config": {"channel": name}}}},
            tags=run_tags("backfill", name, channel.priority),
        )

    return schedule


def dagster_name(channel: str) -> str:
    """A channel's id as Dagster's names allow it."""
    return re.sub(r"[^A-Za-z0-9_]", "_", channel)
