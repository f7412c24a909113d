"""Caption pictures: heavy letters in one of several looks, shrunk until they fit their box.

Belongs here: how a word or a phrase is set and drawn. Does not belong here: which words stand together
and when (`planning.captions`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from math import ceil, floor

from PIL import Image, ImageDraw, ImageFont

from vidfactory.drawing.linebreaks import JOINER, clusters, glue, joined, reading_letters, stays_with
from vidfactory.drawing.scripts import (
    Direction,
    capitals,
    direction_of,
    in_reading_order,
    reads_from_right,
    script_language,
)
from vidfactory.drawing.type import FALLBACK_FACES, font, missing_glyphs, refuse_unshowable
from vidfactory.drawing.typesetting import ELLIPSIS, faces_of
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
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?([^\s/?#]+\.[a-z]{2,})[/?#]\S*", re.IGNORECASE)


def caption_image(text: str, style: CaptionStyle) -> Image.Image:
    """`text` centred on a transparent picture of the size of the style's box.

    Raises BadInput for characters that no face has, and for text that does not fit at the smallest size.
    """
    piece = _piece(text, style)
    if len(piece.runs) > 1:
        return _mixed_image(text, style)
    [run] = piece.runs
    letters, size_px = _fitting(run, style)
    outline = scaled_outline(style, size_px)
    image = _empty(style)
    ImageDraw.Draw(image).text(
        _middle(style),
        run.text,
        font=letters,
        fill=style.fill,
        stroke_width=outline,
        stroke_fill=style.outline,
        anchor="mm",
        language=run.language,
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

    No line may be too long to read, and a number and its unit must share one. Raises BadInput for characters
    that no face has.
    """
    sizes = _phrase_sizes(style)
    setting = _largest_setting(tuple(words), sizes if shrunk else sizes[:1], style, keep_units=True)
    return setting is not None and all(_is_short(line, style) for line in setting.lines)


def fitting_word(word: str, style: CaptionStyle) -> str:
    """`word`, or where the box cannot hold it at the smallest size as much of its beginning as it can, and `…`.

    Of a web address the host is kept, if that fits. Raises BadInput for characters that no face has.
    """
    if _can_stand_alone(word, style):
        return word
    address = _ADDRESS.fullmatch(word)
    if address and _can_stand_alone(f"{address[1]}/{ELLIPSIS}", style):
        return f"{address[1]}/{ELLIPSIS}"
    letters = clusters(address[1] if address else word)
    fits, too_long = 0, len(letters)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if _can_stand_alone("".join(letters[:middle]) + ELLIPSIS, style):
            fits = middle
        else:
            too_long = middle
    return "".join(letters[:fits]) + ELLIPSIS


def in_language(style: CaptionStyle, language: str) -> CaptionStyle:
    """The style for the words of a film in `language`."""
    return style.model_copy(update={"language": language})


def faces_for(text: str, wanted: str) -> tuple[tuple[str, str], ...]:
    """The faces for `text`, each with the piece that it shows.

    One face where there is one that has every glyph, the wanted first; else one for every character.
    Raises BadInput for characters that no face has.
    """
    for face in (wanted, *FALLBACK_FACES):
        if not missing_glyphs(text, face):
            return ((face, text),)
    refuse_unshowable(text, wanted, "captions")
    return tuple(faces_of(text, wanted))


def scaled_outline(style: CaptionStyle, size_px: int) -> int:
    """The outline in proportion to shrunken letters."""
    return max(2, round(style.outline_px * size_px / style.size_px))


@dataclass(frozen=True)
class _Run:
    """Letters of one face, and the language whose forms of them are wanted."""

    text: str
    face: str
    language: str | None


@dataclass(frozen=True)
class _Piece:
    """A word as it is shown: its letters from left to right, and what sets it off from the word before it."""

    text: str
    runs: tuple[_Run, ...]
    glue: str


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

    @property
    def lines(self) -> list[tuple[_Piece, ...]]:
        return [tuple(word.piece for word in line) for _, line in groupby(self.pieces, lambda word: word.baseline)]


