"""Transitions: one picture takes the place of another.

Belongs here: what is seen at a share of the way. Does not belong here: when a transition happens and
how it is eased (`layers`).
"""

from collections.abc import Callable

import cv2
import numpy as np

from vidfactory.rendering.sprite import Alpha, Plane, Sprite, combined, crossfade
from vidfactory.schema.motion import Direction, TransitionType


def changed(leaving: Sprite, entering: Sprite, kind: TransitionType, direction: Direction, share: float) -> Sprite:
    """What is seen when `share` in [0, 1] of a transition is done: at 0 `leaving`, at 1 `entering`.

    Both are of one size. Edges move by even numbers of pixels, so that luma and chroma part in one place.
    """
    if kind == "fade":
        return crossfade(leaving, entering, share)
    if kind == "zoom":
        return combined(leaving, entering, lambda below, above: _grown(below, above, share))
    if kind == "cut":
        return entering
    part = _pushed if kind == "slide" else _uncovered
    width = entering.size.width

    def mixed(below: Plane, above: Plane) -> Plane:
        unit = 2 if above.shape[1] == width else 1
        turned = _to_left(below, direction), _to_left(above, direction)
        return _from_left(part(*turned, unit * round(share * turned[0].shape[1] / unit)), direction)

    return combined(leaving, entering, mixed)


def nothing_like(sprite: Sprite) -> Sprite:
    """A transparent sprite of the same size: what a picture comes out of where there was none."""
    return Sprite(sprite.y, sprite.u, sprite.v, Alpha(np.zeros_like(sprite.y), np.zeros_like(sprite.u)))


def _pushed(below: Plane, above: Plane, columns: int) -> Plane:
    """`above` has come in from the right by so many columns and moved `below` along."""
    return np.hstack([below[:, columns:], above[:, :columns]])


def _uncovered(below: Plane, above: Plane, columns: int) -> Plane:
    """So many columns of `above`, from the right, are seen instead of `below`."""
    edge = below.shape[1] - columns
    return np.hstack([below[:, :edge], above[:, edge:]])


def _grown(below: Plane, above: Plane, scale: float) -> Plane:
    """`above` at `scale` in [0, 1] over the middle of `below`."""
    ground = below.copy()
    if scale == 0:
        return ground
    height, width = above.shape
    step = 1 / scale
    centres = [(1 - step) * (side - 1) / 2 for side in (width, height)]
    matrix = np.array([[step, 0, centres[0]], [0, step, centres[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(above, matrix, (width, height), dst=ground, flags=flags, borderMode=cv2.BORDER_TRANSPARENT)  # type: ignore[return-value]


def _to_left(plane: Plane, direction: Direction) -> Plane:
    """The plane turned so that what moves in `direction` moves left."""
    return _TURNS[direction](plane)


def _from_left(plane: Plane, direction: Direction) -> Plane:
    return np.ascontiguousarray(_TURNS_BACK[direction](plane))


_TURNS: dict[Direction, Callable[[Plane], Plane]] = {
    "left": lambda plane: plane,
    "right": np.fliplr,
    "up": np.transpose,
    "down": lambda plane: np.flipud(plane).T,
}
_TURNS_BACK: dict[Direction, Callable[[Plane], Plane]] = _TURNS | {"down": lambda plane: np.flipud(plane.T)}
