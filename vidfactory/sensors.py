"""Sensors: what starts videos without a person at the keyboard."""

import datetime as dt
from pathlib import Path

import dagster as dg

from vidfactory.errors import VidfactoryError
from vidfactory.jobs import VIDEO_JOBS, job_name
from vidfactory.orders import checked_key, place, read_order, suggested_key
from vidfactory.partitions import videos
from vidfactory.storage.studio import Studio


@dg.sensor(
    name="inbox",
    jobs=VIDEO_JOBS,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Makes a video of every order that is dropped into the inbox as a YAML file",
)
def inbox_sensor(context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio]) -> dg.SensorResult:
    """Take each order in; one that cannot be used is moved aside with the reason beside it."""
    today = dt.datetime.now(tz=dt.UTC).date()
    taken: dict[str, str] = {}
    for path in sorted(studio.inbox.glob("*.y*ml")):
        try:
            key, video_format = take_in(studio, path, today)
        except VidfactoryError as error:
            set_aside(path, str(error))
            context.log.warning("%s was refused: %s", path.name, error)
        else:
            taken[key] = video_format
    return dg.SensorResult(
        dynamic_partitions_requests=[videos.build_add_request(list(taken))] if taken else [],
        run_requests=[
            dg.RunRequest(run_key=key, job_name=job_name(video_format), partition_key=key)
            for key, video_format in taken.items()
        ],
    )


def take_in(studio: Studio, path: Path, today: dt.date) -> tuple[str, str]:
    """Place the order that lies at `path` and remove the file; returns the video's key and format.

    The key is the file's name where that is a video key, else it is made from the order.
    """
    order = read_order(path)
    suggested = suggested_key(order, today)
    key = checked_key(path.stem) if path.stem.startswith(f"{order.format}-") else suggested
    place(studio, key, order)
    path.unlink()
    return key, order.format


def set_aside(path: Path, reason: str) -> None:
    """Move a refused order into `refused/`, with the reason in a text file beside it."""
    refused = path.parent / "refused"
    refused.mkdir(exist_ok=True)
    (refused / f"{path.name}.reason.txt").write_text(reason + "\n", encoding="utf-8")
    path.rename(refused / path.name)
