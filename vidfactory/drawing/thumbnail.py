"""Thumbnails: a picture of the film and its headline, set so that they read where a list shows them small.

Belongs here: the concepts, their places and colours, and drawing them. Does not belong here: choosing
pictures and variants (`thumbnail_choice`), setting words (`thumbnail_words`), and judging the result
(`thumbnail_score`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from vidfactory.drawing.scripts import capitals
from vidfactory.drawing.thumbnail_score import subject_centre
from vidfactory.drawing.thumbnail_words import (
    Align,
    Copy,
    Line,
    Look,
    Patch,
    Words,
    copy_with_figure,
    figure_of,
    move_of,
    plain_copy,
    set_words,
)
from vidfactory.drawing.type import refuse_unshowable
from vidfactory.drawing.typesetting import GRID_PX, draw_labels, jpeg_bytes
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box, Size
from vidfactory.schema.theme import Theme

Concept = Literal["figure", "split", "statement", "framed"]
"""The figure huge on the accent; the headline on ink beside the picture; the headline over the picture, which
fills the frame in ink and accent; the poster's framed picture."""

RULE_PX = GRID_PX
PICTURE_FRAME_PX = GRID_PX
DARKEST, LIGHTEST = 24, 232
"""Grey, of 255, that is all ink and all accent in a tinted picture: ink and paper are neither black nor white."""
MAX_BYTES = 2_000_000
"""YouTube takes no more than 2 MB."""
QUALITIES = (92, 85, 75, 60, 40)


@dataclass(frozen=True)
class Design:
    """All that a thumbnail is made of. Two designs that differ in one field make two that differ in one thing."""

    concept: Concept
    picture: bytes
    """PNG or JPEG."""
    headline: str
    accent: str
    kicker: str = ""
    """One line such as `GOOG ▼ −12.3%`; empty for none."""
    shows_kicker: bool = True
    """Without it the kicker's place stays free."""
    mirrored: bool = False
    """Words where the picture was; those over the picture at its head instead of at its foot."""
    language: str = "en"
    """Of the headline, as a BCP 47 tag."""


@dataclass(frozen=True)
class ThumbnailLayout:
    """What is drawn, in this order."""

    grounds: tuple[Patch, ...]
    picture: Box
    tinted: bool
    """The picture in ink and accent instead of its own colours."""
    plates: tuple[Patch, ...]
    lines: tuple[Line, ...]


class _Places(NamedTuple):
    words: Box
    picture: Box
    rule: Box
    """A line along the side of the picture where the words are."""
    band: Box
    """From the middle of the picture to the edge of the frame that is away from the words."""


def has_figure(headline: str, kicker: str) -> bool:
    """Whether there is a price, a percentage or a move that the concept `figure` can set."""
    return bool(figure_of(headline) or move_of(kicker))


def can_lose_its_kicker(design: Design) -> bool:
    """Whether there is a kicker, and the thumbnail says all without it."""
    return bool(design.kicker.strip()) and (design.concept != "figure" or bool(figure_of(design.headline)))


def draw_thumbnail(design: Design, theme: Theme) -> tuple[bytes, ThumbnailLayout]:
    """JPEG of the theme's frame, at most `MAX_BYTES`, with its layout; the same design gives the same bytes.

    Raises as `lay_out_thumbnail` does.
    """
    layout = lay_out_thumbnail(design, theme)
    thumbnail = Image.new("RGB", (theme.frame.width, theme.frame.height), theme.palette.paper)
    _fill(thumbnail, layout.grounds)
    picture = _cut_out(design.picture, layout.picture.size, theme.palette.paper)
    if layout.tinted:
        ink, accent = theme.palette.ink, design.accent
        picture = ImageOps.colorize(ImageOps.grayscale(picture), ink, accent, blackpoint=DARKEST, whitepoint=LIGHTEST)
    thumbnail.paste(picture, (layout.picture.left, layout.picture.top))
    _fill(thumbnail, layout.plates)
    draw_labels(thumbnail, [line.label for line in layout.lines])
    tries = (jpeg_bytes(thumbnail, quality) for quality in QUALITIES)
    return next(data for data in tries if len(data) <= MAX_BYTES), layout


def lay_out_thumbnail(design: Design, theme: Theme) -> ThumbnailLayout:
    """Where everything stands, the words as large as their place allows.

    BadInput without a headline, and for characters that no face has; ValueError for the concept `figure`
    where there is none.
    """
    if not design.headline.strip():
        raise BadInput("a thumbnail needs a headline", where=f"theme {theme.name}")
    refuse_unshowable(f"{design.headline} {design.kicker}", theme.headline_font, f"thumbnail of theme {theme.name}")
    return _CONCEPTS[design.concept](design, theme)


def opaque(data: bytes, ground: str) -> Image.Image:
    """An encoded picture in RGB, with `ground` where it is transparent."""
    with Image.open(BytesIO(data)) as opened:
        if not opened.has_transparency_data:
            return opened.convert("RGB")
        layered = opened.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, ground), layered).convert("RGB")


def _figure(design: Design, theme: Theme) -> ThumbnailLayout:
    ink, places = theme.palette.ink, _beside(design, theme)
    copy = copy_with_figure(_copy(design, theme), places.words.width, theme)
    words = set_words(copy, places.words, Look(ground=design.accent, letters=ink, tag=ink), "middle", theme)
    grounds = (Patch(_whole(theme), design.accent), Patch(places.rule, ink))
    return ThumbnailLayout(grounds, places.picture, tinted=False, plates=words.plates, lines=words.lines)


