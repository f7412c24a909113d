"""The market of the embedded profile: real prices that ship inside matplotlib's sample data.

GOOG daily from August 2004 to October 2008 (prices as traded), and nine symbols monthly from 1990 to
28 June 2022 (closes adjusted for splits and dividends, from Yahoo). Belongs here: reading those two
files. Does not belong here: figures over them.

The monthly file dates a row with the first of its month and holds that month's *last* price, so a bar
is dated here with the last day of its month, and nothing is known of a month before it is over. June 2022
ends where the data does, on the 28th. Its blank rows are dividend days, and its last row says the June
row again; both are left out.
"""

from datetime import date
from functools import cache
from math import isfinite

import numpy as np
import pandas as pd
from matplotlib import cbook

from vidfactory.desks.finance.market import at_month_ends
from vidfactory.desks.finance.symbols import listing_of
from vidfactory.ports import Prices
from vidfactory.providers.kit import Kit
from vidfactory.schema.finance import Bar, PriceSeries

DAILY_SOURCE = "matplotlib sample data goog.npz"
MONTHLY_SOURCE = "Yahoo Finance via matplotlib"


class BundledMarket:
    """`Market` and `Prices` over the bundled prices."""

    async def prices(self, symbols: frozenset[str], until: date) -> Prices:  # noqa: ARG002  # all is at hand
        return self

    def symbols(self) -> frozenset[str]:
        return frozenset(_series())

    def history(self, symbol: str, until: date) -> PriceSeries | None:
        series = _series().get(symbol)
        return series and cut(series, until)


def provide(_kit: Kit) -> BundledMarket:
    return BundledMarket()


def cut(series: PriceSeries, until: date) -> PriceSeries | None:
    """The series up to and including `until`; None where fewer than two bars are left."""
    bars = tuple(bar for bar in series.bars if bar.day <= until)
    return series.model_copy(update={"bars": bars}) if len(bars) > 1 else None


@cache
def _series() -> dict[str, PriceSeries]:
    return {series.symbol: series for series in (_google(), *_monthly())}


def _google() -> PriceSeries:
    with np.load(cbook.get_sample_data("goog.npz", asfileobj=False)) as data:
        rows = data["price_data"]
    bars = tuple(
        Bar(
            day=row["date"].item(),
            open=float(row["open"]),
            high=float(row["high"]),
            low=float(row["low"]),
            close=float(row["close"]),
            volume=int(row["volume"]),
        )
        for row in rows
    )
    return PriceSeries(symbol="GOOG", name=listing_of("GOOG").name, interval="day", source=DAILY_SOURCE, bars=bars)


def _monthly() -> list[PriceSeries]:
    file = cbook.get_sample_data("Stocks.csv", asfileobj=False)
    table = pd.read_csv(file, comment="#", parse_dates=["Date"])
    prices = table.drop(columns="Date")
    last_day = table["Date"].iloc[-1]
    firsts = (table["Date"].dt.day == 1) & prices.notna().any(axis=1)
    days = at_month_ends([day.date() for day in table["Date"][firsts]], last_day.date())
    return [_monthly_series(str(symbol), days, prices.loc[firsts, symbol].tolist()) for symbol in prices.columns]


def _monthly_series(symbol: str, days: list[date], prices: list[float]) -> PriceSeries:
    bars = tuple(Bar(day=day, close=close) for day, close in zip(days, prices, strict=True) if isfinite(close))
    listing = listing_of(symbol)
    return PriceSeries(
        symbol=symbol,
        name=listing.name,
        interval="month",
        currency=listing.currency,
        source=MONTHLY_SOURCE,
        adjusted=True,
        bars=bars,
    )
