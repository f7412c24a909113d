"""The studio's ledger: every dollar that a service was promised, took, or may have taken.

Belongs here: entries, their sums, and the rule that a budget holds. Does not belong here: what the money
was for (`call_cache`), and prices.

An entry is one small file whose name holds its state and its amount, so that the sum of a video is one
listing, and nothing must be locked: `ledger/<video>/<id>.<state>.<dollars>.json`. A changed entry is a new
file, after which the old one goes; where a crash left both, the later state counts.

What a video of a channel costs has an empty file of the same name in `days/<channel>/<day>/`, so that the sum of a
channel's day is one listing too. It is written after the entry and goes before it, so that a crash leaves the day's sum
too high rather than too low, until the call is taken up again. The day is that of the promise.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field
from upath import UPath

from vidfactory.errors import OverBudget, OverDayBudget
from vidfactory.ports import Assignment, Call
from vidfactory.schema.base import Model
from vidfactory.storage import objects
from vidfactory.storage.studio import Studio

State = Literal["reserved", "doubtful", "settled", "saved"]
ORDER: Mapping[str, int] = {"reserved": 0, "doubtful": 1, "settled": 2, "saved": 3}
"""Of two states of one entry the higher one is the later one."""


class Entry(Model):
    """One promise or payment.

    reserved: promised before the call was sent. settled: what the service took. doubtful: what it may have
    taken, because the call was cut off before its answer. saved: what a remembered answer would have cost.
    """

    id: str
    state: State
    usd: Decimal = Field(ge=0)
    video: str
    asset: str
    channel: str
    service: str
    operation: str
    model: str
    call: str
    """The key of the call in the cache."""
    at: dt.datetime
    units: Mapping[str, int] = {}
    note: str = ""
    day: dt.date | None = None
    """The channel's day on which it was promised; None for a video of no channel."""

    @property
    def file_name(self) -> str:
        return f"{self.id}.{self.state}.{self.usd:f}.json"

    @classmethod
    def of(cls, assignment: Assignment, call: Call, key: str, state: State, usd: Decimal) -> Self:
        """A new entry for `call`, dated now."""
        now = dt.datetime.now(tz=dt.UTC)
        return cls(
            id=f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}",
            state=state,
            usd=usd,
            video=assignment.video,
            asset=assignment.asset,
            channel=assignment.channel,
            service=call.service,
            operation=call.operation,
            model=call.model,
            call=key,
            at=now,
            day=assignment.day,
        )

    def now(self, state: State, usd: Decimal, units: Mapping[str, int] | None = None, note: str = "") -> Self:
        """The same entry in a later state."""
        return self.model_copy(update={"state": state, "usd": usd, "units": dict(units or {}), "note": note})


class Sums(Model):
    """US dollars of one video, or of one day of a channel, by state. Of a day nothing is kept that was saved."""

    reserved: Decimal = Decimal(0)
    doubtful: Decimal = Decimal(0)
    settled: Decimal = Decimal(0)
    saved: Decimal = Decimal(0)

    @property
    def committed(self) -> Decimal:
        """What counts against the budget: what was taken, may have been taken, or is promised."""
        return self.reserved + self.doubtful + self.settled


