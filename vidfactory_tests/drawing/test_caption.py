"""Captions: loud, inside their box, and only with glyphs that are there."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from vidfactory.drawing.caption import caption_image, face_for
from vidfactory.errors import BadInput
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, contrast

STYLE = load_theme("finance").captions
WORDS = ["A", "GOOG", "$328.98", "S&P 500", "disappointment", "−12.3%", "Éire", "مرحبا", "שלום", "🚀"]


def letters_box(image: Image.Image) -> tuple[int, int, int, int]:
    box = image.getchannel("A").getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("text", WORDS)
def test_a_word_fits_its_box_with_its_outline(text: str) -> None:
    image = caption_image(text, STYLE)
    assert image.size == (STYLE.box.width, STYLE.box.height)
    left, top, right, bottom = letters_box(image)
    assert left > 0
    assert top > 0
    assert right < image.width
    assert bottom < image.height


@pytest.mark.parametrize("text", WORDS)
def test_a_word_stands_in_the_middle(text: str) -> None:
    left, _, right, _ = letters_box(caption_image(text, STYLE))
    assert abs((left + right) / 2 - STYLE.box.width / 2) < 8


def test_the_letters_have_the_accent_colour_and_an_outline_of_ink() -> None:
    pixels = np.asarray(caption_image("GOOG", STYLE).convert("RGBA"))
    opaque = pixels[pixels[..., 3] == 255][:, :3]
    colours = {tuple(int(value) for value in colour) for colour in opaque}
    for colour in (STYLE.fill, STYLE.outline):
        assert tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5)) in colours
    assert contrast(STYLE.fill, STYLE.outline) >= 7


def test_the_captions_stay_inside_the_safe_area_and_clear_of_the_ticker() -> None:
    theme = load_theme("finance")
    box, safe = theme.captions.box, theme.safe_box
    assert safe.left <= box.left
    assert box.right <= safe.right
    assert safe.top <= box.top
    assert box.bottom <= min(theme.alternator.top, theme.ticker.top)


def test_a_long_word_is_set_smaller() -> None:
    short, long = (letters_box(caption_image(text, STYLE)) for text in ("cat", "disappointments"))
    assert long[3] - long[1] < short[3] - short[1]


def test_a_word_that_cannot_fit_is_an_error() -> None:
    with pytest.raises(BadInput, match="does not fit the captions"):
        caption_image("Donaudampfschifffahrtsgesellschaft", STYLE)


def test_a_face_without_the_glyphs_gives_way_to_one_that_has_them() -> None:
    assert face_for("GOOG", "anton") == "anton"
    assert face_for("שלום", "anton") == "dejavu"
    assert face_for("مرحبا", "anton") == "noto-sans-arabic"


def test_a_glyph_that_no_face_has_is_named() -> None:
    with pytest.raises(BadInput, match="no face has '漢'"):
        caption_image("漢", STYLE)


def test_a_caption_looks_as_it_did(request: pytest.FixtureRequest) -> None:
    ground = Image.new("RGBA", (STYLE.box.width, STYLE.box.height), "#f6f0e4")
    content = BytesIO()
    Image.alpha_composite(ground, caption_image("$328.98", STYLE)).save(content, "PNG")
    assert_like_golden(content.getvalue(), "caption", request.config)
