"""Keeps one frame in planar YUV and redraws only what changed."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import av
import cv2
import numpy as np

from vidfactory.errors import BadInput
from vidfactory.rendering.sprite import Plane, Sprite
from vidfactory.schema.base import Box, Size

BLACK = (16, 128, 128)
"""Black in limited range: luma and both chroma planes."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A sprite and where its upper left corner stands in the frame: even, and free to lie outside."""

    sprite: Sprite
    left: int
    top: int

    @property
    def box(self) -> Box:
        size = self.sprite.size
        return Box(left=self.left, top=self.top, width=size.width, height=size.height)


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
        self._frame_box = Box(left=0, top=0, width=size.width, height=size.height)

    def draw(self, number: int) -> None:
        """Bring `frame` to what is seen at frame `number`."""
        dirty: list[Box] = []
        for index, layer in enumerate(self._layers):
            state = layer.state(number)
            if state != self._states[index]:
                before, now = self._placed[index], None if state is None else layer.draw(state)
                self._states[index], self._placed[index] = state, now
                dirty.extend(placed.box for placed in (before, now) if placed is not None)
        inside = (_intersection(box, self._frame_box) for box in dirty)
        for box in _outermost([box for box in inside if box is not None]):
            self._redraw(box)

    def _redraw(self, box: Box) -> None:
        visible = [placed for placed in self._placed if placed is not None]
        hides = [n for n, placed in enumerate(visible) if placed.sprite.alpha is None and _contains(placed.box, box)]
        if not hides:
            self._clear(box)
        for placed in visible[hides[-1] if hides else 0 :]:
            common = _intersection(placed.box, box)
            if common is not None:
                left, top = common.left - placed.left, common.top - placed.top
                self._blend(placed.sprite.crop(left, top, common.width, common.height), common)

    def _clear(self, box: Box) -> None:
        whole, half = _slices(box)
        for plane, area, value in zip(self._planes, (whole, half, half), BLACK, strict=True):
            plane[area] = value

    def _blend(self, sprite: Sprite, at: Box) -> None:
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


def _slices(box: Box) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The box in the luma plane, and in the chroma planes of half the size."""
    whole = np.s_[box.top : box.bottom, box.left : box.right]
    return whole, np.s_[box.top // 2 : box.bottom // 2, box.left // 2 : box.right // 2]


def _contains(outer: Box, inner: Box) -> bool:
    return (
        outer.left <= inner.left
        and outer.top <= inner.top
        and outer.right >= inner.right
        and outer.bottom >= inner.bottom
    )


def _intersection(a: Box, b: Box) -> Box | None:
    left, top = max(a.left, b.left), max(a.top, b.top)
    right, bottom = min(a.right, b.right), min(a.bottom, b.bottom)
    if left >= right or top >= bottom:
        return None
    return Box(left=left, top=top, width=right - left, height=bottom - top)


def _outermost(boxes: list[Box]) -> list[Box]:
    """The boxes without those that lie inside another."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.width * box.height, reverse=True):
        if not any(_contains(other, box) for other in kept):
            kept.append(box)
    return kept
