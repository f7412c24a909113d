"""The words of a thumbnail: which figure is set huge, how lines break, and how large all of it can be.

Belongs here: fitting a tag, a figure and a headline into a box. Does not belong here: where that box is
(`thumbnail`), and text that moves or is read at length.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import Literal, NamedTuple

from vidfactory.drawing.linebreaks import parts
from vidfactory.drawing.numerals import ARROWS, Direction
from vidfactory.drawing.scripts import Direction as ReadingDirection
from vidfactory.drawing.scripts import direction_of, in_reading_order
from vidfactory.drawing.type import font
from vidfactory.drawing.typesetting import (
    ELLIPSIS,
    GRID_PX,
    Label,
    Style,
    cut_to_width,
    faces_of,
    text_width,
)
from vidfactory.schema.base import Box
from vidfactory.schema.theme import Palette, Theme

WEIGHT = 900
"""Of the faces for scripts that the headline's face has not."""
SMALLEST_PX = 96
"""Its capitals are 7 px tall where a list shows a thumbnail at 168x94."""
HEADLINE_SIZES_PX = tuple(range(432, SMALLEST_PX - 1, -GRID_PX))
BESIDE_FIGURE_SIZES_PX = tuple(range(192, SMALLEST_PX - 1, -GRID_PX))
FIGURE_SIZES_PX = tuple(range(960, SMALLEST_PX - 1, -GRID_PX))
TAG_PX = 108
MAX_LINES = 5
FIGURE_SHARES = (0.5, 0.4, 0.3, 0.2)
"""Of the height of its place that a figure may take: the first at which all the rest is whole."""
LINE_GAP_EM = 0.16
PLATE_PAD_PX = 2 * GRID_PX
ROW_GAP_PX = 4 * GRID_PX
LONGEST_FIGURE = 12

Align = Literal["top", "middle", "bottom"]

_PER_CENT = r"[%\N{ARABIC PERCENT SIGN}\N{FULLWIDTH PERCENT SIGN}]"
_FIGURE = re.compile(
    rf"""(?<!\S)\S*?  # the word that it stands in, with brackets, quotes and full stops
    (?:[$€£¥₹]\d(?:[\d.,]*\d)?|\d(?:[\d.,]*\d)?\N{{NO-BREAK SPACE}}?{_PER_CENT})
    \S*""",
    re.VERBOSE,
)
_APART_FROM_ITS_SIGN = re.compile(rf"(?<=\d)\s+(?={_PER_CENT})")


@dataclass(frozen=True)
class Copy:
    """The words in their order. With a `figure`, that is set huge, between `lead` and `headline`.

    Without `shows_tag` the tag's place stays free.
    """

    tag: str
    headline: str
    figure: str = ""
    lead: str = ""
    shows_tag: bool = True


@dataclass(frozen=True)
class Look:
    """Colours: what the words stand on, theirs, and the tag's plate. With `plated` each line has a plate."""

    ground: str
    letters: str
    tag: str
    plated: bool = False


class Patch(NamedTuple):
    """A box filled with one colour."""

    box: Box
    colour: str


class Line(NamedTuple):
    """One piece of text and the colour that it stands on."""

    label: Label
    ground: str


