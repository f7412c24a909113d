"""Caption pages: what is on screen, and from which frame to which."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from vidfactory.drawing.caption import fitting_word, phrase_fits
from vidfactory.drawing.linebreaks import JOINER, glue, joined, parts, reading_letters
from vidfactory.planning.clock import frame_at
from vidfactory.planning.phrases import DROPPED_AROUND, HOLD, INITIALS, Heard, Room, ends, phrases, texts
from vidfactory.schema.base import Frames, Samples
from vidfactory.schema.plan import CaptionPage, CaptionWord
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import CaptionStyle

LONGEST_PAGE_S = 7
"""A phrase that is said more slowly is parted, and none lingers longer to be read."""
_DROPPED_AT_END = ".,;:،؛।"
_DROPPED_AT_PAGE_END = "、。，；："  # noqa: RUF001 - without a space after them they part words within a page


def caption_text(shown: str) -> str:
    """A word as a caption: without the commas, full stops and quotation marks around it."""
    text = shown.strip(DROPPED_AROUND)
    if INITIALS.fullmatch(text):
        return text
    return text.rstrip(_DROPPED_AT_END).strip(DROPPED_AROUND) or shown


def caption_pages(words: Sequence[TimedWord], fps: int, length: Frames, style: CaptionStyle) -> tuple[CaptionPage, ...]:
    """The pages of a film of `length` frames in the style that the theme wants.

    In every style each word is lit in the same frames, those of `one_word_pages`. Phrases are parted by the
    rules of `phrases`, within the box, the lines and the reading speed of the style. A word that cannot fit the
    box at the smallest size is shown shortened. Raises BadInput for characters that no face has.
    """
    spelled = [part for word in words for part in word_parts(word)]
    single = one_word_pages(spelled, fps, length)
    heard = [
        Heard(fitting_word(page.text, style), word.shown.removeprefix(JOINER), page.start_frame, page.end_frame)
        for page, word in zip(single, spelled, strict=False)
    ]
    if style.style == "one_word":
        return tuple(_one_word(word) for word in heard)
    return tuple(_phrase_pages(heard, fps, length, style))


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


def word_parts(word: TimedWord) -> list[TimedWord]:
    """The word, or where its script has no spaces its `parts`, each with its share of the time.

    A part that nothing but a `JOINER` keeps from being set off by a space begins with one.
    """
    shown = parts(word.shown)
    if len(shown) == 1:
        return [word]
    letters = list(accumulate((reading_letters(part) for part in shown), initial=Fraction(0)))
    edges = [Samples(word.start + int((word.end - word.start) * so_far / letters[-1])) for so_far in letters]
    before = ("", *shown)
    return [
        word.model_copy(
            update={
                "shown": JOINER + part if glue(before[at], part) else part,
                "start": edges[at],
                "end": edges[at + 1],
                "timing": "interpolated",
            }
        )
        for at, part in enumerate(shown)
    ]


def _one_word(word: Heard) -> CaptionPage:
    text = _page_end(word.text.removeprefix(JOINER))
    return CaptionPage(text=text, start_frame=Frames(word.start), end_frame=Frames(word.end))


def _page_end(text: str) -> str:
    return text.rstrip(_DROPPED_AT_PAGE_END) or text


def _phrase_pages(heard: Sequence[Heard], fps: int, length: Frames, style: CaptionStyle) -> Iterator[CaptionPage]:
    room = Room(
        fits=lambda words: phrase_fits(words, style),
        in_line=lambda words: phrase_fits(words, style, shrunk=True),
        readable=Fraction(style.letters_per_s, fps),
        longest=LONGEST_PAGE_S * fps,
    )
    pages = phrases(heard, room, length)
    for page, end in zip(pages, ends(pages, room, length), strict=True):
        shown = (*texts(page)[:-1], _page_end(page[-1].text))
        words = tuple(
            CaptionWord(text=text, start_frame=Frames(word.start), end_frame=Frames(word.end))
            for text, word in zip(shown, page, strict=True)
        )
        yield CaptionPage(
            text=joined(shown),
            start_frame=words[0].start_frame,
            end_frame=Frames(end),
            words=words,
            hurried=end - page[0].start < room.reading_time(page),
        )
