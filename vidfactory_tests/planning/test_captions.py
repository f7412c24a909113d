"""Captions: each word while it is heard, one at a time."""

from itertools import pairwise

import pytest
from hypothesis import given

from vidfactory.planning.captions import caption_text, one_word_pages
from vidfactory.planning.clock import frame_at
from vidfactory.schema.base import Frames
from vidfactory.schema.speech import TimedWord
from vidfactory_tests.planning.words import SECOND, speeches, spoken


@pytest.mark.parametrize(
    ("shown", "caption"),
    [
        ("fell,", "fell"),
        ("“Google", "Google"),
        ("ruin.”", "ruin"),
        ("$245.67", "$245.67"),
        ("U.S.", "U.S."),
        ("(down", "down"),
        ("what?", "what?"),
        ("12.3%.", "12.3%"),
        ("...", "..."),
    ],
)
def test_a_caption_drops_the_punctuation_around_a_word_but_not_inside(shown: str, caption: str) -> None:
    assert caption_text(shown) == caption


def test_a_word_stays_until_the_next_begins() -> None:
    pages = one_word_pages(spoken((0.0, 0.3), (0.4, 0.8)), 30, Frames(60))
    assert [(page.start_frame, page.end_frame) for page in pages] == [(0, 12), (12, 33)]


def test_a_word_goes_in_a_long_silence() -> None:
    pages = one_word_pages(spoken((0.0, 0.5), (3.0, 3.5)), 30, Frames(120))
    assert (pages[0].end_frame, pages[1].start_frame) == (24, 90)


@given(speeches())
def test_pages_follow_each_other_and_start_within_a_frame_of_the_word(words: list[TimedWord]) -> None:
    length = frame_at(words[-1].end + SECOND, 30)
    pages = one_word_pages(words, 30, length)
    assert len(pages) == len(words)
    assert all(page.start_frame < page.end_frame <= length for page in pages)
    assert all(before.end_frame <= after.start_frame for before, after in pairwise(pages))
    crowded = {n for n in range(1, len(words)) if words[n].start - words[n - 1].start < 2 * SECOND / 30}
    if not crowded:
        assert all(page.start_frame == frame_at(word.start, 30) for page, word in zip(pages, words, strict=True))
