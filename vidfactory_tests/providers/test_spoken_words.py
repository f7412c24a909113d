import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.ports import Sound, SpokenWord
from vidfactory.providers.spoken_words import Said, recogniser_samples, said_words, token_times


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("thirty-two dollars,", ["thirty", "two", "dollars"]),
        ("G.O.O.G", ["g", "o", "o", "g"]),
        ("“Year’s", ["year's"]),
        ("'s", ["s"]),
        ("Café…", ["café"]),
        ("नमस्ते।", ["नमस्ते"]),
        ("—", []),
    ],
)
def test_a_token_holds_the_words_that_are_said(token: str, words: list[str]) -> None:
    assert said_words([token]) == tuple(Said(word, 0) for word in words)


def test_a_script_without_spaces_is_taken_by_its_characters() -> None:
    assert [word.text for word in said_words(["你好,", "世界。"], by_character=True)] == list("你好世界")


def test_a_token_is_heard_from_its_first_word_to_its_last() -> None:
    said = said_words(["thirty-two dollars", "up"])
    assert token_times(said, {0: (0.1, 0.2), 2: (0.4, 0.6), 3: (0.7, 0.8)}) == (
        SpokenWord(0, 0.1, 0.6),
        SpokenWord(1, 0.7, 0.8),
    )


def test_a_token_whose_edge_was_not_heard_is_left_out() -> None:
    said = said_words(["thirty-two dollars", "up"])
    assert token_times(said, {1: (0.2, 0.3), 2: (0.4, 0.6), 3: (0.7, 0.8)}) == (SpokenWord(1, 0.7, 0.8),)


@given(st.lists(st.text(max_size=12), max_size=12))
def test_every_token_that_says_something_gets_its_time_back(tokens: list[str]) -> None:
    said = said_words(tokens)
    found = token_times(said, {place: (float(place), place + 0.5) for place in range(len(said))})
    assert [word.index for word in found] == sorted({word.token for word in said})
    assert all(" " not in word.text and word.text for word in said)


def test_recognisers_get_one_channel_at_their_rate_and_a_full_level() -> None:
    time = np.arange(48_000) / 48_000
    stereo = np.stack([np.sin(2 * np.pi * 200 * time) * 0.02] * 2).astype(np.float32)
    samples = recogniser_samples(Sound(stereo, 48_000))
    assert samples.shape == (16_000,)
    assert samples.dtype == np.float32
    assert np.abs(samples).max() == pytest.approx(0.9)
