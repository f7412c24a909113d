"""What tests of aligners share: speech whose word times are known exactly, and how far off others are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from vidfactory.ports import Aligner, Alignment, Sound, Speech, SpokenWord
from vidfactory.providers.espeak_narrator import EspeakNarrator, EspeakVoice

SCRIPT = """
Google | closed | at | three hundred thirty-two dollars | on | October tenth, | two thousand eight.
The | S and P five hundred | fell | nine point one percent, | and | Xiaomi | held | in | the | year's | last | session.
Nobody | on | my | floor | went | out | for | lunch.
"""
"""A paragraph a line; tokens stand between bars."""
PARAGRAPHS = tuple(tuple(token.strip() for token in line.split("|")) for line in SCRIPT.strip().splitlines())
WORDS = tuple(word for paragraph in PARAGRAPHS for word in paragraph)


HOUSE_VOICE = EspeakVoice()


@cache
def speech(voice: EspeakVoice = HOUSE_VOICE) -> Speech:
    """The script as espeak-ng says it, with its own events as word times."""
    return asyncio.run(EspeakNarrator(voice).speak(PARAGRAPHS, "en"))


def aligned(aligner: Aligner, sound: Sound, words: Sequence[str] = WORDS, language: str = "en") -> Alignment:
    return asyncio.run(aligner.align(sound, words, language))


@dataclass(frozen=True)
class Accuracy:
    """How far words begin from where they do, in milliseconds, and how many have no time."""

    off_ms: NDArray[np.float64]
    lost: int

    @property
    def median(self) -> float:
        return float(np.median(self.off_ms))

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.off_ms, share))


def accuracy(found: Sequence[SpokenWord], true: Sequence[SpokenWord], shift_s: float = 0.0) -> Accuracy:
    """`shift_s` is how much later the sound of `true` begins than that of `found`."""
    starts = {word.index: word.start_s for word in found}
    off = [abs(starts[word.index] + shift_s - word.start_s) * 1000 for word in true if word.index in starts]
    return Accuracy(np.array(off), len(true) - len(off))
