"""The scenes' pictures on the film: which picture the panel shows at a frame, by perceptual hash.

The hash (`imagehash.phash`: 64 bits of the picture's lowest frequencies) of the panel's pixels is compared with that
of each illustration's file, seen through the scene's pan or zoom at that frame. In a transition nothing is compared.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import imagehash
import numpy as np
from imagehash import ImageHash
from PIL import Image, ImageOps

from vidfactory.rendering.layers import moved
from vidfactory.rendering.sprite import Plane, Sprite, open_image
from vidfactory.rendering.stage import Files, file_of, inside_panel
from vidfactory.schema.base import Box, Size
from vidfactory.schema.overlay import Overlay
from vidfactory.schema.plan import ProductionPlan, Scene
from vidfactory.schema.theme import Theme

LOOKS_A_SECOND = 1
WIDTH = 160
"""Of the pictures that are compared, about."""
HASHED = 64


@dataclass(frozen=True)
class Shown:
    """How many bits the panel's hash differs from that of the scene's own picture, and from the nearest other one."""

    scene: int
    own: int
    nearest_other: int


class Panels:
    """The scenes with their pictures, reduced."""

    def __init__(self, plan: ProductionPlan, theme: Theme, files: Files) -> None:
        self.fps = plan.video_metadata.fps
        self.scenes: Sequence[Scene] = plan.scenes
        self.overlays: Sequence[Overlay] = plan.overlays
        self.box = inside_panel(theme)
        self.zoom = theme.motion.zoom_percent / 100
        by = WIDTH / self.box.width
        self._window = _reduced(self.box.size, by)
        whole = _reduced(theme.illustration_size, by)
        self._pictures: dict[str, Sprite] = {}
        for scene in plan.scenes:
            if scene.main_content and scene.main_content.source.sha256 not in self._pictures:
                path = file_of(scene.main_content.source, files, f"scene {scene.scene_number}")
                self._pictures[scene.main_content.source.sha256] = _sprite(
                    open_image(path, f"scene {scene.scene_number}"), whole, theme.palette.paper
                )
        self.hashes = {sha256: _hash(picture.y) for sha256, picture in self._pictures.items()}
        """Of every whole picture, by its SHA-256."""

    def scene_at(self, frame: int) -> int:
        """The index of the scene that a frame belongs to."""
        return max(0, bisect_right(self.scenes, frame, key=lambda scene: scene.start_frame) - 1)

    def is_clear(self, frame: int) -> bool:
        """Whether the panel shows one scene's picture alone."""
        scene = self.scenes[self.scene_at(frame)]
        if scene.main_content is None or frame < scene.start_frame + _changing(scene):
            return False
        shown = (overlay for overlay in self.overlays if overlay.start_frame <= frame < overlay.end_frame)
        return frame < scene.end_frame and not any(_cover(overlay.box, self.box) for overlay in shown)

    def expected(self, frame: int) -> ImageHash:
        """The hash of the scene's own picture as it is seen at the frame in its pan or zoom."""
        number = self.scene_at(frame)
        scene = self.scenes[number]
        assert scene.main_content is not None
        tail = _changing(self.scenes[number + 1]) if number + 1 < len(self.scenes) else 0
        progress = (frame - scene.start_frame) / max(1, scene.end_frame + tail - scene.start_frame - 1)
        picture = self._pictures[scene.main_content.source.sha256]
        return _hash(moved(picture, self._window, scene.main_content.effect, progress, self.zoom).y)


class Watcher:
    """Compares the panel on frames that come in order, a few times a second."""

    def __init__(self, panels: Panels) -> None:
        self._panels = panels
        self._looked: set[tuple[int, int]] = set()

    def see(self, frame: int, luma: Plane) -> Shown | None:
        panels = self._panels
        number = panels.scene_at(frame)
        moment = number, (frame - panels.scenes[number].start_frame) * LOOKS_A_SECOND // panels.fps
        content = panels.scenes[number].main_content
        if content is None or moment in self._looked or not panels.is_clear(frame):
            return None
        self._looked.add(moment)
        box = panels.box
        seen = _hash(luma[box.top : box.bottom, box.left : box.right])
        others = (int(seen - known) for sha256, known in panels.hashes.items() if sha256 != content.source.sha256)
        return Shown(number, int(seen - panels.expected(frame)), min(others, default=seen.hash.size))


def _changing(scene: Scene) -> int:
    """Frames of the transition into a scene."""
    return (
        0
        if scene.transition.type == "cut"
        else min(scene.transition.duration_frames, scene.end_frame - scene.start_frame)
    )


def _hash(luma: Plane) -> ImageHash:
    reduced = cv2.resize(luma, (HASHED, HASHED), interpolation=cv2.INTER_AREA)
    return imagehash.phash(Image.fromarray(reduced))


def _sprite(image: Image.Image, size: Size, paper: str) -> Sprite:
    """The picture in grey, cut to the aspect of `size` as the film does it, on paper where it is transparent."""
    ground = Image.new("RGBA", image.size, paper)
    grey = Image.alpha_composite(ground, image).convert("L")
    fitted = ImageOps.fit(grey, (size.width, size.height), Image.Resampling.BOX)
    luma = np.asarray(fitted)
    colourless = np.full((size.height // 2, size.width // 2), 128, np.uint8)
    return Sprite(luma, colourless, colourless)


def _reduced(size: Size, by: float) -> Size:
    return Size(width=2 * round(size.width * by / 2), height=2 * round(size.height * by / 2))


def _cover(one: Box, other: Box) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom
