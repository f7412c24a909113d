"""Directions, capitals and forms of scripts."""

import pytest

from vidfactory.drawing.scripts import (
    Direction,
    capitals,
    direction_of,
    in_reading_order,
    reads_from_right,
    script_language,
)


def left_to_right(line: str, *, from_right: bool) -> str:
    words = line.split()
    return " ".join(words[index] for index in in_reading_order(words, from_right=from_right))


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("שלום רב לכם", "לכם רב שלום"),
        ("מניית Google Cloud ירדה", "ירדה Google Cloud מניית"),
        ("מדד S&P 500 ירד", "ירד S&P 500 מדד"),
        ("ירד 55.2% השנה", "השנה 55.2% ירד"),
    ],
)
def test_a_line_from_the_right_keeps_foreign_words_in_their_order(line: str, seen: str) -> None:
    assert left_to_right(line, from_right=True) == seen


def test_a_line_from_the_left_keeps_foreign_words_in_theirs() -> None:
    assert left_to_right("He said שלום רב to 500 people", from_right=False) == "He said רב שלום to 500 people"


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Google", Direction.FROM_LEFT),
        ("Google ירדה היום", Direction.FROM_RIGHT),
        ("55.2% 🚀", Direction.NEITHER),
        ("漢字", Direction.FROM_LEFT),
    ],
)
def test_most_letters_give_the_direction(text: str, direction: Direction) -> None:
    assert direction_of(text) is direction


def test_the_language_outweighs_the_letters() -> None:
    assert reads_from_right("سهم Google", "ar")
    assert not reads_from_right("سهم Google", "en")
    assert reads_from_right("ירדה Google היום", "en")


@pytest.mark.parametrize(
    ("text", "language", "capital"),
    [
        ("πώς", "el", "ΠΩΣ"),
        ("istanbul", "tr", "İSTANBUL"),
        ("istanbul", "en", "ISTANBUL"),
        ("Straße", "de", "STRASSE"),
        ("é", "fr", "É"),
    ],
)
def test_capitals_are_those_of_the_language(text: str, language: str, capital: str) -> None:
    assert capitals(text, language) == capital


@pytest.mark.parametrize(
    ("text", "language", "tag"),
    [
        ("漢字", "en", "zh-Hans"),
        ("漢字", "zh-Hant", "zh-Hant"),
        ("漢字かな", "en", "ja"),
        ("漢字", "ja", "ja"),
        ("한자", "", "ko"),
        ("Google", "", None),
    ],
)
def test_han_characters_have_the_forms_of_their_language(text: str, language: str, tag: str | None) -> None:
    assert script_language(text, language) == tag
