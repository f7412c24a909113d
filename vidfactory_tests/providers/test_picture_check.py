import asyncio
import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from vidfactory.errors import Exhausted
from vidfactory.ports import Answer
from vidfactory.providers.kit import Kit
from vidfactory.providers.picture_check import (
    MAX_PIXELS,
    Need,
    UnfitPicture,
    check_picture,
    checked_picture,
    kept_share,
    nearest_aspect,
    open_picture,
)
from vidfactory.schema.base import Size
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct

SIDES = st.integers(40, 400)


def file(pixels: NDArray[np.uint8], form: str = "PNG", **options: object) -> bytes:
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, form, **options)
    return made.getvalue()


def sharp(width: int, height: int) -> NDArray[np.uint8]:
    """Ink shapes on grey: a frame of one pixel, and a block in the middle."""
    pixels = np.full((height, width, 3), 120, np.uint8)
    pixels[:: max(1, height // 20)] = 230
    pixels[:, :: max(1, width // 20)] = 20
    return pixels


def need(width: int, height: int, asked: tuple[int, int] | None = None, *, is_quiet: bool = False) -> Need:
    of_service = asked or (width, height)
    return Need(Size(width=width, height=height), Size(width=of_service[0], height=of_service[1]), is_quiet)


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims so many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@given(SIDES, SIDES, st.floats(0.55, 3.0))
def test_a_good_picture_becomes_a_png_of_exactly_the_size_that_is_needed(width: int, height: int, scale: float) -> None:
    wanted = need(max(20, round(width / scale)), max(20, round(height / scale)), (width, height), is_quiet=True)
    made = opened(check_picture(file(sharp(width, height)), wanted))
    assert (made.format, made.mode) == ("PNG", "RGB")
    assert made.size == (wanted.size.width, wanted.size.height)


@given(st.integers(100, 300), st.integers(100, 300))
def test_a_picture_is_cropped_in_the_middle_and_never_stretched(width: int, height: int) -> None:
    across, down = np.meshgrid(np.linspace(-1, 1, 300), np.linspace(-1, 1, 300))
    disc = np.where(across**2 + down**2 < 0.5**2, 30, 200).astype(np.uint8)
    made = opened(check_picture(file(np.repeat(disc[..., None], 3, axis=2)), need(width, height, (300, 300))))
    ink = np.argwhere(np.asarray(made.convert("L")) < 110)
    inside = min(width, height) > max(width, height) * 0.55
    if inside:
        extent = np.ptp(ink, axis=0)
        assert abs(int(extent[0]) - int(extent[1])) <= 2
        assert abs(ink.mean(axis=0) - [height / 2, width / 2]).max() <= 1.5


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_every_format_that_services_send_is_read(form: str) -> None:
    assert check_picture(file(sharp(300, 200), form), need(300, 200))


def test_metadata_does_not_get_through() -> None:
    exif = Image.Exif()
    exif[0x010E] = "who it was made for"
    body = file(sharp(300, 200), "JPEG", exif=exif, comment=b"a comment")
    made = check_picture(body, need(300, 200))
    assert b"who it was" not in made
    assert not opened(made).info
    assert not opened(made).getexif()


def test_what_is_transparent_becomes_white() -> None:
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[20:80:3, 20:80, 3] = 255
    made = np.asarray(opened(check_picture(file(pixels), need(100, 100))))
    assert made[0, 0].tolist() == [255, 255, 255]


def test_a_blurred_picture_is_refused_and_a_quiet_one_is_not() -> None:
    soft = np.tile(np.linspace(60, 190, 300, dtype=np.uint8)[None, :, None], (200, 1, 3))
    with pytest.raises(UnfitPicture, match=r"blurred: its sharpness is \d+, not 100"):
        check_picture(file(soft), need(300, 200))
    assert check_picture(file(soft), need(300, 200, is_quiet=True))


@pytest.mark.parametrize("grey", [5, 245])
def test_a_picture_that_is_too_dark_or_too_bright_is_refused(grey: int) -> None:
    with pytest.raises(UnfitPicture, match=f"brightness is {grey}, not 30 to 225"):
        check_picture(file(np.full((200, 300, 3), grey, np.uint8)), need(300, 200, is_quiet=True))


def test_a_picture_of_another_aspect_than_asked_is_refused() -> None:
    with pytest.raises(UnfitPicture, match="wrong aspect: 300x200, where 320x180 was asked"):
        check_picture(file(sharp(300, 200)), need(320, 180))
    assert check_picture(file(sharp(344, 192)), need(320, 180))


def test_a_picture_that_would_be_enlarged_more_than_twice_is_refused() -> None:
    with pytest.raises(UnfitPicture, match=r"too small: 140x100 would be enlarged 2\.1 times"):
        check_picture(file(sharp(140, 100)), need(300, 200, (140, 100)))
    assert check_picture(file(sharp(150, 100)), need(300, 200))


@pytest.mark.parametrize(("width", "height"), [(8_000, 8_000), (10_000, 10_000), (60_000, 60_000)])
def test_a_picture_that_is_made_to_fill_the_memory_is_refused_unopened(width: int, height: int) -> None:
    assert width * height > MAX_PIXELS
    with pytest.raises(UnfitPicture, match=r"more than any service draws|made to fill the memory"):
        open_picture(bomb(width, height))


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>no picture</html>", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(50), bomb(100, 100)[:60]],
    ids=["empty", "html", "head", "gif", "cut"],
)
def test_what_is_no_picture_is_refused(body: bytes) -> None:
    with pytest.raises(UnfitPicture):
        open_picture(body)


@given(st.sampled_from(["PNG", "JPEG", "WEBP"]), st.data())
def test_a_damaged_file_is_opened_or_refused_and_nothing_else(form: str, data: st.DataObject) -> None:
    body = bytearray(file(sharp(60, 40), form))
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnfitPicture):
        assert open_picture(bytes(body)).mode == "RGB"


@given(st.sampled_from(["PNG", "JPEG", "WEBP"]), st.floats(0, 0.9))
def test_a_truncated_file_is_refused(form: str, share: float) -> None:
    body = file(np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8), form)
    with pytest.raises(UnfitPicture):
        open_picture(body[: int(len(body) * share)])


@given(SIDES, SIDES, st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=8))
def test_the_nearest_aspect_is_the_one_of_which_most_is_kept(
    width: int, height: int, offered: list[tuple[int, int]]
) -> None:
    size, sizes = Size(width=width, height=height), tuple(Size(width=each[0], height=each[1]) for each in offered)
    chosen = kept_share(nearest_aspect(size, sizes), size)
    assert 0 < chosen <= 1
    assert all(chosen >= kept_share(other, size) - 1e-6 for other in sizes)


