"""Letters on a transparent picture or on a plate: texts and figures that stand above the scenes.

Belongs here: fitting, breaking and drawing them. Does not belong here: captions, which have a style of
their own, and how letters move.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw

from vidfactory.drawing.type import font, refuse_unshowable
from vidfactory.drawing.typesetting import Anchor, Style, faces_of, wrap
from vidfactory.errors import BadInput
from vidfactory.schema.base import Size

LINE_PITCH = 1.3
OUTLINE = 1 / 12
"""Of the size of the letters."""
PLATE_MARGIN = 1 / 3
"""Free around the letters on a plate, of their size."""
DIGITS = "0123456789"
STEP_PX = 2
TRANSPARENT = "00"


@dataclass(frozen=True)
class LetterStyle:
    """Colours are `#rrggbb`. With `even_digits` all digits are as wide as the widest, so that a figure
    that runs does not tremble.
    """

    face: str
    weight: int
    fill: str
    outline: str | None
    plate: str | None
    align: Anchor
    even_digits: bool = False


@dataclass(frozen=True)
class _Piece:
    """Letters of one face, and the width that they take in pixels."""

    text: str
    face: str
    width: float


def fitting_size(text: str, room: Size, style: LetterStyle, largest_px: int, smallest_px: int, where: str) -> int:
    """The largest size at which `text` fits `room`.

    BadInput, naming `where`, if it does not fit at the smallest size or no face has one of its characters.
    """
    refuse_unshowable(text, style.face, where)
    sizes: list[int] = [*range(largest_px, smallest_px, -STEP_PX), smallest_px]
    for size_px in sizes:
        if _fits(text, room, style, size_px):
            return size_px
    raise BadInput(
        f"{text!r} does not fit {room.width}x{room.height} px at {smallest_px} px, the smallest size",
        where=where,
        remedy="Use a shorter text or a larger box",
    )


def letters_image(text: str, room: Size, style: LetterStyle, size_px: int) -> Image.Image:
    """`text` on a picture as large as `room`, its lines in the middle of the height."""
    ground = style.plate or f"{style.outline or style.fill}{TRANSPARENT}"
    image = Image.new("RGBA", (room.width, room.height), ground)
    pen = ImageDraw.Draw(image)
    lines = _lines(text, room, style, size_px)
    pitch = _pitch(size_px)
    cap_height = Style(style.face, size_px, style.weight).cap_height
    baseline = (room.height + cap_height - (len(lines) - 1) * pitch) // 2
    for number, line in enumerate(lines):
        pieces = list(_pieces(line, style, size_px))
        free = room.width - 2 * _margin(style, size_px) - sum(piece.width for piece in pieces)
        x = _margin(style, size_px) + free * {"left": 0, "middle": 0.5, "right": 1}[style.align]
        for piece in pieces:
            letters = font(piece.face, size_px, style.weight)
            inset = (piece.width - letters.getlength(piece.text)) / 2
            pen.text(
                (x + inset, baseline + number * pitch),
                piece.text,
                font=letters,
                fill=style.fill,
                stroke_width=_outline(style, size_px),
                stroke_fill=style.outline,
                anchor="ls",
            )
            x += piece.width
    return image


def _fits(text: str, room: Size, style: LetterStyle, size_px: int) -> bool:
    lines = _lines(text, room, style, size_px)
    margin = _margin(style, size_px)
    width = max(sum(piece.width for piece in _pieces(line, style, size_px)) for line in lines)
    cap_height = Style(style.face, size_px, style.weight).cap_height
    above, _ = _reach(lines[0], style, size_px)
    _, below = _reach(lines[-1], style, size_px)
    around = cap_height + 2 * max(above - cap_height, below, 0) + (len(lines) - 1) * _pitch(size_px)
    return width + 2 * margin <= room.width and around + 2 * margin <= room.height


def _lines(text: str, room: Size, style: LetterStyle, size_px: int) -> list[str]:
    """Broken at line breaks and, unless it is a figure, at spaces where a line is too long."""
    if style.even_digits:
        return [text]
    width = room.width - 2 * _margin(style, size_px)
    return [
        line
        for paragraph in text.splitlines()
        for line in wrap(paragraph, Style(style.face, size_px, style.weight), width) or [""]
    ]


def _pieces(line: str, style: LetterStyle, size_px: int) -> Iterator[_Piece]:
    for face, run in faces_of(line, style.face):
        letters = font(face, size_px, style.weight)
        if style.even_digits:
            cell = _digit_width(face, size_px, style.weight)
            yield from (_Piece(char, face, cell if char in DIGITS else letters.getlength(char)) for char in run)
        else:
            yield _Piece(run, face, letters.getlength(run))


def _reach(line: str, style: LetterStyle, size_px: int) -> tuple[int, int]:
    """How far the letters of a line reach above and below its baseline."""
    boxes = [font(face, size_px, style.weight).getbbox(run, anchor="ls") for face, run in faces_of(line, style.face)]
    return max((-int(box[1]) for box in boxes), default=0), max((int(box[3]) for box in boxes), default=0)


@cache
def _digit_width(face: str, size_px: int, weight: int) -> float:
    letters = font(face, size_px, weight)
    return max(letters.getlength(digit) for digit in DIGITS)


def _pitch(size_px: int) -> int:
    return round(LINE_PITCH * size_px)


def _outline(style: LetterStyle, size_px: int) -> int:
    return max(2, round(size_px * OUTLINE)) if style.outline else 0


def _margin(style: LetterStyle, size_px: int) -> int:
    return max(round(size_px * PLATE_MARGIN) if style.plate else 0, _outline(style, size_px))
