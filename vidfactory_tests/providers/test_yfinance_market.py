"""Prices from Yahoo: what its answers mean, and what happens where they are none."""

import asyncio
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yfinance.cache
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.desks.finance.market import EXCHANGE_ZONE, check_bars
from vidfactory.errors import ProviderError, Transient
from vidfactory.ports import Prices
from vidfactory.providers.kit import Kit
from vidfactory.providers.yfinance_market import (
    YfinanceMarket,
    _after_holes,
    _bar,
    _is_price,
    last_finished_day,
    probe,
)
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.pages import Served, SmallWeb
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import CutAfter, Fault, NotJson, Status, TooMany, Truncated, WrongShape
from vidfactory_tests.servers.services.yahoo import CRUMB

DAY = dt.date(2008, 10, 10)
EVENING = dt.datetime(2026, 11, 20, 22, tzinfo=dt.UTC)
MONDAY = dt.date(2024, 6, 3)


def market(address: str, calls: Direct | None = None, now: dt.datetime = EVENING) -> YfinanceMarket:
    kit = Kit("yfinance", "market", Service(address=address, timeout_s=5), calls or Direct())
    return YfinanceMarket(kit, now=lambda: now)


def days(count: int, start: dt.date = MONDAY) -> list[dt.date]:
    return [day for day in (start + dt.timedelta(days=number) for number in range(count * 2)) if day.weekday() < 5][
        :count
    ]


def chart(
    rows: Mapping[dt.date, float | None], splits: Mapping[dt.date, float] | None = None, **about: Any
) -> dict[str, Any]:
    """An answer of Yahoo's with these closes; prices as it sends them, splits counted in."""

    def stamp(day: dt.date) -> int:
        return int(dt.datetime.combine(day, dt.time(9, 30), EXCHANGE_ZONE).timestamp())

    closes = list(rows.values())
    quote = {"open": closes, "high": closes, "low": closes, "close": closes, "volume": [1000] * len(closes)}
    events = {
        str(stamp(day)): {"date": stamp(day), "numerator": ratio, "denominator": 1.0, "splitRatio": f"{ratio:g}:1"}
        for day, ratio in (splits or {}).items()
    }
    meta = {
        "currency": "USD",
        "symbol": "ABC",
        "instrumentType": "EQUITY",
        "longName": "A B Corp",
        "exchangeTimezoneName": "America/New_York",
        "validRanges": ["1d"],
        "priceHint": 2,
        **about,
    }
    result = {
        "meta": meta,
        "timestamp": [stamp(day) for day in rows],
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": closes}]},
        **({"events": {"splits": events}} if events else {}),
    }
    return {"chart": {"result": [result], "error": None}}


def answered(web: SmallWeb, answer: Any, until: dt.date) -> Prices:
    """What the market makes of one answer of Yahoo's about ABC."""
    web.pages["/v1/test/getcrumb"] = Served(CRUMB.encode(), "text/plain")
    web.pages["/v8/finance/chart/ABC"] = Served(json.dumps(answer).encode(), "application/json")
    return asyncio.run(market(web.address).prices(frozenset({"ABC"}), until))


def closes_of(prices: Prices, until: dt.date) -> list[float]:
    series = prices.history("ABC", until)
    return [] if series is None else [bar.close for bar in series.bars]


def test_a_split_after_the_day_is_taken_out_again(small_web: SmallWeb) -> None:
    week = days(5)
    prices = answered(small_web, chart(dict(zip(week, [10.0, 11, 12, 13, 14], strict=True)), {week[3]: 10.0}), week[2])
    series = prices.history("ABC", week[2])
    assert series is not None
    assert [bar.close for bar in series.bars] == [100, 110, 120]
    assert series.bars[0].volume == 100
    assert not series.adjusted


def test_a_split_inside_the_series_is_no_crash_and_is_said(small_web: SmallWeb) -> None:
    week = days(5)
    prices = answered(small_web, chart(dict(zip(week, [10.0, 11, 12, 13, 14], strict=True)), {week[3]: 10.0}), week[4])
    series = prices.history("ABC", week[4])
    assert series is not None
    assert [bar.close for bar in series.bars] == [10, 11, 12, 13, 14]
    assert series.adjusted
    assert closes_of(prices, week[2]) == [100, 110, 120], "a post from before the split tells the prices of its time"


