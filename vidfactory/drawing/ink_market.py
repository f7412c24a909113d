"""Scenes about prices: falls, rises, crashes, candles made landscape.

Belongs here: scene builders whose subject is the chart itself. Does not belong here: beasts, objects, weather.
"""

from random import Random

import numpy as np

from vidfactory.drawing.ink_marks import (
    Field,
    carved,
    engraved,
    fill,
    flat,
    glow,
    hatched,
    mottled,
    outlined,
    ramp,
    rays,
    rings,
    shaded,
    stroke,
)
from vidfactory.drawing.ink_props import (
    bird,
    city,
    cloud,
    flag,
    person,
)
from vidfactory.drawing.ink_settings import (
    Stage,
    night,
    plain,
    sea,
    shadow,
    sky,
)
from vidfactory.drawing.ink_shapes import (
    Point,
    Ring,
    arrow,
    blob,
    ellipse,
    joined,
    oriented,
    placed,
    polygon,
    rect,
    ribbon,
    spline,
    star,
)


def falling_price(stage: Stage, rng: Random) -> list[str]:
    """A price line crosses the sky above a man on a cliff and plunges into the sea before him."""
    edge = rng.uniform(450, 520)
    sun = (rng.uniform(960, 1060), rng.uniform(170, 210))
    air = sky(stage, 785, sun, rng, ("day", "dots", "gloom"), 80)
    top = [(stage.left, 470), (130, 455), (230, 492), (edge - 110, 470), (edge, 486)]
    wall = [(edge + 22, 540), (edge - 34, 610), (edge + 30, 690), (edge - 8, 760), (edge + 50, stage.bottom)]
    body = polygon(*top, *wall, (stage.left, stage.bottom))
    light = mottled(ramp((edge + 60, 520), (edge - 360, 740), 0.85, 0.0), rng, 0.4, 60)
    high = rng.uniform(-25, 25)
    line = [
        (stage.left - 60, 330 + high),
        (150, 190 + high),
        (290, 290 + high),
        (edge, 120),
        (edge + 150, 340),
        (edge + 270, 250 + high),
        (edge + 430, 730),
    ]
    plunge = arrow(line, 64, 2.7)
    return [
        air,
        sea(stage, 770, rng),
        stroke(body, 16, "paper"),
        carved(body, light, pitch=15, angle=78),
        person((edge - 70, 490), 190, rng.choice(("look_up", "stand", "point"))),
        stroke(plunge, 28, "paper"),
        carved(plunge, ramp((edge, 100), (edge + 400, 700), 0.72, 0.0), angle=90),
        *_splash(edge + 435, 770, rng),
    ]


def _splash(x: float, y: float, rng: Random) -> list[str]:
    drops = [star(0, -rng.uniform(60, 130), rng.uniform(26, 54), 8, 2) for _ in range(9)]
    spray = joined(*(placed(drop, x, y, turn=-72 + 18 * i) for i, drop in enumerate(drops)))
    return [stroke(spray, 9), fill(spray, "paper"), stroke(ellipse(x, y + 8, 100, 17), 9, "paper")]


def rising_price(stage: Stage, rng: Random) -> list[str]:
    """Columns as stairs, a figure near the top, and an arrow that sweeps past the sun."""
    count = rng.choice((4, 5, 6, 7))
    width = 980 / count
    sun = (rng.uniform(250, 420), rng.uniform(200, 270))
    parts = [sky(stage, 840, sun, rng, ("burst", "dawn", "dots"))]
    tops = [690 - 370 * ((i + 0.4) / count) ** 1.15 - rng.uniform(0, 14) for i in range(count)]
    for i, top in enumerate(tops):
        left = 110 + i * width
        column = rect(left, top, width * 0.8, 800 - top)
        side = polygon(
            (left + width * 0.8, top),
            (left + width * 0.97, top - 26),
            (left + width * 0.97, 800),
            (left + width * 0.8, 800),
        )
        lid = polygon(
            (left, top), (left + width * 0.17, top - 26), (left + width * 0.97, top - 26), (left + width * 0.8, top)
        )
        parts += [stroke(joined(column, side, lid), 14, "paper"), fill(side)]
        parts += [
            shaded(column, ramp((left, top), (left + width, 800), 0.05, 0.8), pitch=13, angle=-45),
            outlined(lid, 5),
        ]
    climber = count - 2
    parts.append(person((110 + (climber + 0.42) * width, tops[climber] - 8), 150, "walk", dress="case"))
    sweep = spline([(stage.left - 40, 560), (270, 500), (540, 370), (770, 220), (1000, 50)])
    line = arrow(sweep, 44, 2.6)
    parts += [stroke(line, 22, "paper"), fill(line)]
    parts.append(fill(rect(stage.left, 796, stage.right - stage.left, stage.bottom - 796)))
    return parts


