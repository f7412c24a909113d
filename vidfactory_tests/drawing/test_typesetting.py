import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vidfactory.drawing.typesetting import (
    Label,
    Style,
    cut_to_width,
    draw_labels,
    faces_of,
    text_width,
    wrap,
)

STYLE = Style("inter", 34)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Price 10", [("anton", "Price 10")]),
        ("Up 🚀 now", [("anton", "Up "), ("noto-emoji", "🚀 "), ("anton", "now")]),
        ("جوجل", [("noto-sans-arabic", "جوجل")]),
        ("גוגל", [("heebo", "גוגל")]),
        ("👍🏽", [("noto-emoji", "👍🏽")]),
        ("a\nb\x00c", [("anton", "a bc")]),
    ],
)
def test_every_character_gets_a_face_that_has_it(text: str, pieces: list[tuple[str, str]]) -> None:
    assert list(faces_of(text, "anton")) == pieces


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.integers(40, 600))
def test_cut_text_is_as_wide_as_allowed_at_most(text: str, width: int) -> None:
    cut = cut_to_width(text, STYLE, width)
    assert text_width(cut, STYLE) <= width
    assert cut == text or cut.endswith("…")


@settings(max_examples=60, deadline=None)
@given(st.text("abcdefg  ", max_size=120), st.integers(120, 600))
def test_wrapped_lines_keep_all_words_and_the_width(text: str, width: int) -> None:
    lines = wrap(text, STYLE, width)
    assert " ".join(lines).split() == text.split()
    assert all(text_width(line, STYLE) <= width or " " not in line for line in lines)


def test_a_text_without_spaces_is_broken_between_its_parts() -> None:
    lines = wrap("グーグルの株価は332ドルまで下がりました", STYLE, 300)
    assert len(lines) > 1
    assert "".join(lines) == "グーグルの株価は332ドルまで下がりました"
    assert all(text_width(line, STYLE) <= 300 for line in lines)


@pytest.mark.parametrize(("anchor", "left"), [("left", 200), ("middle", 150), ("right", 100)])
def test_label_is_drawn_inside_the_box_that_it_claims(anchor: str, left: int) -> None:
    label = Label("HIP", 200, 80, Style("anton", 60), "#ffffff", anchor)  # type: ignore[arg-type]  # parametrised
    picture = Image.new("L", (400, 120))
    draw_labels(picture, [label])
    ink = picture.getbbox()
    assert ink is not None
    assert label.box.left <= ink[0] < ink[2] <= label.box.right + 1
    assert ink[1] >= label.box.top
    assert ink[3] == 80
    assert label.box.left == pytest.approx(left, abs=60)
