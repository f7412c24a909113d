"""Which words stand on the screen together: the rules of captions and of subtitles.

Belongs here: where a spoken text is best parted, on any clock. Does not belong here: how large the words
are set (`drawing.caption`), and what is written to a file (`release.subtitles`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

from vidfactory.drawing.linebreaks import joined, reading_letters, stays_with
from vidfactory.schema.base import SAMPLE_RATE

HOLD = SAMPLE_RATE * 3 // 10
"""How long a word stays after it was said, if no other comes."""
DROPPED_AROUND = "\"'“”‘’()[]"
INITIALS = re.compile(r"(?:\w\.){2,}")
"""U.S. keeps its last point."""
_SENTENCE = re.compile(r"[.!?…。！？؟।]\W*$")  # noqa: RUF001 - the full stops of other scripts
_CLAUSE = re.compile(r"[,;:—–،؛、，；：]\W*$")  # noqa: RUF001
_SHORT_WORD = re.compile(r"[^\W\d_]{1,3}")

# What speaks against a page or the place where it ends; a heuristic, weighed by looking at pages.
_PAGE, _INSIDE_A_CLAUSE, _AFTER_A_SHORT_WORD, _OVER_A_COMMA, _OVER_A_SENTENCE, _UNREAD_LETTER = 4, 2, 1, 1, 7, 4


@dataclass(frozen=True)
class Heard:
    """A word as it will be set, as it stands in the script, and when it is on, in ticks of one clock."""

    text: str
    shown: str
    start: int
    end: int


@dataclass(frozen=True)
class Room:
    """What a page may hold.

    fits: whether words can stand on one page. in_line: whether they can stand on one line. readable: letters
    that are read in a tick. longest: a page's longest time in ticks.
    """

    fits: Callable[[tuple[str, ...]], bool]
    in_line: Callable[[tuple[str, ...]], bool]
    readable: Fraction
    longest: int

    def reading_time(self, words: Sequence[Heard]) -> int:
        """Ticks that a page of `words` must stay to be read."""
        return ceil(reading_letters(joined(texts(words))) / self.readable)


def texts(words: Sequence[Heard]) -> tuple[str, ...]:
    return tuple(word.text for word in words)


def phrases(words: Sequence[Heard], room: Room, until: int) -> list[list[Heard]]:
    """`words` parted into pages, all of them once and in order.

    A page never runs over a silence, and over the end of a sentence only where it could not be read in time
    otherwise. Pages are few, end where clauses end, and are of about one length. A number stays with its
    unit where a line can hold both. until: when the film is over.
    """
    pages: list[list[Heard]] = []
    starts = [word.start for word in words] + [max(until, words[-1].end if words else 0)]
    first = 0
    for breath in _breaths(words):
        pages.extend(_parted(_units(breath, room), room, starts[first + len(breath)]))
        first += len(breath)
    return pages


def ends(pages: Sequence[Sequence[Heard]], room: Room, until: int) -> list[int]:
    """When each page goes: after its last word, or later if it could not be read and there is time."""
    starts = [*(page[0].start for page in pages), until]
    return [
        max(page[-1].end, min(page[0].start + min(room.reading_time(page), room.longest), after))
        for page, after in zip(pages, starts[1:], strict=True)
    ]


def stops(shown: str, following: str) -> int:
    """What punctuation parts two words: 2 the end of a sentence, 1 that of a clause, 0 nothing.

    The point of initials ends nothing, nor does the comma of a date.
    """
    if INITIALS.fullmatch(shown.strip(DROPPED_AROUND)) or stays_with(shown, following):
        return 0
    return 2 if _SENTENCE.search(shown) else int(bool(_CLAUSE.search(shown)))


def dangles(shown: str) -> bool:
    """Whether a line or page had better not end with a word, because it is short and so most likely leads on."""
    return bool(_SHORT_WORD.fullmatch(shown))


def _breaths(words: Sequence[Heard]) -> list[list[Heard]]:
    """Parted where a word goes before the next comes."""
    breaths: list[list[Heard]] = []
    for word in words:
        if breaths and breaths[-1][-1].end >= word.start:
            breaths[-1].append(word)
        else:
            breaths.append([word])
    return breaths


def _units(words: Sequence[Heard], room: Room) -> list[list[Heard]]:
    """Words that no page may part: most alone, a number with its unit if a line can hold both."""
    units: list[list[Heard]] = []
    for word in words:
        if units and stays_with(units[-1][-1].shown, word.shown) and room.in_line(texts([*units[-1], word])):
            units[-1].append(word)
        else:
            units.append([word])
    return units


def _parted(units: Sequence[Sequence[Heard]], room: Room, until: int) -> list[list[Heard]]:
    """The cheapest way to part `units`, by what speaks against each page and then by how uneven they are."""
    best: list[tuple[int, Fraction, list[list[Heard]]]] = [(0, Fraction(0), [])]
    for end in range(1, len(units) + 1):
        after = units[end][0].start if end < len(units) else until
        following = units[end][0].shown if end < len(units) else ""
        options = []
        for start in range(end - 1, -1, -1):
            page = [word for unit in units[start:end] for word in unit]
            if end - start > 1 and not (page[-1].end - page[0].start <= room.longest and room.fits(texts(page))):
                break
            cost, unevenness, before = best[start]
            length = reading_letters(joined(texts(page)))
            unread = max(0, ceil(length - room.readable * _time(page, after, room)))
            against = _against(page, following) + _UNREAD_LETTER * unread
            options.append((cost + against, unevenness + length**2, [*before, page]))
        best.append(min(options, key=lambda option: option[:2]))
    return best[-1][2]


def _time(page: Sequence[Heard], after: int, room: Room) -> int:
    return min(after - page[0].start, max(room.longest, page[-1].end - page[0].start))


def _against(page: Sequence[Heard], following: str) -> int:
    over = [stops(one.shown, other.shown) for one, other in pairwise(page)]
    cost = _PAGE + _OVER_A_SENTENCE * over.count(2) + _OVER_A_COMMA * over.count(1)
    if following and not stops(page[-1].shown, following):
        cost += _INSIDE_A_CLAUSE + _AFTER_A_SHORT_WORD * dangles(page[-1].shown)
    return cost
