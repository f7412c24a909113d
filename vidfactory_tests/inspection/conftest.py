"""The good film, rendered once."""

import pytest

from vidfactory_tests.inspection.films import Made, small_film


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return small_film(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="session")
def phrases(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same with captions by phrase, the spoken word in colour."""
    return small_film(tmp_path_factory.mktemp("phrases"), "phrase")
