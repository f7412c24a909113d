import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.errors import BadInput
from vidfactory.planning.timing import SHORTEST_WORD, heard_words, known_enough, pauses_between, timed_words
from vidfactory.ports import Alignment, SpokenWord
from vidfactory.schema.base import SAMPLE_RATE, Credit, Samples
from vidfactory.schema.screenplay import Beat, Token
from vidfactory.schema.speech import TimedWord

SECOND = Samples(SAMPLE_RATE)


def beats(*texts: str) -> list[Beat]:
    return [
        Beat(name=f"beat {number}", tokens=tuple(Token(shown=word, spoken=word) for word in text.split()))
        for number, text in enumerate(texts)
    ]


def spans(words: tuple[TimedWord, ...]) -> list[tuple[int, int]]:
    return [(word.start, word.end) for word in words]


def test_known_times_become_samples_of_the_trimmed_narration() -> None:
    words = timed_words(
        beats("Up", "down"), [SpokenWord(0, 0.5, 0.75), SpokenWord(1, 1.0, 1.25)], Samples(4800), SECOND * 2
    )
    assert spans(words) == [(19_200, 31_200), (43_200, 55_200)]
    assert [(word.shown, word.beat, word.timing) for word in words] == [("Up", 0, "exact"), ("down", 1, "exact")]


def test_a_word_without_time_is_interpolated_by_the_length_of_what_is_said() -> None:
    words = timed_words(beats("a to four b"), [SpokenWord(0, 0.0, 0.2), SpokenWord(3, 0.8, 1.0)], Samples(0), SECOND)
    assert spans(words)[1:3] == [(9600, pytest.approx(19_200, abs=2)), (pytest.approx(19_200, abs=2), 38_400)]
    assert [word.timing for word in words] == ["exact", "interpolated", "interpolated", "exact"]


def test_a_joined_word_takes_its_time_from_the_word_before() -> None:
    words = timed_words(beats("of the day"), [SpokenWord(0, 0.0, 0.4), SpokenWord(2, 0.4, 0.8)], Samples(0), SECOND)
    (_, first_end), (start, end), (last_start, _) = spans(words)
    assert 0 < first_end == start < end == last_start == 19_200
    assert end - start > SHORTEST_WORD


def test_without_any_known_time_the_words_share_the_narration() -> None:
    words = timed_words(beats("one two", "six"), [], Samples(0), Samples(9000))
    assert spans(words)[0][0] == 0
    assert spans(words)[-1][1] == 9000


def test_times_outside_the_narration_are_moved_into_it() -> None:
    words = timed_words(beats("a b"), [SpokenWord(0, -1.0, 0.1), SpokenWord(1, 0.9, 7.0)], Samples(0), SECOND)
    assert spans(words) == [(0, 4800), (43_200, 48_000)]


def test_times_for_words_that_are_not_there_are_refused() -> None:
    with pytest.raises(BadInput, match="words 0 to 2 of a screenplay of 2 words"):
        timed_words(beats("a b"), [SpokenWord(0, 0, 0.1), SpokenWord(2, 0.2, 0.3)], Samples(0), SECOND)


def test_a_narration_too_short_for_its_words_is_refused() -> None:
    with pytest.raises(BadInput, match="3 words do not fit into 2 samples"):
        timed_words(beats("a b c"), [], Samples(0), Samples(2))


def test_pauses_are_the_silences_longer_than_asked() -> None:
    words = timed_words(
        beats("a b", "c"),
        [SpokenWord(0, 0.0, 0.2), SpokenWord(1, 0.3, 0.4), SpokenWord(2, 0.95, 1.0)],
        Samples(0),
        SECOND,
    )
    (pause,) = pauses_between(words, SAMPLE_RATE // 2)
    assert (pause.after, pause.start, pause.end) == (1, 19_200, 45_600)
    assert len(pauses_between(words, SAMPLE_RATE // 20)) == 2


times = st.floats(-1, 12, allow_nan=False)


@given(
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=30),
    known=st.dictionaries(st.integers(0, 29), st.tuples(times, times), max_size=30),
    trimmed=st.integers(0, 60_000),
    duration=st.integers(30, 500_000),
)
def test_any_known_times_give_every_word_a_span_that_rises_and_stays_inside(
    lengths: list[int], known: dict[int, tuple[float, float]], trimmed: int, duration: int
) -> None:
    spoken = [SpokenWord(index, *span) for index, span in known.items() if index < len(lengths)]
    words = timed_words(beats(" ".join("x" * n for n in lengths)), spoken, Samples(trimmed), Samples(duration))
    edges = [edge for span in spans(words) for edge in span]
    assert len(words) == len(lengths)
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= duration
    assert all(word.start < word.end for word in words)
    assert {i for i, word in enumerate(words) if word.timing == "exact"} == {word.index for word in spoken}


@given(st.lists(st.tuples(st.integers(5000, 30_000), st.integers(0, 20_000)), min_size=1, max_size=20), st.data())
def test_known_times_in_order_are_kept_to_the_sample(layout: list[tuple[int, int]], data: st.DataObject) -> None:
    place, true = 0, []
    for length, silence in layout:
        true.append((place, place + length))
        place += length + silence
    chosen = data.draw(st.sets(st.sampled_from(range(len(true)))))
    spoken = [SpokenWord(i, true[i][0] / SAMPLE_RATE, true[i][1] / SAMPLE_RATE) for i in sorted(chosen)]
    words = timed_words(beats(" ".join(["word"] * len(true))), spoken, Samples(0), Samples(place))
    assert all(words[index].start == true[index][0] for index in chosen)


TEN = "a b c d e f g h i j"


def first(count: int) -> list[SpokenWord]:
    """The first `count` words of ten, each a tenth of a second long."""
    return [SpokenWord(index, index / 10, index / 10 + 0.1) for index in range(count)]


def test_a_narrator_that_knows_nine_words_of_ten_is_relied_on() -> None:
    known = [timed_words(beats(TEN), first(count), Samples(0), SECOND) for count in (0, 8, 9, 10)]
    assert [known_enough(words) for words in known] == [False, False, True, True]


def test_a_narrator_that_knows_no_words_is_not_relied_on() -> None:
    assert not known_enough(())


def heard(count: int) -> tuple[TimedWord, ...]:
    return heard_words(
        beats(TEN), Alignment(tuple(first(count)), count / 10, Credit(provider="ear", model="ear")), SECOND
    )


def test_words_that_were_not_heard_are_marked() -> None:
    assert [word.timing for word in heard(5)] == ["exact"] * 5 + ["interpolated"] * 5


def test_a_sound_in_which_no_word_is_heard_has_no_exact_time() -> None:
    assert [word.timing for word in heard(0)] == ["interpolated"] * 10
