import numpy as np
import pytest

from vidfactory.ports import Sound
from vidfactory.rendering.mix import ATTACK_S, HOLD_S, RELEASE_S, ducking, mix, speech_spans
from vidfactory.schema.base import SAMPLE_RATE, Samples
from vidfactory.schema.plan import AudioPlan, MusicTrack, NarrationTrack, Source
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import Mix

SOURCE = Source(file="sound.flac", sha256="0" * 64)
LEVELS = Mix(
    music_volume=0.22,
    duck_db=6.0,
    fade_out_s=1.0,
    lead_in_s=0.3,
    tail_s=1.2,
    target_lufs=-14.0,
    max_true_peak_dbtp=-1.0,
)


def word(start_s: float, end_s: float) -> TimedWord:
    start, end = Samples(round(start_s * SAMPLE_RATE)), Samples(round(end_s * SAMPLE_RATE))
    return TimedWord(shown="w", spoken="w", beat=0, start=start, end=end, timing="exact")


def plan(narration_start: int = 0, fade_out: int = 0, *, loop: bool = True, music: bool = True) -> AudioPlan:
    track = MusicTrack(source=SOURCE, volume=0.22, loop=loop, fade_out=Samples(fade_out))
    return AudioPlan(
        narration=NarrationTrack(source=SOURCE, start=Samples(narration_start)), music=track if music else None
    )


def constant(value: float, seconds: float, channels: int = 1) -> Sound:
    return Sound(np.full((channels, round(seconds * SAMPLE_RATE)), value, np.float32), SAMPLE_RATE)


NOTHING = constant(0.0, 0.1)


def test_speech_is_as_loud_in_company_as_alone() -> None:
    voice = constant(0.3, 1.0)
    with_music = mix(voice, constant(0.0, 1.0, 2), Samples(48_000), plan(), LEVELS, [word(0, 1)])
    np.testing.assert_allclose(with_music.samples, 0.3, rtol=1e-6)


def test_narration_begins_where_the_plan_says_and_ends_with_the_film() -> None:
    film = mix(constant(0.3, 2.0), None, Samples(48_000), plan(12_000, music=False), LEVELS, [])
    assert not film.samples[:, :12_000].any()
    np.testing.assert_allclose(film.samples[:, 12_000:], 0.3, rtol=1e-6)


def test_music_loops_without_a_seam_at_the_volume_of_the_plan() -> None:
    turns = 4
    loop = np.sin(2 * np.pi * np.arange(24_000) / 240).astype(np.float32)
    film = mix(NOTHING, Sound(np.stack([loop, loop]), SAMPLE_RATE), Samples(24_000 * turns), plan(), LEVELS, [])
    heard = film.samples[:, 2000:90_000]
    np.testing.assert_allclose(heard, 0.22 * np.stack([np.tile(loop, turns)] * 2)[:, 2000:90_000], atol=1e-6)


def test_music_that_does_not_loop_ends() -> None:
    film = mix(NOTHING, constant(1.0, 0.5, 2), Samples(48_000), plan(loop=False), LEVELS, [])
    assert film.samples[0, 20_000] == pytest.approx(0.22)
    assert not film.samples[:, 24_000:].any()


def test_music_is_down_when_the_word_begins_and_back_after_the_release() -> None:
    gain = ducking([word(1, 2)], 4 * SAMPLE_RATE, 6.0)

    def at(seconds: float) -> float:
        return float(20 * np.log10(gain[round(seconds * SAMPLE_RATE)]))

    assert at(1 - ATTACK_S - 0.01) == pytest.approx(0)
    assert at(1 - ATTACK_S / 2) == pytest.approx(-3, abs=0.1)
    assert at(1) == at(1.5) == at(2) == pytest.approx(-6)
    assert at(2 + HOLD_S + RELEASE_S / 2) == pytest.approx(-3, abs=0.1)
    assert at(2 + HOLD_S + RELEASE_S + 0.01) == pytest.approx(0)


def test_music_does_not_pump_between_two_words() -> None:
    gain = ducking([word(1, 1.2), word(1.6, 2)], 4 * SAMPLE_RATE, 6.0)
    np.testing.assert_allclose(20 * np.log10(gain[SAMPLE_RATE : 2 * SAMPLE_RATE]), -6)


def test_music_comes_up_in_a_long_pause() -> None:
    gain = ducking([word(1, 1.2), word(3, 3.2)], 4 * SAMPLE_RATE, 6.0)
    assert gain[round(2.2 * SAMPLE_RATE)] == pytest.approx(1)


def test_without_words_nothing_is_ducked() -> None:
    assert (ducking([], 100, 6.0) == 1).all()


def test_speech_spans_join_words_across_short_pauses_only() -> None:
    words = [word(0.0, 0.2), word(0.25, 0.5), word(2.0, 2.5)]
    assert speech_spans(words, SAMPLE_RATE // 2) == [(0, 24_000), (96_000, 120_000)]


def test_music_fades_to_silence_at_the_end_and_never_begins_with_a_click() -> None:
    film = mix(NOTHING, constant(1.0, 1.0, 2), Samples(96_000), plan(fade_out=48_000), LEVELS, [])
    assert film.samples[0, 0] == film.samples[0, -1] == 0
    assert film.samples[0, 40_000] == pytest.approx(0.22)
    assert film.samples[0, 72_000] == pytest.approx(0.11, abs=0.001)
    assert (np.diff(film.samples[0, 48_000:]) <= 0).all()


def test_the_film_has_exactly_its_length_in_stereo() -> None:
    film = mix(constant(0.1, 1.0), constant(0.1, 0.7, 1), Samples(55_555), plan(), LEVELS, [word(0, 1)])
    assert film.samples.shape == (2, 55_555)
    assert film.samples.dtype == np.float32
