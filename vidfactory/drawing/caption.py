"""Caption pictures: heavy letters in one of several looks, shrunk until they fit their box.

Belongs here: how a word or a phrase is set and drawn. Does not belong here: which words stand together
and when (`planning.captions`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, floor
from unicodedata import bidirectional

from PIL import Image, ImageDraw, ImageFont

from vidfactory.drawing.type import FALLBACK_FACES, font, missing_glyphs
from vidfactory.errors import BadInput
from vidfactory.schema.base import Box
from vidfactory.schema.theme import CaptionStyle

SIZE_STEP_PX = 4
WEIGHT = 800
TAILS = "Q$,;"
"""Capitals and signs that reach below their baseline."""
SPACE = 0.28
"""Between the letters of two outlined words; here and below, as a share of the letters' size."""
PLATE_ACROSS, PLATE_DOWN = 0.13, 0.13
"""How far the spoken word's plate reaches beyond its letters."""
PLATE_GAP = 0.06
"""Between the plates of two words or lines."""
PLATE_RIM = 0.06
"""How far the plate of the phrase reaches beyond that of a word."""
PLATE_ROUND = 0.14
"""Radius of a plate's corners."""
SMOOTHING = 4
"""Plates are drawn so many times as large and scaled down, for smooth corners."""
_NUMBER = re.compile(r"\W*\d[\d.,]*")
_RIGHT_TO_LEFT = {"R", "AL"}


def caption_image(text: str, style: CaptionStyle) -> Image.Image:
    """`text` centred on a transparent picture of the size of the style's box.

    Raises BadInput for characters that no face has, and for text that does not fit at the smallest size.
    """
    shown = _shown(text, style)
    face = face_for(shown, style.font)
    letters, size_px = _fitting(shown, face, style)
    outline = scaled_outline(style, size_px)
    image = _empty(style)
    ImageDraw.Draw(image).text(
        _middle(style),
        shown,
        font=letters,
        fill=style.fill,
        stroke_width=outline,
        stroke_fill=style.outline,
        anchor="mm",
    )
    return image


def phrase_image(words: tuple[str, ...], lit: int | None, style: CaptionStyle) -> Image.Image:
    """`words` in one or two lines on a transparent picture of the size of the style's box.

    lit: index of the word that is spoken, which is coloured or, where the style is boxed, stands on a
    plate of its own. No word's place depends on it. Raises BadInput as `caption_image` does.
    """
    setting = _setting(words, style)
    image = _empty(style)
    if style.style == "boxed":
        _draw_boxed(image, setting, lit, style)
    else:
        _draw_outlined(image, setting, lit, style)
    return image


def phrase_fits(words: Sequence[str], style: CaptionStyle, *, shrunk: bool = False) -> bool:
    """Whether `words` can stand together at the size of phrases or, `shrunk`, at a smaller one.

    A number and its unit must share a line. Raises BadInput for characters that no face has.
    """
    sizes = _phrase_sizes(style)
    return _largest_setting(tuple(words), sizes if shrunk else sizes[:1], style, keep_units=True) is not None


def stays_with(word: str, following: str) -> bool:
    """Whether a line or page may not end between the two: a number stays with its unit, or what it counts."""
    return bool(_NUMBER.fullmatch(word)) and not _NUMBER.fullmatch(following)


def face_for(text: str, wanted: str) -> str:
    """The wanted face if it has every glyph of `text`, else the first fallback that has."""
    for face in (wanted, *FALLBACK_FACES):
        if not missing_glyphs(text, face):
            return face
    missing = missing_glyphs(text, wanted)
    raise BadInput(f"no face has {missing!r} of {text!r}", where="captions", remedy="Take these characters out")


def scaled_outline(style: CaptionStyle, size_px: int) -> int:
    """The outline in proportion to shrunken letters."""
    return max(2, round(style.outline_px * size_px / style.size_px))


@dataclass(frozen=True)
class _Piece:
    """A word as it is shown, and the face that has its glyphs."""

    text: str
    face: str


@dataclass(frozen=True)
class _PlacedPiece:
    """A word whose letters begin at `left` on the line `baseline`, in pixels of the box."""

    piece: _Piece
    left: int
    baseline: int


@dataclass(frozen=True)
class _Measures:
    """Lengths in pixels for words at one size.

    above, below: how far letters reach from their baseline. across, down: from the letters to the edge
    of an outline or a word's plate. rim: from there to the edge of the phrase's plate. space, gap: between
    those of two words, and of two lines.
    """

    above: int
    below: int
    across: int
    down: int
    rim: int
    space: int
    gap: int

    @property
    def line(self) -> int:
        return self.above + self.below + 2 * self.down

    def height(self, lines: int) -> int:
        return lines * self.line + (lines - 1) * self.gap + 2 * self.rim


@dataclass(frozen=True)
class _Setting:
    size_px: int
    measures: _Measures
    pieces: tuple[_PlacedPiece, ...]
    """In the order of the words."""


