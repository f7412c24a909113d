import xml.etree.ElementTree as ET
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidfactory.drawing.backdrop import backdrop_svg, draw_backdrop
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box, Size
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, contrast, opened

THEME = load_theme("finance")
QUARTER = Size(width=THEME.frame.width // 4, height=THEME.frame.height // 4)


@cache
def drawn(seed: int) -> NDArray[np.float64]:
    return np.asarray(opened(draw_backdrop(QUARTER, seed)).convert("RGB"), dtype=float)


def inside(picture: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    return picture[box.top // 4 : box.bottom // 4, box.left // 4 : box.right // 4]


@pytest.mark.parametrize(("width", "height"), [(1080, 1920), (480, 270), (300, 300)])
def test_backdrop_has_exactly_the_size_that_was_asked_for(width: int, height: int) -> None:
    assert opened(draw_backdrop(Size(width=width, height=height), 1)).size == (width, height)


@given(seed=st.integers(0, 2**63))
@settings(max_examples=10, deadline=None)
def test_wall_behind_the_captions_is_calm_and_light(seed: int) -> None:
    """Captions are outlined with ink; the outline must stand out, and nothing behind it may compete."""
    wall = inside(drawn(seed), THEME.captions.box)
    assert wall.std(axis=(0, 1)).max() < 14
    mean = "#" + "".join(f"{round(level):02x}" for level in wall.mean(axis=(0, 1)))
    assert contrast(THEME.captions.outline, mean) > 7


@pytest.mark.parametrize("seed", range(4))
def test_what_draws_the_eye_stands_below_the_ticker(seed: int) -> None:
    picture = drawn(seed)
    dark = picture.mean(axis=2) < 90
    assert not dark[: THEME.ticker.top // 4].any()
    assert dark[-40:].mean() > 0.3


def test_seeds_give_different_studios_and_the_same_seed_the_same_bytes() -> None:
    assert draw_backdrop(QUARTER, 1) == draw_backdrop(QUARTER, 1)
    assert np.abs(drawn(1) - drawn(2)).mean() > 3


def test_backdrop_is_well_formed() -> None:
    root = ET.fromstring(backdrop_svg(QUARTER, 6))  # noqa: S314 - our own drawing
    assert root.get("width") == str(QUARTER.width)


@pytest.mark.parametrize(("width", "height"), [(60, 400), (400, 9000)])
def test_size_that_holds_no_studio_is_refused(width: int, height: int) -> None:
    with pytest.raises(BadInput, match=f"{width}x{height}"):
        backdrop_svg(Size(width=width, height=height), 1)


def test_backdrop_looks_like_its_golden_one(request: pytest.FixtureRequest) -> None:
    assert_like_golden(draw_backdrop(QUARTER, 3), "backdrop", request.config)
