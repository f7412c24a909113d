"""How runs are started, and whether what drives them still lives; named in `dagster.yaml`.

Dagster's own launcher cannot say whether a run's process is still there, so a run whose code server was killed with it
would hold its place in the queue until its longest time is over. Does not belong here: what a run does.
"""

import datetime as dt
import logging

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.tags import PARENT_RUN_ID_TAG, RUN_KEY_TAG, SCHEDULE_NAME_TAG, SENSOR_NAME_TAG
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value

log = logging.getLogger(__name__)
REQUEST_TAGS = frozenset({RUN_KEY_TAG, SENSOR_NAME_TAG, SCHEDULE_NAME_TAG})
SILENCE = dt.timedelta(minutes=5)
"""A run whose code server does not answer, and of which nothing was heard for so long, is over."""
ANSWER_WITHIN_S = 10


class StudioRunLauncher(DefaultRunLauncher):
    """Starts runs on the code server, as Dagster does, and asks that server whether they are under way.

    Where two daemons run on one studio, both ask for the same run. It is started once.
    """

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start a run; one that only repeats an earlier request goes, and nothing says that there was another."""
        run = context.dagster_run
        if _first_of_its_request(self._instance, run) == run.run_id:
            super().launch_run(context)
            return
        log.warning("run %s was asked for twice and is not started: do two daemons run?", run.run_id)
        self._instance.delete_run(run.run_id)

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


def _first_of_its_request(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """The run that was made first for what a sensor or schedule has asked for; the same where nobody did.

    Runs that go on from others bear their tags.
    """
    if RUN_KEY_TAG not in run.tags or PARENT_RUN_ID_TAG in run.tags:
        return run.run_id
    request = {name: text for name, text in run.tags.items() if name in REQUEST_TAGS}
    found = instance.get_run_records(dg.RunsFilter(tags=request), ascending=True)
    return next(each.dagster_run.run_id for each in found if PARENT_RUN_ID_TAG not in each.dagster_run.tags)
