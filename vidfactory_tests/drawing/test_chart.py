from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import cbook

from vidfactory.drawing.chart import PAD_PX, draw_chart, lay_out_chart
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box, Size
from vidfactory.schema.finance import Bar, PriceSeries, Statistics
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, contrast, is_inside, opened, overlapping

THEME = load_theme("finance")
SIZE = THEME.alternator.size
CONTENT = Box(left=PAD_PX, top=24, width=SIZE.width - 2 * PAD_PX, height=SIZE.height - 24 - THEME.panel_frame_px)


def series_of(closes: list[float], name: str = "Example", symbol: str = "TEST", currency: str = "USD") -> PriceSeries:
    first = date(2021, 3, 1)
    bars = tuple(Bar(day=first + timedelta(days), close=close) for days, close in enumerate(closes))
    return PriceSeries(symbol=symbol, name=name, interval="day", currency=currency, source="A source", bars=bars)


def statistics_of(series: PriceSeries, window: int) -> Statistics:
    closes = [bar.close for bar in series.bars]
    change = closes[-1] - closes[-2]
    return Statistics(
        last_close=closes[-1],
        previous_close=closes[-2],
        change=change,
        change_percent=100 * change / closes[-2],
        window_bars=window,
        window_change_percent=0,
        range_high=max(closes),
        range_high_day=series.bars[-1].day,
        range_low=min(closes),
        range_low_day=series.bars[-1].day,
        volatility_percent=0,
        drawdown_percent=0,
        max_drawdown_percent=0,
        streak=1,
    )


def drawn(series: PriceSeries, window: int) -> bytes:
    return draw_chart(series, statistics_of(series, window), SIZE, THEME)


def google() -> PriceSeries:
    rows = np.load(cbook.get_sample_data("goog.npz", asfileobj=False))["price_data"]
    bars = tuple(
        Bar(
            day=row["date"].astype(object),
            open=float(row["open"]),
            high=float(row["high"]),
            low=float(row["low"]),
            close=float(row["close"]),
        )
        for row in rows
    )
    return PriceSeries(symbol="GOOG", name="Google", interval="day", source="matplotlib sample data", bars=bars)


def test_chart_of_a_year_looks_like_its_golden_picture(pytestconfig: pytest.Config) -> None:
    assert_like_golden(drawn(google(), 252), "chart_line", pytestconfig)


def test_chart_of_a_short_window_shows_candles_like_its_golden_picture(pytestconfig: pytest.Config) -> None:
    assert_like_golden(drawn(google(), 30), "chart_candles", pytestconfig)


def test_chart_has_exactly_the_size_that_was_asked_for() -> None:
    size = Size(width=901, height=457)
    series = google()
    assert opened(draw_chart(series, statistics_of(series, 60), size, THEME)).size == (901, 457)


def test_same_chart_is_the_same_bytes() -> None:
    assert drawn(google(), 100) == drawn(google(), 100)


def test_long_windows_and_closes_alone_are_drawn_as_a_line() -> None:
    series = google()
    closes_only = series_of([10.0, 11.0, 12.0])
    assert lay_out_chart(series, statistics_of(series, 30), SIZE, THEME).candles
    assert not lay_out_chart(series, statistics_of(series, 41), SIZE, THEME).candles
    assert not lay_out_chart(closes_only, statistics_of(closes_only, 3), SIZE, THEME).candles


def test_chart_shows_only_the_bars_of_the_window() -> None:
    series = google()
    layout = lay_out_chart(series, statistics_of(series, 30), SIZE, THEME)
    assert layout.bars == series.bars[-30:]
    assert [label.text for label in layout.labels if "2008" in label.text] == ["3 Sep 2008", "14 Oct 2008"]


