"""What captions are read by: the right letters are told from all others, and from none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.inspection.lettering import Cue, Letters, Reader, Script, cues_of
from vidfactory.inspection.limits import Limits
from vidfactory.rendering.captions import Captions
from vidfactory.rendering.compositor import Compositor
from vidfactory.rendering.layers import Still
from vidfactory.rendering.sprite import Plane, Sprite
from vidfactory.schema.base import Box, Frames, Size
from vidfactory.schema.plan import CaptionPage
from vidfactory.schema.theme import CaptionStyle
from vidfactory.themes import load_theme

THEME = load_theme("finance", Size(width=360, height=640))
STYLE = THEME.captions
LEAST = Limits().caption_likeness
TEXTS = (
    "$332",
    "$342",
    "$742",
    "2007",
    "2008",
    "GO",
    "lost",
    "closes",
    "Google",
    "I",
    "1",
    "in",
    "it",
    "55.2%",
    "55.3%",
)


def page(text: str, start: int = 0, end: int = 9) -> CaptionPage:
    return CaptionPage(text=text, start_frame=Frames(start), end_frame=Frames(end))


def script(*pages: CaptionPage, style: CaptionStyle = STYLE) -> Script:
    return Script(cues_of(pages, style), style, LEAST)


def shown(text: str | None, seed: int = 0) -> tuple[Plane, Plane, Plane]:
    """A frame of noise as coarse as pictures are, with a caption on it, or none."""
    random = np.random.default_rng(seed)
    coarse = random.integers(16, 235, (40, 23), np.uint8)
    luma = np.kron(coarse, np.ones((16, 16), np.uint8))[: THEME.frame.height, : THEME.frame.width]
    grey = np.full((THEME.frame.height // 2, THEME.frame.width // 2), 128, np.uint8)
    whole = Box(left=0, top=0, width=THEME.frame.width, height=THEME.frame.height)
    behind = Still(whole, "noise", {"noise": Sprite(np.ascontiguousarray(luma), grey, grey)})
    compositor = Compositor(THEME.frame, [behind, Captions(STYLE, [page(text)] if text else [])])
    compositor.draw(0)
    y, u, v = (
        np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width] for plane in compositor.frame.planes
    )
    return y, u, v


def letters(text: str) -> Letters:
    found = script(page(text)).of(0)
    assert found is not None
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_a_word_is_told_from_every_other_and_from_none(text: str) -> None:
    seen = shown(text)
    assert letters(text).likeness(seen) > 0.99
    assert max(letters(other).likeness(seen) for other in TEXTS if other != text) < LEAST
    assert letters(text).likeness(shown(None)) < 0.6


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), down=st.integers(-60, 60), right=st.integers(-20, 20))
def test_a_word_that_was_moved_is_found_where_it_is(seed: int, down: int, right: int) -> None:
    moved = np.roll(shown("Google", seed)[0], (2 * down, 2 * right), (0, 1))
    likeness, place = letters("Google").found_on(moved)
    home = letters("Google").place
    assert likeness > LEAST
    assert (place.left - home.left, place.top - home.top) == (
        pytest.approx(2 * right, abs=2),
        pytest.approx(2 * down, abs=2),
    )


def test_a_cue_may_come_a_frame_late_or_early_but_not_two() -> None:
    told = script(page("Google", 0, 10), page("lost", 10, 20))
    before, after = shown("Google"), shown("lost")
    for frame, seen, is_good in ((9, after, True), (10, before, True), (8, after, False), (11, before, False)):
        sighting = Reader(told).read(frame, seen)
        assert sighting is not None
        assert (sighting.likeness >= LEAST) == is_good, frame


def test_where_no_word_is_due_only_one_that_stays_is_told() -> None:
    told = script(page("Google", 0, 10), page("lost", 20, 30))
    assert Reader(told).read(15, shown(None)) is None
    stays, comes_early = Reader(told).read(14, shown("Google")), Reader(told).read(15, shown("lost"))
    assert stays is not None
    assert comes_early is not None
    assert [(each.cue, each.is_due) for each in (stays, comes_early)] == [(0, False), (1, False)]
    assert Reader(told).read(10, shown("Google")) is None, "the frame in which it goes"


def test_a_word_without_glyphs_is_not_looked_for() -> None:
    told = script(page("\ua997"))
    assert told.of(0) is None
    assert Reader(told).read(0, shown(None)) is None


def test_a_phrase_has_a_cue_for_each_word_and_one_word_for_each_page() -> None:
    phrase = CaptionPage(
        text="Google lost",
        start_frame=Frames(0),
        end_frame=Frames(20),
        words=(
            {"text": "Google", "start_frame": 0, "end_frame": 9},
            {"text": "lost", "start_frame": 9, "end_frame": 20},
        ),  # type: ignore[arg-type]
    )
    in_phrases = STYLE.model_copy(update={"style": "phrase"})
    assert cues_of([phrase], in_phrases) == (
        Cue("Google", 0, 9, ("Google", "lost"), 0),
        Cue("lost", 9, 20, ("Google", "lost"), 1),
    )
    assert [cue.words for cue in cues_of([phrase], STYLE)] == [("Google",), ("lost",)]
