"""Scenes about weather, places and people: storm, sea, bridge, bank, crowd.

Belongs here: scene builders whose subject is somewhere to be. Does not belong here: prices, beasts, objects.
"""

from random import Random

import numpy as np

from vidfactory.drawing.ink_marks import (
    carved,
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
    stroke,
)
from vidfactory.drawing.ink_props import bird, city, cloud, coin, person
from vidfactory.drawing.ink_settings import (
    Stage,
    aura,
    gloom,
    night,
    plain,
    sea,
    shadow,
    sky,
)
from vidfactory.drawing.ink_shapes import (
    Point,
    Shape,
    arc,
    arrow,
    blob,
    ellipse,
    joined,
    placed,
    polygon,
    rect,
    ribbon,
    spline,
    star,
)


def storm(stage: Stage, rng: Random) -> list[str]:
    """Lightning out of heavy clouds strikes behind a city; a figure leans into the rain."""
    horizon, x = 640.0, rng.uniform(430, 780)
    parts = [gloom(stage, horizon, rng, 0.95)]
    parts.append(city(stage.left - 30, stage.right + 30, horizon, 190, rng, lit=True))
    bolt = polygon(
        (x - 30, 120),
        (x + 90, 120),
        (x + 30, 300),
        (x + 110, 290),
        (x - 60, horizon - 20),
        (x - 10, 390),
        (x - 90, 400),
    )
    parts += [stroke(bolt, 30), stroke(bolt, 16, "paper"), fill(bolt, "paper")]
    for cx, cy, width in ((x - 330, 190, 520), (x + 330, 170, 560), (x, 130, 640)):
        parts.append(cloud(cx + rng.uniform(-30, 30), cy, width, rng, dark=True))
    parts.append(fill(rect(stage.left, horizon, stage.right - stage.left, stage.bottom - horizon)))
    slant = rng.uniform(0.22, 0.34)
    drops = []
    for _ in range(150):
        px, py = rng.uniform(stage.left, stage.right + 200), rng.uniform(230, stage.bottom)
        length = rng.uniform(40, 110)
        drops.append(ribbon([(px, py), (px - length * slant, py + length)], (1.5, 5))[0])
    parts.append(fill(tuple(drops), "paper", hand=0))
    man_x = x + 300 if x < 600 else x - 300
    parts += [fill(ellipse(man_x, 800, 150, 16), "paper"), stroke(ellipse(man_x, 800, 190, 26), 4, "paper")]
    parts += [person((man_x, 806), 260, "push", flip=True), *_umbrella((man_x - 100, 560), 130, -62)]
    return parts


def _umbrella(top: Point, radius: float, turn: float, handle: float = 1.9) -> list[str]:
    """An open umbrella whose tip is near `top`."""
    dome = np.vstack([arc(0, 0, radius, 180, 360, radius * 0.72)])
    scallops = np.vstack([arc(radius * (0.75 - 0.5 * k), 0, radius * 0.25, 0, -180, radius * 0.13) for k in range(4)])
    canopy = placed((np.vstack([dome, scallops]),), *top, turn=turn)
    stick = placed(rect(-radius * 0.03, -radius * 0.86, radius * 0.06, radius * handle), *top, turn=turn)
    ribs = [
        placed(
            (spline([(0, -radius * 0.7), (radius * k * 0.28, -radius * 0.5), (radius * k * 0.5, 0)]),), *top, turn=turn
        )[0]
        for k in (-1, 0, 1)
    ]
    light = placed(((np.array([[-radius, -radius * 0.4], [radius * 0.2, -radius * 0.4]])),), *top, turn=turn)[0]
    (ax, ay), (bx, by) = light.tolist()
    return [
        stroke(stick, 8, "paper"),
        fill(stick),
        stroke(canopy, 16, "paper"),
        carved(canopy, ramp((ax, ay), (bx, by), 0.75, 0.0), pitch=12, angle=turn + 90),
        *(stroke(rib, 4, "paper") for rib in ribs),
    ]


