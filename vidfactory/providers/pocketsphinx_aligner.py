"""The aligner that needs no key and no network: forced alignment of English with pocketsphinx's own model.

Belongs here: what pocketsphinx is asked and how its answer becomes word times. Does not belong here: the
library's calls (`sphinx_child`) and how words are pronounced (`pronunciation`).

Measured against espeak-ng's own events on a finance script of a minute, five voices of 130 to 200 words a minute
(`benchmarks/alignment.py`): word starts of clean speech are off by 8 ms in the median and 45 ms at the 95th
percentile, from a telephone by 15 and 62 ms; no word is lost, nor with noise 20 dB or music 22 dB under the voice.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from vidfactory.errors import BadInput, Permanent
from vidfactory.ports import Alignment, Sound
from vidfactory.providers import sphinx_child
from vidfactory.providers.children import run_child
from vidfactory.providers.kit import Kit
from vidfactory.providers.pronunciation import pronunciations
from vidfactory.providers.spoken_words import RECOGNISER_RATE, Span, recogniser_samples, said_words, token_times
from vidfactory.rendering.audio import amplitude
from vidfactory.schema.base import Credit

CREDIT = Credit(provider="pocketsphinx", model=f"en-us {version('pocketsphinx')}")
FRAME = RECOGNISER_RATE // 100
PADDING = 30 * FRAME
"""Silence around the sound: without it the first and last words are often not found."""
DITHER = 3.0
"""Noise in steps of 16 bits: the model knows no digital silence."""
FLOOR_DB = -40.0
"""Noise so far below the sound's RMS..."""
TELEPHONE_FLOOR_DB = -30.0
"""...or, where there is nothing above `TELEPHONE_HZ`, so far."""
TELEPHONE_HZ = 5_000.0
EMPTY_BAND_DB = -50.0
"""A band has nothing in it from so far below the whole on."""
QUIET_DB = 35.0
"""What is so much below loud speech is silence between words..."""
QUIET_FRAMES = 8
"""...where it lasts so long; shorter is the closing of the lips before a consonant."""
TAIL_FRAMES = 6
"""A sound shorter than this before a silence is the end of the word before, and no part of this one."""


@dataclass(frozen=True)
class Search:
    """beams: how much less likely than the best a path may be before it is dropped. The wider ones cost time, and are
    tried where the one before has found a smaller share of the words than `enough`.

    silence: the chance of one between two words. skip: the chance that one to `longest_skip` words are not there.
    """

    beams: tuple[float, ...] = (1e-64, 1e-120)
    enough: float = 0.95
    silence: float = 0.2
    skip: float = 1e-40
    longest_skip: int = 8


@dataclass(frozen=True)
class PocketsphinxAligner:
    """Implements `ports.Aligner` for English. The same sound and words give the same times.

    The whole sound is searched in one pass, in a process of its own, so that no word is lost between windows.
    """

    search: Search = Search()
    timeout_s: float = 900.0

    async def align(self, sound: Sound, words: Sequence[str], language: str) -> Alignment:
        """Find `words`; the score is the share of what they say that was heard, 0 where they do not fit the sound.

        Raises `BadInput` for another language and a silent sound, `Permanent` where there is no word to find or the
        process fails, `Transient` where it takes too long.
        """
        if language.lower().replace("_", "-").partition("-")[0] != "en":
            raise BadInput(
                f"pocketsphinx aligns no {language!r}", where="aligner", remedy='It knows English; choose "whisperx"'
            )
        return await asyncio.to_thread(self._aligned, sound, words)

    def _aligned(self, sound: Sound, words: Sequence[str]) -> Alignment:
        samples = with_floor(recogniser_samples(sound))
        ways = pronunciations((word.text for word in said_words(words)), self.timeout_s)
        said = [word for word in said_words(words) if ways[word.text]]
        if not said:
            raise Permanent("no word of the script can be pronounced", where="aligner", remedy="Change the script")
        found = self._found(samples, [ways[word.text] for word in said])
        heard = without_silence(samples, found)
        return Alignment(token_times(said, heard), len(heard) / len(said), CREDIT)

    def _found(self, samples: NDArray[np.float32], words: Sequence[tuple[str, ...]]) -> list[tuple[int, int, int]]:
        """What the first search finds that finds enough, else the one of them that finds most."""
        tries: list[list[tuple[int, int, int]]] = []
        for beam in self.search.beams:
            tries.append(self._searched(samples, words, beam))
            if len(tries[-1]) >= self.search.enough * len(words):
                break
        return max(tries, key=len)

    def _searched(
        self, samples: NDArray[np.float32], words: Sequence[tuple[str, ...]], beam: float
    ) -> list[tuple[int, int, int]]:
        """Index, first frame and frame behind the last of the words that are heard, in order."""
        search = {
            "rate": RECOGNISER_RATE,
            "beam": beam,
            "silence": self.search.silence,
            "skip": self.search.skip,
            "longest_skip": self.search.longest_skip,
            "words": words,
        }
        request = json.dumps(search).encode() + b"\n" + _pcm(samples)
        answer = json.loads(run_child(sphinx_child, request, self.timeout_s))
        lead, length = PADDING // FRAME, samples.size // FRAME
        inside = [(index, max(0, first - lead), min(length, last - lead)) for index, first, last in answer]
        return [(index, first, last) for index, first, last in inside if first < last]


