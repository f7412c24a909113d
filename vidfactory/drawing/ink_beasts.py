"""Scenes about the market's two beasts.

Belongs here: the bull and the bear. Does not belong here: other scenes.
"""

from random import Random

import numpy as np

from vidfactory.drawing.ink_marks import (
    fill,
    flat,
    hatched,
    mottled,
    ramp,
    shaded,
    stroke,
)
from vidfactory.drawing.ink_props import city, dust, person
from vidfactory.drawing.ink_settings import Stage, aura, gloom, plain
from vidfactory.drawing.ink_shapes import (
    Point,
    Shape,
    blob,
    ellipse,
    joined,
    oriented,
    pierced,
    placed,
    polygon,
    ribbon,
    spline,
)


def bull(stage: Stage, rng: Random) -> list[str]:
    """The bull comes at us out of the dust."""
    x, y, turn, scale = 600 + rng.uniform(-70, 70), 420.0, rng.uniform(-9, 9), rng.uniform(0.92, 1.02)
    floor = 680.0
    parts = [
        _air(stage, (x, y - 60), rng),
        city(stage.left - 20, stage.right + 20, floor, 230, rng),
        plain(stage, floor, x),
    ]
    trunk = _furred(
        placed(
            blob(
                (-150, 250),
                (-320, 220),
                (-370, 60),
                (-300, -90),
                (-140, -190),
                (0, -220),
                (140, -190),
                (300, -90),
                (370, 60),
                (320, 220),
                (150, 250),
            ),
            x,
            y + 30,
        ),
        18,
        34,
    )
    leg = placed(
        blob((110, 120), (300, 100), (300, 220), (250, 280), (268, 330), (160, 330), (176, 270), (130, 220)), x, y + 40
    )
    body = joined(trunk, leg, placed(leg, 2 * x, 0, flip=True))
    parts += [stroke(body, 20, "paper"), fill(body)]
    for side, depth in ((-1, 0.72), (1, 0.4)):
        flank = placed(
            blob((150, -130), (290, -70), (350, 60), (318, 210), (220, 250), (250, 120), (200, -10)),
            x,
            y + 30,
            flip=side < 0,
        )
        parts.append(
            hatched(
                flank, ramp((x + side * 150, y), (x + side * 350, y), 0.05, depth), angle=90 - side * 24, colour="paper"
            )
        )
    parts += [dust(x - 240, 800, 420, rng), dust(x + 240, 800, 420, rng)]
    return parts + _bull_head(x, y + 20, scale, turn)