def _measures(pieces: tuple[_Piece, ...], size_px: int, style: CaptionStyle) -> _Measures:
    """Room for the capitals of the style's face, and for letters of `pieces` that reach beyond them.

    Tails are given room of their own within an outline; a plate has it already.
    """
    boxed = style.style == "boxed"
    capital = _run_letters(_Run("H", style.font, None), size_px).above
    tail = 0 if boxed else _run_letters(_Run(TAILS, style.font, None), size_px).below
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
    runs = [_run_letters(run, size_px) for run in piece.runs]
    return _Letters(
        width=sum(run.width for run in runs),
        before=runs[0].before,
        after=runs[-1].after,
        above=max(run.above for run in runs),
        below=max(run.below for run in runs),
    )


@cache
def _run_letters(run: _Run, size_px: int) -> _Letters:
    face = font(run.face, size_px, WEIGHT)
    width = round(face.getlength(run.text, language=run.language))
    left, top, right, bottom = face.getbbox(run.text, anchor="ls", language=run.language)
    return _Letters(width, max(0, -floor(left)), max(0, ceil(right) - width), -floor(top), ceil(bottom))


@cache
def _phrase_sizes(style: CaptionStyle) -> Sequence[int]:
    """Sizes for phrases, the largest first: those at which two lines fit, or in a flat box the smallest."""
    return [size for size in _sizes(style) if _fits_down(_measures((), size, style), 2, style)] or [style.min_size_px]


def _pieces(words: tuple[str, ...], style: CaptionStyle) -> tuple[_Piece, ...]:
    """Figures and signs take the face of the phrase's first letters, if it has them."""
    lettered = [word for word in words if direction_of(word) is not Direction.NEITHER]
    face = _piece(lettered[0], style).runs[0].face if lettered else style.font
    return tuple(
        _piece(word, style, glue(before, word), style.font if word in lettered else face)
        for before, word in pairwise(("", *words))
    )


def _piece(word: str, style: CaptionStyle, glued: str = "", face: str = "") -> _Piece:
    text = word.removeprefix(JOINER)
    shown = capitals(text, style.language) if style.uppercase else text
    faces = faces_for(shown, face or style.font)
    if direction_of(shown) is Direction.FROM_RIGHT:
        faces = faces[::-1]
    runs = tuple(_Run(letters, face, script_language(letters, style.language)) for face, letters in faces)
    return _Piece(shown, runs, glued)


@cache
def _setting(words: tuple[str, ...], style: CaptionStyle) -> _Setting:
    """The largest setting that fits the box; a number leaves its unit only where it must."""
    for keep_units in (True, False):
        setting = _largest_setting(words, _phrase_sizes(style), style, keep_units=keep_units)
        if setting is not None:
            return setting
    text = joined(words)
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
    lines = _lines(pieces, size_px, measures, style, keep_units=keep_units)
    from_right = reads_from_right(" ".join(piece.text for piece in pieces), style.language)
    top = (style.box.height - measures.height(len(lines))) // 2 + measures.rim
    placed: list[_PlacedPiece] = []
    for number, line in enumerate(lines):
        baseline = top + measures.down + measures.above + number * (measures.line + measures.gap)
        left = (style.box.width - _line_width(line, size_px, measures)) // 2
        placed.extend(_placed_line(line, left, baseline, size_px, measures, from_right=from_right))
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
    pieces: tuple[_Piece, ...], size_px: int, measures: _Measures, style: CaptionStyle, *, keep_units: bool
) -> list[tuple[_Piece, ...]]:
    """One line where that is not too long for the box or the style, else two of about the same width."""
    cuts = [
        cut for cut in range(1, len(pieces)) if not (keep_units and stays_with(pieces[cut - 1].text, pieces[cut].text))
    ]
    fits = _line_width(pieces, size_px, measures) < style.box.width and _is_short(pieces, style)
    if not cuts or fits:
        return [pieces]
    halves = [[pieces[:cut], pieces[cut:]] for cut in cuts]
    return min(halves, key=lambda lines: max(_line_width(line, size_px, measures) for line in lines))