def test_days_without_a_price_are_left_out(small_web: SmallWeb) -> None:
    week = days(5)
    rows = dict(zip(week, [10.0, None, 12.0, 0.0, 14.0], strict=True))
    assert closes_of(answered(small_web, chart(rows), week[4]), week[4]) == [10, 12, 14]


def test_what_lies_before_a_hole_is_left_out(small_web: SmallWeb) -> None:
    old, new = days(10, MONDAY - dt.timedelta(days=60)), days(5)
    rows = {day: 10.0 + number for number, day in enumerate([*old, *new])}
    prices = answered(small_web, chart(rows), new[4])
    assert closes_of(prices, new[4]) == [20, 21, 22, 23, 24]
    assert closes_of(prices, old[9]) == []


@given(st.lists(st.one_of(st.none(), st.floats(0.01, 1e6)), min_size=1, max_size=40))
def test_what_is_kept_passes_the_checks_that_every_series_passes(closes: Sequence[float | None]) -> None:
    rows = zip(days(len(closes)), closes, strict=True)
    bars = [
        _bar(day, {"Open": close, "High": close, "Low": close, "Close": close, "Volume": 1}, 1)
        for day, close in rows
        if close is not None and _is_price(close)
    ]
    kept = _after_holes(bars)
    if len(kept) > 1:
        check_bars(kept, "day", symbol="ABC", where="here", today=None)


@pytest.mark.parametrize(
    ("about", "currency", "close"),
    [
        ({"currency": "EUR"}, "EUR", 1000),
        ({"currency": "GBp"}, "GBP", 10),
        ({"instrumentType": "INDEX"}, "", 1000),
        ({"currency": None}, "", 1000),
    ],
)
def test_pence_are_pounds_and_an_index_has_points(
    small_web: SmallWeb, about: dict[str, Any], currency: str, close: float
) -> None:
    rows = dict.fromkeys(days(3), 1000.0)
    series = answered(small_web, chart(rows, **about), days(3)[2]).history("ABC", days(3)[2])
    assert series is not None
    assert (series.currency, series.bars[-1].close, series.name) == (currency, close, "A B Corp")


@pytest.mark.parametrize(
    "answer", [{"chart": {"result": [{"meta": {}}], "error": None}}, chart(dict.fromkeys(days(1), 1.0))]
)
def test_a_symbol_without_trades_has_no_prices(small_web: SmallWeb, answer: Any) -> None:
    assert answered(small_web, answer, days(3)[2]).symbols() == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"chart": None},
        {"chart": {"result": 3, "error": None}},
        {"chart": {"result": [{"timestamp": [1], "meta": {}}], "error": None}},
        {
            "chart": {
                "result": [{"timestamp": ["x"], "meta": {}, "indicators": {"quote": [{"open": [1]}]}}],
                "error": None,
            }
        },
        {"chart": {"result": [{"timestamp": [1], "meta": None, "indicators": None}], "error": None}},
    ],
)
def test_an_answer_of_another_shape_is_tried_again(small_web: SmallWeb, answer: Any) -> None:
    with pytest.raises(Transient, match="cannot be read"):
        answered(small_web, answer, days(3)[2])


@pytest.mark.parametrize(
    "fault", [TooMany(retry_after_s=7), Status(500), NotJson(), Truncated(), WrongShape(), CutAfter(0.5)]
)
def test_what_breaks_is_worth_another_try_and_is_asked_once(services: FakeServices, fault: Fault) -> None:
    services.next("yahoo", fault, operation="chart")
    with pytest.raises(Transient) as caught:
        asyncio.run(market(services.url("yahoo")).prices(frozenset({"GOOG"}), DAY))
    assert len(services.of("yahoo", "chart")) == 1
    assert caught.value.retry_after_s == (7 if isinstance(fault, TooMany) else None)


