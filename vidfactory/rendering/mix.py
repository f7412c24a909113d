"""The mix: narration and music become the sound of the film.

Belongs here: where each track stands, how loud it is, and how music makes room for speech.
Does not belong here: the final loudness (`mastering`) and how the voice sounds (`treatment`).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidfactory.ports import Sound
from vidfactory.schema.base import SAMPLE_RATE, Samples, seconds_to_samples
from vidfactory.schema.plan import AudioPlan, MusicTrack
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import Mix

ATTACK_S = 0.15
"""The music begins to fall so long before a word that it is down when the word begins."""
HOLD_S = 0.25
RELEASE_S = 0.4
FADE_IN_S = 0.02
"""A loop starts in the middle of its own tails; without this the film would begin with a click."""


def mix(
    narration: Sound, music: Sound | None, length: Samples, plan: AudioPlan, levels: Mix, words: Sequence[TimedWord]
) -> Sound:
    """Stereo of exactly `length` samples at `SAMPLE_RATE`; not yet mastered, so it may exceed 1.

    `narration` and `music` are at `SAMPLE_RATE`; `words` are the spoken words in samples of the film.
    Tracks are added, so that none is quieter for the company of another.
    """
    film = placed(narration, plan.narration.start, length) * np.float32(plan.narration.volume)
    if music is not None and plan.music is not None:
        gain = ducking(words, length, levels.duck_db) * fades(length, plan.music.fade_out)
        film += music_bed(music, length, plan.music) * gain.astype(np.float32)
    return Sound(film, SAMPLE_RATE)


def placed(sound: Sound, start: int, length: int) -> NDArray[np.float32]:
    """`sound` as stereo in a silence of `length` samples, cut where that ends."""
    film = np.zeros((2, length), np.float32)
    part = sound.samples[:, : max(0, length - start)]
    film[:, start : start + part.shape[1]] = part
    return film


def music_bed(music: Sound, length: int, track: MusicTrack) -> NDArray[np.float32]:
    """The music under the whole film, each turn of a loop right behind the one before."""
    if not track.loop:
        return placed(music, 0, length) * np.float32(track.volume)
    turns = np.arange(length) % music.samples.shape[1]
    return np.broadcast_to(music.samples[:, turns] * np.float32(track.volume), (2, length))


def ducking(words: Sequence[TimedWord], length: int, duck_db: float) -> NDArray[np.float64]:
    """Gain of the music at every sample: `duck_db` lower under speech, with straight ramps in decibels.

    Pauses that are too short to come up and go down again stay ducked.
    """
    attack, hold, release = map(seconds_to_samples, (ATTACK_S, HOLD_S, RELEASE_S))
    points = [
        point
        for start, end in speech_spans(words, attack + hold + release)
        for point in ((start - attack, 0.0), (start, -duck_db), (end + hold, -duck_db), (end + hold + release, 0.0))
    ]
    if not points:
        return np.ones(length)
    at, gain_db = zip(*points, strict=True)
    curve: NDArray[np.float64] = 10 ** (np.interp(np.arange(length), at, gain_db) / 20)
    return curve


def speech_spans(words: Sequence[TimedWord], joined_below: int) -> list[tuple[int, int]]:
    """Stretches of speech as (first, last) sample; pauses shorter than `joined_below` belong to them."""
    spans: list[tuple[int, int]] = []
    for word in sorted(words, key=lambda word: word.start):
        if spans and word.start - spans[-1][1] < joined_below:
            spans[-1] = (spans[-1][0], max(spans[-1][1], word.end))
        else:
            spans.append((word.start, word.end))
    return spans


def fades(length: int, fade_out: int) -> NDArray[np.float64]:
    """Gain at every sample: up from the first, down to silence at the last, both along a cosine."""
    fade_in = seconds_to_samples(FADE_IN_S)
    rising = np.clip(np.arange(length) / fade_in, 0, 1)
    falling = np.clip((length - 1 - np.arange(length)) / max(fade_out, 1), 0, 1)
    smooth: NDArray[np.float64] = (1 - np.cos(np.pi * np.minimum(rising, falling))) / 2
    return smooth