def provide(kit: Kit) -> PocketsphinxAligner:  # noqa: ARG001 - it needs nothing
    return PocketsphinxAligner()


def with_floor(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same with a little noise, always the same: the model was trained in rooms, and loses words without one.

    It hears sound up to 6,800 Hz, so that a telephone's sound, with nothing up there, needs more.
    """
    power = np.mean(np.square(samples, dtype=np.float64))
    upper = sosfilt(butter(10, TELEPHONE_HZ, "highpass", fs=RECOGNISER_RATE, output="sos"), samples)
    is_telephone = np.mean(np.square(upper)) < power * amplitude(EMPTY_BAND_DB) ** 2
    level = np.sqrt(power) * amplitude(TELEPHONE_FLOOR_DB if is_telephone else FLOOR_DB)
    floored: NDArray[np.float32] = samples + np.float32(level) * np.random.default_rng(1).standard_normal(
        samples.size, dtype=np.float32
    )
    return floored


def without_silence(samples: NDArray[np.float32], found: Sequence[tuple[int, int, int]]) -> dict[int, Span]:
    """Seconds of the words in `found` (index, first frame, frame behind the last), cut back to where there is sound.

    The search likes to begin a word in the silence before it, or with the last breath of the word before that.
    """
    if not found:
        return {}
    begins, ends = _silences(samples)
    spans: dict[int, Span] = {}
    for index, first, last in found:
        silent = (ends[frame] for frame in range(first, first + TAIL_FRAMES) if frame in ends)
        start = min(next(silent, first), last - 1)
        end = max(begins.get(last - 1, last), start + 1)
        spans[index] = (start * FRAME / RECOGNISER_RATE, end * FRAME / RECOGNISER_RATE)
    return spans


def _silences(samples: NDArray[np.float32]) -> tuple[dict[int, int], dict[int, int]]:
    """For each frame inside a long silence, its first frame and the frame behind its last."""
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(frames.astype(np.float64) ** 2, axis=1)
    quiet = power < np.percentile(power, 90) * 10 ** (-QUIET_DB / 10)
    changes = np.flatnonzero(np.diff(quiet, prepend=False, append=False))
    runs = [(first, last) for first, last in changes.reshape(-1, 2).tolist() if last - first >= QUIET_FRAMES]
    begins = {frame: first for first, last in runs for frame in range(first, last)}
    ends = {frame: last for first, last in runs for frame in range(first, last)}
    return begins, ends


def _pcm(samples: NDArray[np.float32]) -> bytes:
    """Signed 16-bit samples with silence around them and a little noise, always the same."""
    padded = np.pad(samples.astype(np.float64), PADDING) * 32767
    noisy = padded + np.random.default_rng(0).normal(0, DITHER, padded.size)
    return noisy.round().clip(-32768, 32767).astype("<i2").tobytes()
