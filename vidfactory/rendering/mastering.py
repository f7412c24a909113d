"""Loudness and peaks: what stands at the end of every chain of sound.

Belongs here: the look-ahead limiter and bringing a sound to a loudness under a true peak.
Does not belong here: what the sound is made of.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from vidfactory.ports import Sound
from vidfactory.rendering.audio import amplitude, highest_around, integrated_lufs

CODEC_HEADROOM_DB = 1.0
"""How far below the wanted true peak the master stays, because AAC and MP3 overshoot what they are given."""
REACH_S = 0.015
"""How long before a peak the limiter's gain begins to fall, and after it is back."""
_ACCURACY_LU = 0.1
_ROUNDS = 5
_EAGERNESS = 1.5
"""A limiter gives back only a part of each decibel that goes into it."""


def master(sound: Sound, target_lufs: float, max_true_peak_dbtp: float) -> Sound:
    """Bring `sound` to an integrated loudness, its true peak below the limit even after a lossy codec.

    Limiting takes loudness away, so gain and limiter are tried again until both hold; silence stays
    silence. What cannot reach the loudness under the limit stays as loud as the limiter lets it be.
    """
    loudness = integrated_lufs(sound)
    if loudness == float("-inf"):
        return sound
    peaks = highest_around(sound)
    ceiling = amplitude(max_true_peak_dbtp - CODEC_HEADROOM_DB)
    gain_db = target_lufs - loudness
    for _ in range(_ROUNDS):
        gain = amplitude(gain_db) * limiting(peaks * amplitude(gain_db), ceiling, sound.rate)
        mastered = Sound((sound.samples * gain).astype(np.float32), sound.rate)
        missing_db = target_lufs - integrated_lufs(mastered)
        if abs(missing_db) <= _ACCURACY_LU:
            break
        gain_db += _EAGERNESS * missing_db
    return mastered


def limiting(peaks: NDArray[np.float64], ceiling: float, rate: int) -> NDArray[np.float64]:
    """The gain at every sample that holds magnitudes of `peaks` under `ceiling`.

    A look-ahead limiter: the lowest gain that any sample nearby needs, smoothed by a window no longer
    than "nearby", so that the gain is down before the peak comes and nothing passes. No sample moves.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    if needed.min(initial=1.0) == 1.0:
        return needed
    reach = round(REACH_S * rate) | 1
    held = minimum_filter1d(needed, 2 * reach + 1, mode="nearest")
    smooth: NDArray[np.float64] = uniform_filter1d(uniform_filter1d(held, reach, mode="nearest"), reach, mode="nearest")
    return smooth
