import numpy as np
import pytest
from numpy.typing import NDArray

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.rendering import treatment
from vidfactory.rendering.meter import measure
from vidfactory.rendering.treatment import KEPT_SILENCE_S, MAX_TRUE_PEAK_DBTP, SPEECH_LUFS, compress, treat
from vidfactory.schema.base import SAMPLE_RATE

RATE = 22_050


def speechlike(bursts_s: tuple[float, ...], length_s: float) -> Sound:
    """Bursts of 0.3 s of a buzz at 110 Hz that begin at once."""
    samples = np.zeros(round(length_s * RATE))
    time = np.arange(round(0.3 * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 110 * h * time) / h for h in range(1, 30)) * np.exp(-6 * time)
    for start in bursts_s:
        place = round(start * RATE)
        samples[place : place + buzz.size] += 0.3 * buzz
    return Sound(samples.astype(np.float32)[np.newaxis], RATE)


def onsets(samples: NDArray[np.float32]) -> NDArray[np.int64]:
    """Where a sound begins that is loud after 0.2 s of quiet."""
    loud = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())
    return loud[np.flatnonzero(np.diff(loud, prepend=-SAMPLE_RATE) > SAMPLE_RATE // 5)]


def test_nothing_moves_by_more_than_a_millisecond() -> None:
    starts = (0.5, 1.2, 2.0)
    treated = treat(speechlike(starts, 2.6))
    heard = (onsets(treated.sound.samples[0]) + treated.trimmed) / SAMPLE_RATE
    assert heard == pytest.approx(np.array(starts), abs=0.001)


def test_a_click_stays_at_its_place() -> None:
    voice = speechlike((0.2, 1.0), 2.4)
    voice.samples[0, round(0.8 * RATE)] = 0.9
    treated = treat(voice)
    centre = round(0.8 * SAMPLE_RATE) - treated.trimmed
    window = np.abs(treated.sound.samples[0, centre - 2400 : centre + 2400])
    assert abs(int(window.argmax()) - 2400) <= SAMPLE_RATE // 1000


def test_silence_at_both_ends_is_cut_to_a_tenth_of_a_second() -> None:
    treated = treat(speechlike((1.0, 1.7), 5.0))
    assert treated.trimmed == pytest.approx((1.0 - KEPT_SILENCE_S) * SAMPLE_RATE, abs=480)
    assert treated.sound.samples.shape[1] < 1.5 * SAMPLE_RATE


def test_the_voice_has_the_loudness_of_speech_and_peaks_below_the_limit() -> None:
    loudness = measure(treat(speechlike((0.1, 0.5, 0.9, 1.3, 1.7), 2.2)).sound)
    assert loudness.integrated_lufs == pytest.approx(SPEECH_LUFS, abs=0.2)
    assert loudness.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP


def test_a_stereo_voice_becomes_mono_at_the_studio_s_rate() -> None:
    voice = speechlike((0.1, 0.6), 1.2)
    treated = treat(Sound(np.repeat(voice.samples, 2, axis=0), RATE))
    assert treated.sound.samples.shape[0] == 1
    assert treated.sound.rate == SAMPLE_RATE


def test_the_compressor_brings_loud_and_quiet_nearer() -> None:
    tone = np.sin(2 * np.pi * 200 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    voice = compress(np.concatenate([0.5 * tone, 0.05 * tone]))
    loud, quiet = (np.sqrt((part**2).mean()) for part in np.split(voice, 2))
    assert 3 < loud / quiet < 7


def test_the_same_voice_is_treated_to_the_same_bytes() -> None:
    first, again = (treat(speechlike((0.1, 0.6), 1.2)).sound.samples.tobytes() for _ in range(2))
    assert first == again


def test_a_silent_narration_is_refused() -> None:
    with pytest.raises(BadInput, match="the narration is silent"):
        treat(Sound(np.zeros((1, RATE), np.float32), RATE))


def test_a_long_voice_is_treated_in_stretches_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    voice = speechlike((0.2, 0.9, 1.6), 2.4)
    in_stretches = []
    for stretch in (12_345, 10**9):
        monkeypatch.setattr(treatment, "STRETCH", stretch)
        in_stretches.append(treat(voice))
    assert in_stretches[0].trimmed == in_stretches[1].trimmed
    np.testing.assert_allclose(in_stretches[0].sound.samples, in_stretches[1].sound.samples, atol=1e-6)
