"""How things fail: every error says what happened, where, and what to do about it."""

import datetime as dt
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from typing import Any

_DISK_REMEDIES = {
    errno.ENOSPC: "The disk is full: free some space and run it again",
    errno.EFBIG: "Files may not become this large here: raise the limit (ulimit -f), or use another disk",
    errno.EDQUOT: "The disk quota is used up: free some space and run it again",
    errno.EROFS: "The disk is read-only: make it writable, or set VIDFACTORY_STUDIO to another folder",
    errno.EACCES: "The folder is not writable for you: change its rights, or set VIDFACTORY_STUDIO to another folder",
    errno.EPERM: "The folder is not writable for you: change its rights, or set VIDFACTORY_STUDIO to another folder",
}


class VidfactoryError(Exception):
    """A failure that a person can act on.

    what: one sentence, without a full stop.
    where: the file, line, field, video or asset that it happened at.
    remedy: what the person can do.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        place = f"{where}: " if where else ""
        way_out = f". {remedy}" if remedy else ""
        super().__init__(f"{place}{what}{way_out}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Whole on the way from one process to another."""
        return partial(type(self), self.what, where=self.where, remedy=self.remedy), ()


class BadInput(VidfactoryError):
    """What the person gave cannot be used; nothing was changed."""


class Taken(BadInput):
    """What was to be new is there already."""


class DamagedArtifact(VidfactoryError):
    """A stored artifact is not what it was when it was stored."""


class MissingArtifact(VidfactoryError, FileNotFoundError):
    """An artifact was asked for that has not been made yet."""


class StorageUnavailable(VidfactoryError):
    """The studio's storage did not serve for as long as it was waited for; later it may."""


class StorageRefused(VidfactoryError):
    """The studio's storage refuses what was asked of it, and will until somebody changes a setting or makes room."""


class ProviderError(VidfactoryError):
    """A provider did not deliver.

    charged: what the service took in US dollars all the same; None where it may have taken the price of the
        call and nobody knows, as when a connection is cut before the answer is whole.
    retry_after_s: how long the service asks to be left alone.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        remedy: str = "",
        charged: Decimal | None = Decimal(0),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.charged = charged
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[Any, ...]:
        again = partial(
            type(self),
            self.what,
            where=self.where,
            remedy=self.remedy,
            charged=self.charged,
            retry_after_s=self.retry_after_s,
        )
        return again, ()


class Transient(ProviderError):
    """Worth another try: busy, slow or cut off."""


class JobFailed(Transient):
    """A job that a service had accepted is over without a result; a new one may succeed."""


class Permanent(ProviderError):
    """No try of the same request can succeed."""


class JobRefused(Permanent):
    """A job that a service had accepted is over without a result, and no other can succeed."""


class OverBudget(Permanent):
    """The call was not made, because it would cost more than is left."""


class OverDayBudget(OverBudget):
    """The call was not made, because its channel has spent what it may in one day; tomorrow it can be."""


class NotRemembered(ProviderError):
    """Only a remembered answer was wanted, and there is none."""


class Exhausted(ProviderError):
    """Every try was used up."""


class NotYet(ProviderError):
    """The service takes no more of it for now, and nothing is lost by waiting. until: when it will again."""

    def __init__(self, what: str, *, until: dt.datetime, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.until = until

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), self.what, until=self.until, where=self.where, remedy=self.remedy), ()


@contextmanager
def disk_errors(where: str) -> Iterator[None]:
    """Turn what a disk refuses into an error that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_REMEDIES:
            raise
        raise VidfactoryError(
            f"it cannot be written: {error.strerror}", where=where, remedy=_DISK_REMEDIES[error.errno]
        ) from error
