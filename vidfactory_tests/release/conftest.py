"""A small finished video, and its package, made once."""

from pathlib import Path

import pytest

from vidfactory.schema.base import Artifact
from vidfactory.schema.release import Package
from vidfactory_tests.release.finished import Files, artifacts, packed


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    return artifacts(Files(tmp_path_factory.mktemp("made")))


@pytest.fixture(scope="session")
def package(made: dict[str, Artifact], tmp_path_factory: pytest.TempPathFactory) -> Package:
    return packed(tmp_path_factory.mktemp("packed"), made)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")
