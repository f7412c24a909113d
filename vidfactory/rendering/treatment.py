"""Voice treatment: what a narrator delivers becomes a voice that is pleasant to hear.

Belongs here: equaliser, compressor, room, trimming and the level of the narration.
Does not belong here: music, and where the narration stands in the film (`mix`).

Nothing here moves a word: the resampler and the compressor are symmetric in time, the equaliser's
bands are wide, and the room only adds behind.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, fftconvolve, sosfilt

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.rendering.audio import amplitude, resample
from vidfactory.rendering.mastering import master
from vidfactory.rendering.meter import integrated_lufs
from vidfactory.schema.base import SAMPLE_RATE, Samples, seconds_to_samples

SPEECH_LUFS = -16.0
MAX_TRUE_PEAK_DBTP = -1.5
KEPT_SILENCE_S = 0.1
SILENCE_DBFS = -45.0
HIGH_PASS_HZ = 80.0


@dataclass(frozen=True)
class Band:
    """A bell of the equaliser."""

    centre_hz: float
    gain_db: float
    q: float


EQUALISER = (
    Band(170.0, 3.0, 0.8),
    Band(900.0, -2.0, 0.9),
    Band(6000.0, -6.0, 0.6),
)
"""Warmth, less honk, less hiss (the compressor lifts consonants): brings espeak-ng's long-term spectrum
within 3 dB of human speech from 160 Hz to 8 kHz (Byrne et al. 1994, 'An international comparison of
long-term average speech spectra')."""

COMPRESSOR_THRESHOLD_DBFS = -22.0
COMPRESSOR_RATIO = 1.8
COMPRESSOR_WINDOW_S = 0.05
ROOM_LEVEL_DB = -26.0
ROOM_DELAY_S = 0.007
ROOM_DECAY_S = 0.22
"""Time in which the room falls by 60 dB."""
STRETCH = 10 * SAMPLE_RATE


@dataclass(frozen=True)
class Treated:
    """The voice at `SAMPLE_RATE`, mono, and how many samples were cut from its beginning."""

    sound: Sound
    trimmed: Samples


def treat(sound: Sound) -> Treated:
    """Equalise, compress, set in a small room, trim and level a voice.

    A time t of `sound` is `t * SAMPLE_RATE - trimmed` samples in the result. Raises `BadInput` for a
    silent sound.
    """
    mono = Sound(sound.samples.mean(axis=0, keepdims=True, dtype=np.float32), sound.rate)
    voice = resample(mono, SAMPLE_RATE).samples[0].astype(np.float64)
    if not voice.any():
        raise BadInput("the narration is silent", where="narrator", remedy="Try another voice or narrator")
    voice = _levelled(equalise(voice))
    voice = in_room(compress(voice))
    start, end = sounding(_levelled(voice))
    trimmed = Sound(voice[np.newaxis, start:end].astype(np.float32), SAMPLE_RATE)
    return Treated(master(trimmed, SPEECH_LUFS, MAX_TRUE_PEAK_DBTP), Samples(start))


def equalise(voice: NDArray[np.float64]) -> NDArray[np.float64]:
    sections = np.vstack([butter(3, HIGH_PASS_HZ, "highpass", fs=SAMPLE_RATE, output="sos"), *map(_bell, EQUALISER)])
    filtered: NDArray[np.float64] = sosfilt(sections, voice)
    return filtered


def compress(voice: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring loud syllables down towards the quiet ones.

    The level is measured around each moment, not before it, so that the gain neither lags nor clicks.
    """
    window = seconds_to_samples(COMPRESSOR_WINDOW_S)

    def squeezed(part: NDArray[np.float64]) -> NDArray[np.float64]:
        power = np.maximum(uniform_filter1d(part**2, window, mode="constant"), 1e-12)
        over_db = np.maximum(0.0, 10 * np.log10(power) - COMPRESSOR_THRESHOLD_DBFS)
        gain_db = uniform_filter1d(-over_db * (1 - 1 / COMPRESSOR_RATIO), window, mode="nearest")
        quieter: NDArray[np.float64] = part * 10 ** (gain_db / 20)
        return quieter

    return _by_stretches(squeezed, voice, 2 * window)


def in_room(voice: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add the reflections of a small room: noise that decays, duller than the voice, always the same."""
    length = seconds_to_samples(ROOM_DECAY_S)
    time = np.arange(length) / SAMPLE_RATE
    noise = np.random.default_rng(1).standard_normal(length) * 10 ** (-3 * time / ROOM_DECAY_S)
    tail = sosfilt(butter(1, (250.0, 4500.0), "bandpass", fs=SAMPLE_RATE, output="sos"), noise)
    tail *= amplitude(ROOM_LEVEL_DB) / np.sqrt((tail**2).sum())
    delay = seconds_to_samples(ROOM_DELAY_S)
    reflections = np.pad(tail, (delay, 0))
    reflections[0] += 1.0

    def reflected(part: NDArray[np.float64]) -> NDArray[np.float64]:
        wet: NDArray[np.float64] = fftconvolve(part, reflections)[: part.size]
        return wet

    return _by_stretches(reflected, np.pad(voice, (0, reflections.size - 1)), reflections.size)


def sounding(voice: NDArray[np.float64]) -> tuple[int, int]:
    """First and last sample of what is to be heard, with `KEPT_SILENCE_S` around it where there is as much."""
    level = uniform_filter1d(voice**2, seconds_to_samples(0.005), mode="constant")
    loud = level > amplitude(SILENCE_DBFS) ** 2
    kept = seconds_to_samples(KEPT_SILENCE_S)
    return max(0, int(loud.argmax()) - kept), min(voice.size, voice.size - int(loud[::-1].argmax()) + kept)


def _by_stretches(
    change: Callable[[NDArray[np.float64]], NDArray[np.float64]], voice: NDArray[np.float64], reach: int
) -> NDArray[np.float64]:
    """`change` made to a voice in stretches, so that what it needs besides does not grow with the voice.

    `reach`: how many samples on either side may change a sample.
    """
    changed = np.empty_like(voice)
    for first in range(0, voice.size, STRETCH):
        last, left = first + STRETCH, max(0, first - reach)
        changed[first:last] = change(voice[left : last + reach])[first - left : last - left]
    return changed


def _levelled(voice: NDArray[np.float64]) -> NDArray[np.float64]:
    loudness = integrated_lufs(Sound(voice[np.newaxis].astype(np.float32), SAMPLE_RATE))
    return voice * amplitude(SPEECH_LUFS - loudness)


def _bell(band: Band) -> NDArray[np.float64]:
    """Peaking filter of R. Bristow-Johnson's 'Cookbook formulae for audio EQ biquad filter coefficients'."""
    level = 10 ** (band.gain_db / 40)
    angle = 2 * np.pi * band.centre_hz / SAMPLE_RATE
    alpha = np.sin(angle) / (2 * band.q)
    zeros = np.array([1 + alpha * level, -2 * np.cos(angle), 1 - alpha * level])
    poles = np.array([1 + alpha / level, -2 * np.cos(angle), 1 - alpha / level])
    section: NDArray[np.float64] = np.concatenate([zeros, poles]) / poles[0]
    return section
