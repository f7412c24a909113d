"""Thumbnails: legible where a list shows them small, in any script, and the same bytes each time."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vidfactory.drawing.illustration import draw_illustration
from vidfactory.drawing.thumbnail import (
    MAX_BYTES,
    Design,
    ThumbnailLayout,
    can_lose_its_kicker,
    draw_thumbnail,
    has_figure,
    lay_out_thumbnail,
)
from vidfactory.drawing.thumbnail_score import LIST_SIDE_PX
from vidfactory.drawing.thumbnail_words import figure_of, move_of, wrapped
from vidfactory.drawing.typesetting import Style, draw_labels, png_bytes
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box, Size
from vidfactory.schema.theme import Theme
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, contrast, is_inside, opened

WIDE, VERTICAL, SQUARE = (
    load_theme("finance", Size(width=width, height=height))
    for width, height in ((1280, 720), (1080, 1920), (1080, 1080))
)
SHAPES = {"wide": WIDE, "vertical": VERTICAL}
CONCEPTS = ("figure", "split", "statement", "framed")
ACCENT, OTHER_ACCENT = WIDE.palette.accent, WIDE.palette.second_accent
GRADIENT = png_bytes(Image.linear_gradient("L").resize((942, 662)))
DESIGN = Design("figure", GRADIENT, "Google: 55.2% below its high", ACCENT, "GOOG ▼ −4.8%")
LONG = "Nobody in the market seems to mind that the largest company of its kind lost half of its price " * 3

HEADLINES = (
    "Google: 55.2% below its high",
    "Crash",
    "Άγιος: Ελλάδα, 3% κάτω",
    "تراجعت أسهم جوجل بنسبة 55.2% عن أعلى مستوياتها",
    "מניות גוגל ירדו ב-55.2% מהשיא",
    "グーグル株、最高値から55.2%下落。なぜ誰も驚かなかったのか",
    "หุ้นกูเกิลร่วง 55.2% จากจุดสูงสุด",
    "गूगल 55.2% नीचे",
    "🚀 Going up 5%",
    LONG,
    "تراجعت أسهم جوجل بنسبة 55.2% عن أعلى مستوياتها " * 6,
    "x" * 400,
    "https://example.com/" + "a-very-long-path/" * 10,
)
KICKERS = ("", "GOOG ▼ −4.8%", "GOOG ▲ +0.9%", "Week 12", "A kicker that is far too long for its tag ▼ −4.8%")


@cache
def crash() -> bytes:
    return draw_illustration("crash", Size(width=942, height=662), 1)


def pixels(design: Design, theme: Theme) -> np.ndarray:
    return np.asarray(opened(draw_thumbnail(design, theme)[0]), dtype=int)


def outside(box: Box, theme: Theme, margin: int = 34) -> np.ndarray:
    """Where a change in `box` cannot show: JPEG blocks reach 16 px, blended colours as far again."""
    mask = np.ones((theme.frame.height, theme.frame.width), dtype=bool)
    mask[max(0, box.top - margin) : box.bottom + margin, max(0, box.left - margin) : box.right + margin] = False
    return mask


def capitals(layout: ThumbnailLayout) -> list[Box]:
    """What capitals cover; a piece in two colours ends with half a pixel of its space in the next."""
    boxes = ((line.label.box, line.label.style.cap_height) for line in layout.lines)
    return [box.model_copy(update={"height": height, "width": box.width - 1}) for box, height in boxes]


def meet(one: Box, other: Box) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("concept", CONCEPTS)
def test_each_concept_looks_like_its_golden_picture(concept: str, shape: str, pytestconfig: pytest.Config) -> None:
    design = replace(DESIGN, concept=concept, picture=crash(), kicker="GOOG, week 12")
    jpeg, _ = draw_thumbnail(design, SHAPES[shape])
    assert_like_golden(jpeg, f"thumbnail_{concept}_{shape}", pytestconfig, tolerance=12)


@pytest.mark.parametrize("concept", ["figure", "statement"])
def test_a_thumbnail_is_a_jpeg_of_its_frame_and_the_same_bytes_each_time(concept: str) -> None:
    design = replace(DESIGN, concept=concept)
    for theme in SHAPES.values():
        jpeg, _ = draw_thumbnail(design, theme)
        assert opened(jpeg).format == "JPEG"
        assert opened(jpeg).size == (theme.frame.width, theme.frame.height)
        assert jpeg == draw_thumbnail(design, theme)[0]


def test_a_noisy_picture_still_gives_a_file_that_youtube_takes() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (1920, 1080, 3), dtype=np.uint8))
    jpeg, _ = draw_thumbnail(replace(DESIGN, concept="split", picture=png_bytes(noise)), VERTICAL)
    assert 300_000 < len(jpeg) <= MAX_BYTES


@settings(max_examples=20, deadline=None)
@given(
    headline=st.sampled_from(HEADLINES) | st.text("ABJQgpy 0159%$,.ÅÉع漢ก", min_size=1, max_size=80).filter(str.strip),
    kicker=st.sampled_from(KICKERS),
    concept=st.sampled_from(CONCEPTS),
    mirrored=st.booleans(),
    theme=st.sampled_from([WIDE, VERTICAL, SQUARE]),
)
def test_words_are_large_clear_and_where_nothing_covers_them(
    headline: str, kicker: str, concept: str, *, mirrored: bool, theme: Theme
) -> None:
    if concept == "figure" and not has_figure(headline, kicker):
        concept = "split"
    layout = lay_out_thumbnail(Design(concept, GRADIENT, headline, ACCENT, kicker, mirrored=mirrored), theme)
    boxes = capitals(layout)
    small = max(theme.frame.width, theme.frame.height) / LIST_SIDE_PX
    assert layout.lines
    assert all(is_inside(box, theme.safe_box) for box in boxes)
    assert min(box.height for box in boxes) / small >= 7
    assert min(line.label.style.size_px for line in layout.lines) >= theme.px(96)
    assert all(contrast(line.label.fill, line.ground) >= 7 for line in layout.lines)
    covered = theme.thumbnail.covered
    assert not any(meet(box, covered) for box in boxes if covered)
    assert not any(meet(one, other) for index, one in enumerate(boxes) for other in boxes[index + 1 :])
    if concept != "statement":
        assert not any(meet(box, layout.picture) for box in boxes)


@pytest.mark.parametrize("headline", HEADLINES)
@pytest.mark.parametrize("theme", SHAPES.values(), ids=SHAPES)
def test_ink_of_the_words_stays_in_the_safe_area(headline: str, theme: Theme) -> None:
    layout = lay_out_thumbnail(replace(DESIGN, concept="split", headline=headline), theme)
    bare = Image.new("RGB", (theme.frame.width, theme.frame.height))
    draw_labels(bare, [line.label for line in layout.lines])
    left, top, right, bottom = bare.getbbox() or (0, 0, 0, 0)
    assert is_inside(Box(left=left, top=top, width=right - left, height=bottom - top), theme.safe_box)


@pytest.mark.parametrize("accent", [ACCENT, OTHER_ACCENT])
def test_both_accents_are_clear_against_ink(accent: str) -> None:
    assert contrast(accent, WIDE.palette.ink) >= 7


def test_letters_keep_their_contrast_in_the_drawn_picture() -> None:
    """On the busiest ground there is: the plates must do it."""
    layout_of = draw_thumbnail(replace(DESIGN, concept="statement", picture=crash()), WIDE)
    drawn, layout = np.asarray(opened(layout_of[0]).convert("L"), dtype=int), layout_of[1]
    for box in capitals(layout):
        inside = drawn[box.top : box.bottom, box.left : box.right]
        assert np.percentile(inside, 95) - np.percentile(inside, 5) > 130


def test_a_long_headline_ends_with_a_whole_word_and_an_ellipsis() -> None:
    last = lay_out_thumbnail(replace(DESIGN, concept="split", headline=LONG), WIDE).lines[-1].label.text
    assert last.endswith("…")
    assert last.removesuffix("…").split()[-1] in LONG.upper().replace(",", "").split()


def test_short_headline_is_set_larger_than_a_long_one() -> None:
    short, long = (
        max(box.height for box in capitals(lay_out_thumbnail(replace(DESIGN, concept="split", headline=text), WIDE)))
        for text in ("Crash", "The one question nobody asks about Apple")
    )
    assert short > 1.5 * long


def test_every_word_of_a_usual_headline_is_there() -> None:
    for concept in CONCEPTS:
        for theme in SHAPES.values():
            lines = lay_out_thumbnail(replace(DESIGN, concept=concept), theme).lines
            assert " ".join(line.label.text for line in lines[2:]) == "GOOGLE: 55.2% BELOW ITS HIGH"


def test_the_figure_is_much_larger_than_the_words_around_it() -> None:
    for mirrored in (False, True):
        for theme in SHAPES.values():
            layout = lay_out_thumbnail(replace(DESIGN, mirrored=mirrored), theme)
            heights = {line.label.text: line.label.style.size_px for line in layout.lines}
            assert heights["55.2%"] > 1.6 * heights["GOOGLE:"] == 1.6 * heights["BELOW ITS HIGH"]


def test_without_a_figure_of_its_own_the_headline_stands_under_the_kickers() -> None:
    design = replace(DESIGN, headline="The one question nobody asks")
    texts = [line.label.text for line in lay_out_thumbnail(design, WIDE).lines]
    assert texts[:2] == ["GOOG", "▼ −4.8%"]
    assert " ".join(texts[2:]) == "THE ONE QUESTION NOBODY ASKS"
    assert not can_lose_its_kicker(design)
    assert can_lose_its_kicker(DESIGN)


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("Google: 55.2% below its high", "55.2%"),
        ("S&P 500: up (5 %), again", "(5\N{NO-BREAK SPACE}%),"),
        ("From $742, down", "$742,"),
        ("Lowest since 2005", ""),
        ("Netflix: 7 losses in a row", ""),
        ("0123456789012345% is too long", ""),
        ("٣٢٪ أقل", "٣٢٪"),
    ],
)
def test_the_figure_of_a_headline_is_its_first_price_or_percentage(text: str, figure: str) -> None:
    assert figure_of(text) == figure


@pytest.mark.parametrize(
    ("kicker", "move"),
    [("GOOG ▼ −12.3%", "▼ −12.3%"), ("GOOG 0.0%", "0.0%"), ("0.0% in GOOG", ""), ("Week 12", ""), ("", "")],
)
def test_the_move_of_a_kicker_is_what_it_ends_with(kicker: str, move: str) -> None:
    assert move_of(kicker) == move


def test_the_kickers_arrow_has_its_colour_against_either_ground() -> None:
    palette = WIDE.palette
    on_ink, on_paper = (lay_out_thumbnail(replace(DESIGN, concept=each), WIDE).lines for each in ("framed", "split"))
    assert [(line.label.text, line.label.fill) for line in on_ink[:2]] == [
        ("GOOG ", palette.paper),
        ("▼ −4.8%", palette.fall_on_ink),
    ]
    assert [line.label.fill for line in on_paper[:2]] == [palette.ink, palette.fall]


def test_a_line_from_the_right_has_its_words_in_reading_order_and_ends_at_the_right() -> None:
    said = "מניות גוגל ירדו ב-55.2% מהשיא של השנה"
    layout = lay_out_thumbnail(replace(DESIGN, concept="statement", headline=said, kicker=""), WIDE)
    edges = [line.label.box.right for line in layout.lines]
    assert max(edges) == pytest.approx(max(plate.box.right for plate in layout.plates) - WIDE.px(24), abs=2)
    assert max(plate.box.right for plate in layout.plates) == WIDE.thumbnail.statement.right
    rows = sorted(layout.lines, key=lambda line: (line.label.y, -line.label.x))
    assert " ".join(line.label.text for line in rows) == said
    assert len({line.label.y for line in rows}) < len(rows)


def test_what_the_platform_writes_over_a_thumbnail_covers_no_word_of_the_longest_headline() -> None:
    covered = WIDE.thumbnail.covered
    assert covered is not None
    for concept in CONCEPTS:
        layout = lay_out_thumbnail(replace(DESIGN, concept=concept, headline=f"5% {LONG}", mirrored=True), WIDE)
        assert not any(meet(box, covered) for box in capitals(layout))


def test_japanese_breaks_without_spaces_but_not_before_closing_signs_nor_inside_a_number() -> None:
    text = "グーグル株、最高値から55.2%下落。なぜ誰も驚かなかったのか"
    lines = wrapped(text, Style("anton", 60), 260)
    assert "".join(lines) == text
    assert len(lines) > 3
    assert not any(line[0] in "、。ー" for line in lines)
    assert any("55.2%" in line for line in lines)


@pytest.mark.parametrize(
    ("concept", "theme"),
    [("figure", WIDE), ("figure", VERTICAL), ("split", WIDE), ("statement", VERTICAL), ("framed", WIDE)],
)
def test_another_picture_changes_nothing_outside_its_place(concept: str, theme: Theme) -> None:
    one = replace(DESIGN, concept=concept)
    other = replace(one, picture=crash())
    assert lay_out_thumbnail(one, theme) == lay_out_thumbnail(other, theme)
    before, after, place = pixels(one, theme), pixels(other, theme), lay_out_thumbnail(one, theme).picture
    assert (before != after).any()
    assert (before == after)[outside(place, theme)].all()


@pytest.mark.parametrize(
    ("concept", "theme"),
    [("figure", WIDE), ("figure", VERTICAL), ("split", WIDE), ("statement", VERTICAL), ("framed", WIDE)],
)
def test_without_its_kicker_a_thumbnail_is_the_same_outside_the_tag(concept: str, theme: Theme) -> None:
    one = replace(DESIGN, concept=concept)
    other = replace(one, shows_kicker=False)
    shown, bare = lay_out_thumbnail(one, theme), lay_out_thumbnail(other, theme)
    (tag,) = set(shown.plates) - set(bare.plates)
    assert bare.lines == shown.lines[2:]
    assert (pixels(one, theme) == pixels(other, theme))[outside(tag.box, theme)].all()


@pytest.mark.parametrize("concept", ["figure", "split"])
def test_another_accent_moves_nothing(concept: str) -> None:
    one, other = (
        lay_out_thumbnail(replace(DESIGN, concept=concept, accent=accent), WIDE) for accent in (ACCENT, OTHER_ACCENT)
    )
    assert [(line.label.text, line.label.box) for line in one.lines] == [
        (line.label.text, line.label.box) for line in other.lines
    ]
    assert one.picture == other.picture
    assert (pixels(replace(DESIGN, concept=concept), WIDE) != pixels(replace(DESIGN, accent=OTHER_ACCENT), WIDE)).any()


@pytest.mark.parametrize("concept", CONCEPTS)
@pytest.mark.parametrize("theme", SHAPES.values(), ids=SHAPES)
def test_mirrored_the_words_are_elsewhere_and_the_same(concept: str, theme: Theme) -> None:
    one, other = (lay_out_thumbnail(replace(DESIGN, concept=concept, mirrored=way), theme) for way in (False, True))
    said = [" ".join(line.label.text for line in each.lines) for each in (one, other)]
    assert said[0] == said[1]
    assert one.lines[0].label.box != other.lines[0].label.box


def test_the_picture_is_cut_around_what_stands_out_in_it() -> None:
    sheet = np.full((600, 1200, 3), 240, dtype=np.uint8)
    sheet[250:350, 1000:1100] = 10
    drawn = pixels(replace(DESIGN, concept="split", picture=png_bytes(Image.fromarray(sheet))), WIDE)
    place = WIDE.thumbnail.picture
    assert (drawn[place.top : place.bottom, place.left : place.right].max(axis=2) < 60).mean() > 0.02


def test_a_picture_of_one_pixel_or_with_transparency_is_drawn() -> None:
    for picture in (Image.new("RGB", (1, 1), "red"), Image.new("RGBA", (300, 20), (0, 0, 0, 0))):
        drawn = pixels(replace(DESIGN, picture=png_bytes(picture)), WIDE)
        place = WIDE.thumbnail.picture
        shown = drawn[place.top + 20 : place.bottom - 20, place.left + 20 : place.right - 20].mean(axis=(0, 1))
        wanted = (255, 0, 0) if picture.mode == "RGB" else (0xF6, 0xF0, 0xE4)
        assert shown == pytest.approx(wanted, abs=3)


@pytest.mark.parametrize("headline", ["", "  \n "])
def test_a_thumbnail_without_a_headline_is_refused(headline: str) -> None:
    with pytest.raises(BadInput, match="headline"):
        lay_out_thumbnail(replace(DESIGN, headline=headline), WIDE)


@pytest.mark.parametrize("field", ["headline", "kicker"])
def test_a_character_that_no_face_has_is_refused_rather_than_drawn_as_a_box(field: str) -> None:
    with pytest.raises(BadInput, match="U\\+A997"):
        lay_out_thumbnail(replace(DESIGN, **{field: "Up 5% ꦗ"}), WIDE)


def test_a_figure_cannot_be_set_where_there_is_none() -> None:
    with pytest.raises(ValueError, match="no figure"):
        lay_out_thumbnail(replace(DESIGN, headline="Crash", kicker=""), WIDE)
