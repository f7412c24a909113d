import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.drawing.ticker import draw_ticker, quote_labels
from vidfactory.drawing.typesetting import png_bytes
from vidfactory.errors import BadInput
from vidfactory.schema.finance import Quote
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, contrast, opened, overlapping

THEME = load_theme("finance")


def quote(symbol: str, price: float, percent: float) -> Quote:
    return Quote(symbol=symbol, name=symbol, current_price=price, change=price * percent / 100, change_percent=percent)


QUOTES = (
    quote("GOOG", 362.71, -4.8),
    quote("AAPL", 137.44, 1.23),
    quote("^GSPC", 3821.55, 0.0),
    quote("SHIB-USD", 0.00001234, -33.3),
)

any_quote = st.builds(
    quote, st.text("ABCXYZ^.-", min_size=1, max_size=12), st.floats(1e-4, 7e5), st.floats(-99.9, 5_000)
)


def test_ticker_looks_like_its_golden_picture(pytestconfig: pytest.Config) -> None:
    beginning = opened(draw_ticker(QUOTES, THEME).png).crop((0, 0, 840, THEME.ticker.height))
    assert_like_golden(png_bytes(beginning), "ticker", pytestconfig, tolerance=14)


@settings(max_examples=20, deadline=None)
@given(st.lists(any_quote, min_size=1, max_size=6))
def test_strip_repeats_without_a_seam_and_covers_the_frame_at_every_step(quotes: list[Quote]) -> None:
    strip = draw_ticker(tuple(quotes), THEME)
    pixels = np.asarray(opened(strip.png))
    assert pixels.shape == (THEME.ticker.height, strip.size.width, 3)
    assert (np.roll(pixels, strip.loop_width_px, axis=1) == pixels).all()
    assert strip.size.width % strip.loop_width_px == 0
    assert strip.size.width >= THEME.frame.width + THEME.motion.ticker_px_per_frame
    assert strip.loop_width_px % 12 == 0
    assert strip.loop_width_px % THEME.motion.ticker_px_per_frame == 0
    assert strip.size.width % 2 == 0


def test_every_quote_stands_in_the_strip_in_the_given_order() -> None:
    strip = draw_ticker(QUOTES, THEME)
    pixels = np.asarray(opened(strip.png))
    left = 0
    for one in QUOTES:
        alone = draw_ticker((one,), THEME)
        width = alone.loop_width_px
        assert (pixels[:, left : left + width] == np.asarray(opened(alone.png))[:, :width]).all()
        left += width
    assert left == strip.loop_width_px


def test_quote_says_symbol_price_and_signed_change_in_its_colour() -> None:
    labels = quote_labels(QUOTES[0], THEME)
    assert [label.text for label in labels] == ["GOOG", "$362.71", "−4.8%"]
    assert labels[-1].fill == THEME.palette.fall_on_ink
    assert [label.text for label in quote_labels(QUOTES[2], THEME)] == ["GSPC", "$3,821.55", "0.0%"]


def arrow_of(one: Quote, colour: str) -> np.ndarray:
    """Width of the arrow's colour in each row between price and change."""
    _, price, change = quote_labels(one, THEME)
    pixels = np.asarray(opened(draw_ticker((one,), THEME).png))
    wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return (pixels[:, price.box.right : change.box.left] == wanted).all(axis=2).sum(axis=1)


def test_arrow_points_up_before_a_rise_down_before_a_fall_and_is_absent_before_neither() -> None:
    rise = arrow_of(quote("A", 1, 5), THEME.palette.rise_on_ink)
    fall = arrow_of(quote("A", 1, -5), THEME.palette.fall_on_ink)
    assert rise.argmax() > THEME.ticker.height / 2
    assert 0 < fall.argmax() < THEME.ticker.height / 2
    assert rise.max() >= 20
    assert arrow_of(quote("A", 1, 0), THEME.palette.paper).max() == 0


@settings(max_examples=30, deadline=None)
@given(any_quote)
def test_ticker_text_is_large_legible_and_apart(one: Quote) -> None:
    labels = quote_labels(one, THEME)
    assert min(label.style.size_px for label in labels) >= THEME.min_text_px
    assert all(contrast(label.fill, THEME.palette.ink) >= 7 for label in labels)
    assert all(label.box.top >= 0 and label.box.bottom <= THEME.ticker.height for label in labels)
    assert not overlapping(labels)


def test_same_ticker_is_the_same_bytes() -> None:
    assert draw_ticker(QUOTES, THEME).png == draw_ticker(QUOTES, THEME).png


def test_ticker_without_quotes_is_refused() -> None:
    with pytest.raises(BadInput, match="at least one quote"):
        draw_ticker((), THEME)
