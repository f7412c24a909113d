"""Pictures and films for the fakes: another one for every prompt, sharp, of the right size, quick to make.

Belongs here: pixels from a prompt. Does not belong here: which sizes a service offers.
"""

import hashlib
import io
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vidfactory.schema.base import Size

FPS = 24
SHAPES = 40


def picture(prompt: str, size: Size, extension: str = ".png") -> bytes:
    """Ink shapes on paper, seeded by the prompt, in the format of `extension` (.png, .jpg or .webp)."""
    pixels = _draw(prompt, size)
    quick = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]
    done, data = cv2.imencode(extension, pixels, quick if extension == ".png" else [])
    assert done, extension
    return data.tobytes()


def film(prompt: str, size: Size, seconds: float) -> bytes:
    """An MP4 in which a picture moves slowly to the side."""
    still = np.tile(_draw(prompt, size), (1, 2, 1))
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = size.width, size.height, "yuv420p"
        for number in range(round(seconds * FPS)):
            view = np.ascontiguousarray(still[:, number : number + size.width])
            frame = av.VideoFrame.from_ndarray(view, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


def _draw(prompt: str, size: Size) -> NDArray[np.uint8]:
    """Rectangles, rings and lines with hard edges on a light ground."""
    seed = int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:8])
    random = np.random.default_rng(seed)
    paper = random.integers(150, 225)
    pixels = np.full((size.height, size.width, 3), paper, np.uint8)
    unit = min(size.width, size.height)
    places = random.integers(0, (size.width, size.height), (SHAPES, 2)).tolist()
    lengths = random.integers(unit // 24, unit // 5, (SHAPES, 2)).tolist()
    inks = random.integers(10, 245, SHAPES).tolist()
    for number, ((left, top), (width, height), ink) in enumerate(zip(places, lengths, inks, strict=True)):
        colour = (ink, ink, ink)
        if number % 3 == 0:
            cv2.rectangle(pixels, (left, top), (left + width, top + height), colour, -1)
        elif number % 3 == 1:
            cv2.circle(pixels, (left, top), width, colour, max(2, unit // 160))
        else:
            cv2.line(pixels, (left, top), (left + width, top - height), colour, max(2, unit // 200))
    return pixels