def _measures(pieces: tuple[_Piece, ...], size_px: int, style: CaptionStyle) -> _Measures:
    """Room for the capitals of the style's face, and for letters of `pieces` that reach beyond them.

    Tails are given room of their own within an outline; a plate has it already.
    """
    boxed = style.style == "boxed"
    capital = _letters(_Piece("H", style.font), size_px).above
    tail = 0 if boxed else _letters(_Piece(TAILS, style.font), size_px).below
    plate_down = round(PLATE_DOWN * size_px)
    spare = plate_down if boxed else 0
    words = [_letters(piece, size_px) for piece in pieces]
    above = max([capital, *(word.above - spare for word in words)])
    below = max([tail, *(word.below - spare for word in words)])
    if boxed:
        across, rim, gap = (round(share * size_px) for share in (PLATE_ACROSS, PLATE_RIM, PLATE_GAP))
        return _Measures(above, below, across, plate_down, rim, space=gap, gap=gap)
    outline = scaled_outline(style, size_px)
    return _Measures(above, below, outline, outline, rim=0, space=round(SPACE * size_px) - outline, gap=0)


@dataclass(frozen=True)
class _Letters:
    """Lengths in pixels of a word as drawn: its width, and how far it reaches out of that and from its baseline."""

    width: int
    before: int
    after: int
    above: int
    below: int


@cache
def _letters(piece: _Piece, size_px: int) -> _Letters:
    face = font(piece.face, size_px, WEIGHT)
    width = round(face.getlength(piece.text))
    left, top, right, bottom = face.getbbox(piece.text, anchor="ls")
    return _Letters(width, max(0, -floor(left)), max(0, ceil(right) - width), -floor(top), ceil(bottom))


@cache
def _phrase_sizes(style: CaptionStyle) -> Sequence[int]:
    """Sizes for phrases, the largest first: those at which two lines fit, or in a flat box the smallest."""
    sizes = range(style.size_px, style.min_size_px - 1, -SIZE_STEP_PX)
    return [size for size in sizes if _fits_down(_measures((), size, style), 2, style)] or [style.min_size_px]


def _pieces(words: tuple[str, ...], style: CaptionStyle) -> tuple[_Piece, ...]:
    shown = [_shown(word, style) for word in words]
    return tuple(_Piece(text, face_for(text, style.font)) for text in shown)


@cache
def _setting(words: tuple[str, ...], style: CaptionStyle) -> _Setting:
    """The largest setting that fits the box; a number leaves its unit only where it must."""
    for keep_units in (True, False):
        setting = _largest_setting(words, _phrase_sizes(style), style, keep_units=keep_units)
        if setting is not None:
            return setting
    text = " ".join(words)
    raise BadInput(
        f"{text!r} does not fit the captions at {style.min_size_px} px", where="captions", remedy="Use shorter words"
    )


def _largest_setting(
    words: tuple[str, ...], sizes: Sequence[int], style: CaptionStyle, *, keep_units: bool
) -> _Setting | None:
    pieces = _pieces(words, style)
    settings = (_set_at(pieces, size_px, style, keep_units=keep_units) for size_px in sizes)
    return next((setting for setting in settings if setting is not None), None)


def _set_at(pieces: tuple[_Piece, ...], size_px: int, style: CaptionStyle, *, keep_units: bool) -> _Setting | None:
    """The words in the middle of the box at one size, or None where they don't fit."""
    measures = _measures(pieces, size_px, style)
    lines = _lines(pieces, size_px, measures, style.box.width, keep_units=keep_units)
    top = (style.box.height - measures.height(len(lines))) // 2 + measures.rim
    placed: list[_PlacedPiece] = []
    for number, line in enumerate(lines):
        baseline = top + measures.down + measures.above + number * (measures.line + measures.gap)
        left = (style.box.width - _line_width(line, size_px, measures)) // 2
        placed.extend(_placed_line(line, left, baseline, size_px, measures))
    fits = _fits_down(measures, len(lines), style) and all(
        _fits_across(word, size_px, measures, style) for word in placed
    )
    return _Setting(size_px, measures, tuple(placed)) if fits else None


def _fits_down(measures: _Measures, lines: int, style: CaptionStyle) -> bool:
    return measures.height(lines) <= style.box.height - 2


def _fits_across(word: _PlacedPiece, size_px: int, measures: _Measures, style: CaptionStyle) -> bool:
    """Whether the letters, which may reach beyond their advance, keep off the box's edges with what is around them."""
    letters, around = _letters(word.piece, size_px), measures.across + measures.rim
    left, right = word.left - letters.before - around, word.left + letters.width + letters.after + around
    return left > 0 and right < style.box.width


