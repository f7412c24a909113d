"""Approvals: what may be published now."""

import datetime as dt

import dagster as dg

from vidfactory import reviews
from vidfactory.errors import VidfactoryError
from vidfactory.jobs import VIDEO_JOBS, job_name, run_tags
from vidfactory.partitions import known_videos
from vidfactory.providers.crew import Crew
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio

PUBLICATION = dg.AssetKey("publication")
TRY_AGAIN_S = 6 * 3600
"""What may be published and is not yet, because a publisher failed or must wait for its day, is tried so often."""


@dg.sensor(
    name="approvals",
    jobs=VIDEO_JOBS,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Publishes what a person approved, and what needs no approval",
)
def approvals_sensor(
    context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio], crew: dg.ResourceParam[Crew]
) -> dg.SensorResult:
    """One run of `publication` for each packed video that may go out and is not published as it is packed.

    A run's key names the edition, the decision and six hours of the day: what was started once is not started
    again, and what then had to wait is.
    """
    now, store = dt.datetime.now(tz=dt.UTC), ArtifactStore(studio)
    found = []
    for key in packed_anew(context.instance):
        try:
            name, tags = publishable(store, crew.settings, key)
        except VidfactoryError as error:
            context.log.warning("%s is not published: %s", key, error)
            continue
        if name and not under_way(context.instance, key, now):
            found.append((key, f"{key}/{name}/{int(now.timestamp()) // TRY_AGAIN_S}", tags))
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=run_key,
                job_name=job_name(key.split("-", 1)[0]),
                partition_key=key,
                asset_selection=[PUBLICATION],
                tags=tags,
            )
            for key, run_key, tags in found
        ]
    )


def packed_anew(instance: dg.DagsterInstance) -> list[str]:
    """The videos whose package was made after their publication, or that have none."""
    packed, published = (
        instance.get_latest_storage_id_by_partition(asset, dg.DagsterEventType.ASSET_MATERIALIZATION)
        for asset in (dg.AssetKey("package"), PUBLICATION)
    )
    known = known_videos(instance)
    return sorted(key for key, number in packed.items() if key in known and number > published.get(key, 0))


def publishable(store: ArtifactStore, settings: Settings, key: str) -> tuple[str, dict[str, str]]:
    """A name for the edition that may be published now, and for the decision about it, and the tags of its run.

    The name is empty where there is none.
    """
    found = reviews.candidate(store, key)
    if found is None or found.is_published:
        return "", {}
    review = reviews.review_of(store.studio, settings, found)
    if not review.may_be_published:
        return "", {}
    tags = run_tags("approval", found.wishes.channel, settings.channel(found.wishes).priority)
    return f"{found.package.edition}/{len(review.history)}", tags


def under_way(instance: dg.DagsterInstance, key: str, now: dt.datetime) -> bool:
    """Whether a run of the video goes on, which may publish it itself.

    A run whose process was killed outside Dagster looks so for ever, and counts no longer than a try.
    """
    going = dg.RunsFilter(
        tags={"dagster/partition": key},
        statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
        created_after=now - dt.timedelta(seconds=TRY_AGAIN_S),
    )
    return bool(instance.get_run_records(going, limit=1))
