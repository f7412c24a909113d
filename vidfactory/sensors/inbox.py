"""The inbox: a folder in which people drop orders; and the orders that wait to be started, whoever placed them."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import dagster as dg

from vidfactory.errors import BadInput, VidfactoryError
from vidfactory.jobs import VIDEO_JOBS, Cause, job_name, run_tags
from vidfactory.orders import order_video, placed_order, read_order
from vidfactory.partitions import videos
from vidfactory.providers.crew import Crew
from vidfactory.settings import Settings
from vidfactory.storage.order_book import OrderBook
from vidfactory.storage.studio import Studio

MOST_AT_ONCE = 50
"""So many orders are taken in and looked at in one tick, which keeps it short; the next tick goes on behind them."""
CAUSES: dict[str, Cause] = {"order": "order", "trend": "trend", "due": "due"}
"""Why an order may wait, as `place` notes it."""


@dg.sensor(
    name="inbox",
    jobs=VIDEO_JOBS,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Makes a video of every order that waits, and of every YAML file that is dropped into the inbox",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio], crew: dg.ResourceParam[Crew]
) -> dg.SensorResult:
    """Take each order in, one that cannot be used is moved aside with the reason beside it; start those that wait."""
    now = dt.datetime.now(tz=dt.UTC)
    for path in sorted(path for path in studio.inbox.glob("*.y*ml") if path.is_file())[:MOST_AT_ONCE]:
        try:
            take_in(studio, path, now, crew.settings)
        except BadInput as error:
            set_aside(path, str(error))
            context.log.warning("%s was refused: %s", path.name, error)
        except VidfactoryError as error:  # such as a storage that is away: nothing is wrong with the order
            context.log.warning("%s is taken in later: %s", path.name, error)
    requests = []
    waiting = next_in_turn(OrderBook(studio).waiting(), context.cursor or "")
    for key in waiting:
        try:
            requests += start(studio, crew.settings, context.instance, key)
        except VidfactoryError as error:
            context.log.warning("%s is not started: %s", key, error)
    keys = [request.partition_key for request in requests if request.partition_key]
    return dg.SensorResult(
        dynamic_partitions_requests=[videos.build_add_request(keys)] if keys else [],
        run_requests=requests,
        cursor=waiting[-1] if waiting else context.cursor,
    )


def next_in_turn(waiting: Sequence[str], last: str) -> list[str]:
    """Those of the waiting orders that come after the one looked at last, round and round: none keeps others away."""
    return [*(key for key in waiting if key > last), *(key for key in waiting if key <= last)][:MOST_AT_ONCE]


def take_in(studio: Studio, path: Path, now: dt.datetime, settings: Settings) -> None:
    """Place the order that lies at `path` and remove the file.

    The key is the file's name where that is a video key, else it is made from the order. A file that a crash left
    behind after its order was placed only goes.
    """
    order = read_order(path)
    wished = path.stem if path.stem.startswith(f"{order.format}-") else ""
    order_video(studio, settings, order, now, wished, waiting=True, again=True)
    path.unlink(missing_ok=True)  # where two daemons run, the other one may have taken it at the same moment


def start(studio: Studio, settings: Settings, instance: dg.DagsterInstance, key: str) -> list[dg.RunRequest]:
    """The run of an order that waits; none where it was started, and it waits no longer then.

    A run's key names the order's content, so that one order is started once, however often it is asked for.
    """
    book = OrderBook(studio)
    content, cause = book.content(key), book.cause(key)
    if content is None or cause is None:
        return []  # it is being placed at this moment, or was taken back
    run_key = f"{key}/{hashlib.sha256(content).hexdigest()[:12]}"
    if instance.get_run_records(dg.RunsFilter(tags={"dagster/run_key": run_key}), limit=1):
        book.starts(key)
        return []
    wishes = placed_order(studio, key).wishes
    tags = run_tags(CAUSES.get(cause, "order"), wishes.channel, settings.channel(wishes).priority)
    return [dg.RunRequest(run_key=run_key, job_name=job_name(key.split("-", 1)[0]), partition_key=key, tags=tags)]


def set_aside(path: Path, reason: str) -> None:
    """Move a refused order into `refused/`, with the reason in a text file beside it."""
    refused = path.parent / "refused"
    if not path.exists():
        return  # another daemon has taken it or set it aside
    refused.mkdir(exist_ok=True)
    with suppress(FileNotFoundError):  # or does so at this moment
        path.rename(refused / path.name)
        (refused / f"{path.name}.reason.txt").write_text(reason + "\n", encoding="utf-8")
