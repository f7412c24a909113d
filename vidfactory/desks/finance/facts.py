"""What is remarkable about a price series: facts with their figures, the strongest first.

Belongs here: finding facts with pandas, and how a figure is shown. Does not belong here: sentences.

Strength is a heuristic between 0 and 1 that orders facts for a hook. For facts of rarity ("lowest
close since") it is log(bars since the last like it) / log(bars in the record), so that twice as rare
counts a step more; for distances it is the percentage against one that would be extraordinary; a move
counts by its rarity or by its size, ten times the usual being 1, whichever is more.
"""

from collections.abc import Iterator
from datetime import date
from math import log
from typing import Literal

import numpy as np
import pandas as pd

from vidfactory.desks.finance.market import closes, window
from vidfactory.schema.base import Model
from vidfactory.schema.finance import MarketData, PriceSeries, SymbolData

Unit = Literal["price", "percent", "bars", "shares"]
FactKind = Literal[
    "move", "extreme", "streak", "drawdown", "rebound", "year", "swing", "volume", "typical", "volatility", "index"
]
Direction = Literal["up", "down", "flat"]

NOTABLE_BARS = {"day": 40, "month": 6}
"""A "since" that reaches back less than this is no news."""
HUGE_DRAWDOWN, HUGE_REBOUND, HUGE_YEAR, HUGE_GAP = 75.0, 75.0, 80.0, 30.0
"""Percentages that count as strength 1 for distances from a high, from a low, over a year, from an index."""


class Figure(Model):
    """A number with what it is; percentages are signed and in per cent."""

    name: str
    value: float
    unit: Unit


class Fact(Model):
    """Something true of one symbol.

    `day` is the day that the fact refers back to: of the last like it, of the high, of the low. For facts
    of rarity None means that the record, which begins on `record_start`, holds none like it; `notable`
    says that this is long enough ago (`NOTABLE_BARS`) to be worth a "since".
    """

    kind: FactKind
    symbol: str
    direction: Direction
    strength: float
    notable: bool = False
    figures: tuple[Figure, ...]
    day: date | None = None
    record_start: date
    source: str

    def figure(self, name: str) -> float:
        return next(figure.value for figure in self.figures if figure.name == name)


def facts(market: MarketData) -> tuple[Fact, ...]:
    """Every fact about the main symbol, the strongest first (ties keep the order of `FactKind`)."""
    main = market.symbols[0]
    found = [*_facts_of(main)]
    if market.benchmark:
        found += _against(main, market.benchmark)
    return tuple(sorted(found, key=lambda fact: -fact.strength))


def _facts_of(data: SymbolData) -> Iterator[Fact]:
    yield _move(data.series)
    yield from _extreme(data.series)
    yield from _streak(data)
    yield from _distances(data)
    yield from _swing(data.series)
    yield from _volume(data.series)
    yield from _habits(data)


def _fact(
    series: PriceSeries,
    kind: FactKind,
    strength: float,
    direction: float,
    day: date | None,
    *,
    notable: bool = False,
    **figures: tuple[float, Unit],
) -> Fact:
    return Fact(
        kind=kind,
        symbol=series.symbol,
        direction="up" if direction > 0 else "down" if direction < 0 else "flat",
        strength=round(min(max(strength, 0.0), 1.0), 6),
        notable=notable,
        figures=tuple(Figure(name=name, value=value, unit=unit) for name, (value, unit) in figures.items()),
        day=day,
        record_start=series.bars[0].day,
        source=series.source,
    )


def _changes(series: PriceSeries) -> "pd.Series[float]":
    """Percent from one close to the next."""
    return 100 * closes(series).pct_change().dropna()


def _last_like_it(matches: "pd.Series[bool]") -> tuple[int, date | None]:
    """How many bars ago the last match before the end was (all of them if there is none), and its day."""
    earlier = matches.iloc[:-1]
    if not earlier.any():
        return len(matches), None
    place = int(np.flatnonzero(earlier.to_numpy())[-1])
    return len(earlier) - place, matches.index[place].date()


def _rarity(bars_since: int, record: int) -> float:
    return log(max(bars_since, 1)) / log(max(record, 2))


def _move(series: PriceSeries) -> Fact:
    changes = _changes(series)
    last = float(changes.iloc[-1])
    since, day = _last_like_it(changes >= last if last > 0 else changes <= last)
    notable = since >= NOTABLE_BARS[series.interval]
    typical = _typical(series)
    size = abs(last) / (10 * typical) if typical else float(last != 0)
    strength = max(size, _rarity(since, len(changes)) if notable else 0.0)
    return _fact(series, "move", strength, last, day, notable=notable, change=(last, "percent"))


def _typical(series: PriceSeries) -> float:
    """The median size of a change over the year, in per cent."""
    return float(window(_changes(series), series.interval).abs().median())


