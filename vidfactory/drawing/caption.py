"""Caption pictures: heavy letters with an outline, shrunk until they fit their box."""

from functools import cache

from PIL import Image, ImageDraw, ImageFont

from vidfactory.drawing.type import FALLBACK_FACES, font, missing_glyphs
from vidfactory.errors import BadInput
from vidfactory.schema.theme import CaptionStyle


@cache
def caption_image(text: str, style: CaptionStyle) -> Image.Image:
    """`text` centred on a transparent picture of the size of the style's box.

    Raises BadInput for characters that no face has, and for text that does not fit at the smallest size.
    """
    shown = text.upper() if style.uppercase else text
    face = face_for(shown, style.font)
    letters, size_px = _fitting(shown, face, style)
    outline = scaled_outline(style, size_px)
    image = Image.new("RGBA", (style.box.width, style.box.height), f"{style.outline}00")
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


def _fitting(text: str, face: str, style: CaptionStyle) -> tuple[ImageFont.FreeTypeFont, int]:
    """The largest letters, in steps of 4 px, whose outlined text stays inside the box."""
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    for size_px in range(style.size_px, style.min_size_px - 1, -4):
        letters = font(face, size_px, 800)
        outline = scaled_outline(style, size_px)
        left, top, right, bottom = pen.textbbox(_middle(style), text, font=letters, stroke_width=outline, anchor="mm")
        if left > 0 and top > 0 and right < style.box.width and bottom < style.box.height:
            return letters, size_px
    raise BadInput(
        f"{text!r} does not fit the captions at {style.min_size_px} px", where="captions", remedy="Use a shorter word"
    )


def _middle(style: CaptionStyle) -> tuple[float, float]:
    return style.box.width / 2, style.box.height / 2