def test_header_says_symbol_price_and_change_with_arrow_and_sign() -> None:
    series = google()
    by_text = {label.text: label for label in lay_out_chart(series, statistics_of(series, 252), SIZE, THEME).labels}
    assert {"GOOG", "$362.71", "▼ −4.8%", "Google", "in a day"} <= by_text.keys()
    assert by_text["▼ −4.8%"].fill == THEME.palette.fall
    assert by_text["$362.71"].style.size_px == 72


def test_last_price_is_marked_in_the_accent_at_the_right_edge_of_the_plot() -> None:
    series = series_of([10.0, 12.0, 11.0])
    plot = lay_out_chart(series, statistics_of(series, 3), SIZE, THEME).plot
    middle = (plot.right, plot.top + plot.height // 2)
    assert "#{:02x}{:02x}{:02x}".format(*opened(drawn(series, 3)).getpixel(middle)) == THEME.palette.accent


def test_constant_series_is_a_level_line_in_the_middle() -> None:
    series = series_of([5.0] * 50)
    layout = lay_out_chart(series, statistics_of(series, 50), SIZE, THEME)
    picture = np.asarray(opened(drawn(series, 50)).convert("L"))
    plot = layout.plot
    columns = picture[plot.top : plot.bottom, plot.left + 30 : plot.right - 30]
    assert layout.ticks == (5.0,)
    assert (columns.argmin(axis=0) == columns[:, 0].argmin()).all()
    assert abs(int(columns[:, 0].argmin()) - plot.height / 2) <= 6


@pytest.mark.parametrize(
    ("closes", "labels"),
    [
        ([0.0001, 0.00012, 0.00011], {"$0.0001100"}),
        ([690_000.0, 710_000.0, 700_000.0], {"$700,000", "$690,000", "$710,000"}),
        ([700_000.0, 700_000.6, 700_000.3], {"$700,000.20", "$700,000.40"}),
        ([5.0, 5.5], {"$5.50", "$5.20", "$5.40"}),
    ],
)
def test_prices_of_every_magnitude_are_told_apart(closes: list[float], labels: set[str]) -> None:
    series = series_of(closes)
    layout = lay_out_chart(series, statistics_of(series, len(closes)), SIZE, THEME)
    assert labels <= {label.text for label in layout.labels}


@settings(max_examples=40, deadline=None)
@given(
    closes=st.lists(st.floats(1e-4, 7e5), min_size=2, max_size=40),
    level=st.none() | st.floats(1e-4, 7e5),
    name=st.text(max_size=60),
    symbol=st.text("ABCXYZ.-^", min_size=1, max_size=12),
    currency=st.sampled_from(["USD", "EUR", "CHF"]),
)
def test_every_label_is_large_legible_inside_and_apart(
    closes: list[float], level: float | None, name: str, symbol: str, currency: str
) -> None:
    near_level = [level * (1 + close * 1e-9) for close in closes] if level else closes
    series = series_of(near_level, name, symbol, currency)
    layout = lay_out_chart(series, statistics_of(series, len(near_level)), SIZE, THEME)
    ticks = [label.text for label in layout.labels[5:-3]]
    assert ticks
    assert len(set(ticks)) == len(ticks)
    assert min(label.style.size_px for label in layout.labels) >= THEME.min_text_px
    assert len({label.style.size_px for label in layout.labels}) <= 3
    assert all(contrast(label.fill, THEME.palette.paper) >= 7 for label in layout.labels)
    assert all(is_inside(label.box, CONTENT) for label in layout.labels if label.text)
    assert not overlapping(layout.labels)


def test_window_of_nine_hundred_bars_and_of_two_can_be_drawn() -> None:
    long = series_of([100 + index % 17 for index in range(900)], name="A name that is much too long for one line " * 3)
    assert opened(drawn(long, 900)).size == opened(drawn(long, 2)).size == (SIZE.width, SIZE.height)


def test_card_without_room_for_type_is_refused_with_the_size_it_needs() -> None:
    series = google()
    with pytest.raises(BadInput, match="at least 600x396"):
        draw_chart(series, statistics_of(series, 30), Size(width=400, height=300), THEME)