def crash(stage: Stage, rng: Random) -> list[str]:
    """A heavy arrow goes through the floor; the floor flies."""
    x, floor = rng.uniform(520, 700), 560.0
    parts = [rays((x, floor), (240, 1700), rng, count=rng.choice((60, 76, 92)), share=0.55, jitter=0.25)]
    ground = stage.ground(
        [
            (stage.left, floor + 14),
            (x - 260, floor),
            (x - 130, floor + 46),
            (x - 60, floor + 150),
            (x + 60, floor + 150),
            (x + 140, floor + 40),
            (x + 270, floor),
            (stage.right, floor + 14),
        ]
    )
    parts += [
        stroke(ground, 18, "paper"),
        carved(ground, ramp((x, floor), (x + 700, floor + 260), 0.0, 0.55), pitch=15, angle=0),
    ]
    for i in range(11):
        angle = np.radians(-172 + i * 16.4 + rng.uniform(-5, 5))
        reach = rng.uniform(210, 430) if 3 < i < 8 else rng.uniform(260, 470)
        size = rng.uniform(26, 62)
        centre = (x + np.cos(angle) * reach, floor + 20 + np.sin(angle) * reach * 0.85)
        chunk = placed(
            polygon(
                (-size, -size * 0.3), (-size * 0.1, -size * 0.8), (size * 0.9, -size * 0.1), (size * 0.2, size * 0.6)
            ),
            *centre,
            turn=rng.uniform(0, 360),
        )
        parts += [
            stroke(chunk, 12, "paper"),
            carved(chunk, ramp((centre[0] - size, centre[1] - size), centre, 0.8, 0.0), pitch=10, angle=30),
        ]
    for side in (-1, 1):
        for k in range(3):
            crack = [(x + side * (110 + 30 * k), floor + 60 + 46 * k)]
            for _ in range(4):
                crack.append((crack[-1][0] + side * rng.uniform(50, 95), crack[-1][1] + rng.uniform(-14, 40)))
            parts.append(fill(ribbon(crack, (15, 3)), "paper"))
    plunge = polygon(
        (x - 84, stage.top - 20),
        (x + 84, stage.top - 20),
        (x + 84, 400),
        (x + 196, 400),
        (x, 690),
        (x - 196, 400),
        (x - 84, 400),
    )
    light = ramp((x - 60, 300), (x + 40, 380), 0.82, 0.0)
    parts += [stroke(plunge, 30, "paper"), carved(plunge, light, pitch=15, angle=90)]
    parts += [person((150, floor + 16), 120, "fall", turn=-18), person((1060, floor + 16), 124, "run")]
    return parts


def rebound(stage: Stage, rng: Random) -> list[str]:
    """A ball that fell down the steps bounces off the floor, higher every time."""
    floor = 690.0
    hit = rng.uniform(390, 560)
    parts = [
        sky(stage, floor, (rng.uniform(620, 1040), 250), rng, ("day", "dots", "dawn", "burst")),
        plain(stage, floor, hit),
    ]
    drop = spline([(stage.left - 20, 40), (150, 190), (290, 420), (hit, floor - 50)])
    rise = spline([(hit, floor - 50), (hit + 140, 400), (hit + 310, 200), (hit + 560, 60)])
    past, climb = ribbon(drop, (60, 60)), arrow(rise, 76, 2.4)
    parts += [rings((hit, floor + 20), (70, 300), glow((hit, floor), (60, 300), 0.55, 0.0), pitch=22, colour="paper")]
    parts += [stroke(past, 26, "paper"), shaded(past, ramp((0, 100), (hit, floor), 0.1, 0.75), angle=-30, width=7)]
    parts += [stroke(climb, 26, "paper"), carved(climb, ramp((hit + 60, 560), (hit + 260, 330), 0.75, 0.0), angle=-50)]
    for i in range(7):
        angle = -160 + i * 23
        parts.append(fill(placed(star(0, -186, 56, 9, 2), hit, floor + 6, turn=angle + 90), "ink"))
    parts += [fill(ellipse(hit, floor + 4, 120, 22), "paper"), shadow(hit, floor + 4, 220, 36)]
    ball = ellipse(hit, floor - 66, 92, 74)
    parts += [
        stroke(ball, 18, "paper"),
        carved(ball, glow((hit - 34, floor - 94), (0, 84), 0.95, 0.0), pitch=12, angle=30),
    ]
    parts.append(
        person((rng.uniform(800, 1080), floor + 60), 230, rng.choice(("cheer", "point", "look_up")), flip=True)
    )
    return parts


