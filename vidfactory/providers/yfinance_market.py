"""Daily prices from Yahoo Finance, through yfinance.

Belongs here: one request for each symbol, what Yahoo's answers mean, splits. Does not belong here: figures over
prices (`desks.finance.market`).

Closes are those of a finished day, as traded. Yahoo counts a split into all older prices as soon as it happens:
splits after the day that is asked for are taken out again, so that a price is what it was called on its day.
Splits inside the series stay in, or they would look like crashes; such a series says that it is adjusted.
Dividends are never counted in. Days without a price are left out, and so is all before a hole in the series.
"""

import asyncio
import datetime as dt
import json
import os
import re
import warnings
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pandas as pd
import yfinance
from curl_cffi import requests
from yfinance.config import YfConfig
from yfinance.data import YfData
from yfinance.exceptions import YFException, YFRateLimitError
from yfinance.scrapers.history import PriceHistory

from vidfactory.desks.finance.market import EXCHANGE_ZONE, MAX_GAP_DAYS
from vidfactory.desks.finance.symbols import listing_of
from vidfactory.errors import Permanent, Transient
from vidfactory.ports import Answer, Call, Prices
from vidfactory.providers.bundled_market import cut
from vidfactory.providers.failures import cut_off, refused, unreadable
from vidfactory.providers.kit import Kit
from vidfactory.schema.base import Model
from vidfactory.schema.finance import Bar, PriceSeries

SOURCE = "Yahoo Finance"
SPAN = dt.timedelta(days=731)
"""How far back prices go: a year for the figures, and one to compare with."""
CLOSED = dt.time(16, 15)
"""When a day's prices are final in New York."""
COLUMNS = frozenset({"Open", "High", "Low", "Close", "Volume", "Stock Splits"})
MINOR_UNITS = {"GBp": ("GBP", 100), "ZAc": ("ZAR", 100), "ILA": ("ILS", 100)}
"""Currencies that Yahoo quotes in hundredths."""
_CHART = "/v8/finance/chart/"
_SYMBOL = re.compile(r"\^?[A-Z0-9][A-Z0-9.=-]{0,14}")
_NO_PRICES = frozenset({200, 400, 404, 422})
"""Statuses under which Yahoo says in its chart's own error that it has no prices."""

YfConfig.debug.hide_exceptions = False  # else an answer that cannot be read is an empty table and a line in a log
warnings.filterwarnings("ignore", message="The inplace keyword", module="yfinance")  # meant for its authors
yfinance.set_tz_cache_location(str(Path(os.devnull) / "off"))  # where no folder can be, it keeps no databases


class _Split(Model):
    day: dt.date
    ratio: float


class _History(Model):
    """What is kept of an answer; `missing` says why there are no bars."""

    name: str = ""
    currency: str = "USD"
    kind: Literal["INDEX", "other"] = "other"
    bars: tuple[Bar, ...] = ()
    splits: tuple[_Split, ...] = ()
    missing: str = ""


class YfinanceMarket:
    """`Market` over Yahoo's daily prices. `now` tells which days are over."""

    def __init__(self, kit: Kit, now: Callable[[], dt.datetime] | None = None) -> None:
        self._kit = kit
        self._now = now or _utc_now
        self._session = _Session(kit)

    async def prices(self, symbols: frozenset[str], until: dt.date) -> Prices:
        known = sorted(symbol for symbol in symbols if _SYMBOL.fullmatch(symbol))
        day = min(until, last_finished_day(self._now()))
        asked = await asyncio.gather(*(self._history(symbol, day) for symbol in known), return_exceptions=True)
        found = {}
        for symbol, history in zip(known, asked, strict=True):
            if isinstance(history, BaseException):
                raise history
            if len(history.bars) > 1:
                found[symbol] = history
        return _Fetched(found)

    async def _history(self, symbol: str, day: dt.date) -> _History:
        call = Call(
            service=self._kit.name,
            operation="history",
            model="",
            request={"symbol": symbol, "until": day.isoformat(), "days": SPAN.days, "interval": "1d"},
        )

        async def send(_idempotency_key: str) -> Answer:
            history = await asyncio.to_thread(self._fetched, symbol, day)
            return Answer(facts=history.model_dump(mode="json"), units={"requests": 1})

        return _History.model_validate((await self._kit.calls.ask(call, send)).facts)

    def _fetched(self, symbol: str, day: dt.date) -> _History:
        """One request to Yahoo for the prices up to `day` and the splits up to now; blocks."""
        asked = PriceHistory(YfData(session=self._session), symbol, str(EXCHANGE_ZONE))
        try:
            table = asked.history(
                start=day - SPAN, interval="1d", auto_adjust=False, timeout=self._kit.service.timeout_s
            )
            about = asked.get_history_metadata()
        except _NoPrices as error:
            return _History(missing=str(error))
        except YFRateLimitError as error:
            raise Transient(str(error), where=f"{self._kit.name} {self._kit.port}") from error
        except requests.exceptions.RequestException as error:
            raise cut_off(self._kit, str(error), sent=False) from error
        except (YFException, LookupError, TypeError, ValueError, AttributeError) as error:
            # It reads an answer of another shape as if it were right, and fails wherever that ends.
            raise unreadable(self._kit, f"{type(error).__name__}: {error}") from error
        return self._understood(table, about, symbol, day)

    def _understood(self, table: pd.DataFrame, about: Mapping[str, Any], symbol: str, day: dt.date) -> _History:
        if not set(table.columns) >= COLUMNS or not isinstance(table.index, pd.DatetimeIndex):
            raise unreadable(self._kit, f"columns {list(table.columns)} for {symbol}")
        currency, unit = MINOR_UNITS.get(str(about.get("currency")), (str(about.get("currency") or ""), 1))
        rows = [(moment.date(), row) for moment, row in zip(table.index, table.to_dict("records"), strict=True)]
        bars = [_bar(on, row, unit) for on, row in rows if on <= day and _is_price(row["Close"])]
        return _History(
            name=str(about.get("longName") or about.get("shortName") or symbol),
            currency=currency,
            kind="INDEX" if about.get("instrumentType") == "INDEX" else "other",
            bars=tuple(_after_holes(bars)),
            splits=tuple(
                _Split(day=on, ratio=row["Stock Splits"]) for on, row in rows if _is_price(row["Stock Splits"])
            ),
        )


