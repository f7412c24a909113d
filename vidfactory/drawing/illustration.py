"""The house illustrations: black-and-white editorial pictures, one scene for each named concept.

Belongs here: the catalogue of concepts, which of them free words mean, and how a scene becomes SVG and PNG.
Does not belong here: the scenes (`ink_market`, `ink_places`, `ink_objects`, `ink_beasts`) and what they are
made of (`ink_settings`, `ink_props`, `ink_marks`, `ink_shapes`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from types import MappingProxyType

import resvg_py

from vidfactory.drawing import ink_beasts, ink_market, ink_objects, ink_places
from vidfactory.drawing.icons import icon_names
from vidfactory.drawing.ink_settings import HEIGHT, WIDTH, Stage, grain
from vidfactory.errors import BadInput
from vidfactory.schema.base import Size

Scene = Callable[[Stage, Random], list[str]]

INK, PAPER = "#14110f", "#f6f0e4"
SMALLEST_PX, LARGEST_PX = 64, 4096
WIDEST = 3.0
"""The longer side may be this many times the shorter one."""
_SHORTEST_STEM = 4
_NEAREST = 1.08
_NIGHTS = 0.3
"""How often a scene that bears it is printed with ink and paper exchanged."""


@dataclass(frozen=True)
class Concept:
    """A picture idea: its scene, what words mean it, and which variations keep its meaning.

    `words` holds the beginnings of words, between spaces. `mirrored` scenes have no direction of time;
    `by_night` ones also read with ink and paper exchanged.
    """

    scene: Scene
    words: str
    mirrored: bool = False
    by_night: bool = False


CONCEPTS: Mapping[str, Concept] = MappingProxyType(
    {
        "falling_price": Concept(
            ink_market.falling_price, "fall drop declin slide lower down loss lose cliff sink slump"
        ),
        "rising_price": Concept(
            ink_market.rising_price,
            "ris grow gain climb higher up increas rally soar surge stair profit",
            by_night=True,
        ),
        "crash": Concept(
            ink_market.crash,
            "crash plung collaps plummet meltdown crater tumbl impact shock",
            mirrored=True,
            by_night=True,
        ),
        "rebound": Concept(ink_market.rebound, "rebound bounc recover comeback spring return ball", by_night=True),
        "storm": Concept(
            ink_places.storm, "storm thunder lightning turmoil hurricane weather panic cris", mirrored=True
        ),
        "calm": Concept(ink_market.calm, "calm quiet still flat steady stable lake peace patien wait", mirrored=True),
        "bull": Concept(ink_beasts.bull, "bull optimis charg horn", mirrored=True),
        "bear": Concept(ink_beasts.bear, "bear pessimis claw fear", mirrored=True),
        "balance": Concept(
            ink_objects.balance, "balanc scale weigh versus fair value valuation equal justice", mirrored=True
        ),
        "magnifier": Concept(
            ink_objects.magnifier,
            "magnif lens inspect detail examin closer analy clue detective typical",
            mirrored=True,
        ),
        "megaphone": Concept(
            ink_places.megaphone,
            "megaphone announc said say loud voice shout post tweet claim speak quote rumo",
            mirrored=True,
            by_night=True,
        ),
        "crowd": Concept(
            ink_places.crowd,
            "crowd people public audience investor trader viral everybod everyone volume mob",
            mirrored=True,
            by_night=True,
        ),
        "newspaper": Concept(
            ink_objects.newspaper, "newspaper news headlin press journal article report front page", mirrored=True
        ),
        "clock": Concept(
            ink_objects.clock, "clock time hour minute deadline watch late early soon", mirrored=True, by_night=True
        ),
        "calendar": Concept(ink_objects.calendar, "calendar day date month week year schedul quarter annivers"),
        "skyline": Concept(
            ink_market.skyline, "skyline city market exchange tower street econom building compan sector", mirrored=True
        ),
        "mountains": Concept(ink_market.mountains, "mountain peak summit range high record valley top", mirrored=True),
        "rollercoaster": Concept(
            ink_market.rollercoaster, "roller coaster volatil swing ride wild whipsaw choppy", by_night=True
        ),
        "race": Concept(
            ink_market.race,
            "race racing runner compar index benchmark beat ahead behind compet outperform rival",
            by_night=True,
        ),
        "compass": Concept(
            ink_objects.compass, "compass direction navigat north map guid course strateg", mirrored=True
        ),
        "telescope": Concept(
            ink_objects.telescope, "telescope binocular outlook future horizon star look forecast ahead", mirrored=True
        ),
        "crossroads": Concept(
            ink_places.crossroads,
            "crossroad fork decision decid choice choos signpost path option alternativ",
            mirrored=True,
        ),
        "umbrella": Concept(
            ink_places.umbrella, "umbrella protect shelter hedg insur rain cover safe risk", mirrored=True
        ),
        "bridge": Concept(ink_places.bridge, "bridge gap connect cross link span middle", mirrored=True),
        "ship": Concept(ink_places.ship, "ship boat sea wave sail ocean captain trade tide", mirrored=True),
        "fire": Concept(ink_places.fire, "fire burn flame hot heat blaze smoke wildfire", mirrored=True),
        "target": Concept(
            ink_objects.target, "target bullseye goal aim estimate expect miss hit", mirrored=True, by_night=True
        ),
        "coins": Concept(
            ink_objects.coins, "coin money cash dollar dividend earning revenue saving price paid pay cost debt"
        ),
        "bank": Concept(
            ink_places.bank,
            "bank institution fed central interest treasur column temple government regulat court",
            by_night=True,
        ),
        "question": Concept(
            ink_objects.question, "question why unknown uncertain mystery doubt puzzl ask wonder", by_night=True
        ),
        "door": Concept(ink_places.door, "door exit leav close goodbye end open quit resign final", mirrored=True),
        "lighthouse": Concept(ink_places.lighthouse, "lighthouse beacon signal warn light night alert", mirrored=True),
        "hourglass": Concept(ink_objects.hourglass, "hourglass sand expir term patience", by_night=True),
    }
)
_ANYTHING = ("skyline", "crowd", "compass", "question", "telescope", "bank")
"""Scenes that suit any words about a market."""


def concept_names() -> tuple[str, ...]:
    """The names that have a scene of their own."""
    return tuple(CONCEPTS)


def matching_concept(words: str) -> str | None:
    """The concept that free words come nearest to, or None.

    A heuristic: a concept gets a point for every word that begins with one of its keywords, the longer the
    keyword the larger (its number of letters); the first of the table wins a tie.
    """
    name = "_".join(_tokens(words))
    if name in CONCEPTS:
        return name
    points = {name: _points(words, concept) for name, concept in CONCEPTS.items()}
    best = max(points, key=points.__getitem__)
    return best if points[best] else None


def illustration_svg(concept: str, size: Size, seed: int, *, ink: str = INK, paper: str = PAPER) -> str:
    """The picture of a concept as SVG of exactly `size`; the seed chooses sky, props, place and light.

    `concept` is a name of `CONCEPTS` or free words. Words that mean none of them become the monument of an
    icon that bears one of their names, and else a scene that suits any market. Raises BadInput for a size
    that nothing can be composed in.
    """
    stage = _stage(size)
    rng = Random(f"{concept}/{seed}")
    found = _concept(concept, rng)
    view = _view(rng, turned=found.mirrored and rng.random() < 0.5)
    night = found.by_night and rng.random() < _NIGHTS
    body = f'<g transform="{view}">{"".join(found.scene(stage, rng))}</g>{grain(stage, rng)}'
    return svg_document(stage.box, size, body, *((paper, ink) if night else (ink, paper)))


def draw_illustration(concept: str, size: Size, seed: int, *, ink: str = INK, paper: str = PAPER) -> bytes:
    """`illustration_svg` as PNG."""
    return png_of(illustration_svg(concept, size, seed, ink=ink, paper=paper))


def svg_document(box: tuple[float, float, float, float], size: Size, body: str, ink: str, paper: str) -> str:
    """A drawing of ink marks over `box` of its own units, on paper, `size` pixels large."""
    left, top, right, bottom = box
    style = (
        f".ink{{fill:{ink}}}.paper{{fill:{paper}}}.ink-line{{stroke:{ink}}}.paper-line{{stroke:{paper}}}"
        ".ink-line,.paper-line{fill:none;stroke-linejoin:round;stroke-linecap:round}"
    )
    view = f"{left:.2f} {top:.2f} {right - left:.2f} {bottom - top:.2f}"
    ground = (
        f'<rect class="paper" x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size.width}" height="{size.height}" viewBox="{view}"'
        f' preserveAspectRatio="none"><style>{style}</style>{ground}{body}</svg>'
    )


def png_of(svg: str) -> bytes:
    """The PNG of an SVG document at its own size; no system fonts, so it is the same everywhere."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))


