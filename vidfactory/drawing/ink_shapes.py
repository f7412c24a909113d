"""Shapes of the ink drawings: outlines as arrays of points, and how to make, bend and move them.

Belongs here: plane geometry in stage units, y pointing down. Does not belong here: colours, SVG, and what a
shape stands for.
"""

from collections.abc import Sequence
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
"""Corners of one closed outline, shape (n, 2)."""
Shape = tuple[Ring, ...]
"""Outlines filled together by the non-zero rule."""
Point = tuple[float, float]
Corners = Sequence[Point] | Ring

_CURVE_STEPS = 8
_MITER_LIMIT = 2.2


def polygon(*corners: Point) -> Shape:
    return (np.array(corners, float),)


def rect(left: float, top: float, width: float, height: float) -> Shape:
    right, bottom = left + width, top + height
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


def ellipse(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> Shape:
    """An ellipse around (x, y), or a circle without `ry`; `turn` in degrees, clockwise."""
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    ring = np.stack([rx * np.cos(angles), (rx if ry is None else ry) * np.sin(angles)], axis=1)
    return placed((ring,), x, y, turn=turn)


def arc(x: float, y: float, rx: float, start: float, end: float, ry: float | None = None) -> Ring:
    """Points on an ellipse from `start` to `end` degrees, clockwise from three o'clock."""
    angles = np.radians(np.linspace(start, end, max(3, int(abs(end - start) / 4))))
    return np.stack([x + rx * np.cos(angles), y + (rx if ry is None else ry) * np.sin(angles)], axis=1)


def spline(points: Corners) -> Ring:
    """A smooth open line through `points` (Catmull-Rom)."""
    knots = np.asarray(points, float)
    padded = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    return np.vstack([_catmull_rom(padded), knots[-1:]])


def blob(*points: Point) -> Shape:
    """A smooth closed outline through `points` (Catmull-Rom)."""
    knots = np.array(points, float)
    return (_catmull_rom(np.vstack([knots[-1:], knots, knots[:2]])),)


def ribbon(points: Corners, width: float | Sequence[float] | Ring) -> Shape:
    """The line through `points` drawn with a flat pen; `width` is one number, or one per point or per end."""
    line = np.asarray(points, float)
    half = np.interp(
        np.linspace(0, 1, len(line)), np.linspace(0, 1, np.size(width)), np.atleast_1d(np.asarray(width, float)) / 2
    )
    steps = np.diff(line, axis=0)
    steps /= np.maximum(np.hypot(*steps.T), 1e-9)[:, None]
    before, after = np.vstack([steps[:1], steps]), np.vstack([steps, steps[-1:]])
    normals = np.stack([-(before + after)[:, 1], (before + after)[:, 0]], axis=1)
    normals /= np.maximum(np.hypot(*normals.T), 1e-9)[:, None]
    cosines = normals[:, 0] * -after[:, 1] + normals[:, 1] * after[:, 0]
    reach = np.minimum(1 / np.maximum(np.abs(cosines), 1e-9), _MITER_LIMIT) * half
    side = normals * reach[:, None]
    return (np.vstack([line + side, (line - side)[::-1]]),)


def tube(points: Corners, width: float | Sequence[float] | Ring) -> Shape:
    """A ribbon with round ends."""
    widths = np.atleast_1d(np.asarray(width, float))
    (x0, y0), (x1, y1) = points[0], points[-1]
    return (*oriented(ribbon(points, width)), *ellipse(x0, y0, widths[0] / 2), *ellipse(x1, y1, widths[-1] / 2))


def arrow(points: Corners, width: float, head: float = 2.4) -> Shape:
    """A line with an arrow head at its end; the head is `head` times as wide as the line."""
    line = np.asarray(points, float)
    tip = line[-1]
    length = width * head * 0.95
    way = tip - line[-2]
    way /= np.hypot(*way)
    across = np.array([-way[1], way[0]]) * width * head / 2
    neck = tip - way * length
    shaft = np.vstack([line[:-1], neck])
    top = ribbon(shaft, width)[0]
    half = len(shaft)
    return (np.vstack([top[:half], neck + across, tip, neck - across, top[half:]]),)


def star(x: float, y: float, outer: float, inner: float, tips: int, turn: float = 0.0) -> Shape:
    angles = np.radians(turn - 90) + np.arange(2 * tips) * np.pi / tips
    reach = np.where(np.arange(2 * tips) % 2 == 0, outer, inner)
    return (np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], axis=1),)


def placed(shape: Shape, x: float = 0, y: float = 0, scale: float = 1, turn: float = 0, *, flip: bool = False) -> Shape:
    """`shape` mirrored, scaled, turned clockwise by `turn` degrees about the origin, then moved to (x, y)."""
    c, s = cos(radians(turn)) * scale, sin(radians(turn)) * scale
    matrix = np.array([[-c if flip else c, -s if flip else s], [-s, c]])
    return tuple(ring @ matrix + (x, y) for ring in shape)


def oriented(shape: Shape) -> Shape:
    """Every ring clockwise, so that overlapping rings of one shape join and cut no holes."""
    return tuple(ring if _area(ring) >= 0 else ring[::-1] for ring in shape)


def joined(*shapes: Shape) -> Shape:
    """One shape that covers what any of `shapes` covers."""
    return oriented(tuple(ring for shape in shapes for ring in shape))


def pierced(shape: Shape, *holes: Shape) -> Shape:
    """`shape` without `holes`, which must lie inside it."""
    return (*oriented(shape), *(ring[::-1] for hole in holes for ring in oriented(hole)))


def bounds(shape: Shape) -> tuple[float, float, float, float]:
    """Left, top, right and bottom."""
    points = np.vstack(shape)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def hand_cut(ring: Ring, amount: float, *, closed: bool = True) -> Ring:
    """The outline as a hand would cut it: resampled, and displaced by up to about `amount` units.

    The displacement is a smooth function of the place alone, so that shapes that touch still touch.
    """
    return displaced(_resampled(ring, 26.0, closed=closed), amount)


def displaced(points: Ring, amount: float) -> Ring:
    x, y = points[..., 0], points[..., 1]
    dx = np.sin(x / 31 + y / 17) + np.sin(y / 11.3 - x / 53) * 0.8
    dy = np.sin(x / 19 - y / 29) + np.sin(x / 12.1 + y / 47) * 0.8
    return points + np.stack([dx, dy], axis=-1) * (amount / 1.8)


def _resampled(ring: Ring, step: float, *, closed: bool) -> Ring:
    ends = np.roll(ring, -1, axis=0) if closed else ring[1:]
    starts = ring if closed else ring[:-1]
    counts = np.maximum(1, np.ceil(np.hypot(*(ends - starts).T) / step).astype(int))
    if counts.max(initial=1) == 1:
        return ring
    index = np.repeat(np.arange(len(starts)), counts)
    share = (np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[index]
    points = starts[index] + (ends - starts)[index] * share[:, None]
    return points if closed else np.vstack([points, ring[-1:]])


def _catmull_rom(padded: Ring) -> Ring:
    t = np.linspace(0, 1, _CURVE_STEPS, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None, :] for i in range(4))
    curve = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return np.asarray(curve.reshape(-1, 2))


def _area(ring: Ring) -> float:
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)
