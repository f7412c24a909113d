"""Celery's worker: makes single steps of runs, wherever they were started.

Belongs here: that a step which comes back off the queue is not made twice. Redis hands one out again when it has not
heard of its worker for a while or was itself restarted, and cannot know whether the worker is dead, busy, or done and
unable to say so. Does not belong here: what a step does, and which ones there are.
"""

import datetime as dt
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
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
from dagster_postgres.utils import DagsterPostgresException
from kombu.transport import redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from vidfactory.errors import VidfactoryError
from vidfactory.jobs import celery_options
from vidfactory.settings import Settings

log = logging.getLogger(__name__)
LOOK_AGAIN_S = 15
"""How soon a step is looked at again that somebody else is making."""
QUIET_S = 20.0
"""A step that was begun, and of which nothing was heard for so long, has no maker any more."""
KEEP_S = 2.0
"""How often the lock on a step is looked after."""
TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
TRIES = 3
"""A step that takes its process with it so often in one run is not tried again in it."""
ENDS = frozenset({dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE})
PULSE = "worker.alive"
"""A file in the machine's folder that is touched as long as the worker hears from Redis."""


class Deliveries(redis.QoS):
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
            _alone(instance, _name(instance, asked)) as is_alone,
        ):
            told = _told(instance, asked)
            events = [entry.dagster_event for entry in told if entry.dagster_event]
            if any(event.event_type in ENDS for event in events):
                return [serialize_value(event) for event in events]
            if not is_alone or _is_heard_of(told, dt.datetime.now(tz=dt.UTC)):
                raise self.retry(countdown=LOOK_AGAIN_S)
            _check_tries(events, asked)
            made: list[str] = self.run(execute_step_args_packed, executable_dict)
            return made


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
    """Whether nobody else makes what has this name; nobody will until the end of the block."""
    storage = instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    lock = _Lock(storage, name)
    try:
        yield lock.take()
    finally:
        lock.let_go()


class _Lock:
    """A lock of the database's session: gone when its holder is, and taken again when the database was."""

    def __init__(self, storage: SqlEventLogStorage, name: str) -> None:
        self._storage, self._name = storage, name
        self._session = ExitStack()
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="step-lock", daemon=True)

    def take(self) -> bool:
        is_ours = self._try()
        if is_ours:
            self._keeper.start()
        return is_ours

    def let_go(self) -> None:
        self._over.set()
        if self._keeper.is_alive():
            self._keeper.join()
        self._close()

    def _try(self) -> bool:
        self._connection = self._session.enter_context(self._storage.index_connection())
        taken = self._connection.execute(TRY_LOCK, {"name": self._name})
        return bool(taken.scalar())

    def _close(self) -> None:
        with suppress(SQLAlchemyError):  # of a connection that is gone
            self._session.close()
        self._session = ExitStack()

    def _keep(self) -> None:
        while not self._over.wait(KEEP_S):
            try:
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self._close()
                self._take_again()

    def _take_again(self) -> None:
        while not self._over.wait(KEEP_S):
            try:
                is_ours = self._try()
            except (SQLAlchemyError, DagsterPostgresException):
                continue  # the database is still away
            if not is_ours:
                log.warning("the database was away, and meanwhile another worker has begun with %s too", self._name)
            return


def _told(instance: dg.DagsterInstance, asked: ExecuteStepArgs) -> list[dg.EventLogEntry]:
    """What the run's log holds of the step since it was put on the queue."""
    found = [entry for entry in instance.all_logs(asked.run_id) if entry.step_key == _step(asked)]
    begins = [number for number, entry in enumerate(found) if _is(entry, dg.DagsterEventType.STEP_START)]
    return found[begins[0] :] if begins else []


def _is(entry: dg.EventLogEntry, kind: dg.DagsterEventType) -> bool:
    return entry.dagster_event is not None and entry.dagster_event.event_type is kind


def _is_heard_of(told: list[dg.EventLogEntry], now: dt.datetime) -> bool:
    """Whether the step has said something just now: who makes it has lost the lock with the database, or just died."""
    return bool(told) and now.timestamp() - told[-1].timestamp < QUIET_S


def _check_tries(events: list[dg.DagsterEvent], asked: ExecuteStepArgs) -> None:
    begun = sum(event.event_type is dg.DagsterEventType.STEP_START for event in events)
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
