"""Fixtures for tests that talk to the fake services; a package's conftest imports what it needs.

Belongs here: sockets for tests, and clients that have no base address to set. Does not belong here: the services.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import pytest
import yfinance
from curl_cffi import requests
from pydantic_ai import models
from pytest_socket import enable_socket, socket_allow_hosts
from yfinance.config import YfConfig
from yfinance.data import SingletonMeta, YfData

from vidfactory_tests.servers.server import HOST, FakeServices


class YahooSession(requests.Session[requests.Response]):
    """What yfinance asks of Yahoo's several hosts, asked of one address: `yfinance.Ticker(..., session=session)`.

    yfinance has no setting for its hosts; they are constants, and its cookies come from others again.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def request(self, method: Any, url: str, **options: Any) -> Any:  # type: ignore[override]
        return super().request(method, self._address + urlsplit(url).path, **options)


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a single certificate authority, for `SSL_CERT_FILE`."""
    return _one_authority(tmp_path_factory.getbasetemp())


@pytest.fixture
def loopback(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets to this machine's own address, and to no other."""
    monkeypatch.setenv("SSL_CERT_FILE", str(_one_authority(tmp_path_factory.getbasetemp())))
    enable_socket()
    socket_allow_hosts([HOST], allow_unix_socket=True)


def _one_authority(folder: Path) -> Path:
    """The first certificate authority of the usual bundle; to read them all takes every new client 50 ms."""
    file = folder / "one_authority.pem"
    if not file.exists():
        first, end, _ = Path(certifi.where()).read_text("utf-8").partition("-----END CERTIFICATE-----")
        file.write_text(first + end, "utf-8")
    return file


@pytest.fixture
def services(loopback: None) -> Iterator[FakeServices]:
    """All fake services, with pydantic-ai allowed to talk to them."""
    with FakeServices() as running, models.override_allow_model_requests(allow_model_requests=True):
        yield running


@pytest.fixture
def yahoo(services: FakeServices) -> Iterator[YahooSession]:
    """A session for yfinance, which remembers its session, cookie and crumb for all time unless they are taken away.

    Its errors are raised, not hidden in a log.
    """
    hidden, YfConfig.debug.hide_exceptions = YfConfig.debug.hide_exceptions, False
    yfinance.set_tz_cache_location(str(Path(os.devnull) / "off"))
    SingletonMeta._instances.pop(YfData, None)
    with YahooSession(services.url("yahoo")) as session:
        yield session
    SingletonMeta._instances.pop(YfData, None)
    YfConfig.debug.hide_exceptions = hidden
