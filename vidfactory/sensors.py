"""Sensors: what starts videos without a person at the keyboard."""

import datetime as dt
from pathlib import Path

import dagster as dg

from vidfactory.errors import VidfactoryError
from vidfactory.jobs import VIDEO_JOBS, job_name
from vidfactory.orders import check_with, checked_key, place, read_order, suggested_key
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
    today = dt.datetime.now(tz=dt.UTC).date()
    for path in sorted(path for path in studio.inbox.glob("*.y*ml") if path.is_file()):
        try:
            take_in(studio, path, today, crew.settings)
        except VidfactoryError as error:
            set_aside(path, str(error))
            context.log.warning("%s was refused: %s", path.name, error)
    waiting = unstarted(studio, context.instance)
    return dg.SensorResult(
        dynamic_partitions_requests=[videos.build_add_request(waiting)] if waiting else [],
        run_requests=[
            dg.RunRequest(run_key=key, job_name=job_name(key.split("-", 1)[0]), partition_key=key) for key in waiting
        ],
    )


def take_in(studio: Studio, path: Path, today: dt.date, settings: Settings) -> None:
    """Place the order that lies at `path` and remove the file.

    The key is the file's name where that is a video key, else it is made from the order.
    """
    order = read_order(path)
    chosen = check_with(order, today, settings)
    named = path.stem.startswith(f"{order.format}-")
    key = checked_key(path.stem) if named else suggested_key(order, chosen, today)
    place(studio, key, order, today)
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
