"""Where a text may be broken, and how long it is to a reader, in any script.

Belongs here: what follows from the characters alone. Does not belong here: widths in pixels
(`typesetting`), and which words stand together (`planning.phrases`).

Chinese, Japanese and Thai are written without spaces between words. Nothing here knows their words: where
those are parted is a heuristic of the script, and the rules of what may begin or end a line (kinsoku, after
JIS X 4051) are kept.
"""

from fractions import Fraction
from functools import cache
from itertools import accumulate, pairwise
from typing import cast

import regex

JOINER = "\u2060"
"""WORD JOINER, which shows nothing. A word that begins with it follows the one before without a space."""
WIDE_LETTER = Fraction(42, 16)
"""Letters that a Chinese, Japanese or Korean character counts as: a line of subtitles has 42 or 16 of them."""
LONGEST_PART = 8
"""Characters. Longer parts are halved."""
HAN_PART, THAI_PART = 4, 14
"""Of nothing but Chinese, in which nothing shows where a word ends; of Thai, in which that is seldom seen."""
NEVER_FIRST = (
    "、。，．：；？！‼⁇⁈⁉…‥）〕］｝〉》」』】〙〗〟’”)]}»›"  # noqa: RUF001 - these are the characters meant
    "ー々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ・～〜％‰℃%°,.:;?!"  # noqa: RUF001
    "ะาๅำฯๆ"
)
"""What no line or page begins with: closing marks, small kana, and signs that belong to what stands before."""
NEVER_LAST = "（〔［｛〈《「『【〘〖〝‘“([{«‹＄￥￡＃$¥€£#№เแโใไ"  # noqa: RUF001
"""What none ends with: opening marks, signs of currency, and Thai vowels that are written before their consonant."""

_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\u3000-\u303f\uff01-\uff65"
_UNSPACED = regex.compile(rf"[{_CJK}\p{{Thai}}\p{{Lao}}\p{{Khmer}}\p{{Myanmar}}]")
_WITHOUT_SPACE = regex.compile(rf"[{_CJK}]")
_WIDE = regex.compile(rf"[{_CJK}\p{{Hangul}}--\p{{M}}]", regex.VERSION1)
_COUNTED = regex.compile(r"[^\p{M}\p{Default_Ignorable_Code_Point}]")
_UNITS = "个百分点|百分点|人民币|パーセント|ポイント|ユーロ|美元|日元|欧元|港元|ドル|[%％‰℃]|\\p{Han}"  # noqa: RUF001
_ATOM = regex.compile(
    rf"""
      [{regex.escape(NEVER_LAST)}]*
      (?: \p{{Nd}}+月\p{{Nd}}+日                                                # a day
        | [+\-−]?\p{{Nd}}[\p{{Nd}}.,:/，．]*[十百千万萬億亿兆]*(?:{_UNITS})?      # a number with its unit
        | (?:(?![\p{{Nd}}{_CJK}\p{{Thai}}\p{{Lao}}\p{{Khmer}}\p{{Myanmar}}{regex.escape(NEVER_LAST)}])\X)+   # a word
        | \X )
      [{regex.escape(NEVER_FIRST)}]*
    """,  # noqa: RUF001
    regex.VERBOSE,
)
_NUMBER = regex.compile(r"[^\w.,;:!?…]*\p{Nd}(?:[\p{Nd}.,:/]*\p{Nd})?")
"""A bare one, after which no clause ends; 9.1% and 12, are none."""
_ANY_NUMBER, _PLAIN_NUMBER = regex.compile(r"\W*\p{Nd}"), regex.compile(r"\p{Nd}")
_NAME = regex.compile(r"[\"'“‘(]*\p{Lu}[\w&/.’'-]*(?<![.!?]{2})|[Nn]o\.")
_SIGN = regex.compile(r"[\"'“‘(]*[\p{Sc}+\-−±~≈<>#№]+")
_DAY, _YEAR = regex.compile(r"\b\d{1,2},$"), regex.compile(r"\d{4}\b")
_STOP = regex.compile(r"[、。，．：；？！…,.:;?!]\W*$")  # noqa: RUF001
_HIRAGANA_END = regex.compile(r"\p{Hiragana}\W*$")
_HIRAGANA_START = regex.compile(r"\W*[\p{Hiragana}ー々]")
_KATAKANA_END, _KATAKANA_START = regex.compile(r"[\p{Katakana}ー・]$"), regex.compile(r"^[\p{Katakana}ー]")
_ALL_HAN, _THAI = regex.compile(r"\W*\p{Han}+\W*"), regex.compile(r"\p{Thai}")
_COUNTED_HAN, _HAN_START = regex.compile(r".*\p{Nd}.*\p{Han}\W*$"), regex.compile(r"\p{Han}")
_THAI_START = regex.compile(r"^[เแโใไ]")


