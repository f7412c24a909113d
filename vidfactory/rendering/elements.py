"""Overlays as layers: texts, counters, pictures, bars, paths and groups, and how they are moved.

An element draws its picture at rest, once for each content; a layer moves that picture about.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import ceil, hypot
from typing import Protocol, assert_never, cast

import cv2
import numpy as np
from PIL import Image

from vidfactory.drawing.lettering import LetterStyle, fitting_size, letters_image
from vidfactory.drawing.numerals import MINUS
from vidfactory.errors import BadInput
from vidfactory.rendering.compositor import Layer, Placed
from vidfactory.rendering.cutout import Colour, Cutout, colour_of, grains, stacked
from vidfactory.rendering.motion import AT_REST, Move, Transform, move_of, transform_at
from vidfactory.rendering.sprite import Plane, Sprite
from vidfactory.schema.base import Box, Size, derived_seed
from vidfactory.schema.overlay import (
    BarOverlay,
    CounterOverlay,
    GroupOverlay,
    Overlay,
    PathOverlay,
    PictureOverlay,
    Side,
    TextOverlay,
)
from vidfactory.schema.theme import Theme
from vidfactory.themes.patterns import load_patterns

KEPT_PICTURES = 12
HALO_PX = 36
GRAIN_PX = 4
"""Of what dissolves. Both where the frame's shorter side has 1080 px."""
SOFTNESS = 48
"""A grain goes while the threshold of a dissolve passes so many of 256 levels."""
SUBPIXEL_BITS = 4
"""Of the points of a path."""

Point = tuple[float, float]
Pictured = Mapping[tuple[str, Size], Sprite]
"""Sprites of the pictures in overlays, by the SHA-256 of the file and the size of the box."""


class Element(Protocol):
    """What an overlay shows, at rest and in its place.

    `content` is all that the picture depends on beside `identity`, or None where there is nothing to
    see; `since` counts frames from the overlay's first.
    """

    @property
    def identity(self) -> str: ...

    def __hash__(self) -> int: ...

    def content(self, since: int, transform: Transform) -> Hashable | None: ...

    def picture(self, content: Hashable) -> Placed: ...


@dataclass(frozen=True)
class Effects:
    """What the channels of these names look like. Lengths in pixels."""

    accent: Colour
    halo_px: int
    grain_px: int
    reveal_from: Side
    seed: int


@dataclass(frozen=True)
class Moment:
    """An overlay at one frame."""

    content: Hashable
    transform: Transform


@dataclass(frozen=True, eq=False)
class ElementLayer:
    """An element that is seen in the frames `[start, end)`, with its moves, counted from `start`.

    box: where it rests; moves are about its middle and count in its width and height.
    """

    element: Element
    box: Box
    start: int
    end: int
    moves: Sequence[Move]
    effects: Effects

    @property
    def identity(self) -> str:
        return f"{self.box!r} {self.effects!r} {self.element.identity}"

    def state(self, frame: int) -> Hashable | None:
        if not self.start <= frame < self.end:
            return None
        since = frame - self.start
        transform = transform_at(self.moves, since)
        content = self.element.content(since, transform)
        if content is None or not transform.is_seen:
            return None
        return Moment(content, replace(transform, drawn=AT_REST.drawn, value=AT_REST.value))

    def draw(self, state: Hashable) -> Placed:
        moment = cast(Moment, state)
        if moment.transform == AT_REST:
            return _picture(self.element, moment.content)
        return self._transformed(_cutout(self.element, moment.content), moment.transform).placed()

    def _transformed(self, cutout: Cutout, transform: Transform) -> Cutout:
        box, effects = self.box, self.effects
        if transform.reveal < 1:
            cutout = cutout.revealed(transform.reveal, effects.reveal_from)
        if transform.dissolve > 0:
            paper = grains(cutout.height, cutout.width, effects.grain_px, effects.seed)
            cutout = cutout.masked(_left_of(paper, transform.dissolve))
        if transform.flash > 0:
            cutout = cutout.tinted(effects.accent, min(1.0, transform.flash))
        if transform.glow > 0:
            cutout = stacked([cutout.halo(effects.accent, transform.glow, effects.halo_px), cutout])
        if transform.is_moved:
            middle = (box.left + box.width / 2, box.top + box.height / 2)
            shift = (transform.x * box.width, transform.y * box.height)
            cutout = cutout.moved(middle, shift, transform.scale, transform.rotation)
        return cutout.faded(transform.opacity) if transform.opacity < 1 else cutout


@lru_cache(KEPT_PICTURES)
def _picture(element: Element, content: Hashable) -> Placed:
    """Of all layers together only so many are kept, because a long film may have hundreds."""
    return element.picture(content)


@lru_cache(KEPT_PICTURES)
def _cutout(element: Element, content: Hashable) -> Cutout:
    return Cutout.of(_picture(element, content))


