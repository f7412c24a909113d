"""`vidfactory` as a stranger runs it: a process of its own on a studio of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vidfactory.schema import parse_artifact
from vidfactory.schema.base import Artifact

PROJECT = Path(__file__).parent.parent
KEY = "finance-demo"


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
        out, err = process.communicate(timeout=600)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def folder_of(self, asset: str, key: str = KEY) -> Path:
        return self.folder / "studio" / "videos" / key / asset

    def artifact(self, asset: str, key: str = KEY) -> Artifact:
        return parse_artifact((self.folder_of(asset, key) / "artifact.json").read_bytes())
