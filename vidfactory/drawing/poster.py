"""The poster that stands for a video, and the contact sheet that shows its whole length.

Belongs here: the layout of both. Does not belong here: choosing the picture and the words, and
decoding frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from vidfactory.drawing.numerals import ARROWS, Direction
from vidfactory.drawing.typesetting import (
    GRID_PX,
    Label,
    Style,
    cut_to_width,
    draw_labels,
    jpeg_bytes,
    text_width,
    wrap,
)
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box
from vidfactory.schema.theme import Palette, Scheme, Theme

HEADLINE_SIZES_PX = tuple(range(396, 83, -GRID_PX))
MAX_HEADLINE_LINES = 4
KICKER_PX = 84
ACCENT_PX = 2 * GRID_PX
GAP_PX = 3 * GRID_PX
LINE_GAP_EM = 0.16
PICTURE_FRAME_PX = GRID_PX
POSTER_QUALITY = 90

THUMBNAIL_AREA_PX = 270 * 480
SHEET_GAP_PX = 2 * GRID_PX
SHEET_TEXT = Style("inter", 34, 600)
SHEET_QUALITY = 85


@dataclass(frozen=True)
class PosterLayout:
    accent: Box
    picture: Box
    horizon: int
    """Where the ground above ends and the accent below begins."""
    labels: tuple[Label, ...]


def draw_poster(picture_png: bytes, headline: str, kicker: str, theme: Theme) -> bytes:
    """JPEG of the theme's frame: kicker and headline above the framed picture, or beside it, as the theme says.

    `kicker` is one line such as `GOOG ▼ −12.3%`; an arrow and what follows it have the arrow's colour.
    BadInput without a headline.
    """
    layout = lay_out_poster(headline, kicker, theme)
    palette, colours = theme.palette, theme.palette.card
    poster = Image.new("RGB", (theme.frame.width, theme.frame.height), colours.ground)
    pen = ImageDraw.Draw(poster)
    pen.rectangle((0, layout.horizon, poster.width, poster.height), fill=palette.accent)
    pen.rectangle(_corners(layout.accent), fill=palette.accent)
    frame, line = layout.picture, theme.px(PICTURE_FRAME_PX)
    pen.rectangle(_corners(frame), fill=colours.letters)
    inside = (frame.width - 2 * line, frame.height - 2 * line)
    with Image.open(BytesIO(picture_png)) as opened:
        picture = ImageOps.fit(opened.convert("RGBA"), inside, Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", picture.size, palette.paper)
    shown = Image.alpha_composite(ground, picture).convert("RGB")
    poster.paste(shown, (frame.left + line, frame.top + line))
    draw_labels(poster, layout.labels)
    return jpeg_bytes(poster, POSTER_QUALITY)


def lay_out_poster(headline: str, kicker: str, theme: Theme) -> PosterLayout:
    """Set the words as large as their place allows, standing on its lower edge; raises as `draw_poster` does."""
    if not headline.strip():
        raise BadInput("a poster needs a headline", where=f"theme {theme.name}")
    room, gap, accent_height = theme.poster.words, theme.px(GAP_PX), theme.px(ACCENT_PX)
    small = Style(theme.headline_font, theme.px(KICKER_PX))
    top_matter = accent_height + gap + small.cap_height + gap
    words = headline.upper() if theme.captions.uppercase else headline
    style, lines = _set_headline(words, room.width, room.height - top_matter, theme)
    spacing = _line_spacing(style)
    last = room.bottom - _gap_below(style, theme)
    baselines = [last - spacing * (len(lines) - 1 - index) for index in range(len(lines))]
    headline_top = baselines[0] - style.cap_height
    kicker_labels = _kicker_labels(kicker, room.left, headline_top - gap, room.width, small, theme.palette.card)
    text_top = headline_top - gap - small.cap_height if kicker_labels else headline_top
    headline_labels = (
        Label(line, room.left, y, style, theme.palette.card.letters) for line, y in zip(lines, baselines, strict=True)
    )
    labels = (*kicker_labels, *headline_labels)
    accent = Box(left=room.left, top=text_top - gap - accent_height, width=4 * accent_height, height=accent_height)
    return PosterLayout(accent, theme.poster.picture, theme.poster.horizon, labels)


def contact_sheet(frames: Sequence[NDArray[np.uint8]], labels: Sequence[str], columns: int, palette: Palette) -> bytes:
    """JPEG of `frames`, RGB of shape (height, width, 3) and all of one size, each over its label.

    A long label is broken into lines. ValueError if there are no frames, or not one label for each.
    """
    if not frames:
        raise ValueError("a contact sheet needs at least one frame")
    scale = sqrt(THUMBNAIL_AREA_PX / (frames[0].shape[0] * frames[0].shape[1]))
    height, width = (round(side * scale) for side in frames[0].shape[:2])
    cell_width = width + SHEET_GAP_PX
    line_height = SHEET_TEXT.cap_height + SHEET_GAP_PX
    broken = [wrap(label, SHEET_TEXT, width) for label in labels]
    cell_height = height + max(map(len, broken), default=1) * line_height + SHEET_GAP_PX
    rows = ceil(len(frames) / columns)
    size = (SHEET_GAP_PX + columns * cell_width, SHEET_GAP_PX + rows * cell_height)
    sheet = Image.new("RGB", size, palette.ink)
    for index, (frame, lines) in enumerate(zip(frames, broken, strict=True)):
        row, column = divmod(index, columns)
        left, top = SHEET_GAP_PX + column * cell_width, SHEET_GAP_PX + row * cell_height
        thumbnail = Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(thumbnail, (left, top))
        baseline = top + height + SHEET_GAP_PX // 2 + SHEET_TEXT.cap_height
        for number, line in enumerate(lines):
            text = cut_to_width(line, SHEET_TEXT, width)
            draw_labels(sheet, [Label(text, left, baseline + number * line_height, SHEET_TEXT, palette.paper)])
    return jpeg_bytes(sheet, SHEET_QUALITY)


def _set_headline(words: str, width: int, height: int, theme: Theme) -> tuple[Style, list[str]]:
    """The largest style whose lines fit; at the least one, what is too much is cut with an ellipsis."""
    for size in HEADLINE_SIZES_PX:
        style = Style(theme.headline_font, theme.px(size))
        lines = wrap(words, style, width)
        if len(lines) <= MAX_HEADLINE_LINES and _fits(lines, style, width, height - _gap_below(style, theme)):
            return style, _balanced(words, style, width, theme.px(GRID_PX))
    room = height - _gap_below(style, theme) - style.cap_height
    most = min(MAX_HEADLINE_LINES, 1 + room // _line_spacing(style))
    kept = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return style, [cut_to_width(line, style, width) for line in kept]


def _fits(lines: Sequence[str], style: Style, width: int, height: int) -> bool:
    needed = style.cap_height + (len(lines) - 1) * _line_spacing(style)
    return needed <= height and all(text_width(line, style) <= width for line in lines)


def _gap_below(style: Style, theme: Theme) -> int:
    return max(theme.px(GAP_PX), style.descent + theme.px(GRID_PX))


def _balanced(words: str, style: Style, width: int, step: int) -> list[str]:
    """The same number of lines, broken at the least width that still gives that number."""
    lines = wrap(words, style, width)
    widths = range(round(max(text_width(word, style) for word in words.split())), width, step)
    return next((tried for at in widths if len(tried := wrap(words, style, at)) == len(lines)), lines)


def _line_spacing(style: Style) -> int:
    return style.cap_height + round(style.size_px * LINE_GAP_EM)


def _kicker_labels(
    text: str, left: int, baseline: int, width: int, style: Style, colours: Scheme
) -> tuple[Label, ...]:
    """What stands before the arrow in the colour of letters, and the arrow with what follows in its colour."""
    text = cut_to_width(" ".join(text.split()), style, width)
    way: Direction = next((way for way, arrow in ARROWS.items() if arrow and arrow in text), 0)
    at = text.index(ARROWS[way]) if way else len(text)
    colour = {1: colours.rise, 0: colours.letters, -1: colours.fall}[way]
    before, after = text[:at], text[at:]
    first = Label(before, left, baseline, style, colours.letters)
    second = Label(after, left + round(text_width(before, style)), baseline, style, colour)
    return tuple(label for label in (first, second) if label.text)


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right - 1, box.bottom - 1
