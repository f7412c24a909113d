"""Who makes the steps of runs, how many at once, and what becomes of those whose makers die."""

import json
import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import grpc
import pytest
from celery import Celery
from celery.exceptions import Retry
from dagster._core.execution.api import create_execution_plan
from dagster._core.launcher.base import LaunchRunContext, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.__generated__ import dagster_api_pb2, dagster_api_pb2_grpc
from dagster._grpc.types import CanCancelExecutionResult, ExecuteStepArgs
from dagster._serdes import deserialize_value, pack_value, serialize_value
from pydantic import ValidationError
from pytest_socket import enable_socket

from vidfactory import runs, worker
from vidfactory.errors import VidfactoryError
from vidfactory.jobs import celery_options, pool_limits, studio_executor
from vidfactory.launcher import StudioRunLauncher
from vidfactory.settings import Settings

BROKER = "redis://:hush-hush@127.0.0.1:6379/0"


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as made:
        yield made


def test_steps_are_made_by_processes_of_this_machine_unless_the_settings_say_celery() -> None:
    assert studio_executor(Settings()).name == "multiprocess"
    assert studio_executor(Settings(executor="celery", broker=BROKER)).name == "celery"


def test_celery_needs_the_address_of_its_redis_and_no_error_repeats_it() -> None:
    with pytest.raises(ValidationError, match="celery needs the address of a Redis"):
        Settings(executor="celery")
    assert "hush" not in repr(Settings(executor="celery", broker=BROKER))


def test_a_step_is_taken_off_the_queue_when_it_is_done() -> None:
    options = celery_options(Settings(executor="celery", broker=BROKER))
    assert options["config_source"]["task_acks_late"]
    assert options["config_source"]["task_reject_on_worker_lost"]
    assert options["broker"] == options["backend"] == BROKER


def test_pools_follow_the_service_that_serves_first() -> None:
    assert pool_limits(Settings(providers={"trends": ("rss",)}))["trends"] == Settings().services["rss"].concurrency
    cloud = Settings(profile="cloud")
    limits = pool_limits(cloud)
    assert limits["render"] == 2
    assert limits["writer"] == cloud.services["anthropic"].concurrency
    assert limits["illustrator"] == cloud.services["google"].concurrency
    assert "narrator" not in pool_limits(Settings(profile="offline"))
    named = Settings(providers={"narrator": ("elevenlabs/eleven_flash_v2_5",)})
    assert pool_limits(named)["narrator"] == named.services["elevenlabs"].concurrency


def test_every_pool_is_carried_by_an_asset() -> None:
    graph = runs.defs.resolve_asset_graph()
    carried = {node.assets_def.op.pool for node in graph.asset_nodes if node.assets_def.op.pool}
    assert carried == pool_limits(Settings(profile="cloud")).keys()


