"""Scenes about things: scales, lens, newspaper, clock, compass, coins.

Belongs here: scene builders whose subject is one large object. Does not belong here: prices, places, beasts.
"""

from collections.abc import Callable
from random import Random

import numpy as np

from vidfactory.drawing.icons import icon
from vidfactory.drawing.ink_marks import (
    carved,
    clipped,
    disc,
    engraved,
    fill,
    flat,
    glow,
    halftone,
    hatched,
    mottled,
    outlined,
    ramp,
    rays,
    rings,
    shaded,
    stipple,
    stroke,
)
from vidfactory.drawing.ink_props import candle, city, coin, coin_stack, person, tree
from vidfactory.drawing.ink_settings import (
    Stage,
    aura,
    chequered,
    meadow,
    night,
    plain,
    shadow,
    sky,
)
from vidfactory.drawing.ink_shapes import (
    Shape,
    arc,
    blob,
    bounds,
    ellipse,
    joined,
    oriented,
    pierced,
    placed,
    polygon,
    rect,
    ribbon,
    spline,
    star,
)


def balance(stage: Stage, rng: Random) -> list[str]:
    """Scales on a chequered floor: coins against a block of houses."""
    x, floor, side = 600.0, 660.0, rng.choice((-1, 1))
    tilt = side * rng.uniform(7, 12)
    parts = [sky(stage, floor, (x, 240), rng, ("burst", "dawn", "dots"), 150)]
    parts.append(chequered(stage, floor))
    base = joined(
        blob(
            (x - 170, floor + 90),
            (x - 120, floor + 40),
            (x - 30, floor + 20),
            (x + 30, floor + 20),
            (x + 120, floor + 40),
            (x + 170, floor + 90),
        ),
        rect(x - 190, floor + 84, 380, 34),
    )
    stem = polygon((x - 16, 190), (x + 16, 190), (x + 30, floor + 40), (x - 30, floor + 40))
    column = joined(base, stem, ellipse(x, floor - 120, 40, 54), ellipse(x, 330, 30, 20))
    parts += [stroke(column, 20, "paper"), carved(column, ramp((x - 90, 0), (x + 30, 0), 0.8, 0.0), pitch=12, angle=90)]
    beam = placed(
        joined(
            ribbon(spline([(-400, 6), (-200, -22), (0, 0), (200, -22), (400, 6)]), (14, 30, 42, 30, 14)),
            ellipse(-400, 6, 18),
            ellipse(400, 6, 18),
        ),
        x,
        190,
        turn=tilt,
    )
    parts += [stroke(beam, 18, "paper"), carved(beam, ramp((0, 150), (0, 210), 0.4, 0.0), pitch=11, angle=tilt)]
    parts += [
        stroke(ellipse(x, 178, 34), 14, "paper"),
        disc(x, 178, 34),
        disc(x, 178, 14, "paper"),
        fill(star(x, 112, 54, 13, 2)),
    ]
    for end in (-1, 1):
        ex = x + end * 400 * np.cos(np.radians(tilt))
        ey = 196 + end * 400 * np.sin(np.radians(tilt))
        pan_y = ey + 260
        chains = [np.array([(ex, ey), (ex + dx, pan_y)]) for dx in (-142, 0, 142)]
        for chain in chains:
            parts += [stroke(chain, 13, "paper"), stroke(chain, 5)]
        if end == -side:
            parts.append(
                coin_stack(ex - 52, pan_y - 2, 3, rng, 50, thick=22)
                + coin_stack(ex + 54, pan_y - 2, 2, rng, 50, thick=22)
            )
        else:
            parts.append(
                coin_stack(ex - 64, pan_y - 2, 5, rng, 46, thick=22)
                + coin_stack(ex + 68, pan_y - 2, 4, rng, 46, thick=22)
                + coin_stack(ex, pan_y + 6, 7, rng, 50, thick=22)
            )
        bowl = (np.vstack([arc(ex, pan_y, 160, 0, 180, 62)]),)
        rim = ellipse(ex, pan_y, 160, 16)
        parts += [
            stroke(joined(bowl, rim), 14, "paper"),
            carved(bowl, ramp((ex - 150, 0), (ex + 20, 0), 0.7, 0.0), pitch=11, angle=0),
            fill(rim),
        ]
    return parts


