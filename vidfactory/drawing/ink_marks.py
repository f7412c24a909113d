"""Marks of the ink drawings: filled shapes, engraved lines, halftone, stipple and rays, as SVG fragments.

Belongs here: how ink lies on paper. A mark has one of two colours, `ink` or `paper`; they are classes that the
drawing's style sheet gives their values, so grey comes from lines and dots alone. Does not belong here: what
is drawn.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from random import Random
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vidfactory.drawing.ink_shapes import Point, Ring, Shape, arc, displaced, ellipse, hand_cut, polygon

Colour = Literal["ink", "paper"]
Field = NDArray[np.float64]
Tone = Callable[[Field, Field], Field]
"""How much of a place is covered, 0 to 1, at arrays of x and y."""

HAND = 2.0
"""How far a cut edge strays, in stage units."""
_THINNEST = 1.1
_STEP = 22.0


def fill(shape: Shape, colour: Colour = "ink", hand: float = HAND) -> str:
    return f'<path class="{colour}" d="{_data(shape, hand)}"/>'


def stroke(points: Ring | Shape, width: float, colour: Colour = "ink", hand: float = HAND) -> str:
    """A line of even width with round joins: open through an array of points, closed around a shape."""
    data = _data(points, hand) if isinstance(points, tuple) else _polyline(hand_cut(points, hand, closed=False))
    return f'<path class="{colour}-line" stroke-width="{width:.1f}" d="{data}"/>'


def clipped(shape: Shape, *fragments: str) -> str:
    """`fragments` where `shape` is. Its name is the hash of its content: the same seed, the same bytes."""
    body = "".join(fragments)
    data = _data(shape, HAND)
    name = "c" + sha256((data + body).encode()).hexdigest()[:12]
    return f'<clipPath id="{name}"><path d="{data}"/></clipPath><g clip-path="url(#{name})">{body}</g>'


def outlined(shape: Shape, width: float = 6.0) -> str:
    """A paper shape with an ink edge."""
    return fill(shape, "paper") + stroke(shape, width)


def shaded(shape: Shape, tone: Tone, *, pitch: float = 14, angle: float = 45, width: float = 6.0) -> str:
    """A paper shape with an ink edge whose shadow is engraved."""
    return fill(shape, "paper") + hatched(shape, tone, pitch=pitch, angle=angle) + stroke(shape, width)


def carved(shape: Shape, light: Tone, *, pitch: float = 14, angle: float = 45) -> str:
    """A solid ink shape with its light scratched out, as in scratchboard."""
    return fill(shape) + hatched(shape, light, pitch=pitch, angle=angle, colour="paper")


def hatched(shape: Shape, tone: Tone, *, pitch: float = 14, angle: float = 45, colour: Colour = "ink") -> str:
    """Parallel lines inside `shape` (non-zero rule), `pitch` apart, as thick as `tone` asks, tapered at their ends."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    bands = []
    for v, start, end in _spans(tuple(ring @ np.array([[c, -s], [s, c]]) for ring in shape), pitch):
        u = np.linspace(start, end, max(4, int((end - start) / _STEP)))
        x, y = u * c - v * s, u * s + v * c
        thick = np.clip(tone(x, y), 0, 1) * pitch
        thick[[0, -1]] *= 0.45
        bands += _band(displaced(np.stack([x, y], axis=-1), HAND), np.array([-s, c]), thick)
    return _bands_path(bands, colour)


def engraved(
    box: tuple[float, float, float, float], tone: Tone, *, pitch: float = 15, sway: float = 0, colour: Colour = "ink"
) -> str:
    """Level lines over a whole box, as thick as `tone` asks; `sway` lets them flow by about that many units.

    Line width = tone x pitch, the rule of banknote and newspaper engraving.
    """
    left, top, right, bottom = box
    u = np.linspace(left - pitch, right + pitch, max(3, int((right - left) / _STEP)))
    x, y = np.meshgrid(u, np.arange(top - sway + pitch / 2, bottom + sway, pitch))
    if sway:
        y = y + sway * (np.sin(x / 210 + y / 160) + 0.45 * np.sin(x / 83 - y / 97))
    thick = np.where((y > top) & (y < bottom), np.clip(tone(x, y), 0, 1), 0) * pitch
    return _bands(displaced(np.stack([x, y], axis=-1), HAND), np.array([0.0, 1.0]), thick, colour)


