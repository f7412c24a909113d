"""Celery's worker: makes single steps of runs, wherever they were started.

Belongs here: that a step which comes back off the queue is not made twice. Redis hands one out again when it has not
heard of its worker for a while or was itself restarted, and cannot know whether the worker is dead, busy, or done and
unable to say so. Does not belong here: what a step does, and which ones there are.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import process
from pathlib import Path
from typing import Any

import dagster as dg
from celery import Celery, Task, signals
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._grpc.types import ExecuteStepArgs
from dagster._serdes import serialize_value, unpack_value
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_task
from kombu.transport import redis
from sqlalchemy import text

from vidfactory.errors import VidfactoryError
from vidfactory.jobs import celery_options
from vidfactory.settings import Settings

LOOK_AGAIN_S = 15
"""How soon a step is looked at again that somebody else is making."""
TRIES = 3
"""A step that takes its process with it so often in one run is not tried again in it."""
ENDS = frozenset({dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE})
PULSE = "worker.alive"
"""A file in the machine's folder that is touched as long as the worker hears from Redis."""


class Deliveries(redis.QoS):  # type: ignore[misc]  # kombu is not typed
    """What a worker has taken off the queue and not acknowledged, when Redis was restarted meanwhile.

    kombu would try to give it back, and to acknowledge it, on the connection that is gone, and the worker would die of
    that. Redis hands it out again of itself.
    """

    restore_at_shutdown = False

    def ack(self, delivery_tag: str) -> None:
        if getattr(self.channel.connection, "client", None) is not None:
            super().ack(delivery_tag)


class Step(Task):  # type: ignore[misc]  # Celery is not typed
    """One step, made by one worker at a time, and once."""

    max_retries = None
    """It is looked at again for as long as another one makes it."""

    def __call__(self, execute_step_args_packed: Mapping[str, Any], executable_dict: Mapping[str, Any]) -> list[str]:
        """The events of the step, as Dagster's own task returns them."""
        asked = unpack_value(execute_step_args_packed, as_type=ExecuteStepArgs)
        assert asked.instance_ref is not None
        with (
            dg.DagsterInstance.from_ref(asked.instance_ref) as instance,
            _alone(instance, _name(instance, asked)) as ok,
        ):
            if not ok:
                raise self.retry(countdown=LOOK_AGAIN_S)
            told = _told(instance, asked)
            if any(event.event_type in ENDS for event in told):
                return [serialize_value(event) for event in told]
            _check_tries(told, asked)
            events: list[str] = self.run(execute_step_args_packed, executable_dict)
            return events


def _name(instance: dg.DagsterInstance, asked: ExecuteStepArgs) -> str:
    """What is made, over all runs: a run that was given up may still have a step under way."""
    run = instance.get_run_by_id(asked.run_id)
    assert run is not None
    return f"{run.tags.get('dagster/partition', asked.run_id)}/{_step(asked)}"


def _step(asked: ExecuteStepArgs) -> str:
    (step,) = asked.step_keys_to_execute or ()
    return step


@contextmanager
def _alone(instance: dg.DagsterInstance, name: str) -> Iterator[bool]:
    """Whether nobody else makes what has this name; nobody will until the end of the block.

    A lock of the database's session, which is gone when its holder is.
    """
    storage = instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    with storage.index_connection() as connection:
        taken = connection.execute(text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"), {"name": name})
        ok = bool(taken.scalar())
        connection.commit()
        yield ok


def _told(instance: dg.DagsterInstance, asked: ExecuteStepArgs) -> list[dg.DagsterEvent]:
    """What the run's log holds of the step."""
    found = (entry.dagster_event for entry in instance.all_logs(asked.run_id))
    return [event for event in found if event and event.step_key == _step(asked)]


def _check_tries(told: list[dg.DagsterEvent], asked: ExecuteStepArgs) -> None:
    begun = sum(event.event_type is dg.DagsterEventType.STEP_START for event in told)
    if begun >= TRIES:
        raise VidfactoryError(
            f"its process was killed {begun} times, the last time perhaps by want of memory",
            where=f"run {asked.run_id}, {_step(asked)}",
            remedy="Look at the worker's log, give its machine more memory, and make the video again",
        )


def worker_app(settings: Settings) -> Celery:
    """The Celery app of a worker by these settings, with everything that a step may need imported ahead."""
    import vidfactory.preloads  # noqa: PLC0415, F401  -- before Celery forks

    redis.Channel.QoS = Deliveries
    app = make_app(celery_options(settings))
    create_task(app, base=Step)
    pulse = settings.local_folder / PULSE
    own = process.current_process()
    signals.worker_process_init.connect(lambda **_: _allow_children(own), weak=False)
    signals.heartbeat_sent.connect(lambda **_: _beat(pulse), weak=False)
    return app


def _allow_children(own: process.BaseProcess) -> None:
    """Let a process of Celery's start others, as the renderer has to.

    Celery's own multiprocessing has put itself in the place of Python's current process, as one that may have no
    children and cannot be handed on to them. own: what stood there before.
    """
    process._current_process = own  # type: ignore[attr-defined]  # noqa: SLF001  -- there is no other way


def _beat(pulse: Path) -> None:
    pulse.parent.mkdir(parents=True, exist_ok=True)
    pulse.touch()
