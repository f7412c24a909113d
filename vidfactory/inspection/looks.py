"""What is seen on one sampled frame, in a few figures, so that no frame is kept."""

from collections.abc import Callable
from dataclasses import dataclass

import av
import cv2
import numpy as np

from vidfactory.inspection.footage import planes
from vidfactory.inspection.lettering import Reader, Script, Sighting
from vidfactory.inspection.panels import Panels, Shown, Watcher
from vidfactory.rendering.sprite import Plane
from vidfactory.schema.base import Size

SMALL_SIDE = 64
"""Every so-many-th pixel is taken that the shorter side has about this many."""
BLACK_Y, WHITE_Y = 16, 235
"""Of limited range."""


@dataclass(frozen=True, eq=False)
class Look:
    """mean, deviation: of the luma in full range, 0 to 255. small: every so-many-th pixel of it.

    sharpness: variance of the Laplacian of the luma, once a second.
    """

    frame: int
    mean: float
    deviation: float
    small: Plane
    sharpness: float | None
    caption: Sighting | None
    panel: Shown | None


def viewers(size: Size, fps: int, script: Script, panels: Panels) -> Callable[[], Callable[[int, av.VideoFrame], Look]]:
    """Makes viewers for a film of frames of `size`: each looks at frames in order."""
    step = max(1, min(size.width, size.height) // SMALL_SIDE)

    def viewer() -> Callable[[int, av.VideoFrame], Look]:
        reader, watcher, sharpened = Reader(script), Watcher(panels), set[int]()

        def look(number: int, frame: av.VideoFrame) -> Look:
            seen = planes(frame, size)
            luma = seen[0]
            small = luma[::step, ::step].copy()
            mean, deviation = cv2.meanStdDev(small)
            second = number // fps
            sharpness = None if second in sharpened else _sharpness(luma)
            sharpened.add(second)
            return Look(
                frame=number,
                mean=(float(mean[0, 0]) - BLACK_Y) * 255 / (WHITE_Y - BLACK_Y),
                deviation=float(deviation[0, 0]) * 255 / (WHITE_Y - BLACK_Y),
                small=small,
                sharpness=sharpness,
                caption=reader.read(number, seen),
                panel=watcher.see(number, luma),
            )

        return look

    return viewer


def _sharpness(luma: Plane) -> float:
    """The variance of the Laplacian; not by OpenCV's deviation, which takes twice the time."""
    edges = cv2.Laplacian(np.ascontiguousarray(luma), cv2.CV_16S)
    return float(cv2.norm(edges)) ** 2 / edges.size - cv2.mean(edges)[0] ** 2
