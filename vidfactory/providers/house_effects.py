"""The house's sound effects, synthesised from a seed: a small set, chosen by the words of a description.

Belongs here: which effect words mean, and how each is made. Does not belong here: music (`house_composer`), and
when an effect is heard (`rendering/mix.py`).

The choice is a heuristic: the first effect that a word of the description begins like, else a whoosh, which
goes with any change of picture.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import istft, lfilter, stft

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.rendering.audio import amplitude
from vidfactory.schema.base import SAMPLE_RATE

Wave = NDArray[np.float64]

SHORTEST_S, LONGEST_S = 0.2, 60.0
PEAK_DBFS = -3.0
FALLBACK = "whoosh"
_WINDOW = 1024


@dataclass(frozen=True)
class Effect:
    """`words` holds the beginnings of words that mean it, between spaces; `make` takes a length in samples."""

    words: str
    make: Callable[[int, np.random.Generator], Wave]


def sound_effect(description: str, seconds: float, seed: int) -> Sound:
    """Stereo, at `SAMPLE_RATE`, of exactly that length, its peak at `PEAK_DBFS`.

    The same description, length and seed give the same samples. BadInput for a length out of bounds.
    """
    if not SHORTEST_S <= seconds <= LONGEST_S:
        bounds = f"{SHORTEST_S:g} to {LONGEST_S:g} s"
        raise BadInput(f"an effect lasts {bounds}, not {seconds:g} s", where="effect", remedy="Choose another length")
    length = round(seconds * SAMPLE_RATE)
    wave = EFFECTS[effect_for(description)].make(length, np.random.default_rng(seed))
    wave *= _edges(length)
    return Sound((wave * amplitude(PEAK_DBFS) / np.abs(wave).max()).astype(np.float32), SAMPLE_RATE)


def effect_for(description: str) -> str:
    """The name of the effect that the words mean, `FALLBACK` where they mean none."""
    words = re.findall(r"[a-z]+", description.lower())
    meant = (name for word in words for name, effect in EFFECTS.items() if word.startswith(tuple(effect.words.split())))
    return next(meant, FALLBACK)


def _whoosh(length: int, dice: np.random.Generator) -> Wave:
    """A band of noise that rises, passes from one side to the other and falls."""
    place = np.linspace(-1, 1, length)
    top = dice.uniform(2500, 4500)
    noise = _swept_noise(length, dice, lambda share: 300 * (top / 300) ** (1 - np.abs(2 * share - 1)))
    return noise * np.exp(-((place / 0.45) ** 2)) * _panned(place * dice.choice((-0.8, 0.8)))


def _click(length: int, dice: np.random.Generator) -> Wave:
    """A short knock with a bright ring; silence follows."""
    time = np.arange(length) / SAMPLE_RATE
    ring = np.sin(2 * np.pi * dice.uniform(1800, 3200) * time) * np.exp(-time / 0.012)
    body = np.sin(2 * np.pi * dice.uniform(300, 500) * time) * np.exp(-time / 0.02)
    knock = dice.standard_normal(length) * np.exp(-time / 0.002)
    return np.tile(0.5 * ring + 0.6 * body + 0.4 * knock, (2, 1))


def _impact(length: int, dice: np.random.Generator) -> Wave:
    """A deep tone that falls, under a burst of dull noise."""
    time = np.arange(length) / SAMPLE_RATE
    low, high = dice.uniform(36, 46), dice.uniform(110, 150)
    angle = 2 * np.pi * (low * time + (high - low) / 14 * (1 - np.exp(-14 * time)))
    tone = np.sin(angle) * np.exp(-time / 0.45)
    burst: Wave = lfilter([0.06], [1, -0.94], dice.standard_normal((2, length))) * np.exp(-time / 0.12)
    return tone + 2.0 * burst


def _riser(length: int, dice: np.random.Generator) -> Wave:
    """Noise and a tone that climb and grow until the end, where they stop."""
    share = np.linspace(0, 1, length)
    first, last = dice.uniform(150, 220), dice.uniform(900, 1300)
    angle = 2 * np.pi * np.cumsum(first * (last / first) ** share) / SAMPLE_RATE
    noise = _swept_noise(length, dice, lambda part: 400 * 15**part)
    riser: Wave = (noise / np.abs(noise).max() + 0.35 * np.sin(angle)) * share**2
    return riser


def _rain(length: int, dice: np.random.Generator) -> Wave:
    """A soft hiss with single drops, the same loudness throughout."""
    hiss: Wave = lfilter([0.3, -0.27], [1, -0.55], dice.standard_normal((2, length)))
    drops = dice.standard_normal((2, length)) * (dice.random((2, length)) < 40 / SAMPLE_RATE)
    patter: Wave = lfilter([1, -0.9], [1, -1.6, 0.8], drops)
    return hiss + patter


def _swept_noise(length: int, dice: np.random.Generator, centre: Callable[[Wave], Wave]) -> Wave:
    """Stereo noise in a band of about an octave; `centre` gives its frequency in Hz from the share of time, 0 to 1."""
    noise = dice.standard_normal((2, length + 2 * _WINDOW))
    hertz, times, cells = stft(noise, SAMPLE_RATE, nperseg=_WINDOW)
    octaves = np.log2(np.maximum(hertz, 1.0))[:, np.newaxis] - np.log2(centre(np.clip(times / times[-1], 0, 1)))
    _, swept = istft(cells * np.exp(-(octaves**2)), SAMPLE_RATE, nperseg=_WINDOW)
    middle: Wave = swept[:, _WINDOW : _WINDOW + length]
    return middle


def _panned(place: Wave) -> Wave:
    """Gains of both channels at constant power, from left (-1) to right (1)."""
    angle = (place + 1) * np.pi / 4
    return np.stack([np.cos(angle), np.sin(angle)])


def _edges(length: int) -> Wave:
    """Rises in 1 ms and falls in 10 ms, so that nothing clicks that should not."""
    place = np.arange(length)
    return np.clip(np.minimum(place / 48, (length - 1 - place) / 480), 0, 1)


EFFECTS: Mapping[str, Effect] = {
    "whoosh": Effect("whoosh swoosh swish sweep pass fly flies transition slide", _whoosh),
    "click": Effect("click tick tap switch button key type typing pop snap clock", _click),
    "impact": Effect("impact hit boom thud slam bang punch drop crash knock door thunder explo", _impact),
    "riser": Effect("ris build swell tension climb grow uplift suspen", _riser),
    "rain": Effect("rain wind water sea wave storm hiss noise crowd room ambien drizzl", _rain),
}
