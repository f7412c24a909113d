"""Themes: one file serves every size of its aspects, and a wrong one is refused with the field's name."""

from importlib import resources
from itertools import combinations
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.catalogue import theme_names
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box, Size
from vidfactory.schema.frame import Aspect, output_size
from vidfactory.schema.theme import SMALLEST_TEXT, UNIT_SIDE, Theme
from vidfactory.themes import load_theme, read_theme
from vidfactory_tests.drawing.likeness import contrast

ASPECTS = ((9, 16), (16, 9), (1, 1))
FILE = resources.files("vidfactory.themes").joinpath("finance.toml").read_text(encoding="utf-8")

names = st.sampled_from(theme_names())
frames = st.builds(
    lambda aspect, unit: Size(width=2 * aspect[0] * unit, height=2 * aspect[1] * unit),
    st.sampled_from(ASPECTS),
    st.integers(45, 400),
)


def boxes(theme: Theme) -> list[Box]:
    return [theme.panel, theme.alternator, theme.ticker, theme.captions.box]


def covers(one: Box, other: Box) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom


@given(names, frames)
def test_every_theme_fits_every_size_of_its_aspects(name: str, frame: Size) -> None:
    theme = load_theme(name, frame)
    assert theme.frame == frame
    assert not any(covers(one, other) for one, other in combinations(boxes(theme), 2))
    for box in boxes(theme):
        assert 0 <= box.left < box.right <= frame.width
        assert 0 <= box.top < box.bottom <= frame.height
        assert not any(edge % 2 for edge in (box.left, box.top, box.right, box.bottom))
    captions, safe = theme.captions.box, theme.safe_box
    assert safe.left <= captions.left < captions.right <= safe.right
    assert safe.top <= captions.top < captions.bottom <= safe.bottom


@given(names, frames)
def test_type_and_lines_never_become_too_small_to_see(name: str, frame: Size) -> None:
    theme = load_theme(name, frame)
    assert theme.min_text_px * UNIT_SIDE >= SMALLEST_TEXT * min(frame.width, frame.height)
    assert theme.min_text_px <= theme.captions.min_size_px <= theme.captions.size_px
    assert min(theme.captions.outline_px, theme.panel_frame_px) >= 2
    assert theme.motion.ticker_px_per_frame >= 2
    assert theme.motion.ticker_px_per_frame % 2 == 0


@given(names, frames)
def test_a_larger_frame_is_the_same_picture(name: str, frame: Size) -> None:
    """No edge is farther than a pixel from where the layout's own size has it."""
    theme, twice = load_theme(name, frame), load_theme(name, Size(width=2 * frame.width, height=2 * frame.height))
    for box, larger in zip(boxes(theme), boxes(twice), strict=True):
        pairs = zip(
            (box.left, box.top, box.right, box.bottom),
            (larger.left, larger.top, larger.right, larger.bottom),
            strict=True,
        )
        assert all(abs(2 * edge - other) <= 3 for edge, other in pairs)


@pytest.mark.parametrize(
    ("width", "height", "panel", "step", "text"),
    [
        (1080, 1920, Box(left=96, top=192, width=888, height=624), 4, 34),
        (3840, 2160, Box(left=192, top=120, width=1944, height=1368), 8, 68),
        (1280, 720, Box(left=64, top=40, width=648, height=456), 2, 23),
    ],
)
def test_lengths_are_in_proportion_to_the_frame(width: int, height: int, panel: Box, step: int, text: int) -> None:
    theme = load_theme("finance", Size(width=width, height=height))
    assert (theme.panel, theme.motion.ticker_px_per_frame, theme.min_text_px) == (panel, step, text)


def test_without_a_frame_the_first_layout_is_meant() -> None:
    assert load_theme("finance").frame == Size(width=1080, height=1920)


def test_an_aspect_without_a_layout_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(BadInput, match=r"no layout of 4:5 .*1080x1350.*9:16, 16:9, 1:1"):
        load_theme("finance", Size(width=1080, height=1350))


@pytest.mark.parametrize(("width", "height"), [(1081, 1921), (1080, 1919), (18, 32)])
def test_an_odd_or_tiny_frame_is_refused(width: int, height: int) -> None:
    with pytest.raises(BadInput, match=f"{width}x{height} px cannot be filled"):
        load_theme("finance", Size(width=width, height=height))


def test_a_theme_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(BadInput, match=r"no theme 'opera'.*finance"):
        load_theme("opera")


