"""Cuts the spoken words into scenes by their pauses. Rules only; knows no pictures."""

from collections.abc import Sequence
from itertools import pairwise

from vidfactory.schema.base import SAMPLE_RATE
from vidfactory.schema.speech import TimedWord

SCENE_PAUSE = SAMPLE_RATE // 2
"""A longer silence ends the scene."""
SENTENCE_ENDS = (".", "?", "!", "…", ":", ";")
_SENTENCE_BONUS = SAMPLE_RATE // 2
"""A cut at a sentence's end is worth as much as half a second of silence."""


def scene_cuts(words: Sequence[TimedWord], length: int, longest: int) -> list[int]:
    """Where scenes begin, in samples, the first at 0, for a film of `length` samples.

    Every pause longer than `SCENE_PAUSE` is a cut, in its middle. What is still longer than
    `longest` samples is halved at its best gap: long silences and sentence ends near the middle win. A
    word is never cut; a single word or silence longer than that is cut evenly, because a scene must
    change.
    """
    edges = [0, *(_middle(a, b) for a, b in pairwise(words) if b.start - a.end > SCENE_PAUSE), length]
    gaps = [(_middle(a, b), b.start - a.end + _bonus(a)) for a, b in pairwise(words)]
    cuts: list[int] = []
    for start, end in pairwise(edges):
        cuts.extend(_split(start, end, gaps, longest))
    return cuts


def words_between(words: Sequence[TimedWord], start: int, end: int) -> tuple[TimedWord, ...]:
    """The words that begin in `[start, end)`."""
    return tuple(word for word in words if start <= word.start < end)


def _middle(before: TimedWord, after: TimedWord) -> int:
    return (before.end + after.start) // 2


def _bonus(word: TimedWord) -> int:
    return _SENTENCE_BONUS if word.spoken.rstrip("\"'”’)").endswith(SENTENCE_ENDS) else 0


def _split(start: int, end: int, gaps: Sequence[tuple[int, int]], longest: int) -> list[int]:
    """Starts of the scenes that `[start, end)` is cut into."""
    if end - start <= longest:
        return [start]
    inside = [(at, worth) for at, worth in gaps if start < at < end]
    if not inside:
        parts = -(-(end - start) // longest)
        return [start + (end - start) * part // parts for part in range(parts)]
    centre = (start + end) // 2
    cut, _ = max(inside, key=lambda gap: gap[1] - abs(gap[0] - centre) // 2)
    return [*_split(start, cut, gaps, longest), *_split(cut, end, gaps, longest)]