class _Fetched:
    """`Prices` over what Yahoo answered."""

    def __init__(self, histories: Mapping[str, _History]) -> None:
        self._histories = histories

    def symbols(self) -> frozenset[str]:
        return frozenset(self._histories)

    def history(self, symbol: str, until: dt.date) -> PriceSeries | None:
        history = self._histories.get(symbol)
        return None if history is None else cut(_series(symbol, history, until), until)


class _NoPrices(Exception):
    """Yahoo knows no such symbol, or no prices of it at that time."""


class _Session(requests.Session[requests.Response]):
    """Yahoo's hosts at another address where the settings name one, and its refusals typed.

    yfinance asks a second time where it is refused; nothing but a refused cookie is left to it.
    """

    def __init__(self, kit: Kit) -> None:
        super().__init__(impersonate="chrome")
        self._kit = kit

    def request(self, method: Any, url: str, **options: Any) -> requests.Response:  # type: ignore[override]  # handed on
        parts = urlsplit(url)
        if self._kit.service.address:
            url = self._kit.service.address.rstrip("/") + (parts.path or "/")
        answer: requests.Response = super().request(method, url, **{**options, "timeout": self._kit.service.timeout_s})
        if parts.path.startswith(_CHART) and answer.status_code not in {401, 403}:
            self._check(answer)
        return answer

    def _check(self, answer: requests.Response) -> None:
        try:
            chart = json.loads(answer.content)["chart"]
            complaint, result = chart["error"], chart["result"]
        except (ValueError, LookupError, TypeError) as error:
            if answer.status_code >= 400:
                raise self._refused(answer) from error
            raise unreadable(self._kit, f"no chart in {answer.text}") from error
        if answer.status_code not in _NO_PRICES:
            raise self._refused(answer)
        if complaint:
            raise _NoPrices(f"{complaint.get('code')}: {complaint.get('description')}")
        if not result or "timestamp" not in result[0]:
            raise _NoPrices("no trades in that time")

    def _refused(self, answer: requests.Response) -> Exception:
        headers = {str(name).lower(): str(text) for name, text in answer.headers.items()}
        return refused(self._kit, answer.status_code, answer.text, headers)


def provide(kit: Kit) -> YfinanceMarket:
    return YfinanceMarket(kit)


async def probe(kit: Kit) -> str:
    """The last close of the S&P 500."""
    today = dt.datetime.now(tz=EXCHANGE_ZONE).date()
    series = (await provide(kit).prices(frozenset({"^GSPC"}), today)).history("^GSPC", today)
    if series is None:
        raise Permanent("it has no prices of ^GSPC", where=kit.name)
    return f"{series.name} closed at {series.bars[-1].close:,.2f} on {series.bars[-1].day}"


def last_finished_day(now: dt.datetime) -> dt.date:
    """The latest day whose prices are final at the moment `now`."""
    there = now.astimezone(EXCHANGE_ZONE)
    return there.date() if there.time() >= CLOSED else there.date() - dt.timedelta(days=1)


def _series(symbol: str, history: _History, until: dt.date) -> PriceSeries:
    """All bars of an answer, with splits after `until` taken out of them."""
    later = 1.0
    for split in history.splits:
        later *= split.ratio if split.day > until else 1.0
    listing, first = listing_of(symbol), history.bars[0].day
    return PriceSeries(
        symbol=symbol,
        name=history.name if listing.name == symbol else listing.name,
        interval="day",
        currency="" if history.kind == "INDEX" else history.currency,
        source=SOURCE,
        adjusted=any(first < split.day <= until for split in history.splits),
        bars=history.bars if later == 1 else tuple(_without_split(bar, later) for bar in history.bars),
    )


def _without_split(bar: Bar, ratio: float) -> Bar:
    """`bar` as it was before a split that turned one share into `ratio`."""
    return Bar(
        day=bar.day,
        close=bar.close * ratio,
        open=bar.open and bar.open * ratio,
        high=bar.high and bar.high * ratio,
        low=bar.low and bar.low * ratio,
        volume=None if bar.volume is None else round(bar.volume / ratio),
    )


def _bar(day: dt.date, row: Mapping[Any, Any], unit: int) -> Bar:
    """A day's prices; where Yahoo has not all of them, or they contradict each other, its close alone."""
    close = row["Close"] / unit
    volume = int(row["Volume"]) if row["Volume"] > 0 else None
    prices = [row[name] / unit for name in ("Open", "High", "Low")]
    opened, high, low = prices
    if not all(map(_is_price, prices)) or not low <= min(opened, close) <= max(opened, close) <= high:
        return Bar(day=day, close=close, volume=volume)
    return Bar(day=day, close=close, open=opened, high=high, low=low, volume=volume)


def _is_price(value: float) -> bool:
    return isfinite(value) and value > 0


def _after_holes(bars: list[Bar]) -> list[Bar]:
    """The bars behind the last hole that is longer than exchanges close for."""
    start = 0
    for index in range(1, len(bars)):
        if (bars[index].day - bars[index - 1].day).days > MAX_GAP_DAYS["day"]:
            start = index
    return bars[start:]


def _utc_now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)
