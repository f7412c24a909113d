"""Figures over price series, and what of the market belongs to one post.

Belongs here: checking a series, its statistics (pandas), and choosing series by date without looking
ahead. Does not belong here: where prices come from (`Market` is a port that is asked for `Prices`), and words
about them.

A post is placed on the exchange's calendar (New York): prices up to and including that day are used,
so a post of 22:00 UTC on a Friday meets Friday's close, and one of 02:00 UTC on Saturday does too.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import sqrt
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from vidfactory.desks.finance.symbols import BENCHMARKS
from vidfactory.errors import BadInput
from vidfactory.ports import Prices
from vidfactory.schema.finance import Bar, MarketData, PriceSeries, Quote, Statistics, SymbolData

Interval = Literal["day", "month"]

EXCHANGE_ZONE = ZoneInfo("America/New_York")
BARS_A_YEAR: dict[Interval, int] = {"day": 252, "month": 12}
MAX_DAILY_DISTANCE = 4.0
MONTH_DISTANCES = (25.0, 35.0)
"""Median distances in days between two daily and two monthly prices; a year has short and long months."""
MAX_GAP_DAYS: dict[Interval, int] = {"day": 10, "month": 45}
"""More than this between two bars means that some are missing; the longest closing of the New York
exchange in living memory was seven days (September 2001)."""
FRESH_DAYS: dict[Interval, int] = {"day": 7, "month": 45}
"""How long the last bar speaks for the price at a later date."""


def exchange_day(moment: datetime) -> date:
    """The day of `moment` at the exchange."""
    return moment.astimezone(EXCHANGE_ZONE).date()


def closes(series: PriceSeries) -> "pd.Series[float]":
    """Closing prices indexed by day."""
    days = pd.DatetimeIndex([bar.day for bar in series.bars])
    return pd.Series([bar.close for bar in series.bars], index=days, dtype="float64")


def window(prices: "pd.Series[float]", interval: Interval) -> "pd.Series[float]":
    """The last year: 252 daily or 12 monthly changes, so one close more; or all where there are fewer."""
    return prices.iloc[-(BARS_A_YEAR[interval] + 1) :]


def statistics(series: PriceSeries) -> Statistics:
    """Figures as of the last bar.

    With closes C over the window of n bars: change percent 100 (C[n] / C[n-1] - 1); window change
    100 (C[n] / C[1] - 1); range the highest and lowest *close*, the latest day where several tie;
    volatility 100 sqrt(252 or 12) times the sample standard deviation (n - 1) of ln(C[i] / C[i-1]),
    zero where there is one change only; drawdown 100 (C / running maximum - 1), last and lowest;
    streak: bars in a row that closed higher (or lower, negative) than the one before, over the series.
    """
    everything = closes(series)
    year = window(everything, series.interval)
    last, previous = float(everything.iloc[-1]), float(everything.iloc[-2])
    returns = np.diff(np.log(year.to_numpy()))
    spread = float(np.std(returns, ddof=1)) if len(returns) > 1 else 0.0
    drawdown = 100 * (year / year.cummax() - 1)
    days = [bar.day for bar in series.bars[-len(year) :]]
    latest_first = year.to_numpy()[::-1]
    return Statistics(
        last_close=last,
        previous_close=previous,
        change=last - previous,
        change_percent=100 * (last / previous - 1),
        window_bars=len(year),
        window_change_percent=100 * (last / float(year.iloc[0]) - 1),
        range_high=float(year.max()),
        range_high_day=days[-1 - int(latest_first.argmax())],
        range_low=float(year.min()),
        range_low_day=days[-1 - int(latest_first.argmin())],
        volatility_percent=100 * sqrt(BARS_A_YEAR[series.interval]) * spread,
        drawdown_percent=float(drawdown.iloc[-1]),
        max_drawdown_percent=float(drawdown.min()),
        streak=_streak(everything),
    )


def quote(data: SymbolData) -> Quote:
    """The last close and its change over one bar."""
    figures = data.statistics
    return Quote(
        symbol=data.series.symbol,
        name=data.series.name,
        current_price=figures.last_close,
        change=figures.change,
        change_percent=figures.change_percent,
        currency=data.series.currency,
        interval=data.series.interval,
        day=data.series.bars[-1].day,
    )


def fresh_series(prices: Prices, symbol: str, day: date) -> PriceSeries | None:
    """Prices of `symbol` up to `day`.

    None where there are none, or where the last is too old to speak for `day` (a week for daily, 45
    days for monthly prices: the month before is all that is known while a month is under way).
    """
    series = prices.history(symbol, day)
    if series is None or day - series.bars[-1].day > timedelta(days=FRESH_DAYS[series.interval]):
        return None
    return series


def symbol_data(prices: Prices, symbol: str, day: date) -> SymbolData | None:
    """Prices of `symbol` that speak for `day`, with their figures; None where there are none."""
    series = fresh_series(prices, symbol, day)
    return None if series is None else SymbolData(series=series, statistics=statistics(series))


def priced_symbols(prices: Prices, day: date) -> frozenset[str]:
    """The symbols whose prices speak for `day`."""
    return frozenset(symbol for symbol in prices.symbols() if fresh_series(prices, symbol, day))


def market_data(prices: Prices, symbols: Sequence[str], day: date) -> MarketData:
    """Prices and figures of `symbols` (the main one first) as of `day`, and of an index to compare with.

    The index is the first of `BENCHMARKS` with prices, other than the main symbol; None where there is
    none. Raises BadInput for a symbol without prices at that date.
    """
    found = tuple(_required(prices, symbol, day) for symbol in symbols)
    indices = (symbol_data(prices, index, day) for index in BENCHMARKS if index != symbols[0])
    benchmark = next((data for data in indices if data), None)
    return MarketData(as_of=day, symbols=found, benchmark=benchmark)


def check_bars(bars: Iterable[Bar], interval: Interval, *, symbol: str, where: str, today: date | None) -> None:
    """Raises BadInput unless the bars rise in time, without a gap, and end by `today` (None: not checked)."""
    days = [bar.day for bar in bars]
    if len(days) < 2:
        raise BadInput(
            f"{symbol} has {len(days)} price", where=where, remedy="Give at least two, or there is no change to tell"
        )
    for before, after in pairwise(days):
        if after == before:
            raise BadInput(f"{symbol} has two prices for {after}", where=where, remedy="Keep one of them")
        if after < before:
            raise BadInput(f"{symbol} jumps back from {before} to {after}", where=where, remedy="Sort it, oldest first")
        if (after - before).days > MAX_GAP_DAYS[interval]:
            raise BadInput(
                f"{symbol} has no prices between {before} and {after}",
                where=where,
                remedy=f"Fill the gap: between two {interval}s there may be {MAX_GAP_DAYS[interval]} days at most",
            )
    if today is not None and days[-1] > today:
        raise BadInput(
            f"{symbol} has a price of {days[-1]}, which is in the future", where=where, remedy=f"Today is {today}"
        )


def interval_of(days: Sequence[date], *, where: str) -> Interval:
    """Daily or monthly, by the median distance in days; BadInput for anything else, such as weekly prices."""
    typical = float(np.median([(after - before).days for before, after in pairwise(days)]))
    if typical <= MAX_DAILY_DISTANCE:
        return "day"
    if MONTH_DISTANCES[0] <= typical <= MONTH_DISTANCES[1]:
        return "month"
    raise BadInput(
        f"the prices are {typical:g} days apart, neither daily nor monthly", where=where, remedy="Give one of the two"
    )


def at_month_ends(days: Sequence[date], last: date) -> list[date]:
    """Yahoo's monthly rows are dated with the first of the month and hold its last price: move them there.

    The last month may be under way: it ends on `last` at the latest. Other dates stay.
    """
    if any(day.day != 1 for day in days):
        return list(days)
    return [min((pd.Timestamp(day) + pd.offsets.MonthEnd(0)).date(), max(last, day)) for day in days]


def _required(prices: Prices, symbol: str, day: date) -> SymbolData:
    data = symbol_data(prices, symbol, day)
    if data is None:
        raise BadInput(
            f"{symbol} has no prices for {day}", where="market data", remedy="Give prices of that time with --prices"
        )
    return data


def _streak(prices: "pd.Series[float]") -> int:
    directions = np.sign(prices.diff().dropna().to_numpy())[::-1]
    if directions[0] == 0:
        return 0
    turns = np.flatnonzero(directions != directions[0])
    length = int(turns[0]) if len(turns) else len(directions)
    return length * int(directions[0])
