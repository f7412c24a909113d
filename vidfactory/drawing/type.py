"""Type: where the fonts are, and which glyphs they have.

All faces come from pip packages or ship in `themes/fonts`, so a picture is the same on every machine.
"""

from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from unicodedata import name

import fontpkg
import regex
from fontTools.ttLib import TTFont
from fontTools.unicodedata import script, script_name
from PIL import ImageFont

from vidfactory.errors import BadInput

HOUSE_FAMILIES = (
    "anton",
    "heebo",
    "inter",
    "noto-sans-arabic",
    "noto-sans-devanagari",
    "noto-sans-thai",
    "playfair-display",
)
"""Those of `fontpkg` that the house asks for."""
ADDED_FAMILIES = tuple(sorted(set(fontpkg.families()) - set(HOUSE_FAMILIES)))
"""Families of `fontpkg` that somebody installed besides, for scripts that the house has no face for."""
FALLBACK_FACES = (
    "inter",
    "noto-sans-arabic",
    "heebo",
    "noto-sans-devanagari",
    "noto-sans-thai",
    "dejavu",
    "noto-emoji",
    "noto-sans-cjk",
    *ADDED_FAMILIES,
)
"""Searched in this order for glyphs that a wanted face does not have."""
FACE_PACKAGES = (
    *(f"fontpkg-{family}" for family in sorted((*HOUSE_FAMILIES, *ADDED_FAMILIES))),
    "matplotlib",
    "noto-cjk-sans-jp-bold",
    "vidfactory",
)
"""The packages that the faces come from."""
_UNSEEN = regex.compile(r"[\s\p{Default_Ignorable_Code_Point}]")
"""Needs no glyph: white space, joiners, variation selectors, marks of direction."""


@cache
def font_path(face: str, weight: int = 400) -> Path:
    """File of a face such as `anton` or `inter`; KeyError for one that is not installed."""
    if face == "dejavu":
        style = "DejaVuSans-Bold.ttf" if weight >= 600 else "DejaVuSans.ttf"
        return _package_folder("matplotlib") / "mpl-data" / "fonts" / "ttf" / style
    if face == "noto-sans-cjk":
        return _package_folder("noto_cjk_sans_jp_bold") / "NotoSansCJKjp-Bold.otf"
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
    return "".join(dict.fromkeys(char for char in text if ord(char) not in known and not _UNSEEN.match(char)))


def unshowable(text: str, face: str) -> str:
    """The characters of `text` that neither `face` nor any fallback can show, each once, in order."""
    missing = missing_glyphs(text, face)
    for other in FALLBACK_FACES:
        missing = missing and missing_glyphs(missing, other)
    return missing


def refuse_unshowable(text: str, face: str, where: str) -> None:
    """BadInput, naming each character with its script, where `unshowable` finds any."""
    missing = unshowable(text, face)
    if missing:
        raise BadInput(
            f"no face has {', '.join(named(char) for char in missing)} of {text!r}",
            where=where,
            remedy="Take these characters out, or install a family of fontpkg that has them (pip install fontpkg-…)",
        )


def named(char: str) -> str:
    """A character with its name and script, for people: `'ꦗ' (U+A997 JAVANESE LETTER JA, script Javanese)`."""
    known = name(char, "without a name")
    return f"{char!r} (U+{ord(char):04X} {known}, script {script_name(script(char), default='unknown')})"


def _package_folder(package: str) -> Path:
    """Found without importing matplotlib, which would cost every render process a tenth of a second."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


@cache
def _axes(face: str, weight: int) -> tuple[tuple[str, float], ...]:
    with TTFont(font_path(face, weight), lazy=True) as opened:
        if "fvar" not in opened:
            return ()
        return tuple((axis.axisTag, axis.defaultValue) for axis in opened["fvar"].axes)