@dataclass(frozen=True, eq=False)
class Letters:
    """A text that stays as it is."""

    text: str
    box: Box
    style: LetterStyle
    size_px: int

    @property
    def identity(self) -> str:
        return f"letters {self.box!r} {self.style!r} {self.size_px}"

    def content(self, since: int, transform: Transform) -> Hashable | None:
        del since, transform
        return self.text

    def picture(self, content: Hashable) -> Placed:
        image = letters_image(cast(str, content), self.box.size, self.style, self.size_px)
        return Placed(Sprite.of(image), self.box.left, self.box.top)


@dataclass(frozen=True, eq=False)
class Figure:
    """A number on its way, set in letters."""

    counter: CounterOverlay
    letters: Letters

    @property
    def identity(self) -> str:
        return self.letters.identity

    def content(self, since: int, transform: Transform) -> Hashable | None:
        del since
        return figure_text(self.counter, transform.value)

    def picture(self, content: Hashable) -> Placed:
        return self.letters.picture(content)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that fills the box. sprites: by the SHA-256 of the file and the size of the box."""

    sha256: str
    box: Box
    sprites: Pictured

    @property
    def identity(self) -> str:
        return f"picture {self.box!r}"

    def content(self, since: int, transform: Transform) -> Hashable | None:
        del since, transform
        return self.sha256

    def picture(self, content: Hashable) -> Placed:
        sprite = self.sprites[cast(str, content), self.box.size]
        return Placed(sprite, self.box.left, self.box.top)


@dataclass(frozen=True, eq=False)
class Bar:
    """The box in one colour, `#rrggbb`."""

    box: Box
    colour: str

    @property
    def identity(self) -> str:
        return f"bar {self.box!r}"

    def content(self, since: int, transform: Transform) -> Hashable | None:
        del since, transform
        return self.colour

    def picture(self, content: Hashable) -> Placed:
        image = Image.new("RGB", (self.box.width, self.box.height), cast(str, content))
        return Placed(Sprite.of(image), self.box.left, self.box.top)


@dataclass(frozen=True, eq=False)
class Line:
    """A line from point to point, with round ends, of which a share is drawn. Points in pixels of the frame."""

    points: Sequence[Point]
    width_px: int
    colour: str

    @property
    def identity(self) -> str:
        return f"line {self.points!r} {self.width_px} {self.colour}"

    def content(self, since: int, transform: Transform) -> Hashable | None:
        del since
        return min(transform.drawn, 1.0) if transform.drawn > 0 else None

    def picture(self, content: Hashable) -> Placed:
        reach = self.width_px // 2 + 2
        across, down = zip(*self.points, strict=True)
        left, top = (2 * ((int(min(values)) - reach) // 2) for values in (across, down))
        width, height = (2 * ceil((max(values) + reach - start) / 2) for values, start in ((across, left), (down, top)))
        seen = np.array(list(_beginning(self.points, cast(float, content)))) - (left + 0.5, top + 0.5)
        fixed = np.rint(seen * 2**SUBPIXEL_BITS).astype(np.int32)
        shape: Plane = np.zeros((height, width), np.uint8)
        cv2.polylines(shape, [fixed], False, 255, self.width_px, cv2.LINE_AA, SUBPIXEL_BITS)  # noqa: FBT003
        return Cutout.plain(shape, colour_of(self.colour), left, top).placed()


@dataclass(frozen=True, eq=False)
class Group:
    """Layers that are one picture. Their boxes count from `left`, `top`, their frames from the group's first."""

    children: Sequence[ElementLayer]
    left: int
    top: int

    @property
    def identity(self) -> str:
        return f"group {self.left} {self.top} {[child.identity for child in self.children]!r}"

    def content(self, since: int, transform: Transform) -> Hashable | None:
        del transform
        states = tuple(child.state(since) for child in self.children)
        return states if any(state is not None for state in states) else None

    def picture(self, content: Hashable) -> Placed:
        states = zip(self.children, cast(tuple[Hashable | None, ...], content), strict=True)
        together = stacked([Cutout.of(child.draw(state)) for child, state in states if state is not None])
        return together.at(together.left + self.left, together.top + self.top).placed()


def overlay_layers(overlays: Sequence[Overlay], theme: Theme, fps: int, sprites: Pictured) -> list[Layer]:
    """The layers of the overlays, the lowest first, for a film of `fps` frames a second.

    BadInput naming the overlay for an unknown pattern, a text that does not fit or has a character that
    no face has, a box outside the frame, a child that outlasts its group.
    """
    frame = Box(left=0, top=0, width=theme.frame.width, height=theme.frame.height)
    for overlay in overlays:
        box = overlay.box
        if box.right <= 0 or box.bottom <= 0 or box.left >= frame.width or box.top >= frame.height:
            raise BadInput(
                f"its box lies outside the frame of {frame.width}x{frame.height} px", where=_where(overlay.name)
            )
    return [_layer(overlay, theme, fps, sprites) for overlay in overlays]


def pictured(overlays: Sequence[Overlay]) -> Iterator[PictureOverlay]:
    """The overlays that show a picture, in groups too."""
    for overlay in overlays:
        if isinstance(overlay, PictureOverlay):
            yield overlay
        elif isinstance(overlay, GroupOverlay):
            yield from pictured(overlay.children)


