"""Caption pages: what is on screen, and from which frame to which."""

import re
from collections.abc import Iterator, Sequence

from vidfactory.drawing.caption import phrase_fits, stays_with
from vidfactory.planning.clock import frame_at
from vidfactory.schema.base import SAMPLE_RATE, Frames
from vidfactory.schema.plan import CaptionPage, CaptionWord
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import CaptionStyle

HOLD = SAMPLE_RATE * 3 // 10
"""How long a word stays after it was said, if no other comes."""
_DROPPED_AT_END = ".,;:"
_INITIALS = re.compile(r"(?:\w\.){2,}")
"""U.S. keeps its last point."""
_DROPPED_AROUND = "\"'“”‘’()[]"
_BREAK = re.compile(r"[.,;:!?…—–،؛؟]\W*$")
"""What a word ends with after which a phrase is over."""
_DAY, _YEAR = re.compile(r"\b\d{1,2},$"), re.compile(r"\d{4}\b")


def caption_text(shown: str) -> str:
    """A word as a caption: without the commas, full stops and quotation marks around it."""
    text = shown.strip(_DROPPED_AROUND)
    if _INITIALS.fullmatch(text):
        return text
    return text.rstrip(_DROPPED_AT_END).strip(_DROPPED_AROUND) or shown


def caption_pages(words: Sequence[TimedWord], fps: int, length: Frames, style: CaptionStyle) -> tuple[CaptionPage, ...]:
    """The pages of a film of `length` frames in the style that the theme wants.

    In every style each word is lit in the same frames, those of `one_word_pages`. A phrase ends at
    punctuation, at a pause, and where the box is full; a number stays with its unit. Raises BadInput
    for characters that no face has.
    """
    single = one_word_pages(words, fps, length)
    if style.style == "one_word":
        return single
    return tuple(_joined(phrase) for said in _breaths(words, single) for phrase in _phrases(said, style))


def one_word_pages(words: Sequence[TimedWord], fps: int, length: Frames) -> tuple[CaptionPage, ...]:
    """One page a word, from the frame at which it begins to be heard until the next word begins.

    In a longer silence the page goes after `HOLD`. Each page has at least one frame; pages follow
    each other without overlap and end with the film.
    """
    pages: list[CaptionPage] = []
    earliest = 0
    for index, word in enumerate(words):
        following = words[index + 1].start if index + 1 < len(words) else word.end + HOLD
        start = max(earliest, frame_at(word.start, fps))
        end = max(start + 1, frame_at(min(following, word.end + HOLD), fps))
        if start >= length:
            break
        end = min(end, length)
        pages.append(CaptionPage(text=caption_text(word.shown), start_frame=Frames(start), end_frame=Frames(end)))
        earliest = end
    return tuple(pages)


def _breaths(words: Sequence[TimedWord], single: Sequence[CaptionPage]) -> Iterator[list[CaptionPage]]:
    """The words' own pages, parted where the speaker stops: at punctuation, and where a caption goes in a silence."""
    said: list[CaptionPage] = []
    before = ""
    for word, page in zip(words, single, strict=False):
        if said and (said[-1].end_frame < page.start_frame or _stops(before, word.shown)):
            yield said
            said = []
        said.append(page)
        before = word.shown
    if said:
        yield said


def _stops(shown: str, following: str) -> bool:
    """Whether punctuation parts two words; the point of initials does not, nor the comma of a date."""
    if _INITIALS.fullmatch(shown.strip(_DROPPED_AROUND)) or (_DAY.search(shown) and _YEAR.match(following)):
        return False
    return bool(_BREAK.search(shown))


def _phrases(said: Sequence[CaptionPage], style: CaptionStyle) -> list[list[CaptionPage]]:
    """As few pages as the box allows, and among those the most even in length."""
    units = _units(said, style)
    best: list[tuple[int, int, list[list[CaptionPage]]]] = [(0, 0, [])]
    for end in range(1, len(units) + 1):
        options = []
        for start in range(end - 1, -1, -1):
            phrase = [page for unit in units[start:end] for page in unit]
            if end - start > 1 and not phrase_fits(_texts(phrase), style):
                break
            count, unevenness, before = best[start]
            letters = sum(len(page.text) for page in phrase)
            options.append((count + 1, unevenness + letters**2, [*before, phrase]))
        best.append(min(options, key=lambda option: option[:2]))
    return best[-1][2]


def _units(said: Sequence[CaptionPage], style: CaptionStyle) -> list[list[CaptionPage]]:
    """Words that no page may part: most alone, a number with its unit if the box can hold both in a line."""
    units: list[list[CaptionPage]] = []
    for page in said:
        last = units[-1][-1] if units else None
        if last and stays_with(last.text, page.text) and phrase_fits((last.text, page.text), style, shrunk=True):
            units[-1].append(page)
        else:
            units.append([page])
    return units


def _joined(phrase: Sequence[CaptionPage]) -> CaptionPage:
    words = tuple(
        CaptionWord(text=page.text, start_frame=page.start_frame, end_frame=page.end_frame) for page in phrase
    )
    return CaptionPage(
        text=" ".join(_texts(phrase)),
        start_frame=phrase[0].start_frame,
        end_frame=phrase[-1].end_frame,
        words=words,
    )


def _texts(phrase: Sequence[CaptionPage]) -> list[str]:
    return [page.text for page in phrase]