def calm(stage: Stage, rng: Random) -> list[str]:
    """A still lake, a rower, the sun and its path on the water."""
    horizon, x = rng.uniform(400, 440), rng.uniform(380, 820)
    sun = (x, horizon - rng.uniform(90, 150))
    radius = 92.0
    fade = glow(sun, (radius * 1.2, 640), 0.0, 0.55)
    parts = [engraved(stage.above(horizon), fade, pitch=15), stroke(ellipse(*sun, radius), 6)]
    for layer, dark in ((0, 0.35), (1, 0.95)):
        line = spline(
            [
                (px, horizon - (1 - layer * 0.45) * rng.uniform(20, 120) * abs(px - x) / 500)
                for px in np.linspace(stage.left, stage.right, 9)
            ]
        )
        hill = polygon(*[(float(a), float(b)) for a, b in line], (stage.right, horizon), (stage.left, horizon))
        parts.append(fill(hill, "paper") + hatched(hill, flat(dark), pitch=11, angle=60 - 30 * layer) + stroke(line, 5))

    def path(u: Field, v: Field) -> Field:
        glint = np.exp(-(((u - x) / (60 + (v - horizon) * 0.5)) ** 2))
        return np.asarray(0.75 - 0.95 * glint + 0.08 * np.sin(u / 37 + v * 1.9))

    parts += [
        fill(rect(stage.left, horizon, stage.right - stage.left, stage.bottom - horizon), "paper"),
        engraved(stage.below(horizon), path, pitch=17),
    ]
    boat_x, boat_y = (x + 230 if x < 600 else x - 230), 640.0
    parts += _boat(boat_x, boat_y, flip=x < 600)
    parts += [bird(x + rng.uniform(-260, 260), sun[1] + rng.uniform(-110, 30), rng.uniform(40, 60)) for _ in range(3)]
    parts += _reeds(stage, rng, left=x > 600)
    return parts


def _boat(x: float, y: float, *, flip: bool) -> list[str]:
    hull = placed(
        blob((-190, -26), (-100, -12), (0, -8), (100, -12), (200, -34), (150, 28), (0, 44), (-140, 28)), x, y, flip=flip
    )
    side = -1 if flip else 1
    oar = ribbon([(x - side * 10, y - 74), (x - side * 170, y + 56)], (7, 9))
    blade = placed(ellipse(0, 0, 11, 34, 52 * side), x - side * 180, y + 64)
    under = blob((x - 170, y + 30), (x, y + 26), (x + 170, y + 30), (x + 60, y + 118), (x - 80, y + 112))
    return [
        hatched(under, ramp((0, y + 40), (0, y + 125), 0.95, 0.3), angle=0),
        stroke(hull, 14, "paper"),
        person((x, y + 20), 190, "sit", flip=flip),
        fill(hull),
        stroke(oar, 8, "paper"),
        fill(oar),
        fill(blade),
    ]


def _reeds(stage: Stage, rng: Random, *, left: bool) -> list[str]:
    parts = []
    for i in range(11):
        foot = rng.uniform(0, 190) if left else rng.uniform(1010, 1200)
        top = 840 - rng.uniform(150, 330)
        sway = rng.uniform(-50, 50)
        stem = spline([(foot, stage.bottom + 10), (foot + sway * 0.2, (top + 840) / 2), (foot + sway, top)])
        parts.append(stroke(ribbon(stem, (9, 3)), 5, "paper") + fill(ribbon(stem, (9, 3))))
        if i % 3 == 0:
            parts.append(fill(ellipse(foot + sway, top + 8, 9, 34, sway / 6)))
    return parts


