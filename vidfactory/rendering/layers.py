"""The kinds of layers: pictures as functions of the frame number."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import cv2
import numpy as np

from vidfactory.rendering.sprite import Plane, Sprite, crossfade
from vidfactory.schema.base import Box, Size
from vidfactory.schema.plan import AlternatorItem, CaptionPage, Effect, Scene


def ease_in_out(share: float) -> float:
    """Smoothstep: starts and ends at rest."""
    return share * share * (3 - 2 * share)


@dataclass(frozen=True, eq=False)
class Still:
    """One sprite for the whole film."""

    box: Box
    sprite: Sprite

    def state(self, frame: int) -> Hashable | None:
        del frame
        return True

    def draw(self, state: Hashable) -> Sprite:
        del state
        return self.sprite


@dataclass(frozen=True)
class Shot:
    """A scene's picture at one moment: `progress` in [0, 1] says how far its move has come."""

    scene: int
    progress: float


@dataclass(frozen=True)
class ShotState:
    shot: Shot
    leaving: Shot | None
    """The scene before, while it fades out."""
    share: float
    """How much of `shot` is seen against `leaving`."""


@dataclass(frozen=True, eq=False)
class MovingPictures:
    """The scenes' pictures with their slow moves, cross-fading where a scene begins.

    box: the panel. scenes: in order, covering the film. sprites: by the file of the scene's picture,
    larger than the panel by the zoom. zoom_percent: how far a move goes.
    """

    box: Box
    scenes: Sequence[Scene]
    sprites: Mapping[str, Sprite]
    zoom_percent: float

    @cached_property
    def _scene_of_frame(self) -> list[int]:
        return [index for index, scene in enumerate(self.scenes) for _ in range(scene.end_frame - scene.start_frame)]

    def state(self, frame: int) -> Hashable | None:
        index = self._scene_of_frame[frame]
        scene = self.scenes[index]
        if scene.main_content is None:
            return None
        since = frame - scene.start_frame
        fade = scene.transition.duration_frames
        if scene.transition.type == "fade" and since < fade and self.scenes[index - 1].main_content is not None:
            share = ease_in_out((since + 1) / (fade + 1))
            return ShotState(self._shot(index, frame), self._shot(index - 1, frame), share)
        return ShotState(self._shot(index, frame), None, 1.0)

    def draw(self, state: Hashable) -> Sprite:
        moment = cast(ShotState, state)
        picture = self._picture(moment.shot)
        return picture if moment.leaving is None else crossfade(self._picture(moment.leaving), picture, moment.share)

    def _shot(self, index: int, frame: int) -> Shot:
        """Moves go on while the next scene fades in, so that nothing stops on screen."""
        scene = self.scenes[index]
        tail = self.scenes[index + 1].transition.duration_frames if index + 1 < len(self.scenes) else 0
        return Shot(index, (frame - scene.start_frame) / max(1, scene.end_frame + tail - scene.start_frame - 1))

    def _picture(self, shot: Shot) -> Sprite:
        content = self.scenes[shot.scene].main_content
        assert content is not None
        return moved(
            self.sprites[content.source.file], self.box.size, content.effect, shot.progress, self.zoom_percent / 100
        )


def moved(picture: Sprite, size: Size, effect: Effect, progress: float, zoom: float) -> Sprite:
    """`picture` seen through a window of `size` at a point of a pan or zoom, sampled between pixels.

    At zoom 0 the window shows the whole picture (cut to the window's aspect), at full zoom the share
    1 / (1 + zoom) of it.
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
    window = min(picture.size.width / size.width, picture.size.height / size.height) / (1 + zoom * nearness)
    slack_x = picture.size.width - size.width * window
    slack_y = picture.size.height - size.height * window
    left, top = slack_x * (1 + right) / 2, slack_y * (1 + down) / 2
    return Sprite(
        _sampled(picture.y, size.width, size.height, window, left, top),
        _sampled(picture.u, size.width // 2, size.height // 2, window, left / 2, top / 2),
        _sampled(picture.v, size.width // 2, size.height // 2, window, left / 2, top / 2),
    )


def _sampled(plane: Plane, width: int, height: int, step: float, left: float, top: float) -> Plane:
    """A grid of samples of `plane`, `step` pixels apart, pixel centres kept in place."""
    centre = (step - 1) / 2
    matrix = np.array([[step, 0, left + centre], [0, step, top + centre]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(plane, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


@dataclass(frozen=True)
class TurnState:
    item: int
    leaving: int | None
    share: float


@dataclass(frozen=True, eq=False)
class Alternating:
    """Sprites that take turns in one box, with a cross-fade at the start of each turn."""

    box: Box
    items: Sequence[AlternatorItem]
    sprites: Mapping[str, Sprite]
    transition_frames: int

    def state(self, frame: int) -> Hashable | None:
        index = next((n for n, item in enumerate(self.items) if item.start_frame <= frame < item.end_frame), None)
        if index is None:
            return None
        since = frame - self.items[index].start_frame
        if index and since < self.transition_frames:
            return TurnState(index, index - 1, ease_in_out((since + 1) / (self.transition_frames + 1)))
        return TurnState(index, None, 1.0)

    def draw(self, state: Hashable) -> Sprite:
        turn = cast(TurnState, state)
        shown = self._sprite(turn.item)
        return shown if turn.leaving is None else crossfade(self._sprite(turn.leaving), shown, turn.share)

    def _sprite(self, item: int) -> Sprite:
        return self.sprites[self.items[item].source.file]


@dataclass(frozen=True, eq=False)
class ScrollingStrip:
    """A strip that moves left by a whole, even number of pixels a frame and repeats without a seam."""

    box: Box
    strip: Sprite
    """Its width is a multiple of `pixels_per_frame`; both are even, so that chroma never shifts."""
    pixels_per_frame: int

    @cached_property
    def _doubled(self) -> Sprite:
        """The strip with its beginning behind its end, so that every window is one slice."""
        repeats = 1 + -(-self.box.width // self.strip.size.width)

        def again(plane: Plane) -> Plane:
            return np.tile(plane, (1, repeats))

        return Sprite(again(self.strip.y), again(self.strip.u), again(self.strip.v))

    def state(self, frame: int) -> Hashable | None:
        return frame * self.pixels_per_frame % self.strip.size.width

    def draw(self, state: Hashable) -> Sprite:
        return self._doubled.crop(cast(int, state), 0, self.box.width, self.box.height)


@dataclass(frozen=True, eq=False)
class Captions:
    """One text at a time. Sprites are drawn once per text by whoever makes the layer."""

    box: Box
    pages: Sequence[CaptionPage]
    sprites: Mapping[str, Sprite]

    @cached_property
    def _page_of_frame(self) -> dict[int, str]:
        return {frame: page.text for page in self.pages for frame in range(page.start_frame, page.end_frame)}

    def state(self, frame: int) -> Hashable | None:
        return self._page_of_frame.get(frame)

    def draw(self, state: Hashable) -> Sprite:
        return self.sprites[cast(str, state)]