def umbrella(stage: Stage, rng: Random) -> list[str]:
    """It rains falling arrows; one figure stands dry."""
    x, floor = rng.uniform(400, 800), 740.0
    weather = ramp((0, 0), (0, floor), 0.42, 0.1)
    parts = [
        rng.choice((engraved(stage.above(floor), weather, pitch=16), halftone(stage.above(floor), weather))),
    ]
    dry = polygon((x - 300, 380), (x + 300, 380), (x + 330, floor), (x - 330, floor))
    parts.append(fill(dry, "paper"))
    for column in range(9):
        px = -10 + column * 152 + rng.uniform(-20, 20)
        for row in range(3):
            py = -120 + row * 300 + rng.uniform(0, 170) + 90 * (column % 2)
            length = rng.uniform(120, 190)
            if abs(px - x) < 330 and py + length > 300:
                continue
            drop = arrow([(px, py), (px, py + length)], rng.uniform(20, 32), 2.6)
            parts += [
                stroke(drop, 14, "paper"),
                fill(drop) if rng.random() < 0.6 else shaded(drop, flat(0.4), pitch=10, angle=0, width=5),
            ]
    parts += [plain(stage, floor, x), fill(ellipse(x, floor + 46, 250, 26), "paper"), shadow(x, floor + 46, 400, 40)]
    parts += [
        person((x - 20, floor + 46), 330, "stand", dress="case"),
        *_umbrella((x, 400), 300, rng.uniform(-6, 6), 1.1),
    ]
    for _ in range(8):
        px = rng.choice((rng.uniform(0, x - 380), rng.uniform(x + 380, 1200)))
        parts.append(stroke(ellipse(px, rng.uniform(floor + 20, 820), 44, 9), 4, "paper"))
    return parts


def lighthouse(stage: Stage, rng: Random) -> list[str]:
    """A beam over a night sea finds a small ship."""
    horizon, x = 600.0, rng.uniform(200, 420)
    lamp = (x, 196.0)
    parts = [night(stage, horizon, (rng.uniform(900, 1080), rng.uniform(110, 150)), rng, 58)]
    for angle, spread in ((rng.uniform(10, 18), 8.0), (rng.uniform(176, 186), 10.0), (rng.uniform(-30, -22), 5.0)):
        beam = polygon(lamp, *(tuple(arc(*lamp, 1500, angle + s * spread, angle + s * spread)[0]) for s in (-1, 1)))
        parts += [fill(beam, "paper"), hatched(beam, glow(lamp, (200, 1100), 0.0, 0.55), angle=angle)]
    parts.append(sea(stage, horizon, rng, swell=1.3, glint=x + 560))
    parts += _little_ship(rng.uniform(830, 960), horizon + 50, 1.0)
    rocks = polygon(
        (stage.left, 620),
        (60, 585),
        (130, 610),
        (x - 90, 560),
        (x + 90, 566),
        (x + 170, 640),
        (x + 250, 660),
        (x + 330, 770),
        (x + 300, stage.bottom),
        (stage.left, stage.bottom),
    )
    tower_shape = polygon((x - 76, 580), (x - 48, 250), (x + 48, 250), (x + 76, 580))
    parts += [
        stroke(rocks, 14, "paper"),
        carved(rocks, mottled(ramp((x + 260, 560), (x - 60, 760), 0.8, 0.0), rng, 0.5, 50), angle=55),
    ]
    parts += [stroke(tower_shape, 20), shaded(tower_shape, ramp((x - 50, 0), (x + 70, 0), 0.0, 0.9), angle=90)]
    for k in range(3):
        top, bottom = 300 + 96 * k, 346 + 96 * k
        width = [48 + 28 * (y - 250) / 330 for y in (top, bottom)]
        parts.append(
            fill(polygon((x - width[0], top), (x + width[0], top), (x + width[1], bottom), (x - width[1], bottom)))
        )
    gallery, house = rect(x - 70, 232, 140, 24), rect(x - 36, 160, 72, 72)
    roof = polygon((x - 56, 162), (x, 96), (x + 56, 162))
    parts += [
        stroke(joined(gallery, house, roof), 10, "paper"),
        fill(gallery),
        outlined(house, 8),
        fill(roof),
        disc(*lamp, 22),
    ]
    return parts


