from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidfactory.rendering.audio import Block, in_blocks
from vidfactory.rendering.mix import (
    ATTACK_S,
    HOLD_S,
    RELEASE_S,
    Ducking,
    Speech,
    fades,
    mix,
    music_bed,
    placed,
    speech_spans,
)
from vidfactory.schema.base import SAMPLE_RATE, Samples, Source
from vidfactory.schema.plan import AudioPlan, MusicTrack, NarrationTrack
from vidfactory.schema.speech import TimedWord

SOURCE = Source(file="sound.flac", sha256="0" * 64)


def word(start_s: float, end_s: float) -> TimedWord:
    start, end = Samples(round(start_s * SAMPLE_RATE)), Samples(round(end_s * SAMPLE_RATE))
    return TimedWord(shown="w", spoken="w", beat=0, start=start, end=end, timing="exact")


def plan(narration_start: int = 0, fade_out: int = 0, *, loop: bool = True, music: bool = True) -> AudioPlan:
    track = MusicTrack(source=SOURCE, volume=0.22, loop=loop, fade_out=Samples(fade_out))
    return AudioPlan(
        narration=NarrationTrack(source=SOURCE, start=Samples(narration_start)), music=track if music else None
    )


def constant(value: float, seconds: float, channels: int = 1) -> Block:
    return np.full((channels, round(seconds * SAMPLE_RATE)), value, np.float32)


def film(
    narration: Block,
    music: Block | None,
    length: int,
    made: AudioPlan,
    words: Sequence[TimedWord] = (),
    size: int = 7919,
) -> Block:
    """The mix as a whole, made in blocks whose size divides nothing."""
    player = (lambda: in_blocks([music], 1009)) if music is not None else None
    blocks = list(mix(in_blocks([narration], 1013), player, Samples(length), made, Speech(words, 6.0), size))
    return np.concatenate(blocks, axis=1)


def ducking(words: Sequence[TimedWord], length: int) -> NDArray[np.float64]:
    return Ducking.of(Speech(words, 6.0)).gain(np.arange(length))


NOTHING = constant(0.0, 0.1)


def test_speech_is_as_loud_in_company_as_alone() -> None:
    with_music = film(constant(0.3, 1.0), constant(0.0, 1.0, 2), 48_000, plan(), [word(0, 1)])
    np.testing.assert_allclose(with_music, 0.3, rtol=1e-6)


def test_narration_begins_where_the_plan_says_and_ends_with_the_film() -> None:
    made = film(constant(0.3, 2.0), None, 48_000, plan(12_001, music=False))
    assert not made[:, :12_001].any()
    np.testing.assert_allclose(made[:, 12_001:], 0.3, rtol=1e-6)


def test_music_loops_without_a_seam_at_the_volume_of_the_plan() -> None:
    turns = 4
    loop = np.sin(2 * np.pi * np.arange(24_000) / 240).astype(np.float32)
    heard = film(NOTHING, np.stack([loop, loop]), 24_000 * turns, plan())[:, 2000:90_000]
    np.testing.assert_allclose(heard, 0.22 * np.stack([np.tile(loop, turns)] * 2)[:, 2000:90_000], atol=1e-6)


@given(st.integers(1, 900), st.integers(1, 5000), st.integers(1, 700))
def test_every_turn_of_a_loop_of_any_length_stands_right_behind_the_one_before(
    turn: int, length: int, size: int
) -> None:
    loop = np.arange(1, turn + 1, dtype=np.float32)[np.newaxis]
    track = plan().music
    assert track is not None
    bed = np.concatenate(list(music_bed(lambda: [loop], length, track, size)), axis=1)
    np.testing.assert_array_equal(bed, np.stack([np.arange(length) % turn + 1] * 2))


def test_music_that_does_not_loop_ends() -> None:
    made = film(NOTHING, constant(1.0, 0.5, 2), 48_000, plan(loop=False))
    assert made[0, 20_000] == pytest.approx(0.22)
    assert not made[:, 24_000:].any()


