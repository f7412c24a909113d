"""Golden pictures: small PNGs in `golden/`, compared with a tolerance, written with `--write-golden`."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

GOLDEN = Path(__file__).parent / "golden"


def check_golden(request: pytest.FixtureRequest, name: str, picture: NDArray[np.uint8], width: int = 180) -> None:
    """Compare an RGB picture, scaled down to `width`, with its golden file: mean difference below 2 of 255."""
    image = Image.fromarray(picture)
    small = image.resize((width, round(image.height * width / image.width)), Image.Resampling.BOX)
    path = GOLDEN / f"{name}.png"
    if request.config.getoption("--write-golden"):
        small.save(path, optimize=True)
    with Image.open(path) as golden:
        expected = np.asarray(golden.convert("RGB"), dtype=np.int16)
    difference = np.abs(np.asarray(small, dtype=np.int16) - expected)
    assert difference.shape == expected.shape
    assert difference.mean() < 2, f"{name} differs by {difference.mean():.1f} on average; look at it"
