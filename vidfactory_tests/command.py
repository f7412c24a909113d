"""`vidfactory` as a stranger runs it: a process of its own on a studio of its own.

What only asks or orders can be run in the test's process too: a start takes seconds.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from vidfactory import terminal
from vidfactory.cli import app
from vidfactory.schema import parse_artifact
from vidfactory.schema.base import Artifact

PROJECT = Path(__file__).parent.parent
KEY = "finance-demo"
PATIENCE_S = 1800
"""A busy machine is no failure."""


@dataclass(frozen=True)
class Command:
    """Runs `vidfactory` on the studio in `folder`; `more` is added to its environment."""

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "VIDFACTORY_STUDIO": str(self.folder / "studio"),
            "VIDFACTORY_LOCAL": str(self.folder / "studio"),
            "VIDFACTORY_INBOX": str(self.folder / "inbox"),
            "COLUMNS": "200",
            **self.more,
        }

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "vidfactory", *arguments],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def folder_of(self, asset: str, key: str = KEY) -> Path:
        return self.folder / "studio" / "videos" / key / asset

    def artifact(self, asset: str, key: str = KEY) -> Artifact:
        return parse_artifact((self.folder_of(asset, key) / "artifact.json").read_bytes())


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command in this process, on the studio of a `Command`."""
    for console in (terminal.out, terminal.err):
        monkeypatch.setattr(console, "_width", 200)
    monkeypatch.setenv("DAGSTER_HOME", "")  # commands set it; so it is put back

    def called(studio: Command, *arguments: str) -> Result:
        for name, value in studio.environment.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(app, list(arguments), prog_name="vidfactory")

    return called
