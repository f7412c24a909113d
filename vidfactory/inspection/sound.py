"""The film's sound, streamed once: loudness, peaks, levels, and a rough copy to compare with the narration.

Belongs here: what is heard. Does not belong here: whether it is good, and how loudness is measured
(`rendering.meter`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from vidfactory.errors import BadInput
from vidfactory.rendering.audio import Block, amplitude, decoded, in_blocks
from vidfactory.rendering.meter import survey
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory.schema.film import Loudness

STEP = SAMPLE_RATE // 10
"""Levels are taken over so many samples."""
REDUCED = 6
ROUGH_RATE = SAMPLE_RATE // REDUCED
"""Of the copy in which the narration is sought."""
WINDOW_S = 10
"""The narration is sought in pieces, so that a sound that drifts is found out."""
REACH_S = 1.0
"""How far off it may be to be found."""
SPOKEN_DBFS = -45.0
"""A piece of the narration that is quieter is not sought."""
_AS_GOOD = 0.001

Mono = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Heard:
    """peak: the highest sample, as a share of full scale; peak_at: in samples from the first. clipped: how many samples
    are over the limit. levels_db: of each `STEP`. rough: the sum of the channels at `ROUGH_RATE`. fault: why it broke
    off.
    """

    loudness: Loudness
    samples: int
    peak: float
    peak_at: int
    clipped: int
    levels_db: NDArray[np.float64]
    rough: Mono
    fault: str = ""


@dataclass(frozen=True)
class Offset:
    """How much later than it should be a piece of the narration is heard, in seconds, and how surely: a correlation."""

    at_s: float
    late_s: float
    likeness: float


def listened(path: Path, peak: float) -> Heard:
    """The whole sound of the film at `path`; samples above `peak` count as clipped.

    What cannot be decoded ends it, and is said in `fault`.
    """
    ear = _Ear(peak)
    loudness = survey(ear.hearing(decoded(path, str(path)))).loudness
    return Heard(
        loudness=loudness,
        samples=ear.samples,
        peak=ear.peak,
        peak_at=ear.peak_at,
        clipped=ear.clipped,
        levels_db=10 * np.log10(np.maximum(_joined(ear.energies), 1e-12)),
        rough=_joined(ear.rough).astype(np.float32),
        fault=ear.fault,
    )


def rough_copy(path: Path, where: str) -> Mono:
    """The sound of a file at `ROUGH_RATE`, channels summed."""
    return _joined([_rough(block) for block in in_blocks(decoded(path, where))]).astype(np.float32)


def offsets(film: Mono, narration: Mono, start_s: float) -> list[Offset]:
    """Where the narration, which should begin at `start_s`, is found in the film, piece by piece.

    The place of the greatest cross-correlation; music under the voice lowers it but does not move it.
    """
    placed = np.concatenate([np.zeros(round(start_s * ROUGH_RATE), np.float32), narration])[: film.size]
    reach, window = round(REACH_S * ROUGH_RATE), WINDOW_S * ROUGH_RATE
    around = np.pad(film, (reach, reach + window))
    found = []
    for first in range(0, placed.size, window):
        piece = placed[first : first + window]
        if np.sqrt(np.mean(piece**2)) > amplitude(SPOKEN_DBFS):
            late, likeness = _best(around[first : first + piece.size + 2 * reach], piece)
            found.append(Offset(first / ROUGH_RATE, (late - reach) / ROUGH_RATE, likeness))
    return found


def stretches(quiet: Sequence[bool]) -> list[tuple[int, int]]:
    """Where values are true, as (first, behind the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(quiet, np.int8), [0]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


class _Ear:
    def __init__(self, peak: float) -> None:
        self._limit = peak
        self.samples = self.clipped = self.peak_at = 0
        self.peak = 0.0
        self.energies: list[NDArray[np.float64]] = []
        self.rough: list[Mono] = []
        self.fault = ""

    def hearing(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks as they pass, as far as they can be decoded."""
        try:
            for block in blocks:
                self._hear(block)
                yield block
        except BadInput as error:
            self.fault = error.what

    def _hear(self, block: Block) -> None:
        magnitude = np.abs(block).max(axis=0)
        highest = int(magnitude.argmax())
        if magnitude[highest] > self.peak:
            self.peak, self.peak_at = float(magnitude[highest]), self.samples + highest
        self.clipped += int(np.count_nonzero(magnitude > self._limit))
        self.samples += block.shape[1]
        self.energies.append(_powers(block))
        self.rough.append(_rough(block))


def _powers(block: Block) -> NDArray[np.float64]:
    """Mean squares of each `STEP`, those of the louder channel."""
    padded = np.pad(block, ((0, 0), (0, -block.shape[1] % STEP)), mode="edge")
    whole = padded.reshape(block.shape[0], -1, STEP)
    powers: NDArray[np.float64] = np.einsum("ijk,ijk->ij", whole, whole, dtype=np.float64).max(axis=0) / STEP
    return powers


def _rough(block: Block) -> Mono:
    mono = block.mean(axis=0)
    whole = np.pad(mono, (0, -mono.size % REDUCED))
    rough: Mono = whole.reshape(-1, REDUCED).mean(axis=1)
    return rough


def _joined(parts: Sequence[NDArray[np.floating]]) -> NDArray[np.floating]:
    return np.concatenate(parts) if parts else np.zeros(0)


def _best(around: Mono, piece: Mono) -> tuple[int, float]:
    """How far into `around` the piece is found best, and the correlation there.

    A sound that repeats itself is found in several places: the one nearest to the middle, where it should be, counts.
    """
    length = next_fast_len(around.size + piece.size, real=True)
    products = irfft(rfft(around, length) * np.conj(rfft(piece, length)), length)[: around.size - piece.size + 1]
    energies = np.concatenate([[0.0], np.cumsum(around.astype(np.float64) ** 2)])
    beneath = np.sqrt(np.maximum(energies[piece.size :] - energies[: -piece.size], 1e-12) * float(piece @ piece))
    likeness = products / beneath
    alike = np.flatnonzero(likeness >= likeness.max() - _AS_GOOD)
    late = int(alike[np.abs(alike - likeness.size // 2).argmin()])
    return late, float(likeness[late])