def magnifier(stage: Stage, rng: Random) -> list[str]:
    """A lens over a small chart finds what is in it."""
    x, y, radius = rng.uniform(500, 620), rng.uniform(340, 380), 262.0
    parts = [halftone(stage.box, glow((x, y), (radius, 900), 0.05, 0.34), pitch=22)]
    level = 470.0
    for k in range(17):
        level -= rng.uniform(-44, 52)
        cx = 24 + k * 72
        parts.append(candle(cx, level, level + rng.uniform(50, 120), 40, up=rng.random() < 0.5, wick=26))
    lens = ellipse(x, y, radius)
    inside = [
        fill(lens, "paper"),
        hatched(lens, ramp((x - radius, y - radius), (x + radius, y + radius), 0.0, 0.4), pitch=16, angle=-45),
    ]
    for k, (top, height, up) in enumerate(((70, 180, True), (-60, 210, False), (-150, 190, True))):
        inside.append(
            candle(
                x + (k - 1) * 168 + rng.uniform(-6, 6),
                y + top + rng.uniform(-24, 24),
                y + top + height,
                104,
                up=up,
                wick=70,
            )
        )
    shine = ribbon(arc(x, y, radius - 46, 196, 250), (4, 26, 4))
    parts += [clipped(lens, *inside), fill(shine, "paper"), stroke(shine, 5)]
    way = rng.uniform(38, 50)
    handle = placed(joined(rect(radius + 20, -22, 70, 44)), x, y, turn=way)
    grip = placed(
        blob(
            (radius + 70, -36),
            (radius + 120, -46),
            (radius + 480, -58),
            (radius + 520, 0),
            (radius + 480, 58),
            (radius + 120, 46),
            (radius + 70, 36),
        ),
        x,
        y,
        turn=way,
    )
    rim = pierced(ellipse(x, y, radius + 40), ellipse(x, y, radius))
    parts += [stroke(joined(grip, handle), 20, "paper"), outlined(handle, 9)]
    (hx, hy) = grip[0].mean(axis=0).tolist()
    parts += [carved(grip, ramp((hx + 40, hy - 60), (hx - 10, hy + 20), 0.85, 0.0), pitch=13, angle=way)]
    parts += [
        stroke(rim, 18, "paper"),
        fill(rim),
        hatched(rim, ramp((x - radius, y - radius), (x + 60, y + 60), 0.7, 0.0), pitch=12, angle=45, colour="paper"),
        stroke(lens, 6),
    ]
    return parts


