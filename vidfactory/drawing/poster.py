"""The poster that stands for a video, and the contact sheet that shows its whole length.

Belongs here: the layout of both. Does not belong here: choosing the picture and the words, and
decoding frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil

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
from vidfactory.schema.theme import Palette, Theme

HEADLINE_SIZES_PX = tuple(range(396, 83, -GRID_PX))
MAX_HEADLINE_LINES = 4
KICKER_PX = 84
ACCENT_PX = 2 * GRID_PX
GAP_PX = 3 * GRID_PX
LINE_GAP_EM = 0.16
PICTURE_FRAME_PX = GRID_PX
PICTURE_OVERHANG_PX = 16 * GRID_PX
"""How far the picture, which is no text, reaches below the safe area."""
POSTER_QUALITY = 90

THUMBNAIL_WIDTH_PX = 270
SHEET_GAP_PX = 2 * GRID_PX
SHEET_TEXT = Style("inter", 34, 600)
SHEET_QUALITY = 85


@dataclass(frozen=True)
class PosterLayout:
    accent: Box
    picture: Box
    horizon: int
    """Where the paper above ends and the accent below begins."""
    labels: tuple[Label, ...]


def draw_poster(picture_png: bytes, headline: str, kicker: str, theme: Theme) -> bytes:
    """JPEG of the theme's frame, which must be upright: kicker and headline above the framed picture.

    `kicker` is one line such as `GOOG ▼ −12.3%`; an arrow and what follows it have the arrow's colour.
    BadInput without a headline.
    """
    layout = lay_out_poster(headline, kicker, theme)
    palette = theme.palette
    poster = Image.new("RGB", (theme.frame.width, theme.frame.height), palette.paper)
    pen = ImageDraw.Draw(poster)
    pen.rectangle((0, layout.horizon, poster.width, poster.height), fill=palette.accent)
    pen.rectangle(_corners(layout.accent), fill=palette.accent)
    frame = layout.picture
    pen.rectangle(_corners(frame), fill=palette.ink)
    inside = (frame.width - 2 * PICTURE_FRAME_PX, frame.height - 2 * PICTURE_FRAME_PX)
    with Image.open(BytesIO(picture_png)) as opened:
        picture = ImageOps.fit(opened.convert("RGBA"), inside, Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", picture.size, palette.paper)
    shown = Image.alpha_composite(ground, picture).convert("RGB")
    poster.paste(shown, (frame.left + PICTURE_FRAME_PX, frame.top + PICTURE_FRAME_PX))
    draw_labels(poster, layout.labels)
    return jpeg_bytes(poster, POSTER_QUALITY)


def lay_out_poster(headline: str, kicker: str, theme: Theme) -> PosterLayout:
    """Stand the words on the picture, as large as the safe area allows; raises as `draw_poster` does."""
    if not headline.strip():
        raise BadInput("a poster needs a headline", where=f"theme {theme.name}")
    panel, safe = theme.panel, theme.safe_box
    bottom = safe.bottom + PICTURE_OVERHANG_PX
    picture = Box(left=panel.left, top=bottom - panel.height, width=panel.width, height=panel.height)
    width = safe.right - panel.left
    small = Style(theme.headline_font, KICKER_PX)
    top_matter = ACCENT_PX + GAP_PX + small.cap_height + GAP_PX
    height = picture.top - safe.top - top_matter
    words = headline.upper() if theme.captions.uppercase else headline
    style, lines = _set_headline(words, theme.headline_font, width, height)
    spacing = _line_spacing(style)
    last = picture.top - _gap_below(style)
    baselines = [last - spacing * (len(lines) - 1 - index) for index in range(len(lines))]
    headline_top = baselines[0] - style.cap_height
    kicker_labels = _kicker_labels(kicker, panel.left, headline_top - GAP_PX, width, small, theme.palette)
    text_top = headline_top - GAP_PX - small.cap_height if kicker_labels else headline_top
    accent_top = text_top - GAP_PX - ACCENT_PX
    headline_labels = (
        Label(line, panel.left, y, style, theme.palette.ink) for line, y in zip(lines, baselines, strict=True)
    )
    labels = (*kicker_labels, *headline_labels)
    accent = Box(left=panel.left, top=accent_top, width=4 * ACCENT_PX, height=ACCENT_PX)
    return PosterLayout(accent, picture, picture.top + picture.height // 2, labels)


def contact_sheet(frames: Sequence[NDArray[np.uint8]], labels: Sequence[str], columns: int, palette: Palette) -> bytes:
    """JPEG of `frames`, RGB of shape (height, width, 3) and all of one size, each over its label.

    ValueError if there are no frames, or not one label for each.
    """
    if not frames:
        raise ValueError("a contact sheet needs at least one frame")
    height = round(THUMBNAIL_WIDTH_PX * frames[0].shape[0] / frames[0].shape[1])
    cell_width = THUMBNAIL_WIDTH_PX + SHEET_GAP_PX
    cell_height = height + SHEET_TEXT.cap_height + 2 * SHEET_GAP_PX
    rows = ceil(len(frames) / columns)
    size = (SHEET_GAP_PX + columns * cell_width, SHEET_GAP_PX + rows * cell_height)
    sheet = Image.new("RGB", size, palette.ink)
    for index, (frame, label) in enumerate(zip(frames, labels, strict=True)):
        row, column = divmod(index, columns)
        left, top = SHEET_GAP_PX + column * cell_width, SHEET_GAP_PX + row * cell_height
        thumbnail = Image.fromarray(frame).resize((THUMBNAIL_WIDTH_PX, height), Image.Resampling.LANCZOS)
        sheet.paste(thumbnail, (left, top))
        text = cut_to_width(label, SHEET_TEXT, THUMBNAIL_WIDTH_PX)
        baseline = top + height + SHEET_GAP_PX // 2 + SHEET_TEXT.cap_height
        draw_labels(sheet, [Label(text, left, baseline, SHEET_TEXT, palette.paper)])
    return jpeg_bytes(sheet, SHEET_QUALITY)


def _set_headline(words: str, face: str, width: int, height: int) -> tuple[Style, list[str]]:
    """The largest style whose lines fit; at the least one, what is too much is cut with an ellipsis."""
    for size in HEADLINE_SIZES_PX:
        style = Style(face, size)
        lines = wrap(words, style, width)
        if len(lines) <= MAX_HEADLINE_LINES and _fits(lines, style, width, height):
            return style, _balanced(words, style, width)
    kept = [*lines[: MAX_HEADLINE_LINES - 1], " ".join(lines[MAX_HEADLINE_LINES - 1 :])]
    return style, [cut_to_width(line, style, width) for line in kept]


def _fits(lines: Sequence[str], style: Style, width: int, height: int) -> bool:
    needed = style.cap_height + (len(lines) - 1) * _line_spacing(style) + _gap_below(style)
    return needed <= height and all(text_width(line, style) <= width for line in lines)


def _gap_below(style: Style) -> int:
    return max(GAP_PX, style.descent + GRID_PX)


def _balanced(words: str, style: Style, width: int) -> list[str]:
    """The same number of lines, broken at the least width that still gives that number."""
    lines = wrap(words, style, width)
    widths = range(round(max(text_width(word, style) for word in words.split())), width, GRID_PX)
    return next((tried for at in widths if len(tried := wrap(words, style, at)) == len(lines)), lines)


def _line_spacing(style: Style) -> int:
    return style.cap_height + round(style.size_px * LINE_GAP_EM)


def _kicker_labels(
    text: str, left: int, baseline: int, width: int, style: Style, palette: Palette
) -> tuple[Label, ...]:
    """What stands before the arrow in ink, and the arrow with what follows in its colour."""
    text = cut_to_width(" ".join(text.split()), style, width)
    way: Direction = next((way for way, arrow in ARROWS.items() if arrow and arrow in text), 0)
    at = text.index(ARROWS[way]) if way else len(text)
    colour = {1: palette.rise, 0: palette.ink, -1: palette.fall}[way]
    before, after = text[:at], text[at:]
    first = Label(before, left, baseline, style, palette.ink)
    second = Label(after, left + round(text_width(before, style)), baseline, style, colour)
    return tuple(label for label in (first, second) if label.text)


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right - 1, box.bottom - 1