def _little_ship(x: float, y: float, scale: float) -> list[str]:
    hull = placed(blob((-80, -16), (0, -6), (90, -22), (60, 26), (-56, 26)), x, y, scale)
    sails = joined(
        placed(polygon((-6, -26), (-6, -150), (-76, -30)), x, y, scale),
        placed(polygon((6, -28), (6, -130), (70, -32)), x, y, scale),
    )
    return [stroke(joined(hull, sails), 10, "paper"), fill(hull), fill(sails)]


def ship(stage: Stage, rng: Random) -> list[str]:
    """A ship climbs a wave as high as itself."""
    sun = (rng.uniform(200, 420), rng.uniform(150, 220))
    parts = [sky(stage, 720, sun, rng, ("gloom", "burst", "dawn"))]
    shift = rng.uniform(-60, 60)
    parts += _wave(stage, 560, 70, 560, 1.9 + shift / 90)
    tilt, x, y = rng.uniform(-14, -8), 640 + shift, 560.0
    hull = blob(
        (-260, -84), (-180, -60), (0, -44), (190, -60), (300, -110), (240, 40), (120, 96), (-140, 90), (-220, 20)
    )
    masts = joined(
        *(rect(mx - 6, -height, 12, height - 30) for mx, height in ((-130, 380), (20, 450), (160, 340))),
        ribbon([(250, -96), (390, -170)], (14, 6)),
    )
    sails = []
    for mx, height, width in ((-130, 350, 150), (20, 420, 180), (160, 310, 130)):
        for row, share in enumerate((0.0, 0.36, 0.7)):
            top, low = -height + share * height * 0.86, -height + (share + 0.3) * height * 0.86
            wide = width * (0.62 + 0.19 * row)
            sails.append(
                blob(
                    (mx - wide * 0.42, top),
                    (mx + wide * 0.5, top),
                    (mx + wide * 0.66, (top + low) / 2),
                    (mx + wide * 0.55, low),
                    (mx - wide * 0.5, low),
                    (mx - wide * 0.26, (top + low) / 2),
                )
            )
    parts += [stroke(placed(masts, x, y, turn=tilt), 8, "paper"), fill(placed(masts, x, y, turn=tilt))]
    for sail in sails:
        cloth = placed(sail, x, y, turn=tilt)
        left, right = float(cloth[0][:, 0].min()), float(cloth[0][:, 0].max())
        parts += [
            stroke(cloth, 12, "paper"),
            shaded(cloth, ramp((left + (right - left) * 0.3, 0), (right, 0), 0.0, 0.85), pitch=12, angle=90 + tilt),
        ]
    parts.append(fill(placed(flag_shape(20, -450), x, y, turn=tilt)))
    body = placed(hull, x, y, turn=tilt)
    ports = tuple(r for k in range(6) for r in placed(rect(-190 + 66 * k, -18 + 3 * k, 24, 20), x, y, turn=tilt))
    parts += [
        stroke(body, 14, "paper"),
        carved(body, ramp((x, y + 70), (x, y - 60), 0.0, 0.5), pitch=15, angle=tilt),
        fill(ports, "paper"),
    ]
    parts += _wave(stage, 650, 60, 430, 0.4 + shift / 50)
    parts += _wave(stage, 760, 50, 520, 2.2 - shift / 60)
    parts += [bird(rng.uniform(760, 1120), rng.uniform(90, 260), rng.uniform(44, 70)) for _ in range(3)]
    return parts


def flag_shape(x: float, y: float) -> Shape:
    return blob((x, y), (x + 36, y - 10), (x + 84, y + 6), (x + 80, y + 34), (x + 40, y + 22), (x, y + 32))


