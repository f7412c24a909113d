"""What was spent, held against what was quoted: the ledger's entries summed for people.

Belongs here: sums over entries. Does not belong here: how entries come to be (`storage.ledger`), estimates
(`quoting`), and how sums are shown (`commands_money`, `report`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from vidfactory.schema.quote import Quote
from vidfactory.storage.ledger import Entry, Ledger
from vidfactory.storage.quotes import Quotes
from vidfactory.storage.studio import Studio


@dataclass(frozen=True)
class Sum:
    """US dollars by state, units bought, and the number of entries that were paid or remembered."""

    settled: Decimal = Decimal(0)
    doubtful: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    saved: Decimal = Decimal(0)
    calls: int = 0
    remembered: int = 0
    units: Mapping[str, int] = field(default_factory=dict)

    @property
    def committed(self) -> Decimal:
        """What counts against a budget."""
        return self.settled + self.doubtful + self.reserved

    def plus(self, entry: Entry) -> "Sum":
        """The same with one more entry; the units of what was remembered were not bought."""
        amount = getattr(self, entry.state) + entry.usd
        if entry.state == "saved":
            return replace(self, saved=amount, remembered=self.remembered + 1)
        units = dict(self.units)
        for unit, count in entry.units.items():
            units[unit] = units.get(unit, 0) + count
        return replace(self, **{entry.state: amount}, calls=self.calls + 1, units=units)


@dataclass(frozen=True)
class Row:
    """A component: what was quoted for it, None where nothing was, and what it came to."""

    component: str
    quoted: Decimal | None
    sum: Sum


def total(entries: Iterable[Entry]) -> Sum:
    """The sum of `entries`."""
    whole = Sum()
    for entry in entries:
        whole = whole.plus(entry)
    return whole


def compared(quote: Quote | None, entries: Iterable[Entry]) -> list[Row]:
    """Every component that was quoted or paid for, those of the quote first and in its order."""
    quoted: dict[str, Decimal | None] = {}
    for line in quote.lines if quote else ():
        before = quoted.get(line.component, Decimal(0))
        quoted[line.component] = None if before is None or line.usd is None else before + line.usd
    sums = {component: Sum() for component in quoted}
    for entry in entries:
        sums[entry.asset] = sums.get(entry.asset, Sum()).plus(entry)
    return [Row(component, quoted.get(component), each) for component, each in sums.items()]


def entries_of(studio: Studio, video: str) -> Iterator[Entry]:
    """The ledger's entries of a video, oldest first."""
    return Ledger(studio).entries(video)


def all_entries(studio: Studio) -> Iterator[Entry]:
    """The entries of all videos of a studio, by video."""
    for video in Ledger(studio).videos():
        yield from entries_of(studio, video)


def videos(studio: Studio) -> list[str]:
    """The videos that were quoted or have entries, sorted."""
    return sorted({*Ledger(studio).videos(), *Quotes(studio.quotes).videos()})


def by_channel_and_day(entries: Iterable[Entry]) -> dict[tuple[str, str], Sum]:
    """Sums by channel and day (UTC), sorted; the channel is empty for videos of none."""
    sums: dict[tuple[str, str], Sum] = {}
    for entry in entries:
        place = (entry.channel, f"{entry.at:%Y-%m-%d}")
        sums[place] = sums.get(place, Sum()).plus(entry)
    return dict(sorted(sums.items()))


def quote_of(studio: Studio, video: str) -> Quote | None:
    """The quote that was kept for a video."""
    return Quotes(studio.quotes).read(video)
