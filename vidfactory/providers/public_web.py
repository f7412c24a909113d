"""Fetching from the open web, where an address may be anybody's and an answer anything.

Belongs here: which addresses may be asked, and how much they may answer. Does not belong here: what a page says
(`web_reader`), and services that the settings name (`web`).

Only public addresses are asked. A name is resolved here, once for each connection, every address that it has is
checked, and the connection goes to the one that was checked: a name that means something else a moment later
(DNS rebinding) changes nothing. Redirects come here again, one by one. Proxies of the environment are not used,
because they would resolve names themselves.
"""

import asyncio
import re
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from vidfactory.errors import BadInput, Permanent, ProviderError, Transient
from vidfactory.providers.failures import retry_after_s

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as text; OSError where it has none."""
Allow = Callable[[Address], bool]

MAX_BYTES = 5_000_000
"""Of a body, as it comes and as it is unpacked."""
MAX_REDIRECTS = 5
SCHEMES = frozenset({"http", "https"})
AGENT = "Mozilla/5.0 (compatible; vidfactory)"
HOST_AGENTS = frozenset({ip_address("168.63.129.16")})
"""Public by their number, but a cloud's own services for the machine that asks (Azure)."""
_RESERVED_4 = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4")))
"""What Python's own list of private networks leaves out, or did until lately (IANA's special-purpose registry)."""
_UNICAST_6 = IPv6Network("2000::/3")
"""All IPv6 addresses that are given out to anybody."""
_RESERVED_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_NAT64 = IPv6Network("64:ff9b::/96")
_GZIP = 31
"""zlib's word for: gzip, with the largest window."""
_BUSY = frozenset({408, 425, 429})


def is_public(address: Address) -> bool:
    """Whether anybody on the internet means the same machine by `address`.

    Not so for private, loopback, link-local (cloud metadata among them), shared (CGNAT), multicast, reserved and
    documentation addresses, and for IPv6 addresses that stand for such an IPv4 one.
    """
    if isinstance(address, IPv6Address):
        return _is_public_6(address)
    if address.is_multicast or not address.is_global or address in HOST_AGENTS:
        return False
    return not any(address in network for network in _RESERVED_4)


def _is_public_6(address: IPv6Address) -> bool:
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour is not None:
        return is_public(address.sixtofour)
    return address in _UNICAST_6 and not any(address in network for network in _RESERVED_6)


async def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of `host` by this machine's resolver, each once."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def shown(url: str) -> str:
    """`url` as it may stand in an error: without what a question or a user name may hold."""
    return re.sub(r"//[^/@]*@", "//", re.split(r"[?#]", url)[0])


@dataclass(frozen=True)
class Fetched:
    """What came: from where after redirects, as what, in which charset if that was said."""

    url: str
    media_type: str
    charset: str
    body: bytes


class PublicWeb:
    """Fetches from public addresses, within `timeout_s` seconds each time.

    `resolve` and `allow` are for tests, whose servers have addresses that are not public.
    """

    def __init__(self, timeout_s: float, *, resolve: Resolve = resolve, allow: Allow = is_public) -> None:
        self._timeout_s = timeout_s
        self._resolve = resolve
        self._allow = allow

    async def fetch(self, url: str, media_types: Collection[str] | None = None) -> Fetched:
        """What `url` answers to a GET. BadInput for an address that may not be asked.

        Permanent for an answer that is refused: another status than 200, another type than `media_types` (None:
        any), too many redirects, too much. Transient where the connection or the server fails, or time runs out.
        """
        try:
            async with asyncio.timeout(self._timeout_s), self._client() as client, client.stream("GET", url) as answer:
                self._check(answer, media_types)
                body = b"".join([piece async for piece in _unpacked(answer)])
                return Fetched(str(answer.url), _media_type(answer), answer.charset_encoding or "", body)
        except TimeoutError as error:
            raise Transient(f"no whole answer in {self._timeout_s:g} s", where=shown(url)) from error
        except httpx.TooManyRedirects as error:
            raise Permanent(f"more than {MAX_REDIRECTS} redirects", where=shown(url)) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise BadInput(
                f"this is no address of a page: {error}", where=shown(url), remedy="Give one of http or https"
            ) from error
        except httpx.HTTPError as error:
            raise Transient(
                f"it cannot be fetched: {type(error).__name__} {error}".strip(), where=shown(url)
            ) from error

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=_Pinned(self._resolve, self._allow),
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            timeout=self._timeout_s,
            trust_env=False,
            headers={"user-agent": AGENT, "accept": "text/html,*/*;q=0.5", "accept-encoding": "gzip"},
        )

    def _check(self, answer: httpx.Response, media_types: Collection[str] | None) -> None:
        url = shown(str(answer.url))
        if answer.status_code != httpx.codes.OK:
            raise _refusal(answer)
        kind = _media_type(answer)
        if media_types is not None and kind not in media_types:
            remedy = f"It must be one of: {', '.join(sorted(media_types))}"
            raise Permanent(f"it is of the type {kind or 'that it does not say'!r}", where=url, remedy=remedy)
        if int(answer.headers.get("content-length", 0)) > MAX_BYTES:
            raise _too_large(url)


