"""Sprites: pictures in the encoder's own format, converted once.

Planar YUV 4:2:0, BT.709, limited range, with optional alpha for blending.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from vidfactory.errors import BadInput
from vidfactory.schema.base import Size

Plane = NDArray[np.uint8]
MAX_PIXELS = 64_000_000
"""Larger images are refused: a bomb, or a mistake."""
SMALLER = f"Give one of at most {MAX_PIXELS // 1_000_000} million pixels"


@dataclass(frozen=True, eq=False)
class Alpha:
    """Coverage 0-255 for the luma plane and, at half size, for the chroma planes."""

    luma: Plane
    chroma: Plane


@dataclass(frozen=True, eq=False)
class Sprite:
    """Planes `y` of shape (height, width), `u` and `v` of half of both; without `alpha` it is opaque."""

    y: Plane
    u: Plane
    v: Plane
    alpha: Alpha | None = None

    @property
    def size(self) -> Size:
        return Size(width=self.y.shape[1], height=self.y.shape[0])

    @classmethod
    def of(cls, image: Image.Image) -> Self:
        """Convert a Pillow image; odd edges are repeated to even sizes. Fully opaque alpha is dropped."""
        pixels = _even(np.asarray(image.convert("RGBA")))
        y, u, v = _planes(np.ascontiguousarray(pixels[..., :3]))
        coverage = np.ascontiguousarray(pixels[..., 3])
        if coverage.min() == 255:
            return cls(y, u, v)
        return cls(y, u, v, Alpha(coverage, _halved(coverage)))

    def crop(self, left: int, top: int, width: int, height: int) -> Self:
        """A view of an even box inside the sprite."""
        whole = np.s_[top : top + height, left : left + width]
        half = np.s_[top // 2 : (top + height) // 2, left // 2 : (left + width) // 2]
        alpha = self.alpha and Alpha(self.alpha.luma[whole], self.alpha.chroma[half])
        return type(self)(self.y[whole], self.u[half], self.v[half], alpha)


def image_size(path: Path, where: str) -> Size:
    """Width and height from the image's head; BadInput naming `where` and the file if it cannot be used."""
    with _opened(path, where) as image:
        return Size(width=image.width, height=image.height)


def open_image(path: Path, where: str) -> Image.Image:
    """Load an image as RGBA; BadInput naming `where` and the file if it cannot be used."""
    with _opened(path, where) as image:
        return image.convert("RGBA")


@contextmanager
def _opened(path: Path, where: str) -> Iterator[Image.Image]:
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadInput(f"the image {path} has {image.width}x{image.height} pixels", where=where, remedy=SMALLER)
            yield image
    except FileNotFoundError as error:
        raise BadInput(f"the image {path} is missing", where=where, remedy="Make it again") from error
    except Image.DecompressionBombError as error:
        raise BadInput(f"the image {path} is too large: {error}", where=where, remedy=SMALLER) from error
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise BadInput(f"the image {path} cannot be read: {error}", where=where, remedy="Make it again") from error


def crossfade(below: Sprite, above: Sprite, share: float) -> Sprite:
    """Both sprites mixed, `share` in [0, 1] of `above`; they must be of one size."""
    return combined(below, above, lambda a, b: cv2.addWeighted(a, 1 - share, b, share, 0))  # type: ignore[arg-type,return-value]  # cv2 says MatLike


def combined(below: Sprite, above: Sprite, mixed: Callable[[Plane, Plane], Plane]) -> Sprite:
    """The sprite whose every plane is `mixed` from those of two sprites of one size."""
    alpha = None
    if below.alpha is not None or above.alpha is not None:
        first, second = below.alpha or _opaque(below), above.alpha or _opaque(above)
        alpha = Alpha(mixed(first.luma, second.luma), mixed(first.chroma, second.chroma))
    return Sprite(mixed(below.y, above.y), mixed(below.u, above.u), mixed(below.v, above.v), alpha)


def _opaque(sprite: Sprite) -> Alpha:
    return Alpha(np.full_like(sprite.y, 255), np.full_like(sprite.u, 255))


def _even(pixels: Plane) -> Plane:
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _halved(coverage: Plane) -> Plane:
    height, width = coverage.shape
    return cv2.resize(coverage, (width // 2, height // 2), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _planes(rgb: Plane) -> tuple[Plane, Plane, Plane]:
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    frame.time_base = Fraction(1, 1)
    converted = frame.reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )
    stacked = np.asarray(converted.to_ndarray(), dtype=np.uint8)
    height, width = rgb.shape[:2]
    quarter = height * width // 4
    flat = stacked.reshape(-1)
    chroma = (height // 2, width // 2)
    u = flat[height * width : height * width + quarter].reshape(chroma)
    v = flat[height * width + quarter :].reshape(chroma)
    return stacked[:height], u, v