def _is_short(line: tuple[_Piece, ...], style: CaptionStyle) -> bool:
    """Whether a line can be read at a glance; a single word always can."""
    text = "".join(piece.glue + piece.text for piece in line)
    return len(line) == 1 or reading_letters(text) <= style.line_letters


def _line_width(line: tuple[_Piece, ...], size_px: int, measures: _Measures) -> int:
    """With what stands around the words."""
    words = sum(_letters(piece, size_px).width + 2 * measures.across for piece in line)
    return words + sum(_space(piece, measures) for piece in line[1:]) + 2 * measures.rim


def _space(piece: _Piece, measures: _Measures) -> int:
    """Between what stands around a word and around the word before it; the two overlap where there is no space."""
    return measures.space if piece.glue else -measures.across


def _placed_line(
    line: tuple[_Piece, ...], left: int, baseline: int, size_px: int, measures: _Measures, *, from_right: bool
) -> list[_PlacedPiece]:
    """The line's words side by side from `left`, in the order in which they are read."""
    order = in_reading_order([piece.text for piece in line], from_right=from_right)
    at = left + measures.rim + measures.across
    placed: dict[int, _PlacedPiece] = {}
    for number, following in pairwise((*order, order[-1])):
        placed[number] = _PlacedPiece(line[number], at, baseline)
        later = line[max(number, following)]
        at += _letters(line[number], size_px).width + 2 * measures.across + _space(later, measures)
    return [placed[number] for number in range(len(line))]


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
    left = word.left
    for run in word.piece.runs:
        ImageDraw.Draw(image).text(
            (left, word.baseline),
            run.text,
            font=font(run.face, size_px, WEIGHT),
            fill=colour,
            stroke_width=outline,
            stroke_fill=colour,
            anchor="ls",
            language=run.language,
        )
        left += _run_letters(run, size_px).width


def _empty(style: CaptionStyle) -> Image.Image:
    return Image.new("RGBA", (style.box.width, style.box.height), f"{style.outline}00")


def _mixed_image(text: str, style: CaptionStyle) -> Image.Image:
    """A word whose letters come from several faces, such as one with an emoji, alone in the box."""
    setting = _largest_setting((text,), _sizes(style), style, keep_units=True)
    if setting is None:
        raise _too_long(text, style)
    image = _empty(style)
    _draw_outlined(image, setting, 0, style)
    return image


def _can_stand_alone(word: str, style: CaptionStyle) -> bool:
    """Whether the box holds the word at the smallest size."""
    piece = _piece(word, style)
    if style.style == "one_word" and len(piece.runs) == 1:
        return _fits_alone(piece.runs[0], style.min_size_px, style)
    return _largest_setting((word,), _phrase_sizes(style)[-1:], style, keep_units=True) is not None


def _fitting(run: _Run, style: CaptionStyle) -> tuple[ImageFont.FreeTypeFont, int]:
    """The largest letters whose outlined text stays inside the box."""
    for size_px in _sizes(style):
        if _fits_alone(run, size_px, style):
            return font(run.face, size_px, WEIGHT), size_px
    raise _too_long(run.text, style)


def _fits_alone(run: _Run, size_px: int, style: CaptionStyle) -> bool:
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = pen.textbbox(
        _middle(style),
        run.text,
        font=font(run.face, size_px, WEIGHT),
        stroke_width=scaled_outline(style, size_px),
        anchor="mm",
        language=run.language,
    )
    return left > 0 and top > 0 and right < style.box.width and bottom < style.box.height


def _sizes(style: CaptionStyle) -> range:
    return range(style.size_px, style.min_size_px - 1, -SIZE_STEP_PX)


def _too_long(text: str, style: CaptionStyle) -> BadInput:
    return BadInput(
        f"{text!r} does not fit the captions at {style.min_size_px} px", where="captions", remedy="Use a shorter word"
    )


def _middle(style: CaptionStyle) -> tuple[float, float]:
    return style.box.width / 2, style.box.height / 2
