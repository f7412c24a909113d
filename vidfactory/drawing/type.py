"""Type: where the fonts are, and which glyphs they have.

All faces come from pip packages or ship in `themes/fonts`, so a picture is the same on every machine.
"""

from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import fontpkg
from fontTools.ttLib import TTFont
from PIL import ImageFont

FALLBACK_FACES = ("inter", "noto-sans-arabic", "dejavu", "noto-emoji")
"""Searched in this order for glyphs that a wanted face does not have."""
FACE_PACKAGES = (
    "fontpkg-anton",
    "fontpkg-inter",
    "fontpkg-noto-sans-arabic",
    "fontpkg-playfair-display",
    "matplotlib",
    "vidfactory",
)
"""The packages that the faces come from."""


@cache
def font_path(face: str, weight: int = 400) -> Path:
    """File of a face such as `anton` or `inter`; KeyError for one that is not installed."""
    if face == "dejavu":
        style = "DejaVuSans-Bold.ttf" if weight >= 600 else "DejaVuSans.ttf"
        return _matplotlib_data() / "fonts" / "ttf" / style
    if face == "noto-emoji":
        return Path(str(resources.files("vidfactory.themes").joinpath("fonts", "NotoEmoji-Regular.woff")))
    return Path(fontpkg.path(face, weight=weight, nearest=True))


@cache
def font(face: str, size_px: int, weight: int = 400) -> ImageFont.FreeTypeFont:
    """A Pillow font; for a variable face the weight axis is set."""
    loaded = ImageFont.truetype(str(font_path(face, weight)), size_px)
    axes = _axes(face, weight)
    if axes:
        wanted = {"wght": float(weight)}
        loaded.set_variation_by_axes([wanted.get(tag, default) for tag, default in axes])
    return loaded


@cache
def glyphs(face: str) -> frozenset[int]:
    """Code points that a face can show."""
    with TTFont(font_path(face), lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def missing_glyphs(text: str, face: str) -> str:
    """The characters of `text` that `face` cannot show, each once, in order."""
    known = glyphs(face)
    return "".join(dict.fromkeys(char for char in text if not char.isspace() and ord(char) not in known))


def _matplotlib_data() -> Path:
    """Found without importing matplotlib, which would cost every render process a tenth of a second."""
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "mpl-data"


@cache
def _axes(face: str, weight: int) -> tuple[tuple[str, float], ...]:
    with TTFont(font_path(face, weight), lazy=True) as opened:
        if "fvar" not in opened:
            return ()
        return tuple((axis.axisTag, axis.defaultValue) for axis in opened["fvar"].axes)
