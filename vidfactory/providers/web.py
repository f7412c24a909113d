"""HTTP for providers: one way to open a client, to type what breaks, to ask a REST service and to fetch a file.

Belongs here: what services that answer over HTTP share, with an SDK or without. Does not belong here: any
one service, and pages of the open web, which need other care.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import httpx2

from vidfactory.errors import JobFailed, ProviderError, Transient
from vidfactory.providers.failures import cut_off, refused, unreadable
from vidfactory.providers.kit import Kit

HTTP_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx2.HTTPError, httpx2.InvalidURL)
"""What breaks on the way, in both of the libraries that SDKs build on."""
_NEVER_SENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL),
    *(httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL),
)
_FORGOTTEN = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})


@cache
def tls() -> ssl.SSLContext:
    """Trusts the usual authorities. To read them takes as long as a request, so it is done once."""
    return httpx.create_ssl_context()


def open_client(kit: Kit) -> httpx.AsyncClient:
    """A client for one call; use it as a context.

    It keeps no connection for the next call: one that the service has closed meanwhile breaks in a way that
    looks as if the request had been sent and might be charged. A new one takes a tenth of a second, beside
    calls of many seconds.
    """
    return httpx.AsyncClient(timeout=kit.service.timeout_s, verify=tls())


def open_model_client(kit: Kit) -> httpx2.AsyncClient:
    """The same for the SDKs of language models."""
    kept = httpx2.Limits(max_keepalive_connections=0)
    return httpx2.AsyncClient(timeout=kit.service.timeout_s, verify=tls(), limits=kept)


def broken(kit: Kit, error: BaseException) -> Transient:
    """The error for a request that got no whole answer."""
    return cut_off(kit, f"{type(error).__name__} {error}".strip(), sent=not isinstance(error, _NEVER_SENT))


@asynccontextmanager
async def within_time(kit: Kit) -> AsyncIterator[None]:
    """Holds a whole request to the service's timeout, which a body in small pieces could stretch for ever."""
    try:
        async with asyncio.timeout(kit.service.timeout_s):
            yield
    except TimeoutError as error:
        raise cut_off(kit, f"no whole answer in {kit.service.timeout_s:g} s", sent=True) from error


def uncharged(error: ProviderError) -> ProviderError:
    """The same error about a request that costs nothing in any case."""
    return type(error)(error.what, where=error.where, remedy=error.remedy, retry_after_s=error.retry_after_s)


@dataclass(frozen=True)
class Rest:
    """A service that takes and gives JSON, and makes files as jobs.

    home: where it answers, unless the settings name another address. headers: what goes with each request,
    the key among it.
    """

    kit: Kit
    home: str
    headers: dict[str, str] = field(repr=False)

    async def order(self, path: str, content: Mapping[str, Any]) -> Any:
        """The JSON answer to a POST; raises `ProviderError` as `failures` says."""
        return self._read(await self._send("POST", path, content))

    async def ask(self, path: str) -> Any:
        """The JSON answer to a GET, which costs nothing."""
        try:
            return self._read(await self._send("GET", path))
        except ProviderError as error:
            raise uncharged(error) from error

    async def state(self, path: str) -> Any:
        """The state of a job as JSON; `JobFailed` where the service does not know it any more.

        All else is Transient, a refused key too: the job goes on, and must not be ordered again.
        """
        try:
            response = await self._send("GET", path)
        except ProviderError as error:
            raise uncharged(error) from error
        if response.status_code in _FORGOTTEN:
            raise JobFailed("the service has forgotten the job", where=self._where, charged=None)
        try:
            return self._read(response)
        except ProviderError as error:
            raise Transient(
                error.what, where=error.where, remedy=error.remedy, retry_after_s=error.retry_after_s
            ) from error

    async def file(self, url: str, limit: int) -> bytes:
        """The file that a job has made: no key goes there, and nothing is charged.

        Transient where it does not arrive whole, is larger than `limit` bytes, or has no https address though
        the service itself has one.
        """
        if not url.startswith("https://") and not self._address.startswith("http://"):
            raise self._lost("its address is not https")
        try:
            async with within_time(self.kit), open_client(self.kit) as client, client.stream("GET", url) as response:
                if response.status_code != httpx.codes.OK:
                    raise self._lost(f"the answer was {response.status_code}")
                body = bytearray()
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > limit:
                        raise self._lost(f"it is larger than {limit // 1_000_000} MB")
                return bytes(body)
        except HTTP_ERRORS as error:
            raise self._lost(f"{type(error).__name__} {error}".strip()) from error
        except Transient as error:
            raise uncharged(error) from error

    @property
    def _address(self) -> str:
        return (self.kit.service.address or self.home).rstrip("/")

    @property
    def _where(self) -> str:
        return f"{self.kit.name} {self.kit.port}"

    async def _send(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> httpx.Response:
        try:
            async with within_time(self.kit), open_client(self.kit) as client:
                return await client.request(method, f"{self._address}{path}", json=content, headers=self.headers)
        except HTTP_ERRORS as error:
            raise broken(self.kit, error) from error

    def _read(self, response: httpx.Response) -> Any:
        if response.is_error:
            raise refused(self.kit, response.status_code, response.text, response.headers)
        try:
            return response.json()
        except ValueError as error:
            raise unreadable(self.kit, f"{error}: {response.text}") from error

    def _lost(self, reason: str) -> Transient:
        return Transient(
            f"the finished file could not be fetched: {self.kit.without_secrets(reason)}", where=self._where
        )