def _extreme(series: PriceSeries) -> Iterator[Fact]:
    prices = closes(series)
    last = float(prices.iloc[-1])
    for direction, like in ((-1, prices <= last), (1, prices >= last)):
        since, day = _last_like_it(like)
        if since >= NOTABLE_BARS[series.interval]:
            strength = _rarity(since, len(prices))
            yield _fact(series, "extreme", strength, direction, day, notable=True, close=(last, "price"))


def _streak(data: SymbolData) -> Iterator[Fact]:
    streak = data.statistics.streak
    if abs(streak) < 3:
        return
    start = closes(data.series).iloc[-abs(streak) - 1]
    whole = 100 * (data.statistics.last_close / float(start) - 1)
    yield _fact(
        data.series,
        "streak",
        abs(streak) / 9,
        streak,
        data.series.bars[-abs(streak) - 1].day,
        bars=(abs(streak), "bars"),
        change=(whole, "percent"),
        start=(float(start), "price"),
    )


def _distances(data: SymbolData) -> Iterator[Fact]:
    figures, series = data.statistics, data.series
    year = window(closes(series), series.interval)
    rise = 100 * (figures.last_close / figures.range_low - 1)
    if figures.drawdown_percent < 0:
        yield _fact(
            series,
            "drawdown",
            -figures.drawdown_percent / HUGE_DRAWDOWN,
            -1,
            figures.range_high_day,
            below=(figures.drawdown_percent, "percent"),
            high=(figures.range_high, "price"),
        )
    if rise > 0:
        yield _fact(
            series,
            "rebound",
            rise / HUGE_REBOUND,
            1,
            figures.range_low_day,
            above=(rise, "percent"),
            low=(figures.range_low, "price"),
        )
    whole = figures.window_change_percent
    yield _fact(
        series,
        "year",
        abs(whole) / HUGE_YEAR,
        whole,
        year.index[0].date(),
        change=(whole, "percent"),
        start=(float(year.iloc[0]), "price"),
    )


def _swing(series: PriceSeries) -> Iterator[Fact]:
    """Between the last bar's high and low, against the close before."""
    table = pd.DataFrame(
        {"high": [bar.high for bar in series.bars], "low": [bar.low for bar in series.bars]},
        index=closes(series).index,
        dtype="float64",
    )
    swings = 100 * (table["high"] - table["low"]) / closes(series).shift(1)
    if pd.isna(swings.iloc[-1]):
        return
    since, day = _last_like_it(swings >= swings.iloc[-1])
    notable = since >= NOTABLE_BARS[series.interval]
    yield _fact(
        series,
        "swing",
        0.8 * _rarity(since, len(swings)) if notable else 0.0,
        0,
        day,
        notable=notable,
        high=(float(table["high"].iloc[-1]), "price"),
        low=(float(table["low"].iloc[-1]), "price"),
        swing=(float(swings.iloc[-1]), "percent"),
    )


def _volume(series: PriceSeries) -> Iterator[Fact]:
    """The last bar's volume, where it is half as much again as the year's median."""
    volumes = pd.Series([bar.volume for bar in series.bars], index=closes(series).index, dtype="float64")
    last, median = volumes.iloc[-1], window(volumes, series.interval).median()
    if pd.isna(last) or pd.isna(median) or last < 1.5 * median:
        return
    yield _fact(
        series,
        "volume",
        0.1,
        1,
        series.bars[-1].day,
        volume=(float(last), "shares"),
        median=(float(median), "shares"),
    )


def _habits(data: SymbolData) -> Iterator[Fact]:
    """What is usual: the median size of a change over the year, and the volatility."""
    series, volatility = data.series, data.statistics.volatility_percent
    yield _fact(series, "typical", 0.0, 0, None, typical=(_typical(series), "percent"))
    yield _fact(series, "volatility", 0.0, 0, None, volatility=(volatility, "percent"))


def _against(main: SymbolData, index: SymbolData) -> Iterator[Fact]:
    """Both over the index's last bar, where the main symbol has closes at its two ends.

    With a daily main symbol and a monthly index this is the last full month, so like meets like; `after`
    is then what the main symbol has done since.
    """
    start, end = (bar.day for bar in index.series.bars[-2:])
    prices = closes(main.series)
    before, after = prices[: pd.Timestamp(start)], prices[: pd.Timestamp(end)]
    if before.empty or len(after) == len(before):
        return
    own = 100 * (float(after.iloc[-1]) / float(before.iloc[-1]) - 1)
    other = index.statistics.change_percent
    since = 100 * (float(prices.iloc[-1]) / float(after.iloc[-1]) - 1)
    yield _fact(
        main.series,
        "index",
        abs(own - other) / HUGE_GAP,
        own - other,
        end,
        own=(own, "percent"),
        index=(other, "percent"),
        after=(since, "percent"),
        index_volatility=(index.statistics.volatility_percent, "percent"),
        index_drawdown=(index.statistics.drawdown_percent, "percent"),
    )
