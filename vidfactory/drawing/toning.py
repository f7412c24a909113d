"""Pictures in two colours, so that what anybody draws goes with a theme."""

from io import BytesIO

from PIL import Image, ImageOps

from vidfactory.drawing.typesetting import png_bytes
from vidfactory.schema.theme import Toning


def toned(picture: bytes, toning: Toning | None) -> bytes:
    """A picture as PNG whose greys lie between the two colours; as it is without any. White is where it was clear."""
    if toning is None:
        return picture
    with Image.open(BytesIO(picture)) as opened:
        layered = opened.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    grey = ImageOps.grayscale(Image.alpha_composite(ground, layered).convert("RGB"))
    return png_bytes(ImageOps.colorize(grey, toning.dark, toning.light))