def clusters(text: str) -> list[str]:
    """What a reader takes for single characters: a letter with its marks, an emoji with its skin tone."""
    return cast(list[str], regex.findall(r"\X", text))


def reading_letters(text: str) -> Fraction:
    """How many Latin letters `text` is worth to a reader; marks count nothing, wide characters `WIDE_LETTER`."""
    if text.isascii():
        return Fraction(len(text))
    wide = len(_WIDE.findall(text))
    return wide * WIDE_LETTER + len(_COUNTED.findall(text)) - wide


def glue(before: str, following: str) -> str:
    """What stands between two words: a space, or nothing where their script has none or a `JOINER` says so."""
    if not before or not following or following[0] == JOINER:
        return ""
    meeting = before[-1] + following[0]
    return " " if meeting.isascii() or not _WITHOUT_SPACE.search(meeting) else ""


def stays_with(word: str, following: str) -> bool:
    """Whether a line or page may not end between the two, as they stand in the script.

    A number stays with what it counts (12 million), a sign or currency with its number (USD 12), a name
    with the number in it (S&P 500, Q3 2024, October 10), a day with its year (October 10, 2008).
    """
    if _NUMBER.fullmatch(word):
        return not _ANY_NUMBER.match(following)
    if _ANY_NUMBER.match(following):
        named = bool(_NAME.fullmatch(word)) and bool(_PLAIN_NUMBER.match(following))
        return named or bool(_SIGN.fullmatch(word)) or bool(_DAY.search(word) and _YEAR.match(following))
    return False


def joined(words: tuple[str, ...]) -> str:
    """Words as one text, each with its `glue` and without `JOINER`."""
    glued = [glue(before, word) + word.removeprefix(JOINER) for before, word in pairwise(("", *words))]
    return "".join(glued)


@cache
def parts(word: str) -> tuple[str, ...]:
    """Pieces of a word between which a line or page may end; most words are one.

    Only words of scripts without spaces have several. A number stays with its unit, a run of Latin or
    katakana whole. Japanese is parted where a word begins after hiragana, Thai before the vowels that begin
    a syllable, Chinese evenly: heuristics, no dictionary.
    """
    if not _UNSPACED.search(word):
        return (word,)
    pieces: list[list[str]] = []
    atoms = _ATOM.findall(word)
    for before, atom in pairwise(("", *atoms)):
        if before and not _parted(before, atom):
            pieces[-1].append(atom)
        else:
            pieces.append([atom])
    return tuple("".join(part) for piece in pieces for part in _halved(piece))


def _parted(before: str, atom: str) -> bool:
    if before[-1].isdecimal():
        return False
    if _STOP.search(before) or _THAI_START.match(atom) or (_COUNTED_HAN.match(before) and _HAN_START.match(atom)):
        return True
    return bool(_HIRAGANA_END.search(before)) and not _HIRAGANA_START.match(atom)


def _halved(atoms: list[str]) -> list[list[str]]:
    """Atoms in parts that are no longer than the script's longest, where they can be parted."""
    lengths = list(accumulate((len(clusters(atom)) for atom in atoms), initial=0))
    cuts = [at for at in range(1, len(atoms)) if not _together(atoms[at - 1], atoms[at])]
    if lengths[-1] <= _longest("".join(atoms)) or not cuts:
        return [atoms]
    middle = min(cuts, key=lambda at: abs(2 * lengths[at] - lengths[-1]))
    return _halved(atoms[:middle]) + _halved(atoms[middle:])


def _longest(text: str) -> int:
    if _ALL_HAN.fullmatch(text):
        return HAN_PART
    return THAI_PART if _THAI.search(text) else LONGEST_PART


def _together(before: str, atom: str) -> bool:
    """A run of katakana, and a number with what it counts."""
    return before[-1].isdecimal() or bool(_KATAKANA_END.search(before) and _KATAKANA_START.match(atom))
