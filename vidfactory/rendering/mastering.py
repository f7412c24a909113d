"""Loudness and peaks: what stands at the end of every chain of sound.

Belongs here: the look-ahead limiter and bringing a sound to a loudness under a true peak.
Does not belong here: what the sound is made of, and how it is measured (`meter`).

All is worked out on a survey of the sound, whose cells of 5 ms are the points of the limiter's gain. So the
sound itself is read twice only, however often the level is tried.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.optimize import brentq

from vidfactory.ports import Sound
from vidfactory.rendering.audio import Block, amplitude, in_blocks
from vidfactory.rendering.meter import CELL, STEP_CELLS, Survey, integrated, step_energies, survey

CODEC_HEADROOM_DB = 1.0
"""How far below the wanted true peak the master stays, because AAC and MP3 overshoot what they are given."""
REACH_CELLS = 3
"""How long before a peak the limiter's gain begins to fall, and after it is back: twice 15 ms."""
MOST_LIMITING_DB = 20.0
"""No sound is pushed further into the limiter than this: what then is still too quiet stays so."""
_ACCURACY_LU = 0.01
_CONTEXT = 2 * REACH_CELLS
"""Cells on either side that a gain depends on."""
_CELLS_AT_ONCE = 600 * STEP_CELLS


@dataclass(frozen=True)
class Mastering:
    """The gain that brings a surveyed sound to its loudness: a factor, and the limiter's ceiling above it."""

    peaks: NDArray[np.float32]
    factor: float
    ceiling: float

    def gains(self, first: int, last: int) -> NDArray[np.float64]:
        """The gain in the middle of each cell from `first` up to `last`."""
        left = max(0, first - _CONTEXT)
        near = self.peaks[left : last + _CONTEXT].astype(np.float64) * self.factor
        return self.factor * limiting(near, self.ceiling)[first - left : last - left]


def master(sound: Sound, target_lufs: float, max_true_peak_dbtp: float) -> Sound:
    """A sound in memory at `target_lufs`, its true peak below the limit even after a lossy codec."""
    made = mastering(survey([sound.samples]), target_lufs, max_true_peak_dbtp - CODEC_HEADROOM_DB)
    return Sound(np.concatenate(list(mastered([sound.samples], made)), axis=1), sound.rate)


def mastering(surveyed: Survey, target_lufs: float, ceiling_dbtp: float) -> Mastering:
    """How to bring the sound to `target_lufs` with no true peak above `ceiling_dbtp`.

    Limiting takes loudness away, so the level is sought at which both hold; silence stays silence. What
    cannot reach the loudness under the limit stays as loud as the limiter lets it be.
    """
    loudness = surveyed.loudness.integrated_lufs
    if loudness == float("-inf"):
        return Mastering(surveyed.peaks, 1.0, amplitude(ceiling_dbtp))

    def at(level_db: float) -> Mastering:
        return Mastering(surveyed.peaks, amplitude(level_db), amplitude(ceiling_dbtp))

    def missing_lu(level_db: float) -> float:
        return target_lufs - limited_lufs(surveyed.energies, at(level_db))

    least, most = target_lufs - loudness, target_lufs - loudness + MOST_LIMITING_DB
    if missing_lu(least) <= _ACCURACY_LU:
        return at(least)
    if missing_lu(most) >= 0:
        return at(most)
    return at(float(brentq(missing_lu, least, most, xtol=_ACCURACY_LU)))


def mastered(parts: Iterable[Block], made: Mastering) -> Iterator[Block]:
    """The stream under the gain. No sample moves."""
    first = 0
    for block in in_blocks(parts):
        last = first + block.shape[1]
        yield block * _curve(made, first, last).astype(np.float32)
        first = last


def limited_lufs(energies: NDArray[np.float32], made: Mastering) -> float:
    """The loudness that cells of these energies have under the gain."""
    steps = [np.zeros(0)]
    for first in range(0, energies.size, _CELLS_AT_ONCE):
        some = energies[first : first + _CELLS_AT_ONCE]
        steps.append(step_energies(some * made.gains(first, first + some.size) ** 2))
    return integrated(np.concatenate(steps))


def limiting(peaks: NDArray[np.float64], ceiling: float) -> NDArray[np.float64]:
    """The gain in the middle of every cell that holds magnitudes of `peaks` under `ceiling`.

    A look-ahead limiter: the lowest gain that any cell nearby needs, smoothed by a window no longer than
    "nearby", so that the gain is down before the peak comes and nothing passes, also on the straight line
    from one cell's middle to the next.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    if needed.min(initial=1.0) == 1.0:
        return needed
    held = minimum_filter1d(needed, 2 * REACH_CELLS + 1, mode="nearest")
    smooth: NDArray[np.float64] = uniform_filter1d(
        uniform_filter1d(held, REACH_CELLS, mode="nearest"), REACH_CELLS, mode="nearest"
    )
    return smooth


def _curve(made: Mastering, first: int, last: int) -> NDArray[np.float64]:
    """The gain at every sample from `first` up to `last`, straight from the middle of a cell to the next."""
    left, right = max(0, first // CELL - 1), min(made.peaks.size, -(-last // CELL) + 1)
    middles = (np.arange(left, right) + 0.5) * CELL - 0.5
    return np.interp(np.arange(first, last), middles, made.gains(left, right))