def _lines(
    pieces: tuple[_Piece, ...], size_px: int, measures: _Measures, width: int, *, keep_units: bool
) -> list[tuple[_Piece, ...]]:
    """One line where that is not wider than `width`, else two of about the same width."""
    cuts = [
        cut for cut in range(1, len(pieces)) if not (keep_units and stays_with(pieces[cut - 1].text, pieces[cut].text))
    ]
    if not cuts or _line_width(pieces, size_px, measures) < width:
        return [pieces]
    halves = [[pieces[:cut], pieces[cut:]] for cut in cuts]
    return min(halves, key=lambda lines: max(_line_width(line, size_px, measures) for line in lines))


def _line_width(line: tuple[_Piece, ...], size_px: int, measures: _Measures) -> int:
    """With what stands around the words."""
    words = sum(_letters(piece, size_px).width + 2 * measures.across for piece in line)
    return words + (len(line) - 1) * measures.space + 2 * measures.rim


def _placed_line(
    line: tuple[_Piece, ...], left: int, baseline: int, size_px: int, measures: _Measures
) -> list[_PlacedPiece]:
    """The line's words side by side from `left`, in the order in which their script reads."""
    from_right = _reads_from_right(line)
    at = left + measures.rim + measures.across
    placed = []
    for piece in reversed(line) if from_right else line:
        placed.append(_PlacedPiece(piece, at, baseline))
        at += _letters(piece, size_px).width + 2 * measures.across + measures.space
    return placed[::-1] if from_right else placed


def _reads_from_right(line: tuple[_Piece, ...]) -> bool:
    directions = (bidirectional(char) for piece in line for char in piece.text)
    return next((direction in _RIGHT_TO_LEFT for direction in directions if direction in {"L", *_RIGHT_TO_LEFT}), False)


def _draw_outlined(image: Image.Image, setting: _Setting, lit: int | None, style: CaptionStyle) -> None:
    """All outlines first, so that none covers a neighbour's letters."""
    outline = scaled_outline(style, setting.size_px)
    for word in setting.pieces:
        _write(image, word, setting.size_px, style.outline, outline)
    for number, word in enumerate(setting.pieces):
        _write(image, word, setting.size_px, style.fill if number == lit else style.rest_fill)


def _draw_boxed(image: Image.Image, setting: _Setting, lit: int | None, style: CaptionStyle) -> None:
    measures = setting.measures
    plates = [_plate(word, setting) for word in setting.pieces]
    left, top = min(plate.left for plate in plates), min(plate.top for plate in plates)
    right, bottom = max(plate.right for plate in plates), max(plate.bottom for plate in plates)
    rim, radius = measures.rim, round(PLATE_ROUND * setting.size_px)
    around = Box(left=left - rim, top=top - rim, width=right - left + 2 * rim, height=bottom - top + 2 * rim)
    _fill_plate(image, around, radius + rim, style.outline)
    if lit is not None:
        _fill_plate(image, plates[lit], radius, style.fill)
    for number, word in enumerate(setting.pieces):
        _write(image, word, setting.size_px, style.outline if number == lit else style.rest_fill)


def _plate(word: _PlacedPiece, setting: _Setting) -> Box:
    measures = setting.measures
    return Box(
        left=word.left - measures.across,
        top=word.baseline - measures.above - measures.down,
        width=_letters(word.piece, setting.size_px).width + 2 * measures.across,
        height=measures.line,
    )


def _fill_plate(image: Image.Image, box: Box, radius: int, colour: str) -> None:
    mask = Image.new("L", (box.width * SMOOTHING, box.height * SMOOTHING))
    corner = (mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *corner), radius * SMOOTHING, fill=255)
    image.paste(colour, (box.left, box.top), mask.resize((box.width, box.height), Image.Resampling.BOX))


def _write(image: Image.Image, word: _PlacedPiece, size_px: int, colour: str, outline: int = 0) -> None:
    ImageDraw.Draw(image).text(
        (word.left, word.baseline),
        word.piece.text,
        font=font(word.piece.face, size_px, WEIGHT),
        fill=colour,
        stroke_width=outline,
        stroke_fill=colour,
        anchor="ls",
    )


def _empty(style: CaptionStyle) -> Image.Image:
    return Image.new("RGBA", (style.box.width, style.box.height), f"{style.outline}00")


def _shown(text: str, style: CaptionStyle) -> str:
    return text.upper() if style.uppercase else text


def _fitting(text: str, face: str, style: CaptionStyle) -> tuple[ImageFont.FreeTypeFont, int]:
    """The largest letters whose outlined text stays inside the box."""
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    for size_px in range(style.size_px, style.min_size_px - 1, -SIZE_STEP_PX):
        letters = font(face, size_px, WEIGHT)
        outline = scaled_outline(style, size_px)
        left, top, right, bottom = pen.textbbox(_middle(style), text, font=letters, stroke_width=outline, anchor="mm")
        if left > 0 and top > 0 and right < style.box.width and bottom < style.box.height:
            return letters, size_px
    raise BadInput(
        f"{text!r} does not fit the captions at {style.min_size_px} px", where="captions", remedy="Use a shorter word"
    )


def _middle(style: CaptionStyle) -> tuple[float, float]:
    return style.box.width / 2, style.box.height / 2