def newspaper(stage: Stage, rng: Random) -> list[str]:
    """The morning's paper on a desk beside a cup."""
    parts = [engraved(stage.box, mottled(flat(0.66), rng, 0.4, 160), pitch=17, sway=14)]
    turn = rng.uniform(-13, -7)
    cx, cy = 520 + rng.uniform(-20, 20), 430.0

    def on(shape: Shape) -> Shape:
        return placed(shape, cx, cy, turn=turn)

    sheet = rect(-360, -380, 720, 800)
    for k in range(3, 0, -1):
        parts += [
            stroke(on(placed(sheet, 10 * k, 12 * k)), 6),
            fill(on(placed(sheet, 10 * k, 12 * k)), "paper" if k < 3 else "ink"),
        ]
    parts += [outlined(on(sheet), 8)]
    parts += [fill(on(rect(-320, -350, 640, 10))), fill(on(rect(-320, -228, 640, 7)))]
    title = [
        rect(-310 + offset, -326, width, 80)
        for offset, width in (
            (0, 60),
            (74, 44),
            (132, 76),
            (222, 52),
            (290, 70),
            (374, 40),
            (428, 66),
            (508, 46),
            (568, 52),
        )
    ]
    parts.append(fill(on(joined(*title))))
    lines = [
        rect(-320 + 216 * c, -200 + 30 * r, 190 * (1 if (r * 7 + c * 3) % 5 else 0.6), 13)
        for c in range(3)
        for r in range(20)
        if not (c < 2 and 3 <= r < 12)
    ]
    parts.append(fill(on(tuple(r[0] for r in lines)), hand=1.2))
    parts.append(fill(on(rect(-320, -204, 404, 54))))
    box = on(rect(-320, -126, 404, 280))
    parts += [
        fill(box),
        hatched(box, ramp((cx - 300, cy - 120), (cx, cy + 150), 0.5, 0.1), pitch=13, angle=turn, colour="paper"),
        *_front_picture(on, rng),
    ]
    mug_x, mug_y = 1010.0, rng.uniform(230, 330)
    parts += [
        fill(ellipse(mug_x + 22, mug_y + 26, 190, 180)),
        outlined(ellipse(mug_x, mug_y, 184), 8),
        stroke(ellipse(mug_x, mug_y, 150), 5),
    ]
    handle = pierced(
        placed(ellipse(0, 0, 74, 40), mug_x + 116, mug_y + 116, turn=45),
        placed(ellipse(0, 0, 44, 18), mug_x + 120, mug_y + 120, turn=45),
    )
    parts += [stroke(handle, 12), fill(handle, "paper"), outlined(ellipse(mug_x, mug_y, 118), 9)]
    coffee = ellipse(mug_x, mug_y, 98)
    parts += [carved(coffee, ramp((mug_x - 90, mug_y - 80), (mug_x, mug_y), 0.75, 0.0), pitch=12, angle=-30)]
    glass_y = rng.uniform(640, 690)
    for gx in (920, 1090):
        lens = placed(ellipse(0, 0, 84, 66), gx, glass_y, turn=-10)
        parts += [
            stroke(lens, 34, "paper"),
            hatched(lens, flat(0.2), pitch=12, angle=-45, colour="paper"),
            stroke(lens, 18),
        ]
    parts.append(stroke(arc(1005, glass_y + 2, 34, 200, 340), 16))
    return parts


def _front_picture(on: Callable[[Shape], Shape], rng: Random) -> list[str]:
    """What the front page shows: a line that goes nowhere, or a sign of public life."""
    sign = rng.choice(("", "", "account_balance", "groups", "public", "bolt"))
    if sign:
        picture = on(placed(icon(sign), -118, 14, 240))
    else:
        heights = rng.choice(((0.2, 0.8, 0.35, 0.9, 0.1, 0.5), (0.85, 0.3, 0.7, 0.1, 0.8, 0.5)))
        picture = on(ribbon([(-290 + 69 * k, 120 - 210 * height) for k, height in enumerate(heights)], 26))
    return [stroke(picture, 16), fill(picture, "paper")]


