"""What a picture from a service must be before it is accepted.

Belongs here: safe decoding, fitting to the size that is needed, the checks, and asking again. Does not belong
here: any one service, and what the picture shows.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from vidfactory.errors import Exhausted, VidfactoryError
from vidfactory.ports import Answer, DrawnPicture
from vidfactory.providers.failures import unreadable
from vidfactory.providers.kit import Kit
from vidfactory.schema.base import Credit, Size

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 50_000_000
"""More than any service draws; a file that says it holds more is made to fill the memory."""
ASPECT_TOLERANCE = 0.043
"""How far the aspect may be from what was asked: 16:9 may be 1.70 to 1.86."""
MAX_ENLARGEMENT = 2.0
MIN_SHARPNESS = 100.0
"""Variance of the Laplacian over the grey picture."""
MIN_BRIGHTNESS, MAX_BRIGHTNESS = 30.0, 225.0
"""Mean of the grey picture, 0 to 255."""
MORE_TRIES = 2
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN = (OSError, SyntaxError, ValueError)
"""What Pillow raises for files that are broken in one way or another."""


class UnfitPicture(VidfactoryError):
    """A picture that cannot be used; another one might be."""


@dataclass(frozen=True)
class Need:
    """What is needed, and what was asked of the service for it.

    A quiet picture is a backdrop: it may be soft, because everything else stands in front of it.
    """

    size: Size
    asked: Size
    is_quiet: bool = False


def check_picture(body: bytes, need: Need) -> bytes:
    """The picture as a PNG of exactly the size that is needed, without metadata.

    It is cropped to the aspect, never stretched, and scaled. UnfitPicture that says which check it fails.
    """
    picture = open_picture(body)
    _check_aspect(picture, need.asked)
    fitted = _fitted(picture, need.size)
    grey = np.asarray(fitted.convert("L"))
    sharpness, brightness = float(cv2.Laplacian(grey, cv2.CV_64F).var()), float(grey.mean())
    if not MIN_BRIGHTNESS <= brightness <= MAX_BRIGHTNESS:
        wanted = f"{MIN_BRIGHTNESS:.0f} to {MAX_BRIGHTNESS:.0f}"
        raise UnfitPicture(f"its mean brightness is {brightness:.0f}, not {wanted}")
    if sharpness < MIN_SHARPNESS and not need.is_quiet:
        raise UnfitPicture(f"it is blurred: its sharpness is {sharpness:.0f}, not {MIN_SHARPNESS:.0f} or more")
    file = io.BytesIO()
    fitted.save(file, "PNG", compress_level=3)
    return file.getvalue()


def open_picture(body: bytes) -> Image.Image:
    """The whole picture in RGB, on white where it is transparent; UnfitPicture for anything else than a picture."""
    try:
        picture = Image.open(io.BytesIO(body), formats=FORMATS)
        if picture.width * picture.height > MAX_PIXELS:
            raise UnfitPicture(f"it claims {picture.width}x{picture.height} pixels, more than any service draws")
        picture.load()
        if "A" not in picture.getbands() and "transparency" not in picture.info:
            return picture.convert("RGB")
        layer = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    except _BOMBS as error:
        raise UnfitPicture(f"it is made to fill the memory: {error}") from error
    except UnidentifiedImageError as error:
        raise UnfitPicture("it is no PNG, JPEG or WebP picture") from error
    except _BROKEN as error:
        raise UnfitPicture(f"it is a broken picture: {error}") from error


async def check_is_whole(kit: Kit, body: bytes) -> None:
    """Raises Transient, so that it is asked for again, where `body` is no whole picture."""
    try:
        await asyncio.to_thread(open_picture, body)
    except UnfitPicture as error:
        raise unreadable(kit, f"the picture cannot be opened, {error.what}") from error


async def checked_picture(kit: Kit, need: Need, seed: int, ask: Callable[[int], Awaitable[Answer]]) -> DrawnPicture:
    """The first picture that passes; one that does not is asked for again, with another seed, twice at most.

    `ask` is given a seed. Exhausted that says what failed each time, so that the next provider may serve.
    """
    spent, faults = Decimal(0), list[str]()
    for attempt in range(1 + MORE_TRIES):
        answer = await ask(seed + attempt)
        spent += answer.cost
        try:
            png = await asyncio.to_thread(check_picture, answer.body, need)
        except UnfitPicture as error:
            faults.append(f"{attempt + 1}: {error.what}")
        else:
            return DrawnPicture(png, Credit(provider=kit.name, model=kit.model, cost_usd=spent))
    raise Exhausted(f"no picture was accepted ({'; '.join(faults)})", where=f"{kit.name} {kit.port}")


def nearest_aspect(size: Size, offered: tuple[Size, ...]) -> Size:
    """The one of `offered` of which least is cut away for the aspect of `size`; the smallest such."""
    return min(offered, key=lambda other: (round(-kept_share(other, size), 6), other.width * other.height))


def kept_share(picture: Size, needed: Size) -> float:
    """How much of a picture is left when it is cropped to the aspect that is needed, 0 to 1."""
    ratio = picture.width * needed.height / (picture.height * needed.width)
    return min(ratio, 1 / ratio)


def _check_aspect(picture: Image.Image, asked: Size) -> None:
    share = kept_share(Size(width=picture.width, height=picture.height), asked)
    if share < 1 - ASPECT_TOLERANCE:
        raise UnfitPicture(
            f"it has the wrong aspect: {picture.width}x{picture.height}, where {asked.width}x{asked.height} was asked"
        )


def _fitted(picture: Image.Image, size: Size) -> Image.Image:
    scale = max(size.width / picture.width, size.height / picture.height)
    if scale > MAX_ENLARGEMENT:
        raise UnfitPicture(
            f"it is too small: {picture.width}x{picture.height} would be enlarged {scale:.1f} times for"
            f" {size.width}x{size.height}"
        )
    width, height = min(size.width / scale, picture.width), min(size.height / scale, picture.height)
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    box = (left, top, picture.width - left, picture.height - top)
    return picture.resize((size.width, size.height), Image.Resampling.LANCZOS, box=box)