def test_pools_change_with_the_settings_and_those_of_others_stay(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    instance.event_log_storage.set_concurrency_slots("warehouse", 3)
    runs.set_pools(instance, {"render": 2, "writer": 4}, tmp_path)
    runs.set_pools(instance, {"render": 1, "narrator": 5}, tmp_path)
    assert runs.pools_of(instance) == {"warehouse": 3, "render": 1, "narrator": 5}


def _set(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        runs.set_pools(instance, {"render": 2, "writer": 4}, home)


def test_several_processes_may_set_the_pools_at_once(instance: dg.DagsterInstance) -> None:
    home = Path(instance.root_directory)
    runs.set_pools(instance, {}, home)
    with futures.ProcessPoolExecutor(3, multiprocessing.get_context("fork")) as processes:
        list(processes.map(_set, [home] * 3))
    places = {pool: instance.event_log_storage.get_concurrency_info(pool).slot_count for pool in ("render", "writer")}
    assert places == {"render": 2, "writer": 4}


class CodeServer(dagster_api_pb2_grpc.DagsterApiServicer):
    """Answers the one question whether it drives a run, as Dagster's own does."""

    def __init__(self, driven: set[str]) -> None:
        self.driven = driven

    def CanCancelExecution(self, request: Any, context: Any) -> Any:  # noqa: N802  -- the wire's name
        asked = deserialize_value(request.serialized_can_cancel_execution_request)
        said = CanCancelExecutionResult(can_cancel=asked.run_id in self.driven)
        return dagster_api_pb2.CanCancelExecutionReply(serialized_can_cancel_execution_result=serialize_value(said))


@pytest.fixture
def code_server() -> Iterator[tuple[int, set[str]]]:
    """Its port, and the runs that it drives."""
    enable_socket()
    driven: set[str] = set()
    server = grpc.server(futures.ThreadPoolExecutor(1))
    dagster_api_pb2_grpc.add_DagsterApiServicer_to_server(CodeServer(driven), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port, driven
    server.stop(None)


def _run(instance: dg.DagsterInstance, tags: Mapping[str, str], *, said: bool = False) -> dg.DagsterRun:
    run = instance.create_run_for_job(_job, tags=dict(tags), status=dg.DagsterRunStatus.STARTED)
    if said:
        instance.report_engine_event("it lives", run)
    return run


@dg.op
def made() -> int:
    return 1


@dg.job
def _job() -> None:
    made()


@pytest.fixture
def launcher(instance: dg.DagsterInstance) -> StudioRunLauncher:
    launcher = StudioRunLauncher()
    launcher.register_instance(instance)
    return launcher


def test_a_run_lives_as_long_as_its_code_server_drives_it(
    instance: dg.DagsterInstance, launcher: StudioRunLauncher, code_server: tuple[int, set[str]]
) -> None:
    port, driven = code_server
    run = _run(instance, {GRPC_INFO_TAG: json.dumps({"host": "127.0.0.1", "port": port})})
    driven.add(run.run_id)
    assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
    driven.clear()
    assert launcher.check_run_worker_health(run).status is WorkerStatus.FAILED


@pytest.mark.parametrize(("said", "status"), [(True, WorkerStatus.RUNNING), (False, WorkerStatus.FAILED)])
def test_a_code_server_that_does_not_answer_is_waited_for_while_its_run_is_heard_of(
    instance: dg.DagsterInstance, launcher: StudioRunLauncher, *, said: bool, status: WorkerStatus
) -> None:
    enable_socket()
    run = _run(instance, {GRPC_INFO_TAG: json.dumps({"host": "127.0.0.1", "port": 9})}, said=said)
    assert launcher.check_run_worker_health(run).status is status


def test_a_run_of_the_command_line_is_left_alone(instance: dg.DagsterInstance, launcher: StudioRunLauncher) -> None:
    assert launcher.check_run_worker_health(_run(instance, {})).status is WorkerStatus.RUNNING


def _launched(launcher: StudioRunLauncher, run: dg.DagsterRun, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether Dagster's own launcher was asked to start the run."""
    started: list[str] = []
    monkeypatch.setattr(DefaultRunLauncher, "launch_run", lambda _, context: started.append(context.dagster_run.run_id))
    launcher.launch_run(LaunchRunContext(dagster_run=run, workspace=None))
    return started == [run.run_id]


def test_what_two_daemons_ask_for_is_started_once(
    instance: dg.DagsterInstance, launcher: StudioRunLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {"dagster/run_key": "finance-a", "dagster/sensor_name": "inbox"}
    one, other = _run(instance, request), _run(instance, request)
    again = _run(instance, {**request, "dagster/parent_run_id": one.run_id})
    elsewhere = _run(instance, {**request, "dagster/sensor_name": "trending"})
    by_hand = _run(instance, {})
    launched = [_launched(launcher, run, monkeypatch) for run in (other, one, again, elsewhere, by_hand)]
    assert launched == [False, True, True, True, True]
    assert instance.get_run_by_id(other.run_id) is None


class Step:
    """A worker's step on a queue in memory, whose making is counted in place of Dagster's."""

    def __init__(self) -> None:
        self.times = 0
        app = Celery("test", broker="memory://", set_as_current=False)
        self.task = app.task(self.make, bind=False, base=worker.Step, name="execute_plan", typing=False)

    def make(self, *_: Any) -> list[str]:
        self.times += 1
        return ["made"]

    def __call__(self, instance: dg.DagsterInstance, run: dg.DagsterRun, looks: int = 0) -> list[str]:
        """What the worker answers that takes the step off the queue, after so many looks at it."""
        plan = create_execution_plan(_job)
        args = ExecuteStepArgs(
            job_origin=dg.reconstructable(_job).get_python_origin(),
            run_id=run.run_id,
            step_keys_to_execute=list(plan.step_keys_to_execute),
            instance_ref=instance.get_ref(),
        )
        self.task.push_request(id="1", args=(), kwargs={}, retries=looks, called_directly=False, delivery_info={})
        try:
            answer: list[str] = self.task(pack_value(args), {})
        finally:
            self.task.pop_request()
        return answer


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> Step:
    """PostgreSQL's lock is free; `make cluster-proof` tries the real one."""
    monkeypatch.setattr(worker, "_alone", lambda *_: nullcontext(enter_result=True))
    monkeypatch.setattr(worker, "QUIET_S", 0.0)
    return Step()


def _event(instance: dg.DagsterInstance, run: dg.DagsterRun, kind: dg.DagsterEventType) -> None:
    event = dg.DagsterEvent(event_type_value=kind.value, job_name=run.job_name, step_key="made")
    instance.report_dagster_event(event, run.run_id)


def test_a_step_that_is_new_is_made(instance: dg.DagsterInstance, step: Step) -> None:
    assert step(instance, _run(instance, {})) == ["made"]


def test_a_step_that_comes_back_done_is_told_again_and_not_made(instance: dg.DagsterInstance, step: Step) -> None:
    run = _job.execute_in_process(instance=instance).dagster_run
    told = [deserialize_value(event, dg.DagsterEvent) for event in step(instance, run)]
    assert dg.DagsterEventType.STEP_SUCCESS in {event.event_type for event in told}
    assert {event.step_key for event in told} == {"made"}
    assert step.times == 0


def test_a_step_that_another_makes_is_looked_at_later_however_long_it_takes(
    instance: dg.DagsterInstance, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: AbstractContextManager[bool] = nullcontext(enter_result=False)
    monkeypatch.setattr(worker, "_alone", lambda *_: taken)
    with pytest.raises(Retry, match="15s"):
        step(instance, _run(instance, {}), looks=1000)
    assert step.times == 0


def test_a_step_that_has_just_said_something_is_not_taken_from_who_lost_the_lock(
    instance: dg.DagsterInstance, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _run(instance, {})
    _event(instance, run, dg.DagsterEventType.STEP_START)
    monkeypatch.setattr(worker, "QUIET_S", 3600.0)
    with pytest.raises(Retry):
        step(instance, run)
    monkeypatch.setattr(worker, "QUIET_S", 0.0)
    assert step(instance, run) == ["made"]


def test_what_was_done_while_redis_was_restarted_is_not_acknowledged_on_a_connection_that_is_gone() -> None:
    gone = SimpleNamespace(connection=None, do_restore=True)
    deliveries = worker.Deliveries(gone)
    deliveries.ack("1")  # else the worker dies of it
    deliveries.restore_unacked_once()


def test_a_step_that_kills_its_process_is_not_tried_for_ever(instance: dg.DagsterInstance, step: Step) -> None:
    run = _run(instance, {})
    for _ in range(worker.TRIES):
        assert step(instance, run) == ["made"]
        _event(instance, run, dg.DagsterEventType.STEP_START)
    with pytest.raises(VidfactoryError, match="killed 3 times"):
        step(instance, run)
