"""How a service's refusal becomes one of our errors, the same for every service.

Belongs here: what an HTTP status means for trying again. Does not belong here: where an SDK keeps its status.
"""

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from vidfactory.errors import Permanent, ProviderError, Transient
from vidfactory.providers.kit import Kit

_BUSY = frozenset({408, 409, 425, 429})
_SPENT = ("insufficient_quota", "quota_exceeded", "billing", "credit balance")
"""What services say with a 429 or a 402 when no waiting helps, because the account is empty."""
_WRONG_KEY = ("API_KEY_INVALID", "Incorrect API key")
"""What Google and xAI say of a wrong key, with a 400."""


def refused(kit: Kit, status: int, said: str, headers: Mapping[str, str]) -> ProviderError:
    """The error for an answer of HTTP `status`: nothing was charged.

    Transient for a service that is busy or broken, Permanent for a request or a key that it does not take.
    """
    words = kit.without_secrets(said)
    where = f"{kit.name} {kit.port}"
    spent = any(sign in words.lower() for sign in _SPENT)
    if (status in _BUSY or status >= 500) and not spent:
        return Transient(
            f"the service answered {status}: {words}",
            where=where,
            retry_after_s=retry_after_s(headers.get("retry-after")),
        )
    if spent or status == 402:
        return Permanent(f"the account has nothing left ({status}): {words}", where=where, remedy="Top it up")
    if status in {401, 403} or any(sign in said for sign in _WRONG_KEY):
        remedy = f"Set {kit.service.key_name} to a key that is valid" if kit.service.key_name else "Check its account"
        return Permanent(f"the service refused the key ({status}): {words}", where=where, remedy=remedy)
    if status == 404:
        remedy = f"Check services.{kit.name}.models.{kit.port} and its address in vidfactory.toml"
        return Permanent(f"the service does not know it ({status}): {words}", where=where, remedy=remedy)
    return Permanent(f"the service refused the request ({status}): {words}", where=where)


def cut_off(kit: Kit, reason: str, *, sent: bool) -> Transient:
    """The error for a connection that broke; where the request was `sent`, it may have been charged."""
    words = kit.without_secrets(reason)
    where = f"{kit.name} {kit.port}"
    if not sent:
        return Transient(f"the service cannot be reached: {words}", where=where)
    return Transient(f"the service was cut off: {words}", where=where, charged=None)


def unreadable(kit: Kit, reason: str) -> Transient:
    """The error for an answer of another shape than was promised; it may have been charged."""
    words = kit.without_secrets(reason)
    return Transient(f"the answer cannot be read: {words}", where=f"{kit.name} {kit.port}", charged=None)


def retry_after_s(header: str | None) -> float | None:
    """The seconds of a Retry-After header in either of its forms (RFC 9110, 10.2.3); None where it says nothing."""
    if not header:
        return None
    if header.strip().replace(".", "", 1).isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(tz=dt.UTC)).total_seconds())
