"""Spoken words for planning tests, made from gaps and lengths."""

from hypothesis import strategies as st

from vidfactory.schema.base import Samples
from vidfactory.schema.speech import TimedWord

SECOND = 48_000


def spoken(
    *spans: tuple[float, float], texts: list[str] | None = None, beats: list[int] | None = None
) -> list[TimedWord]:
    """Words heard from and to these seconds."""
    return [
        TimedWord(
            shown=texts[n] if texts else f"word{n}",
            spoken=texts[n] if texts else f"word{n}",
            beat=beats[n] if beats else 0,
            start=Samples(round(start * SECOND)),
            end=Samples(round(end * SECOND)),
            timing="exact",
        )
        for n, (start, end) in enumerate(spans)
    ]


@st.composite
def speeches(draw: st.DrawFn) -> list[TimedWord]:
    """Up to sixty words of 42 ms to 12 s with silences of up to 3 s between them."""
    at, spans = 0, []
    for _ in range(draw(st.integers(1, 60))):
        at += draw(st.integers(0, 3 * SECOND))
        length = draw(st.one_of(st.integers(2_000, SECOND), st.integers(SECOND, 12 * SECOND)))
        spans.append((at / SECOND, (at + length) / SECOND))
        at += length
    ends = draw(st.lists(st.sampled_from(["word", "word.", "word,"]), min_size=len(spans), max_size=len(spans)))
    return spoken(*spans, texts=ends)
