"""The house backdrop: a quiet studio of wall, window and desk that everything else stands in front of.

Belongs here: the wall, what hangs on it, the desk and what stands on it. Does not belong here: anything that
carries meaning; a backdrop must never be looked at for its own sake.
"""

from collections.abc import Callable
from random import Random

import numpy as np

from vidfactory.drawing.illustration import INK, PAPER, png_of, svg_document
from vidfactory.drawing.ink_marks import (
    carved,
    engraved,
    fill,
    flat,
    glow,
    halftone,
    hatched,
    outlined,
    ramp,
    shaded,
    stroke,
)
from vidfactory.drawing.ink_props import city
from vidfactory.drawing.ink_settings import Stage
from vidfactory.drawing.ink_shapes import (
    Shape,
    arc,
    blob,
    bounds,
    ellipse,
    joined,
    pierced,
    placed,
    polygon,
    rect,
    ribbon,
    spline,
)
from vidfactory.errors import BadInput
from vidfactory.schema.base import Size

SHORTER_SIDE = 1080.0
DESK = 186.0
"""Height of the desk's surface above the lower edge, in units of which the shorter side has `SHORTER_SIDE`."""
LOW_DESK = 36.0
"""The same in a frame that is not upright: everything else reaches down there, so nothing stands on it."""
_SMALLEST_PX, _LARGEST_PX = 90, 4096
_WALNUT = "#43331f"
"""What the light on the wall falls off to."""
_FAINT = 0.13
"""Opacity of what is on the wall."""

Thing = Callable[[float, float, Random], str]


def backdrop_svg(size: Size, seed: int, *, ink: str = INK, paper: str = PAPER) -> str:
    """A studio of exactly `size` as SVG; the seed chooses the wall, the light and what stands on the desk.

    Raises BadInput for a size below 90 or above 4096 pixels a side.
    """
    if min(size.width, size.height) < _SMALLEST_PX or max(size.width, size.height) > _LARGEST_PX:
        raise BadInput(
            f"no backdrop can be drawn in {size.width}x{size.height} pixels",
            remedy=f"Ask for {_SMALLEST_PX} to {_LARGEST_PX} pixels a side",
        )
    scale = min(size.width, size.height) / SHORTER_SIDE
    stage = Stage(0, 0, size.width / scale, size.height / scale)
    rng = Random(f"backdrop/{seed}")
    wall = rng.choice((_window, _market_grid, _panelling))(stage, rng)
    return svg_document(stage.box, size, _light(stage, rng) + _faint(wall) + _desk(stage, rng), ink, paper)


def draw_backdrop(size: Size, seed: int, *, ink: str = INK, paper: str = PAPER) -> bytes:
    """`backdrop_svg` as PNG."""
    return png_of(backdrop_svg(size, seed, ink=ink, paper=paper))


def _desk_top(stage: Stage) -> float:
    return stage.bottom - (DESK if _is_upright(stage) else LOW_DESK)


def _is_upright(stage: Stage) -> bool:
    return stage.bottom > stage.right


def _light(stage: Stage, rng: Random) -> str:
    """A tinted wall with one pool of light and dark corners."""
    x, y = rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.45)
    stops = "".join(
        f'<stop offset="{at}" stop-color="{_WALNUT}" stop-opacity="{dark}"/>'
        for at, dark in ((0, 0.08), (0.55, 0.14), (1, 0.34))
    )
    return (
        f'<radialGradient id="light" cx="{x:.2f}" cy="{y:.2f}" r="0.85">{stops}</radialGradient>'
        f'<rect width="{stage.right:.1f}" height="{stage.bottom:.1f}" fill="url(#light)"/>'
    )


def _faint(marks: str) -> str:
    return f'<g opacity="{_FAINT}">{marks}</g>'


def _window(stage: Stage, rng: Random) -> str:
    """A tall window over the city."""
    left, right, sill = 60.0, stage.right - 60, _desk_top(stage) - 150
    panes = [rect(left, 60, right - left, sill - 60)]
    sky = engraved((left, 60, right, sill), ramp((0, 60), (0, sill), 0.55, 0.08), pitch=18)
    bars = [rect(left + (right - left) * share - 7, 60, 14, sill - 60) for share in (1 / 3, 2 / 3)]
    bars += [rect(left, 60 + (sill - 60) * share - 7, right - left, 14) for share in (0.24, 0.62)]
    town = city(left + 10, right - 10, sill, min(420, sill * 0.4), rng)
    frame = stroke(panes[0], 20)
    return sky + town + fill(joined(*bars)) + frame + fill(rect(left - 30, sill, right - left + 60, 26))


