"""Everything that is drawn follows the theme into every aspect and size."""

import re
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from vidfactory.drawing.backdrop import draw_backdrop
from vidfactory.drawing.caption import caption_image
from vidfactory.drawing.chart import draw_chart, lay_out_chart
from vidfactory.drawing.illustration import draw_illustration
from vidfactory.drawing.post_card import post_card_html
from vidfactory.drawing.poster import draw_poster, lay_out_poster
from vidfactory.drawing.ticker import draw_ticker, quote_labels
from vidfactory.drawing.toning import toned
from vidfactory.drawing.typesetting import png_bytes
from vidfactory.providers.chromium import ChromiumBrowser
from vidfactory.schema.base import Box, Size
from vidfactory.schema.finance import Engagement, Quote
from vidfactory.schema.theme import Theme
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, contrast, is_inside, opened, overlapping
from vidfactory_tests.drawing.test_chart import google, series_of, statistics_of
from vidfactory_tests.drawing.test_post_card import MARKET_POST, needs_chromium, post
from vidfactory_tests.drawing.test_ticker import QUOTES, any_quote
from vidfactory_tests.drawing.test_ticker import quote as quote_of

UPRIGHT, WIDE, SQUARE, LARGE = (
    load_theme("finance", Size(width=width, height=height))
    for width, height in ((1080, 1920), (1920, 1080), (1080, 1080), (3840, 2160))
)
NIGHT, NIGHT_WIDE = (load_theme("night-desk", theme.frame) for theme in (UPRIGHT, WIDE))
NAMED = {"wide": WIDE, "square": SQUARE}
SEEN = {**NAMED, "night_desk": NIGHT}
PICTURE = png_bytes(Image.linear_gradient("L").resize((888, 624)))

themes = st.sampled_from([WIDE, SQUARE, LARGE, NIGHT, NIGHT_WIDE])


def chart(theme: Theme, window: int = 252) -> bytes:
    series = google()
    return draw_chart(series, statistics_of(series, window), theme.alternator.size, theme)


def frame(theme: Theme) -> bytes:
    """A moment of a film: everything in its place."""
    picture = opened(toned(draw_backdrop(theme.frame, 1), theme.backdrop)).convert("RGBA")
    for png, box in (
        (draw_illustration("bull", theme.panel.size, 1), theme.panel),
        (chart(theme), theme.alternator),
        (draw_ticker(QUOTES, theme).png, theme.ticker),
    ):
        picture.paste(opened(png).crop((0, 0, box.width, box.height)), (box.left, box.top))
    captions = theme.captions.box
    picture.alpha_composite(caption_image("months", theme.captions), (captions.left, captions.top))
    panel = theme.panel
    edges = (panel.left, panel.top, panel.right - 1, panel.bottom - 1)
    ImageDraw.Draw(picture).rectangle(
        edges, outline=getattr(theme.palette, theme.panel_frame), width=theme.panel_frame_px
    )
    return png_bytes(picture.convert("RGB"))


@pytest.mark.parametrize("name", SEEN)
def test_a_frame_of_each_layout_looks_like_its_golden_picture(name: str, pytestconfig: pytest.Config) -> None:
    # Of the night's many blues and its few reds a golden picture's 64 colours keep too little.
    assert_like_golden(frame(SEEN[name]), f"frame_{name}", pytestconfig, tolerance=14 if name == "night_desk" else 10)


@pytest.mark.parametrize("name", SEEN)
def test_a_poster_of_each_layout_looks_like_its_golden_picture(name: str, pytestconfig: pytest.Config) -> None:
    poster = draw_poster(PICTURE, "Google halves in eleven months", "GOOG ▼ −4.8%", SEEN[name])
    assert_like_golden(poster, f"poster_{name}", pytestconfig)


def likeness(large: bytes, small: bytes) -> float:
    """How far two pictures of one thing at two sizes are apart, of 255, in the worst of 24 x 24 fields."""
    one, other = (opened(picture).convert("L").resize((24, 24), Image.Resampling.BOX) for picture in (large, small))
    return float(np.abs(np.asarray(one, dtype=float) - np.asarray(other, dtype=float)).max())


def test_twice_the_size_is_the_same_picture() -> None:
    posters = [draw_poster(PICTURE, "Crash", "GOOG ▼ −4.8%", theme) for theme in (LARGE, WIDE)]
    strips = [draw_ticker(QUOTES[:1], theme) for theme in (LARGE, WIDE)]
    assert likeness(chart(LARGE), chart(WIDE)) < 20
    assert likeness(chart(LARGE, 30), chart(WIDE, 30)) < 20
    assert likeness(*posters) < 20
    assert strips[0].loop_width_px == 2 * strips[1].loop_width_px


@needs_chromium
def test_a_card_of_twice_the_size_is_the_same_card() -> None:
    shots = [
        ChromiumBrowser().screenshot(post_card_html(post(MARKET_POST), theme.alternator.size, theme), size)
        for theme, size in ((theme, theme.alternator.size) for theme in (LARGE, WIDE))
    ]
    assert likeness(*shots) < 30