def mountains(stage: Stage, rng: Random) -> list[str]:
    """The range of a year: a peak with a flag, a valley, and a climber between them."""
    peak = (rng.uniform(640, 840), 190.0)
    sun = (rng.uniform(180, 330), rng.uniform(170, 240))
    parts = [sky(stage, 840, sun, rng)]
    parts += _ridge(
        stage,
        rng,
        [(-200, 520), (60, 360), (210, 470), (370, 330), (520, 520), (700, 420), (960, 350), (1120, 470), (1500, 430)],
        0.55,
        0.0,
    )
    parts.append(cloud(rng.uniform(200, 420), 470, 300, rng))
    parts += _ridge(
        stage,
        rng,
        [
            (stage.left, 700),
            (120, 610),
            (250, 660),
            (430, 470),
            (500, 500),
            (peak[0] - 90, 300),
            (peak[0] - 55, 312),
            peak,
            (peak[0] + 80, 330),
            (peak[0] + 130, 310),
            (peak[0] + 270, 480),
            (peak[0] + 330, 450),
            (stage.right, 640),
        ],
        0.8,
        0.05,
    )
    parts.append(flag(peak[0], peak[1] + 6, 150))
    front = stage.ground([(stage.left, 720), (200, 700), (520, 770), (840, 730), (stage.right, 760)])
    parts += [stroke(front, 12, "paper"), carved(front, ramp((0, 700), (0, 800), 0.45, 0.0), pitch=13, angle=10)]
    parts.append(person((300, 740), 190, "point"))
    return parts


def _ridge(stage: Stage, rng: Random, line: list[Point], dark: float, light: float) -> list[str]:
    """Peaks whose right faces lie in engraved shadow."""
    body = stage.ground(line)
    parts = [fill(body, "paper")]
    for i in range(1, len(line) - 1):
        (_, y0), (x, y), (x1, y1) = line[i - 1 : i + 2]
        if y < y0 and y < y1:
            spine = [(x + (0, 30, -6, 34, 8, 44)[k] * (y1 - y) / 170, y + (y1 - y) * 1.5 * k / 5) for k in range(6)]
            face = polygon(*spine, (x1 + 0.35 * (x1 - x), y1 + 0.5 * (y1 - y)), (x1, y1))
            parts += [hatched(face, mottled(flat(dark), rng, 0.25, 60), angle=62), stroke(np.array(spine), 6)]
    if light:
        parts.append(hatched(body, ramp((0, 420), (0, 800), 0.0, 0.5), angle=-62))
    parts.append(stroke(np.array(line), 9))
    return parts


def rollercoaster(stage: Stage, rng: Random) -> list[str]:
    """A price line on trestles, with people who scream."""
    sun = (rng.choice((rng.uniform(130, 220), rng.uniform(560, 640))), 170.0)
    parts = [sky(stage, 800, sun, rng, ("dots", "burst"))]
    crest, middle = rng.choice(
        (
            (850, [(90, 520), (300, 330), (430, 560), (560, 640), (660, 420), (760, 200), (850, 190), (960, 400)]),
            (420, [(60, 620), (210, 400), (330, 190), (420, 180), (530, 400), (640, 610), (790, 650), (930, 400)]),
        )
    )
    end = [(1060, 600), (stage.right + 80, 720)] if crest > 600 else [(1030, 330), (stage.right + 80, 560)]
    knots = [(stage.left - 60, 640), *((x, y + rng.uniform(-24, 24)) for x, y in middle), *end]
    track = spline(knots)
    dense = spline(track)
    posts = []
    for x in np.arange(stage.left + 10, stage.right, 62):
        top = float(np.interp(x, dense[:, 0], dense[:, 1]))
        if top < 760:
            posts.append(rect(x - 4, top, 8, stage.bottom - top)[0])
            for k, y in enumerate(np.arange(top + 50, stage.bottom, 92)):
                posts.append(
                    oriented(ribbon([(x - 31, y + (40 if k % 2 else 0)), (x + 31, y + (0 if k % 2 else 40))], 4))[0]
                )
    lattice = oriented(tuple(posts))
    parts += [stroke(lattice, 7, "paper"), fill(lattice, hand=0.8)]
    lower = track + np.array([0, 26])
    ties = tuple(
        r for a, b in zip(track[::2], lower[::2], strict=True) for r in oriented(ribbon([tuple(a), tuple(b)], 7))
    )
    parts += [
        stroke(ribbon(track + np.array([0, 13]), 40), 16, "paper"),
        fill(ribbon(track, 15)),
        fill(ribbon(lower, 9)),
        fill(ties),
    ]
    start = int(np.argmax(track[:, 0] > crest))
    for k in range(3):
        spot, after = track[start + k * 5], track[start + k * 5 + 1]
        turn = float(np.degrees(np.arctan2(after[1] - spot[1], after[0] - spot[0])))
        parts += _car(spot, turn)
    parts.append(fill(rect(stage.left, 800, stage.right - stage.left, stage.bottom - 800)))
    parts += [person((150, 806), 100, "point"), person((235, 806), 100, "look_up")]
    return parts