@pytest.mark.parametrize(
    ("text", "wrong", "complaint"),
    [
        ("panel = { left = 96, top = 192", "panel = { left = 97, top = 192", "layout vertical.*panel: its edges"),
        ("panel = { left = 96, top = 60,", "panel = { left = 96, top = -2,", "layout wide.*panel: it reaches out"),
        ("ticker = { left = 0, top = 984", "ticker = { left = 0, top = 970", "layout square.*ticker: it covers alter"),
        ("ticker = { left = 0, top = 1488", "ticker = { left = 0, top = 1900", "vertical.*ticker: it reaches out"),
        ("box = { left = 132", "box = { left = 138", "captions.box: it leaves the safe area"),
        ("box = { left = 60, top = 396", "box = { left = 60, top = 360", "square.*captions.box: it covers panel"),
        ("words = { left = 96, top = 60", "words = { left = 150, top = 60", "wide.*poster.words: it covers poster.pic"),
        ("picture = { left = 1056", "picture = { left = 900", "thumbnail.picture: it covers thumbnail.words"),
        ("statement = { left = 96", "statement = { left = 90", "wide.*thumbnail.statement: it leaves the safe area"),
        ("frame = { width = 1920", "frame = { width = 1921", "layout wide.*frame: 1921x1080 must be even"),
        ("min_text_px = 34", "min_text_px = 20", "min_text_px: 20 is less than 34"),
        ("min_size_px = 72", "min_size_px = 30", "captions.min_size_px"),
        ("left = 96, right = 96", "left = 960, right = 960", "layout wide.*safe_area: it leaves no room"),
        ("outline_px = 10", "outline_px = 1", "layout square, captions.outline_px"),
        ("ticker_px_per_frame = 4", "ticker_px_per_frame = 3", "layout vertical, motion.ticker_px_per_frame"),
        ('accent = "#ffc629"', "", "layout vertical, palette.accent"),
        ("[layouts.wide.captions]", "[layouts.wide.titles]", "layout wide"),
        ("[layouts.", "[places.", "layouts"),
        ("[palette]", "[palette", "not valid"),
    ],
)
def test_a_wrong_file_is_refused_with_the_field_named(text: str, wrong: str, complaint: str) -> None:
    assert text in FILE
    with pytest.raises(BadInput, match=rf"(?s)mine\.toml.*{complaint}"):
        read_theme(FILE.replace(text, wrong), "mine.toml")


def test_a_table_in_the_place_of_a_figure_is_refused() -> None:
    with pytest.raises(BadInput, match="layout wide"):
        read_theme(FILE.replace("[layouts.wide]", "[layouts.wide]\nmotion = 3"), "mine.toml")


def test_a_theme_is_not_scaled_to_another_aspect() -> None:
    with pytest.raises(ValueError, match="aspect"):
        load_theme("finance").scaled(Size(width=1920, height=1080))


@pytest.mark.parametrize("name", theme_names())
def test_text_of_every_theme_stands_out_from_its_ground(name: str) -> None:
    theme = load_theme(name)
    palette, card, captions = theme.palette, theme.palette.card, theme.captions
    pairs = {
        "ink on paper": (palette.ink, palette.paper),
        "shade on paper": (palette.shade, palette.paper),
        "shade on ink": (palette.shade_on_ink, palette.ink),
        "ink on the accent": (palette.ink, palette.accent),
        "ink on the second accent": (palette.ink, palette.second_accent),
        "rise on paper": (palette.rise, palette.paper),
        "fall on paper": (palette.fall, palette.paper),
        "rise on ink": (palette.rise_on_ink, palette.ink),
        "fall on ink": (palette.fall_on_ink, palette.ink),
        "letters of cards": (card.letters, card.ground),
        "letters on the band": (card.letters, card.band),
        "captions in their outline": (captions.fill, captions.outline),
        "resting captions": (captions.rest_fill, captions.outline),
    }
    assert {pair: round(contrast(*colours), 1) for pair, colours in pairs.items() if contrast(*colours) < 7} == {}


@pytest.mark.parametrize("name", theme_names())
def test_every_theme_serves_every_aspect(name: str) -> None:
    for aspect in get_args(Aspect):
        assert load_theme(name, output_size(aspect, "draft")).name == name


def test_cards_are_drawn_on_what_the_theme_says() -> None:
    day, night = load_theme("finance").palette, load_theme("night-desk").palette
    assert (day.card.ground, day.card.letters, day.card.band) == (day.paper, day.ink, day.accent)
    assert (night.card.ground, night.card.letters) == (night.ink, night.paper)
    assert night.card.band not in (night.accent, night.ink)
