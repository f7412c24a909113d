"""A sound as a picture: how loud it is over its length.

Belongs here: the picture. Does not belong here: reading sound files and measuring loudness.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vidfactory.drawing.typesetting import png_bytes
from vidfactory.schema.base import Size
from vidfactory.schema.theme import Palette

BAR_PX = 4
GAP_PX = 2


def draw_waveform(samples: NDArray[np.float32], size: Size, palette: Palette) -> bytes:
    """PNG of exactly `size`: the peak of each stretch of mono `samples` in [-1, 1], shape (n,), as a bar.

    The scale is linear and the full height is full scale, so that pictures of two takes compare.
    """
    bars = max(1, (size.width + GAP_PX) // (BAR_PX + GAP_PX))
    peaks = [float(np.abs(part).max(initial=0.0)) for part in np.array_split(samples, bars)]
    picture = Image.new("RGB", (size.width, size.height), palette.paper)
    pen = ImageDraw.Draw(picture)
    middle = size.height / 2
    for index, peak in enumerate(peaks):
        left = index * (BAR_PX + GAP_PX)
        half = max(1.0, min(peak, 1.0) * middle)
        pen.rectangle((left, round(middle - half), left + BAR_PX - 1, round(middle + half) - 1), fill=palette.ink)
    return png_bytes(picture)
