from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.ports import Sound
from vidfactory.rendering.audio import decode, encode_aac, measure, true_peak_dbtp
from vidfactory.rendering.mastering import REACH_S, limiting, master
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
    encode_aac(tmp_path / "film.m4a", master(quiet_or_loud, -14.0, -1.0), 192_000)
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


def test_the_limiter_is_down_before_the_peak_and_moves_nothing_far_away() -> None:
    peaks = np.full(SAMPLE_RATE, 0.1)
    peaks[24_000] = 2.0
    gain = limiting(peaks, 0.5, SAMPLE_RATE)
    reach = round(2 * REACH_S * SAMPLE_RATE) + 4
    assert gain[24_000] == pytest.approx(0.25)
    assert gain[: 24_000 - reach] == pytest.approx(1)
    assert gain[24_000 + reach :] == pytest.approx(1)
    assert np.abs(np.diff(gain)).max() < 0.003


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9999), st.floats(0, 20)), max_size=30))
def test_no_peak_passes_the_limiter(clicks: list[tuple[int, float]]) -> None:
    peaks = np.full(10_000, 0.2)
    for place, height in clicks:
        peaks[place] = height
    assert (peaks * limiting(peaks, 0.8, SAMPLE_RATE)).max() <= 0.8 + 1e-9


def test_the_limited_true_peak_is_under_the_limit_for_sharp_clicks() -> None:
    samples = programme(peaks=30.0)
    assert true_peak_dbtp(master(samples, -14.0, -1.0)) <= -1.0
