"""Props of the ink drawings: people, houses, candles, coins and other things that several scenes use.

Belongs here: things that stand in a picture, as fragments at a place and a size. Does not belong here: whole
scenes, skies and grounds.
"""

from random import Random
from typing import Literal

import numpy as np

from vidfactory.drawing.icons import icon
from vidfactory.drawing.ink_marks import (
    Colour,
    carved,
    fill,
    hatched,
    outlined,
    ramp,
    shaded,
    stroke,
)
from vidfactory.drawing.ink_shapes import (
    Point,
    Shape,
    blob,
    bounds,
    ellipse,
    joined,
    placed,
    polygon,
    rect,
    ribbon,
    spline,
    tube,
)

Pose = Literal["stand", "walk", "run", "cheer", "point", "look_up", "push", "fall", "sit"]
Dress = Literal["coat", "case", "shirt"]
"""Coat and hat, the same with a briefcase, or shirt and bare head."""

_LIMBS: dict[Pose, tuple[tuple[Point, ...], ...]] = {
    # Back leg, front leg, back arm, front arm: hip or shoulder, joint, end; a figure is 100 tall, feet at y 0.
    "stand": (
        ((-3, -48), (-5, -24), (-6, -2)),
        ((4, -48), (6, -24), (7, -2)),
        ((-9, -78), (-14, -62), (-12, -47)),
        ((9, -78), (14, -62), (13, -47)),
    ),
    "walk": (
        ((-2, -48), (-8, -26), (-19, -4)),
        ((2, -48), (12, -27), (14, -2)),
        ((-4, -78), (-12, -64), (-16, -50)),
        ((4, -78), (13, -66), (19, -54)),
    ),
    "run": (
        ((-2, -48), (-14, -32), (-34, -30)),
        ((2, -48), (20, -38), (17, -10)),
        ((-2, -78), (-18, -70), (-22, -55)),
        ((4, -78), (16, -64), (28, -74)),
    ),
    "cheer": (
        ((-3, -48), (-9, -24), (-12, -2)),
        ((3, -48), (9, -24), (12, -2)),
        ((-9, -78), (-21, -92), (-25, -110)),
        ((9, -78), (21, -92), (25, -110)),
    ),
    "point": (
        ((-3, -48), (-6, -24), (-8, -2)),
        ((4, -48), (8, -24), (9, -2)),
        ((-8, -78), (-14, -64), (-8, -52)),
        ((8, -78), (24, -84), (40, -92)),
    ),
    "look_up": (
        ((-3, -48), (-5, -24), (-7, -2)),
        ((4, -48), (6, -24), (6, -2)),
        ((-9, -78), (-17, -66), (-6, -58)),
        ((9, -78), (17, -66), (6, -58)),
    ),
    "push": (
        ((-4, -46), (-18, -28), (-34, -3)),
        ((0, -46), (8, -26), (-2, -2)),
        ((6, -74), (20, -70), (34, -68)),
        ((8, -72), (22, -64), (34, -58)),
    ),
    "fall": (
        ((-2, -48), (-20, -44), (-26, -24)),
        ((4, -48), (18, -40), (10, -18)),
        ((-9, -76), (-24, -86), (-30, -104)),
        ((9, -76), (24, -82), (36, -98)),
    ),
    "sit": (
        ((-2, -36), (18, -36), (20, -8)),
        ((2, -36), (24, -34), (27, -6)),
        ((-4, -66), (6, -52), (18, -46)),
        ((4, -66), (12, -50), (22, -44)),
    ),
}


def person(
    feet: Point,
    height: float,
    pose: Pose = "stand",
    *,
    flip: bool = False,
    dress: Dress = "coat",
    turn: float = 0,
    colour: Colour = "ink",
) -> str:
    """A figure that stands at `feet`, cut out of what is behind it by a rim of the other colour."""
    body = placed(_body(pose, dress), *feet, height / 100, turn, flip=flip)
    rim: Colour = "paper" if colour == "ink" else "ink"
    return stroke(body, max(4.0, height * 0.055), rim, hand=0) + fill(body, colour, hand=0.4)


