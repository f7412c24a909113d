import base64
import re
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from vidfactory.drawing.preview import image_markdown, preview_data_uri
from vidfactory.drawing.typesetting import png_bytes
from vidfactory_tests.drawing.likeness import opened


def shown(uri: str) -> Image.Image:
    head, data = uri.split(",", 1)
    assert head == "data:image/jpeg;base64"
    return opened(base64.b64decode(data))


def noise(width: int, height: int) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return png_bytes(Image.fromarray(pixels))


def test_preview_is_a_small_jpeg_of_the_same_shape() -> None:
    picture = shown(preview_data_uri(png_bytes(Image.new("RGB", (1080, 1920), "navy"))))
    assert picture.format == "JPEG"
    assert picture.size == (480, 853)


def test_small_picture_is_not_enlarged() -> None:
    assert shown(preview_data_uri(png_bytes(Image.new("RGB", (60, 40))))).size == (60, 40)


def test_preview_of_the_worst_picture_stays_below_sixty_kilobytes() -> None:
    assert len(preview_data_uri(noise(1080, 1920))) <= 61_000


def test_preview_of_a_file_equals_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(noise(300, 200))
    assert preview_data_uri(path) == preview_data_uri(path.read_bytes())


def test_transparent_parts_become_white() -> None:
    assert shown(preview_data_uri(png_bytes(Image.new("RGBA", (50, 50), (0, 0, 0, 0))))).getpixel((25, 25)) == (
        255,
        255,
        255,
    )


def test_long_strip_shows_its_beginning_large_enough_to_read() -> None:
    strip = Image.new("RGB", (20_000, 60), "black")
    strip.paste("white", (0, 0, 240, 60))
    picture = shown(preview_data_uri(png_bytes(strip)))
    assert picture.size == (480, 60)
    assert picture.getpixel((100, 30)) > (240, 240, 240)
    assert picture.getpixel((400, 30)) < (15, 15, 15)


def test_any_kind_of_png_can_be_previewed() -> None:
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16"):
        stream = BytesIO()
        Image.new(mode, (30, 20)).save(stream, "PNG")
        assert shown(preview_data_uri(stream.getvalue())).size == (30, 20)


def test_markdown_holds_one_image_whose_description_cannot_break_out() -> None:
    markdown = image_markdown("A [chart]\nof](http://x) GOOG", png_bytes(Image.new("RGB", (8, 8))))
    assert re.fullmatch(
        r"!\[A \\\[chart\\\] of\\\]\(http://x\) GOOG\]\(data:image/jpeg;base64,[A-Za-z0-9+/=]+\)", markdown
    )