def _wave(stage: Stage, y: float, height: float, length: float, phase: float) -> list[str]:
    """A swell with peaked crests, its flank carved by lines that follow it."""
    xs = np.linspace(stage.left - 20, stage.right + 20, 140)
    turn = 2 * np.pi * xs / length + phase
    crest = np.abs(np.sin(turn / 2)) ** 1.5
    skew = xs + 46 * np.sin(turn)
    parts = []
    line = np.stack([skew, y + height - 2 * height * (1 - crest)], axis=1)
    body = (np.vstack([line, [[stage.right + 80, stage.bottom], [stage.left - 80, stage.bottom]]]),)
    parts += [stroke(line, 26, "paper"), fill(body)]
    for k in range(1, 9):
        flank = line + np.array([14.0 * k, 24.0 * k]) - np.stack([0 * xs, (line[:, 1] - y) * 0.06 * k], axis=1)
        widths = np.clip((0.85 - 0.09 * k) * (0.25 + 0.75 * np.sin(turn + 0.5 + 0.25 * k)), 0, 1) * 15
        parts.append(fill(ribbon(flank, widths), "paper"))
    return parts


def bridge(stage: Stage, rng: Random) -> list[str]:
    """A suspension bridge between two cliffs, with a walker half way."""
    deck, sag = 470.0, rng.uniform(150, 190)
    sun = (rng.uniform(480, 720), rng.uniform(250, 330))
    parts = [sky(stage, 760, sun, rng, ("dawn", "day", "dots")), sea(stage, 730, rng, glint=sun[0])]
    towers = (310.0, 890.0)
    for side in (-1, 1):
        edge = 600 + side * 420
        cliff = polygon(
            (600 + side * 1500, deck + 16),
            (edge, deck + 16),
            (edge - side * 30, deck + 100),
            (edge + side * 24, deck + 190),
            (edge - side * 24, deck + 280),
            (edge + side * 10, stage.bottom),
            (600 + side * 1500, stage.bottom),
        )
        parts += [
            stroke(cliff, 14, "paper"),
            carved(
                cliff, mottled(ramp((edge, 0), (edge + side * 260, 0), 0.75, 0.0), rng, 0.5, 60), angle=90 - side * 14
            ),
        ]
    cables, hangers = [], []
    for back in (0.0, 26.0):
        xs = np.linspace(towers[0], towers[1], 40)
        main = np.stack([xs - back, deck - 30 - sag * 1.7 + sag * 1.55 * (1 - ((xs - 600) / 290) ** 2)], axis=1)
        cables.append(main)
        for side, tower_x in ((-1, towers[0]), (1, towers[1])):
            cables.append(np.array([(tower_x - back, main[0, 1]), (600 + side * 760, deck)]))
        hangers += [rect(px - 2.5, py, 5, deck - py) for px, py in main[2:-2:3]]
    parts += [stroke(joined(*hangers), 5, "paper"), fill(joined(*hangers), hand=0.8)]
    for cable in cables:
        parts.append(stroke(cable, 20, "paper") + stroke(cable, 9))
    road = rect(stage.left, deck, stage.right - stage.left, 26)
    parts += [
        stroke(road, 12, "paper"),
        fill(road),
        fill(rect(stage.left, deck + 9, stage.right - stage.left, 4), "paper"),
    ]
    for tower_x in towers:
        legs = joined(
            rect(tower_x - 48, deck - 330, 28, 700),
            rect(tower_x + 14, deck - 330, 28, 700),
            *(rect(tower_x - 48, y, 90, 24) for y in (deck - 330, deck - 210, deck - 90, deck + 60, deck + 180)),
        )
        left, right = tower_x - 48, tower_x + 42
        parts += [stroke(legs, 14, "paper"), carved(legs, ramp((left, 0), (right, 0), 0.7, 0.0), pitch=11, angle=90)]
    parts.append(person((rng.uniform(540, 660), deck + 2), 150, "walk", dress="case", flip=rng.random() < 0.5))
    parts += [bird(rng.uniform(380, 820), rng.uniform(560, 660), 54) for _ in range(3)]
    return parts