def _body(pose: Pose, dress: Dress) -> Shape:
    """A figure 100 units tall with its feet at the origin."""
    hat = dress != "shirt"
    back_leg, front_leg, back_arm, front_arm = _LIMBS[pose]
    lean = 8.0 if pose in ("run", "push") else 0.0
    drop = 12.0 if pose == "sit" else 0.0
    shoulders, waist = -81 + drop, -46 + drop
    flare = 12.5 if hat else 7.5
    torso = polygon(
        (-11 + lean, shoulders),
        (-6 + lean, shoulders - 4),
        (6 + lean, shoulders - 4),
        (11 + lean, shoulders),
        (8 + lean / 2, -62 + drop),
        (flare, waist + (8 if hat else 2)),
        (-flare, waist + (8 if hat else 2)),
        (-8 + lean / 2, -62 + drop),
    )
    head_x, head_y = lean * 1.35, -93 + drop
    parts = [torso, ellipse(head_x, head_y, 6.6, 8.0), rect(head_x - 3, head_y + 4, 6, 9)]
    parts += [tube(leg, (9.5, 6.5, 5.5)) for leg in (back_leg, front_leg)]
    parts += [tube(arm, (7.2, 6.0, 4.8)) for arm in (back_arm, front_arm)]
    parts += [
        blob((x - 3, y - 3), (x + 3, y - 3), (x + 10, y + 1), (x + 9, y + 3), (x - 3, y + 3))
        for x, y in (back_leg[-1], front_leg[-1])
    ]
    if hat:
        parts += [
            ribbon([(head_x - 12, head_y - 5), (head_x + 12, head_y - 5)], 3.4),
            blob(
                (head_x - 7, head_y - 5),
                (head_x - 6, head_y - 14),
                (head_x, head_y - 12.5),
                (head_x + 6, head_y - 14),
                (head_x + 7, head_y - 5),
            ),
        ]
    if dress == "case":
        hand_x, hand_y = front_arm[-1]
        parts.append(rect(hand_x - 11, hand_y + 3, 22, 15))
    return joined(*parts)


def tower(left: float, foot: float, width: float, height: float, rng: Random, *, lit: bool = False) -> str:
    """A house with windows: solid ink with lit windows, or engraved with dark ones."""
    body = _tower(left, foot, width, height, rng.randrange(4))
    columns, rows = max(2, int(width / 26)), max(2, int(height / 34))
    panes = []
    for column in range(columns):
        for row in range(rows):
            if rng.random() < 0.72:
                x = left + width * (column + 0.5) / columns
                panes.append(rect(x - 5, foot - height + 22 + row * (height - 26) / rows, 10, 15)[0])
    windows = fill(tuple(panes), "paper" if lit else "ink", hand=0.6)
    if lit:
        return stroke(body, 5, "paper") + fill(body) + windows
    side = ramp((left + width * 0.35, 0), (left + width, 0), 0.0, 0.75)
    return shaded(body, side, pitch=11, angle=90, width=5) + windows


def _tower(left: float, foot: float, width: float, height: float, kind: int) -> Shape:
    right, top, middle = left + width, foot - height, left + width / 2
    if kind == 0:
        return polygon((left, foot), (left, top), (right, top), (right, foot))
    if kind == 1:
        return polygon((left, foot), (left, top + width * 0.3), (right, top), (right, foot))
    if kind == 2:
        step, rise = width * 0.18, width * 0.22
        return polygon(
            (left, foot),
            (left, top + 2 * rise),
            (left + step, top + 2 * rise),
            (left + step, top + rise),
            (middle - 4, top + rise),
            (middle - 3, top - rise * 1.6),
            (middle + 3, top - rise * 1.6),
            (middle + 4, top + rise),
            (right - step, top + rise),
            (right - step, top + 2 * rise),
            (right, top + 2 * rise),
            (right, foot),
        )
    return polygon((left, foot), (left, top + width * 0.45), (middle, top), (right, top + width * 0.45), (right, foot))


def city(left: float, right: float, foot: float, height: float, rng: Random, *, lit: bool = False) -> str:
    """A row of houses up to about `height`, highest towards its middle."""
    parts, x = [], left
    while x < right:
        width = rng.uniform(58, 112)
        lift = 0.45 + 0.55 * np.sin(np.pi * (x - left) / (right - left))
        parts.append(tower(x, foot, width, height * lift * rng.uniform(0.65, 1.1), rng, lit=lit))
        x += width * rng.uniform(0.86, 1.02)
    return "".join(parts)


def cloud(x: float, y: float, width: float, rng: Random, *, dark: bool = False) -> str:
    """A heaped cloud on a flat base, centred at (x, y), with its belly engraved."""
    puffs = [ellipse(x, y - width * 0.06, width * 0.5, width * 0.11)]
    for i in range(5):
        share = (i - 2) / 2.4
        radius = width * (0.21 - 0.09 * abs(share)) * rng.uniform(0.85, 1.2)
        puffs.append(ellipse(x + share * width * 0.42, y - width * (0.16 - 0.1 * abs(share)), radius))
    body = joined(*puffs)
    _, top, _, bottom = bounds(body)
    tone = ramp((0, top + (bottom - top) * 0.3), (0, bottom), 0.25 if dark else 0.0, 0.95 if dark else 0.55)
    belly = hatched(body, tone, pitch=12, angle=8)
    return stroke(body, 12) + fill(body, "paper") + belly


def candle(x: float, top: float, bottom: float, width: float, *, up: bool, wick: float = 30) -> str:
    """A price candle: engraved where the price rose, solid where it fell."""
    body = rect(x - width / 2, top, width, bottom - top)
    stick = fill(rect(x - 4, top - wick, 8, bottom - top + 2 * wick))
    halo = stroke(body, 14, "paper") + stroke(np.array([(x, top - wick), (x, bottom + wick)]), 20, "paper")
    if not up:
        return halo + stick + carved(body, ramp((x - width / 2, 0), (x, 0), 0.55, 0.0), pitch=11, angle=90)
    return halo + stick + shaded(body, ramp((x - width * 0.1, 0), (x + width / 2, 0), 0.05, 0.5), pitch=11, angle=90)


