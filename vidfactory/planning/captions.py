"""Caption pages: what is on screen, and from which frame to which."""

import re
from collections.abc import Sequence

from vidfactory.planning.clock import frame_at
from vidfactory.schema.base import SAMPLE_RATE, Frames
from vidfactory.schema.plan import CaptionPage
from vidfactory.schema.speech import TimedWord

HOLD = SAMPLE_RATE * 3 // 10
"""How long a word stays after it was said, if no other comes."""
_DROPPED_AT_END = ".,;:"
_INITIALS = re.compile(r"(?:\w\.){2,}")
"""U.S. keeps its last point."""
_DROPPED_AROUND = "\"'“”‘’()[]"


def caption_text(shown: str) -> str:
    """A word as a caption: without the commas, full stops and quotation marks around it."""
    text = shown.strip(_DROPPED_AROUND)
    if _INITIALS.fullmatch(text):
        return text
    return text.rstrip(_DROPPED_AT_END).strip(_DROPPED_AROUND) or shown


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