@settings(max_examples=15, deadline=None)
@given(
    theme=themes,
    closes=st.lists(st.floats(1e-4, 7e5), min_size=2, max_size=40).filter(lambda found: max(found) < 1e6 * min(found)),
    name=st.text(max_size=60),
    symbol=st.text("ABCXYZ.-^", min_size=1, max_size=12),
)
def test_labels_of_a_chart_are_large_legible_inside_and_apart_in_every_layout(
    theme: Theme, closes: list[float], name: str, symbol: str
) -> None:
    series, size = series_of(closes, name, symbol), theme.alternator.size
    layout = lay_out_chart(series, statistics_of(series, len(closes)), size, theme)
    pad, top = theme.px(36), theme.px(24)
    content = Box(left=pad, top=top, width=size.width - 2 * pad, height=size.height - top - theme.panel_frame_px)
    assert layout.ticks
    assert all(contrast(label.fill, theme.palette.card.ground) >= 7 for label in layout.labels)
    assert min(label.style.size_px for label in layout.labels) >= theme.min_text_px
    assert all(is_inside(label.box, content) for label in layout.labels if label.text)
    assert not overlapping(layout.labels)


@settings(max_examples=15, deadline=None)
@given(
    theme=themes,
    headline=st.lists(st.text("ABCJMQqrstuvwxyz0159$%',", min_size=1, max_size=24), min_size=1, max_size=14),
    kicker=st.text(max_size=60),
)
def test_words_of_a_poster_stay_in_their_place_in_every_layout(theme: Theme, headline: list[str], kicker: str) -> None:
    layout = lay_out_poster(" ".join(headline), kicker, theme)
    assert all(is_inside(label.box, theme.poster.words) for label in layout.labels)
    assert is_inside(layout.accent, theme.poster.words)
    assert max(label.box.bottom for label in layout.labels) <= layout.horizon
    assert not overlapping(layout.labels)
    assert all(contrast(label.fill, theme.palette.card.ground) >= 7 for label in layout.labels)


@pytest.mark.parametrize("name", NAMED)
def test_a_headline_that_is_far_too_long_is_cut_where_its_place_ends(name: str) -> None:
    layout = lay_out_poster("word " * 200, "GOOG ▼ −4.8%", NAMED[name])
    assert layout.labels[-1].text.endswith("…")
    assert is_inside(layout.accent, NAMED[name].poster.words)


@settings(max_examples=20, deadline=None)
@given(themes, st.lists(any_quote, min_size=1, max_size=4))
def test_strip_of_every_layout_covers_the_frame_and_repeats_without_a_seam(theme: Theme, quotes: list[Quote]) -> None:
    strip = draw_ticker(tuple(quotes), theme)
    step = theme.motion.ticker_px_per_frame
    assert strip.size.width >= theme.frame.width + step
    assert strip.loop_width_px % step == strip.size.width % strip.loop_width_px == 0
    pixels = np.asarray(opened(strip.png))
    assert (np.roll(pixels, strip.loop_width_px, axis=1) == pixels).all()


def test_type_of_the_ticker_stands_inside_it_in_every_layout() -> None:
    for theme in (UPRIGHT, WIDE, SQUARE, LARGE):
        labels = quote_labels(quote_of("GOOG", 362.71, -4.8), theme)
        assert min(label.style.size_px for label in labels) >= theme.min_text_px
        assert all(label.box.top >= 0 and label.box.bottom <= theme.ticker.height for label in labels)


def figures_of(theme: Theme) -> list[str]:
    most = Engagement(likes=99_900, reposts=99_900_000, replies=88_800, views=99_900_000)
    html = post_card_html(post("Text").model_copy(update={"engagement": most}), theme.alternator.size, theme)
    return re.findall(r"</svg>([^<]+)</span>", html)


def test_a_narrow_card_leaves_figures_out_rather_than_cut_them() -> None:
    assert figures_of(UPRIGHT) == figures_of(SQUARE) == ["99.9K", "99.9M", "88.8K", "99.9M"]
    assert figures_of(WIDE) == figures_of(LARGE) == ["99.9K", "99.9M", "99.9M"]


@cache
def wall(name: str, seed: int) -> np.ndarray:
    """The backdrop of a layout at a quarter of its size."""
    size = NAMED[name].frame
    small = draw_backdrop(Size(width=size.width // 4, height=size.height // 4), seed)
    return np.asarray(opened(small).convert("RGB"), dtype=float)


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("seed", range(4))
def test_nothing_draws_the_eye_above_the_foot_of_a_frame_that_is_not_upright(name: str, seed: int) -> None:
    theme, picture = NAMED[name], wall(name, seed)
    dark = picture.mean(axis=2) < 90
    assert not dark[: theme.ticker.top // 4].any()
    assert dark[-6:].mean() > 0.3


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("seed", range(4))
def test_wall_behind_the_captions_is_calm_in_every_layout(name: str, seed: int) -> None:
    theme = NAMED[name]
    box = theme.captions.box
    behind = wall(name, seed)[box.top // 4 : box.bottom // 4, box.left // 4 : box.right // 4]
    assert behind.std(axis=(0, 1)).max() < 16
    mean = "#" + "".join(f"{round(level):02x}" for level in behind.mean(axis=(0, 1)))
    assert contrast(theme.captions.outline, mean) > 7


def test_illustrations_fill_the_panel_of_every_layout() -> None:
    for theme in (WIDE, SQUARE):
        picture = opened(draw_illustration("crowd", theme.illustration_size, 2))
        assert picture.size == (theme.illustration_size.width, theme.illustration_size.height)
        dark = np.asarray(ImageOps.grayscale(picture)) < 128
        assert all(0.02 < part.mean() < 0.98 for part in np.array_split(dark, 4, axis=1))
