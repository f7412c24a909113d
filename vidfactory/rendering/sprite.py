"""Sprites: pictures in the encoder's own format, converted once.

Planar YUV 4:2:0, BT.709, limited range, with optional alpha for blending.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

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
ANOTHER = "Make its asset again (`vidfactory make KEY --from ASSET`), or give another picture"
SMALLER = f"Give one of at most {MAX_PIXELS // 1_000_000} million pixels"
DEEP_WHITE = 65_535
"""White where Pillow holds more than 8 bits a pixel."""


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
        rgb, coverage = np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])
        if coverage.min() == 255:
            return cls(*_planes(rgb))
        return cls(*_covered_planes(rgb, coverage), Alpha(coverage, _halved(coverage)))

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
        return _eight_bits(image).convert("RGBA")


@contextmanager
def _opened(path: Path, where: str) -> Iterator[Image.Image]:
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadInput(f"the image {path} has {image.width}x{image.height} pixels", where=where, remedy=SMALLER)
            if image.mode == "F":
                unclear = f"the image {path} holds fractions, and does not say which of them is white"
                raise BadInput(unclear, where=where, remedy="Give one of 8 or 16 bits a channel")
            yield image
    except FileNotFoundError as error:
        raise BadInput(f"the image {path} is missing", where=where, remedy=ANOTHER) from error
    except Image.DecompressionBombError as error:
        raise BadInput(f"the image {path} is too large: {error}", where=where, remedy=SMALLER) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadInput(f"the image {path} cannot be read: {error}", where=where, remedy=ANOTHER) from error


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits brought to 8, which Pillow would cut off at 255."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray(np.rint(np.clip(np.asarray(image) / DEEP_WHITE, 0, 1) * 255).astype(np.uint8))


def crossfade(below: Sprite, above: Sprite, share: float) -> Sprite:
    """Both sprites mixed, `share` in [0, 1] of `above`; they must be of one size."""
    return combined(below, above, lambda a, b: cv2.addWeighted(a, 1 - share, b, share, 0))  # type: ignore[arg-type,return-value]  # cv2 says MatLike


def combined(below: Sprite, above: Sprite, mixed: Callable[[Plane, Plane], Plane]) -> Sprite:
    """The sprite whose every plane is `mixed` from those of two sprites of one size.

    Colours count by their coverage, so that what hides under a transparent part never shows.
    """
    alpha = None
    if below.alpha is not None or above.alpha is not None:
        first, second = below.alpha or opaque(below), above.alpha or opaque(above)
        alpha = Alpha(mixed(first.luma, second.luma), mixed(first.chroma, second.chroma))
    below, above = weighted(below), weighted(above)
    return unweighted(Sprite(mixed(below.y, above.y), mixed(below.u, above.u), mixed(below.v, above.v), alpha))


def weighted(sprite: Sprite) -> Sprite:
    """The sprite with its colours multiplied by its coverage: so they are mixed and sampled (Porter and Duff 1984)."""
    if sprite.alpha is None:
        return sprite
    whole, half = sprite.alpha.luma, sprite.alpha.chroma
    return Sprite(times(sprite.y, whole), times(sprite.u, half), times(sprite.v, half), sprite.alpha)


def unweighted(sprite: Sprite) -> Sprite:
    """What `weighted` was made from; where nothing is covered the colours are gone."""
    if sprite.alpha is None:
        return sprite
    whole, half = sprite.alpha.luma, sprite.alpha.chroma
    return Sprite(_by(sprite.y, whole), _by(sprite.u, half), _by(sprite.v, half), sprite.alpha)


def times(plane: Plane, coverage: Plane) -> Plane:
    """The share of each value that its coverage, 0-255, lets through."""
    return cv2.multiply(plane, coverage, scale=1 / 255)  # type: ignore[return-value]


def _by(plane: Plane, coverage: Plane) -> Plane:
    return cv2.divide(plane, coverage, scale=255)  # type: ignore[return-value]


def opaque(sprite: Sprite) -> Alpha:
    """Full coverage, as large as the sprite."""
    return Alpha(np.full_like(sprite.y, 255), np.full_like(sprite.u, 255))


def _even(pixels: Plane) -> Plane:
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _halved(plane: NDArray[Any]) -> NDArray[Any]:
    height, width = plane.shape
    return cv2.resize(plane, (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def _covered_planes(rgb: Plane, coverage: Plane) -> tuple[Plane, Plane, Plane]:
    """Chroma from the covered pixels alone, so that what hides under the others takes no colour from an edge."""
    y, u, v = _converted(rgb, "yuv444p")
    weight = coverage + np.float32(0.01)
    halves = (np.rint(_halved(plane * weight) / _halved(weight)).astype(np.uint8) for plane in (u, v))
    return y, *halves


def _converted(rgb: Plane, pixel_format: str) -> Plane:
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    frame.time_base = Fraction(1, 1)
    converted = frame.reformat(
        format=pixel_format,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )
    return np.asarray(converted.to_ndarray(), dtype=np.uint8)


def _planes(rgb: Plane) -> tuple[Plane, Plane, Plane]:
    stacked = _converted(rgb, "yuv420p")
    height, width = rgb.shape[:2]
    quarter = height * width // 4
    flat = stacked.reshape(-1)
    chroma = (height // 2, width // 2)
    u = flat[height * width : height * width + quarter].reshape(chroma)
    v = flat[height * width + quarter :].reshape(chroma)
    return stacked[:height], u, v
