"""Captions as a layer: each word lit in its frames and no others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.drawing.caption import caption_image, phrase_image
from vidfactory.rendering.captions import Captions, Said
from vidfactory.rendering.sprite import Sprite
from vidfactory.schema.base import Frames
from vidfactory.schema.plan import CaptionPage, CaptionWord
from vidfactory.schema.theme import CaptionLook
from vidfactory.themes import load_theme
from vidfactory_tests.drawing.likeness import is_inside

STYLE = load_theme("finance").captions
LOOKS: tuple[CaptionLook, ...] = ("one_word", "phrase", "boxed")


def layer(look: CaptionLook, *pages: CaptionPage) -> Captions:
    return Captions(STYLE.model_copy(update={"style": look}), pages)


def word(text: str, start: int, end: int) -> CaptionWord:
    return CaptionWord(text=text, start_frame=Frames(start), end_frame=Frames(end))


def page(*words: CaptionWord) -> CaptionPage:
    text = " ".join(word.text for word in words)
    return CaptionPage(text=text, start_frame=words[0].start_frame, end_frame=words[-1].end_frame, words=words)


def alone(text: str, start: int, end: int) -> CaptionPage:
    return CaptionPage(text=text, start_frame=Frames(start), end_frame=Frames(end))


@pytest.mark.parametrize("look", LOOKS)
def test_a_page_without_words_is_one_word_lit_in_its_frames_only(look: CaptionLook) -> None:
    shown = layer(look, alone("ONE", 2, 4), alone("TWO", 5, 6))
    one, two = Said(("ONE",), 0), Said(("TWO",), 0)
    assert [shown.state(frame) for frame in range(7)] == [None, None, one, one, None, two, None]


def test_a_phrase_stays_while_its_words_are_lit_in_turn() -> None:
    shown = layer("phrase", page(word("a", 1, 2), word("b", 2, 4), word("c", 5, 6)))
    phrase = ("a", "b", "c")
    during = [Said(phrase, lit) for lit in (0, 1, 1, None, 2)]
    assert [shown.state(frame) for frame in range(7)] == [None, *during, None]


def test_the_words_of_a_phrase_can_be_shown_one_at_a_time() -> None:
    shown = layer("one_word", page(word("a", 1, 2), word("b", 2, 4), word("c", 5, 6)))
    a, b, c = (Said((text,), 0) for text in "abc")
    assert [shown.state(frame) for frame in range(7)] == [None, a, b, b, None, c, None]


@pytest.mark.parametrize("look", LOOKS)
@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=6), begin=st.integers(0, 9))
def test_the_lit_word_is_the_one_of_the_frame(look: CaptionLook, lengths: list[int], begin: int) -> None:
    edges = [begin + sum(lengths[:n]) for n in range(len(lengths) + 1)]
    words = [word(f"word{n}", *edges[n : n + 2]) for n in range(len(lengths))]
    shown = layer(look, page(*words))
    for frame in range(edges[-1] + 3):
        spoken = next((w.text for w in words if w.start_frame <= frame < w.end_frame), None)
        said = shown.state(frame)
        assert (said.words[said.lit] if isinstance(said, Said) and said.lit is not None else None) == spoken


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("text", ["ONE", "disappointment", "$4.5", "🚀"])
def test_a_caption_stands_where_it_was_drawn_in_its_box(look: CaptionLook, text: str) -> None:
    """Cut to its letters, on even pixels, it covers the same pixels as the whole picture would."""
    shown = layer(look, alone(text, 0, 1))
    placed = shown.draw(Said((text,), 0))
    whole = Sprite.of(caption_image(text, STYLE) if look == "one_word" else phrase_image((text,), 0, shown.style))
    assert is_inside(placed.area, STYLE.box)
    assert placed.left % 2 == placed.top % 2 == 0
    assert whole.alpha is not None
    assert placed.sprite.alpha is not None
    rows = slice(placed.top - STYLE.box.top, placed.area.bottom - STYLE.box.top)
    columns = slice(placed.left - STYLE.box.left, placed.area.right - STYLE.box.left)
    assert (whole.alpha.luma[rows, columns] == placed.sprite.alpha.luma).all()
    assert (whole.y[rows, columns] == placed.sprite.y).all()
    assert np.count_nonzero(whole.alpha.luma) == np.count_nonzero(placed.sprite.alpha.luma)


def test_what_is_drawn_depends_on_the_style() -> None:
    assert len({layer(look).identity for look in LOOKS}) == len(LOOKS)
