"""Backfills: the runs of those that are under way, a few at a time."""

import datetime as dt

import dagster as dg

from vidfactory.backfills import BackfillBook, Bench, Driver, Turn
from vidfactory.errors import VidfactoryError
from vidfactory.jobs import VIDEO_JOBS, job_name, run_tags
from vidfactory.partitions import known_videos
from vidfactory.providers.crew import Crew
from vidfactory.staleness import asset_key_of, checks_of, video_format
from vidfactory.storage.studio import Studio


@dg.sensor(
    name="backfills",
    jobs=VIDEO_JOBS,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Goes on with backfills: the oldest videos first, within their channels' hours and budgets",
)
def backfills_sensor(
    context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio], crew: dg.ResourceParam[Crew]
) -> dg.SensorResult:
    """The runs whose turn it is. A run's key names the backfill, the video and its how manieth run that is."""
    assert context.repository_def is not None
    bench = Bench(crew.settings, studio, context.instance, context.repository_def.asset_graph)
    now = dt.datetime.now(tz=dt.UTC)
    requests, known = [], known_videos(context.instance)
    for backfill in BackfillBook(studio).open_ones():
        try:
            turns = Driver(bench, backfill).look(now).turns
        except VidfactoryError as error:
            context.log.warning("%s does not go on: %s", backfill.id, error)
            continue
        for turn in turns:
            if turn.video.video in known:
                requests.append(requested(bench, turn))
            else:
                context.log.warning("%s of %s has no partition: add it, or cancel", turn.video.video, backfill.id)
    return dg.SensorResult(run_requests=requests)


def requested(bench: Bench, turn: Turn) -> dg.RunRequest:
    """The run of a turn, behind everything that somebody waits for."""
    key, channel = turn.video.video, turn.video.channel
    return dg.RunRequest(
        run_key=turn.run_key,
        job_name=job_name(video_format(key)),
        partition_key=key,
        asset_selection=[asset_key_of(asset) for asset in turn.assets],
        asset_check_keys=list(checks_of(bench.graph, turn.assets)),
        tags={**run_tags("backfill", channel, bench.channel(channel).priority), **turn.tags},
    )