def check_times(overlays: Sequence[Overlay], frames: int) -> None:
    """BadInput naming the overlay that is not over when the film of so many `frames` is."""
    _check_times(overlays, frames, "the film")


def figure_text(counter: CounterOverlay, share: float) -> str:
    """The number as it is shown when `share` of its way is done, such as `−$1,204.50`."""
    value = round(counter.start_value + (counter.end_value - counter.start_value) * share, counter.decimals)
    sign = MINUS if value < 0 else ""
    return f"{sign}{counter.prefix}{abs(value):,.{counter.decimals}f}{counter.suffix}"


def _layer(overlay: Overlay, theme: Theme, fps: int, sprites: Pictured) -> ElementLayer:
    frames = overlay.end_frame - overlay.start_frame
    return ElementLayer(
        element=_element(overlay, theme, fps, sprites),
        box=overlay.box,
        start=overlay.start_frame,
        end=overlay.end_frame,
        moves=list(_moves(overlay, frames, fps)),
        effects=Effects(
            accent=colour_of(theme.palette.accent),
            halo_px=theme.px(HALO_PX),
            grain_px=max(1, theme.px(GRAIN_PX)),
            reveal_from=overlay.reveal_from,
            seed=derived_seed(overlay.name, "dissolve"),
        ),
    )


def _moves(overlay: Overlay, frames: int, fps: int) -> Iterator[Move]:
    patterns = load_patterns()
    for animation in overlay.animations:
        if animation.pattern not in patterns:
            raise BadInput(
                f"there is no pattern {animation.pattern!r}",
                where=_where(overlay.name),
                remedy=f"The patterns are: {', '.join(patterns)}",
            )
        yield move_of(animation, patterns[animation.pattern], frames, fps)


def _element(overlay: Overlay, theme: Theme, fps: int, sprites: Pictured) -> Element:
    match overlay:
        case TextOverlay():
            return _letters([overlay.text], overlay, theme)
        case CounterOverlay():
            return Figure(overlay, _letters([figure_text(overlay, share) for share in (0.0, 1.0)], overlay, theme))
        case PictureOverlay():
            return Picture(overlay.source.sha256, overlay.box, sprites)
        case BarOverlay():
            return Bar(overlay.box, _colour(overlay.colour, theme))
        case PathOverlay():
            box = overlay.box
            points = [(box.left + point.x * box.width, box.top + point.y * box.height) for point in overlay.points]
            return Line(points, overlay.width_px, _colour(overlay.colour, theme))
        case GroupOverlay():
            _check_times(overlay.children, overlay.end_frame - overlay.start_frame, f"the group {overlay.name!r}")
            children = [_layer(child, theme, fps, sprites) for child in overlay.children]
            return Group(children, overlay.box.left, overlay.box.top)
        case _:
            assert_never(overlay)


def _letters(texts: Sequence[str], overlay: TextOverlay | CounterOverlay, theme: Theme) -> Letters:
    """Letters at the size at which each of `texts` fits."""
    look, figures = overlay.lettering, isinstance(overlay, CounterOverlay)
    style = LetterStyle(
        face=theme.headline_font if look.font == "headline" else theme.text_font,
        weight=look.weight,
        fill=_colour(look.fill, theme),
        outline=look.outline and _colour(look.outline, theme),
        plate=look.plate and _colour(look.plate, theme),
        align=look.align,
        even_digits=figures,
    )
    where, room = _where(overlay.name), overlay.box.size
    sizes = [fitting_size(text, room, style, look.size_px, theme.min_text_px, where) for text in texts]
    return Letters(texts[0], overlay.box, style, min(sizes))


def _check_times(overlays: Sequence[Overlay], frames: int, whole: str) -> None:
    for overlay in overlays:
        if overlay.end_frame > frames:
            raise BadInput(
                f"it is seen up to frame {overlay.end_frame}, but {whole} has {frames} frames",
                where=_where(overlay.name),
            )


def _left_of(paper: Plane, gone: float) -> Plane:
    """What a dissolve leaves, 0-255: grains of a low value go first."""
    threshold = gone * (255 + SOFTNESS)
    levels = 255 + (np.arange(256) - threshold) * 255 / SOFTNESS
    return cv2.LUT(paper, np.rint(np.clip(levels, 0, 255)).astype(np.uint8))  # type: ignore[return-value]  # cv2 says MatLike


def _beginning(points: Sequence[Point], share: float) -> Iterator[Point]:
    """The points of the first `share` of a line, by its length."""
    left = share * sum(hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(points))
    yield points[0]
    for (ax, ay), (bx, by) in pairwise(points):
        length = hypot(bx - ax, by - ay)
        part = min(1.0, left / length) if length else 1.0
        yield ax + part * (bx - ax), ay + part * (by - ay)
        left -= length
        if left <= 0:
            return


def _colour(name: str, theme: Theme) -> str:
    return cast(str, getattr(theme.palette, name))


def _where(name: str) -> str:
    return f"overlay {name!r}"
