"""YouTube's Data API over REST: requests with a login, and what its refusals mean.

Belongs here: sending, and the errors that are YouTube's own. Does not belong here: what is asked (`youtube_publisher`,
`resumable_upload`), and what other services' errors mean (`failures`).

Read in Google's public reference of the Data API v3. It was never seen talking to the real service from here.
"""

import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from vidfactory.errors import NotYet, ProviderError, Transient
from vidfactory.providers.failures import refused, retry_after_s, unreadable
from vidfactory.providers.google_login import Login
from vidfactory.providers.kit import Kit
from vidfactory.providers.web import HTTP_ERRORS, broken, open_client, within_time

HOME = "https://www.googleapis.com"
GOOGLE = ".googleapis.com"
QUOTA_ZONE = ZoneInfo("America/Los_Angeles")
"""Quotas are given anew at midnight there."""
_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded", "uploadLimitExceeded"})
"""Reasons that pass with the day: the project's quota, and how many videos a channel may upload."""
_HURRY = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "uploadRateLimitExceeded", "backendError"})
"""Reasons that pass in a while, with whatever status."""
Body = bytes | Callable[[], AsyncIterator[bytes]]
"""What a request carries: in memory, or begun anew for each time that it is sent."""


@dataclass(frozen=True)
class YouTube:
    """The API as one login sees it."""

    kit: Kit
    login: Login

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: Body = b"") -> httpx.Response:
        """The answer to a request, whatever its status; a path goes to the API's own address.

        With a token that is refused it is sent once more with a fresh one; Permanent where that is refused too.
        Transient for a request that got no whole answer.
        """
        token = await self.login.token()
        response = await self._sent(method, url, {**headers, "authorization": f"Bearer {token}"}, body)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            token = await self.login.token(refused=token)
            response = await self._sent(method, url, {**headers, "authorization": f"Bearer {token}"}, body)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise self.login.revoked()
        return response

    async def ask(self, path: str, **query: str) -> tuple[Any, dt.datetime]:
        """The JSON answer to a GET, and the service's own time."""
        response = await self.send("GET", f"{path}?{httpx.QueryParams(query)}", {})
        return self.content(response), served_at(response)

    def content(self, response: httpx.Response) -> Any:
        """The JSON of a good answer; raises `failure` for others."""
        if response.is_error:
            raise self.failure(response)
        try:
            return response.json()
        except ValueError as error:
            raise self.unreadable(str(error)) from None

    def unreadable(self, reason: str) -> Transient:
        """The error for an answer of another shape than was promised."""
        return unreadable(self.kit, self.login.without_secrets(reason))

    def failure(self, response: httpx.Response) -> ProviderError:
        """What an error status means: NotYet where a quota is used up, Transient for a service in a hurry."""
        said, reasons = self.login.without_secrets(response.text), reasons_of(response)
        if reasons & _QUOTA:
            until = quota_returns(served_at(response))
            return NotYet(
                f"YouTube takes no more for today ({', '.join(sorted(reasons))}); it does again {moment(until)}",
                until=until,
                where=self.where,
                remedy="What is finished stays: it goes on from there",
            )
        if reasons & _HURRY:
            pause = retry_after_s(response.headers.get("retry-after"))
            return Transient(
                f"the service is in a hurry: {', '.join(sorted(reasons))}", where=self.where, retry_after_s=pause
            )
        return refused(self.kit, response.status_code, said, response.headers)

    def passes(self, response: httpx.Response) -> bool:
        """Whether what keeps YouTube from taking a request passes by itself."""
        return bool(reasons_of(response) & (_QUOTA | _HURRY))

    @property
    def where(self) -> str:
        return f"{self.kit.name} {self.kit.port}"

    def is_own(self, url: str) -> bool:
        """Whether an address that was answered is the API's own, so that a token may be sent there."""
        there, home = httpx.URL(url), httpx.URL(self._home)
        same = there.host == home.host and there.port == home.port
        google = there.host.endswith(GOOGLE) and home.host.endswith(GOOGLE)
        return there.scheme == home.scheme and (same or google)

    @property
    def _home(self) -> str:
        return (self.kit.service.address or HOME).rstrip("/")

    async def _sent(self, method: str, url: str, headers: Mapping[str, str], body: Body) -> httpx.Response:
        target = f"{self._home}{url}" if url.startswith("/") else url
        content = body if isinstance(body, bytes) else body()
        try:
            async with within_time(self.kit), open_client(self.kit) as client:
                return await client.request(method, target, content=content, headers=dict(headers))
        except HTTP_ERRORS as error:
            raise broken(self.kit, error) from None


def reasons_of(response: httpx.Response) -> frozenset[str]:
    """The reasons that Google gives for an error, such as `quotaExceeded`; empty where it gives none."""
    try:
        errors = response.json()["error"]["errors"]
        return frozenset(str(error["reason"]) for error in errors)
    except (ValueError, KeyError, TypeError):
        return frozenset()


def served_at(response: httpx.Response) -> dt.datetime:
    """When the service answered, by its own clock: this machine's may have jumped."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(dt.UTC)
    except ValueError:
        return dt.datetime.now(tz=dt.UTC)


def quota_day(now: dt.datetime) -> dt.date:
    """The day of Google's quotas that it is at an aware moment."""
    return now.astimezone(QUOTA_ZONE).date()


def quota_returns(now: dt.datetime) -> dt.datetime:
    """The first moment of the next day of Google's quotas, in UTC."""
    midnight = dt.datetime.combine(quota_day(now) + dt.timedelta(days=1), dt.time(), QUOTA_ZONE)
    return midnight.astimezone(dt.UTC)


def moment(at: dt.datetime) -> str:
    return f"on {at:%Y-%m-%d} at {at:%H:%M} UTC"
