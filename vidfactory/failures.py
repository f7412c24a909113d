"""What a failed run says: which asset failed, why, whether another try may help, and when.

Belongs here: reading the runs of Dagster's instance, and the rule. Does not belong here: starting another run
(`sensors.failures`), and how a failure is told.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from vidfactory import errors
from vidfactory.errors import VidfactoryError

Kind = Literal["passing", "lasting", "interrupted"]
"""passing: another try may succeed. lasting: somebody must do something first. interrupted: somebody stopped it."""
OWN_ERRORS = frozenset(
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, VidfactoryError)
)
PASSING = frozenset({"Transient", "JobFailed", "Exhausted", "NotYet", "ChildProcessCrashException", "OperationalError"})
"""Errors by name: services that were busy or cut off, a process that was killed, a database that was away."""
INTERRUPTED = "DagsterExecutionInterruptedError"
TRY_TAG = "vidfactory/try"
"""On a run that was started because an earlier one had failed: the how manieth try after it, from 1."""
WAITS = tuple(dt.timedelta(minutes=minutes) for minutes in (5, 30, 120))
"""Before each of these tries. A service that is down for minutes was tried for half a minute already."""
CHANNEL_TAG = "vidfactory/channel"
"""On runs that make a video of a channel: which one."""
BY_HAND = "vidfactory/make"
"""The tag of runs that somebody started at the command line, and can start again, or has cancelled (`CANCELLED`)."""
CANCELLED = "cancelled"
"""Dagster calls a run that is cancelled while it starts a failed one."""


@dataclass(frozen=True)
class Failure:
    """Why a run failed. asset: empty where no asset is to blame, as when the run's own process was killed."""

    asset: str
    kind: Kind
    said: str
    is_own: bool = False
    """It is an error of our own, which says what to do."""


@dataclass(frozen=True)
class FailedRun:
    """A video whose newest run failed. tries: how many were made after a first failure."""

    video: str
    run_id: str
    ended: dt.datetime
    failures: Sequence[Failure]
    channel: str | None = None
    tries: int = 0
    is_by_hand: bool = False
    was_cancelled: bool = False

    @property
    def next_try(self) -> dt.datetime | None:
        """From when it is tried again; None where a person must see to it."""
        passes = all(failure.kind == "passing" for failure in self.failures)
        if self.is_by_hand or not passes or self.tries >= len(WAITS):
            return None
        return self.ended + WAITS[self.tries]


def failure_of(asset: str, error: SerializableErrorInfo | None) -> Failure:
    """What our own error said, from the chain that Dagster wraps around it; else the innermost message."""
    if error is None:
        return Failure(asset, "passing", "it stopped without an error: see the run's log in Dagster")
    chain = [error]
    while chain[-1].cause is not None:
        chain.append(chain[-1].cause)
    names = {link.cls_name for link in chain}
    if INTERRUPTED in names:
        return Failure(asset, "interrupted", "it was interrupted")
    own = next((link for link in chain if link.cls_name in OWN_ERRORS), None)
    message = (own or chain[-1]).message.split(": ", 1)[-1].strip()
    return Failure(asset, "passing" if names & PASSING else "lasting", message, is_own=own is not None)


def fault_of(evaluation: dg.AssetCheckEvaluation) -> str:
    """What a blocking check found wrong, in its own words; empty where it stops nothing."""
    return evaluation.description or "" if evaluation.blocking and not evaluation.passed else ""


def failures_of(instance: dg.DagsterInstance, run_id: str) -> Sequence[Failure]:
    """Every asset that failed in a run, with what a blocking check said of it; the run itself where none did."""
    found: dict[str, Failure] = {}
    faults: dict[str, str] = {}
    wanted = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.ASSET_CHECK_EVALUATION}
    for entry in instance.all_logs(run_id, of_type=wanted):
        event = entry.dagster_event
        if event is None or event.step_key is None:
            continue
        asset = event.step_key.replace("__", "/")
        if event.event_type is dg.DagsterEventType.STEP_FAILURE:
            found[asset] = failure_of(asset, event.step_failure_data.error)
        elif fault := fault_of(event.asset_check_evaluation_data):
            faults[asset] = fault
    judged = [Failure(name, "lasting", faults[name], is_own=True) if name in faults else found[name] for name in found]
    return judged or [Failure("", "passing", "the run's process ended without a word")]


def failed_runs(instance: dg.DagsterInstance, since: dt.datetime | None = None) -> list[FailedRun]:
    """The videos whose newest run failed, by key; with `since` only where that run was seen after it.

    A run that somebody cancelled did not fail.
    """
    newest = instance.get_run_partition_data(dg.RunsFilter(updated_after=since))
    failed = (
        failed_run(instance, each.partition, each.run_id)
        for each in newest
        if each.status is dg.DagsterRunStatus.FAILURE
    )
    return sorted((each for each in failed if not each.was_cancelled), key=lambda each: each.video)


def unmade(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetKey]:
    """The assets that a run was to make and did not."""
    events = {
        kind: {
            entry.dagster_event.asset_key
            for entry in instance.all_logs(run_id, of_type=kind)
            if entry.dagster_event and entry.dagster_event.asset_key
        }
        for kind in (dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED, dg.DagsterEventType.ASSET_MATERIALIZATION)
    }
    planned, made = events.values()
    return sorted(planned - made)


def failed_run(instance: dg.DagsterInstance, video: str, run_id: str) -> FailedRun:
    """Why a run of a video failed."""
    record = instance.get_run_record_by_id(run_id)
    assert record is not None, "Dagster just listed it"
    tags = record.dagster_run.tags
    return FailedRun(
        video=video,
        run_id=run_id,
        ended=record.update_timestamp,
        failures=failures_of(instance, run_id),
        channel=tags.get(CHANNEL_TAG),
        tries=int(tags.get(TRY_TAG, "0")),
        is_by_hand=BY_HAND in tags,
        was_cancelled=tags.get(BY_HAND) == CANCELLED,
    )
