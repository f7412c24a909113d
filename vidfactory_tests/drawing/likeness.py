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


def opened(image: bytes) -> Image.Image:
    return Image.open(BytesIO(image))


def assert_like_golden(image: bytes, name: str, config: pytest.Config, tolerance: float = 10.0) -> None:
    """Compare a downscaled grey picture with `golden/<name>.png`: no block may differ by more than
    `tolerance` of 255 on average, which a moved or missing word does.
    """
    small = _downscaled(opened(image))
    path = GOLDEN / f"{name}.png"
    if config.getoption("--write-golden"):
        small.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    with Image.open(path) as golden:
        expected = np.asarray(golden.convert("L"), dtype=float)
    actual = np.asarray(small.convert("L"), dtype=float)
    assert actual.shape == expected.shape
    worst = max(_blocks(np.abs(actual - expected)))
    assert worst <= tolerance, f"{name} differs from its golden picture by {worst:.1f} in one place"


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


def _blocks(difference: np.ndarray) -> list[float]:
    height, width = difference.shape
    return [
        float(difference[top : top + BLOCK, left : left + BLOCK].mean())
        for top in range(0, height, BLOCK)
        for left in range(0, width, BLOCK)
    ]


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _overlap(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
