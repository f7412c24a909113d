"""Keeps one frame in planar YUV and redraws only what changed."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import av
import cv2
import numpy as np

from vidfactory.errors import BadInput
from vidfactory.rendering.sprite import Plane, Sprite
from vidfactory.schema.base import Size

BLACK = (16, 128, 128)
"""Black in limited range: luma and both chroma planes."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A sprite and where its upper left corner stands in the frame: even, and free to lie outside."""

    sprite: Sprite
    left: int
    top: int

    @property
    def area(self) -> "Area":
        height, width = self.sprite.y.shape
        return Area(self.left, self.top, self.left + width, self.top + height)


class Area(NamedTuple):
    """A rectangle of the frame. Unlike a `Box` it is made many times a frame, and costs nothing to check."""

    left: int
    top: int
    right: int
    bottom: int

    def holds(self, other: "Area") -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def common(self, other: "Area") -> "Area | None":
        """What lies in both."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Area(left, top, right, bottom) if left < right and top < bottom else None


class Layer(Protocol):
    """A picture as a pure function of time.

    `state(frame)` is everything that the picture at `frame` depends on, or None where the layer is
    not seen; `draw(state)` is the picture for it. Equal states give equal pictures. A state is made of
    frozen dataclasses, tuples, texts and numbers, so that its `repr` is the same in every process; it
    names files by their SHA-256. `identity` names all else that the pictures depend on (boxes, styles):
    two layers with equal identity and states draw the same, on any machine.
    """

    @property
    def identity(self) -> str: ...

    def state(self, frame: int) -> Hashable | None: ...

    def draw(self, state: Hashable) -> Placed: ...


class Compositor:
    """Draws layers, the lowest first, into the planes of one video frame (I420)."""

    def __init__(self, size: Size, layers: Sequence[Layer]) -> None:
        if size.width % 2 or size.height % 2:
            raise BadInput(f"a frame of {size.width}x{size.height} has an odd side", where="the plan's resolution")
        self.frame = av.VideoFrame(size.width, size.height, "yuv420p")
        """The picture, as encoders take it. The next `draw` overwrites it."""
        self._planes = tuple(_pixels(plane) for plane in self.frame.planes)
        for plane, value in zip(self._planes, BLACK, strict=True):
            plane[:] = value
        self._layers = layers
        self._states: list[Hashable | None] = [None] * len(layers)
        self._placed: list[Placed | None] = [None] * len(layers)
        self._whole = Area(0, 0, size.width, size.height)

    def draw(self, number: int) -> None:
        """Bring `frame` to what is seen at frame `number`."""
        dirty: list[Area] = []
        for index, layer in enumerate(self._layers):
            state = layer.state(number)
            if state != self._states[index]:
                before, now = self._placed[index], None if state is None else layer.draw(state)
                self._states[index], self._placed[index] = state, now
                dirty.extend(placed.area for placed in (before, now) if placed is not None)
        inside = (self._whole.common(area) for area in dirty)
        for area in _outermost([area for area in inside if area is not None]):
            self._redraw(area)

    def _redraw(self, area: Area) -> None:
        visible = [placed for placed in self._placed if placed is not None]
        hides = [n for n, placed in enumerate(visible) if placed.sprite.alpha is None and placed.area.holds(area)]
        if not hides:
            self._clear(area)
        for placed in visible[hides[-1] if hides else 0 :]:
            common = placed.area.common(area)
            if common is not None:
                left, top = common.left - placed.left, common.top - placed.top
                width, height = common.right - common.left, common.bottom - common.top
                self._blend(placed.sprite.crop(left, top, width, height), common)

    def _clear(self, area: Area) -> None:
        whole, half = _slices(area)
        for plane, part, value in zip(self._planes, (whole, half, half), BLACK, strict=True):
            plane[part] = value

    def _blend(self, sprite: Sprite, at: Area) -> None:
        y, u, v = self._planes
        whole, half = _slices(at)
        if sprite.alpha is None:
            y[whole], u[half], v[half] = sprite.y, sprite.u, sprite.v
            return
        _over(y[whole], sprite.y, sprite.alpha.luma)
        _over(u[half], sprite.u, sprite.alpha.chroma)
        _over(v[half], sprite.v, sprite.alpha.chroma)


def _over(ground: Plane, picture: Plane, coverage: Plane) -> None:
    """`picture` over `ground` by its coverage, in place."""
    lit = cv2.multiply(picture, coverage, scale=1 / 255)
    left = cv2.multiply(np.ascontiguousarray(ground), cv2.bitwise_not(coverage), scale=1 / 255)
    ground[:] = cv2.add(lit, left)


def _pixels(plane: av.video.plane.VideoPlane) -> Plane:
    """The plane's own memory, without the padding behind each row."""
    rows: Plane = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def _slices(area: Area) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The area in the luma plane, and in the chroma planes of half the size."""
    whole = np.s_[area.top : area.bottom, area.left : area.right]
    return whole, np.s_[area.top // 2 : area.bottom // 2, area.left // 2 : area.right // 2]


def _outermost(areas: list[Area]) -> list[Area]:
    """The areas without those that lie inside another."""
    kept: list[Area] = []
    for area in sorted(areas, key=lambda area: (area.right - area.left) * (area.bottom - area.top), reverse=True):
        if not any(other.holds(area) for other in kept):
            kept.append(area)
    return kept