def _car(spot: Ring, turn: float) -> list[str]:
    """A car of two riders with their arms up, standing on the track at `spot`."""
    x, y = float(spot[0]), float(spot[1])
    hull = placed(
        blob((-66, -58), (-40, -50), (40, -52), (72, -70), (78, -14), (52, -4), (-52, -4), (-74, -14)), x, y, turn=turn
    )
    parts = []
    for dx in (-32, 24):
        (seat,) = placed(((np.array([[dx, -4.0]])),), x, y, turn=turn)
        parts.append(person((float(seat[0, 0]), float(seat[0, 1])), 118, "cheer", dress="shirt", turn=turn))
    return [
        *parts,
        stroke(hull, 14, "paper"),
        carved(hull, ramp((x - 70, y), (x + 20, y), 0.7, 0.0), pitch=11, angle=turn),
    ]


def skyline(stage: Stage, rng: Random) -> list[str]:
    """The city over its own reflection: pale by moonlight, dark or pale under a great sun."""
    water = 640.0
    light = (rng.uniform(250, 950), rng.uniform(160, 250))
    by_moon = rng.random() < 0.5
    dark = not by_moon and rng.random() < 0.5
    return [
        night(stage, water, light, rng, 96) if by_moon else sky(stage, water, light, rng),
        city(stage.left - 30, stage.right + 30, water, 300, rng),
        city(120, 1100, water, 520, rng, lit=dark),
        sea(stage, water, rng, swell=0.8, glint=light[0]),
        *(bird(light[0] + rng.uniform(-280, 280), light[1] + rng.uniform(-80, 160), 46) for _ in range(2)),
    ]


def race(stage: Stage, rng: Random) -> list[str]:
    """Two runners on a track towards a tape; one leads."""
    horizon = rng.uniform(330, 380)
    vanish = rng.uniform(820, 980)
    sun = (rng.uniform(200, 380), 160.0)
    parts = [sky(stage, horizon, sun, rng, ("burst", "day", "dots"))]
    parts += [_stand(stage, horizon, rng)]
    floor = rect(stage.left, horizon, stage.right - stage.left, stage.bottom - horizon)
    lanes = []
    for i in range(9):
        foot = vanish + (i - 5.4) * 430
        lanes.append(polygon((vanish, horizon), (foot - 12, stage.bottom), (foot + 12, stage.bottom))[0])
    parts += [
        fill(floor),
        fill(tuple(lanes), "paper"),
        hatched(floor, ramp((0, horizon), (0, horizon + 200), 0.55, 0.0), angle=0, colour="paper"),
    ]
    post = rect(1010, 170, 22, 560)
    parts += [stroke(post, 10, "paper"), fill(post)]
    tape = [rect(700 + 40 * i, 170 + 40 * j, 40, 40)[0] for i in range(8) for j in range(3) if (i + j) % 2]
    banner = rect(700, 170, 320, 120)
    parts += [stroke(banner, 20, "paper"), outlined(banner, 8), fill(tuple(tape))]
    second, first = (rng.uniform(230, 300), 640), (rng.uniform(640, 720), 770)
    for (x, y), height, leads in ((second, 300.0, False), (first, 440.0, True)):
        parts += [fill(ellipse(x, y, height * 0.34, 18), "paper"), shadow(x, y, height * 0.6, 30)]
        parts.append(person((x, y + 30), height, "run", dress="shirt", colour="ink" if leads else "paper"))
        for k in range(4):
            level, tail = y - height * (0.25 + 0.15 * k), x - height * (0.85 + 0.12 * (k % 2))
            streak = ribbon([(tail, level), (x - height * 0.36, level)], (2, 10))
            parts.append(fill(streak, "ink" if level < horizon else "paper"))
    return parts


def _stand(stage: Stage, horizon: float, rng: Random) -> str:
    """Spectators as rows of heads."""
    heads = tuple(
        ellipse(x + rng.uniform(-6, 6) + 19 * (row % 2), horizon - 80 + 34 * row, 14, 17)[0]
        for row in range(3)
        for x in np.arange(stage.left, stage.right, 38)
    )
    band = rect(stage.left, horizon - 96, stage.right - stage.left, 96)
    return (
        fill(band, "paper")
        + stroke(heads, 7, "paper")
        + fill(heads, hand=1)
        + fill(rect(stage.left, horizon - 18, stage.right - stage.left, 18))
    )