def fire(stage: Stage, rng: Random) -> list[str]:
    """The chart burns; somebody runs with a bucket."""
    floor = 720.0
    parts = [fill(rect(stage.left, stage.top, stage.right - stage.left, floor - stage.top))]
    centre = (rng.uniform(560, 680), 470.0)
    parts.append(
        rings(centre, (150, 1000), mottled(glow(centre, (150, 640), 0.62, 0.0), rng, 0.3), pitch=20, colour="paper")
    )
    for scale, colour, lean in ((1.0, "paper", 0.0), (0.82, "ink", 10.0), (0.6, "paper", -8.0), (0.36, "ink", 8.0)):
        flames = joined(
            *(
                _flame(centre[0] + (dx + lean) * scale, floor, width * scale, height * scale, bend)
                for dx, width, height, bend in (
                    (-270, 190, 330, -20),
                    (-150, 230, 520, 30),
                    (0, 280, 650, -26),
                    (150, 230, 500, 34),
                    (265, 180, 300, 16),
                )
            )
        )
        parts.append(fill(flames, "paper" if colour == "paper" else "ink"))
    for k in range(5):
        bx, top = centre[0] - 240 + 104 * k, floor - (90 + 46 * ((k * 3 + rng.randrange(3)) % 5))
        bar = rect(bx, top, 74, floor - top)
        parts += [stroke(bar, 14, "paper"), fill(bar), hatched(bar, flat(0.25), pitch=12, angle=-45, colour="paper")]
    parts.append(plain(stage, floor, centre[0]))
    for _ in range(34):
        sx, sy = centre[0] + rng.gauss(0, 270), rng.uniform(10, 420)
        parts.append(
            fill(placed(star(0, 0, rng.uniform(5, 13), 3, 2), sx, sy, turn=rng.uniform(0, 90)), "paper", hand=0)
        )
    side = rng.choice((-1, 1))
    man_x = centre[0] - side * 440
    parts.append(person((man_x, floor + 40), 230, "run", flip=side < 0, colour="paper", dress="shirt"))
    pail = placed(polygon((-26, -20), (26, -20), (18, 26), (-18, 26)), man_x + side * 84, floor - 110, turn=side * 24)
    parts.append(fill(pail, "paper"))
    return parts


def _flame(x: float, foot: float, width: float, height: float, bend: float) -> Shape:
    return blob(
        (x - width * 0.28, foot),
        (x - width * 0.5, foot - height * 0.24),
        (x - width * 0.3 + bend * 0.3, foot - height * 0.52),
        (x - width * 0.16 + bend, foot - height * 0.72),
        (x + bend * 1.6, foot - height),
        (x + width * 0.1 + bend * 0.6, foot - height * 0.72),
        (x + width * 0.36, foot - height * 0.46),
        (x + width * 0.5, foot - height * 0.2),
        (x + width * 0.28, foot),
    )


def crossroads(stage: Stage, rng: Random) -> list[str]:
    """A road forks before a traveller: one way to the sun, one into the weather."""
    horizon = rng.uniform(400, 440)
    bright = rng.choice((-1, 1))
    sun = (600 - bright * 380, horizon - 150)
    parts = [
        rays(sun, (120, 1800), rng, count=80, share=0.42, jitter=0.05),
        stroke(ellipse(*sun, 84), 6),
        fill(ellipse(*sun, 84), "paper"),
    ]
    dark_x = 600 + bright * 400
    parts += [
        cloud(dark_x + bright * 60, 200, 520, rng, dark=True),
        cloud(dark_x - bright * 60, 290, 380, rng, dark=True),
    ]
    rain = tuple(
        ribbon([(px, 300 + 20 * (k % 3)), (px - 24, horizon)], (2, 5))[0]
        for k, px in enumerate(float(dark_x) - 200 + 26 * step for step in range(18))
    )
    parts.append(fill(rain))
    ground = rect(stage.left, horizon, stage.right - stage.left, stage.bottom - horizon)
    parts += [
        fill(ground),
        hatched(ground, ramp((0, horizon), (0, stage.bottom), 0.5, 0.05), pitch=16, angle=0, colour="paper"),
    ]
    lanes = [
        polygon((505, 700), (600 + side * 352, horizon), (600 + side * 368, horizon), (695, 700)) for side in (-1, 1)
    ]
    road = joined(*lanes, polygon((505, 700), (695, 700), (790, stage.bottom + 20), (410, stage.bottom + 20)))
    parts += [stroke(road, 16), fill(road, "paper")]
    post = rect(590, 200, 24, 440)
    signs = []
    for side, y in ((-1, 236), (1, 316)):
        sign = placed(
            polygon((-10, -36), (170, -36), (226, 0), (170, 36), (-10, 36)),
            602,
            y,
            turn=-4 * side if side > 0 else -4,
            flip=side < 0,
        )
        signs += [
            stroke(sign, 16, "paper"),
            shaded(sign, ramp((0, y - 30), (0, y + 36), 0.0, 0.6), pitch=12, angle=0, width=8),
        ]
        signs.append(fill(placed(rect(14, -5, 120, 10), 602, y, turn=-4, flip=side < 0)))
    parts += [stroke(post, 16, "paper"), fill(post), *signs, fill(ellipse(602, 196, 20, 15))]
    parts += [shadow(600, 806, 220, 30), person((600, 808), 300, "stand", dress="case")]
    return parts


