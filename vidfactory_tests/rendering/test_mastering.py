from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.ports import Sound
from vidfactory.rendering.audio import decode, encode_aac, in_blocks
from vidfactory.rendering.mastering import REACH_CELLS, limited_lufs, limiting, master, mastered, mastering
from vidfactory.rendering.meter import measure, survey
from vidfactory.schema.base import SAMPLE_RATE


def programme(seed: int = 0, peaks: float = 5.0) -> Sound:
    """Pink-ish stereo noise in syllables up to 12 kHz, as speech and music reach, with single peaks far above it."""
    dice = np.random.default_rng(seed)
    white = dice.standard_normal((2, 6 * SAMPLE_RATE))
    spectrum = np.fft.rfft(white) / np.sqrt(np.arange(1, white.shape[1] // 2 + 2))
    spectrum[:, 12_000 * white.shape[1] // SAMPLE_RATE :] = 0
    pink = np.fft.irfft(spectrum)
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * np.arange(white.shape[1]) / SAMPLE_RATE)
    sound = 0.1 * pink / pink.std() * syllables
    for place in dice.integers(0, white.shape[1], 12):
        sound[:, place : place + 40] *= peaks
    return Sound(sound.astype(np.float32), SAMPLE_RATE)


@pytest.mark.parametrize("level", [0.01, 1.0, 3.0])
def test_a_master_has_its_loudness_and_stays_under_its_true_peak_after_aac(level: float, tmp_path: Path) -> None:
    quiet_or_loud = Sound(programme().samples * np.float32(level), SAMPLE_RATE)
    encode_aac(tmp_path / "film.m4a", [master(quiet_or_loud, -14.0, -1.0).samples], 192_000)
    heard = measure(decode(tmp_path / "film.m4a"))
    assert heard.integrated_lufs == pytest.approx(-14, abs=0.5)
    assert heard.true_peak_dbtp <= -1.0


def test_a_master_is_only_louder_where_no_peak_comes_near() -> None:
    sound = programme(peaks=1.0)
    mastered = master(Sound(sound.samples * np.float32(0.1), SAMPLE_RATE), -30.0, -1.0)
    factor = np.abs(mastered.samples).max() / np.abs(sound.samples).max()
    np.testing.assert_allclose(mastered.samples, sound.samples * factor, atol=1e-6)


def test_silence_stays_silence() -> None:
    silent = Sound(np.zeros((2, SAMPLE_RATE), np.float32), SAMPLE_RATE)
    assert not master(silent, -14.0, -1.0).samples.any()


def test_what_cannot_be_so_loud_is_not_pushed_without_end() -> None:
    clicks = np.zeros((2, 4 * SAMPLE_RATE), np.float32)
    clicks[:, ::9600] = 0.5
    clicks += np.random.default_rng(0).normal(0, 1e-5, clicks.shape).astype(np.float32)
    mastered = master(Sound(clicks, SAMPLE_RATE), -14.0, -1.0)
    assert measure(mastered).true_peak_dbtp <= -1.0
    assert np.abs(mastered.samples[:, 4800]).max() < 0.005


def test_the_limiter_is_down_before_the_peak_and_moves_nothing_far_away() -> None:
    peaks = np.full(200, 0.1)
    peaks[100] = 2.0
    gain = limiting(peaks, 0.5)
    reach = 2 * REACH_CELLS
    assert gain[99:102] == pytest.approx(0.25)
    assert gain[: 100 - reach] == pytest.approx(1)
    assert gain[100 + reach :] == pytest.approx(1)
    assert np.abs(np.diff(gain)).max() < 0.3


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 299), st.floats(0, 20)), max_size=30))
def test_no_peak_passes_the_limiter_where_its_gain_is_lowest_or_rises(clicks: list[tuple[int, float]]) -> None:
    peaks = np.full(300, 0.2)
    for place, height in clicks:
        peaks[place] = height
    gain = limiting(peaks, 0.8)
    for near in (gain, np.append(gain[1:], 0), np.append(0, gain[:-1])):
        assert (peaks * near).max() <= 0.8 + 1e-9


@pytest.mark.parametrize("size", [997, 48_000, 100_003])
def test_a_stream_is_mastered_as_the_whole(size: int) -> None:
    sound = Sound(programme().samples[:, :200_003], SAMPLE_RATE)
    made = mastering(survey([sound.samples]), -14.0, -2.0)
    streamed = np.concatenate(list(mastered(in_blocks([sound.samples], size), made)), axis=1)
    np.testing.assert_array_equal(streamed, master(sound, -14.0, -1.0).samples)


def test_the_loudness_foreseen_is_the_loudness_made() -> None:
    sound = programme(peaks=20.0)
    surveyed = survey([sound.samples])
    foreseen = limited_lufs(surveyed.energies, mastering(surveyed, -12.0, -2.0))
    assert measure(master(sound, -12.0, -1.0)).integrated_lufs == pytest.approx(foreseen, abs=0.02)
    assert foreseen == pytest.approx(-12.0, abs=0.02)


def test_gains_are_the_same_asked_for_in_parts() -> None:
    surveyed = survey([programme().samples])
    made = mastering(surveyed, -10.0, -2.0)
    last = surveyed.peaks.size
    parts = [made.gains(first, min(first + 37, last)) for first in range(0, last, 37)]
    np.testing.assert_allclose(np.concatenate(parts), made.gains(0, last), rtol=1e-12)


def test_the_limited_true_peak_is_under_the_limit_for_sharp_clicks() -> None:
    samples = programme(peaks=30.0)
    assert measure(master(samples, -14.0, -1.0)).true_peak_dbtp <= -1.0