def clock(stage: Stage, rng: Random) -> list[str]:
    """A clock as large as a house; somebody holds on to its hand."""
    x, y, radius = 600 + rng.uniform(-70, 70), 420.0, 348.0
    parts = [
        fill(stage.frame),
        rays((x, y), (radius + 30, 1700), rng, count=100, share=0.42, jitter=0.2, colour="paper"),
    ]
    face = ellipse(x, y, radius)
    parts += [stroke(ellipse(x, y, radius + 34), 20, "paper"), fill(ellipse(x, y, radius + 34)), fill(face, "paper")]
    parts.append(rings((x, y), (150, radius - 4), ramp((x - 200, y - 250), (x + 260, y + 280), 0.0, 0.6), pitch=15))
    for k in range(60):
        big = k % 5 == 0
        bar = rect(-11 if big else -3, -radius + 16, 22 if big else 6, 66 if big else 24)
        parts.append(
            stroke(placed(bar, x, y, turn=6 * k), 8, "paper") + fill(placed(bar, x, y, turn=6 * k))
            if big
            else fill(placed(bar, x, y, turn=6 * k), hand=0.5)
        )
    minute, hour = rng.choice(((52, -62), (38, -40), (64, -75), (-50, 20)))
    for turn, length, width in ((hour, 190, 46), (minute, 292, 34)):
        hand = placed(
            polygon(
                (-width * 0.3, 60),
                (width * 0.3, 60),
                (width * 0.5, -length * 0.72),
                (0, -length),
                (-width * 0.5, -length * 0.72),
            ),
            x,
            y,
            turn=turn,
        )
        parts += [stroke(hand, 16, "paper"), fill(hand)]
    parts += [stroke(ellipse(x, y, 34), 12, "paper"), disc(x, y, 34), disc(x, y, 12, "paper")]
    tip = placed(((np.array([[0.0, -250.0]])),), x, y, turn=minute)[0][0]
    parts.append(person((float(tip[0]), float(tip[1]) + 232), 220, "cheer", dress="shirt", turn=rng.uniform(-8, 8)))
    parts.append(city(stage.left - 20, stage.right + 20, stage.bottom + 40, 130, rng, lit=True))
    return parts


def calendar(stage: Stage, rng: Random) -> list[str]:
    """A wall calendar loses its pages; one day is ringed."""
    parts = [engraved(stage.box, glow((560, 400), (300, 900), 0.14, 0.62), pitch=16)]
    turn = rng.uniform(-5, 4)
    cx, cy = rng.uniform(480, 560), 440.0

    def on(shape: Shape) -> Shape:
        return placed(shape, cx, cy, turn=turn)

    sheet = rect(-350, -330, 700, 690)
    parts += [fill(on(placed(sheet, 34, 36))), outlined(on(placed(sheet, 10, 12)), 6), outlined(on(sheet), 10)]
    header = rect(-350, -330, 700, 130)
    parts += [
        carved(on(header), ramp((cx - 340, cy - 330), (cx + 100, cy - 200), 0.45, 0.0), pitch=13, angle=turn - 45)
    ]
    cells = [(c, r) for r in range(5) for c in range(7)]
    ringed = cells[rng.randrange(9, 32)]
    for c, r in cells:
        cell = rect(-322 + 93 * c, -176 + 102 * r, 80, 88)
        past = r * 7 + c < ringed[1] * 7 + ringed[0]
        parts.append(outlined(on(cell), 5))
        if past:
            corner = (-322 + 93 * c, -176 + 102 * r)
            parts.append(
                fill(on(ribbon([(corner[0] + 14, corner[1] + 16), (corner[0] + 66, corner[1] + 72)], (6, 12, 5))))
            )
            parts.append(
                fill(on(ribbon([(corner[0] + 66, corner[1] + 14), (corner[0] + 14, corner[1] + 74)], (5, 11, 6))))
            )
        elif (c, r) != ringed:
            parts.append(hatched(on(rect(-322 + 93 * c + 44, -176 + 102 * r + 50, 30, 30)), flat(0.4), pitch=9))
    rx, ry = -322 + 93 * ringed[0] + 40, -176 + 102 * ringed[1] + 44
    circle = spline(
        [(rx + 92 * np.cos(a) + 5 * np.sin(3 * a), ry + 82 * np.sin(a)) for a in np.linspace(-2.2, 4.6, 26)]
    )
    parts += [
        fill(on(star(rx, ry, 40, 17, 5))),
        stroke(on(ribbon(circle, (8, 22, 10))), 12, "paper"),
        fill(on(ribbon(circle, (8, 22, 10)))),
    ]
    for k in range(9):
        hole_x = -300 + 75 * k
        loop = ribbon(arc(hole_x, -336, 20, 130, 410, 40), 11)
        parts += [
            fill(on(ellipse(hole_x, -296, 12)), "paper"),
            stroke(on(loop), 8, "paper"),
            fill(on(loop)),
        ]
    for k in range(4):
        px, py = 960 + rng.uniform(-30, 150), 120 + 190 * k + rng.uniform(-40, 40)
        leaf = np.vstack([spline([(-84, -70), (-10, -92), (86, -66)]), spline([(96, 70), (10, 52), (-70, 84)])])
        page = placed((leaf,), px, py, rng.uniform(0.9, 1.15), rng.uniform(-40, 40))
        left, top, right, bottom = bounds(page)
        parts += [
            stroke(page, 18),
            shaded(page, ramp((left, top), (right, bottom), 0.0, 0.85), pitch=11, angle=-35, width=7),
        ]
    return parts


