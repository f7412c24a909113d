"""Cutouts: sprites whose colours are multiplied with their coverage.

In this form pictures can be moved between pixels, faded and laid over each other plane by plane, and
nothing that hides under a transparent part shows as a fringe (Porter and Duff 1984).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

import cv2
import numpy as np
from cv2.typing import MatLike
from PIL import Image

from vidfactory.rendering.compositor import Placed
from vidfactory.rendering.sprite import Alpha, Plane, Sprite, opaque, times, unweighted, weighted
from vidfactory.schema.overlay import Side

MOST_SAMPLES = 8
"""Along each side of a pixel, when a picture is made smaller."""
HALO_GAIN = 1.6
"""Makes up for what a blur takes from small shapes."""
PADDING = 2


@dataclass(frozen=True)
class Colour:
    """A colour in the planes of a sprite."""

    y: int
    u: int
    v: int


@cache
def colour_of(name: str) -> Colour:
    """The colour written `#rrggbb`."""
    pixel = Sprite.of(Image.new("RGB", (2, 2), name))
    return Colour(int(pixel.y[0, 0]), int(pixel.u[0, 0]), int(pixel.v[0, 0]))


@dataclass(frozen=True, eq=False)
class Cutout:
    """Planes `y` and `luma` (coverage) of shape (height, width), `u`, `v` and `chroma` of half of both;
    its upper left corner stands at `left`, `top`. All four are even.
    """

    y: Plane
    u: Plane
    v: Plane
    luma: Plane
    chroma: Plane
    left: int
    top: int

    @classmethod
    def of(cls, placed: Placed) -> Self:
        sprite = weighted(placed.sprite)
        alpha = sprite.alpha or opaque(sprite)
        return cls(sprite.y, sprite.u, sprite.v, alpha.luma, alpha.chroma, placed.left, placed.top)

    @classmethod
    def plain(cls, coverage: Plane, colour: Colour, left: int, top: int) -> Self:
        """One colour, where `coverage` is."""
        chroma = _halved(coverage)
        y, u, v = _part(coverage, colour.y / 255), _part(chroma, colour.u / 255), _part(chroma, colour.v / 255)
        return cls(y, u, v, coverage, chroma, left, top)

    def placed(self) -> Placed:
        """As the compositor takes it."""
        if self.luma.min() == 255:
            return Placed(Sprite(self.y, self.u, self.v), self.left, self.top)
        sprite = unweighted(Sprite(self.y, self.u, self.v, Alpha(self.luma, self.chroma)))
        return Placed(sprite, self.left, self.top)

    @property
    def height(self) -> int:
        return int(self.y.shape[0])

    @property
    def width(self) -> int:
        return int(self.y.shape[1])

    @property
    def planes(self) -> tuple[Plane, Plane, Plane, Plane, Plane]:
        """`y`, `u`, `v`, `luma`, `chroma`."""
        return self.y, self.u, self.v, self.luma, self.chroma

    def at(self, left: int, top: int) -> Self:
        return replace(self, left=left, top=top)

    def faded(self, opacity: float) -> Self:
        return self._with(_part(plane, opacity) for plane in self.planes)

    def tinted(self, colour: Colour, share: float) -> Self:
        """Its colours taken to `colour` by `share` in [0, 1]."""
        y, u, v = (
            _sum(plane, 1 - share, coverage, share * level / 255)
            for plane, coverage, level in (
                (self.y, self.luma, colour.y),
                (self.u, self.chroma, colour.u),
                (self.v, self.chroma, colour.v),
            )
        )
        return replace(self, y=y, u=u, v=v)

    def masked(self, mask: Plane) -> Self:
        """What `mask`, 0-255 and as large as the luma plane, lets through."""
        half = _halved(mask)
        masks = (mask, half, half, mask, half)
        return self._with(times(plane, part) for plane, part in zip(self.planes, masks, strict=True))

    def revealed(self, share: float, side: Side) -> Self:
        """The `share` of it that lies at one side. The edge may lie between two pixels."""
        across = side in {"left", "right"}
        length = self.width if across else self.height
        line = np.rint(255 * np.clip(share * length - np.arange(length), 0, 1)).astype(np.uint8)
        if side in {"right", "bottom"}:
            line = line[::-1]
        return self.masked(cv2.resize(line[None] if across else line[:, None], (self.width, self.height)))

    def halo(self, colour: Colour, strength: float, reach_px: int) -> Self:
        """Light of `colour` around its shape, about `reach_px` wide; it shines through the shape's gaps too."""
        margin = 2 * math.ceil(reach_px / 2)
        shape = cv2.copyMakeBorder(self.chroma, *4 * (margin // 2,), cv2.BORDER_CONSTANT, value=0)
        light = cv2.GaussianBlur(shape, (0, 0), reach_px / 6)
        whole = cv2.resize(light, (self.width + 2 * margin, self.height + 2 * margin))
        return type(self).plain(_part(whole, HALO_GAIN * strength), colour, self.left - margin, self.top - margin)

    def moved(self, middle: tuple[float, float], shift: tuple[float, float], scale: float, degrees: float) -> Self:
        """Scaled and turned clockwise about `middle`, then shifted; sampled between pixels.

        middle: in the coordinates of `left` and `top`. shift: right and down, in pixels. Made smaller, it
        is averaged over what falls into a pixel.
        """
        cos, sin = scale * math.cos(math.radians(degrees)), scale * math.sin(math.radians(degrees))
        turn = np.array([[cos, -sin], [sin, cos]])
        origin = turn @ (np.array([self.left, self.top]) - middle) + middle + shift
        corners = origin + (turn @ np.array([[0, self.width, 0, self.width], [0, 0, self.height, self.height]])).T
        left, top = (2 * math.floor(edge / 2) for edge in corners.min(axis=0))
        right, bottom = (2 * math.ceil(edge / 2) for edge in corners.max(axis=0))
        width, height = max(2, right - left), max(2, bottom - top)
        samples = min(MOST_SAMPLES, max(1, math.floor(1 / scale)))
        inside = origin - (left, top)

        def sampled(plane: Plane, part: int) -> Plane:
            size = (width // part, height // part)
            if (scale, degrees) == (1, 0):
                return _shifted(plane, inside / part, size)
            return _sampled(plane, turn, inside / part, size, samples)

        planes = (sampled(plane, part) for plane, part in zip(self.planes, (1, 2, 2, 1, 2), strict=True))
        return self._with(planes).at(left, top)

    def _with(self, planes: Iterable[Plane]) -> Self:
        y, u, v, luma, chroma = planes
        return type(self)(y, u, v, luma, chroma, self.left, self.top)


def stacked(cutouts: Sequence[Cutout]) -> Cutout:
    """All of them as one, the lowest first, as large as all together."""
    left, top = min(each.left for each in cutouts), min(each.top for each in cutouts)
    right = max(each.left + each.width for each in cutouts)
    bottom = max(each.top + each.height for each in cutouts)
    whole, half = (bottom - top, right - left), ((bottom - top) // 2, (right - left) // 2)
    y, u, v, luma, chroma = (np.zeros(shape, np.uint8) for shape in (whole, half, half, whole, half))
    ground = Cutout(y, u, v, luma, chroma, left, top)
    for each in cutouts:
        _lay_over(ground, each)
    return ground


def grains(height: int, width: int, grain_px: int, seed: int) -> Plane:
    """Soft blots about as large as a grain, whose values 0-255 are all as frequent; the same for the same seed."""
    rows, columns = 1 + -(-height // grain_px), 1 + -(-width // grain_px)
    coarse = np.random.default_rng(seed).integers(0, 256, (rows, columns), np.uint8)
    return cv2.equalizeHist(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))  # type: ignore[return-value]


def _lay_over(ground: Cutout, upper: Cutout) -> None:
    """`upper` over `ground`, in place."""
    row, column = upper.top - ground.top, upper.left - ground.left
    whole = np.s_[row : row + upper.height, column : column + upper.width]
    half = np.s_[row // 2 : (row + upper.height) // 2, column // 2 : (column + upper.width) // 2]
    through = cv2.bitwise_not(upper.luma), cv2.bitwise_not(upper.chroma)
    for below, above, area, left in zip(
        ground.planes,
        upper.planes,
        (whole, half, half, whole, half),
        (through[0], through[1], through[1], through[0], through[1]),
        strict=True,
    ):
        below[area] = cv2.add(times(np.ascontiguousarray(below[area]), left), above)  # type: ignore[arg-type]  # cv2 says MatLike


def _sampled(plane: Plane, turn: np.ndarray, origin: np.ndarray, size: tuple[int, int], samples: int) -> Plane:
    """`plane` turned by a matrix and put at `origin` on a ground of `size`; nothing is around it."""
    offset = samples * (turn @ (0.5, 0.5) + origin) - 0.5
    matrix = np.column_stack([samples * turn, offset])
    wide = (samples * size[0], samples * size[1])
    drawn = cv2.warpAffine(plane, matrix, wide, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return drawn if samples == 1 else cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _shifted(plane: Plane, origin: np.ndarray, size: tuple[int, int]) -> Plane:
    """The same as `_sampled` without a turn, in a quarter of the time. `origin` is at most `PADDING`."""
    padded = cv2.copyMakeBorder(plane, *4 * (PADDING,), cv2.BORDER_CONSTANT, value=0)
    middle = [(length - 1) / 2 + PADDING - place for length, place in zip(size, origin, strict=True)]
    return cv2.getRectSubPix(padded, size, middle)  # type: ignore[return-value]


def _part(plane: MatLike, share: float) -> Plane:
    return cv2.convertScaleAbs(plane, alpha=share)  # type: ignore[return-value]


def _sum(one: Plane, share: float, other: Plane, other_share: float) -> Plane:
    return cv2.addWeighted(one, share, other, other_share, 0)  # type: ignore[return-value]


def _halved(plane: Plane) -> Plane:
    return cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]