def answers(*bodies: bytes) -> tuple[list[int], Callable[[int], object]]:
    """The seeds that are asked for, and who answers them with `bodies` one after another."""
    seeds: list[int] = []

    async def ask(seed: int) -> Answer:
        seeds.append(seed)
        return Answer(facts={}, cost=Decimal("0.04"), body=bodies[len(seeds) - 1])

    return seeds, ask


KIT = Kit("somebody", "illustrator", Service(models={"illustrator": "model-1"}), Direct())


def test_a_picture_that_fails_is_asked_for_again_with_another_seed_and_both_are_counted() -> None:
    seeds, ask = answers(file(np.full((200, 300, 3), 5, np.uint8)), file(sharp(300, 200)))
    made = asyncio.run(checked_picture(KIT, need(300, 200), 7, ask))
    assert seeds == [7, 8]
    assert made.made_by.cost_usd == Decimal("0.08")


def test_after_three_pictures_that_fail_the_error_says_what_was_wrong_with_each() -> None:
    dark, small = file(np.full((200, 300, 3), 5, np.uint8)), file(sharp(100, 67))
    seeds, ask = answers(dark, small, file(sharp(300, 300)))
    with pytest.raises(Exhausted, match=r"1: its mean brightness.*2: it is too small.*3: it has the wrong aspect"):
        asyncio.run(checked_picture(KIT, need(300, 200), 7, ask))
    assert seeds == [7, 8, 9]