def coin_stack(x: float, foot: float, count: int, rng: Random, radius: float = 62, *, thick: float = 26) -> str:
    """Coins lying on each other, not quite in line, seen a little from above."""
    flatness, parts = 0.32, []
    for i in range(count):
        cx, cy = x + rng.uniform(-5, 5), foot - i * thick
        rim = joined(
            rect(cx - radius, cy - thick, 2 * radius, thick),
            ellipse(cx, cy, radius, radius * flatness),
            ellipse(cx, cy - thick, radius, radius * flatness),
        )
        face = ellipse(cx, cy - thick, radius, radius * flatness)
        parts.append(stroke(rim, 9) + fill(rim, "paper") + _reeded(cx, cy, radius, thick, flatness))
        parts.append(stroke(face, 5) + fill(face, "paper"))
    cy = foot - (count - 1) * thick - thick
    parts.append(stroke(ellipse(x, cy, radius * 0.68, radius * flatness * 0.68), 5))
    return "".join(parts)


def _reeded(x: float, y: float, radius: float, thick: float, flatness: float) -> str:
    marks = []
    for angle in np.linspace(6, 174, 17):
        cx, cy = x + radius * np.cos(np.radians(angle)), y + radius * flatness * np.sin(np.radians(angle))
        width = 2.0 + 7.0 * (1 + np.cos(np.radians(angle))) / 2
        marks.append(rect(cx - width / 2, cy - thick + 4, width, thick - 4)[0])
    return fill(tuple(marks), hand=0)


def coin(x: float, y: float, radius: float, turn: float = 0, squash: float = 1.0) -> str:
    """One coin in the air, with a rim and a mark."""
    face = ellipse(x, y, radius * squash, radius, turn)
    inner = ellipse(x, y, radius * squash * 0.72, radius * 0.72, turn)
    mark = placed(tuple(ring * (squash, 1) for ring in icon("attach_money")), x, y, radius * 1.25, turn)
    edge = ramp((x - radius * 0.2, y), (x + radius, y), 0.0, 0.7)
    return stroke(face, 12) + outlined(face, 5) + shaded(inner, edge, pitch=9, angle=60, width=4) + fill(mark, hand=0.5)


def bird(x: float, y: float, span: float, lift: float = 0.35, colour: Colour = "ink") -> str:
    """A gull far off."""
    wing = spline([(-0.5, -lift * 0.5), (-0.28, -lift), (0, 0), (0.28, -lift), (0.5, -lift * 0.6)])
    return fill(placed(ribbon(wing, (0.01, 0.09, 0.12, 0.09, 0.01)), x, y, span), colour, hand=0)


def tree(x: float, foot: float, height: float, rng: Random) -> str:
    """A tree with a round crown lit from the left."""
    crown = joined(
        *(
            ellipse(
                x + rng.uniform(-0.2, 0.2) * height,
                foot - height * rng.uniform(0.5, 0.8),
                height * rng.uniform(0.16, 0.24),
            )
            for _ in range(8)
        )
    )
    left, _, right, _ = bounds(crown)
    trunk = fill(
        polygon(
            (x - height * 0.05, foot),
            (x - height * 0.02, foot - height * 0.5),
            (x + height * 0.03, foot - height * 0.5),
            (x + height * 0.06, foot),
        )
    )
    return trunk + stroke(crown, 8, "paper") + carved(crown, ramp((left, 0), (right, 0), 0.6, 0.0), pitch=11, angle=-30)


def flag(x: float, foot: float, height: float) -> str:
    """A pole with a waving flag."""
    cloth = blob(
        (x, foot - height),
        (x + height * 0.22, foot - height * 1.05),
        (x + height * 0.52, foot - height * 0.93),
        (x + height * 0.5, foot - height * 0.66),
        (x + height * 0.25, foot - height * 0.72),
        (x, foot - height * 0.62),
    )
    pole = rect(x - height * 0.025, foot - height * 1.05, height * 0.05, height * 1.05)
    whole = joined(cloth, pole)
    return stroke(whole, 10, "paper") + fill(whole)


def dust(x: float, y: float, width: float, rng: Random) -> str:
    """Puffs of dust along the ground."""
    puffs = []
    for i in range(7):
        share = i / 6 - 0.5
        puffs.append(
            ellipse(
                x + share * width, y - rng.uniform(0, 14), width * 0.11 * (1.25 - abs(share)) * rng.uniform(0.8, 1.25)
            )
        )
    body = joined(*puffs)
    _, top, _, bottom = bounds(body)
    return (
        stroke(body, 10)
        + fill(body, "paper")
        + hatched(body, ramp((0, top), (0, bottom), 0.0, 0.6), pitch=10, angle=20)
    )