def _market_grid(stage: Stage, rng: Random) -> str:
    """A price board painted on the wall, long out of date."""
    step = 120.0
    lines = [rect(0, y, stage.right, 3) for y in np.arange(step, _desk_top(stage), step)]
    lines += [rect(x, 0, 3, _desk_top(stage)) for x in np.arange(step / 2, stage.right, step)]
    level, candles = stage.bottom * 0.5, []
    for x in np.arange(step / 2, stage.right, step / 2):
        level = min(max(level + rng.uniform(-90, 90), stage.bottom * 0.12), stage.bottom * 0.72)
        height = rng.uniform(40, 150)
        candles.append(fill(rect(x - 3, level - 34, 6, height + 68)))
        body = rect(x - 17, level, 34, height)
        candles.append(outlined(body, 5) if rng.random() < 0.5 else carved(body, flat(0.3), pitch=10, angle=45))
    return fill(joined(*lines), hand=1) + "".join(candles)


def _panelling(stage: Stage, rng: Random) -> str:
    """Halftone light over wooden panels."""
    width = stage.right / rng.choice((3, 4))
    boards = [rect(x - 3, 0, 6, _desk_top(stage)) for x in np.arange(width, stage.right - 1, width)]
    fields = []
    for x in np.arange(0, stage.right - 1, width):
        for top, low in ((60.0, stage.bottom * 0.4), (stage.bottom * 0.4 + 60, _desk_top(stage) - 60)):
            fields.append(stroke(rect(float(x) + 42, top, width - 84, low - top), 7))
    centre = (stage.right * rng.uniform(0.3, 0.7), stage.bottom * 0.35)
    return (
        fill(joined(*boards))
        + "".join(fields)
        + halftone(stage.box, glow(centre, (200, stage.bottom * 0.7), 0.0, 0.4), pitch=24)
    )


def _desk(stage: Stage, rng: Random) -> str:
    """The desk and, in an upright frame, what stands on it."""
    top = _desk_top(stage)
    board = rect(-20, top, stage.right + 40, stage.bottom - top + 20)
    grain = ramp((0, top), (0, stage.bottom), 0.5, 0.12)
    return (
        fill(board)
        + hatched(board, grain, pitch=19, angle=0, colour="paper")
        + stroke(np.array([(-20, top), (stage.right + 20, top)]), 8)
        + fill(rect(-20, top, stage.right + 40, 7), "paper")
        + (_standing(stage, rng) if _is_upright(stage) else "")
    )


def _standing(stage: Stage, rng: Random) -> str:
    """Four things in places that the seed chooses; the microphone is always there."""
    things: list[Thing] = [_microphone, *rng.sample((_lamp, _mug, _papers, _plant, _books, _globe), 3)]
    rng.shuffle(things)
    places = [stage.right * (k + 0.5) / len(things) + rng.uniform(-24, 24) for k in range(len(things))]
    foot = _desk_top(stage) + 34
    return "".join(thing(x, foot, rng) for thing, x in zip(things, places, strict=True))


def _solid(shape: Shape, depth: float = 0.7, angle: float = 80) -> str:
    left, _, right, _ = bounds(shape)
    return stroke(shape, 12, "paper") + carved(
        shape, ramp((left, 0), (left + (right - left) * 0.6, 0), depth, 0.0), pitch=9, angle=angle
    )


def _microphone(x: float, foot: float, _: Random) -> str:
    """A ribbon microphone on a short stand."""
    stand = joined(ellipse(x, foot - 8, 62, 16), rect(x - 7, foot - 84, 14, 80), rect(x - 54, foot - 92, 108, 12))
    head = joined(rect(x - 44, foot - 172, 88, 62), ellipse(x, foot - 170, 44), ellipse(x, foot - 112, 44, 26))
    slots = tuple(rect(x - 36, foot - 192 + 17 * k, 72, 7)[0] for k in range(6))
    return (
        _solid(stand)
        + stroke(head, 12, "paper")
        + fill(head)
        + fill(slots, "paper", hand=0.8)
        + fill(rect(x - 48, foot - 136, 96, 10))
    )