def bank(stage: Stage, rng: Random) -> list[str]:
    """A temple of money on its steps."""
    x, foot = 600 + rng.uniform(-60, 60), 650.0
    back = (
        aura(stage, 840, (x, 430), rng, 330)
        if rng.random() < 0.6
        else sky(stage, 780, (x - 430, 170), rng, ("day", "gloom"))
    )
    parts = [back]
    parts += [city(stage.left - 20, x - 380, foot + 40, 230, rng), city(x + 380, stage.right + 20, foot + 40, 230, rng)]
    whole = polygon(
        (x - 430, 300), (x, 110), (x + 430, 300), (x + 430, 380), (x + 390, foot), (x - 390, foot), (x - 430, 380)
    )
    parts += [stroke(whole, 22, "paper"), fill(whole)]
    parts.append(outlined(rect(x - 420, 302, 840, 60), 8) + fill(rect(x - 400, 324, 800, 8)))
    pediment = polygon((x - 440, 298), (x, 112), (x + 440, 298))
    inner = polygon((x - 330, 280), (x, 148), (x + 330, 280))
    parts += [outlined(pediment, 8), shaded(inner, ramp((0, 150), (0, 280), 0.85, 0.4), pitch=12, angle=0)]
    parts += [coin(x, 232, 44)]
    for k in range(6):
        cx = x - 345 + 138 * k
        column = polygon((cx - 34, 396), (cx + 34, 396), (cx + 40, foot - 26), (cx - 40, foot - 26))
        parts += [
            shaded(column, ramp((cx - 20, 0), (cx + 40, 0), 0.02, 0.95), pitch=13, angle=90),
            outlined(rect(cx - 50, 372, 100, 26), 6),
            outlined(rect(cx - 52, foot - 28, 104, 28), 6),
        ]
    for k in range(5):
        top = foot + 34 * k
        step = rect(x - 440 - 42 * k, top, 880 + 84 * k, 36)
        parts += [
            outlined(step, 6),
            hatched(
                rect(x - 440 - 42 * k, top + 14, 880 + 84 * k, 22),
                ramp((x - 300, 0), (x + 480, 0), 0.2, 0.9),
                pitch=9,
                angle=0,
            ),
        ]
    parts.append(fill(rect(stage.left, foot + 168, stage.right - stage.left, stage.bottom)))
    for dx, pose in ((rng.uniform(-330, -200), "walk"), (rng.uniform(120, 260), "stand")):
        parts.append(
            person((x + dx, foot + 130), 170, "walk" if pose == "walk" else "stand", dress="case", flip=dx > 0)
        )
    return parts


