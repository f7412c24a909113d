import xml.etree.ElementTree as ET
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from vidfactory.drawing.icons import icon, icon_names
from vidfactory.drawing.illustration import (
    CONCEPTS,
    INK,
    PAPER,
    concept_names,
    draw_illustration,
    illustration_svg,
    matching_concept,
    png_of,
)
from vidfactory.drawing.ink_shapes import bounds
from vidfactory.errors import BadInput
from vidfactory.schema.base import Size
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, opened

SMALL = Size(width=222, height=156)
DESK_NAMES = [
    "falling_price",
    "rising_price",
    "crash",
    "rebound",
    "storm",
    "calm",
    "bull",
    "bear",
    "balance",
    "magnifier",
    "megaphone",
    "crowd",
    "newspaper",
    "clock",
    "calendar",
    "skyline",
    "mountains",
    "rollercoaster",
    "race",
    "compass",
    "telescope",
    "crossroads",
    "umbrella",
    "bridge",
    "ship",
    "fire",
    "target",
    "coins",
    "bank",
    "question",
    "door",
    "lighthouse",
]
INK_LEVEL, PAPER_LEVEL = 17.0, 240.0


@cache
def svg(concept: str, seed: int) -> str:
    return illustration_svg(concept, SMALL, seed)


@cache
def grey(concept: str, seed: int) -> NDArray[np.float64]:
    return np.asarray(opened(png_of(svg(concept, seed))).convert("L"), dtype=float)


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean difference of what an eye sees at a glance: both pictures at 37x26."""
    glances = [
        np.asarray(Image.fromarray(picture.astype(np.uint8)).resize((37, 26), Image.Resampling.BOX), dtype=float)
        for picture in (one, other)
    ]
    return float(np.abs(glances[0] - glances[1]).mean())


@pytest.mark.parametrize(("width", "height"), [(942, 662), (301, 211), (270, 480), (480, 270), (64, 64)])
def test_picture_has_exactly_the_size_that_was_asked_for(width: int, height: int) -> None:
    picture = opened(draw_illustration("storm", Size(width=width, height=height), 3))
    assert picture.size == (width, height)


@pytest.mark.parametrize(("width", "height"), [(40, 40), (400, 100), (100, 400), (5000, 4000)])
def test_size_that_nothing_can_be_composed_in_is_refused_with_a_remedy(width: int, height: int) -> None:
    with pytest.raises(BadInput, match=f"{width}x{height}") as refused:
        illustration_svg("storm", Size(width=width, height=height), 1)
    assert "pixels a side" in refused.value.remedy


def test_house_colours_are_those_of_the_finance_theme() -> None:
    palette = load_theme("finance").palette
    assert (palette.ink, palette.paper) == (INK, PAPER)


def test_every_name_that_the_finance_desk_uses_has_a_scene_of_its_own() -> None:
    assert set(DESK_NAMES) <= set(concept_names())
    scenes = [CONCEPTS[name].scene for name in concept_names()]
    assert len(set(scenes)) == len(scenes) >= 24


@given(concept=st.sampled_from(concept_names()), seed=st.integers(0, 2**63))
@settings(max_examples=20, deadline=None)
def test_every_scene_balances_ink_and_paper(concept: str, seed: int) -> None:
    coverage = (PAPER_LEVEL - grey(concept, seed).mean()) / (PAPER_LEVEL - INK_LEVEL)
    assert 0.2 < coverage < 0.78


@pytest.mark.parametrize("concept", concept_names())
def test_scene_is_well_formed_and_drawn_with_two_colours_and_no_text(concept: str) -> None:
    root = ET.fromstring(svg(concept, 1))  # noqa: S314 - our own drawing
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "style", "rect", "g", "path", "clipPath"}
    classes = {element.get("class") for element in root.iter() if element.tag.endswith(("path", "rect"))}
    assert classes <= {"ink", "paper", "ink-line", "paper-line", None}
    identities = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("concept", ["bull", "coins", "lighthouse"])
def test_picture_holds_only_ink_paper_and_what_lies_between(concept: str) -> None:
    pixels = np.asarray(opened(draw_illustration(concept, SMALL, 2)).convert("RGB"), dtype=int).reshape(-1, 3)
    ends = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in (INK, PAPER)])
    way = ends[1] - ends[0]
    share = ((pixels - ends[0]) @ way) / (way @ way)
    assert np.abs(pixels - (ends[0] + share[:, None] * way)).max() < 3


def test_the_same_order_gives_the_same_bytes() -> None:
    assert draw_illustration("ship", SMALL, 8) == draw_illustration("ship", SMALL, 8)


def test_all_concepts_look_different_from_each_other() -> None:
    alike = {(one, other): difference(grey(one, 1), grey(other, 1)) for one, other in combinations(concept_names(), 2)}
    assert min(alike.values()) > 25, min(alike, key=alike.__getitem__)


@pytest.mark.parametrize("concept", concept_names())
def test_another_seed_gives_a_visibly_different_picture(concept: str) -> None:
    assert difference(grey(concept, 1), grey(concept, 2)) > 10


@pytest.mark.parametrize(
    ("words", "concept"),
    [
        ("falling_price", "falling_price"),
        ("Rising Price", "rising_price"),
        ("the stock tumbles into a crater", "crash"),
        ("a thunderstorm of lightning", "storm"),
        ("investors in a crowd", "crowd"),
        ("two runners racing the index", "race"),
        ("a volatile ride on a roller coaster", "rollercoaster"),
        ("the central bank", "bank"),
        ("hedging and protection", "umbrella"),
        ("a rocket", None),
        ("", None),
    ],
)
def test_free_words_find_the_nearest_concept(words: str, concept: str | None) -> None:
    assert matching_concept(words) == concept


def test_words_without_a_concept_become_the_monument_of_an_icon() -> None:
    rocket, factory = grey("a rocket", 4), grey("a factory", 4)
    assert difference(rocket, factory) > 12


@given(words=st.text(max_size=40), seed=st.integers(0, 999))
@settings(max_examples=8, deadline=None)
def test_any_words_at_all_give_a_picture(words: str, seed: int) -> None:
    assert opened(draw_illustration(words, SMALL, seed)).size == (SMALL.width, SMALL.height)


@pytest.mark.parametrize("name", ["attach_money", "rocket", "public"])
def test_icon_is_centred_and_one_unit_large(name: str) -> None:
    left, top, right, bottom = bounds(icon(name))
    assert max(right - left, bottom - top) == pytest.approx(1)
    assert (left + right, top + bottom) == pytest.approx((0, 0), abs=1e-9)


def test_unknown_icon_is_a_key_error() -> None:
    assert "no_such_icon" not in icon_names()
    with pytest.raises(KeyError):
        icon("no_such_icon")


@pytest.mark.parametrize("concept", ["bear", "calm", "newspaper"])
def test_picture_looks_like_its_golden_one(concept: str, request: pytest.FixtureRequest) -> None:
    picture = draw_illustration(concept, Size(width=592, height=416), 1)
    assert_like_golden(picture, f"illustration_{concept}", request.config, tolerance=14)
