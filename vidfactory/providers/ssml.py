"""Speech as SSML, for the services that read it.

Belongs here: what a script means in tags: its pace, its pauses, its stressed words, marks to find words by. Does
not belong here: the document around it, which each service wants its own way.

A word in CAPITALS is stressed, in small letters so that nobody spells it; voices that know no stress get the small
letters alone (`in_small_letters`). Initials are not such words: scripts write them as they are said, with points
("G.O.O.G").
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

SENTENCE_BREAK_MS = 300
PARAGRAPH_BREAK_MS = 650
_CAPITALS = re.compile(r"[^\W\d_]{2,}(?:['’\- ][^\W\d_]+)*")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_EDGES = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)
_SENTENCE_END = re.compile(r"[.?!…\u3002\uff1f\uff01]['\"”’)\]]*$")
_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Dialect:
    """What a service makes of SSML.

    rate: the pace as it is written in `prosody`, empty to leave it. stresses: whether it knows `emphasis`. marks:
    whether each word gets a mark with its number, and the end of each clause one with the number and "-end".
    """

    rate: str = ""
    stresses: bool = True
    marks: bool = False


def in_small_letters(text: str) -> str:
    """`text` with its words in CAPITALS in small letters, so that no voice spells them; single letters stay."""

    def small(word: re.Match[str]) -> str:
        stem = word[0].removesuffix("s").removesuffix("'")
        return word[0].lower() if len(stem) > 1 and stem.isupper() else word[0]

    return _WORD.sub(small, text)


def ends_sentence(word: str) -> bool:
    return bool(_SENTENCE_END.search(word))


def marked_up(paragraphs: Sequence[Sequence[str]], dialect: Dialect) -> str:
    """`paragraphs` of words as SSML without its root.

    There is a pause of 300 ms behind each sentence, and a longer one between paragraphs.
    """
    pieces: list[str] = []
    number, last = 0, sum(map(len, paragraphs)) - 1
    for paragraph in paragraphs:
        for place, word in enumerate(paragraph, start=1):
            pieces.append(_marked(number, word, dialect))
            if number < last:
                pieces.append(_pause(word, closes=place == len(paragraph)))
            number += 1
    text = "".join(pieces)
    return f'<prosody rate="{dialect.rate}">{text}</prosody>' if dialect.rate else text


def mark_times(
    paragraphs: Sequence[Sequence[str]], marks: Mapping[str, float], seconds: float
) -> dict[int, tuple[float, float]]:
    """Start and end of each word, by its index, from the times of its marks.

    A word without an end of its own ends where the next one begins, the last one with the sound; in any case before
    the pause that `marked_up` put behind it.
    """
    pauses_s = [
        (PARAGRAPH_BREAK_MS if place == len(paragraph) else SENTENCE_BREAK_MS if ends_sentence(word) else 0) / 1000
        for paragraph in paragraphs
        for place, word in enumerate(paragraph, start=1)
    ]
    starts = {number: marks[str(number)] for number in range(len(pauses_s)) if str(number) in marks}
    following = dict(pairwise(starts))
    times: dict[int, tuple[float, float]] = {}
    for number, start in starts.items():
        pause_s = pauses_s[number] if number + 1 < len(pauses_s) else 0
        limit = starts.get(following.get(number, -1), seconds) - pause_s
        times[number] = (start, max(start, min(limit, marks.get(f"{number}-end", seconds))))
    return times


def _marked(number: int, word: str, dialect: Dialect) -> str:
    said = _said(word, dialect)
    if not dialect.marks:
        return said
    end = "" if word[-1:].isalnum() else f'<mark name="{number}-end"/>'
    return f'<mark name="{number}"/>{said}{end}'


def _pause(word: str, *, closes: bool) -> str:
    if closes:
        return f'<break time="{PARAGRAPH_BREAK_MS}ms"/>'
    return f'<break time="{SENTENCE_BREAK_MS}ms"/>' if ends_sentence(word) else " "


def _said(word: str, dialect: Dialect) -> str:
    before, core, after = _parted(_NOT_XML.sub("", word))
    if not (_CAPITALS.fullmatch(core) and core.isupper()):
        return escape(before + in_small_letters(core) + after)
    stressed = escape(core.lower())
    if dialect.stresses:
        stressed = f'<emphasis level="strong">{stressed}</emphasis>'
    return f"{escape(before)}{stressed}{escape(after)}"


def _parted(word: str) -> tuple[str, str, str]:
    """What stands before a word, the word, and its punctuation."""
    match = _EDGES.match(word)
    assert match
    return match[1], match[2], match[3]
