"""Whether a narration is a reading of its script: the figures, and what follows from them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.planning.reading import Reading, reading_of
from vidfactory.planning.timing import pauses_between
from vidfactory.ports import Sound
from vidfactory.schema.base import SAMPLE_RATE, Samples
from vidfactory.schema.speech import TimedWord, Timestamps

GOOD = Reading(words=100, heard=100, score=1.0, seconds=60.0, usual_s=60.0, explained=0.98, pause=(24_000, "up"))


def script(*spans: tuple[float, float], text: str = "letters", exact: bool = True) -> Timestamps:
    """A word in each span of seconds, in a narration of ten seconds."""
    words = tuple(
        TimedWord(
            shown=text,
            spoken=text,
            beat=0,
            start=Samples(round(start * SAMPLE_RATE)),
            end=Samples(round(end * SAMPLE_RATE)),
            timing="exact" if exact else "interpolated",
        )
        for start, end in spans
    )
    return Timestamps(
        duration=Samples(10 * SAMPLE_RATE), words=words, pauses=pauses_between(words), aligner="ear", score=1.0
    )


def speech(*spans: tuple[float, float], level: float = 0.1) -> Sound:
    """Ten seconds with noise in each span, the rest 40 dB below it."""
    samples = np.random.default_rng(0).standard_normal(10 * SAMPLE_RATE).astype(np.float32)
    gain = np.full(samples.size, level / 100, np.float32)
    for start, end in spans:
        gain[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = level
    return Sound((samples * gain)[np.newaxis], SAMPLE_RATE)


def test_a_script_that_is_read_has_no_fault() -> None:
    assert GOOD.faults == ()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"heard": 0, "score": 0.0, "explained": 0.0}, "no word of the script is heard"),
        ({"heard": 52}, "only 52 of 100 words are heard (52%)"),
        ({"score": 0.3}, "only 30% sure"),
        ({"explained": 0.5}, "50% of its sound is no word of the script: more is said, or it is read twice"),
        ({"seconds": 130.0}, "it takes 130 s for what is usually read in 60 s"),
        ({"seconds": 25.0}, "it takes 25 s for what is usually read in 60 s"),
        ({"pause": (60 * SAMPLE_RATE, "down")}, "silent for 60.0 s after 'down'"),
    ],
)
def test_a_narration_of_something_else_is_told_with_its_figure(change: dict[str, object], complaint: str) -> None:
    (fault,) = replace(GOOD, **change).faults
    assert complaint in fault


def test_sound_inside_found_words_is_explained_and_other_sound_is_not() -> None:
    spans = ((0.0, 2.0), (4.0, 6.0))
    both = reading_of(script(*spans), 1.0, speech(*spans))
    one = reading_of(script(*spans), 1.0, speech(*spans, (2.0, 4.0), (9.5, 10.0)))
    assert both.explained == pytest.approx(1.0, abs=0.01)
    assert one.explained == pytest.approx(4 / 6.5, abs=0.01)


def test_guessed_words_explain_nothing() -> None:
    assert reading_of(script((0.0, 5.0), exact=False), 0.0, speech((0.0, 5.0))).explained == 0


def test_a_room_or_music_under_the_voice_needs_no_explanation() -> None:
    under = speech((0.0, 4.0))
    assert reading_of(script((0.0, 4.0)), 1.0, under).explained == pytest.approx(1.0, abs=0.01)


def test_the_longest_silence_is_named_with_the_word_before_it() -> None:
    reading = reading_of(script((0.0, 1.0), (2.0, 3.0), (9.5, 10.0)), 1.0, speech((0.0, 1.0)))
    assert reading.pause == (6.5 * SAMPLE_RATE, "letters")


def test_a_syllable_of_a_wide_script_counts_as_three_letters() -> None:
    assert reading_of(script((0, 1), text="你好"), 1.0, speech()).usual_s * 13 == pytest.approx(6)
    assert reading_of(script((0, 1), text="it's 5!"), 1.0, speech()).usual_s * 13 == pytest.approx(3)


@given(
    edges=st.lists(st.floats(0, 10), min_size=2, max_size=12, unique=True).map(sorted),
    score=st.floats(0, 1),
    exact=st.booleans(),
)
def test_figures_are_shares_whatever_was_found(edges: list[float], score: float, *, exact: bool) -> None:
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    reading = reading_of(script(*spans, exact=exact), score, Sound(np.zeros((1, 10 * SAMPLE_RATE)), SAMPLE_RATE))
    assert 0 <= reading.explained <= 1
    assert 0 <= reading.heard <= reading.words
    assert all(reading.faults)
