"""The frame of a film: its aspect, how large it is delivered, and how large its pictures are drawn."""

from typing import Literal

from vidfactory.schema.base import Size
from vidfactory.schema.film import Quality

Aspect = Literal["9:16", "16:9", "1:1"]
"""Width to height."""

_SHORTER_SIDES: dict[Quality, int] = {
    "draft": 720,
    "social": 1080,
    "express": 1080,
    "standard": 1080,
    "high": 1080,
    "broadcast": 1080,
    "ultra": 2160,
}
"""Of the delivered film, in pixels."""
_SMALLEST_MASTER = 1080


def output_size(aspect: Aspect, quality: Quality) -> Size:
    """The size of the delivered film."""
    return _frame(aspect, _SHORTER_SIDES[quality])


def master_size(aspect: Aspect, quality: Quality) -> Size:
    """The size of the frame that pictures are drawn for.

    It is the same for all qualities but ultra, so that a draft's pictures serve the finished film.
    """
    return _frame(aspect, max(_SMALLEST_MASTER, _SHORTER_SIDES[quality]))


def _frame(aspect: Aspect, shorter_side: int) -> Size:
    width, height = (int(part) for part in aspect.split(":"))
    unit = min(width, height)
    return Size(width=shorter_side * width // unit, height=shorter_side * height // unit)