class _Pinned(httpx.AsyncBaseTransport):
    """Sends each request to an address that was checked, under the name that was asked for."""

    def __init__(self, resolve: Resolve, allow: Allow) -> None:
        self._resolve = resolve
        self._allow = allow
        # Connections are not shared: two names may have one address, and a certificate is for one name.
        self._wire = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        address = await self._checked(request.url)
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,  # the Host header holds the name
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return await self._wire.handle_async_request(pinned)

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _checked(self, url: httpx.URL) -> Address:
        where, remedy = shown(str(url)), "Give a public page"
        if url.scheme not in SCHEMES or not url.host or url.userinfo:
            raise BadInput("this is no address of a public page", where=where, remedy="Give one of http or https")
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        try:
            found = [ip_address(text) for text in await self._resolve(url.host, port)]
        except (OSError, ValueError, UnicodeError) as error:
            raise _unknown_host(error, where) from error
        if not found:
            raise BadInput("its host has no address", where=where, remedy=remedy)
        for address in found:
            if not self._allow(address):
                raise BadInput(f"its host is at {address}, which is not a public address", where=where, remedy=remedy)
        return found[0]


async def _unpacked(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The body piece by piece, never more than `MAX_BYTES` of it, however tightly it is packed."""
    coding = answer.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip", "x-gzip"}:
        raise Permanent(f"it is packed as {coding!r}, which was not asked for", where=shown(str(answer.url)))
    unpacker = zlib.decompressobj(_GZIP) if "gzip" in coding else None
    arrived = unpacked = 0
    async for raw in answer.aiter_raw():
        arrived += len(raw)
        piece = _step(unpacker, raw, MAX_BYTES + 1 - unpacked, shown(str(answer.url))) if unpacker else raw
        unpacked += len(piece)
        if max(arrived, unpacked) > MAX_BYTES:
            raise _too_large(shown(str(answer.url)))
        yield piece
    if unpacker and arrived and not unpacker.eof:
        raise Transient("it ends before it is whole", where=shown(str(answer.url)))


def _step(unpacker: "zlib._Decompress", raw: bytes, most: int, url: str) -> bytes:
    """The next bytes, at most `most`: the caller gives up when it gets that many."""
    try:
        return unpacker.decompress(raw, most)
    except zlib.error as error:
        raise Transient(f"it cannot be unpacked: {error}", where=shown(url)) from error


def _refusal(answer: httpx.Response) -> ProviderError:
    """A page that may be there later is Transient, one that is not there or not for us is Permanent."""
    what, where = f"the page answered {answer.status_code}", shown(str(answer.url))
    if answer.status_code in _BUSY or answer.status_code >= 500:
        return Transient(what, where=where, retry_after_s=retry_after_s(answer.headers.get("retry-after")))
    return Permanent(what, where=where, remedy="Open it in a browser, and give the address that works")


def _unknown_host(error: Exception, where: str) -> BadInput | Transient:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return Transient(f"its host cannot be resolved now: {error}", where=where)
    return BadInput(f"its host is unknown: {error}", where=where, remedy="Check the address")


def _too_large(url: str) -> Permanent:
    return Permanent(f"it is larger than {MAX_BYTES // 1_000_000} MB", where=url)


def _media_type(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-type", "")).split(";")[0].strip().lower()