def compass(stage: Stage, rng: Random) -> list[str]:
    """A compass on a map whose route is dotted."""
    x, y = rng.uniform(560, 700), 430.0
    parts = [stipple(stage.box, flat(0.6), rng, count=900)]
    for bx, by in (
        (rng.uniform(60, 200), rng.uniform(120, 240)),
        (rng.uniform(1000, 1140), rng.uniform(580, 720)),
        (rng.uniform(900, 1100), rng.uniform(40, 120)),
        (rng.uniform(120, 260), rng.uniform(640, 780)),
    ):
        for k in range(1, 9):
            ring = blob(
                *(
                    (
                        bx + np.cos(a) * 44 * k * (1 + 0.2 * np.sin(2 * a + bx)),
                        by + np.sin(a) * 34 * k * (1 + 0.24 * np.cos(3 * a + by)),
                    )
                    for a in np.linspace(0, 2 * np.pi, 14, endpoint=False)
                )
            )
            parts.append(stroke(ring, 7 if k % 3 == 0 else 4))
    route = spline([(30, 560), (160, 470), (250, 600), (330, 730), (620, 812), (900, 800), (1040, 640), (1090, 420)])
    parts += [stroke(route, 30, "paper"), *(fill(ribbon(route[i : i + 4], 11)) for i in range(0, len(route) - 4, 6))]
    for turn in (45, -45):
        parts.append(
            stroke(placed(rect(-52, -10, 104, 20), 1096, 380, turn=turn), 10, "paper")
            + fill(placed(rect(-52, -10, 104, 20), 1096, 380, turn=turn))
        )
    parts += [hatched(ellipse(x + 50, y + 54, 330), flat(0.7), pitch=12, angle=-45), fill(ellipse(x, y, 330), "paper")]
    body = ellipse(x, y, 326)
    parts += [stroke(body, 16, "paper"), carved(body, ramp((x - 300, y - 300), (x, y), 0.85, 0.0), pitch=13, angle=45)]
    crown = ellipse(x, y - 366, 44)
    parts += [
        stroke(crown, 30, "paper"),
        stroke(crown, 18),
        stroke(rect(x - 30, y - 352, 60, 36), 10, "paper"),
        fill(rect(x - 30, y - 352, 60, 36)),
    ]
    parts += [outlined(ellipse(x, y, 276), 8), stroke(ellipse(x, y, 252), 4)]
    ticks = tuple(
        placed(rect(-4 if k % 6 else -9, -250, 8 if k % 6 else 18, 22 if k % 6 else 40), x, y, turn=5 * k)[0]
        for k in range(72)
        if k % 2 == 0
    )
    parts.append(fill(ticks, hand=0.5))
    for tips, reach, offset in ((4, 150, 45), (4, 212, 0)):
        for k in range(tips):
            for half, dark in ((-1, True), (1, False)):
                wing = placed(
                    polygon((0, -reach), (half * reach * 0.17, -reach * 0.17), (0, 0)), x, y, turn=offset + 90 * k
                )
                parts.append(fill(wing) if dark else outlined(wing, 4))
    way = rng.uniform(15, 75) + 90 * rng.randrange(2)
    north, south = (
        placed(polygon((-36, 0), (0, -236), (36, 0)), x, y, turn=way),
        placed(polygon((-36, 0), (0, 236), (36, 0)), x, y, turn=way),
    )
    parts += [
        stroke(joined(north, south), 24, "paper"),
        fill(north),
        shaded(south, flat(0.3), pitch=11, angle=way, width=8),
        disc(x, y, 32),
        disc(x, y, 12, "paper"),
    ]
    return parts


