"""The fake services, for every test of a provider that asks for them."""

from collections.abc import Iterator

import certifi
import pytest

from vidfactory_tests.providers.pages import SmallWeb
from vidfactory_tests.servers.fixtures import loopback, services

__all__ = ["loopback", "services"]
_END = "-----END CERTIFICATE-----\n"


@pytest.fixture(scope="session", autouse=True)
def _one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One authority instead of all: the fakes speak plain HTTP, and each new client takes 50 ms to read them."""
    file = tmp_path_factory.mktemp("authorities") / "one.pem"
    file.write_text(certifi.contents().partition(_END)[0] + _END)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture
def small_web(loopback: None) -> Iterator[SmallWeb]:
    """A web of this machine's own."""
    with SmallWeb() as running:
        yield running