def test_a_refused_cookie_is_yahoos_own_affair(services: FakeServices) -> None:
    services.next("yahoo", Status(500), operation="crumb")
    prices = asyncio.run(market(services.url("yahoo")).prices(frozenset({"GOOG"}), DAY))
    assert prices.symbols() == {"GOOG"}


def test_a_stranger_is_remembered_as_one(services: FakeServices) -> None:
    calls = Direct()
    asyncio.run(market(services.url("yahoo"), calls).prices(frozenset({"ZZZZ"}), DAY))
    assert len(services.of("yahoo", "chart")) == 1
    assert calls.made[0].request["symbol"] == "ZZZZ"


@pytest.mark.parametrize("odd", ["../../v1/x", "A B", "GOOG?x=1", "$GOOG", "", "ABC" * 10])
def test_what_can_be_no_symbol_is_not_asked_for(services: FakeServices, odd: str) -> None:
    assert asyncio.run(market(services.url("yahoo")).prices(frozenset({odd}), DAY)).symbols() == frozenset()
    assert services.served == []


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC), dt.date(2026, 11, 19)),
        (dt.datetime(2026, 11, 20, 21, 14, tzinfo=dt.UTC), dt.date(2026, 11, 19)),
        (dt.datetime(2026, 11, 20, 21, 15, tzinfo=dt.UTC), dt.date(2026, 11, 20)),
        (dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC), dt.date(2026, 11, 20)),
        (dt.datetime(2026, 7, 1, 20, 15, tzinfo=dt.UTC), dt.date(2026, 7, 1)),
    ],
)
def test_a_day_counts_once_new_york_has_closed(now: dt.datetime, day: dt.date) -> None:
    assert last_finished_day(now) == day


def test_todays_question_is_another_one_tomorrow_and_an_old_one_stays(services: FakeServices) -> None:
    calls, today = Direct(), EVENING.date()
    for now in (EVENING - dt.timedelta(hours=8), EVENING, EVENING + dt.timedelta(days=1)):
        for until in (today, DAY):
            asyncio.run(market(services.url("yahoo"), calls, now).prices(frozenset({"GOOG"}), until))
    untils = [call.request["until"] for call in calls.made]
    assert untils == ["2026-11-19", "2008-10-10", "2026-11-20", "2008-10-10", "2026-11-20", "2008-10-10"]


def test_an_unfinished_day_has_no_price_yet(small_web: SmallWeb) -> None:
    week = days(5, dt.date(2026, 11, 16))
    prices = asyncio.run(_unfinished(small_web, week))
    series = prices.history("ABC", week[4])
    assert series is not None
    assert series.bars[-1].day == week[3]


async def _unfinished(web: SmallWeb, week: list[dt.date]) -> Prices:
    web.pages["/v8/finance/chart/ABC"] = Served(
        json.dumps(chart(dict.fromkeys(week, 5.0))).encode(), "application/json"
    )
    noon = dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)
    return await market(web.address, now=noon).prices(frozenset({"ABC"}), week[4])


def test_one_symbol_that_cannot_be_had_fails_the_question_after_all_were_asked(services: FakeServices) -> None:
    """What arrived is remembered, and not asked for again."""
    services.next("yahoo", Status(500), operation="chart")
    with pytest.raises(ProviderError):
        asyncio.run(market(services.url("yahoo")).prices(frozenset({"AAPL", "GOOG", "MSFT"}), DAY))
    assert len(services.of("yahoo", "chart")) == 3


def test_yfinance_keeps_nothing_in_the_home_folder(services: FakeServices) -> None:
    asyncio.run(market(services.url("yahoo")).prices(frozenset({"GOOG"}), DAY))
    assert yfinance.cache.get_cookie_cache().dummy
    assert yfinance.cache.get_tz_cache().lookup("GOOG") is None
    assert yfinance.cache.get_tz_cache().dummy


def test_the_probe_says_what_the_index_closed_at(services: FakeServices) -> None:
    kit = Kit("yfinance", "market", Service(address=services.url("yahoo"), timeout_s=5), Direct())
    assert asyncio.run(probe(kit)).startswith("S&P 500 closed at ")