def telescope(stage: Stage, rng: Random) -> list[str]:
    """Somebody on a hill reads a chart in the stars."""
    parts = [night(stage, 700, (rng.uniform(140, 460), rng.uniform(120, 180)), rng, rng.uniform(50, 90))]
    heights = rng.choice(
        ((0.3, 0.62, 0.35, 0.9, 0.5, 0.75), (0.8, 0.45, 0.7, 0.3, 0.85, 0.55), (0.5, 0.85, 0.4, 0.6, 0.3, 0.7))
    )
    stars = [(560 + 112 * k, 420 - 330 * h) for k, h in enumerate(heights)]
    parts.append(stroke(np.array(stars), 18, "ink", hand=0) + stroke(np.array(stars), 5, "paper", hand=0))
    for sx, sy in stars:
        parts += [
            disc(sx, sy, 36),
            fill(star(sx, sy, 44, 10, 4), "paper", hand=0),
            fill(star(sx, sy, 22, 8, 4, 45), "paper", hand=0),
        ]
    hill = stage.ground(
        [
            (float(a), float(b))
            for a, b in spline(
                [(stage.left - 10, 610), (200, 580), (400, 600), (640, 690), (900, 740), (stage.right + 10, 730)]
            )
        ]
    )
    parts += [
        stroke(hill, 14, "paper"),
        carved(hill, ramp((250, 580), (420, 780), 0.6, 0.0), pitch=14, angle=16),
        tree(1040, 760, 190, rng),
    ]
    tilt = rng.uniform(-33, -27)
    tube_shape = placed(
        joined(
            polygon((-170, -26), (40, -36), (40, 36), (-170, 26)),
            polygon((40, -48), (250, -58), (250, 58), (40, 48)),
            rect(240, -70, 30, 140),
            rect(-220, -18, 60, 36),
        ),
        400,
        400,
        turn=tilt,
    )
    legs = joined(*(ribbon([(390, 420), foot], (16, 10)) for foot in ((330, 640), (410, 650), (490, 650))))
    parts += [
        stroke(legs, 14, "paper"),
        fill(legs),
        person((215, 620), 330, "point"),
        stroke(tube_shape, 20, "paper"),
        carved(tube_shape, ramp((400, 340), (420, 420), 0.75, 0.0), pitch=12, angle=tilt),
    ]
    return parts


def target(stage: Stage, rng: Random) -> list[str]:
    """An arrow in the middle of a target on its stand, others astray."""
    x, y, horizon = rng.uniform(640, 740), 360.0, 560.0
    sun = (rng.uniform(130, 240), 160.0)
    parts = [
        sky(stage, horizon + 30, sun, rng, ("day", "burst", "dots"), 70),
        meadow(stage, horizon, rng, 0.62),
    ]
    legs = joined(
        ribbon([(x - 60, 200), (x - 270, 790)], 30),
        ribbon([(x + 60, 200), (x + 270, 790)], 30),
        ribbon([(x + 20, 200), (x + 60, 740)], 22),
    )
    parts += [stroke(legs, 16, "paper"), fill(legs), hatched(legs, flat(0.3), pitch=10, angle=80, colour="paper")]
    parts += [stroke(ellipse(x + 26, y + 8, 292, 306), 16, "paper"), fill(ellipse(x + 26, y + 8, 292, 306))]
    for k, reach in enumerate((290, 226, 162, 100, 42)):
        band = ellipse(x, y, reach * 0.96, reach)
        if k % 2 == 0:
            parts += [
                outlined(band, 8),
                hatched(band, ramp((x, y - 100), (x + 280, y + 280), 0.0, 0.6), pitch=13, angle=-45),
            ]
        else:
            parts.append(carved(band, ramp((x - 260, y - 260), (x - 20, y - 20), 0.5, 0.0), pitch=13, angle=45))
    parts.append(disc(x, y, 24))
    shots = [(x + 2, y - 2, 1.0)] + [
        (x + rng.choice((-1, 1)) * rng.uniform(120, 220), y + rng.uniform(-170, 170), 0.72)
        for _ in range(rng.choice((1, 2)))
    ]
    for ax, ay, size in reversed(shots):
        tail = (ax - 400 * size, ay + 150 * size)
        shaft = ribbon([tail, (ax, ay)], (20 * size, 14 * size))
        feathers = joined(
            *(
                placed(
                    polygon((0, 0), (-90, s * 46), (-150, s * 46), (-84, 0)),
                    tail[0] + 96 * size,
                    tail[1] - 36 * size,
                    size,
                    -20.6,
                )
                for s in (-1, 1)
            )
        )
        parts += [
            stroke(joined(shaft, feathers), 16, "paper"),
            fill(shaft),
            shaded(feathers, flat(0.45), pitch=9, angle=30, width=6),
        ]
    parts.append(person((150, 700), 250, "cheer"))
    return parts


