"""A market from a CSV file, and what is wrong with one."""

from datetime import date
from pathlib import Path

import pytest

from vidfactory.desks.finance.market import symbol_data
from vidfactory.errors import BadInput, VidfactoryError
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.providers.csv_market import CsvMarket, provide
from vidfactory.providers.kit import Kit
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "prices.csv"
HEADER = "Date,Open,High,Low,Close,Adj Close,Volume\n"
ROW = "2008-10-09,344.52,348.57,321.67,328.98,328.98,8075000\n"
NEXT = "2008-10-10,313.16,341.89,310.30,332.00,332.00,10597800\n"


def market(text: str, symbol: str | None = "GOOG", today: date | None = date(2026, 1, 1)) -> CsvMarket:
    return CsvMarket(text.encode(), "prices.csv", symbol=symbol, today=today)


def test_the_sample_says_what_the_bundled_prices_say() -> None:
    given = CsvMarket(SAMPLE.read_bytes(), "prices.csv", symbol="GOOG", today=None)
    one, other = (symbol_data(each, "GOOG", date(2008, 10, 10)) for each in (given, BundledMarket()))
    assert one is not None
    assert other is not None
    assert one.statistics == other.statistics
    assert one.series.name == "Google"
    assert one.series.source == "prices.csv"


def test_the_source_that_viewers_are_told_names_no_folder_of_this_machine() -> None:
    options = {"file": str(SAMPLE), "symbol": "GOOG"}
    series = provide(Kit("csv", "market", Service(options=options), Direct())).history("GOOG", date(2008, 10, 10))
    assert series is not None
    assert series.source == SAMPLE.name


def test_several_symbols_stand_in_one_file_monthly_or_daily() -> None:
    both = market(
        "Date,Symbol,Close\n2020-01-31,AAA,1\n2020-01-31,bbb,10\n2020-02-29,AAA,2\n2020-02-29,bbb,9\n", symbol=None
    )
    assert both.symbols() == {"AAA", "BBB"}
    series = both.history("BBB", date(2020, 3, 1))
    assert series is not None
    assert series.interval == "month"
    assert both.history("AAA", date(2020, 2, 1)) is None


def test_columns_may_be_few_and_blank_lines_are_nothing() -> None:
    series = market("\ufeffDate,Close\r\n2020-01-02,1\r\n\r\n2020-01-03,2\r\n").history("GOOG", date(2020, 1, 3))
    assert series is not None
    assert series.bars[0].volume is None


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "prices.csv, line 1", "Date is missing"),
        ("Date,Price\n", "prices.csv, line 1", "Close is missing"),
        ("Date,Close,Dividend\n", "prices.csv, line 1", "'Dividend'"),
        ("Date,Close,Close\n", "prices.csv, line 1", "twice"),
        (HEADER, "prices.csv", "no prices"),
        (HEADER + ROW, "prices.csv", "GOOG has 1 price"),
        (HEADER + ROW + "2008-10-10,313.16\n", "prices.csv, line 3", "2 fields"),
        (HEADER + ROW + NEXT.replace("332.00", "nan", 1), "prices.csv, line 3", "Close is nan"),
        (HEADER + ROW + NEXT.replace("332.00", "inf", 1), "prices.csv, line 3", "Close is inf"),
        (HEADER + ROW + NEXT.replace("332.00", "", 1), "prices.csv, line 3", "Close is empty"),
        (HEADER + ROW + NEXT.replace("332.00", "0", 1), "prices.csv, line 3", "Close is 0"),
        (HEADER + ROW + NEXT.replace("332.00", "-5", 1), "prices.csv, line 3", "Close is -5"),
        (HEADER + ROW + NEXT.replace("332.00", "abc", 1), "prices.csv, line 3", "no number"),
        (HEADER + ROW + NEXT.replace("10597800", "-1"), "prices.csv, line 3", "Volume is -1"),
        (HEADER + ROW + NEXT.replace("341.89", "320.00"), "prices.csv, line 3", "High and Low"),
        (HEADER + ROW + NEXT.replace("2008-10-10", "10/10/08"), "prices.csv, line 3", "no date"),
        (HEADER + ROW + ROW, "prices.csv", "two prices for 2008-10-09"),
        (HEADER + NEXT + ROW, "prices.csv", "jumps back"),
        (HEADER + ROW + NEXT.replace("2008-10-10", "2008-11-10"), "prices.csv", "future"),
        (HEADER + ROW + NEXT + '"unclosed,1,1,1,1,1,1\n', "prices.csv, line 4", "not CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_line(text: str, where: str, what: str) -> None:
    with pytest.raises(BadInput, match=what) as caught:
        market(text, today=date(2008, 10, 15))
    assert caught.value.where == where


def test_a_gap_in_daily_prices_is_refused() -> None:
    days = "".join(f"2008-10-{day:02d},1\n" for day in (1, 2, 3, 6, 7, 20, 21))
    with pytest.raises(BadInput, match="between 2008-10-07 and 2008-10-20"):
        market("Date,Close\n" + days)


def test_prices_without_a_symbol_belong_to_nobody() -> None:
    with pytest.raises(BadInput, match="whose prices"):
        market(HEADER + ROW + NEXT, symbol=None)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadInput, match="not UTF-8"):
        CsvMarket(b"Date,Close\n\xff\xfe", "prices.csv", symbol="X", today=None)


@pytest.mark.parametrize(("options", "what"), [({}, "options.file"), ({"file": "/no/such/file.csv"}, "cannot be read")])
def test_a_market_without_its_file_says_which_setting_names_it(options: dict[str, str], what: str) -> None:
    with pytest.raises(VidfactoryError, match=what):
        provide(Kit("csv", "market", Service(options=options), Direct()))
