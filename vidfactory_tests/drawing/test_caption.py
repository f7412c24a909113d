"""Captions: loud, inside their box, and only with glyphs that are there."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from vidfactory.drawing.caption import caption_image, face_for, phrase_fits, phrase_image, stays_with
from vidfactory.drawing.illustration import draw_illustration
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box, Size
from vidfactory.schema.theme import CaptionStyle
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, contrast, opened

STYLE = load_theme("finance").captions
PHRASE = STYLE.model_copy(update={"style": "phrase"})
BOXED = STYLE.model_copy(update={"style": "boxed"})
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


PHRASES = [
    ("A",),
    ("From", "$328.98", "to", "$332.00", "in", "one"),
    ("Google", "lost", "$4.5", "billion", "that", "October", "day"),
    ("disestablishmentarianism",),
    ("Éire", "ÀÇ", "Jóg,", "QQ"),
    ("مرحبا", "بكم", "في", "العرض"),
    ("שלום", "S&P 500", "🚀", "−12.3%"),
]


@pytest.mark.parametrize("style", [PHRASE, BOXED])
@pytest.mark.parametrize("words", PHRASES)
def test_a_phrase_fits_its_box(words: tuple[str, ...], style: CaptionStyle) -> None:
    for lit in (None, 0, len(words) - 1):
        image = phrase_image(words, lit, style)
        assert image.size == (style.box.width, style.box.height)
        left, top, right, bottom = letters_box(image)
        assert min(left, top) > 0
        assert right < image.width
        assert bottom < image.height


@pytest.mark.parametrize("style", [PHRASE, BOXED])
@given(words=st.lists(st.text("aGQ$%,.8Éjpß", min_size=1, max_size=14), min_size=1, max_size=9))
def test_any_phrase_fits_its_box_or_is_refused(words: list[str], style: CaptionStyle) -> None:
    try:
        image = phrase_image(tuple(words), None, style)
    except BadInput:
        return
    left, top, right, bottom = letters_box(image)
    assert min(left, top) > 0
    assert right < image.width
    assert bottom < image.height


@pytest.mark.parametrize("box", [Box(left=0, top=0, width=1200, height=110), Box(left=0, top=0, width=420, height=300)])
@pytest.mark.parametrize("look", ["phrase", "boxed"])
def test_a_phrase_fits_a_flat_box_and_a_high_one(box: Box, look: str) -> None:
    style = STYLE.model_copy(update={"box": box, "style": look})
    image = phrase_image(("It", "lost", "$4.5", "billion"), 1, style)
    left, top, right, bottom = letters_box(image)
    assert min(left, top) > 0
    assert right < box.width
    assert bottom < box.height


@pytest.mark.parametrize("look", ["phrase", "boxed"])
@pytest.mark.parametrize("frame", [(1080, 1920), (720, 1280), (1920, 1080), (1080, 1080), (3840, 2160)])
def test_some_words_fit_together_in_every_layout(look: str, frame: tuple[int, int]) -> None:
    theme = load_theme("finance", Size(width=frame[0], height=frame[1]))
    assert phrase_fits(("Google", "lost", "$4.5", "billion"), theme.captions.model_copy(update={"style": look}))


@pytest.mark.parametrize("words", PHRASES[1:3])
def test_only_the_colour_changes_when_the_lit_word_moves_on(words: tuple[str, ...]) -> None:
    images = [phrase_image(words, lit, PHRASE) for lit in (None, *range(len(words)))]
    shapes = {image.getchannel("A").tobytes() for image in images}
    assert len(shapes) == 1
    assert len({image.tobytes() for image in images}) == len(words) + 1


def test_the_plate_does_not_change_when_the_lit_word_moves_on() -> None:
    words = PHRASES[2]
    assert len({phrase_image(words, lit, BOXED).getchannel("A").tobytes() for lit in (None, 0, 3, 6)}) == 1


@pytest.mark.parametrize("style", [PHRASE, BOXED])
def test_the_lit_words_follow_each_other_as_they_are_read(style: CaptionStyle) -> None:
    words = ("one", "two", "six")
    dark = phrase_image(words, None, style).convert("RGB")
    places = [ImageChops.difference(phrase_image(words, lit, style).convert("RGB"), dark).getbbox() for lit in range(3)]
    (first, second, third) = [place for place in places if place]
    assert first[2] <= second[0]
    assert second[2] <= third[0]


def test_a_script_that_reads_from_the_right_begins_there() -> None:
    words = ("مرحبا", "بكم")
    dark = phrase_image(words, None, PHRASE).convert("RGB")
    first, second = (
        ImageChops.difference(phrase_image(words, lit, PHRASE).convert("RGB"), dark).getbbox() for lit in range(2)
    )
    assert first
    assert second
    assert first[0] >= second[2]


def colours(image: Image.Image) -> set[str]:
    pixels = np.asarray(image)
    opaque = np.unique(pixels[pixels[..., 3] == 255][:, :3], axis=0)
    return {"#" + bytes(colour).hex() for colour in opaque.astype(np.uint8)}


def test_the_spoken_word_is_lit_and_the_others_are_not() -> None:
    words = ("one", "two")
    assert {STYLE.fill, STYLE.rest_fill, STYLE.outline} <= colours(phrase_image(words, 0, PHRASE))
    assert STYLE.fill not in colours(phrase_image(words, None, PHRASE))
    assert STYLE.rest_fill not in colours(phrase_image(("one",), 0, PHRASE))
    assert {STYLE.fill, STYLE.rest_fill, STYLE.outline} <= colours(phrase_image(words, 0, BOXED))


def test_every_letter_stands_out_from_its_outline_or_plate() -> None:
    assert contrast(STYLE.rest_fill, STYLE.outline) >= 7
    assert contrast(STYLE.fill, STYLE.outline) >= 7


@pytest.mark.parametrize(
    ("word", "following", "together"),
    [
        ("$4.5", "billion", True),
        ("12", "%", True),
        ("2,000", "shares", True),
        ("2007", "2008", False),
        ("fell", "12", False),
        ("9.1%", "and", False),
    ],
)
def test_a_number_stays_with_what_it_counts(word: str, following: str, together: bool) -> None:  # noqa: FBT001
    assert stays_with(word, following) == together


@pytest.mark.parametrize("before", [("Google",), ("Google", "lost"), ("Google", "lost", "about")])
def test_a_line_does_not_end_between_a_number_and_its_unit(before: tuple[str, ...]) -> None:
    words = (*before, "$4.5", "billion", "that", "Tuesday")
    dark = phrase_image(words, None, PHRASE).convert("RGB")
    number, unit = (
        ImageChops.difference(phrase_image(words, len(before) + n, PHRASE).convert("RGB"), dark).getbbox()
        for n in range(2)
    )
    assert number
    assert unit
    assert abs(number[1] - unit[1]) < 12, "both on one line"


def test_phrases_have_one_size_unless_a_word_is_too_long_for_it() -> None:
    assert phrase_fits(("Google", "lost", "$4.5", "billion"), PHRASE)
    assert not phrase_fits(("Google",) * 12, PHRASE, shrunk=True)
    feet = [letters_box(phrase_image((text,), 0, PHRASE))[3] for text in ("in", "Google", "disappointment")]
    assert max(feet) - min(feet) <= 2


@pytest.mark.parametrize("style", [PHRASE, BOXED])
def test_a_phrase_that_cannot_fit_is_an_error_that_names_it(style: CaptionStyle) -> None:
    with pytest.raises(BadInput, match=r"Donaudampf.* does not fit the captions"):
        phrase_image(("Donaudampfschifffahrtsgesellschaftskapitän",), 0, style)


def test_a_glyph_of_a_phrase_that_no_face_has_is_named() -> None:
    with pytest.raises(BadInput, match="no face has '漢'"):
        phrase_image(("fell", "漢"), 0, PHRASE)


@pytest.mark.parametrize("look", ["phrase", "boxed"])
def test_a_phrase_looks_as_it_did(look: str, request: pytest.FixtureRequest) -> None:
    """On paper, on ink and over a hatched picture."""
    style = STYLE.model_copy(update={"style": look})
    width, height = style.box.width, style.box.height
    grounds = [Image.new("RGB", (width, height), ground) for ground in ("#f6f0e4", "#14110f")]
    bear = opened(draw_illustration("bear", Size(width=width, height=3 * height), 1)).convert("RGB")
    grounds.append(bear.crop((0, height, width, 2 * height)))
    lit = Image.new("RGB", (width, height * len(grounds)))
    for row, (ground, word) in enumerate(zip(grounds, (1, 3, 6), strict=True)):
        ground.paste(letters := phrase_image(PHRASES[2], word, style), mask=letters)
        lit.paste(ground, (0, row * height))
    content = BytesIO()
    lit.save(content, "PNG")
    assert_like_golden(content.getvalue(), f"caption_{look}", request.config)
