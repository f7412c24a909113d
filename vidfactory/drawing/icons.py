"""Icons as shapes: the filled Material Icons that the `iconipy` package carries (Apache-2.0).

Belongs here: looking an icon up by name and tracing its outline. Does not belong here: where it is drawn.
"""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

from vidfactory.drawing.ink_shapes import Point, Shape, bounds

_FAMILY = ("assets", "material_icons_regular")
_FILE = "MaterialIcons-Regular"
_CURVE_STEPS = 8


class _Tracer(BasePen):  # type: ignore[misc]  # fontTools is not typed
    """A pen that keeps each contour as a ring of points, with curves cut into short lines."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.rings: list[list[Point]] = []

    def _moveTo(self, point: Point) -> None:  # noqa: N802 - the pen protocol's name
        self.rings.append([point])

    def _lineTo(self, point: Point) -> None:  # noqa: N802 - the pen protocol's name
        self.rings[-1].append(point)

    def _curveToOne(self, first: Point, second: Point, end: Point) -> None:  # noqa: N802 - the pen protocol's name
        start = self.rings[-1][-1]
        for t in np.linspace(0, 1, _CURVE_STEPS + 1)[1:].tolist():
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
            x, y = (sum(w * p[k] for w, p in zip(weights, (start, first, second, end), strict=True)) for k in (0, 1))
            self.rings[-1].append((x, y))


@cache
def icon_names() -> frozenset[str]:
    return frozenset(_code_points())


@cache
def icon(name: str) -> Shape:
    """Outline of the icon `name`, centred on the origin, its longer side 1 unit; KeyError for an unknown name."""
    with TTFont(_folder() / f"{_FILE}.ttf", lazy=True) as font:
        glyphs = font.getGlyphSet()
        pen = _Tracer(glyphs)
        glyphs[font.getBestCmap()[_code_points()[name]]].draw(pen)
    shape = tuple(np.array(ring) for ring in pen.rings)
    left, top, right, bottom = bounds(shape)
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    return tuple((ring - centre) * (1, -1) / max(right - left, bottom - top) for ring in shape)


@cache
def _code_points() -> dict[str, int]:
    lines = (_folder() / f"{_FILE}.codepoints").read_text(encoding="utf-8").splitlines()
    return {name: int(code, 16) for name, code in (line.split() for line in lines if line)}


def _folder() -> Path:
    return Path(str(resources.files("iconipy").joinpath(*_FAMILY)))
