"""Toned pictures: the same picture in two colours, and untouched where a theme asks for none."""

import numpy as np
from PIL import Image

from vidfactory.drawing.toning import toned
from vidfactory.drawing.typesetting import png_bytes
from vidfactory.schema.theme import Toning
from vidfactory_tests.drawing.likeness import opened

NIGHT = Toning(dark="#000010", light="#203040")


def test_black_and_white_become_the_two_colours_and_greys_lie_between() -> None:
    steps = png_bytes(Image.fromarray(np.array([[0, 128, 255]], dtype=np.uint8)))
    dark, between, light = np.asarray(opened(toned(steps, NIGHT)))[0].tolist()
    assert (dark, light) == ([0, 0, 16], [32, 48, 64])
    assert all(low <= level <= high for low, level, high in zip(dark, between, light, strict=True))
    assert between not in (dark, light)


def test_what_is_clear_is_light() -> None:
    clear = png_bytes(Image.new("RGBA", (2, 2), (0, 0, 0, 0)))
    assert np.asarray(opened(toned(clear, NIGHT))).reshape(-1, 3).tolist() == [[32, 48, 64]] * 4


def test_without_a_toning_the_very_bytes_stay() -> None:
    assert toned(b"whatever it is", None) == b"whatever it is"
