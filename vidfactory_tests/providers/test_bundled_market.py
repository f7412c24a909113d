"""The prices that ship with the project."""

from datetime import date

from vidfactory.desks.finance.market import check_bars
from vidfactory.providers.bundled_market import BundledMarket

MARKET = BundledMarket()


def test_eleven_symbols_have_prices() -> None:
    assert MARKET.symbols() == {
        "AAPL", "ADBE", "AMZN", "DELL", "GOOG", "GOOGL", "IBM", "MSFT", "XRX", "^GSPC", "^IXIC",
    }  # fmt: skip


def test_every_series_is_whole() -> None:
    for symbol in MARKET.symbols():
        series = MARKET.history(symbol, date(2030, 1, 1))
        assert series is not None
        check_bars(series.bars, series.interval, symbol=symbol, where="bundled", today=date(2022, 6, 28))


def test_a_day_holds_that_days_prices_and_no_later_ones() -> None:
    series = MARKET.history("GOOG", date(2008, 10, 10))
    assert series is not None
    last = series.bars[-1]
    assert (last.day, last.open, last.high, last.low, last.close) == (date(2008, 10, 10), 313.16, 341.89, 310.30, 332.0)
    assert last.volume == 10_597_800


def test_a_month_is_known_when_it_is_over() -> None:
    before, after = (MARKET.history("^GSPC", day) for day in (date(2008, 9, 29), date(2008, 9, 30)))
    assert before is not None
    assert after is not None
    assert (before.bars[-1].day, after.bars[-1].day) == (date(2008, 8, 31), date(2008, 9, 30))
    assert round(after.bars[-1].close, 2) == 1166.36


def test_june_2022_ends_on_the_28th_and_stands_once() -> None:
    series = MARKET.history("AAPL", date(2022, 12, 31))
    assert series is not None
    assert [bar.day for bar in series.bars[-2:]] == [date(2022, 5, 31), date(2022, 6, 28)]
    assert round(series.bars[-1].close, 2) == 137.44


def test_before_its_second_bar_and_for_strangers_there_is_nothing() -> None:
    assert MARKET.history("GOOG", date(2004, 8, 19)) is None
    assert MARKET.history("DELL", date(2016, 9, 30)) is None
    assert MARKET.history("TSLA", date(2022, 6, 28)) is None
