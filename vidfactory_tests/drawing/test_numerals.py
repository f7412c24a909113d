from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.drawing.numerals import compact_count, day_text, direction, money, month_text, moved, signed_percent


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (362.71, "USD", "$362.71"),
        (3821.55, "EUR", "€3,821.55"),
        (412_345.0, "USD", "$412,345"),
        (0.00001234, "USD", "$0.00001234"),
        (5, "CHF", "CHF 5.00"),
        (1166.36, "", "1,166.36"),
    ],
)
def test_prices_have_as_many_decimals_as_they_need(value: float, currency: str, text: str) -> None:
    assert money(value, currency) == text


@pytest.mark.parametrize(
    ("percent", "text"),
    [(1.234, "▲ +1.2%"), (-12.34, "▼ −12.3%"), (0.04, "0.0%"), (-0.04, "0.0%"), (1234.5, "▲ +1,234.5%")],
)
def test_changes_have_an_arrow_and_a_sign_unless_they_show_as_zero(percent: float, text: str) -> None:
    assert moved(percent) == text


@given(st.floats(-1e6, 1e6))
def test_sign_always_agrees_with_direction(percent: float) -> None:
    sign = {1: "+", -1: "−", 0: "0"}[direction(percent)]
    assert signed_percent(percent).startswith(sign)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (999, "999"), (1000, "1K"), (1234, "1.2K"), (12_345, "12.3K"), (999_999, "999K"), (1_000_000, "1M"),
     (4_560_000_000, "4.5B")],
)  # fmt: skip
def test_counts_are_short_and_never_rounded_up(count: int, text: str) -> None:
    assert compact_count(count) == text


@given(st.integers(0, 999_999_999_999))
def test_count_is_at_most_five_characters(count: int) -> None:
    assert len(compact_count(count)) <= 5


def test_dates_are_written_the_same_on_every_machine() -> None:
    assert day_text(date(2008, 3, 4)) == "4 Mar 2008"
    assert month_text(date(2008, 3, 4)) == "Mar 2008"
