"""Which thumbnails are made: concepts that differ, variants that differ in one thing, the best first."""

import re
from dataclasses import fields
from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image

from vidfactory.drawing.thumbnail import Design
from vidfactory.drawing.thumbnail_choice import Candidate, MadeThumbnail, _variants, make_thumbnails, strongest
from vidfactory.drawing.typesetting import png_bytes
from vidfactory.errors import BadInput
from vidfactory.schema.base import Size
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import opened

THEMES = {
    "wide": load_theme("finance", Size(width=640, height=360)),
    "vertical": load_theme("finance", Size(width=540, height=960)),
}
HEADLINE, KICKER = "Google: 55.2% below its high", "GOOG ▼ −4.8%"


def picture(radius: int, stripes: int = 0) -> bytes:
    sheet = np.full((331, 471, 3), 240, dtype=np.uint8)
    if stripes:
        sheet[::stripes] = 20
    cv2.circle(sheet, (235, 165), radius, (10, 10, 10), -1)
    return png_bytes(Image.fromarray(sheet))


BOLD, FINE, OTHER = Candidate("bold", picture(100)), Candidate("fine", picture(10, 2)), Candidate("other", picture(60))


@cache
def made(headline: str, kicker: str, *candidates: Candidate) -> list[MadeThumbnail]:
    return make_thumbnails(headline, kicker, "en", candidates, THEMES)


def names(thumbnails: list[MadeThumbnail], shape: str = "wide") -> set[str]:
    return {each.name for each in thumbnails if each.shape == shape}


def test_every_concept_and_every_variant_of_the_best_is_made_in_every_shape() -> None:
    every = made(HEADLINE, KICKER, BOLD, FINE, OTHER)
    firsts = {each.concept for each in every if not each.variant}
    assert firsts == {"figure", "split", "statement", "framed"}
    assert {each.variant for each in every} == {"", "other_picture", "other_accent", "other_place", "no_kicker"}
    assert len({each.concept for each in every if each.variant}) == 1
    assert len(every) == 16 == len({each.name for each in every})
    assert all(re.fullmatch(r"[a-z0-9_]+", each.name) for each in every)
    assert all(bool(each.varies) == bool(each.variant) for each in every)


def test_each_variant_differs_from_the_first_of_its_concept_in_one_field() -> None:
    design = Design("figure", BOLD.data, HEADLINE, THEMES["wide"].palette.accent, KICKER)
    ideas = list(_variants(design, [BOLD.data, FINE.data], THEMES["wide"].palette.second_accent))
    different = [
        [field.name for field in fields(Design) if getattr(idea.design, field.name) != getattr(design, field.name)]
        for idea in ideas
    ]
    assert different == [["picture"], ["accent"], ["mirrored"], ["shows_kicker"]]


def test_the_best_of_each_shape_comes_first() -> None:
    every = made(HEADLINE, KICKER, BOLD, FINE, OTHER)
    assert [each.shape for each in every] == ["wide"] * 8 + ["vertical"] * 8
    for shape in THEMES:
        scores = [each.score.total for each in every if each.shape == shape]
        assert scores == sorted(scores, reverse=True)


def test_the_variants_are_of_the_concept_that_scores_best_over_both_shapes() -> None:
    every = made(HEADLINE, KICKER, BOLD, FINE, OTHER)
    means = {
        concept: sum(each.score.total for each in every if each.concept == concept and not each.variant)
        for concept in ("figure", "split", "statement", "framed")
    }
    (varied,) = {each.concept for each in every if each.variant}
    assert varied == max(means, key=lambda concept: means[concept])


def test_the_same_film_gives_the_same_bytes() -> None:
    again = make_thumbnails("The one question nobody asks", "", "en", [BOLD], THEMES)
    assert again == made("The one question nobody asks", "", BOLD)


def test_without_figure_kicker_and_second_picture_three_concepts_remain_and_two_variants() -> None:
    every = made("The one question nobody asks", "", BOLD)
    assert len(names(every)) == 5
    assert {each.concept for each in every if not each.variant} == {"split", "statement", "framed"}
    assert {each.variant for each in every if each.variant} == {"other_accent", "other_place"}


def test_every_thumbnail_has_the_size_of_its_shape() -> None:
    for each in made("The one question nobody asks", "", BOLD):
        assert opened(each.jpeg).size == {"wide": (640, 360), "vertical": (540, 960)}[each.shape]


def test_the_picture_that_holds_best_when_small_comes_first_and_none_twice() -> None:
    twin = Candidate("twin", BOLD.data)
    assert [each.name for each in strongest([FINE, BOLD, twin], HEADLINE)] == ["bold", "fine"]


def test_a_picture_that_is_seen_with_the_headlines_words_beats_a_little_stronger_one() -> None:
    here = Candidate("here", OTHER.data, "Google stands 55.2% below its high.")
    there = Candidate("there", BOLD.data, "Nothing of that kind is said in this place.")
    assert strongest([there, here], HEADLINE)[0] is here


def test_thumbnails_without_any_picture_are_refused() -> None:
    with pytest.raises(BadInput, match="at least one picture"):
        make_thumbnails(HEADLINE, KICKER, "en", [], THEMES)
