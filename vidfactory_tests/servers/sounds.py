"""Music and noises for the fakes, by arithmetic alone.

Belongs here: samples from a seed. Does not belong here: speech (`speech`), and file formats.
"""

import numpy as np
from numpy.typing import NDArray

RATE = 44100
CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
"""Semitones over the key; one chord lasts two seconds."""
CHORD_S = 2.0


def music(seconds: float, seed: int) -> NDArray[np.float32]:
    """Soft chords over a pulse, mono at `RATE`; the key comes from the seed."""
    random = np.random.default_rng(seed)
    key = 45 + int(random.integers(12))
    time = np.arange(round(seconds * RATE), dtype=np.float32) / RATE
    bars = (time // CHORD_S).astype(int) % len(CHORDS)
    swell = np.sin(np.pi * (time % CHORD_S) / CHORD_S) ** 0.5
    mixed = np.zeros_like(time)
    for number, chord in enumerate(CHORDS):
        place = bars == number
        for note in chord:
            mixed[place] += np.sin(2 * np.pi * 440 * 2 ** ((key + note - 69) / 12) * time[place])
    pulse = np.sin(2 * np.pi * 60 * time) * np.exp(-12 * (time % (CHORD_S / 4)))
    return np.array((mixed * swell * 0.15 + pulse * 0.3) * 0.7, dtype=np.float32)


def noise(seconds: float, seed: int) -> NDArray[np.float32]:
    """Brown noise that swells and fades, mono at `RATE`."""
    count = round(seconds * RATE)
    steps = np.cumsum(np.random.default_rng(seed).standard_normal(count, dtype=np.float32))
    level = steps - np.linspace(steps[0], steps[-1], count, dtype=np.float32)
    swell = np.sin(np.pi * np.linspace(0, 1, count, dtype=np.float32))
    return np.array(level / max(1e-6, float(np.abs(level).max())) * swell * 0.7, dtype=np.float32)
