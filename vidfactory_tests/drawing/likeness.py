"""Golden pictures, contrast and room: what the tests of drawn things share.

`pytest vidfactory_tests/drawing --write-golden` draws the golden pictures anew; look at them.
"""

from io import BytesIO
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidfactory.drawing.typesetting import Label
from vidfactory.schema.base import Box

GOLDEN = Path(__file__).parents[1] / "golden"
GOLDEN_WIDTH = 296
BLOCK = 12
COLOUR_TOLERANCE = 30.0
"""Of a block: a golden picture has 64 colours, and a rare one may be missing by up to 26 of 255."""
CAST_TOLERANCE = 2.0
"""Of the whole picture, where what is missing evens out."""


def opened(image: bytes) -> Image.Image:
    return Image.open(BytesIO(image))


def assert_like_golden(image: bytes, name: str, config: pytest.Config, tolerance: float = 10.0) -> None:
    """Compare a downscaled picture with `golden/<name>.png`; see `assert_alike`."""
    small = _downscaled(opened(image))
    path = GOLDEN / f"{name}.png"
    if config.getoption("--write-golden"):
        small.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    with Image.open(path) as golden:
        assert_alike(small, golden.convert("RGB"), name, tolerance)


def assert_alike(actual: Image.Image, golden: Image.Image, name: str, tolerance: float) -> None:
    """No block of two RGB pictures may differ by more than `tolerance` of 255 in grey on average, which a
    moved or missing word does, nor red, green or blue by more than a golden picture's few colours explain.
    """
    assert actual.size == golden.size
    grey = max(_blocks(_difference(actual.convert("L"), golden.convert("L"))))
    assert grey <= tolerance, f"{name} differs from its golden picture by {grey:.1f} in one place"
    colours = _difference(actual, golden)
    colour = max(worst for channel in np.moveaxis(colours, 2, 0) for worst in _blocks(channel))
    assert colour <= COLOUR_TOLERANCE, f"{name} differs from its golden picture in colour by {colour:.1f} in one place"
    cast = float(np.abs(colours.mean(axis=(0, 1))).max())
    assert cast <= CAST_TOLERANCE, f"{name} has a cast of {cast:.1f} against its golden picture"


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two `#rrggbb` colours."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def overlapping(labels: tuple[Label, ...]) -> list[tuple[str, str]]:
    boxed = [(label.text, label.box) for label in labels]
    return [(text, other) for (text, a), (other, b) in combinations(boxed, 2) if _overlap(a, b)]


def is_inside(inner: Box, outer: Box) -> bool:
    return (
        outer.left <= inner.left
        and inner.right <= outer.right
        and outer.top <= inner.top
        and inner.bottom <= outer.bottom
    )


def _downscaled(picture: Image.Image) -> Image.Image:
    width = min(GOLDEN_WIDTH, picture.width)
    height = round(picture.height * width / picture.width)
    return picture.convert("RGB").resize((width, height), Image.Resampling.BOX)


def _difference(actual: Image.Image, golden: Image.Image) -> np.ndarray:
    return np.asarray(actual, dtype=float) - np.asarray(golden, dtype=float)


def _blocks(difference: np.ndarray) -> list[float]:
    height, width = difference.shape
    return [
        float(np.abs(difference[top : top + BLOCK, left : left + BLOCK]).mean())
        for top in range(0, height, BLOCK)
        for left in range(0, width, BLOCK)
    ]


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _overlap(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