def coins(stage: Stage, rng: Random) -> list[str]:
    """Stacks of money, and coins that fall on them."""
    floor = 730.0
    sun = (rng.uniform(230, 420), rng.uniform(210, 270))
    parts = [
        aura(stage, floor, (600, 520), rng, 300)
        if rng.random() < 0.5
        else sky(stage, floor, sun, rng, ("dots", "dawn")),
        plain(stage, floor, 600),
    ]
    counts = rng.sample((3, 5, 7, 10, 12), 5)
    for k, count in enumerate(counts):
        x = 160 + 220 * k
        parts += [
            fill(ellipse(x, floor + 8, 128, 44), "paper"),
            shadow(x + 26, floor + 10, 250, 70),
            coin_stack(x, floor, count, rng, 96, thick=34),
        ]
    for k, count in enumerate(counts):
        middle = 160 + 220 * k + rng.uniform(-20, 20)
        top = floor - 34 * count - 150
        if top > 120:
            parts.append(
                coin(middle, max(90, top - rng.uniform(20, 120)), 62, rng.uniform(-50, 50), rng.uniform(0.35, 0.95))
            )
    parts.append(person((rng.choice((96, 1104)), floor + 70), 220, "look_up"))
    return parts


def question(stage: Stage, rng: Random) -> list[str]:
    """A question as large as a monument, and its long shadow."""
    x, floor = 600 + rng.uniform(-210, 210), 640.0
    parts = [
        aura(stage, floor, (x, 330), rng, 250),
        plain(stage, floor, x),
    ]
    mark = spline([(-158, -250), (-130, -370), (0, -430), (132, -366), (150, -250), (60, -150), (8, -80), (4, 0)])
    hook = joined(ribbon(mark, (104, 112, 118, 118, 118, 112, 104, 96)), ellipse(4, 116, 64))
    standing = placed(hook, x, floor - 132, 0.88)
    foot, lean = floor + 30, rng.choice((-1, 1)) * rng.uniform(0.4, 0.7)
    cast = tuple(
        ring * (1, -0.32) + (0, foot * 1.32) + np.stack([(foot - ring[:, 1]) * lean, 0 * ring[:, 1]], axis=1)
        for ring in standing
    )
    parts += [
        hatched(
            rect(stage.left, floor, stage.right - stage.left, stage.bottom - floor),
            ramp((0, floor), (0, stage.bottom), 0.62, 0.3),
            pitch=14,
            angle=0,
            colour="paper",
        ),
        fill(oriented(cast)),
    ]
    parts += [
        stroke(standing, 30, "paper"),
        carved(standing, ramp((x - 190, 0), (x + 40, 0), 0.85, 0.0), pitch=14, angle=70),
    ]
    side = 1 if x > 600 else -1
    parts.append(person((x - side * 330, floor + 110), 260, "look_up", flip=side < 0))
    return parts


