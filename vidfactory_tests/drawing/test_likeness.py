"""The comparison with golden pictures: alike is alike, and a wrong colour is none."""

import pytest
from PIL import Image, ImageEnhance

from vidfactory_tests.drawing.likeness import GOLDEN, assert_alike

NAMES = ("poster", "ticker", "illustration_bear", "caption", "chart_line", "post_card")


def golden(name: str) -> Image.Image:
    with Image.open(GOLDEN / f"{name}.png") as image:
        return image.convert("RGB")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_like_itself_and_like_a_slightly_brighter_one(name: str) -> None:
    assert_alike(golden(name), golden(name), name, 10.0)
    assert_alike(ImageEnhance.Brightness(golden(name)).enhance(1.005), golden(name), name, 10.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("order", [(2, 1, 0), (1, 0, 2), (0, 2, 1)])
def test_a_picture_with_two_channels_swapped_is_not_alike(name: str, order: tuple[int, int, int]) -> None:
    channels = golden(name).split()
    swapped = Image.merge("RGB", [channels[at] for at in order])
    with pytest.raises(AssertionError, match=r"differs|has a cast"):
        assert_alike(swapped, golden(name), name, 10.0)


def test_a_small_mark_of_as_bright_a_colour_is_seen() -> None:
    red, green = (Image.new("RGB", (120, 120), "white") for _ in range(2))
    red.paste("#e00000", (30, 30, 50, 50))
    green.paste("#007200", (30, 30, 50, 50))
    with pytest.raises(AssertionError, match="in colour"):
        assert_alike(red, green, "mark", 10.0)
