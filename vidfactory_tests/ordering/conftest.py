"""A server of orders for each test, and one for all tests that change nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from vidfactory_tests.ordering.counter import Counter, counter, keep_videos


@pytest.fixture(scope="session")
def kept_videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The videos of every server."""
    folder = tmp_path_factory.mktemp("videos")
    keep_videos(folder)
    return folder


@pytest.fixture
def desk(kept_videos: Path, tmp_path: Path) -> Iterator[Counter]:
    """A server of a test's own."""
    shutil.copytree(kept_videos, tmp_path, dirs_exist_ok=True)
    with dg.DagsterInstance.ephemeral() as instance:
        yield counter(tmp_path, instance)


@pytest.fixture(scope="session")
def stall(kept_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A server for tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("stall")
    shutil.copytree(kept_videos, folder, dirs_exist_ok=True)
    with dg.DagsterInstance.ephemeral() as instance:
        yield counter(folder, instance)
