"""What platforms are told about a video, within the limits that YouTube sets, which are the tightest.

Belongs here: title, description, tags and chapters cut to what a platform takes. Does not belong here: what the
video is about and what it relies on, which the screenplay says, and how an upload is worded (the publishers).

The limits are those of the YouTube Data API v3 (`videos.snippet`): a title of 100 characters, a description of
5,000 bytes, tags of 500 characters together; none of them may hold < or >.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from vidfactory.errors import BadInput
from vidfactory.release.makers import Part, disclosure, origin_of
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.release import Chapter, Listing
from vidfactory.schema.screenplay import Beat, Screenplay

TITLE_UNITS = 100
"""Of UTF-16, in which an emoji counts as two, as it does in the platform's own forms."""
DESCRIPTION_BYTES = 5000
TAGS_CHARACTERS = 500
TAG_CHARACTERS = 30
"""Of one tag: longer ones are refused by some platforms, and nobody searches for them."""
CHAPTER_UNITS = 60
FEWEST_CHAPTERS, SHORTEST_CHAPTER_S = 3, 10
CHAPTERS_BYTES, SOURCES_BYTES, SOURCE_BYTES, DISCLAIMER_BYTES, DISCLOSURE_BYTES = 1000, 1800, 500, 400, 600
"""What each part of the description may take; what the video is about gets what is left."""
ELLIPSIS = "…"
_ANGLES = str.maketrans({"<": "\u2039", ">": "\u203a"})
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that would turn the text after a title around as well."""
_JOINER, _LOOSE_ENDS = "\u200d", " ,;:–—-"

Measure = Callable[[str], int]


def listing_of(screenplay: Screenplay, plan: ProductionPlan, parts: Sequence[Part]) -> Listing:
    """The listing of a video whose `parts` were made by whom they say; BadInput where nothing is left of its title."""
    title = cut(one_line(screenplay.title), TITLE_UNITS, utf16_units)
    if not title:
        raise BadInput("its title says nothing", where=screenplay.video, remedy="Give the order a title")
    chapters = chapters_of(screenplay.beats, plan)
    return Listing(
        title=title,
        description=description_of(screenplay, chapters, disclosure(parts)),
        tags=tags_within(screenplay.tags),
        chapters=chapters,
        language=screenplay.language,
        made_with_ai=origin_of(parts) == "ai",
    )


def chapters_of(beats: Sequence[Beat], plan: ProductionPlan) -> tuple[Chapter, ...]:
    """A chapter a beat, from its first word; a beat that is shorter than a chapter may be belongs to the one before.

    The first begins at 0:00 and each has ten seconds or more, as YouTube asks; where that leaves fewer than the three
    that it asks for, there are none.
    """
    length_s = int(plan.video_metadata.duration_seconds)
    starts: dict[int, int] = {}
    for word in (word for scene in plan.scenes for word in scene.words):
        starts.setdefault(word.beat, word.start // SAMPLE_RATE)
    chapters: list[Chapter] = []
    for index, start_s in sorted(starts.items()):
        title = _chapter_title(beats[index])
        since = start_s - chapters[-1].start_s if chapters else start_s
        if title and not chapters:
            chapters.append(Chapter(start_s=0, title=title))
        elif title and since >= SHORTEST_CHAPTER_S and length_s - start_s >= SHORTEST_CHAPTER_S:
            chapters.append(Chapter(start_s=start_s, title=title))
    return tuple(chapters) if len(chapters) >= FEWEST_CHAPTERS else ()


def chapter_lines(chapters: Iterable[Chapter]) -> list[str]:
    """Chapters as platforms read them in a description: `0:00 The crash`, and `1:02:03 …` after an hour."""
    lines = []
    for chapter in chapters:
        minutes, seconds = divmod(chapter.start_s, 60)
        hours, minutes = divmod(minutes, 60)
        time = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
        lines.append(f"{time} {chapter.title}")
    return lines


def description_of(screenplay: Screenplay, chapters: Sequence[Chapter], disclosed: str) -> str:
    """What the video is about, its chapters and sources, what it is not, and who made it: 5,000 bytes at most."""
    behind = [
        "\n".join(_whole_lines(chapter_lines(chapters), CHAPTERS_BYTES)),
        "\n".join(_headed("Sources:", _sources(screenplay.sources))),
        cut(one_line(screenplay.disclaimer), DISCLAIMER_BYTES, utf8_bytes),
        cut(one_line(disclosed), DISCLOSURE_BYTES, utf8_bytes),
    ]
    rest = "\n\n".join(part for part in behind if part)
    about = cleaned(screenplay.description)
    room = DESCRIPTION_BYTES - utf8_bytes(rest) - utf8_bytes("\n\n")
    return "\n\n".join(part for part in (cut(about, room, utf8_bytes), rest) if part)


def tags_within(tags: Iterable[str]) -> tuple[str, ...]:
    """Those tags that fit, in their order, each once; without the commas and quotation marks that part tags."""
    kept: dict[str, str] = {}
    for wanted in tags:
        tag = " ".join(one_line(wanted).replace(",", " ").replace('"', " ").split())
        fits = 0 < utf16_units(tag) <= TAG_CHARACTERS
        if fits and tags_length([*kept.values(), tag]) <= TAGS_CHARACTERS:
            kept.setdefault(tag.casefold(), tag)
    return tuple(kept.values())


def tags_length(tags: Sequence[str]) -> int:
    """Characters as YouTube counts them: a tag with a space is put in quotation marks, commas stand between tags."""
    quoted = sum(2 for tag in tags if " " in tag)
    return sum(utf16_units(tag) for tag in tags) + quoted + max(0, len(tags) - 1)


def cleaned(text: str) -> str:
    """`text` without control characters, marks that turn the direction of all that follows, and angle brackets."""
    lines = (
        "".join(char for char in line if unicodedata.category(char) not in {"Cc", "Cs"} and char not in _OVERRIDES)
        for line in text.splitlines()
    )
    return "\n".join(" ".join(line.split()) for line in lines).strip().translate(_ANGLES)


def one_line(text: str) -> str:
    """`text` cleaned, in one line."""
    return " ".join(cleaned(text).split())


def cut(text: str, limit: int, measure: Measure) -> str:
    """`text`, or as much of it as `measure` finds within `limit`, ended at a word with an ellipsis.

    A word that is longer than half of what fits is parted, but never inside a letter with its accents or an emoji.
    """
    if measure(text) <= limit:
        return text
    end = bisect_right(range(len(text)), limit, key=lambda count: measure(text[:count] + ELLIPSIS)) - 1
    space = max(text.rfind(" ", 0, end + 1), text.rfind("\n", 0, end + 1))
    if space > end // 2:
        end = space
    while end > 0 and _joined(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip(_LOOSE_ENDS + "\n") + ELLIPSIS


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def utf8_bytes(text: str) -> int:
    return len(text.encode())


def _joined(before: str, after: str) -> bool:
    """Whether two characters make one sign: an accent, a variation, an emoji of several."""
    return _JOINER in {before, after} or unicodedata.category(after) in {"Mn", "Mc", "Me"} or "🏻" <= after <= "🏿"


def _chapter_title(beat: Beat) -> str:
    return cut(one_line(beat.title or beat.name.replace("_", " ").capitalize()), CHAPTER_UNITS, utf16_units)


def _sources(sources: Sequence[str]) -> list[str]:
    lines = [cut(one_line(source), SOURCE_BYTES, utf8_bytes) for source in sources]
    kept = _whole_lines([line for line in lines if line], SOURCES_BYTES)
    left_out = len(lines) - len(kept)
    return [*kept, f"and {left_out} more"] if left_out else kept


def _headed(heading: str, lines: list[str]) -> list[str]:
    return [heading, *lines] if lines else []


def _whole_lines(lines: Sequence[str], limit: int) -> list[str]:
    """As many lines as fit, from the first."""
    kept: list[str] = []
    for line in lines:
        limit -= utf8_bytes(line) + 1
        if limit < 0:
            break
        kept.append(line)
    return kept
