"""Keeps one frame in planar YUV and redraws only what changed."""

from collections.abc import Hashable, Sequence
from typing import Protocol

import cv2
import numpy as np

from vidfactory.rendering.sprite import Plane, Sprite
from vidfactory.schema.base import Box, Size


class Layer(Protocol):
    """A picture as a pure function of time.

    `state(frame)` is everything that the picture at `frame` depends on, or None where the layer is
    not seen; `draw(state)` is the sprite for it, of the size of `box`. Equal states give equal
    sprites. `box` has even edges and never changes.
    """

    @property
    def box(self) -> Box: ...

    def state(self, frame: int) -> Hashable | None: ...

    def draw(self, state: Hashable) -> Sprite: ...


class Compositor:
    """Draws layers, the lowest first, into one I420 frame buffer."""

    def __init__(self, size: Size, layers: Sequence[Layer]) -> None:
        if size.width % 2 or size.height % 2:
            raise ValueError(f"a frame of {size.width}x{size.height} has an odd side")
        self.buffer = np.zeros((size.height * 3 // 2, size.width), np.uint8)
        """The frame: luma rows, then the rows of both chroma planes, as encoders take I420."""
        self._planes = _i420_views(self.buffer, size)
        self._layers = layers
        self._states: list[Hashable | None] = [None] * len(layers)
        self._sprites: list[Sprite | None] = [None] * len(layers)
        self._frame = Box(left=0, top=0, width=size.width, height=size.height)
        self._drawn_once = False

    def draw(self, frame: int) -> None:
        """Bring `buffer` to what is seen at `frame`."""
        dirty = [] if self._drawn_once else [self._frame]
        for index, layer in enumerate(self._layers):
            state = layer.state(frame)
            if state != self._states[index]:
                self._states[index] = state
                self._sprites[index] = None if state is None else layer.draw(state)
                dirty.append(layer.box)
        for box in _outermost(dirty):
            self._redraw(box)
        self._drawn_once = True

    def _redraw(self, box: Box) -> None:
        visible = [
            (layer.box, sprite) for layer, sprite in zip(self._layers, self._sprites, strict=True) if sprite is not None
        ]
        lowest = max(
            (n for n, (area, sprite) in enumerate(visible) if sprite.alpha is None and _contains(area, box)), default=0
        )
        for area, sprite in visible[lowest:]:
            common = _intersection(area, box)
            if common is not None:
                part = sprite.crop(common.left - area.left, common.top - area.top, common.width, common.height)
                self._blend(part, common)

    def _blend(self, sprite: Sprite, at: Box) -> None:
        y, u, v = self._planes
        whole = np.s_[at.top : at.bottom, at.left : at.right]
        half = np.s_[at.top // 2 : at.bottom // 2, at.left // 2 : at.right // 2]
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


def _i420_views(buffer: Plane, size: Size) -> tuple[Plane, Plane, Plane]:
    flat = buffer.reshape(-1)
    luma = size.width * size.height
    chroma = (size.height // 2, size.width // 2)
    return (
        buffer[: size.height],
        flat[luma : luma + luma // 4].reshape(chroma),
        flat[luma + luma // 4 :].reshape(chroma),
    )


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
