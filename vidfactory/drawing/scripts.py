"""What a script asks of whoever sets it: its direction, its capitals, the forms of its characters.

Belongs here: rules of writing that need no font. Does not belong here: where lines end (`linebreaks`).
"""

from collections.abc import Sequence
from enum import Enum
from unicodedata import bidirectional, normalize

import regex

_FROM_RIGHT = {"R", "AL"}
_KANA, _HANGUL = regex.compile(r"[\p{Hiragana}\p{Katakana}]"), regex.compile(r"\p{Hangul}")
_BOPOMOFO, _HAN = regex.compile(r"\p{Bopomofo}"), regex.compile(r"\p{Han}")
_GREEK_ACCENT = regex.compile(r"(?<=\p{Greek}\p{M}*)\u0301")


_LANGUAGES_FROM_RIGHT = {"ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"}


class Direction(Enum):
    FROM_LEFT = "from left"
    FROM_RIGHT = "from right"
    NEITHER = "neither"
    """Of figures, signs and emoji."""


def direction_of(text: str) -> Direction:
    """The way in which most letters of `text` are read; where they are as many, that of the first."""
    ways = [bidirectional(char) for char in text]
    letters = [Direction.FROM_RIGHT if way in _FROM_RIGHT else Direction.FROM_LEFT for way in ways if way in "LRAL"]
    return max(letters, key=letters.count) if letters else Direction.NEITHER


def reads_from_right(text: str, language: str) -> bool:
    """Whether a text stands from right to left: that of such a language, or one most of whose letters do."""
    return language.partition("-")[0].lower() in _LANGUAGES_FROM_RIGHT or direction_of(text) is Direction.FROM_RIGHT


def in_reading_order(words: Sequence[str], *, from_right: bool) -> list[int]:
    """The indices of a line's words from left to right, as they stand in a text that is read `from_right` or not.

    Words of the other direction that stand together keep their own order, with the figures after them in a
    text from the right: the part of Unicode's bidirectional algorithm that concerns whole words.
    """
    other = Direction.FROM_LEFT if from_right else Direction.FROM_RIGHT
    runs: list[tuple[bool, list[int]]] = []
    for index, word in enumerate(words):
        way = direction_of(word)
        follows = bool(runs) and runs[-1][0] and way is Direction.NEITHER and from_right
        against = way is other or follows
        if against and runs and runs[-1][0]:
            runs[-1][1].append(index)
        else:
            runs.append((against, [index]))
    ordered = [run if from_right or not against else run[::-1] for against, run in runs]
    return [index for run in (ordered[::-1] if from_right else ordered) for index in run]


def capitals(text: str, language: str) -> str:
    """`text` in capitals: Greek without its accents, Turkish and Azeri with their dotted İ."""
    if language.partition("-")[0].lower() in {"tr", "az"}:
        text = text.replace("i", "İ")
    bare = _GREEK_ACCENT.sub("", normalize("NFD", text)) if regex.search(r"\p{Greek}", text) else text
    return normalize("NFC", bare.upper()) if bare is not text else text.upper()


def script_language(text: str, language: str) -> str | None:
    """The BCP 47 tag by which a face chooses among the forms of the characters of `text`.

    language: of the film. Han characters without it are shown as in mainland China.
    """
    for letters, tag in ((_KANA, "ja"), (_HANGUL, "ko"), (_BOPOMOFO, "zh-Hant")):
        if letters.search(text):
            return tag
    if _HAN.search(text) and language.partition("-")[0].lower() not in {"zh", "ja", "ko", "yue"}:
        return "zh-Hans"
    return language or None
