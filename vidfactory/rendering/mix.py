"""The mix: narration and music become the sound of the film, block by block.

Belongs here: where each track stands, how loud it is, and how music makes room for speech.
Does not belong here: the final loudness (`mastering`) and how the voice sounds (`treatment`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

import numpy as np
from numpy.typing import NDArray

from vidfactory.rendering.audio import BLOCK, Block, in_blocks
from vidfactory.schema.base import Samples, seconds_to_samples
from vidfactory.schema.plan import AudioPlan, MusicTrack
from vidfactory.schema.speech import TimedWord

ATTACK_S = 0.15
"""The music begins to fall so long before a word that it is down when the word begins."""
HOLD_S = 0.25
RELEASE_S = 0.4
FADE_IN_S = 0.02
"""A loop starts in the middle of its own tails; without this the film would begin with a click."""

Player = Callable[[], Iterable[Block]]
"""Plays a track from its beginning."""


@dataclass(frozen=True)
class Speech:
    """The words that are spoken, in samples of the film, and by how many dB the music makes room for them."""

    words: Sequence[TimedWord]
    duck_db: float


def mix(
    narration: Iterable[Block],
    music: Player | None,
    length: Samples,
    plan: AudioPlan,
    speech: Speech,
    size: int = BLOCK,
) -> Iterator[Block]:
    """Stereo blocks of `size` samples, together exactly `length`; not yet mastered, so they may exceed 1.

    Tracks are added, so that none is quieter for the company of another.
    """
    voice = placed(narration, plan.narration.start, length, size)
    bed = music_bed(music, length, plan.music, size) if music and plan.music else None
    ducked = Ducking.of(speech)
    for first, spoken in zip(count(0, size), voice, strict=False):
        film = spoken * np.float32(plan.narration.volume)
        if bed is not None and plan.music is not None:
            at = np.arange(first, first + film.shape[1])
            gain = plan.music.volume * ducked.gain(at) * fades(at, length, plan.music.fade_out)
            film += next(bed) * gain.astype(np.float32)
        yield film


def placed(parts: Iterable[Block], start: int, length: int, size: int = BLOCK) -> Iterator[Block]:
    """A track as stereo blocks in a silence of `length` samples, cut where that ends."""
    return in_blocks(_lasting(chain(_silence(start), parts), length), size)


def music_bed(music: Player, length: int, track: MusicTrack, size: int = BLOCK) -> Iterator[Block]:
    """The music under the whole film, each turn of a loop right behind the one before."""
    turns = (music() for _ in count()) if track.loop else [music()]
    return placed(chain.from_iterable(turns), 0, length, size)


@dataclass(frozen=True)
class Ducking:
    """How far the music is down: straight ramps in decibels between points in samples of the film."""

    at: tuple[int, ...]
    gain_db: tuple[float, ...]

    @classmethod
    def of(cls, speech: Speech) -> "Ducking":
        """Down under speech; pauses that are too short to come up and go down again stay ducked."""
        attack, hold, release = map(seconds_to_samples, (ATTACK_S, HOLD_S, RELEASE_S))
        at, gain_db = [0], [0.0]
        for start, end in speech_spans(speech.words, attack + hold + release):
            at += [start - attack, start, end + hold, end + hold + release]
            gain_db += [0.0, -speech.duck_db, -speech.duck_db, 0.0]
        return cls(tuple(at[1:] or at), tuple(gain_db[1:] or gain_db))

    def gain(self, at: NDArray[np.int64]) -> NDArray[np.float64]:
        """The factor at each of these samples."""
        factor: NDArray[np.float64] = 10 ** (np.interp(at, self.at, self.gain_db) / 20)
        return factor


def speech_spans(words: Sequence[TimedWord], joined_below: int) -> list[tuple[int, int]]:
    """Stretches of speech as (first, last) sample; pauses shorter than `joined_below` belong to them."""
    spans: list[tuple[int, int]] = []
    for word in sorted(words, key=lambda word: word.start):
        if spans and word.start - spans[-1][1] < joined_below:
            spans[-1] = (spans[-1][0], max(spans[-1][1], word.end))
        else:
            spans.append((word.start, word.end))
    return spans


def fades(at: NDArray[np.int64], length: int, fade_out: int) -> NDArray[np.float64]:
    """Gain at samples of the film: up from the first, down to silence at the last, both along a cosine."""
    fade_in = seconds_to_samples(FADE_IN_S)
    if fade_in <= at[0] and at[-1] < length - 1 - fade_out:
        return np.ones(at.size)
    rising = np.clip(at / fade_in, 0, 1)
    falling = np.clip((length - 1 - at) / max(fade_out, 1), 0, 1)
    smooth: NDArray[np.float64] = (1 - np.cos(np.pi * np.minimum(rising, falling))) / 2
    return smooth


def _lasting(parts: Iterable[Block], length: int) -> Iterator[Block]:
    """Stereo of exactly `length` samples: cut, or with silence behind."""
    left = length
    for part in parts:
        if left <= 0:
            return
        stereo = np.broadcast_to(part, (2, part.shape[1]))
        yield stereo[:, :left]
        left -= part.shape[1]
    yield from _silence(left)


def _silence(length: int) -> Iterator[Block]:
    for first in range(0, length, BLOCK):
        yield np.zeros((2, min(BLOCK, length - first)), np.float32)
