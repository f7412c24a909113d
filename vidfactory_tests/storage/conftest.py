"""What tests of the storage share: an object store that its real client talks to."""

from collections.abc import Iterator

import pytest

from vidfactory.storage import claims, objects
from vidfactory_tests.servers.fixtures import loopback, one_authority
from vidfactory_tests.servers.object_store import ObjectStore

__all__ = ["loopback", "one_authority"]


@pytest.fixture
def s3(loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """An empty bucket; waits are short."""
    s3fs = pytest.importorskip("s3fs", reason="the extra `aws` is not installed")
    monkeypatch.setattr(objects, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(objects, "LONGEST_WAIT_S", 0.01)
    monkeypatch.setattr(claims, "TICKET_POLL_S", 0.01)
    with ObjectStore() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        yield store
        s3fs.S3FileSystem.clear_instance_cache()  # each client stays with the address that it began with