def door(stage: Stage, rng: Random) -> list[str]:
    """Light through an open door; somebody leaves."""
    x, floor = rng.uniform(560, 800), 600.0
    parts = [fill(stage.frame)]
    wall = rect(stage.left, stage.top, stage.right - stage.left, floor - stage.top)
    parts.append(hatched(wall, glow((x, 360), (190, 760), 0.5, 0.06), pitch=17, angle=90, colour="paper"))
    boards = rect(stage.left, floor, stage.right - stage.left, stage.bottom - floor)
    parts += [
        fill(boards),
        hatched(boards, glow((x, floor), (150, 800), 0.3, 0.0), pitch=17, angle=0, colour="paper"),
        stroke(np.array([(stage.left, floor), (stage.right, floor)]), 8, "paper"),
    ]
    pool = polygon((x - 120, floor), (x + 120, floor), (x - 40, stage.bottom + 10), (x - 720, stage.bottom + 10))
    opening = rect(x - 120, 130, 240, floor - 130)
    parts += [
        fill(pool, "paper"),
        stroke(opening, 44),
        stroke(opening, 30, "paper"),
        stroke(opening, 12),
        fill(opening, "paper"),
    ]
    leaf = polygon((x + 120, 130), (x + 330, 70), (x + 330, floor + 100), (x + 120, floor))
    parts += [stroke(leaf, 14, "paper"), carved(leaf, ramp((x + 120, 0), (x + 330, 0), 0.0, 0.35), angle=90)]
    for top, low in ((0.08, 0.42), (0.52, 0.92)):

        def at(share: float, along: float) -> Point:
            return x + 120 + 210 * along, (130 - 60 * along) + share * (floor - 130 + 160 * along)

        parts.append(stroke(polygon(at(top, 0.2), at(top, 0.82), at(low, 0.82), at(low, 0.2)), 6, "paper"))
    parts.append(disc(x + 300, 350, 13, "paper"))
    cast = polygon(
        (x - 34, floor - 10), (x + 30, floor - 10), (x - 260, stage.bottom + 10), (x - 420, stage.bottom + 10)
    )
    parts += [fill(cast), person((x, floor + 14), 350, "walk", dress="case", flip=rng.random() < 0.5)]
    frame = rect(170, 170, 220, 170)
    line = [(190, 260), (230, 210), (270, 300), (320, 215), (372, 260)]
    parts += [stroke(frame, 26), outlined(frame, 10), stroke(np.array(line), 10)]
    return parts


def crowd(stage: Stage, rng: Random) -> list[str]:
    """Hats and shoulders, seen from behind, under a great board."""
    parts = [rays((600, 250), (280, 1600), rng, count=90, share=0.5, jitter=0.15)]
    left, top = 210 + rng.uniform(-40, 40), 60.0
    board = rect(left, top, 780, 370)
    parts += [stroke(board, 34, "paper"), fill(board), stroke(rect(left + 22, top + 22, 736, 326), 5, "paper")]
    heights = rng.choice(
        ((0.2, 0.62, 0.4, 0.85, 0.3, 0.55), (0.8, 0.35, 0.6, 0.15, 0.72, 0.5), (0.45, 0.8, 0.3, 0.55, 0.15, 0.6))
    )
    line = ribbon([(left + 60 + 132 * k, top + 320 - 270 * h) for k, h in enumerate(heights)], 24)
    grid = [rect(left + 22, top + 22 + 54 * k, 736, 3) for k in range(1, 6)]
    parts += [fill(joined(*grid), "paper"), stroke(line, 18), fill(line, "paper")]
    for row, (y, size) in enumerate(((560, 74), (660, 102), (800, 146))):
        x = stage.left - size * rng.uniform(0, 0.9)
        while x < stage.right + size:
            parts += _bust(
                x,
                y + rng.uniform(-0.12, 0.12) * size,
                size * rng.uniform(0.92, 1.08),
                rng,
                dark=(row + int(x)) % 3 != 0,
            )
            x += size * rng.uniform(1.42, 1.7)
    return parts


