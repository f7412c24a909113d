"""What every aligner does with a script: its tokens cut into the words that are said, and put together again.

Belongs here: which words a token holds, and how its time follows from theirs; the sound as recognisers take it.
Does not belong here: how words are pronounced (`pronunciation`) and found (the aligners).
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidfactory.errors import BadInput
from vidfactory.ports import Sound, SpokenWord
from vidfactory.rendering.audio import resample

RECOGNISER_RATE = 16_000
"""Samples a second that speech recognisers are trained on."""
APOSTROPHE = "'"
_LETTERS_MARKS_FIGURES = "LMN"

Span = tuple[float, float]


@dataclass(frozen=True)
class Said:
    """One word as it is said, in small letters, and the index of the token that it stands in."""

    text: str
    token: int


def said_words(tokens: Sequence[str], *, by_character: bool = False) -> tuple[Said, ...]:
    """The words of all tokens without punctuation: "S and P five hundred," holds five, "G.O.O.G" four.

    `by_character`: every character is a word, as aligners have it for scripts that are written without spaces.
    """
    return tuple(Said(word, index) for index, token in enumerate(tokens) for word in _cut(token, by_character))


def token_times(said: Sequence[Said], heard: Mapping[int, Span]) -> tuple[SpokenWord, ...]:
    """When tokens are heard, from the seconds of their words by index into `said`.

    A token is left out unless the first and the last of its words were heard: its edges are theirs.
    """
    edges: dict[int, tuple[int, int]] = {}
    for place, word in enumerate(said):
        edges[word.token] = (edges.get(word.token, (place, place))[0], place)
    return tuple(
        SpokenWord(token, heard[first][0], heard[last][1])
        for token, (first, last) in edges.items()
        if first in heard and last in heard
    )


def recogniser_samples(sound: Sound) -> NDArray[np.float32]:
    """A sound as recognisers take it: mono at `RECOGNISER_RATE`, its peak at 0.9. BadInput for a silent one."""
    mono = Sound(sound.samples.mean(axis=0, keepdims=True, dtype=np.float32), sound.rate)
    samples: NDArray[np.float32] = resample(mono, RECOGNISER_RATE).samples[0]
    peak = float(np.abs(samples).max(initial=0))
    if not peak:
        raise BadInput("there is no sound to find words in", where="narration", remedy="Make the narration again")
    samples *= np.float32(0.9 / peak)
    return samples


def _cut(token: str, by_character: bool) -> list[str]:  # noqa: FBT001 - private
    plain = "".join(_kept(char) for char in token.lower())
    words = [word.strip(APOSTROPHE) for word in plain.split()]
    return [part for word in words for part in (word if by_character else [word]) if part]


def _kept(char: str) -> str:
    if char in "'’":
        return APOSTROPHE
    return char if unicodedata.category(char)[0] in _LETTERS_MARKS_FIGURES else " "
