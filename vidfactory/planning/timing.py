"""Words with times: the narrator's or aligner's seconds become samples for every token of the screenplay.

Belongs here: filling the gaps between known times, and the pauses. Does not belong here: finding times
in sound (narrators and aligners), and what is done at a pause (`scenes`).
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby, pairwise

from vidfactory.errors import BadInput
from vidfactory.ports import Alignment, SpokenWord
from vidfactory.schema.base import SAMPLE_RATE, Samples, seconds_to_samples
from vidfactory.schema.screenplay import Beat
from vidfactory.schema.speech import Pause, TimedWord

SHORTEST_PAUSE = SAMPLE_RATE // 10
"""Silences from this on are pauses; each user decides what length means something to it."""
SHORTEST_WORD = SAMPLE_RATE * 6 // 100
"""Where a gap leaves less than this for each of its words, the word before shares its own time with them."""
KNOWN_ENOUGH = 0.9
"""From this share of words with known times on, the others may be interpolated between them."""

Span = tuple[int, int]


def timed_words(
    beats: Sequence[Beat], spoken: Sequence[SpokenWord], trimmed: Samples, duration: Samples
) -> tuple[TimedWord, ...]:
    """Every token of `beats` with its time in a narration of `duration` samples.

    `spoken` holds the known times, by index over all tokens, in seconds of the sound before `trimmed`
    samples were cut from its beginning. Times rise and never overlap: a time that runs back or out of
    the narration is moved to the nearest place that is free. Tokens without a known time share the room
    between their neighbours by the length of what is said, and are marked `interpolated`. Raises
    `BadInput` for an index that is no token and for a narration too short to hold every word.
    """
    tokens = [(number, token) for number, beat in enumerate(beats) for token in beat.tokens]
    if duration < len(tokens):
        raise BadInput(
            f"{len(tokens)} words do not fit into {duration} samples", where="narration", remedy="Make it again"
        )
    known = _known(spoken, len(tokens), trimmed, duration)
    spans = _filled(known, [len(token.spoken) for _, token in tokens], duration)
    return tuple(
        TimedWord(
            shown=token.shown,
            spoken=token.spoken,
            beat=beat,
            start=Samples(start),
            end=Samples(end),
            timing="exact" if index in known else "interpolated",
        )
        for index, ((beat, token), (start, end)) in enumerate(zip(tokens, spans, strict=True))
    )


def known_enough(words: Sequence[TimedWord]) -> bool:
    """Whether a narrator's own times, as `timed_words` made them, can stand without an aligner's."""
    return bool(words) and sum(word.timing == "exact" for word in words) >= KNOWN_ENOUGH * len(words)


def heard_words(beats: Sequence[Beat], alignment: Alignment, duration: Samples) -> tuple[TimedWord, ...]:
    """`timed_words` with the times that an aligner found in the narration itself, however few they are."""
    return timed_words(beats, alignment.words, Samples(0), duration)


def pauses_between(words: Sequence[TimedWord], longer_than: int = SHORTEST_PAUSE) -> tuple[Pause, ...]:
    """The silences between words that are longer than `longer_than` samples."""
    return tuple(
        Pause(after=index, start=before.end, end=after.start)
        for index, (before, after) in enumerate(pairwise(words))
        if after.start - before.end > longer_than
    )


def words_as_markdown(words: Sequence[TimedWord]) -> str:
    """The times as a table that a person can read."""
    rows = [
        f"| {word.start / SAMPLE_RATE:.3f} | {word.end / SAMPLE_RATE:.3f} | {word.shown.replace('|', '/')} "
        f"| {word.spoken.replace('|', '/')} | {word.timing} |"
        for word in words
    ]
    return "\n".join(["| From, s | To, s | Shown | Spoken | Time |", "|---|---|---|---|---|", *rows])


def _known(spoken: Sequence[SpokenWord], count: int, trimmed: int, duration: int) -> dict[int, Span]:
    """Spans of the words with known times, in order, each leaving at least a sample to every other word."""
    words = sorted(spoken, key=lambda word: word.index)
    if not words:
        return {}
    if not 0 <= words[0].index <= words[-1].index < count:
        raise BadInput(
            f"there are times for words {words[0].index} to {words[-1].index} of a screenplay of {count} words",
            where="timestamps",
            remedy="Make the narration again",
        )
    raw = [(seconds_to_samples(word.start_s) - trimmed, seconds_to_samples(word.end_s) - trimmed) for word in words]
    limits = [
        start - (after.index - word.index - 1)
        for (word, after), (start, _) in zip(pairwise(words), raw[1:], strict=True)
    ]
    limits.append(duration)
    spans: dict[int, Span] = {}
    index, free = -1, 0
    for word, (start, end), limit in zip(words, raw, limits, strict=True):
        begin = min(max(start, free + word.index - index - 1), duration - (count - word.index))
        stop = min(max(min(end, limit), begin + 1), duration - (count - word.index - 1))
        spans[word.index] = (begin, stop)
        index, free = word.index, stop
    return spans


def _filled(known: Mapping[int, Span], lengths: Sequence[int], duration: int) -> list[Span]:
    """The spans of all words: each run without times shares the room between its neighbours."""
    spans = dict(known)
    for is_known, run in groupby(range(len(lengths)), known.__contains__):
        if not is_known:
            missing = list(run)
            before, after = missing[0] - 1, missing[-1] + 1
            end = spans[after][0] if after in spans else duration
            start = spans[before][1] if before in spans else 0
            if before in spans and end - start < SHORTEST_WORD * len(missing):
                missing.insert(0, before)
                start = spans[before][0]
            spans.update(zip(missing, _shares(start, end, [lengths[index] for index in missing]), strict=True))
    return [spans[index] for index in range(len(lengths))]


def _shares(start: int, end: int, lengths: Sequence[int]) -> list[Span]:
    """Cut `[start, end)` by the lengths of what is said in it; every part has at least one sample."""
    spare, total = end - start - len(lengths), sum(lengths)
    edges = [start + count + spare * said // total for count, said in enumerate(accumulate(lengths, initial=0))]
    return list(pairwise(edges))
