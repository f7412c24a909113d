"""Where words may be parted, and what they count, in any script."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.drawing.linebreaks import (
    JOINER,
    NEVER_FIRST,
    NEVER_LAST,
    clusters,
    glue,
    joined,
    parts,
    reading_letters,
    stays_with,
)


@pytest.mark.parametrize(
    ("word", "following", "together"),
    [
        ("$4.5", "billion", True),
        ("12", "%", True),
        ("3.2", "%,", True),
        ("2,000", "shares", True),
        ("12", "million", True),
        ("“12", "million”", True),
        ("S&P", "500", True),
        ("(S&P", "500)", True),
        ("Q3", "2024", True),
        ("October", "10,", True),
        ("10,", "2008", True),
        ("USD", "12", True),
        ("€", "5", True),
        ("−", "3", True),
        ("No.", "5", True),
        ("2007", "2008", False),
        ("fell", "12", False),
        ("9.1%", "and", False),
        ("12,", "and", False),
        ("12.", "Then", False),
        ("Google", "$332", False),
    ],
)
def test_a_number_stays_with_its_unit_sign_and_name(word: str, following: str, together: bool) -> None:  # noqa: FBT001
    assert stays_with(word, following) == together


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("disappointment", ["disappointment"]),
        ("구글의", ["구글의"]),
        ("GDP增长3%", ["GDP增长3%"]),
        ("谷歌股价在2008年10月10日跌至332美元。", ["谷歌", "股价在", "2008年", "10月10日", "跌至332美元。"]),
        ("グーグルの株価は、332ドルまで", ["グーグルの", "株価は、", "332ドルまで"]),
        ("ドナウダンプフシッフファールツゲゼルシャフト", ["ドナウダンプフシッフファールツゲゼルシャフト"]),
        ("人工智能改变世界", ["人工智能", "改变世界"]),
        ("กูเกิลร่วงลงเหลือ332ดอลลาร์", ["กู", "เกิลร่วงลง", "เหลือ332ดอลลาร์"]),
    ],
)
def test_a_word_without_spaces_has_parts(word: str, pieces: list[str]) -> None:
    assert list(parts(word)) == pieces


@given(st.text("谷歌股价的は、。「」『』っーカド3美元%.กเาGo ", min_size=1, max_size=40))
def test_parts_lose_nothing_and_keep_the_rules_of_lines(word: str) -> None:
    pieces = parts(word)
    assert "".join(pieces) == word
    for before, after in pairwise(pieces):
        assert after[0] not in NEVER_FIRST
        assert before[-1] not in NEVER_LAST
        assert not before[-1].isdecimal()


def test_a_reader_counts_letters_and_not_their_marks() -> None:
    assert reading_letters("Google fell") == 11
    assert reading_letters("שָׁלוֹם") == 4
    assert reading_letters("漢字" * 8) == reading_letters("한글" * 8) == 42


def test_a_cluster_is_what_a_reader_takes_for_a_character() -> None:
    assert clusters("é👍🏽👩‍💻ที่क्षि") == ["é", "👍🏽", "👩‍💻", "ที่", "क्षि"]


def test_only_scripts_that_have_spaces_get_them() -> None:
    assert joined(("Google", "fell")) == "Google fell"
    assert joined(("株価は", "下がり", "332ドル")) == "株価は下がり332ドル"
    assert joined(("구글의", "주가는")) == "구글의 주가는"
    assert joined(("ราคา", f"{JOINER}เหลือ", "ที่นี่")) == "ราคาเหลือ ที่นี่"
    assert glue("", "a") == ""
