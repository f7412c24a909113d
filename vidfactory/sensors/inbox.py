"""The inbox: a folder in which people drop orders."""

import datetime as dt
from pathlib import Path

import dagster as dg

from vidfactory.errors import VidfactoryError
from vidfactory.jobs import VIDEO_JOBS, job_name, run_tags
from vidfactory.orders import order_video, read_order
from vidfactory.partitions import videos
from vidfactory.providers.crew import Crew
from vidfactory.settings import Settings
from vidfactory.storage.studio import Studio


@dg.sensor(
    name="inbox",
    jobs=VIDEO_JOBS,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Makes a video of every order that is dropped into the inbox as a YAML file",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio], crew: dg.ResourceParam[Crew]
) -> dg.SensorResult:
    """Take each order in; one that cannot be used is moved aside with the reason beside it."""
    now = dt.datetime.now(tz=dt.UTC)
    for path in sorted(path for path in studio.inbox.glob("*.y*ml") if path.is_file()):
        try:
            take_in(studio, path, now, crew.settings)
        except VidfactoryError as error:
            set_aside(path, str(error))
            context.log.warning("%s was refused: %s", path.name, error)
    waiting = unstarted(studio, context.instance)
    return dg.SensorResult(
        dynamic_partitions_requests=[videos.build_add_request(waiting)] if waiting else [],
        run_requests=[
            dg.RunRequest(
                run_key=key,
                job_name=job_name(key.split("-", 1)[0]),
                partition_key=key,
                tags=run_tags("order", None),
            )
            for key in waiting
        ],
    )


def take_in(studio: Studio, path: Path, now: dt.datetime, settings: Settings) -> None:
    """Place the order that lies at `path` and remove the file.

    The key is the file's name where that is a video key, else it is made from the order.
    """
    order = read_order(path)
    order_video(studio, settings, order, now, path.stem if path.stem.startswith(f"{order.format}-") else "")
    path.unlink()


def unstarted(studio: Studio, instance: dg.DagsterInstance) -> list[str]:
    """Orders without a partition: those just taken in, and any that a crash left behind."""
    assert videos.name is not None
    known = set(instance.get_dynamic_partitions(videos.name))
    return sorted(path.stem for path in studio.briefs.glob("*.yaml") if path.stem not in known)


def set_aside(path: Path, reason: str) -> None:
    """Move a refused order into `refused/`, with the reason in a text file beside it."""
    refused = path.parent / "refused"
    refused.mkdir(exist_ok=True)
    (refused / f"{path.name}.reason.txt").write_text(reason + "\n", encoding="utf-8")
    path.rename(refused / path.name)
