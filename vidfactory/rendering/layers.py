"""The kinds of layers: pictures as functions of the frame number."""

from bisect import bisect_right
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import cast

import cv2
import numpy as np

from vidfactory.rendering.compositor import Placed
from vidfactory.rendering.sprite import Alpha, Plane, Sprite, crossfade, unweighted, weighted
from vidfactory.rendering.transitions import changed, nothing_like
from vidfactory.schema.base import Box, Size
from vidfactory.schema.motion import Direction, TransitionType
from vidfactory.schema.plan import AlternatorItem, Effect, Scene

LEFT_RIGHT, UP_DOWN, BOTH = 1, 0, -1
"""How `cv2.flip` turns a picture."""
SAME_PIXELS = 0.03
"""How far a pan's pixels may be from the window's own to be taken as such: no more than a frame line makes."""


def placed(sprite: Sprite, box: Box) -> Placed:
    return Placed(sprite, box.left, box.top)


def ease_in_out(share: float) -> float:
    """Smoothstep: starts and ends at rest."""
    return share * share * (3 - 2 * share)


@dataclass(frozen=True, eq=False)
class Still:
    """One picture for the whole film: `name` is the SHA-256 of its file, or says how it is drawn."""

    box: Box
    name: str
    sprites: Mapping[str, Sprite]

    @property
    def identity(self) -> str:
        return f"still {self.box!r}"

    def state(self, frame: int) -> Hashable | None:
        del frame
        return self.name

    def draw(self, state: Hashable) -> Placed:
        return placed(self.sprites[cast(str, state)], self.box)


@dataclass(frozen=True)
class Shot:
    """A scene's picture at one moment: `progress` in [0, 1] says how far its move has come."""

    picture: str
    """SHA-256 of its file."""
    effect: Effect
    progress: float


@dataclass(frozen=True)
class Change:
    """A transition on its way from the picture of the scene before; `share` in (0, 1) of it is done."""

    leaving: Shot | None
    kind: TransitionType
    direction: Direction
    share: float


@dataclass(frozen=True)
class ShotState:
    shot: Shot | None
    change: Change | None


@dataclass(frozen=True, eq=False)
class MovingPictures:
    """The scenes' pictures with their slow moves, and the transitions where a scene begins.

    box: the panel. scenes: in order, covering the film. sprites: by the SHA-256 of the picture,
    larger than the panel by the zoom. zoom_percent: how far a move goes. Where a scene has no picture
    the layers below are seen, and pictures come and go by the same transitions.
    """

    box: Box
    scenes: Sequence[Scene]
    sprites: Mapping[str, Sprite]
    zoom_percent: float

    @property
    def identity(self) -> str:
        return f"moving pictures {self.box!r} {self.zoom_percent}"

    def state(self, frame: int) -> Hashable | None:
        index = bisect_right(self.scenes, frame, key=lambda scene: scene.start_frame) - 1
        shot, change = self._shot(index, frame), self._change(index, frame)
        if shot is None and (change is None or change.leaving is None):
            return None
        return ShotState(shot, change)

    def draw(self, state: Hashable) -> Placed:
        moment = cast(ShotState, state)
        change = moment.change
        entering = self._picture(moment.shot)
        leaving = self._picture(change.leaving) if change else None
        known = entering or leaving
        assert known is not None
        if change is None:
            return placed(known, self.box)
        before, after = leaving or nothing_like(known), entering or nothing_like(known)
        return placed(changed(before, after, change.kind, change.direction, change.share), self.box)

    def _change(self, index: int, frame: int) -> Change | None:
        scene, frames = self.scenes[index], self._transition_frames(index)
        since = frame - scene.start_frame
        if since >= frames:
            return None
        kind = scene.transition.type
        direction = scene.transition.direction if kind in {"slide", "wipe"} else "left"
        leaving = self._shot(index - 1, frame) if index else None
        return Change(leaving, kind, direction, ease_in_out((since + 1) / (frames + 1)))

    def _transition_frames(self, index: int) -> int:
        """Length of the transition into a scene: a short scene cuts it, so that it is over when the next begins."""
        scene = self.scenes[index]
        if scene.transition.type == "cut":
            return 0
        return min(scene.transition.duration_frames, scene.end_frame - scene.start_frame)

    def _shot(self, index: int, frame: int) -> Shot | None:
        """Moves go on while the next scene comes in, so that nothing stops on screen."""
        scene = self.scenes[index]
        if scene.main_content is None:
            return None
        tail = self._transition_frames(index + 1) if index + 1 < len(self.scenes) else 0
        progress = (frame - scene.start_frame) / max(1, scene.end_frame + tail - scene.start_frame - 1)
        return Shot(scene.main_content.source.sha256, scene.main_content.effect, progress)

    def _picture(self, shot: Shot | None) -> Sprite | None:
        if shot is None:
            return None
        return moved(self.sprites[shot.picture], self.box.size, shot.effect, shot.progress, self.zoom_percent / 100)