def hourglass(stage: Stage, rng: Random) -> list[str]:
    """Coins run through an hourglass like sand."""
    x, y = 600 + rng.uniform(-40, 40), 420.0
    parts = [aura(stage, stage.bottom, (x, y), rng, 330)]
    parts.append(fill(rect(stage.left, 740, stage.right - stage.left, stage.bottom - 740)))
    glass = blob(
        (x - 210, 130),
        (x + 210, 130),
        (x + 200, 240),
        (x + 110, 350),
        (x + 30, y),
        (x + 110, 500),
        (x + 200, 600),
        (x + 210, 700),
        (x - 210, 700),
        (x - 200, 600),
        (x - 110, 500),
        (x - 30, y),
        (x - 110, 350),
        (x - 200, 240),
    )
    parts += [
        stroke(glass, 34, "paper"),
        outlined(glass, 12),
        hatched(glass, ramp((x + 60, 0), (x + 220, 0), 0.0, 0.5), pitch=13, angle=90),
    ]
    upper = blob(
        (x - 178, 270), (x, 290), (x + 178, 270), (x + 96, 364), (x + 16, y - 6), (x - 16, y - 6), (x - 96, 364)
    )
    lower = blob((x - 196, 690), (x - 150, 620), (x, 540), (x + 150, 620), (x + 196, 690))
    for sand in (upper, lower):
        parts.append(carved(sand, ramp((x - 190, 0), (x + 40, 0), 0.55, 0.0), pitch=11, angle=50))
    for k in range(3):
        parts.append(coin(x + rng.uniform(-4, 4), y + 20 + 44 * k, 20, rng.uniform(-40, 40), 0.7))
    for dx, dy in ((-70, 640), (60, 630), (0, 590)):
        parts.append(coin(x + dx, dy, 34, rng.uniform(-60, 60), rng.uniform(0.5, 0.9)))
    for top in (70, 694):
        plate = joined(rect(x - 290, top, 580, 56), rect(x - 260, top - 16 if top < 200 else top + 52, 520, 20))
        parts += [
            stroke(plate, 14, "paper"),
            carved(plate, ramp((x - 290, 0), (x + 100, 0), 0.7, 0.0), pitch=11, angle=0),
        ]
    for side in (-1, 1):
        post = rect(x + side * 256 - 15, 126, 30, 570)
        parts += [
            stroke(post, 14, "paper"),
            carved(post, ramp((x + side * 256 - 15, 0), (x + side * 256 + 6, 0), 0.8, 0.0), pitch=10, angle=90),
        ]
    parts.append(person((x - 420, 776), 230, "stand", dress="case"))
    return parts


def monument(stage: Stage, rng: Random, sign: str) -> list[str]:
    """An icon as a monument on its plinth, and those who look up to it."""
    x, y, floor = 600 + rng.uniform(-60, 60), 290.0, 660.0
    parts = [
        aura(stage, floor, (x, y), rng, 300),
        plain(stage, floor, x),
    ]
    figure = placed(icon(sign), x, y, 460)
    block = polygon((x - 190, 560), (x + 190, 560), (x + 230, floor + 70), (x - 230, floor + 70))
    slab = rect(x - 230, 526, 460, 40)
    parts += [
        stroke(joined(block, slab), 20, "paper"),
        carved(block, ramp((x - 230, 0), (x + 60, 0), 0.75, 0.0), angle=90),
        outlined(slab, 8),
    ]
    parts += [
        stroke(figure, 34, "paper"),
        carved(figure, ramp((x - 220, y - 200), (x + 80, y + 80), 0.7, 0.0), angle=60),
    ]
    for side in (-1, 1):
        px = x + side * rng.uniform(330, 420)
        parts.append(
            person(
                (px, floor + rng.uniform(70, 120)),
                rng.uniform(200, 250),
                rng.choice(("point", "stand", "cheer")),
                flip=side > 0,
            )
        )
    return parts