def _bull_head(x: float, y: float, scale: float, turn: float) -> list[str]:
    def at(shape: Shape, *, flip: bool = False) -> Shape:
        return placed(placed(shape, flip=flip), x, y, scale, turn)

    def both(shape: Shape) -> Shape:
        return joined(at(shape), at(shape, flip=True))

    horn = ribbon(spline([(90, -140), (210, -160), (320, -205), (372, -280), (366, -370)]), (112, 100, 76, 44, 3))
    ear = blob((130, -110), (220, -120), (300, -76), (306, -44), (220, -42), (130, -64))
    half = [
        (0.0, -186.0),
        (76, -192),
        (152, -152),
        (172, -80),
        (152, 10),
        (114, 96),
        (100, 164),
        (124, 222),
        (138, 274),
        (122, 326),
        (62, 354),
        (0, 358),
    ]
    head = at(blob(*half, *((-px, py) for px, py in reversed(half[1:-1]))))
    parts = [
        stroke(both(ear), 16, "paper"),
        fill(both(ear)),
        fill(both(blob((168, -92), (230, -98), (280, -66), (216, -62))), "paper"),
    ]
    for flip in (False, True):
        tip = at(horn, flip=flip)
        parts += [
            stroke(tip, 24, "paper"),
            shaded(tip, ramp((0, y - 300), (0, y - 110), 0.05, 0.95), pitch=13, angle=turn, width=9),
        ]
    steam = ((150, 300, 24), (196, 324, 34), (256, 330, 44), (330, 328, 34), (386, 304, 22))
    puffs = joined(*(at(ellipse(side * px, py, radius)) for px, py, radius in steam for side in (-1, 1)))
    parts += [
        stroke(puffs, 14),
        fill(puffs, "paper"),
        hatched(puffs, ramp((0, y + 290), (0, y + 380), 0.0, 0.6), pitch=10, angle=15),
    ]
    parts += [stroke(head, 22, "paper"), fill(head)]
    left_plane = at(polygon((-150, -120), (-60, -170), (-30, -40), (-34, 120), (-74, 176), (-96, 90), (-138, 0)))
    right_plane = at(polygon((160, -90), (146, 0), (108, 92), (92, 160), (84, 70), (110, -10)))
    bridge = at(polygon((-26, -110), (26, -110), (40, 110), (62, 206), (-62, 206), (-40, 110)))
    parts += [
        hatched(
            left_plane, ramp((x - 150 * scale, y), (x - 10, y), 0.85, 0.2), pitch=13, angle=72 + turn, colour="paper"
        ),
        hatched(right_plane, flat(0.3), pitch=13, angle=104 + turn, colour="paper"),
        hatched(bridge, ramp((x, y - 130), (x, y + 220), 0.15, 0.62), pitch=12, angle=turn, colour="paper"),
    ]
    locks = [
        ribbon(spline([(4 * k, -196), (18 * k, -160), (22 * k, -112), (15 * k, -66 - 4 * abs(k))]), (6, 18, 14, 2))
        for k in range(-4, 5)
    ]
    parts += [stroke(at(joined(*locks)), 8), fill(at(joined(*locks)), "paper")]
    socket = blob((54, -6), (92, -66), (168, -84), (160, -20), (104, 14))
    eye = blob((72, -8), (104, -40), (150, -52), (138, -20), (104, 0))
    brow = ribbon([(44, -22), (96, -74), (172, -92)], (10, 30, 12))
    parts += [
        fill(both(socket)),
        fill(both(eye), "paper"),
        fill(both(ellipse(106, -24, 12, 15))),
        fill(both(brow)),
        stroke(both(brow), 4, "paper"),
    ]
    nostril = blob((30, 282), (58, 250), (102, 252), (108, 290), (78, 284), (50, 304))
    lip = ribbon(spline([(-126, 216), (-56, 238), (0, 230), (56, 238), (126, 216)]), (4, 10, 4))
    hoop = pierced(at(ellipse(0, 350, 60, 66)), at(ellipse(0, 350, 40, 46)))
    bite = at(blob((-66, 262), (66, 262), (54, 334), (0, 346), (-54, 334)))
    return [
        *parts,
        fill(at(lip), "paper"),
        stroke(hoop, 16),
        fill(hoop, "paper"),
        fill(bite),
        fill(both(nostril), "paper"),
    ]


def _air(stage: Stage, middle: Point, rng: Random) -> str:
    """What is behind a beast: weather, or something that sets it off."""
    return gloom(stage, stage.bottom, rng, 0.6) if rng.random() < 0.25 else aura(stage, stage.bottom, middle, rng, 320)