def _split(design: Design, theme: Theme) -> ThumbnailLayout:
    palette, places = theme.palette, _beside(design, theme)
    look = Look(ground=palette.ink, letters=design.accent, tag=palette.paper)
    words = _plainly(design, places.words, look, "middle", theme)
    grounds = (Patch(_whole(theme), palette.ink), Patch(places.rule, design.accent))
    return ThumbnailLayout(grounds, places.picture, tinted=False, plates=words.plates, lines=words.lines)


def _statement(design: Design, theme: Theme) -> ThumbnailLayout:
    palette = theme.palette
    look = Look(ground=palette.paper, letters=palette.ink, tag=palette.ink, plated=True)
    room = theme.thumbnail.statement
    if design.mirrored:
        room = _mirrored(room, theme.frame, across=False)
    words = _plainly(design, _free(room, theme), look, "top" if design.mirrored else "bottom", theme)
    return ThumbnailLayout((), _whole(theme), tinted=True, plates=words.plates, lines=words.lines)


def _framed(design: Design, theme: Theme) -> ThumbnailLayout:
    colours = theme.palette.card
    places = _changed_over(theme.thumbnail.words, theme.thumbnail.framed, design, theme)
    look = Look(colours.ground, colours.letters, tag=colours.letters)
    words = _plainly(design, places.words, look, "middle", theme)
    line, frame = theme.px(PICTURE_FRAME_PX), places.picture
    inside = Box(
        left=frame.left + line, top=frame.top + line, width=frame.width - 2 * line, height=frame.height - 2 * line
    )
    grounds = (
        Patch(_whole(theme), colours.ground),
        Patch(places.band, design.accent),
        Patch(frame, colours.letters),
    )
    return ThumbnailLayout(grounds, inside, tinted=False, plates=words.plates, lines=words.lines)


_CONCEPTS: Mapping[Concept, Callable[[Design, Theme], ThumbnailLayout]] = {
    "figure": _figure,
    "split": _split,
    "statement": _statement,
    "framed": _framed,
}


def _plainly(design: Design, room: Box, look: Look, align: Align, theme: Theme) -> Words:
    return set_words(_copy(design, theme), room, look, align, theme)


def _copy(design: Design, theme: Theme) -> Copy:
    headline = capitals(design.headline, design.language) if theme.captions.uppercase else design.headline
    return plain_copy(headline, design.kicker, shows_tag=design.shows_kicker)


def _beside(design: Design, theme: Theme) -> _Places:
    return _changed_over(theme.thumbnail.words, theme.thumbnail.picture, design, theme)


def _changed_over(words: Box, picture: Box, design: Design, theme: Theme) -> _Places:
    """Words and picture, the other way round where the design is mirrored, the words within what may hold text."""
    across = words.right <= picture.left
    if design.mirrored:
        words, picture = (_mirrored(box, theme.frame, across=across) for box in (words, picture))
    if design.mirrored and not across:
        too_low = max(0, words.bottom - theme.safe_box.bottom)
        words, picture = _raised(words, too_low), _raised(picture, too_low)
    rule = _rule(picture, theme.px(RULE_PX), across=across)
    return _Places(_free(words, theme), picture, rule, _band(words, picture, theme.frame, across=across))


def _raised(box: Box, by: int) -> Box:
    """`box` higher up; what is then above the frame is cut off."""
    top = max(0, box.top - by)
    return box.model_copy(update={"top": top, "height": box.bottom - by - top})


def _mirrored(box: Box, frame: Size, *, across: bool) -> Box:
    if across:
        return box.model_copy(update={"left": frame.width - box.right})
    return box.model_copy(update={"top": frame.height - box.bottom})


def _free(words: Box, theme: Theme) -> Box:
    """`words` without what lies outside the safe area or under what the platform lays over the thumbnail."""
    safe, covered = theme.safe_box, theme.thumbnail.covered
    bottom = min(words.bottom, safe.bottom)
    if covered and words.right > covered.left:
        bottom = min(bottom, covered.top)
    left, top, right = max(words.left, safe.left), max(words.top, safe.top), min(words.right, safe.right)
    return Box(left=left, top=top, width=right - left, height=bottom - top)


def _rule(picture: Box, line: int, *, across: bool) -> Box:
    if across:
        left = picture.left - line if picture.left else picture.right
        return Box(left=left, top=picture.top, width=line, height=picture.height)
    top = picture.top - line if picture.top else picture.bottom
    return Box(left=picture.left, top=top, width=picture.width, height=line)


def _band(words: Box, picture: Box, frame: Size, *, across: bool) -> Box:
    if across:
        middle = picture.left + picture.width // 2
        left, right = (middle, frame.width) if words.left < middle else (0, middle)
        return Box(left=left, top=0, width=right - left, height=frame.height)
    middle = picture.top + picture.height // 2
    top, bottom = (middle, frame.height) if words.top < middle else (0, middle)
    return Box(left=0, top=top, width=frame.width, height=bottom - top)


def _whole(theme: Theme) -> Box:
    return Box(left=0, top=0, width=theme.frame.width, height=theme.frame.height)


def _cut_out(data: bytes, size: Size, ground: str) -> Image.Image:
    """The picture on `ground`, cut to the aspect of `size` around what stands out in it."""
    picture = opaque(data, ground)
    by = min(picture.width / size.width, picture.height / size.height)
    width, height = size.width * by, size.height * by
    x, y = subject_centre(np.asarray(picture))
    left = min(max(0.0, x * picture.width - width / 2), picture.width - width)
    top = min(max(0.0, y * picture.height - height / 2), picture.height - height)
    box = (left, top, left + width, top + height)
    return picture.resize((size.width, size.height), Image.Resampling.LANCZOS, box=box)


def _fill(picture: Image.Image, patches: Iterable[Patch]) -> None:
    pen = ImageDraw.Draw(picture)
    for box, colour in patches:
        pen.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=colour)
