"""The meter: loudness and true peak of a sound, read in one pass over a stream of blocks.

Belongs here: what ITU-R BS.1770-4 says about measuring. Does not belong here: bringing a sound to a
loudness (`mastering`).

A `Survey` is small beside the sound (1.6 kB a second, whatever the channels), so that the loudness under
any gain can be worked out again and again without reading the sound twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, sosfilt

from vidfactory.ports import Sound
from vidfactory.rendering.audio import Block, decibels, in_blocks
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory.schema.film import Loudness

CELL = SAMPLE_RATE // 200
"""Samples in the smallest stretch that a survey tells apart, 5 ms."""
STEP_CELLS = 20
"""Loudness is taken every 0.1 s ..."""
BLOCK_STEPS = 4
"""... over 0.4 s."""
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
OVERSAMPLING = 4
"""BS.1770-4, annex 2: true peak at 48 kHz is looked for at four times the rate."""

_K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
"""The head's shelf and the high-pass, BS.1770-4, annex 1, tables 1 and 2, as second-order sections for 48 kHz."""
_RUNG_OUT = 1e-15
"""A filter that rings on through silence in denormal numbers takes ten times as long."""
_REACH = 10
"""Samples on either side that a value between two samples is worked out from."""


@dataclass(frozen=True)
class Survey:
    """What loudness and limiting need to know of a sound, cell by cell.

    energies: K-weighted, squared, summed over the samples and channels of the cell.
    peaks: the highest magnitude of any channel at a sample of the cell or on the way to the next one.
    """

    energies: NDArray[np.float32]
    peaks: NDArray[np.float32]

    @property
    def loudness(self) -> Loudness:
        return Loudness(
            integrated_lufs=integrated(step_energies(self.energies)),
            true_peak_dbtp=decibels(float(self.peaks.max(initial=0))),
        )


def survey(parts: Iterable[Block]) -> Survey:
    """Read a whole stream, block by block."""
    energies, peaks = [np.zeros(0, np.float32)], [np.zeros(0, np.float32)]
    state: NDArray[np.float64] | None = None
    for block, highest in _with_peaks(in_blocks(parts)):
        if state is None:
            state = np.zeros((len(_K_WEIGHTING), block.shape[0], 2))
        weighted, state = sosfilt(_K_WEIGHTING, block.astype(np.float64), zi=state)
        state[np.abs(state) < _RUNG_OUT] = 0.0
        cells = _cells(weighted)
        energies.append(np.einsum("ijk,ijk->j", cells, cells).astype(np.float32))
        peaks.append(_cells(highest).max(axis=2).max(axis=0))
    return Survey(np.concatenate(energies), np.concatenate(peaks))


def measure(sound: Sound) -> Loudness:
    """Loudness and true peak of a sound at `SAMPLE_RATE` in memory."""
    return survey([sound.samples]).loudness


def integrated_lufs(sound: Sound) -> float:
    """Integrated loudness of a sound at `SAMPLE_RATE` in memory, in LUFS; minus infinity for silence."""
    return measure(sound).integrated_lufs


def step_energies(energies: NDArray[np.floating]) -> NDArray[np.float64]:
    """Energies of cells summed to those of steps; the last step may lack some cells."""
    summed: NDArray[np.float64] = np.add.reduceat(energies, np.arange(0, energies.size, STEP_CELLS), dtype=np.float64)
    return summed


def integrated(steps: NDArray[np.float64]) -> float:
    """Integrated loudness in LUFS from the energies of steps, gated after BS.1770-4, annex 1, equations 2 to 7.

    A sound shorter than one block of the recommendation is measured as if silence followed.
    """
    enough = np.pad(steps, (0, max(0, BLOCK_STEPS - steps.size)))
    blocks = np.convolve(enough, np.ones(BLOCK_STEPS), "valid") / (BLOCK_STEPS * STEP_CELLS * CELL)
    heard = blocks[blocks > _mean_square(ABSOLUTE_GATE_LUFS)]
    if not heard.size:
        return float("-inf")
    gate = _lufs(float(heard.mean())) + RELATIVE_GATE_LU
    return _lufs(float(heard[heard > _mean_square(gate)].mean()))


def highest_around(samples: Block) -> Block:
    """For every sample the highest magnitude at it and on the way to the next."""
    highest: Block = np.abs(samples)
    for taps in _BETWEEN:
        between = cv2.filter2D(samples, cv2.CV_32F, taps, borderType=cv2.BORDER_CONSTANT)
        np.maximum(highest, np.abs(between, out=between), out=highest)
    return highest


def _with_peaks(blocks: Iterator[Block]) -> Iterator[tuple[Block, Block]]:
    """Each block with its highest magnitudes, to which the neighbours contribute."""
    before: Block | None = None
    for block, after in pairwise(chain(blocks, [None])):
        assert block is not None
        left = 0 if before is None else _REACH
        parts = [block] if before is None else [before[:, -_REACH:], block]
        if after is not None:
            parts.append(after[:, :_REACH])
        highest = highest_around(np.concatenate(parts, axis=1))
        yield block, highest[:, left : left + block.shape[1]]
        before = block


def _cells(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rows of samples as (rows, cells, `CELL`), zeros behind the last."""
    rows, samples = values.shape
    cells = -(-samples // CELL)
    whole = np.pad(values, ((0, 0), (0, cells * CELL - samples))) if samples % CELL else values
    return whole.reshape(rows, cells, CELL)


def _mean_square(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _lufs(mean_square: float) -> float:
    return -0.691 + 10 * float(np.log10(mean_square))


def _interpolators() -> list[NDArray[np.float32]]:
    """Filters for the values a quarter, a half and three quarters on the way from a sample to the next."""
    sinc = OVERSAMPLING * firwin(2 * _REACH * OVERSAMPLING + 1, 1 / OVERSAMPLING, window=("kaiser", 5.0))
    padded = np.pad(sinc, OVERSAMPLING)
    return [
        padded[OVERSAMPLING - quarter :: OVERSAMPLING][: 2 * _REACH + 1].astype(np.float32)[np.newaxis]
        for quarter in range(1, OVERSAMPLING)
    ]


_BETWEEN = _interpolators()
