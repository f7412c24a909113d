from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidfactory.desks.spoken import tokens_of
from vidfactory.providers.ssml import Dialect, in_small_letters, mark_times, marked_up

PLAIN = Dialect()
MARKED = Dialect(marks=True)
words = st.text(st.characters(exclude_categories=["Cs", "Z"]), min_size=1, max_size=9)
paragraphs = st.lists(st.lists(words, min_size=1, max_size=8), min_size=1, max_size=4)


def test_a_sentence_ends_in_a_break_of_300_ms_and_a_paragraph_in_a_longer_one() -> None:
    text = marked_up([["Up.", "Down?", "So"], ["it", "goes."]], PLAIN)
    assert text == ('Up.<break time="300ms"/>Down?<break time="300ms"/>So<break time="650ms"/>it goes.'), (
        "and nothing behind the last word"
    )


def test_capitals_are_stressed_in_small_letters() -> None:
    text = marked_up([["A", "HUGE,", "“WOW!”", "day", "for", "G.O.O.G", "and", "WE'RE", "I."]], PLAIN)
    strong = '<emphasis level="strong">'
    assert f"A {strong}huge</emphasis>, “{strong}wow</emphasis>!”" in text
    assert f"for G.O.O.G and {strong}we're</emphasis> I." in text


def test_capitals_of_a_script_reach_the_voice_and_initials_are_no_such_words() -> None:
    words = [token.spoken for token in tokens_of("A HUGE day for GOOG, the CEO's ETFs and 52-WEEK lows.")]
    assert marked_up([words], PLAIN) == (
        "A <emphasis level=\"strong\">huge</emphasis> day for G.O.O.G, the C.E.O's E.T.F's and fifty-two week lows."
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("HUGE!", "huge!"),
        ("ALL CAPS", "all caps"),
        ("WE'RE", "we're"),
        ("WOW's", "wow's"),
        ("G.O.O.G's", "G.O.O.G's"),
        ("S and P", "S and P"),
        ("I'm", "I'm"),
        ("McDonald", "McDonald"),
    ],
)
def test_small_letters_are_for_whole_words_in_capitals(written: str, said: str) -> None:
    assert in_small_letters(written) == said


def test_a_service_without_stress_gets_small_letters_only() -> None:
    assert marked_up([["HUGE", "day."]], Dialect(stresses=False)) == "huge day."


def test_the_pace_stands_around_all() -> None:
    assert marked_up([["Hello."]], Dialect(rate="115%")) == '<prosody rate="115%">Hello.</prosody>'


def test_marks_number_the_words_and_close_each_clause() -> None:
    assert marked_up([["Well,", "yes."]], MARKED) == (
        '<mark name="0"/>Well,<mark name="0-end"/> <mark name="1"/>yes.<mark name="1-end"/>'
    )


@settings(max_examples=50)
@given(paragraphs)
def test_any_text_is_well_formed_and_says_the_same_words(script: list[list[str]]) -> None:
    root = ET.fromstring(f"<speak>{marked_up(script, MARKED)}</speak>")  # noqa: S314 - our own
    assert len(root.findall(".//break")) >= len(script) - 1
    assert [mark.get("name") for mark in root.iter("mark") if "end" not in str(mark.get("name"))] == [
        str(number) for number in range(sum(map(len, script)))
    ]


@pytest.mark.parametrize("hostile", ["<break/>", "</speak>", "&lt;", "a\x00b", "]]>", '"x"'])
def test_nothing_in_a_word_becomes_a_tag(hostile: str) -> None:
    root = ET.fromstring(f"<speak>{marked_up([[hostile]], PLAIN)}</speak>")  # noqa: S314 - our own
    assert list(root) == []
    assert "".join(root.itertext()) == hostile.replace("\x00", "")


def test_a_word_ends_where_its_clause_does_or_where_the_next_begins() -> None:
    marks = {"0": 0.1, "0-end": 0.4, "1": 0.6, "2": 1.0}
    assert mark_times([["So,", "it", "goes"]], marks, 1.5) == {0: (0.1, 0.4), 1: (0.6, 1.0), 2: (1.0, 1.5)}


def test_the_pause_behind_a_sentence_is_not_the_word_s() -> None:
    marks = {"0": 0.0, "0-end": 1.0, "1": 1.0, "2": 2.0}
    times = mark_times([["Up.", "Down"], ["Out"]], marks, 2.5)
    assert times[0] == pytest.approx((0.0, 0.7))
    assert times[1] == pytest.approx((1.0, 1.35))


def test_a_mark_that_the_service_forgot_leaves_its_word_out() -> None:
    assert mark_times([["a", "b", "c"]], {"0": 0.0, "2": 1.0}, 2.0) == {0: (0.0, 1.0), 2: (1.0, 2.0)}