def _lamp(x: float, foot: float, rng: Random) -> str:
    """A desk lamp bent over its own pool of light."""
    side = rng.choice((-1, 1))
    neck = ribbon(
        spline([(x, foot - 10), (x + side * 34, foot - 90), (x - side * 6, foot - 150), (x - side * 40, foot - 168)]),
        11,
    )
    shade = placed(polygon((-26, -24), (26, -24), (62, 34), (-62, 34)), x - side * 58, foot - 158, turn=side * 24)
    return _solid(joined(ellipse(x, foot - 8, 66, 15), neck)) + _solid(shade)


def _mug(x: float, foot: float, _: Random) -> str:
    handle = pierced(ellipse(x + 48, foot - 48, 34, 32), ellipse(x + 48, foot - 48, 19, 17))
    body = polygon((x - 48, foot - 100), (x + 48, foot - 100), (x + 42, foot), (x - 42, foot))
    steam = "".join(
        stroke(
            spline(
                [(x + dx, foot - 112), (x + dx + 12, foot - 132), (x + dx - 10, foot - 152), (x + dx + 6, foot - 176)]
            ),
            6,
        )
        for dx in (-18, 16)
    )
    return (
        stroke(handle, 12, "paper") + fill(handle) + _solid(body) + outlined(ellipse(x, foot - 100, 48, 11), 5) + steam
    )


def _papers(x: float, foot: float, rng: Random) -> str:
    """A stack of sheets, not quite straight, with a pencil on it."""
    sheets = []
    for k in range(7):
        shift = rng.uniform(-9, 9)
        sheets.append(
            outlined(
                polygon(
                    (x - 92 + shift, foot - 12 * k),
                    (x + 92 + shift, foot - 12 * k),
                    (x + 86 + shift, foot - 12 * k - 12),
                    (x - 86 + shift, foot - 12 * k - 12),
                ),
                4,
            )
        )
    pencil = placed(polygon((-78, -6), (62, -6), (86, 0), (62, 6), (-78, 6)), x, foot - 94, turn=rng.uniform(-7, 3))
    return "".join(sheets) + stroke(pencil, 8, "paper") + fill(pencil)


def _plant(x: float, foot: float, rng: Random) -> str:
    pot = polygon((x - 46, foot - 62), (x + 46, foot - 62), (x + 34, foot), (x - 34, foot))
    leaves = joined(
        *(
            placed(blob((0, 0), (19, -48), (0, -118), (-19, -48)), x, foot - 56, rng.uniform(0.8, 1.1), -62 + 31 * k)
            for k in range(5)
        )
    )
    return _solid(leaves, 0.4, 30) + shaded(pot, ramp((x - 20, 0), (x + 46, 0), 0.05, 0.8), pitch=9, angle=90, width=5)


def _books(x: float, foot: float, rng: Random) -> str:
    parts, left = [], x - 96
    for k in range(5):
        width, height = rng.uniform(28, 44), rng.uniform(112, 168)
        spine = placed(rect(0, -height, width, height), left, foot, turn=9.0 if k == 4 else 0.0)
        parts.append(_solid(spine) if k % 2 else shaded(spine, flat(0.3), pitch=9, angle=90, width=5))
        left += width + 5
    return "".join(parts)


def _globe(x: float, foot: float, _: Random) -> str:
    ball = ellipse(x, foot - 104, 62)
    land = joined(
        blob((x - 40, foot - 136), (x - 6, foot - 148), (x + 6, foot - 112), (x - 20, foot - 84), (x - 46, foot - 104)),
        blob((x + 16, foot - 100), (x + 46, foot - 112), (x + 40, foot - 70), (x + 14, foot - 62)),
    )
    meridian = ribbon(arc(x, foot - 104, 76, -120, 110), 9)
    base = joined(ellipse(x, foot - 7, 54, 13), rect(x - 6, foot - 40, 12, 36))
    return (
        _solid(joined(base, meridian))
        + shaded(ball, ramp((x - 30, 0), (x + 62, 0), 0.02, 0.6), pitch=10, angle=60)
        + fill(land)
    )
