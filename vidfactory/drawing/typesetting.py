"""Setting text on a picture: width, cutting, wrapping, and drawing with a face for every character.

Belongs here: what any drawn card, strip or poster needs of text. Does not belong here: which faces
there are (`type`), and what a particular picture says.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import Literal
from unicodedata import category

from PIL import Image, ImageDraw

from vidfactory.drawing.linebreaks import parts
from vidfactory.drawing.type import FALLBACK_FACES, font, glyphs
from vidfactory.schema.base import Box
from vidfactory.schema.theme import Theme

GRID_PX = 12
"""Of the house's grid, as all `_PX` of drawings for a measure of `Theme.px`."""
ELLIPSIS = "…"
Anchor = Literal["left", "middle", "right"]
_FOLLOWERS = {"Mn", "Me", "Cf", "Sk"}
"""Categories of marks, joiners and skin tones."""


@dataclass(frozen=True)
class Style:
    """A face at a size in pixels."""

    face: str
    size_px: int
    weight: int = 400

    @property
    def cap_height(self) -> int:
        """Height of an H in pixels."""
        return -int(font(self.face, self.size_px, self.weight).getbbox("H", anchor="ls")[1])

    @property
    def descent(self) -> int:
        """How far a p reaches below the baseline, in pixels."""
        return int(font(self.face, self.size_px, self.weight).getbbox("p", anchor="ls")[3])


@dataclass(frozen=True)
class Label:
    """One line of text whose `anchor` stands at `x` on the baseline `y`, in pixels of its picture."""

    text: str
    x: int
    y: int
    style: Style
    fill: str
    anchor: Anchor = "left"

    @property
    def box(self) -> Box:
        """What it covers, from the height of capitals down to descenders."""
        width = max(1, round(text_width(self.text, self.style)))
        left = self.x - {"left": 0, "middle": width // 2, "right": width}[self.anchor]
        height = self.style.cap_height + self.style.descent
        return Box(left=left, top=self.y - self.style.cap_height, width=width, height=height)


def faces_of(text: str, face: str) -> Iterator[tuple[str, str]]:
    """Split one line into (face, piece): `face` where it has the glyph, else the first fallback that has.

    Marks and joiners stay with the character that they belong to. A character that no face has is
    left to `face`, which shows its empty box. White space becomes spaces and control characters are
    dropped, because the shaper refuses them.
    """
    line = "".join(" " if char.isspace() else char for char in text if is_text(char))
    chosen: list[str] = []
    for char in line:
        follows = bool(chosen) and (char == " " or category(char) in _FOLLOWERS)
        chosen.append(chosen[-1] if follows else _face_for(char, face))
    for name, pieces in groupby(zip(chosen, line, strict=True), key=lambda pair: pair[0]):
        yield name, "".join(char for _, char in pieces)


def is_text(char: str) -> bool:
    """Whether `char` can stand in a text: white space can, other controls and lone surrogates cannot."""
    return char.isspace() or category(char) not in {"Cc", "Cs"}


def text_width(text: str, style: Style) -> float:
    """Width of one line in pixels."""
    return sum(font(face, style.size_px, style.weight).getlength(piece) for face, piece in faces_of(text, style.face))


def cut_to_width(text: str, style: Style, width: float) -> str:
    """`text`, shortened with an ellipsis where it is wider than `width` pixels; nothing where not even that fits."""
    if text_width(text, style) <= width:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if text_width(text[:middle].rstrip() + ELLIPSIS, style) <= width:
            fits = middle
        else:
            too_long = middle
    cut = text[:fits].rstrip() + ELLIPSIS
    return cut if text_width(cut, style) <= width else ""


def wrap(text: str, style: Style, width: float) -> list[str]:
    """Break `text` into lines of at most `width` pixels; a single word may be wider.

    Lines end at spaces and, in scripts that have none, between the `parts` of a word.
    """
    lines: list[str] = []
    pieces = [(" " if first else "", part) for word in text.split() for first, part in _parts(word)]
    for space, piece in pieces:
        longer = f"{lines[-1]}{space}{piece}" if lines else piece
        if lines and text_width(longer, style) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def draw_labels(picture: Image.Image, labels: Iterable[Label]) -> None:
    pen = ImageDraw.Draw(picture)
    for label in labels:
        x = float(label.box.left)
        for face, piece in faces_of(label.text, label.style.face):
            cut = font(face, label.style.size_px, label.style.weight)
            pen.text((x, label.y), piece, fill=label.fill, font=cut, anchor="ls")
            x += cut.getlength(piece)


def tag_box(theme: Theme) -> Box:
    """The accent tag of a card, from the card's upper left corner."""
    return Box(left=theme.px(3 * GRID_PX), top=0, width=theme.px(8 * GRID_PX), height=theme.px(2 * GRID_PX))


def frame_card(picture: Image.Image, theme: Theme) -> None:
    """The house frame: a border in the letters' colour, and an accent tag that hangs from it at the upper left."""
    pen = ImageDraw.Draw(picture)
    border = theme.panel_frame_px
    tag = tag_box(theme)
    pen.rectangle((tag.left, tag.top, tag.right - 1, tag.bottom - 1), fill=theme.palette.accent)
    pen.rectangle((0, 0, picture.width - 1, picture.height - 1), outline=theme.palette.card.letters, width=border)


def largest_fitting(sizes: Sequence[int], face: str, texts: Sequence[str], width: float) -> int:
    """The first of `sizes`, largest first, at which all `texts` together fit `width`; else the last."""
    return next(
        (size for size in sizes if sum(text_width(text, Style(face, size)) for text in texts) <= width), sizes[-1]
    )


def png_bytes(picture: Image.Image) -> bytes:
    """PNG without time stamps, so that the same picture is the same bytes."""
    stream = BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def jpeg_bytes(picture: Image.Image, quality: int) -> bytes:
    stream = BytesIO()
    picture.convert("RGB").save(stream, "JPEG", quality=quality, optimize=True)
    return stream.getvalue()


def _parts(word: str) -> Iterator[tuple[bool, str]]:
    """The parts of a word, each with whether it is the first."""
    return ((number == 0, part) for number, part in enumerate(parts(word)))


def _face_for(char: str, face: str) -> str:
    return next((name for name in (face, *FALLBACK_FACES) if ord(char) in glyphs(name)), face)