def moved(picture: Sprite, size: Size, effect: Effect, progress: float, zoom: float) -> Sprite:
    """`picture` seen through a window of `size` at a point of a pan or zoom, sampled between pixels.

    At zoom 0 the window shows the whole picture (cut to the window's aspect), at full zoom the share
    1 / (1 + zoom) of it. A pan goes at full zoom; where its pixels are all but the window's own, they
    are taken as such, which is sharper and costs less. A zoom stands on the even pixel next to the
    picture's middle, so that the middle of each plane falls between pixels.
    """
    eased = ease_in_out(progress)
    travelled = 2 * eased - 1
    nearness, right, down = {
        "zoom_in": (eased, 0.0, 0.0),
        "zoom_out": (1 - eased, 0.0, 0.0),
        "pan_left": (1.0, -travelled, 0.0),
        "pan_right": (1.0, travelled, 0.0),
        "pan_up": (1.0, 0.0, -travelled),
        "pan_down": (1.0, 0.0, travelled),
    }[effect]
    middle_x, middle_y = picture.size.width // 4 * 2, picture.size.height // 4 * 2
    step = min(2 * middle_x / size.width, 2 * middle_y / size.height) / (1 + zoom * nearness)
    if effect.startswith("pan") and abs(step - 1) < SAME_PIXELS:
        step = 1.0
    x = middle_x + right * (middle_x - size.width * step / 2)
    y = middle_y + down * (middle_y - size.height * step / 2)

    def whole(plane: Plane) -> Plane:
        return _sampled(plane, size.width, size.height, step, x, y)

    def half(plane: Plane) -> Plane:
        return _sampled(plane, size.width // 2, size.height // 2, step, x / 2, y / 2)

    seen = weighted(picture)
    alpha = seen.alpha and Alpha(whole(seen.alpha.luma), half(seen.alpha.chroma))
    return unweighted(Sprite(whole(seen.y), half(seen.u), half(seen.v), alpha))


def _sampled(plane: Plane, width: int, height: int, step: float, x: float, y: float) -> Plane:
    """A grid of samples of `plane`, `step` pixels apart, whose middle is at (`x`, `y`) from the plane's corner.

    All three ways interpolate linearly between the same points. The first two are three to ten times as
    fast as the third, which takes any step and any place.
    """
    if step == 1:
        return cv2.getRectSubPix(plane, (width, height), (x - 0.5, y - 0.5))  # type: ignore[return-value]
    is_even = not (x % 1 or y % 1 or width % 2 or height % 2)
    if is_even and abs(step - 1) * width > 1:
        return _from_the_middle(plane, width, height, step, int(x), int(y))
    matrix = np.array([[step, 0, x - 0.5 - step * (width - 1) / 2], [0, step, y - 0.5 - step * (height - 1) / 2]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(plane, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def _from_the_middle(plane: Plane, width: int, height: int, step: float, x: int, y: int) -> Plane:
    """The same samples, quarter by quarter, where their middle is the corner of four pixels.

    `cv2.resize` takes any factor, but keeps the upper left corner in place; so each quarter is turned
    to have that corner in the middle, resized, and turned back. A factor that changes the size by less
    than a pixel it would take for 1.
    """
    samples = np.empty((height, width), np.uint8)
    right, low = width // 2, height // 2
    columns, rows = min(x, ceil(right * step) + 1), min(y, ceil(low * step) + 1)
    quarters = (
        (None, plane[y : y + rows, x : x + columns], samples[low:, right:]),
        (LEFT_RIGHT, plane[y : y + rows, x - columns : x], samples[low:, :right]),
        (UP_DOWN, plane[y - rows : y, x : x + columns], samples[:low, right:]),
        (BOTH, plane[y - rows : y, x - columns : x], samples[:low, :right]),
    )
    for turn, quarter, target in quarters:
        turned = quarter if turn is None else cv2.flip(quarter, turn)
        resized = cv2.resize(turned, None, fx=1 / step, fy=1 / step)[:low, :right]
        target[:] = resized if turn is None else cv2.flip(resized, turn)
    return samples


@dataclass(frozen=True)
class TurnState:
    shown: str
    """SHA-256 of its file."""
    leaving: str | None
    share: float


@dataclass(frozen=True, eq=False)
class Alternating:
    """Pictures that take turns in one box, with a cross-fade where one turn follows right on another.

    sprites: by the SHA-256 of the picture.
    """

    box: Box
    items: Sequence[AlternatorItem]
    sprites: Mapping[str, Sprite]
    transition_frames: int

    @property
    def identity(self) -> str:
        return f"alternating {self.box!r}"

    def state(self, frame: int) -> Hashable | None:
        index = next((n for n, item in enumerate(self.items) if item.start_frame <= frame < item.end_frame), None)
        if index is None:
            return None
        item = self.items[index]
        since, frames = frame - item.start_frame, min(self.transition_frames, item.end_frame - item.start_frame)
        follows = index > 0 and self.items[index - 1].end_frame == item.start_frame
        if follows and since < frames:
            share = ease_in_out((since + 1) / (frames + 1))
            return TurnState(self._file(index), self._file(index - 1), share)
        return TurnState(self._file(index), None, 1.0)

    def draw(self, state: Hashable) -> Placed:
        turn = cast(TurnState, state)
        shown = self.sprites[turn.shown]
        if turn.leaving is not None:
            shown = crossfade(self.sprites[turn.leaving], shown, turn.share)
        return placed(shown, self.box)

    def _file(self, index: int) -> str:
        return self.items[index].source.sha256


@dataclass(frozen=True, eq=False)
class ScrollingStrip:
    """A strip that moves left by a whole, even number of pixels a frame and repeats without a seam.

    name: SHA-256 of the strip's file. length: its width, a multiple of `pixels_per_frame`; both are even,
    so that chroma never shifts.
    """

    box: Box
    name: str
    sprites: Mapping[str, Sprite]
    length: int
    pixels_per_frame: int

    @property
    def identity(self) -> str:
        return f"scrolling strip {self.box!r} {self.name} {self.length}"

    @cached_property
    def _doubled(self) -> Sprite:
        """The strip with its beginning behind its end, so that every window is one slice."""
        strip = self.sprites[self.name]
        repeats = 1 + -(-self.box.width // self.length)

        def again(plane: Plane) -> Plane:
            return np.tile(plane, (1, repeats))

        alpha = strip.alpha and Alpha(again(strip.alpha.luma), again(strip.alpha.chroma))
        return Sprite(again(strip.y), again(strip.u), again(strip.v), alpha)

    def state(self, frame: int) -> Hashable | None:
        return frame * self.pixels_per_frame % self.length

    def draw(self, state: Hashable) -> Placed:
        return placed(self._doubled.crop(cast(int, state), 0, self.box.width, self.box.height), self.box)
