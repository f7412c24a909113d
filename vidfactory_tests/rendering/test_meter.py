"""The meter, against pyloudnorm, FFmpeg's ebur128 and an oversampling of its own."""

from fractions import Fraction

import av
import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample

from vidfactory.ports import Sound
from vidfactory.rendering.meter import CELL, Survey, integrated, measure, step_energies, survey
from vidfactory.schema.base import SAMPLE_RATE


def sine(hertz: float, seconds: float, level: float) -> Sound:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return Sound((level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[np.newaxis], SAMPLE_RATE)


def bursts(seconds: float, every_s: float, hertz: float = 500) -> Sound:
    """Noise around a tone, 0.4 s of it every so often, in both channels but not alike."""
    dice = np.random.default_rng(7)
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    open_ = (time % every_s) < 0.4
    left = open_ * (0.3 * np.sin(2 * np.pi * hertz * time) + dice.normal(0, 0.05, time.size))
    return Sound(np.stack([left, 0.6 * left + dice.normal(0, 1e-4, time.size)]).astype(np.float32), SAMPLE_RATE)


PROGRAMMES = {
    "a quiet tone": sine(997, 4, 0.003),
    "a loud one": sine(60, 4, 0.9),
    "speech": bursts(9, 0.7),
    "sparse sounds": bursts(20, 5.0, 3000),
}


def by_ffmpeg(sound: Sound) -> float:
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=SAMPLE_RATE, format="fltp", layout="stereo", time_base=Fraction(1, SAMPLE_RATE)
    )
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.samples), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts = SAMPLE_RATE, 0
    graph.push(frame)
    read = [graph.pull() for _ in range(sound.samples.shape[1] // 4800)]
    return float(read[-1].metadata["lavfi.r128.I"])


def test_loudness_of_a_reference_tone_is_that_of_the_recommendation() -> None:
    """ITU-R BS.1770: a 997 Hz sine at 0 dBFS in one channel is -3.01 LKFS."""
    assert measure(sine(997, 5, 0.1)).integrated_lufs == pytest.approx(-23.01, abs=0.02)


@pytest.mark.parametrize("name", PROGRAMMES)
def test_loudness_is_that_of_pyloudnorm(name: str) -> None:
    sound = PROGRAMMES[name]
    reference = pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(sound.samples.T.astype(np.float64))
    assert measure(sound).integrated_lufs == pytest.approx(reference, abs=0.1)


@pytest.mark.parametrize("name", ["speech", "sparse sounds"])
def test_loudness_is_that_of_ffmpeg(name: str) -> None:
    assert measure(PROGRAMMES[name]).integrated_lufs == pytest.approx(by_ffmpeg(PROGRAMMES[name]), abs=0.05)


@pytest.mark.parametrize("name", PROGRAMMES)
def test_true_peak_is_that_of_an_exact_interpolation(name: str) -> None:
    """Of the whole spectrum, at 16 times the rate."""
    samples = PROGRAMMES[name].samples[:, : 3 * SAMPLE_RATE]
    exact = np.abs(resample(samples.astype(np.float64), 16 * samples.shape[1], axis=1)).max()
    heard = measure(Sound(samples, SAMPLE_RATE)).true_peak_dbtp
    assert heard == pytest.approx(20 * np.log10(exact), abs=0.2)


def test_true_peak_sees_what_lies_between_the_samples() -> None:
    """A sine of a quarter of the rate, 45 degrees off, has samples of 0.707 only."""
    phase = np.pi / 2 * np.arange(SAMPLE_RATE) + np.pi / 4
    between = Sound(np.sin(phase).astype(np.float32)[np.newaxis], SAMPLE_RATE)
    assert np.abs(between.samples).max() < 0.71
    assert measure(between).true_peak_dbtp == pytest.approx(0, abs=0.3)


def test_true_peak_is_found_at_the_joint_of_two_blocks() -> None:
    samples = np.zeros((1, 3 * SAMPLE_RATE), np.float32)
    samples[0, SAMPLE_RATE - 1 : SAMPLE_RATE + 1] = 0.5
    assert measure(Sound(samples, SAMPLE_RATE)).true_peak_dbtp > -5


def test_a_peak_belongs_to_its_cell() -> None:
    samples = np.zeros((2, 10 * CELL + 7), np.float32)
    samples[1, 4 * CELL + 100] = 0.5
    samples[0, -1] = 0.25
    peaks = survey([samples]).peaks
    assert peaks.size == 11
    assert peaks.argmax() == 4
    assert peaks[4] == 0.5
    assert peaks[10] == 0.25


@settings(max_examples=10)
@given(st.lists(st.integers(0, 9 * SAMPLE_RATE), max_size=8).map(sorted))
def test_a_stream_reads_the_same_in_whatever_pieces_it_comes(cuts: list[int]) -> None:
    samples = PROGRAMMES["speech"].samples
    whole, streamed = survey([samples]), survey(np.split(samples, cuts, axis=1))
    np.testing.assert_array_equal(whole.energies, streamed.energies)
    np.testing.assert_array_equal(whole.peaks, streamed.peaks)


def test_what_is_quieter_than_the_gates_does_not_count() -> None:
    loud = step_energies(survey([sine(997, 4, 0.1).samples]).energies)
    assert integrated(np.concatenate([loud, np.full(400, loud[20] * 10**-3)])) == pytest.approx(
        integrated(loud), abs=0.2
    )


@pytest.mark.parametrize("samples", [0, 10, SAMPLE_RATE])
def test_silence_has_no_loudness_and_no_peak(samples: int) -> None:
    silent = measure(Sound(np.zeros((2, samples), np.float32), SAMPLE_RATE))
    assert silent.integrated_lufs == silent.true_peak_dbtp == float("-inf")


def test_a_sound_shorter_than_a_block_is_measured_as_if_silence_followed() -> None:
    short = sine(997, 0.1, 0.5)
    padded = Sound(np.pad(short.samples, ((0, 0), (0, 14_400))), SAMPLE_RATE)
    assert measure(short).integrated_lufs == pytest.approx(measure(padded).integrated_lufs, abs=0.01)


def test_a_survey_is_small_beside_its_sound() -> None:
    read: Survey = survey([np.zeros((2, 10 * SAMPLE_RATE), np.float32)])
    assert read.energies.nbytes + read.peaks.nbytes == 16_000
