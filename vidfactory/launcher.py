"""How runs are started, and whether what drives them still lives; named in `dagster.yaml`.

Dagster's own launcher cannot say whether a run's process is still there, so a run whose code server was killed with it
would hold its place in the queue until its longest time is over. Does not belong here: what a run does.
"""

import datetime as dt

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value

SILENCE = dt.timedelta(minutes=5)
"""A run whose code server does not answer, and of which nothing was heard for so long, is over."""
ANSWER_WITHIN_S = 10


class StudioRunLauncher(DefaultRunLauncher):
    """Starts runs on the code server, as Dagster does, and asks that server whether they are under way."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process that drives the run lives.

        A run of the command line has no server to ask: it is left alone, and its longest time ends it.
        """
        client = self._get_grpc_client_for_termination(run.run_id)
        if client is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "it was not started by a code server")
        try:
            said = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), timeout=ANSWER_WITHIN_S)
        except DagsterUserCodeUnreachableError:
            return self._judged_by_its_log(run)
        if deserialize_value(said, CanCancelExecutionResult).can_cancel:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "its process is gone")

    def _judged_by_its_log(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """The code server may only be on its way up again; what it drove has left no word since."""
        newest = self._instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
        heard = dt.datetime.fromtimestamp(newest[0].event_log_entry.timestamp, tz=dt.UTC) if newest else None
        if heard and dt.datetime.now(tz=dt.UTC) - heard < SILENCE:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "its code server does not answer")
        return CheckRunHealthResult(WorkerStatus.FAILED, "its code server does not answer, and it has gone silent")
