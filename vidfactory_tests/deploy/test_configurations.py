"""The configurations of `deploy/` are what Dagster takes, name only what there is, and agree with each other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._config import process_config, resolve_to_config_type
from dagster._core.instance.config import dagster_instance_config
from dagster._core.instance.ref import InstanceRef
from dagster_aws.ecs import EcsRunLauncher
from dagster_aws.s3 import S3ComputeLogManager
from typer.testing import CliRunner

from deploy.cluster import Cluster
from vidfactory import cli
from vidfactory.launcher import StudioRunLauncher
from vidfactory.settings import Settings

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
PLACES = {
    "VIDFACTORY_DATABASE_HOST": "127.0.0.1",
    "VIDFACTORY_DATABASE_PORT": "5432",
    "VIDFACTORY_DATABASE_NAME": "studio",
    "VIDFACTORY_DATABASE_USER": "studio",
    "VIDFACTORY_DATABASE_PASSWORD": "secret",
    "VIDFACTORY_BUCKET": "studio",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}
OTHERS = frozenset({"version", "image", "bucket", "code_host", "code_port"})
"""What stands after VIDFACTORY_ in variables that are no settings: Dagster's files and those of images read them."""


def parsed(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def is_known(variable: str) -> bool:
    name = variable.removeprefix("VIDFACTORY_").lower()
    return name in Settings.model_fields or name in OTHERS or name.startswith("database_")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in PLACES.items():
        monkeypatch.setenv(name, text)
    return tmp_path


@pytest.mark.parametrize("name", ["../dagster.yaml", "dagster.yaml", "kubernetes/dagster.yaml", "ecs/dagster.yaml"])
def test_dagster_takes_the_configuration(name: str, home: Path) -> None:
    (home / "dagster.yaml").write_bytes((DEPLOY / name).read_bytes())
    config, _ = dagster_instance_config(str(home))
    assert config["run_monitoring"]["free_slots_after_run_end_seconds"] > 0
    assert config["concurrency"]["pools"]["granularity"] == "op"


def test_many_machines_have_the_studios_launcher_and_their_logs_on_s3(home: Path) -> None:
    (home / "dagster.yaml").write_bytes((DEPLOY / "dagster.yaml").read_bytes())
    ref = InstanceRef.from_dir(str(home))
    assert isinstance(ref.run_launcher, StudioRunLauncher)
    assert isinstance(ref.compute_log_manager, S3ComputeLogManager)
    assert ref.storage_data is not None
    assert ref.storage_data.config_dict["postgres_db"]["scheme"] == "postgresql+psycopg2"


@pytest.mark.parametrize("name", ["kubernetes", "ecs"])
def test_where_runs_are_started_by_others_everything_else_is_the_same(name: str) -> None:
    own, common = parsed(f"{name}/dagster.yaml"), parsed("dagster.yaml")
    assert own.pop("run_launcher") != common.pop("run_launcher")
    assert own == common


def test_ecs_takes_its_launchers_settings() -> None:
    launcher = parsed("ecs/dagster.yaml")["run_launcher"]
    assert process_config(resolve_to_config_type(EcsRunLauncher.config_type()), launcher["config"]).success
    task = json.loads((DEPLOY / "ecs/task-definition.json").read_text("utf-8"))
    (container,) = task["containerDefinitions"]
    assert container["name"] == launcher["config"]["container_name"]


def test_every_variable_is_one_that_somebody_reads() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.suffix in {".yaml", ".json", ".py", ".env", ".example", ""}]
    found = {
        name
        for path in files
        if path.is_file()
        for name in re.findall(r"VIDFACTORY_[A-Z_]+[A-Z]", path.read_text("utf-8"))
    }
    assert {name for name in found if not is_known(name)} == set()
    assert len(found) > 15


def test_machines_are_told_the_same_wherever_they_are(tmp_path: Path) -> None:
    compose = set(parsed("compose.yaml")["x-studio"]["environment"])
    here = {name for name in Cluster(tmp_path).environment("code") if name.startswith(("VIDFACTORY_", "AWS_"))}
    in_image = {"VIDFACTORY_EXECUTOR", "VIDFACTORY_LOCAL", "VIDFACTORY_INBOX"}
    assert here - in_image == compose
    said = "".join((DEPLOY / f"kubernetes/{name}").read_text("utf-8") for name in ("studio.env", "secret.env.example"))
    on_kubernetes = set(re.findall(r"^([A-Z_]+)=", said, re.MULTILINE))
    assert compose - {"AWS_ENDPOINT_URL"} <= on_kubernetes
    task = json.loads((DEPLOY / "ecs/task-definition.json").read_text("utf-8"))["containerDefinitions"][0]
    on_ecs = {each["name"] for each in (*task["environment"], *task["secrets"])}
    assert compose - {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= on_ecs  # it has a role


def test_composed_services_wait_for_services_that_are_there() -> None:
    services = parsed("compose.yaml")["services"]
    for name, service in services.items():
        waits = service.get("depends_on", {})
        assert waits.keys() <= services.keys(), name
        for other, how in waits.items():
            if how["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"], f"{name} waits for {other}"


def test_what_must_be_filled_in_stands_in_the_example() -> None:
    needed = set(re.findall(r"\$\{([A-Z_]+):\?\}", (DEPLOY / "compose.yaml").read_text("utf-8")))
    assert needed == set(re.findall(r"^([A-Z_]+)=$", (DEPLOY / "env.example").read_text("utf-8"), re.MULTILINE))


def test_the_code_server_listens_where_the_others_look_for_it() -> None:
    compose = parsed("compose.yaml")
    command = compose["services"]["code"]["command"]
    assert command[command.index("-p") + 1] == compose["x-studio"]["environment"]["VIDFACTORY_CODE_PORT"]
    deployments = yaml.safe_load_all((DEPLOY / "kubernetes/studio.yaml").read_text("utf-8"))
    (service,) = [each for each in deployments if each["kind"] == "Service" and each["metadata"]["name"] == "code"]
    assert f"VIDFACTORY_CODE_PORT={service['spec']['ports'][0]['port']}" in (
        DEPLOY / "kubernetes/studio.env"
    ).read_text("utf-8")


def test_every_command_of_the_studio_is_one() -> None:
    services = [service["command"] for service in parsed("compose.yaml")["services"].values()]
    pods = yaml.safe_load_all((DEPLOY / "kubernetes/studio.yaml").read_text("utf-8"))
    specs = [each["spec"]["template"]["spec"] for each in pods if each["kind"] == "Deployment"]
    pods_commands = [
        each["command"] for spec in specs for each in (*spec.get("initContainers", []), *spec["containers"])
    ]
    own = [
        command[command.index("vidfactory") + 1 :] for command in (*services, *pods_commands) if "vidfactory" in command
    ]
    assert {command[0] for command in own} == {"prepare", "worker", "serve"}
    for command in own:
        options = [part for part in command[1:] if part.startswith("--")]
        text = CliRunner().invoke(cli.app, [command[0], "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
        assert all(option in text for option in options), command


def test_the_image_is_made_of_what_there_is() -> None:
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    kept = {
        line[1:]
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", image, re.MULTILINE):
        for name in line.split():
            assert (DEPLOY.parent / name).exists()
            assert name == "." or name.split("/")[0] in kept
    assert "USER studio" in image
    assert all((DEPLOY.parent / name).exists() for name in kept - {"channels"})
