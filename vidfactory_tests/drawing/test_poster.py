import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vidfactory.drawing.poster import contact_sheet, draw_poster, lay_out_poster
from vidfactory.drawing.typesetting import png_bytes
from vidfactory.errors import BadInput
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import assert_like_golden, contrast, is_inside, opened, overlapping

THEME = load_theme("finance")
PICTURE = png_bytes(Image.linear_gradient("L").resize((888, 624)))


def test_poster_looks_like_its_golden_picture(pytestconfig: pytest.Config) -> None:
    assert_like_golden(
        draw_poster(PICTURE, "Google halves in eleven months", "GOOG ▼ −4.8%", THEME), "poster", pytestconfig
    )


def test_poster_is_a_jpeg_of_the_frame_and_the_same_bytes_each_time() -> None:
    poster = draw_poster(PICTURE, "Crash", "GOOG ▼ −4.8%", THEME)
    assert opened(poster).format == "JPEG"
    assert opened(poster).size == (1080, 1920)
    assert poster == draw_poster(PICTURE, "Crash", "GOOG ▼ −4.8%", THEME)


@settings(max_examples=40, deadline=None)
@given(
    headline=st.lists(st.text("ABCJMQqrstuvwxyz0159$%',", min_size=1, max_size=24), min_size=1, max_size=14),
    kicker=st.text(max_size=60),
)
def test_words_of_the_poster_stay_in_the_safe_area_whatever_they_are(headline: list[str], kicker: str) -> None:
    layout = lay_out_poster(" ".join(headline), kicker, THEME)
    assert all(is_inside(label.box, THEME.safe_box) for label in layout.labels)
    assert is_inside(layout.accent, THEME.safe_box)
    assert not overlapping(layout.labels)
    assert min(label.style.size_px for label in layout.labels) >= THEME.min_text_px
    assert all(contrast(label.fill, THEME.palette.paper) >= 7 for label in layout.labels)
    assert max(label.box.bottom for label in layout.labels) <= layout.picture.top


@pytest.mark.parametrize(
    ("width", "height", "thumbnail"), [(1080, 1920, 270), (1920, 1080, 480), (1080, 1080, 360), (3840, 2160, 480)]
)
def test_contact_sheet_shows_frames_of_every_shape_equally_large(width: int, height: int, thumbnail: int) -> None:
    one = np.full((height, width, 3), 90, dtype=np.uint8)
    assert opened(contact_sheet([one], ["1 s"], 1, THEME.palette)).width == thumbnail + 2 * 24


def test_short_headline_is_set_larger_than_a_long_one() -> None:
    short, long = (
        lay_out_poster(words, "", THEME).labels[-1].style.size_px
        for words in ("Crash", "The one question nobody asks about Apple")
    )
    assert short > 1.5 * long


def test_headline_is_whole_on_at_most_four_lines() -> None:
    labels = lay_out_poster("The one question nobody asks about Apple", "AAPL ▲ +3.1%", THEME).labels[2:]
    assert " ".join(label.text for label in labels) == "THE ONE QUESTION NOBODY ASKS ABOUT APPLE"
    assert len(labels) <= 4


def test_headline_that_is_far_too_long_ends_in_an_ellipsis() -> None:
    assert lay_out_poster("word " * 200, "", THEME).labels[-1].text.endswith("…")


def test_kicker_has_the_colour_of_its_arrow() -> None:
    fall, rise, plain = (lay_out_poster("H", text, THEME).labels for text in ("A ▼ −1%", "A ▲ +1%", "Week 12"))
    palette = THEME.palette
    assert [(label.text, label.fill) for label in fall[:2]] == [("A ", palette.ink), ("▼ −1%", palette.fall)]
    assert rise[1].fill == palette.rise
    assert [(label.text, label.fill) for label in plain[:1]] == [("Week 12", palette.ink)]


def test_poster_without_a_kicker_closes_the_gap() -> None:
    with_kicker, without = (lay_out_poster("Crash", kicker, THEME) for kicker in ("GOOG", ""))
    assert without.accent.bottom == without.labels[0].box.top - 36
    assert without.accent.top > with_kicker.accent.top


def test_poster_without_a_headline_is_refused() -> None:
    with pytest.raises(BadInput, match="headline"):
        draw_poster(PICTURE, " ", "", THEME)


def frame(level: int) -> np.ndarray:
    return np.full((1920, 1080, 3), level, dtype=np.uint8)


def test_contact_sheet_shows_every_frame_in_reading_order() -> None:
    levels = [40, 90, 140, 190, 240]
    sheet = opened(contact_sheet([frame(level) for level in levels], list("abcde"), 3, THEME.palette))
    grey = np.asarray(sheet.convert("L"), dtype=int)
    cell_width, cell_height = sheet.width // 3, sheet.height // 2
    centres = [(row * cell_height + 200, column * cell_width + 100) for row in range(2) for column in range(3)]
    seen = [grey[y, x] for y, x in centres[:5]]
    assert np.abs(np.array(seen) - levels).max() <= 3
    assert grey[centres[5]] < 30
    assert sheet.width == 3 * (270 + 24) + 24


def test_contact_sheet_writes_a_label_below_each_frame() -> None:
    one, other = (
        np.asarray(opened(contact_sheet([frame(90)], [text], 1, THEME.palette)), dtype=int) for text in ("0:01", "1:38")
    )
    different_rows = np.flatnonzero(np.abs(one - other).max(axis=(1, 2)) > 60)
    assert different_rows.min() > 24 + 480
    assert one.max() > 230


def test_contact_sheet_breaks_a_long_label_into_lines() -> None:
    short, long = (
        opened(contact_sheet([frame(90)], [text], 1, THEME.palette)) for text in ("1:38", "1:38 pictures on screen")
    )
    assert long.width == short.width
    assert 20 < long.height - short.height < 80


def test_contact_sheet_without_frames_or_with_too_few_labels_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        contact_sheet([], [], 4, THEME.palette)
    with pytest.raises(ValueError, match="shorter"):
        contact_sheet([frame(1), frame(2)], ["0:00"], 4, THEME.palette)