@dataclass(frozen=True)
class Words:
    plates: tuple[Patch, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Row:
    """One line before it has its place; `ascent` and `descent` are those of its ink, in pixels."""

    pieces: tuple[tuple[str, str], ...]
    """Each text with its colour."""
    style: Style
    ground: str
    ascent: int
    descent: int
    pad: int = 0
    """Of its plate, on each side; 0 without one."""

    @property
    def width(self) -> int:
        return ceil(sum(text_width(text, self.style) for text, _ in self.pieces)) + 2 * self.pad

    @property
    def height(self) -> int:
        return self.ascent + self.descent + 2 * self.pad


def figure_of(text: str) -> str:
    """The first price or percentage of a text, with the signs around it; empty without one or where it is long.

    Other numbers, of a year or in a name, say too little alone.
    """
    found = _FIGURE.search(one_line(text))
    return found[0] if found and len(found[0]) <= LONGEST_FIGURE else ""


def move_of(kicker: str) -> str:
    """What a kicker says from its arrow on, such as `▼ −12.3%`; else the figure that it ends with."""
    text = one_line(kicker)
    arrow = next((at for at, char in enumerate(text) if char in ARROWS.values()), None)
    figure = figure_of(text) if arrow is None else text[arrow:]
    return figure if text.endswith(figure) else ""


def one_line(text: str) -> str:
    """`text` with single spaces, and a number held together with its sign of per cent."""
    return _APART_FROM_ITS_SIGN.sub("\N{NO-BREAK SPACE}", " ".join(text.split()))


def plain_copy(headline: str, kicker: str, *, shows_tag: bool = True) -> Copy:
    return Copy(tag=one_line(kicker), headline=one_line(headline), shows_tag=shows_tag)


def copy_with_figure(plain: Copy, width: int, theme: Theme) -> Copy:
    """The headline's own figure between what stands before and after it, else the tag's over the headline.

    `width` is of the place in pixels. ValueError where there is no figure.
    """
    figure = figure_of(plain.headline)
    if not figure:
        move = move_of(plain.tag)
        if not move:
            raise ValueError(f"there is no figure in {plain.headline!r} or {plain.tag!r}")
        return replace(plain, tag=plain.tag.removesuffix(move).strip(), figure=move)
    lead, _, rest = (part.strip() for part in plain.headline.partition(figure))
    if text_width(lead, _style(SMALLEST_PX, theme)) > width:
        return replace(plain, figure=figure)
    return replace(plain, lead=lead, figure=figure, headline=rest)


def set_words(copy: Copy, room: Box, look: Look, align: Align, theme: Theme) -> Words:
    """All rows in `room`, as large as it allows; what is too much is cut with an ellipsis.

    What reads from right to left stands at the right.
    """
    setter = _Setter(copy, room, look, theme)
    rows = setter.rows()
    free = room.height - setter.height(rows)
    top = room.top + {"top": 0, "middle": free // 2, "bottom": free}[align]
    plates, lines = list[Patch](), list[Line]()
    hidden = 0 if copy.shows_tag or not copy.tag else 1
    for index, (row, gap) in enumerate(zip(rows, setter.gaps(rows), strict=True)):
        left = room.right - row.width if setter.from_right else room.left
        if row.pad and index >= hidden:
            plates.append(Patch(Box(left=left, top=top, width=row.width, height=row.height), row.ground))
        if index >= hidden:
            lines.extend(_placed(row, left + row.pad, top + row.pad + row.ascent))
        top += row.height + gap
    return Words(tuple(plates), tuple(lines))


def wrapped(text: str, style: Style, width: float) -> list[str]:
    """Break `text` into lines of at most `width` pixels, at spaces and between the parts of words without any.

    A single part may be wider.
    """
    lines: list[str] = []
    for word in text.split(" "):
        for index, part in enumerate(parts(word)):
            longer = f"{lines[-1]}{'' if index else ' '}{part}" if lines else part
            if lines and text_width(longer, style) <= width:
                lines[-1] = longer
            else:
                lines.append(part)
    return lines


@dataclass(frozen=True)
class _Setter:
    """Makes the rows of some words for a place."""

    copy: Copy
    room: Box
    look: Look
    theme: Theme

    def rows(self) -> list[_Row]:
        """The words at the largest size at which they fit; what does not fit at the smallest is cut."""
        for share in FIGURE_SHARES if self.copy.figure else FIGURE_SHARES[:1]:
            for size_px in BESIDE_FIGURE_SIZES_PX if self.copy.figure else HEADLINE_SIZES_PX:
                style = self._style(size_px)
                lines = wrapped(self.copy.headline, style, self._width)
                if len(lines) <= MAX_LINES and self._fit(self._stacked(lines, style, share)):
                    return self._stacked(_balanced(self.copy.headline, len(lines), style, self._width), style, share)
        return self._cut_rows(lines, style)

    def height(self, rows: Sequence[_Row]) -> int:
        return sum(row.height for row in rows) + sum(self.gaps(rows))

    def gaps(self, rows: Sequence[_Row]) -> list[int]:
        """Below each row, none below the last: plates touch, lines of one style keep together."""
        return [*(self._gap(above, below) for above, below in pairwise(rows)), 0]

    def _cut_rows(self, lines: Sequence[str], style: Style) -> list[_Row]:
        for most in range(MAX_LINES, 0, -1):
            kept = [_cut(line, style, self._width) for line in _at_most(lines, most, self.copy.headline)]
            rows = self._stacked(kept, style, FIGURE_SHARES[-1])
            if self.height(rows) <= self.room.height:
                break
        return rows

    def _stacked(self, lines: Sequence[str], style: Style, share: float) -> list[_Row]:
        """Tag, lead, figure, headline; rows of one style are of one height, so that they stand evenly."""
        copy, look = self.copy, self.look
        lead = [copy.lead] if copy.lead else []
        texts = [*lead, *lines]
        reaches = [_reach(text, style) for text in texts]
        ascent, descent = max((up for up, _ in reaches), default=0), max((down for _, down in reaches), default=0)
        rows = [
            _Row(self._in_order(text), style, look.ground, ascent, descent, self._plate_pad) for text in texts if text
        ]
        figure = [self._figure_row(share)] if copy.figure else []
        tag = [self._tag_row()] if copy.tag else []
        return [*tag, *rows[: len(lead)], *figure, *rows[len(lead) :]]

    def _figure_row(self, share: float) -> _Row:
        figure, most = self.copy.figure, share * self.room.height
        style = self._style(FIGURE_SIZES_PX[-1])
        for size_px in FIGURE_SIZES_PX:
            style = self._style(size_px)
            if style.cap_height <= most and text_width(figure, style) <= self.room.width:
                break
        text = cut_to_width(figure, style, self.room.width)
        return _Row(((text, self.look.letters),), style, self.look.ground, *_reach(text, style))

    def _tag_row(self) -> _Row:
        """The kicker on a plate: what stands before an arrow, and the arrow with what follows in its colour."""
        style, pad = self._style(TAG_PX), self.theme.px(PLATE_PAD_PX)
        text = cut_to_width(self.copy.tag, style, self.room.width - 2 * pad)
        way: Direction = next((way for way, arrow in ARROWS.items() if arrow and arrow in text), 0)
        at = text.index(ARROWS[way]) if way else len(text)
        plain, coloured = _tag_colours(way, self.look.tag, self.theme.palette)
        pieces = tuple((piece, colour) for piece, colour in ((text[:at], plain), (text[at:], coloured)) if piece)
        return _Row(pieces, style, self.look.tag, *_reach(text, style), pad)

    def _in_order(self, text: str) -> tuple[tuple[str, str], ...]:
        """The pieces of a line from left to right: the line itself, or its words where it is read from the right."""
        if not self.from_right:
            return ((text, self.look.letters),)
        words = text.split(" ")
        order = in_reading_order(words, from_right=True)
        spaced = [piece for index in order for piece in (" ", words[index])][1:]
        return tuple((piece, self.look.letters) for piece in spaced)

    @property
    def from_right(self) -> bool:
        return direction_of(f"{self.copy.lead} {self.copy.headline}") is ReadingDirection.FROM_RIGHT

    def _fit(self, rows: Sequence[_Row]) -> bool:
        return self.height(rows) <= self.room.height and all(row.width <= self.room.width for row in rows)

    def _gap(self, above: _Row, below: _Row) -> int:
        if above.pad and below.pad:
            return 0
        same = above.style == below.style and not above.pad
        return round(above.style.size_px * LINE_GAP_EM) if same else self.theme.px(ROW_GAP_PX)

    @property
    def _plate_pad(self) -> int:
        return self.theme.px(PLATE_PAD_PX) if self.look.plated else 0

    @property
    def _width(self) -> int:
        return self.room.width - 2 * self._plate_pad

    def _style(self, size_px: int) -> Style:
        return _style(size_px, self.theme)


def _at_most(lines: Sequence[str], most: int, text: str) -> list[str]:
    """The first lines of `text`, and all the rest of it in the last of `most`."""
    if len(lines) <= most:
        return list(lines)
    rest = text
    for line in lines[: most - 1]:
        rest = rest.removeprefix(line).lstrip()
    return [*lines[: most - 1], rest]


def _balanced(text: str, count: int, style: Style, width: int) -> list[str]:
    """`text` in `count` lines, broken at the least width that gives no more."""
    tries = (wrapped(text, style, at) for at in range(style.size_px, width, max(1, style.size_px // 4)))
    fitting = (
        lines for lines in tries if len(lines) == count and all(text_width(line, style) <= width for line in lines)
    )
    return next(fitting, wrapped(text, style, width))


def _tag_colours(way: Direction, ground: str, palette: Palette) -> tuple[str, str]:
    if ground == palette.ink:
        return palette.paper, {1: palette.rise_on_ink, 0: palette.paper, -1: palette.fall_on_ink}[way]
    return palette.ink, {1: palette.rise, 0: palette.ink, -1: palette.fall}[way]


def _placed(row: _Row, left: int, baseline: int) -> Iterator[Line]:
    x = float(left)
    for text, colour in row.pieces:
        if text.strip():
            yield Line(Label(text, int(x), baseline, row.style, colour), row.ground)
        x += text_width(text, row.style)


def _reach(text: str, style: Style) -> tuple[int, int]:
    """How far a line's ink reaches above its baseline, at least as capitals do, and below it, in pixels."""
    up, down = style.cap_height, 0
    for face, piece in faces_of(text, style.face):
        _, top, _, bottom = font(face, style.size_px, style.weight).getbbox(piece, anchor="ls")
        up, down = max(up, round(-top)), max(down, round(bottom))
    return up, down


def _cut(text: str, style: Style, width: float) -> str:
    """As `cut_to_width`, at the end of a word where one ends in the second half."""
    cut = cut_to_width(text, style, width)
    if cut == text:
        return text
    kept, space, _ = cut.rpartition(" ")
    return kept.rstrip(" ,.;:") + ELLIPSIS if space and 2 * len(kept) >= len(cut) else cut


def _style(size_px: int, theme: Theme) -> Style:
    return Style(theme.headline_font, theme.px(size_px), WEIGHT)
