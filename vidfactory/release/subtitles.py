"""Captions as files: SRT, WebVTT, and every word with its times.

Belongs here: what players and editors read beside the film. Does not belong here: the captions that are drawn
into it (`planning.captions`), though both are parted by the same rules (`planning.phrases`).

Lines and times are those of broadcasters' timed text: at most two lines of 42 letters (16 of Chinese, Japanese
or Korean), from 5/6 s to 7 s on screen, 15 letters a second to read. The words are the script's, each once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from unicodedata import bidirectional

from vidfactory.drawing.linebreaks import joined, reading_letters, stays_with
from vidfactory.drawing.scripts import reads_from_right
from vidfactory.planning.captions import word_parts
from vidfactory.planning.clock import ms_at
from vidfactory.planning.phrases import HOLD, Heard, Room, dangles, ends, phrases, stops, texts
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.speech import TimedWord

LINE_LETTERS = 42
LETTERS_PER_S = 15
SHORTEST_MS, LONGEST_MS = 833, 7_000
"""How long a cue stays; the shortest only where the next one leaves it the time."""
_FROM_RIGHT_BEGINS, _FROM_RIGHT_ENDS = "\u202b", "\u202c"
"""RIGHT-TO-LEFT EMBEDDING and POP DIRECTIONAL FORMATTING, which old players know as well."""
_NEEDS_NO_MARK = {"R", "AL", "NSM", "WS"}
_ARROW = "-->"
"""Ends the line of times in both formats, so it cannot stand in a text."""


@dataclass(frozen=True)
class Cue:
    """One or two lines on screen in `[start_ms, end_ms)` of the film."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def srt(plan: ProductionPlan) -> str:
    """The plan's words as SubRip, in UTF-8. `-->` in a text becomes an arrow, because SubRip has no escapes."""
    blocks = (
        f"{number}\n{_time(cue.start_ms, ',')} {_ARROW} {_time(cue.end_ms, ',')}\n"
        + "\n".join(line.replace(_ARROW, "→") for line in cue.lines)
        for number, cue in enumerate(cues(plan), start=1)
    )
    return "\n\n".join(blocks) + "\n"


def webvtt(plan: ProductionPlan) -> str:
    """The plan's words as WebVTT (W3C), with `&`, `<` and `>` escaped."""
    blocks = (
        f"{_time(cue.start_ms, '.')} {_ARROW} {_time(cue.end_ms, '.')}\n"
        + "\n".join(escape(line, quote=False) for line in cue.lines)
        for cue in cues(plan)
    )
    return "\n\n".join(("WEBVTT", *blocks)) + "\n"


def words_json(plan: ProductionPlan) -> str:
    """Every word as the script shows it, in order, with when it is heard in milliseconds of the film.

    `timing` is `interpolated` for a word that no narrator or aligner timed.
    """
    words = [
        {"word": word.shown, "start_ms": ms_at(word.start), "end_ms": ms_at(word.end), "timing": word.timing}
        for word in film_words(plan)
    ]
    told = {"schema_version": "words/1", "language": plan.language, "words": words}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def film_words(plan: ProductionPlan) -> list[TimedWord]:
    """The words of all scenes, in samples of the film."""
    return [word for scene in plan.scenes for word in scene.words]


def cues(plan: ProductionPlan) -> list[Cue]:
    """The subtitles of a film: in order, without overlap, all within it."""
    until = plan.video_metadata.duration_frames * 1000 // plan.video_metadata.fps
    heard = _heard([part for word in film_words(plan) for part in word_parts(word)], until)
    room = Room(
        fits=lambda words: _lines(words) is not None,
        in_line=_is_short,
        readable=Fraction(LETTERS_PER_S, 1000),
        longest=LONGEST_MS,
    )
    pages = phrases(heard, room, until)
    following = [page[0].start for page in pages[1:]] + [until]
    from_right = reads_from_right(" ".join(texts(heard)), plan.language)
    return [
        Cue(page[0].start, _end(page[0].start, end, after), _set_lines(page, from_right=from_right))
        for page, end, after in zip(pages, ends(pages, room, until), following, strict=True)
    ]


def _end(start: int, end: int, following: int) -> int:
    return min(max(end, min(start + SHORTEST_MS, following)), start + LONGEST_MS)


def _heard(words: Sequence[TimedWord], until: int) -> list[Heard]:
    """The words in milliseconds, each at least one long, none later than `until`; each stays until the next.

    In a silence it goes after `HOLD`.
    """
    heard: list[Heard] = []
    earliest = 0
    for index, word in enumerate(words):
        following = words[index + 1].start if index + 1 < len(words) else word.end + HOLD
        start = max(earliest, ms_at(word.start))
        if start >= until:
            break
        end = min(until, max(start + 1, ms_at(min(following, word.end + HOLD))))
        heard.append(Heard(" ".join(word.shown.split()), word.shown, start, end))
        earliest = end
    return heard


def _set_lines(page: Sequence[Heard], *, from_right: bool) -> tuple[str, ...]:
    lines = _lines(texts(page))
    assert lines is not None
    return tuple(_marked(joined(line)) if from_right else joined(line) for line in lines)


def _lines(words: tuple[str, ...]) -> list[tuple[str, ...]] | None:
    """Words on one line or on two, parted where a clause ends or else in the middle; None where they do not fit.

    A single word stands on one line, however long.
    """
    letters = reading_letters(joined(words))
    if len(words) == 1 or letters <= LINE_LETTERS:
        return [words]
    if letters > 2 * LINE_LETTERS + 1:
        return None
    cuts = [cut for cut in range(1, len(words)) if _is_short(words[:cut]) and _is_short(words[cut:])]
    kept = [cut for cut in cuts if not stays_with(words[cut - 1], words[cut])]
    if not kept:
        return None
    cut = min(
        kept, key=lambda at: (not stops(words[at - 1], words[at]), dangles(words[at - 1]), _unevenness(words, at))
    )
    return [words[:cut], words[cut:]]


def _unevenness(words: tuple[str, ...], cut: int) -> Fraction:
    return abs(reading_letters(joined(words[:cut])) - reading_letters(joined(words[cut:])))


def _is_short(words: tuple[str, ...]) -> bool:
    return reading_letters(joined(words)) <= LINE_LETTERS


def _marked(line: str) -> str:
    """A line that is read from the right, marked where a player that thinks otherwise would misplace it."""
    if all(bidirectional(char) in _NEEDS_NO_MARK for char in line):
        return line
    return f"{_FROM_RIGHT_BEGINS}{line}{_FROM_RIGHT_ENDS}"


def _time(ms: int, point: str) -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
