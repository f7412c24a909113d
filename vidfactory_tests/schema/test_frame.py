from typing import get_args

import pytest

from vidfactory.schema.base import Size
from vidfactory.schema.film import Quality
from vidfactory.schema.frame import Aspect, master_size, output_size
from vidfactory.schema.screenplay import UPRIGHT


@pytest.mark.parametrize(
    ("aspect", "quality", "width", "height"),
    [
        ("9:16", "social", 1080, 1920),
        ("16:9", "broadcast", 1920, 1080),
        ("1:1", "standard", 1080, 1080),
        ("16:9", "draft", 1280, 720),
        ("9:16", "draft", 720, 1280),
        ("16:9", "ultra", 3840, 2160),
    ],
)
def test_aspect_and_quality_give_the_size_of_the_film(
    aspect: Aspect, quality: Quality, width: int, height: int
) -> None:
    assert output_size(aspect, quality) == Size(width=width, height=height)


@pytest.mark.parametrize("aspect", get_args(Aspect))
def test_pictures_are_drawn_anew_for_ultra_only(aspect: Aspect) -> None:
    sizes = {quality: master_size(aspect, quality) for quality in get_args(Quality)}
    assert {quality for quality, size in sizes.items() if size != sizes["social"]} == {"ultra"}
    assert min(sizes["ultra"].width, sizes["ultra"].height) == 2160


def test_what_was_made_before_there_was_a_choice_is_upright() -> None:
    assert master_size("9:16", "social") == UPRIGHT
