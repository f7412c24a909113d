"""Facts: true, and the strongest first."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.desks.finance.facts import Fact, facts
from vidfactory.desks.finance.market import market_data, statistics
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.schema.finance import MarketData, SymbolData
from vidfactory_tests.desks.finance.conftest import series

MARKET = BundledMarket()


def of(closes: list[float]) -> tuple[Fact, ...]:
    made = series(closes)
    data = SymbolData(series=made, statistics=statistics(made))
    return facts(MarketData(as_of=made.bars[-1].day, symbols=(data,), benchmark=None))


def known(symbol: str, day: date) -> dict[str, Fact]:
    return {fact.kind: fact for fact in facts(market_data(MARKET, [symbol], day))}


def test_the_lowest_close_since_names_the_last_one_as_low() -> None:
    fact = known("GOOG", date(2008, 10, 9))["extreme"]
    assert (fact.direction, fact.day, fact.figure("close")) == ("down", date(2005, 10, 20), 328.98)
    earlier = [bar for bar in MARKET.history("GOOG", date(2008, 10, 8)).bars if bar.close <= 328.98]  # type: ignore[union-attr]  # it is there
    assert earlier[-1].day == fact.day


def test_a_record_has_no_day_to_refer_to() -> None:
    assert known("GOOG", date(2008, 9, 29))["move"].day is None
    assert known("GOOG", date(2008, 9, 29))["move"].notable


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2008, 9, 29), "move"),
        (date(2008, 10, 9), "extreme"),
        (date(2008, 10, 10), "drawdown"),
        (date(2008, 10, 13), "move"),
    ],
)
def test_the_day_decides_which_fact_is_strongest(day: date, kind: str) -> None:
    assert facts(market_data(MARKET, ["GOOG"], day))[0].kind == kind


def test_the_comparison_is_over_the_same_stretch() -> None:
    fact = known("GOOG", date(2008, 10, 10))["index"]
    assert fact.day == date(2008, 9, 30)
    assert fact.figure("own") == pytest.approx(100 * (400.52 / 463.29 - 1))
    assert fact.figure("after") == pytest.approx(100 * (332.00 / 400.52 - 1))
    assert known("AAPL", date(2022, 6, 28))["index"].figure("after") == 0


def test_a_series_that_only_rises_has_a_record_and_no_drawdown() -> None:
    found = {fact.kind: fact for fact in of([100 + index for index in range(60)])}
    assert found["extreme"].direction == "up"
    assert found["extreme"].day is None
    assert "drawdown" not in found
    assert found["streak"].figure("bars") == 59


@given(st.lists(st.floats(1, 1000), min_size=2, max_size=80))
def test_every_series_has_facts_of_bounded_strength(closes: list[float]) -> None:
    found = of(closes)
    assert {"move", "typical", "volatility", "year"} <= {fact.kind for fact in found}
    assert all(0 <= fact.strength <= 1 for fact in found)
    assert list(found) == sorted(found, key=lambda fact: -fact.strength)