def test_music_that_does_not_loop_is_cut_where_the_film_ends() -> None:
    assert film(NOTHING, constant(1.0, 3.0, 2), 48_000, plan(loop=False)).shape == (2, 48_000)


@given(st.integers(0, 900), st.integers(0, 1200), st.integers(1, 1500), st.integers(1, 400))
def test_a_track_stands_at_its_sample_in_a_silence_as_long_as_the_film(
    start: int, samples: int, length: int, size: int
) -> None:
    track = np.arange(1, samples + 1, dtype=np.float32)[np.newaxis]
    expected = np.zeros((2, max(length, start + samples)), np.float32)
    expected[:, start : start + samples] = track
    blocks = list(placed(in_blocks([track], 111), start, length, size))
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), expected[:, :length])


def test_music_is_down_when_the_word_begins_and_back_after_the_release() -> None:
    gain = ducking([word(1, 2)], 4 * SAMPLE_RATE)

    def at(seconds: float) -> float:
        return float(20 * np.log10(gain[round(seconds * SAMPLE_RATE)]))

    assert at(0) == pytest.approx(0)
    assert at(1 - ATTACK_S - 0.01) == pytest.approx(0)
    assert at(1 - ATTACK_S / 2) == pytest.approx(-3, abs=0.1)
    assert at(1) == at(1.5) == at(2) == pytest.approx(-6)
    assert at(2 + HOLD_S + RELEASE_S / 2) == pytest.approx(-3, abs=0.1)
    assert at(2 + HOLD_S + RELEASE_S + 0.01) == pytest.approx(0)


def test_music_does_not_pump_between_two_words() -> None:
    gain = ducking([word(1, 1.2), word(1.6, 2)], 4 * SAMPLE_RATE)
    np.testing.assert_allclose(20 * np.log10(gain[SAMPLE_RATE : 2 * SAMPLE_RATE]), -6)


def test_music_comes_up_in_a_long_pause() -> None:
    gain = ducking([word(1, 1.2), word(3, 3.2)], 4 * SAMPLE_RATE)
    assert gain[round(2.2 * SAMPLE_RATE)] == pytest.approx(1)


def test_without_words_nothing_is_ducked() -> None:
    assert (ducking([], 100) == 1).all()


def test_speech_spans_join_words_across_short_pauses_only() -> None:
    words = [word(0.0, 0.2), word(0.25, 0.5), word(2.0, 2.5)]
    assert speech_spans(words, SAMPLE_RATE // 2) == [(0, 24_000), (96_000, 120_000)]


def test_music_fades_to_silence_at_the_end_and_never_begins_with_a_click() -> None:
    made = film(NOTHING, constant(1.0, 1.0, 2), 96_000, plan(fade_out=48_000))
    assert made[0, 0] == made[0, -1] == 0
    assert made[0, 40_000] == pytest.approx(0.22)
    assert made[0, 72_000] == pytest.approx(0.11, abs=0.001)
    assert (np.diff(made[0, 48_000:]) <= 0).all()


def test_a_fade_is_the_same_in_parts() -> None:
    whole = fades(np.arange(96_000), 96_000, 30_000)
    parts = [fades(part, 96_000, 30_000) for part in np.split(np.arange(96_000), [960, 961, 50_000, 65_998, 66_000])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("size", [1021, 48_000, 55_554, 10**6])
def test_the_mix_is_the_same_whatever_the_blocks(size: int) -> None:
    dice = np.random.default_rng(3)
    narration, music = (dice.normal(0, 0.1, shape).astype(np.float32) for shape in ((1, 40_001), (2, 9973)))
    parts = narration, music, 55_555, plan(5003, 20_000), [word(0.2, 0.6)]
    np.testing.assert_array_equal(film(*parts, size), film(*parts))


def test_the_film_has_exactly_its_length_in_stereo() -> None:
    made = film(constant(0.1, 1.0), constant(0.1, 0.7, 1), 55_555, plan(), [word(0, 1)])
    assert made.shape == (2, 55_555)
    assert made.dtype == np.float32