def _bust(x: float, y: float, size: float, rng: Random, *, dark: bool) -> list[str]:
    """Head and shoulders from behind, of `size` from chin to crown; y is the chin."""
    head = ellipse(x, y - size * 0.42, size * 0.34, size * 0.44)
    coat = blob(
        (x - size * 0.2, y - size * 0.1),
        (x + size * 0.2, y - size * 0.1),
        (x + size * 0.72, y + size * 0.22),
        (x + size * 0.86, y + size * 1.5),
        (x - size * 0.86, y + size * 1.5),
        (x - size * 0.72, y + size * 0.22),
    )
    kind = rng.randrange(4)
    brim = y - size * 0.62
    if kind == 0:
        hat = joined(
            ellipse(x, brim, size * 0.62, size * 0.1),
            blob(
                (x - size * 0.36, brim),
                (x - size * 0.3, brim - size * 0.42),
                (x, brim - size * 0.36),
                (x + size * 0.3, brim - size * 0.42),
                (x + size * 0.36, brim),
            ),
        )
    elif kind == 1:
        hat = joined(
            ellipse(x, brim, size * 0.5, size * 0.08), ellipse(x, brim - size * 0.08, size * 0.36, size * 0.36)
        )
    elif kind == 2:
        hat = joined(ellipse(x, y - size * 0.5, size * 0.42, size * 0.46), ellipse(x, y - size * 1.0, size * 0.17))
    else:
        hat = ellipse(x, y - size * 0.56, size * 0.37, size * 0.36)
    whole = joined(coat, head, hat)
    light = ramp((x - size * 0.9, 0), (x + size * 0.1, 0), 0.7, 0.0)
    if dark:
        return [
            stroke(whole, 12, "paper"),
            carved(coat, light, pitch=11, angle=70),
            stroke(joined(head, hat), 9, "paper"),
            fill(joined(head, hat)),
        ]
    return [
        stroke(whole, 14),
        stroke(whole, 4, "paper"),
        shaded(coat, ramp((x, 0), (x + size, 0), 0.1, 0.8), pitch=11, angle=-60),
        outlined(head, 5),
        fill(hat),
    ]


def megaphone(stage: Stage, rng: Random) -> list[str]:
    """A voice much larger than its speaker goes out over the crowd."""
    mouth = (rng.uniform(580, 640), 300.0)
    parts = [rays((300, 430), (330, 1900), rng, count=rng.choice((64, 80)), share=0.5, jitter=0.2)]
    field = polygon((mouth[0] - 10, 90), (stage.right, -160), (stage.right, 760), (mouth[0] - 10, 510))
    parts.append(fill(field, "paper"))
    for k in range(5):
        reach = 120 + 118 * k
        sweep = arc(mouth[0] - 60, mouth[1], reach + 80, -38 + 2 * k, 38 - 2 * k, reach * 0.9 + 60)
        parts.append(fill(ribbon(sweep, (8, 40 - 4 * k, 8))))
    horn = polygon((170, 350), (mouth[0] - 40, 110), (mouth[0] + 20, 500), (190, 470))
    bell = ellipse(mouth[0], mouth[1], 74, 212, -8)
    parts += [stroke(horn, 26, "paper"), carved(horn, ramp((380, 160), (400, 420), 0.85, 0.0), pitch=15, angle=-16)]
    parts += [
        stroke(bell, 22, "paper"),
        outlined(bell, 10),
        shaded(
            ellipse(mouth[0] + 4, mouth[1], 50, 172, -8),
            ramp((mouth[0], 140), (mouth[0], 480), 0.95, 0.5),
            pitch=12,
            angle=82,
        ),
    ]
    grip = joined(
        polygon((300, 440), (356, 430), (376, 560), (322, 566)), blob((120, 372), (176, 346), (192, 470), (136, 462))
    )
    parts += [stroke(grip, 18, "paper"), fill(grip)]
    parts.append(fill(polygon((stage.left, 690), (560, 716), (660, stage.bottom), (stage.left, stage.bottom))))
    parts.append(person((300, 704), 270, "cheer", dress="shirt"))
    for row, (y, size) in enumerate(((730, 84), (820, 116))):
        x = 690 - row * 60 + rng.uniform(0, 30)
        while x < stage.right + 60:
            parts += _bust(x, y + rng.uniform(-8, 8), size, rng, dark=rng.random() < 0.7)
            x += size * rng.uniform(1.45, 1.7)
    return parts
