"""The commands of a studio on many machines."""

import socket
from typing import Annotated

import typer

from vidfactory import runs
from vidfactory.errors import BadInput
from vidfactory.settings import Settings, read_settings
from vidfactory.terminal import out, plain_errors

QUEUES = "render,dagster"


def worker(
    name: Annotated[str, typer.Option(help="Its name; without one that of the machine")] = "",
    queues: Annotated[
        str, typer.Option(help="What it takes: render for films, dagster for everything else", metavar="QUEUE,QUEUE")
    ] = QUEUES,
    steps: Annotated[int, typer.Option(help="How many steps it makes side by side", min=1)] = 4,
) -> None:
    """Make steps of videos for Dagster on any machine of the cluster. Ends with Ctrl-C, when what is begun is done."""
    with plain_errors():
        settings = read_settings()
        _check(settings, queues)
        from vidfactory.worker import worker_app  # noqa: PLC0415  -- of the extra `cluster`

        who = f"{name or socket.gethostname()}@%h"
        out.print(f"Worker {name or socket.gethostname()} takes {queues}, {steps} side by side")
        arguments = ["worker", "-Q", queues, "-c", str(steps), "-n", who, "-l", "INFO", "--without-gossip"]
        worker_app(settings).worker_main(arguments)


def prepare() -> None:
    """Make Dagster's home and tables ready, and set the pools' limits. Run it once after each installation."""
    with plain_errors():
        settings = read_settings()
        with runs.open_instance(settings) as instance:
            instance.upgrade()
            instance.reindex()
            for pool, limit in sorted(runs.pools_of(instance).items()):
                out.print(f"pool {pool:<12} {limit}")


def _check(settings: Settings, queues: str) -> None:
    if settings.executor != "celery":
        raise BadInput(
            "workers are for the executor celery",
            where="executor",
            remedy="Set VIDFACTORY_EXECUTOR=celery and VIDFACTORY_BROKER to the address of a Redis",
        )
    if unknown := set(queues.split(",")) - set(QUEUES.split(",")):
        raise BadInput(
            f"there is no queue {', '.join(sorted(unknown))}", where="--queues", remedy=f"There are: {QUEUES}"
        )
