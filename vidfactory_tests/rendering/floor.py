"""The floor on which tests put overlays: a plain ground, drawn by the real compositor."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image

from vidfactory.rendering.compositor import Compositor
from vidfactory.rendering.elements import Pictured, overlay_layers
from vidfactory.schema.base import Box, Frames, Size
from vidfactory.schema.motion import Animation
from vidfactory.schema.overlay import BarOverlay, Colour, Lettering, Overlay
from vidfactory.themes import load_theme

THEME = load_theme("finance")
FLOOR = Size(width=120, height=120)
HEADLINE = Lettering(font="headline", size_px=44, fill="paper", plate="ink")

Pixels = NDArray[np.uint8]


def placement(*patterns: str, start: int | None = None, box: Box | None = None, frames: int = 300) -> dict[str, Any]:
    """The common fields of an overlay in the middle of the floor."""
    return {
        "name": "it",
        "box": box or Box(left=18, top=32, width=84, height=56),
        "start_frame": Frames(0),
        "end_frame": Frames(frames),
        "animations": tuple(
            Animation(pattern=pattern, start=None if start is None else Frames(start)) for pattern in patterns
        ),
    }


def drawn(
    overlays: Sequence[Overlay],
    frame: int,
    sprites: Pictured | None = None,
    ground: Colour = "paper",
    size: Size = FLOOR,
) -> Pixels:
    """The RGB picture of one frame."""
    everything = Box(left=0, top=0, width=size.width, height=size.height)
    floor = BarOverlay(name="floor", box=everything, start_frame=Frames(0), end_frame=Frames(10_000), colour=ground)
    compositor = Compositor(size, overlay_layers([floor, *overlays], THEME, THEME.fps, sprites or {}))
    compositor.draw(frame)
    compositor.frame.colorspace = Colorspace.ITU709
    compositor.frame.color_range = ColorRange.MPEG
    return np.asarray(compositor.frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def strip(pictures: Sequence[Pixels]) -> bytes:
    """The pictures side by side as a PNG."""
    content = BytesIO()
    Image.fromarray(np.hstack(list(pictures))).save(content, "PNG")
    return content.getvalue()