def rings(centre: Point, reach: tuple[float, float], tone: Tone, *, pitch: float = 16, colour: Colour = "ink") -> str:
    """Circles about `centre`, from radius `reach[0]` to `reach[1]`, as thick as `tone` asks."""
    radii = np.arange(reach[0], reach[1], pitch)
    angles = np.radians(np.linspace(0, 360, 97))
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    lines = np.asarray(centre) + radii[:, None, None] * ways[None]
    thick = np.clip(tone(lines[..., 0], lines[..., 1]), 0, 1) * pitch
    return _bands(displaced(lines, HAND), ways, thick, colour)


def halftone(
    box: tuple[float, float, float, float],
    tone: Tone,
    *,
    pitch: float = 20,
    angle: float = 30,
    colour: Colour = "ink",
) -> str:
    """Dots on a turned grid; above half coverage they run together (area = tone x pitch squared)."""
    left, top, right, bottom = box
    reach = np.hypot(right - left, bottom - top) / 2 + pitch
    steps = np.arange(-reach, reach, pitch)
    uu, vv = np.meshgrid(steps, steps)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    x = ((left + right) / 2 + uu * c - vv * s).ravel()
    y = ((top + bottom) / 2 + uu * s + vv * c).ravel()
    radius = np.sqrt(np.clip(tone(x, y), 0, 1) / np.pi) * pitch
    seen = (radius > _THINNEST) & (x > left - pitch) & (x < right + pitch) & (y > top - pitch) & (y < bottom + pitch)
    return _dots(x[seen], y[seen], radius[seen], colour)


def stipple(
    box: tuple[float, float, float, float],
    tone: Tone,
    rng: Random,
    *,
    count: int = 700,
    size: tuple[float, float] = (1.6, 4.2),
    colour: Colour = "ink",
) -> str:
    """Loose dots, thrown over `box` and kept where `tone` is high."""
    left, top, right, bottom = box
    dice = np.random.default_rng(rng.getrandbits(63)).random((count, 4))
    x, y = left + dice[:, 0] * (right - left), top + dice[:, 1] * (bottom - top)
    seen = dice[:, 2] < tone(x, y)
    radius = size[0] + (size[1] - size[0]) * dice[:, 3] ** 2
    return _dots(x[seen], y[seen], radius[seen], colour)


def rays(
    centre: Point,
    reach: tuple[float, float],
    rng: Random,
    *,
    count: int = 96,
    share: float = 0.55,
    jitter: float = 0.25,
    colour: Colour = "ink",
) -> str:
    """Wedges that leave `centre`, thin near it; `share` of the circle is covered, `jitter` frays their beginnings."""
    wedges = []
    for i in range(count):
        angle = (i + rng.uniform(-0.2, 0.2)) * 360 / count
        half = 180 / count * share * rng.uniform(0.75, 1.25)
        near = reach[0] + (reach[1] - reach[0]) * jitter * rng.random() ** 2
        inner = arc(*centre, near, angle, angle)[0]
        outer = arc(*centre, reach[1], angle - half, angle + half)
        wedges.append(polygon(tuple(inner), tuple(outer[0]), tuple(outer[-1]))[0])
    return fill(tuple(wedges), colour, hand=0.8)


def flat(value: float) -> Tone:
    return lambda x, _: np.full_like(x, value)


def ramp(start: Point, end: Point, first: float, last: float) -> Tone:
    """From `first` at `start` to `last` at `end`, level beyond both."""
    (x0, y0), (x1, y1) = start, end
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2

    def tone(x: Field, y: Field) -> Field:
        share = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1)
        return np.asarray(first + (last - first) * share)

    return tone


