"""Figures over prices, and no look ahead."""

from datetime import UTC, date, datetime
from math import log, sqrt
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.desks.finance.market import (
    at_month_ends,
    check_bars,
    exchange_day,
    interval_of,
    market_data,
    priced_symbols,
    statistics,
    symbol_data,
)
from vidfactory.errors import BadInput
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory_tests.desks.finance.conftest import series

MARKET = BundledMarket()
CLOSES = st.lists(st.floats(1, 1000), min_size=2, max_size=30)


def test_figures_of_a_short_series_are_those_worked_out_by_hand() -> None:
    figures = statistics(series([100, 110, 99, 121, 110]))
    assert figures.change == -11
    assert figures.change_percent == pytest.approx(-100 / 11)
    assert figures.window_change_percent == pytest.approx(10)
    assert (figures.range_high, figures.range_high_day) == (121, date(2020, 2, 3))
    assert (figures.range_low, figures.range_low_day) == (99, date(2020, 2, 2))
    assert figures.drawdown_percent == pytest.approx(100 * (110 / 121 - 1))
    assert figures.max_drawdown_percent == pytest.approx(-10)
    changes = [log(1.1), log(0.9), log(121 / 99), log(110 / 121)]
    assert figures.volatility_percent == pytest.approx(100 * sqrt(252) * stdev(changes))
    assert figures.streak == -1


@pytest.mark.parametrize(
    ("closes", "streak"),
    [([1, 2, 3, 4], 3), ([4, 3, 2, 1], -3), ([1, 2, 2], 0), ([2, 2, 3], 1), ([1, 2], 1)],
)
def test_a_streak_counts_closes_in_one_direction(closes: list[float], streak: int) -> None:
    assert statistics(series(closes)).streak == streak


def test_of_equal_highs_the_latest_day_counts() -> None:
    assert statistics(series([5, 9, 5, 9, 5])).range_high_day == date(2020, 2, 3)


def test_the_window_is_a_year_and_its_starting_point() -> None:
    assert statistics(series([100 + index for index in range(400)])).window_bars == 253
    assert statistics(series([100 + index for index in range(40)], monthly=True)).window_bars == 13


@given(CLOSES)
def test_figures_hold_together(closes: list[float]) -> None:
    figures = statistics(series(closes))
    assert figures.range_low <= figures.last_close <= figures.range_high
    assert figures.max_drawdown_percent <= figures.drawdown_percent <= 0
    assert figures.volatility_percent >= 0
    assert (figures.streak > 0) == (figures.change > 0)


@given(CLOSES, st.floats(0.1, 10))
def test_percentages_do_not_depend_on_the_currency(closes: list[float], rate: float) -> None:
    one, other = statistics(series(closes)), statistics(series([close * rate for close in closes]))
    assert other.change_percent == pytest.approx(one.change_percent, abs=1e-6)
    assert other.volatility_percent == pytest.approx(one.volatility_percent, abs=1e-3)


def test_google_in_october_2008_is_as_it_was() -> None:
    data = symbol_data(MARKET, "GOOG", date(2008, 10, 13))
    assert data is not None
    assert data.statistics.previous_close == 332.00
    assert round(data.statistics.change_percent, 1) == 14.8
    assert (data.statistics.range_high, data.statistics.range_high_day) == (741.79, date(2007, 11, 6))


@given(st.dates(date(1990, 1, 1), date(2022, 12, 31)), st.sampled_from(sorted(MARKET.symbols())))
def test_nothing_is_known_of_a_later_day(day: date, symbol: str) -> None:
    known = MARKET.history(symbol, day)
    assert known is None or known.bars[-1].day <= day


def test_old_prices_do_not_speak_for_today() -> None:
    assert symbol_data(MARKET, "GOOG", date(2008, 10, 20)) is not None
    assert symbol_data(MARKET, "GOOG", date(2008, 10, 30)) is None
    assert "GOOG" not in priced_symbols(MARKET, date(2022, 6, 28))
    assert "DELL" not in priced_symbols(MARKET, date(2008, 10, 10))


def test_the_comparison_is_with_an_index_other_than_itself() -> None:
    day = date(2022, 6, 28)
    assert market_data(MARKET, ["AAPL"], day).benchmark.series.symbol == "^GSPC"  # type: ignore[union-attr]  # it is there
    assert market_data(MARKET, ["^GSPC"], day).benchmark.series.symbol == "^IXIC"  # type: ignore[union-attr]  # it is there
    with pytest.raises(BadInput, match="TSLA has no prices for 2022-06-28"):
        market_data(MARKET, ["TSLA"], day)


def test_a_post_is_placed_on_the_exchanges_calendar() -> None:
    assert exchange_day(datetime(2008, 10, 11, 2, tzinfo=UTC)) == date(2008, 10, 10)


def check(days: list[date], interval: str = "day", today: date | None = None) -> None:
    made = series([1.0] * len(days)).bars if days else ()
    bars = [bar.model_copy(update={"day": day}) for bar, day in zip(made, days, strict=True)]
    check_bars(bars, interval, symbol="X", where="p.csv", today=today)  # type: ignore[arg-type]  # a literal by name


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ([], "X has 0 price"),
        ([date(2020, 1, 1), date(2020, 1, 1)], "two prices for 2020-01-01"),
        ([date(2020, 1, 2), date(2020, 1, 1)], "jumps back from 2020-01-02"),
        ([date(2020, 1, 1), date(2020, 1, 12)], "no prices between 2020-01-01 and 2020-01-12"),
        ([date(2020, 1, 1), date(2020, 1, 6)], "in the future"),
    ],
)
def test_bars_that_cannot_be_true_are_refused(days: list[date], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        check(days, today=date(2020, 1, 5))


def test_a_missing_month_is_a_gap_and_a_long_weekend_is_none() -> None:
    check([date(2001, 9, 10), date(2001, 9, 17)])
    with pytest.raises(BadInput, match="no prices between"):
        check([date(2020, 1, 31), date(2020, 2, 29), date(2020, 4, 30)], "month")


def test_the_interval_is_seen_from_the_distances() -> None:
    assert interval_of([date(2020, 1, 3), date(2020, 1, 6), date(2020, 1, 7)], where="x") == "day"
    assert interval_of([date(2020, 1, 31), date(2020, 2, 29)], where="x") == "month"


def test_weekly_prices_are_neither_daily_nor_monthly() -> None:
    with pytest.raises(BadInput, match="7 days apart"):
        interval_of([date(2020, 1, 3), date(2020, 1, 10), date(2020, 1, 17)], where="x")


def test_monthly_rows_of_yahoo_hold_the_last_price_of_their_month() -> None:
    rows = [date(2020, 1, 1), date(2020, 2, 1), date(2020, 3, 1)]
    assert at_month_ends(rows, date(2020, 3, 9)) == [date(2020, 1, 31), date(2020, 2, 29), date(2020, 3, 9)]
    others = [date(2020, 1, 31), date(2020, 2, 28)]
    assert at_month_ends(others, date(2020, 3, 9)) == others
