"""What all tests share: no network, no model, and a studio in a folder of its own."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from pydantic_ai import models
from pytest_socket import disable_socket
from upath import UPath

from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio

models.ALLOW_MODEL_REQUESTS = False

# A slow or busy machine is no failure. Where CI says so, the same examples are tried each time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

SAMPLES = Path(__file__).parent.parent / "data" / "samples"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="write golden files instead of comparing with them")
    parser.addoption("--requests", type=int, default=5, help="examples of each address in each phase of the fuzzer")
    parser.addoption("--videos", type=int, default=20, help="how many videos' worth of calls are made with faults")


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """Sockets of this machine's own processes only (Chromium is driven over a pipe)."""
    disable_socket(allow_unix_socket=True)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """An empty studio on the local disk."""
    return Studio(root=UPath(tmp_path / "studio"), local=tmp_path / "studio", inbox=tmp_path / "inbox")


@pytest.fixture
def store(studio: Studio) -> ArtifactStore:
    return ArtifactStore(studio)