def _stage(size: Size) -> Stage:
    """The stage of a picture: as large as its aspect allows around what every picture shows."""
    width, height = size.width, size.height
    shorter, longer = sorted((width, height))
    if shorter < SMALLEST_PX or longer > LARGEST_PX or longer > WIDEST * shorter:
        raise BadInput(
            f"no picture can be composed in {width}x{height} pixels",
            remedy=f"Ask for {SMALLEST_PX} to {LARGEST_PX} pixels a side and sides of at most {WIDEST:.0f}:1",
        )
    scale = min(width / WIDTH, height / HEIGHT)
    beside, above = (width / scale - WIDTH) / 2, (height / scale - HEIGHT) / 2
    return Stage(-beside, -above, WIDTH + beside, HEIGHT + above)


def _view(rng: Random, *, turned: bool) -> str:
    """Where the camera stands: up to `_NEAREST` times as near, a little off the middle, and `turned` left to right."""
    zoom = rng.uniform(1, _NEAREST)
    x, y = WIDTH * rng.uniform(0.4, 0.6), HEIGHT * rng.uniform(0.4, 0.6)
    across = -zoom if turned else zoom
    left = WIDTH - x * (1 - zoom) if turned else x * (1 - zoom)
    return f"matrix({across:.4f} 0 0 {zoom:.4f} {left:.2f} {y * (1 - zoom):.2f})"


def _concept(words: str, rng: Random) -> Concept:
    name = matching_concept(words)
    if name is not None:
        return CONCEPTS[name]
    sign = _icon_for(words)
    if sign is not None:
        return Concept(partial(ink_objects.monument, sign=sign), "", by_night=True)
    return CONCEPTS[rng.choice(_ANYTHING)]


def _points(words: str, concept: Concept) -> int:
    return sum(len(key) for token in _tokens(words) for key in concept.words.split() if token.startswith(key))


def _icon_for(words: str) -> str | None:
    """The icon that bears one of the words as its name or as the name's first part, the earliest word first."""
    for token in _tokens(words):
        if len(token) >= _SHORTEST_STEM:
            names = [name for name in icon_names() if token in (name, name.split("_")[0])]
            if names:
                return min(names, key=lambda name: (len(name), name))
    return None


def _tokens(words: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", words.lower())
