"""Yahoo Finance as yfinance asks it: a cookie, a crumb, and daily charts.

Prices: those of the bundled market where it knows a symbol (real days of GOOG; real ends of months, and days
between that are made up but lead there), after that and for a few other symbols a seeded walk. Yahoo has no key:
a wrong crumb is what it refuses.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.schema.finance import PriceSeries
from vidfactory_tests.servers.wire import Answer, Request, Route, Service, json_answer

CRUMB = "t3stCrumb.x"
COOKIE = "A3=d=AQABBFakeCookie; Path=/; Max-Age=31557600"
NEW_YORK = ZoneInfo("America/New_York")
OTHERS = {"NVDA": 4.0, "TSLA": 2.0, "META": 38.0, "NFLX": 8.0, "AMD": 7.0, "SPY": 110.0}
"""Symbols that only the walk knows, with the price that they start from."""
OTHERS_FROM = date(2010, 1, 4)
DAILY_MOVE = 0.012
RANGES = {"1d": 1, "5d": 5, "1mo": 31, "3mo": 92, "6mo": 183, "1y": 366, "2y": 731, "5y": 1827, "10y": 3653}


def service() -> Service:
    return Service(
        name="yahoo",
        routes=(
            Route("GET", "/", "cookie", answer=_cookie),
            Route("GET", "/v1/test/getcrumb", "crumb", answer=_crumb),
            Route("GET", "/v8/finance/chart/{symbol}", "chart", answer=_chart, model=lambda r: r.captured["symbol"]),
            Route("GET", "/v7/finance/quote", "quote", answer=_no_quote),
            Route("GET", "/v10/finance/quoteSummary/{symbol}", "summary", answer=_no_summary),
            Route("GET", "/ws/fundamentals-timeseries/v1/finance/timeseries/{symbol}", "series", answer=_no_series),
        ),
        is_authorised=lambda request: request.query.get("crumb", CRUMB) == CRUMB,
        wrong_key=lambda _: _refused(),
        failure=_failure,
    )


def _cookie(_: Request) -> Answer:
    """404 with a cookie, as fc.yahoo.com answers."""
    return Answer(404, b"Not Found", "text/plain", {"set-cookie": COOKIE})


def _crumb(request: Request) -> Answer:
    return Answer(200, CRUMB.encode(), "text/plain") if "A3=" in request.headers.get("cookie", "") else _refused()


def _refused() -> Answer:
    error = {"code": "Unauthorized", "description": "Invalid Crumb"}
    return json_answer({"finance": {"result": None, "error": error}}, 401)


def _no_summary(request: Request) -> Answer:
    """What yfinance asks where a chart failed; nothing is known beyond charts."""
    error = {"code": "Not Found", "description": f"Quote not found for symbol: {request.captured['symbol']}"}
    return json_answer({"quoteSummary": {"result": None, "error": error}}, 404)


def _no_quote(_: Request) -> Answer:
    return json_answer({"quoteResponse": {"result": [], "error": None}})


def _no_series(request: Request) -> Answer:
    about = {"symbol": [request.captured["symbol"]], "type": [request.query.get("type", "")]}
    return json_answer({"timeseries": {"result": [{"meta": about}], "error": None}})


def _failure(status: int) -> Answer:
    if status == 429:
        return Answer(429, b"Edge: Too Many Requests", "text/html")
    return Answer(status, b"<html><body>Will be right back...</body></html>", "text/html")


def _error(status: int, code: str, description: str) -> Answer:
    return json_answer({"chart": {"result": None, "error": {"code": code, "description": description}}}, status)


def _chart(request: Request) -> Answer:
    symbol = request.captured["symbol"].upper()
    if request.query.get("interval", "1d") != "1d":
        return _error(422, "Unprocessable Entity", "Invalid input - this server has daily bars only")
    table = _days(symbol)
    if table is None:
        return _error(404, "Not Found", "No data found, symbol may be delisted")
    start, end = _span(request, table.index[-1].date())
    chosen = table[(table.index >= pd.Timestamp(start)) & (table.index < pd.Timestamp(end))]
    if chosen.empty:
        return _error(400, "Bad Request", f"Data doesn't exist for startDate = {start}, endDate = {end}")
    stamps = [int(datetime.combine(day.date(), time(9, 30), NEW_YORK).timestamp()) for day in chosen.index]
    quote: dict[str, Any] = {name: chosen[name].tolist() for name in ("open", "high", "low", "close", "volume")}
    result = {
        "meta": _about(symbol, table, stamps[-1]),
        "timestamp": stamps,
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]},
    }
    return json_answer({"chart": {"result": [result], "error": None}})


def _span(request: Request, newest: date) -> tuple[date, date]:
    """The first day that is asked for, and the day behind the last. A range counts back from the newest bar."""
    if "period1" in request.query:
        first, last = (int(request.query[name]) for name in ("period1", "period2"))
        return (
            datetime.fromtimestamp(first, UTC).astimezone(NEW_YORK).date(),
            datetime.fromtimestamp(last, UTC).astimezone(NEW_YORK).date(),
        )
    end = newest + timedelta(days=1)
    days = RANGES.get(request.query.get("range", "1mo"))
    return (end - timedelta(days=days) if days else date(1985, 1, 1)), end


def _about(symbol: str, table: pd.DataFrame, last: int) -> dict[str, Any]:
    series = _bundled(symbol)
    first = datetime.combine(table.index[0].date(), time(9, 30), NEW_YORK)
    return {
        "currency": "USD",
        "symbol": symbol,
        "exchangeName": "NMS",
        "fullExchangeName": "NasdaqGS",
        "instrumentType": "INDEX" if symbol.startswith("^") else "EQUITY",
        "firstTradeDate": int(first.timestamp()),
        "regularMarketTime": last,
        "hasPrePostMarketData": True,
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": float(table["close"].iloc[-1]),
        "longName": series.name if series else f"{symbol} Corporation",
        "shortName": series.name if series else symbol,
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": [*RANGES, "ytd", "max"],
    }


def _bundled(symbol: str) -> PriceSeries | None:
    market = BundledMarket()
    return market.history(symbol, date(2100, 1, 1)) if symbol in market.symbols() else None


@cache
def _days(symbol: str) -> pd.DataFrame | None:
    """All daily bars of a symbol up to yesterday; None for one that nobody knows."""
    series = _bundled(symbol)
    random = np.random.default_rng(sum(symbol.encode()))
    if series:
        known = pd.Series([bar.close for bar in series.bars], pd.DatetimeIndex([bar.day for bar in series.bars]))
    elif symbol in OTHERS:
        known = pd.Series([OTHERS[symbol]], pd.DatetimeIndex([OTHERS_FROM]))
    else:
        return None
    known.index = known.index.map(pd.offsets.BDay().rollback)
    closes = pd.concat([_between(known, random), _onwards(known, random)])
    made = _bars(closes[~closes.index.duplicated()], random)
    real = [bar for bar in series.bars if bar.open is not None] if series else []
    if real:
        columns = {name: [getattr(bar, name) for bar in real] for name in made.columns}
        made.update(pd.DataFrame(columns, pd.DatetimeIndex([bar.day for bar in real])))
    return made.astype({"volume": "int64"})


def _between(known: "pd.Series[float]", random: np.random.Generator) -> "pd.Series[float]":
    """Business days that walk from each known close to the next; daily prices have none between."""
    pieces = [known.iloc[:1]]
    moments = pd.DatetimeIndex(known.index)
    for place, (before, after) in enumerate(pairwise(known)):
        start, end = moments[place], moments[place + 1]
        days = pd.bdate_range(start, end)[1:]
        if len(days) < 7:
            pieces.append(pd.Series([after], pd.DatetimeIndex([end])))
            continue
        walk = np.cumsum(random.normal(0, DAILY_MOVE, len(days)))
        share = np.arange(1, len(days) + 1) / len(days)
        line = np.log(before) + (np.log(after) - np.log(before)) * share
        pieces.append(pd.Series(np.exp(line + walk - walk[-1] * share), days))
    return pd.concat(pieces)


def _onwards(known: "pd.Series[float]", random: np.random.Generator) -> "pd.Series[float]":
    """Business days from the last known close to yesterday."""
    days = pd.bdate_range(known.index[-1], datetime.now(NEW_YORK).date() - timedelta(days=1))[1:]
    walk = np.cumsum(random.normal(0.0002, DAILY_MOVE, len(days)))
    return pd.Series(known.iloc[-1] * np.exp(walk), days)


def _bars(closes: "pd.Series[float]", random: np.random.Generator) -> pd.DataFrame:
    """Opens, highs, lows and volumes around closes."""
    count = len(closes)
    opens = closes.shift(1).fillna(closes) * np.exp(random.normal(0, DAILY_MOVE / 3, count))
    reach = np.abs(random.normal(0, DAILY_MOVE / 2, (2, count)))
    return pd.DataFrame(
        {
            "open": opens,
            "high": np.maximum(opens, closes) * (1 + reach[0]),
            "low": np.minimum(opens, closes) * (1 - reach[1]),
            "close": closes,
            "volume": random.integers(5_000_000, 60_000_000, count),
        }
    )
