"""Likeness of texts: measured on pairs, the same one by one and for many at once."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.desks.finance.stories import ALIKE, MAX_TEXT, alike, likeness, signature

PAIRS = yaml.safe_load(Path(__file__).with_name("stories.yaml").read_text(encoding="utf-8"))


def of(one: str, other: str) -> float:
    return likeness(signature(one), signature(other))


@pytest.mark.parametrize(("pairs", "same", "other"), [("chosen", 36, 39), ("learned", 19, 19), ("held", 9, 9)])
def test_the_threshold_tells_one_story_from_two(pairs: str, same: int, other: int) -> None:
    assert sum(of(*pair) >= ALIKE for pair in PAIRS[pairs]["same"]) >= same
    assert sum(of(*pair) < ALIKE for pair in PAIRS[pairs]["other"]) >= other


def test_results_of_two_companies_are_two_stories() -> None:
    assert of("$MSFT earnings beat, cloud revenue up 22%", "$AMZN earnings beat, cloud revenue up 19%") == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GOOGL buys a start-up", "Alphabet buys a start-up"),
        ("$BRK.B sells", "Berkshire Hathaway sells"),
        ("S&P 500 at 18,000", "the S&P at 18000"),
        ("up 31% to $5.5bn", "up 31 percent to $5.5 billion https://t.co/x @someone"),
        ("Apple’s iPhone", "the iPhone of Apple"),
    ],
)
def test_two_ways_to_write_one_thing_are_the_same(one: str, other: str) -> None:
    assert of(one, other) == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "the and of", "🚀🚀🚀", "https://t.co/abc @you", "\u202e\u2066"])
def test_a_text_without_content_is_like_none(text: str) -> None:
    assert signature(text).marks == {}
    assert of(text, text) == 0


def test_only_the_beginning_of_a_huge_text_is_read() -> None:
    assert signature("profit " * 10**5) == signature("profit " * MAX_TEXT)


@given(st.lists(st.text(alphabet="ab $GOOGleAPL7%苹果", max_size=30), max_size=8))
def test_many_at_once_are_judged_as_each_pair(texts: list[str]) -> None:
    signatures = [signature(text) for text in texts]
    rows, columns, measures = alike(signatures, signatures)
    found = dict(zip(zip(rows.tolist(), columns.tolist(), strict=True), measures.tolist(), strict=True))
    for row, one in enumerate(signatures):
        for column, other in enumerate(signatures):
            measure = likeness(one, other)
            assert measure == pytest.approx(likeness(other, one))
            if abs(measure - ALIKE) > 1e-9:
                assert ((row, column) in found) == (measure > ALIKE)
                assert found.get((row, column), measure) == pytest.approx(measure)
