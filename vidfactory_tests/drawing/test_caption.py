"""Captions: loud, inside their box, and only with glyphs that are there."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from vidfactory.drawing.caption import (
    caption_image,
    faces_for,
    fitting_word,
    in_language,
    phrase_fits,
    phrase_image,
)
from vidfactory.drawing.illustration import draw_illustration
from vidfactory.drawing.linebreaks import clusters
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box, Size
from vidfactory.schema.theme import CaptionStyle
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, contrast, opened

STYLE = load_theme("finance").captions
PHRASE = STYLE.model_copy(update={"style": "phrase"})
BOXED = STYLE.model_copy(update={"style": "boxed"})
WORDS = [
    "A",
    "GOOG",
    "$328.98",
    "S&P 500",
    "disappointment",
    "−12.3%",
    "Éire",
    "مرحبا",
    "שלום",
    "🚀",
    "moon 🚀",
    "שלום 🚀",
]


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
    assert faces_for("GOOG", "anton") == (("anton", "GOOG"),)
    assert faces_for("שלום", "anton") == (("heebo", "שלום"),)
    assert faces_for("مرحبا", "anton") == (("noto-sans-arabic", "مرحبا"),)


def test_a_word_that_no_face_has_alone_is_set_in_several() -> None:
    assert faces_for("moon 🚀", "anton") == (("anton", "moon "), ("noto-emoji", "🚀"))


def test_a_glyph_that_no_face_has_is_named() -> None:
    with pytest.raises(BadInput, match=r"no face has 'ꦗ' \(U\+A997 JAVANESE LETTER JA, script Javanese\)"):
        caption_image("ꦗ", STYLE)


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
    ("שלום", "S&P 500", "🚀"),
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
    with pytest.raises(BadInput, match=r"no face has 'ꦗ' \(U\+A997 JAVANESE LETTER JA, script Javanese\)"):
        phrase_image(("fell", "ꦗ"), 0, PHRASE)


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


SCRIPTS = {
    "arabic": ("ar", ("سهم", "Google", "55.2%")),
    "hebrew": ("he", ("מניית", "Google", "Cloud", "ירדה", "ב-55.2%")),
    "devanagari": ("hi", ("अक्टूबर", "2008", "को", "गिर", "गया")),
    "thai": ("th", ("ที่นี่", "กำลัง", "\u2060ซื้อขาย", "หุ้น")),
    "cyrillic": ("ru", ("Акции", "упали", "55,2", "%")),
    "greek": ("el", ("μετοχή", "έπεσε", "στα", "332")),
    "chinese": ("zh-Hans", ("谷歌", "股价在", "2008年", "跌至332美元", "骨直令")),
    "taiwan": ("zh-Hant", ("谷歌", "股價在", "2008年", "跌至332美元", "骨直令")),
    "japanese": ("ja", ("グーグルの", "株価は、", "332ドルまで", "骨直令")),
    "korean": ("ko", ("구글의", "주가는", "332달러까지", "骨直令")),
    "emoji": ("en", ("moon 🚀", "and", "back", "👍🏽")),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_looks_as_it_did(script: str, request: pytest.FixtureRequest) -> None:
    """Shaped and in its order: on the upper half as a phrase, on the lower some of its words on a plate."""
    language, words = SCRIPTS[script]
    ground = Image.new("RGB", (STYLE.box.width, 2 * STYLE.box.height), "#f6f0e4")
    for row, (style, shown) in enumerate(((PHRASE, words), (BOXED, words[:3]))):
        letters = phrase_image(shown, 1, in_language(style, language))
        assert min(letters_box(letters)[:2]) > 0
        ground.paste(letters, (0, row * STYLE.box.height), mask=letters)
    content = BytesIO()
    ground.save(content, "PNG")
    assert_like_golden(content.getvalue(), f"caption_{script}", request.config)


def test_arabic_letters_are_joined_and_thai_marks_stand_above_their_letter() -> None:
    word = "سهم"
    whole, apart = (letters_box(caption_image(text, STYLE)) for text in (word, "\N{ZERO WIDTH NON-JOINER}".join(word)))
    assert whole[2] - whole[0] < apart[2] - apart[0]
    bare, marked = (letters_box(caption_image(text, STYLE)) for text in ("ท", "ที่"))
    assert marked[1] < bare[1]
    assert marked[2] - marked[0] < 1.5 * (bare[2] - bare[0])


def test_a_han_character_has_the_form_of_the_language() -> None:
    pictures = [caption_image("骨", in_language(STYLE, tag)).tobytes() for tag in ("ja", "zh-Hans", "zh-Hant", "en")]
    assert len(set(pictures)) == 3
    assert pictures[1] == pictures[3]


def test_the_language_changes_nothing_in_a_latin_word() -> None:
    assert caption_image("$328.98", in_language(STYLE, "en")).tobytes() == caption_image("$328.98", STYLE).tobytes()


def test_figures_are_set_in_the_face_of_the_words_around_them() -> None:
    alone = phrase_image(("2008",), None, PHRASE)
    among, figures = (phrase_image(("2008", word), 1, PHRASE) for word in ("года", "fell"))
    height = [letters_box(image)[3] - letters_box(image)[1] for image in (alone, among, figures)]
    assert height[0] == height[2]
    assert height[1] != height[0]


@pytest.mark.parametrize("style", [STYLE, PHRASE, BOXED])
@pytest.mark.parametrize("letter", ["a", "W", "नि", "ที่", "漢", "م", "👍🏽"])
def test_a_word_of_400_letters_is_shortened_to_what_fits(style: CaptionStyle, letter: str) -> None:
    shown = fitting_word(letter * 400, style)
    assert shown.endswith("…")
    assert len(shown) > 4
    assert set(clusters(shown[:-1])) == {letter}
    image = caption_image(shown, style) if style == STYLE else phrase_image((shown,), 0, style)
    left, top, right, bottom = letters_box(image)
    assert min(left, top) > 0
    assert right < style.box.width
    assert bottom < style.box.height


@pytest.mark.parametrize("style", [STYLE, PHRASE, BOXED])
@given(word=st.text("aGQ$%,.8Éjpßम漢ש🚀", min_size=1, max_size=60))
def test_any_word_fits_once_it_is_shortened(style: CaptionStyle, word: str) -> None:
    shown = fitting_word(word, style)
    assert shown == word or (shown.endswith("…") and word.startswith(shown[:-1]))
    assert fitting_word(shown, style) == shown


def test_of_an_address_that_is_too_long_the_host_is_shown() -> None:
    assert fitting_word("https://www.example.com/a/very/long/path?of=many&parts=1", STYLE) == "example.com/…"
    assert fitting_word("example.com/a", STYLE) == "example.com/a"
