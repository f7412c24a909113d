"""Symbols in words."""

import pytest

from vidfactory.desks.finance.symbols import find_symbols, listing_of, peers

PRICED_2008 = frozenset({"GOOG", "GOOGL", "^GSPC", "AAPL"})
PRICED_2022 = frozenset({"GOOGL", "^GSPC", "AAPL", "AMZN", "DELL", "IBM", "XRX"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$aapl and $GOOGL", ("AAPL", "GOOGL")),
        ("$brk.b or $ZZZZ", ("BRK-B", "ZZZZ")),
        ("Apple's price, then Amazon.com", ("AAPL", "AMZN")),
        ("The S&P 500, the Nasdaq and $SPX", ("^GSPC", "^IXIC")),
        ("IBM. Green. #Dell", ("IBM", "DELL")),
        ("Facebook and Nvidia", ("META", "NVDA")),
        ("Alphabet", ("GOOGL",)),
        ("an apple a day, Apple pie, the Amazon rainforest, Alphabet soup, S&P Global", ()),
        ("Googled it. Applesauce. @Apple. me@Apple. $100 and $5.00. US$IBMX", ()),
        ("📉📉📉", ()),
        ("", ()),
    ],
)
def test_symbols_come_from_cashtags_names_and_indices(text: str, found: tuple[str, ...]) -> None:
    assert find_symbols(text, PRICED_2022) == found


def test_google_is_the_share_class_that_has_prices() -> None:
    assert find_symbols("Google", PRICED_2008) == ("GOOG",)
    assert find_symbols("Google $GOOG", PRICED_2022) == ("GOOGL",)
    assert find_symbols("Google", frozenset()) == ("GOOG",)


def test_peers_are_companies_of_the_same_line_first_and_never_the_twin() -> None:
    assert peers("AAPL", PRICED_2022)[:3] == ("DELL", "IBM", "XRX")
    assert "GOOGL" not in peers("GOOG", PRICED_2008)
    assert "^GSPC" not in peers("AAPL", PRICED_2022)


def test_an_unknown_symbol_goes_by_its_symbol_and_an_index_has_its_article() -> None:
    assert listing_of("ZZZZ").said == "ZZZZ"
    assert listing_of("^IXIC").said == "the Nasdaq"
