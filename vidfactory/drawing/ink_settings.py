"""Settings of the ink drawings: the stage, its skies and its grounds.

Belongs here: what fills the picture behind and below a subject. Does not belong here: subjects and props.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

import numpy as np

from vidfactory.drawing.ink_marks import (
    disc,
    engraved,
    fill,
    flat,
    glow,
    halftone,
    hatched,
    mottled,
    ramp,
    rays,
    rings,
    stipple,
    stroke,
)
from vidfactory.drawing.ink_shapes import Point, Shape, blob, ellipse, polygon, rect, spline, star

Sky = Literal["day", "burst", "dawn", "dots", "gloom"]

WIDTH, HEIGHT = 1200.0, 840.0
"""The part of the stage that every picture shows; subjects are composed inside it."""


@dataclass(frozen=True)
class Stage:
    """The drawn area in stage units. It always holds (0, 0) to (WIDTH, HEIGHT) and is larger one way."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, self.bottom

    @property
    def frame(self) -> Shape:
        return rect(self.left, self.top, self.right - self.left, self.bottom - self.top)

    def above(self, y: float) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, y

    def below(self, y: float) -> tuple[float, float, float, float]:
        return self.left, y, self.right, self.bottom

    def ground(self, line: Sequence[Point]) -> Shape:
        """Everything below a line that runs from the left edge to the right."""
        return polygon(*line, (self.right, self.bottom), (self.left, self.bottom))


def day(stage: Stage, horizon: float, sun: Point, radius: float = 80) -> str:
    """Level lines that thin out towards the horizon, and a bare sun with a halo."""
    x, y = sun
    fade = ramp((0, min(stage.top, 0)), (0, horizon), 0.62, 0.1)
    halo = glow(sun, (radius * 1.15, radius * 3.4), 0.0, 1.0)
    lines = engraved(stage.above(horizon), lambda u, v: fade(u, v) * halo(u, v), pitch=14)
    return lines + stroke(ellipse(x, y, radius), 6) + _sun_needles(sun, radius)


def burst(sun: Point, rng: Random, radius: float = 90) -> str:
    """Rays all over the sky."""
    return rays(sun, (radius * 1.35, 1900), rng, count=84, share=0.5, jitter=0.05) + disc(*sun, radius)


def dawn(sun: Point, rng: Random, radius: float = 100) -> str:
    """Rings about a bare sun that darken outwards."""
    tone = mottled(glow(sun, (radius, 900), 0.12, 0.78), rng, 0.2)
    return rings(sun, (radius + 14, 1700), tone, pitch=19) + stroke(ellipse(*sun, radius), 6)


def dots(stage: Stage, horizon: float, sun: Point, radius: float = 95) -> str:
    """A halftone sky, light about a solid sun."""
    tone = glow(sun, (radius * 1.3, 820), 0.04, 0.62)
    return halftone(stage.above(horizon), tone, pitch=21) + disc(*sun, radius)


def night(stage: Stage, horizon: float, moon: Point, rng: Random, radius: float = 78) -> str:
    """A solid sky with stars, a moon, and light scratched out above the horizon."""
    x, y = moon
    light = ramp((0, horizon - 420), (0, horizon), 0.0, 0.6)
    halo = glow(moon, (radius, radius * 3.2), 0.55, 0.0)
    parts = [fill(rect(stage.left, stage.top, stage.right - stage.left, horizon - stage.top), hand=0)]
    parts.append(engraved(stage.above(horizon), light, pitch=14, colour="paper"))
    parts += [rings(moon, (radius + 10, radius * 3.2), halo, pitch=15, colour="paper"), disc(x, y, radius, "paper")]
    parts.append(
        hatched(ellipse(x, y, radius), ramp((x - radius * 0.2, y), (x + radius, y - 20), 0.0, 0.6), pitch=12, angle=-40)
    )
    for _ in range(46):
        sx, sy = rng.uniform(stage.left, stage.right), rng.uniform(stage.top, horizon - 60)
        if np.hypot(sx - x, sy - y) > radius * 1.7:
            parts.append(_star(sx, sy, rng))
    return "".join(parts)


def gloom(stage: Stage, horizon: float, rng: Random, weight: float = 0.75) -> str:
    """A heavy sky of flowing lines, darkest on top."""
    tone = mottled(ramp((0, stage.top), (0, horizon), weight, weight * 0.25), rng, 0.45, 110)
    return engraved(stage.above(horizon), tone, pitch=17, sway=34)


def sky(
    stage: Stage,
    horizon: float,
    sun: Point,
    rng: Random,
    kinds: Sequence[Sky] = ("day", "burst", "dawn", "dots"),
    radius: float = 90,
) -> str:
    """One of `kinds`, chosen by the seed."""
    skies: dict[Sky, Callable[[], str]] = {
        "day": lambda: day(stage, horizon, sun, radius),
        "burst": lambda: burst(sun, rng, radius),
        "dawn": lambda: dawn(sun, rng, radius),
        "dots": lambda: dots(stage, horizon, sun, radius),
        "gloom": lambda: gloom(stage, horizon, rng),
    }
    return skies[rng.choice(kinds)]()


def aura(stage: Stage, horizon: float, centre: Point, rng: Random, reach: float = 280) -> str:
    """Rays, rings or dots that leave a light place of radius `reach` for the subject."""
    kind = rng.randrange(3)
    if kind == 0:
        return rays(centre, (reach, 1700), rng, count=rng.choice((72, 84, 96)), share=0.52, jitter=0.2)
    if kind == 1:
        return rings(centre, (reach * 0.75, 1700), glow(centre, (reach * 0.8, 850), 0.1, 0.75), pitch=19)
    return halftone(stage.above(horizon), glow(centre, (reach * 0.9, 780), 0.03, 0.64), pitch=21)


