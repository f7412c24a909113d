"""Qualities: each is what the requirements ask of it, and its settings are ones that the encoder takes."""

from pathlib import Path
from typing import get_args

import av
import pytest

from vidfactory.rendering import quality
from vidfactory.rendering.encode import encode_frames
from vidfactory.rendering.quality import WANTED, encodings
from vidfactory.schema.base import Size
from vidfactory.schema.film import Quality

NAMES: tuple[Quality, ...] = get_args(Quality)


def encoded(name: Quality, folder: Path) -> av.container.InputContainer:
    size = Size(width=320, height=180)
    encoding = WANTED[name][0]
    frames = (av.VideoFrame(size.width, size.height, "yuv420p") for _ in range(3))
    encode_frames(folder / "v.mp4", size, 30, encoding.picture, frames)
    return av.open(folder / "v.mp4")


@pytest.mark.parametrize("name", NAMES)
def test_every_quality_encodes_as_high_profile(name: Quality, tmp_path: Path) -> None:
    with encoded(name, tmp_path) as container:
        assert container.streams.video[0].codec_context.profile == "High"
        assert container.streams.video[0].frames == 3


@pytest.mark.parametrize(
    ("name", "preset", "crf", "megabits", "level"),
    [
        ("draft", "fast", 21, 4, "4.2"),
        ("standard", "slow", 21, 8, "4.2"),
        ("high", "slow", 18, 12, "4.2"),
        ("ultra", "slow", 18, 35, "5.1"),
    ],
)
def test_the_figures_are_those_of_the_requirements(
    name: Quality, preset: str, crf: int, megabits: int, level: str
) -> None:
    wanted = WANTED[name][0]
    picture = wanted.picture
    assert (picture.preset, picture.quality, picture.max_bit_rate, picture.level) == (
        preset,
        crf,
        megabits * 1_000_000,
        level,
    )
    assert wanted.sound_bit_rate == 320_000


def test_broadcast_has_its_fallback() -> None:
    assert [str(encoding) for encoding in encodings("broadcast")] == [
        "libx264 slow crf 18, aac 192 kbit/s",
        "libx264 medium crf 23, aac 128 kbit/s",
    ]


def test_the_graphics_card_comes_first_where_it_encodes_and_never_for_broadcast(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quality, "serves", lambda _: True)
    for name in NAMES:
        codecs = [encoding.picture.codec for encoding in encodings(name)]
        assert codecs == (["libx264"] * 2 if name == "broadcast" else ["h264_nvenc", "libx264"])
    monkeypatch.setattr(quality, "serves", lambda _: False)
    assert {encoding.picture.codec for name in NAMES for encoding in encodings(name)} == {"libx264"}
