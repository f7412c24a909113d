"""The cluster on one machine: its processes, their end, and what is in its way."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import enable_socket

from deploy import swift
from deploy.cluster import NAMES, Cluster, Program, Trouble, become, stop
from vidfactory.settings import Settings

SLEEP = [
    sys.executable,
    "-c",
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])",
]


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path / "state", 41000)


def sleeper(cluster: Cluster) -> Program:
    program = Program("sleeper", SLEEP, lambda: True, {"STATE": str(cluster.state)})
    cluster.programs["sleeper"] = program
    return program


def pid(program: Program) -> int:
    assert program.process is not None
    return program.process.pid


def test_what_ends_of_itself_is_started_again_and_what_is_ended_is_not(cluster: Cluster) -> None:
    program = sleeper(cluster)
    cluster.up("sleeper")
    first = pid(program)
    os.killpg(first, signal.SIGKILL)
    assert program.process is not None
    program.process.wait()
    assert cluster.look_after() == ["sleeper"]
    assert pid(program) != first
    cluster.down("sleeper")
    assert not program.is_running
    assert cluster.look_after() == []


def test_a_program_is_ended_with_all_that_it_started(cluster: Cluster) -> None:
    program = sleeper(cluster)
    cluster.up("sleeper")
    group = pid(program)
    cluster.down("sleeper", signal.SIGKILL)
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


def test_one_that_does_not_start_is_told_with_the_end_of_its_log(cluster: Cluster) -> None:
    broken = [sys.executable, "-c", "raise SystemExit('no such disk')"]
    cluster.programs["broken"] = Program("broken", broken, lambda: False)
    with pytest.raises(Trouble, match=r"(?s)broken ended at once.*no such disk"):
        cluster.up("broken")


def test_stop_ends_what_a_killed_cluster_left_behind(cluster: Cluster) -> None:
    program = sleeper(cluster)
    cluster.up("sleeper")
    assert stop(cluster.state) == "ended what was left of it: sleeper"
    assert program.process is not None
    assert program.process.wait(10) != 0
    assert stop(cluster.state) == "no cluster runs"


def test_stop_leaves_a_stranger_alone_that_got_the_same_number(cluster: Cluster, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP, start_new_session=True, env={}) as stranger:
        (cluster.state / "run").mkdir()
        (cluster.state / "run" / "redis.pid").write_text(str(stranger.pid), "utf-8")
        assert stop(cluster.state) == "no cluster runs"
        assert stranger.poll() is None
        os.killpg(stranger.pid, signal.SIGKILL)


def test_a_port_that_is_taken_is_named_with_who_needs_it(tmp_path: Path) -> None:
    enable_socket()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Trouble, match=f"port {port}, which {NAMES[0]} needs"):
            Cluster(tmp_path, port)._check_ports()


def test_a_command_in_a_cluster_that_does_not_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="make cluster"):
        become(tmp_path, 41000, ["status"])


def test_passwords_are_made_once_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    first, second = Cluster(tmp_path, 41000), Cluster(tmp_path, 42000)
    assert first.secrets == second.secrets
    assert Cluster(tmp_path / "other", 41000).secrets != first.secrets
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_machine_is_a_studio_of_celery_on_the_store(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in cluster.environment("worker1").items():
        monkeypatch.setenv(name, text)
    settings = Settings()
    assert settings.executor == "celery"
    assert settings.studio_address == "s3://studio/films"
    assert settings.local_folder == cluster.state / "machines" / "worker1"
    assert settings.dagster_configuration.parent.name == "deploy"
    assert cluster.secrets["redis"] in settings.broker.get_secret_value()


def test_the_store_checks_keys_and_quotas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swift, "_build_ring", lambda *_: None)
    ports = {"proxy": 1, "account": 2, "container": 3, "object": 4}
    commands = swift.configure(tmp_path, Path("/swift/bin"), ports, "studio:admin", "hush")
    assert commands.keys() == ports.keys()
    proxy = (tmp_path / "etc" / "proxy-server.conf").read_text("utf-8")
    assert "user_studio_admin = hush .admin" in proxy
    pipeline = next(line for line in proxy.splitlines() if line.startswith("pipeline"))
    assert all(f"[filter:{name}]" in proxy for name in pipeline.partition("=")[2].split()[:-1])
