"""Scenes are cut at pauses, are short enough, and never cut a word."""

from itertools import pairwise

from hypothesis import given

from vidfactory.planning.scenes import SCENE_PAUSE, words_between
from vidfactory.planning.scenes import scene_cuts as cuts_for
from vidfactory.schema.speech import TimedWord
from vidfactory_tests.planning.words import SECOND, speeches, spoken

MAX_SCENE = 8 * SECOND


def scene_cuts(words: list[TimedWord], length: int) -> list[int]:
    return cuts_for(words, length, MAX_SCENE)


def test_a_pause_longer_than_half_a_second_cuts_in_its_middle() -> None:
    words = spoken((0.2, 1.0), (1.6, 2.0), (2.5, 3.0))
    assert scene_cuts(words, 4 * SECOND) == [0, round(1.3 * SECOND)]


def test_a_pause_of_exactly_half_a_second_does_not_cut() -> None:
    assert scene_cuts(spoken((0.0, 1.0), (1.5, 2.0)), 3 * SECOND) == [0]


def test_a_long_stretch_is_cut_at_a_sentence_end_near_its_middle() -> None:
    spans = [(n, n + 0.9) for n in range(10)]
    texts = ["word"] * 4 + ["end."] + ["word"] * 5
    assert scene_cuts(spoken(*spans, texts=texts), 10 * SECOND) == [0, round(4.95 * SECOND)]


def test_silence_without_words_is_cut_evenly() -> None:
    assert scene_cuts([], 12 * SECOND) == [0, 6 * SECOND]


@given(speeches())
def test_no_scene_is_longer_than_eight_seconds(words: list[TimedWord]) -> None:
    edges = [*scene_cuts(words, words[-1].end + SECOND), words[-1].end + SECOND]
    assert edges[0] == 0
    assert all(0 < end - start <= MAX_SCENE for start, end in pairwise(edges))


@given(speeches())
def test_every_long_pause_is_a_cut(words: list[TimedWord]) -> None:
    cuts = scene_cuts(words, words[-1].end + SECOND)
    for before, after in pairwise(words):
        if after.start - before.end > SCENE_PAUSE:
            assert any(before.end <= cut <= after.start for cut in cuts)


@given(speeches())
def test_a_word_is_cut_only_if_it_is_longer_than_a_scene_may_be(words: list[TimedWord]) -> None:
    cuts = scene_cuts(words, words[-1].end + SECOND)
    for word in words:
        if word.end - word.start <= MAX_SCENE // 2:
            assert not any(word.start < cut < word.end for cut in cuts if not _in_long_stretch(word, words))


@given(speeches())
def test_scenes_hold_every_word_once_and_in_order(words: list[TimedWord]) -> None:
    length = words[-1].end + SECOND
    edges = [*scene_cuts(words, length), length]
    assert [word for start, end in pairwise(edges) for word in words_between(words, start, end)] == words


def _in_long_stretch(word: TimedWord, words: list[TimedWord]) -> bool:
    """Whether a neighbour is itself longer than a scene, so that time is cut evenly around it."""
    place = words.index(word)
    return any(other.end - other.start > MAX_SCENE // 2 for other in words[max(0, place - 1) : place + 2])
