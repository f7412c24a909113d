"""What every market keeps to, the embedded ones and Yahoo's."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from vidfactory.desks.finance.market import check_bars, symbol_data
from vidfactory.ports import Market
from vidfactory.providers import bundled_market, csv_market, yfinance_market
from vidfactory.providers.kit import Kit
from vidfactory.settings import Service
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.servers import FakeServices

DAY = date(2008, 10, 10)
WANTED = frozenset({"GOOG", "ZZZZ"})


def bundled(_: FakeServices) -> Market:
    return bundled_market.provide(Kit("bundled", "market", Service(), Direct()))


def given(_: FakeServices) -> Market:
    options = {"file": str(SAMPLES / "prices.csv"), "symbol": "GOOG"}
    return csv_market.provide(Kit("csv", "market", Service(options=options), Direct()))


def yahoo(services: FakeServices) -> Market:
    service = Service(address=services.url("yahoo"), timeout_s=10)
    return yfinance_market.provide(Kit("yfinance", "market", service, Direct()))


every_market = pytest.mark.parametrize("market", [bundled, given, yahoo], ids=["bundled", "csv", "yfinance"])
Make = Callable[[FakeServices], Market]


@every_market
def test_a_known_symbol_has_whole_prices_up_to_the_day_and_none_after(market: Make, services: FakeServices) -> None:
    prices = asyncio.run(market(services).prices(WANTED, DAY))
    series = prices.history("GOOG", DAY)
    assert series is not None
    assert (series.symbol, series.name, series.currency, series.interval) == ("GOOG", "Google", "USD", "day")
    assert (series.bars[-1].day, series.bars[-1].close) == (DAY, 332.0)
    check_bars(series.bars, series.interval, symbol="GOOG", where=series.source, today=DAY)


@every_market
def test_an_earlier_day_knows_nothing_of_later_ones(market: Make, services: FakeServices) -> None:
    prices = asyncio.run(market(services).prices(WANTED, DAY))
    for days in (1, 3, 30, 200):
        earlier = prices.history("GOOG", DAY - timedelta(days=days))
        assert earlier is not None
        assert earlier.bars[-1].day <= DAY - timedelta(days=days)


@every_market
def test_the_year_before_the_day_can_be_told(market: Make, services: FakeServices) -> None:
    data = symbol_data(asyncio.run(market(services).prices(WANTED, DAY)), "GOOG", DAY)
    assert data is not None
    assert data.statistics.window_bars == 253
    assert round(data.statistics.window_change_percent) == -47


@every_market
def test_a_stranger_has_no_prices_and_is_no_error(market: Make, services: FakeServices) -> None:
    prices = asyncio.run(market(services).prices(WANTED, DAY))
    assert "GOOG" in prices.symbols()
    assert "ZZZZ" not in prices.symbols()
    assert prices.history("ZZZZ", DAY) is None


@every_market
def test_a_day_before_all_prices_has_none(market: Make, services: FakeServices) -> None:
    assert asyncio.run(market(services).prices(WANTED, DAY)).history("GOOG", date(1999, 1, 1)) is None


@every_market
def test_the_same_question_has_the_same_answer(market: Make, services: FakeServices) -> None:
    one, other = (asyncio.run(market(services).prices(WANTED, DAY)).history("GOOG", DAY) for _ in range(2))
    assert one == other


@every_market
def test_nothing_is_asked_of_a_market_where_nothing_is_wanted(market: Make, services: FakeServices) -> None:
    asyncio.run(market(services).prices(frozenset(), DAY))
    assert services.served == []