class Ledger:
    """The ledger of a studio; several processes and machines write there."""

    def __init__(self, studio: Studio) -> None:
        self._root, self._days = studio.ledger, studio.days

    def reserve(self, entry: Entry, budget_usd: Decimal | None, day_budget_usd: Decimal | None = None) -> None:
        """Promise the amount of `entry`; OverBudget where its video would then be above `budget_usd`, or the day of its
        channel above `day_budget_usd`.

        The promise is written first and the sums are taken after it, so that of two that reach for the same
        rest at once none gets more than there is; it may be that neither gets it.
        """
        self.write(entry)
        if entry.usd == 0:
            return
        if budget_usd is not None:
            remedy = (
                "Raise budget_usd in its order, which goes before its channel's and VIDFACTORY_BUDGET_USD, "
                "and make it again; what is finished stays"
            )
            committed = self.sums(entry.video).committed
            self._hold(entry, committed, budget_usd, OverBudget, "the video's budget", remedy)
        if day_budget_usd is not None and entry.day is not None:
            whose = f"the budget of the channel {entry.channel} for {entry.day}"
            remedy = (
                f"Make it again tomorrow, or raise budget.day_usd in channels/{entry.channel}.yaml; "
                "what is finished stays"
            )
            committed = self.day_sums(entry.channel, entry.day).committed
            self._hold(entry, committed, day_budget_usd, OverDayBudget, whose, remedy)

    def _hold(
        self,
        entry: Entry,
        committed: Decimal,
        budget_usd: Decimal,
        refusal: type[OverBudget],
        whose: str,
        remedy: str,
    ) -> None:
        """Take the promise back where with it more than a budget is committed."""
        if committed <= budget_usd:
            return
        self.withdraw(entry)
        left = max(Decimal(0), budget_usd - (committed - entry.usd))
        raise refusal(
            f"the call may cost ${entry.usd:.4f} and ${left:.4f} is left of {whose} of ${budget_usd:.2f}",
            where=f"{entry.video}, {entry.asset}, {entry.service} {entry.operation}",
            remedy=remedy,
        )

    def write(self, entry: Entry, before: Entry | None = None) -> None:
        """Write `entry`, in place of its earlier state `before`."""
        folder = self._root / entry.video
        objects.put(folder / entry.file_name, entry.model_dump_json().encode())
        if (mark := self._mark(entry)) is not None:
            objects.put(mark, b"")
        if before is not None and before.file_name != entry.file_name:
            self.withdraw(before)

    def withdraw(self, entry: Entry) -> None:
        """Take a promise back: nothing was charged."""
        if (mark := self._mark(entry)) is not None:
            objects.remove(mark)
        objects.remove(self._root / entry.video / entry.file_name)

    def _mark(self, entry: Entry) -> UPath | None:
        """The file by which a day's sum knows of an entry; None for what counts against no day."""
        if entry.day is None or entry.usd == 0 or entry.state == "saved":
            return None
        return self._days / entry.channel / str(entry.day) / entry.file_name

    def state(self, entry: Entry) -> str | None:
        """The latest state of an entry; None where it was never written, or was withdrawn."""
        found = _latest(self._root / entry.video).get(entry.id)
        return None if found is None else found[0]

    def sums(self, video: str) -> Sums:
        """The sums of a video, from the names of its entries alone."""
        return _sums(self._root / video)

    def day_sums(self, channel: str, day: dt.date) -> Sums:
        """What the videos of a channel cost on its day `day`, from the names of entries alone."""
        return _sums(self._days / channel / str(day))

    def forget_days(self, before: dt.date) -> None:
        """Remove the days' sums of all channels that are older: what was paid stays with each video."""
        for channel in objects.names(self._days):
            for day in objects.names(self._days / channel):
                if day < str(before):
                    objects.remove_folder(self._days / channel / day)

    def entries(self, video: str) -> Iterator[Entry]:
        """All entries of a video in their latest state, oldest first."""
        folder = self._root / video
        for number, (state, usd) in sorted(_latest(folder).items()):
            content = objects.get(folder / f"{number}.{state}.{usd:f}.json")
            if content is not None:  # else it was changed or withdrawn since the listing
                yield Entry.model_validate_json(content)

    def videos(self) -> list[str]:
        """The videos that have entries."""
        return objects.names(self._root)


def _sums(folder: UPath) -> Sums:
    sums = dict.fromkeys(ORDER, Decimal(0))
    for state, usd in _latest(folder).values():
        sums[state] += usd
    return Sums.model_validate(sums)


def _latest(folder: UPath) -> dict[str, tuple[str, Decimal]]:
    """The latest state and the amount of each entry of a folder, by its id."""
    latest: dict[str, tuple[str, Decimal]] = {}
    for name in objects.names(folder):
        if not name.endswith(".json") or name.startswith("."):
            continue
        number, state, usd = name.removesuffix(".json").split(".", 2)
        if number not in latest or ORDER[state] > ORDER[latest[number][0]]:
            latest[number] = (state, Decimal(usd))
    return latest