def glow(centre: Point, reach: tuple[float, float], first: float, last: float) -> Tone:
    """From `first` within radius `reach[0]` to `last` beyond `reach[1]`."""
    (cx, cy), (near, far) = centre, reach

    def tone(x: Field, y: Field) -> Field:
        share = np.clip((np.hypot(x - cx, y - cy) - near) / (far - near), 0, 1)
        return np.asarray(first + (last - first) * share)

    return tone


def mottled(tone: Tone, rng: Random, depth: float = 0.35, grain: float = 90.0) -> Tone:
    """`tone` made uneven by up to `depth` times itself, in patches of about `grain` units."""
    a, b, c, d = (rng.uniform(0, 6.28) for _ in range(4))

    def uneven(x: Field, y: Field) -> Field:
        noise = np.sin(x / grain + a + 1.3 * np.sin(y / grain + b)) * np.sin(
            y / grain * 1.4 + c + np.sin(x / grain + d)
        )
        return np.asarray(tone(x, y) * (1 + depth * noise))

    return uneven


def _spans(shape: Shape, pitch: float) -> Iterator[tuple[float, float, float]]:
    """Where level lines run inside `shape`: (y, first x, last x), by the winding number of its edges."""
    starts = np.vstack(shape)
    ends = np.vstack([np.roll(ring, -1, axis=0) for ring in shape])
    rise = ends[:, 1] - starts[:, 1]
    for v in np.arange(np.ceil(starts[:, 1].min() / pitch) * pitch, starts[:, 1].max(), pitch):
        cut = np.flatnonzero((starts[:, 1] <= v) != (ends[:, 1] <= v))
        x = starts[cut, 0] + (v - starts[cut, 1]) / rise[cut] * (ends[cut, 0] - starts[cut, 0])
        order = np.argsort(x, kind="stable")
        inside = np.cumsum(np.sign(rise[cut][order])) != 0
        turns = x[order][inside != np.concatenate([[False], inside[:-1]])]
        yield from ((float(v), float(first), float(last)) for first, last in turns.reshape(-1, 2))


def _bands(lines: Field, across: Field, thick: Field, colour: Colour) -> str:
    """The lines (m, n, 2) as closed bands of thickness `thick` (m, n)."""
    bands = [band for line, width in zip(lines, thick, strict=True) for band in _band(line, across, width)]
    return _bands_path(bands, colour)


def _band(line: Field, across: Field, thick: Field) -> list[Ring]:
    """Outlines of the stretches of `line` (n, 2) where `thick` (n) is enough to print."""
    side = across * thick[:, None] / 2
    upper, lower = line - side, line + side
    edges = np.flatnonzero(np.diff(np.concatenate([[False], thick > _THINNEST, [False]]).astype(np.int8)))
    stretches = [(max(start - 1, 0), end + 1) for start, end in edges.reshape(-1, 2)]
    return [np.vstack([upper[a:b], lower[a:b][::-1]]) for a, b in stretches if len(upper[a:b]) > 1]


def _bands_path(bands: list[Ring], colour: Colour) -> str:
    return f'<path class="{colour}" d="{"".join(_polyline(band) + "Z" for band in bands)}"/>' if bands else ""


def _dots(x: Field, y: Field, radius: Field, colour: Colour) -> str:
    dots = "".join(
        f"M{cx - r:.1f} {cy:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0Z"
        for cx, cy, r in zip(x.tolist(), y.tolist(), radius.tolist(), strict=True)
    )
    return f'<path class="{colour}" d="{dots}"/>' if dots else ""


def _data(shape: Shape, hand: float) -> str:
    return "".join(_polyline(hand_cut(ring, hand)) + "Z" for ring in shape)


def _polyline(points: Ring) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points.tolist())


def disc(x: float, y: float, radius: float, colour: Colour = "ink") -> str:
    return fill(ellipse(x, y, radius), colour, hand=0.8)
