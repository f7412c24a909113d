"""Small pictures inside Markdown, for a page that can load no files.

Belongs here: making an image small and writing it as a `data:` URI. Does not belong here: which
asset shows which picture.
"""

import base64
import re
from io import BytesIO
from pathlib import Path

from PIL import Image

from vidfactory.drawing.typesetting import jpeg_bytes

MAX_BYTES = 45_000
"""Of the JPEG: 60 KB once it is written in base64."""
QUALITIES = (82, 70, 55, 40, 25)
WIDEST_RATIO = 8
TALLEST_RATIO = 3


def preview_data_uri(image: bytes | Path, max_width: int = 480) -> str:
    """`image` as a JPEG of at most `max_width` pixels and about 60 KB, in a `data:` URI.

    What is transparent becomes white. Of a strip only the beginning is shown, so that it can be read.
    """
    with Image.open(BytesIO(image) if isinstance(image, bytes) else image) as opened:
        picture = _beginning(_on_white(opened))
    picture.thumbnail((max_width, picture.height), Image.Resampling.LANCZOS)
    data = _small_jpeg(picture)
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


def image_markdown(alt: str, image: bytes | Path, max_width: int = 480) -> str:
    """`![alt](data:…)`, with `alt` on one line and its brackets escaped."""
    text = re.sub(r"([\\\[\]])", r"\\\1", " ".join(alt.split()))
    return f"![{text}]({preview_data_uri(image, max_width)})"


def _on_white(picture: Image.Image) -> Image.Image:
    layers = picture.convert("RGBA")
    ground = Image.new("RGBA", layers.size, "white")
    return Image.alpha_composite(ground, layers).convert("RGB")


def _beginning(picture: Image.Image) -> Image.Image:
    width = min(picture.width, picture.height * WIDEST_RATIO)
    height = min(picture.height, picture.width * TALLEST_RATIO)
    return picture.crop((0, 0, width, height))


def _small_jpeg(picture: Image.Image) -> bytes:
    """The best quality that is small enough; where none is, half the size."""
    tries = (jpeg_bytes(picture, quality) for quality in QUALITIES)
    small = next((data for data in tries if len(data) <= MAX_BYTES), None)
    return small if small is not None else _small_jpeg(picture.reduce(2))