def bear(stage: Stage, rng: Random) -> list[str]:
    """The bear stands up behind the city."""
    x, y = 600 + rng.uniform(-60, 60), 430.0
    parts = [_air(stage, (x, y - 120), rng)]
    raise_left, raise_right = rng.uniform(-70, 20), rng.uniform(-70, 20)
    trunk = placed(
        blob((-170, -120), (170, -120), (290, 40), (330, 260), (320, 480), (-320, 480), (-330, 260), (-290, 40)), x, y
    )
    arms = []
    claws: list[Shape] = []
    for side, lift in ((-1, raise_left), (1, raise_right)):
        arm = ribbon(spline([(150, -60), (300, 20), (420, -30), (450, -190 + lift)]), (190, 176, 150, 120))
        paw = ellipse(452, -216 + lift, 84, 76)
        arms.append(placed(joined(arm, paw), x, y, flip=side < 0))
        claws += [
            placed(
                blob(
                    (396 + 36 * k, -262 + lift - 14 * (1 - abs(k - 1.5) / 1.5)),
                    (420 + 36 * k, -266 + lift - 14 * (1 - abs(k - 1.5) / 1.5)),
                    (404 + 42 * k, -350 + lift - 20 * (1 - abs(k - 1.5) / 1.5)),
                ),
                x,
                y,
                flip=side < 0,
            )
            for k in range(4)
        ]
    parts += [stroke(joined(*claws), 18), stroke(joined(*claws), 14, "paper")]
    mass = joined(_furred(trunk, 20, 34), *(_furred(arm, 18, 32) for arm in arms))
    parts += [stroke(mass, 20, "paper"), fill(mass)]
    for side, arm in zip((-1, 1), arms, strict=True):
        parts.append(
            hatched(
                (arm[0],),
                ramp((x + side * 480, y - 100), (x + side * 260, y + 40), 0.7 if side < 0 else 0.4, 0.0),
                pitch=14,
                angle=90 - side * 30,
                colour="paper",
            )
        )
    chest = placed(blob((-130, 40), (0, -10), (130, 40), (170, 240), (120, 420), (-120, 420), (-170, 240)), x, y)
    parts.append(
        hatched(
            chest,
            mottled(ramp((x - 170, y), (x + 150, y + 100), 0.62, 0.1), rng, 0.35, 50),
            pitch=14,
            angle=78,
            colour="paper",
        )
    )
    head = _furred(
        placed(
            blob(
                (-60, -372),
                (60, -372),
                (140, -320),
                (172, -220),
                (150, -110),
                (80, -40),
                (0, -20),
                (-80, -40),
                (-150, -110),
                (-172, -220),
                (-140, -320),
            ),
            x,
            y,
        ),
        16,
        28,
    )
    ears = joined(*(placed(ellipse(128, -352, 54, 52), x, y, flip=flip) for flip in (False, True)))
    parts += [stroke(joined(head, ears), 20, "paper"), fill(joined(head, ears))]
    parts += [fill(joined(*(placed(ellipse(130, -350, 28, 26), x, y, flip=flip) for flip in (False, True))), "paper")]
    parts += [
        hatched(
            joined(*(placed(ellipse(130, -350, 28, 26), x, y, flip=flip) for flip in (False, True))), flat(0.4), pitch=9
        )
    ]
    cheek = placed(blob((-150, -300), (-90, -340), (-74, -240), (-96, -120), (-140, -120), (-164, -210)), x, y)
    parts.append(hatched(cheek, ramp((x - 170, 0), (x - 70, 0), 0.75, 0.1), pitch=13, angle=80, colour="paper"))
    snout = placed(
        blob((-64, -232), (0, -250), (64, -232), (98, -160), (92, -84), (0, -52), (-92, -84), (-98, -160)), x, y
    )
    parts += [
        fill(snout, "paper"),
        hatched(snout, ramp((x, y - 170), (x + 100, y - 100), 0.0, 0.65), pitch=11, angle=-50),
    ]
    nose = placed(blob((-52, -236), (0, -246), (52, -236), (42, -196), (0, -176), (-42, -196)), x, y)
    parts += [fill(nose), fill(placed(ellipse(-20, -226, 14, 6, -10), x, y), "paper")]
    mouth = placed(blob((-74, -146), (0, -164), (74, -146), (60, -84), (0, -64), (-60, -84)), x, y)
    parts += [fill(mouth), stroke(np.array([(x, y - 180), (x, y - 158)]), 9)]
    teeth = [
        polygon((sx - 13, -152), (sx + 13, -152), (sx, -152 + drop))
        for sx, drop in ((-52, 44), (-22, 20), (22, 20), (52, 44))
    ]
    teeth += [
        polygon((sx - 11, -78), (sx + 11, -78), (sx, -78 - rise))
        for sx, rise in ((-40, 32), (-12, 16), (14, 16), (40, 32))
    ]
    parts.append(fill(placed(joined(*teeth), x, y), "paper"))
    for flip in (False, True):
        eye = placed(blob((40, -272), (66, -294), (112, -304), (104, -274), (74, -262)), x, y, flip=flip)
        parts += [
            fill(eye, "paper"),
            fill(placed(ellipse(78, -282, 11, 12), x, y, flip=flip)),
            fill(placed(ribbon([(28, -272), (70, -308), (124, -322)], (9, 20, 6)), x, y, flip=flip)),
        ]
    parts.append(city(stage.left - 20, stage.right + 20, 780, 250, rng, lit=rng.random() < 0.4))
    parts.append(plain(stage, 770, x))
    for k in range(3):
        px = 150 + 380 * k + rng.uniform(-100, 100)
        parts.append(person((px, 826), 130, "run", flip=px < x, dress="shirt" if k == 1 else "coat"))
    return parts


def _furred(shape: Shape, depth: float, spacing: float) -> Shape:
    """The outline with a coat: teeth of about `depth`, `spacing` apart, leaning one way."""
    coats = []
    for ring in oriented(shape):
        closed = np.vstack([ring, ring[:1]])
        along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
        count = max(6, int(along[-1] / spacing))
        marks = np.linspace(0, along[-1], 2 * count, endpoint=False)
        points = np.stack([np.interp(marks, along, closed[:, k]) for k in (0, 1)], axis=1)
        ways = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
        ways /= np.maximum(np.hypot(*ways.T), 1e-9)[:, None]
        outward = np.stack([ways[:, 1], -ways[:, 0]], axis=1)
        tooth = (np.arange(2 * count) % 2)[:, None] * depth * (0.7 + 0.3 * np.sin(np.arange(2 * count) * 1.7))[:, None]
        coats.append(points + outward * tooth + ways * tooth * 0.7)
    return tuple(coats)