def plain(stage: Stage, horizon: float, vanish_x: float = WIDTH / 2) -> str:
    """A solid floor with scratched lines that run to a vanishing point."""
    lines = 26
    floor = rect(stage.left, horizon, stage.right - stage.left, stage.bottom - horizon)
    spread = stage.right - stage.left
    wedges = []
    for i in range(lines):
        foot = vanish_x + (i - lines / 2 + 0.5) * spread * 2.4 / lines
        start = horizon + (stage.bottom - horizon) * (0.12 if i % 2 else 0.3)
        share = (start - horizon) / (stage.bottom - horizon)
        wedges.append(
            polygon(
                (vanish_x + (foot - vanish_x) * (0.25 + 0.75 * share), start),
                (foot - 5, stage.bottom),
                (foot + 5, stage.bottom),
            )[0]
        )
    return fill(floor) + fill(tuple(wedges), "paper")


def chequered(stage: Stage, horizon: float, vanish_x: float = WIDTH / 2, columns: int = 14) -> str:
    """A chequered floor in perspective."""
    spread, depth = (stage.right - stage.left) * 2.6, stage.bottom - horizon
    rows = [horizon + depth * share for share in (0.0, 0.05, 0.12, 0.22, 0.37, 0.6, 1.0)]
    tiles = []
    for row, (near, far) in enumerate(zip(rows[1:], rows[:-1], strict=True)):
        for column in range(-columns, columns):
            if (row + column) % 2:
                edges = [
                    (vanish_x + (column + side) * spread / columns / 2 * (0.12 + 0.88 * (y - horizon) / depth), y)
                    for side, y in ((0, far), (1, far), (1, near), (0, near))
                ]
                tiles.append(polygon(*edges)[0])
    return fill(tuple(tiles), hand=1) + stroke(np.array([(stage.left, horizon), (stage.right, horizon)]), 6)


def meadow(stage: Stage, horizon: float, rng: Random, weight: float = 0.5) -> str:
    """Rolling ground in two layers, engraved, the nearer one darker."""
    parts = []
    for layer, (drop, dark) in enumerate(((0, weight * 0.5), (70, weight))):
        y = horizon + drop
        line = spline([(x, y + rng.uniform(-16, 16) - 14 * layer) for x in np.linspace(stage.left, stage.right, 6)])
        ground = stage.ground([(float(a), float(b)) for a, b in line])
        tone = ramp((0, y), (0, y + 260), dark * 0.5, dark * 1.5)
        parts.append(fill(ground, "paper"))
        parts.append(hatched(ground, tone, angle=-8 + 14 * layer))
        parts.append(stroke(line, 6))
    return "".join(parts)


def sea(stage: Stage, horizon: float, rng: Random, *, swell: float = 1.0, glint: float | None = None) -> str:
    """Rows of waves that grow towards us; `glint` leaves a path of light below that x."""
    parts = [fill(rect(stage.left, horizon, stage.right - stage.left, stage.bottom - horizon))]
    y = horizon + 10.0
    while y < stage.bottom + 60:
        near = (y - horizon) / (HEIGHT - horizon)
        length, height = 46 + 190 * near, (5 + 30 * near) * swell
        shift = rng.uniform(0, length)
        crests = []
        for k in range(int((stage.right - stage.left) / length) + 3):
            x = stage.left + (k - 1) * length + shift
            share = 1.0 if glint is None else 0.35 + 1.5 * np.exp(-(((x - glint) / (90 + 160 * near)) ** 2))
            crests.append(_crest(x, y, length, height, min(1.0, share * rng.uniform(0.6, 1.0))))
        parts.append(fill(tuple(ring for crest in crests for ring in crest), "paper", hand=1))
        y += 12 + 30 * near
    return "".join(parts)


def shadow(x: float, y: float, width: float, height: float) -> str:
    """A cast shadow on the ground: level lines in an oval."""
    oval = ellipse(x, y, width / 2, height / 2)
    return hatched(oval, flat(0.72), pitch=9, angle=0)


def grain(stage: Stage, rng: Random) -> str:
    """The press: specks of ink on the paper, and of paper in the ink."""
    return stipple(stage.box, flat(1), rng, count=150, size=(0.8, 2.3)) + stipple(
        stage.box, flat(1), rng, count=260, size=(0.8, 2.5), colour="paper"
    )


def _sun_needles(sun: Point, radius: float) -> str:
    needles = [
        star(
            sun[0] + np.cos(a) * radius * 1.42,
            sun[1] + np.sin(a) * radius * 1.42,
            radius * 0.2,
            radius * 0.035,
            2,
            np.degrees(a) + 90,
        )[0]
        for a in np.arange(24) * np.pi / 12
    ]
    return fill(tuple(needles), hand=0)


def _star(x: float, y: float, rng: Random) -> str:
    size = rng.choice((2.5, 3, 3.5, 10, 15))
    return fill(star(x, y, size, size * 0.28, 4), "paper", hand=0) if size > 4 else disc(x, y, size, "paper")


def _crest(x: float, y: float, length: float, height: float, share: float) -> Shape:
    """A paper crescent: one lit wave."""
    half = length * 0.46 * share
    return blob(
        (x - half, y + height * 0.25),
        (x - half * 0.4, y - height * 0.32),
        (x + half * 0.35, y - height * 0.2),
        (x + half, y + height * 0.3),
        (x + half * 0.3, y + height * 0.02),
        (x - half * 0.4, y - height * 0.06),
    )
