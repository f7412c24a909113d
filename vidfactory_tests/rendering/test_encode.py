"""Encoding: what players and platforms ask of the file, and the same bytes every time."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from vidfactory.ports import Sound
from vidfactory.rendering.audio import encode_aac
from vidfactory.rendering.encode import X264, encode_video, join
from vidfactory.rendering.frames import frames_at
from vidfactory.schema.base import Size

SIZE = Size(width=108, height=192)
FRAMES = 90


def grey(number: int) -> NDArray[np.uint8]:
    """Frame `number` as I420: luma tells which frame it is."""
    planes = np.full((SIZE.height * 3 // 2, SIZE.width), 128, np.uint8)
    planes[: SIZE.height] = 20 + 2 * number
    return planes


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film"))


def make_film(folder: Path) -> Path:
    encode_video(folder / "v.mp4", SIZE, 30, FRAMES, X264(), grey)
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(48_000 * FRAMES // 30) / 48_000)
    encode_aac(folder / "a.mp4", Sound(np.stack([tone, tone]).astype(np.float32), 48_000), 192_000)
    join(folder / "v.mp4", folder / "a.mp4", folder / "film.mp4", "Title")
    return folder / "film.mp4"


def test_the_streams_are_what_platforms_ask_for(film: Path) -> None:
    with av.open(film) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        codec = video.codec_context
        assert (video.codec.name, codec.profile, codec.pix_fmt) == ("h264", "High", "yuv420p")
        assert (codec.width, codec.height, video.average_rate) == (SIZE.width, SIZE.height, 30)
        assert (codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range) == (1, 1, 1, 1)
        assert (audio.codec.name, audio.rate, audio.channels) == ("aac", 48_000, 2)
        assert container.metadata["title"] == "Title"


def test_picture_and_sound_begin_together_and_last_as_long(film: Path) -> None:
    with av.open(film) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert video.frames == FRAMES
        assert video.duration * video.time_base == Fraction(FRAMES, 30)
        assert abs(audio.duration * audio.time_base - Fraction(FRAMES, 30)) < Fraction(1, 30)
        assert (video.start_time or 0) * video.time_base == 0


def test_the_index_stands_in_front(film: Path) -> None:
    content = film.read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")


def test_the_same_frames_give_the_same_bytes(film: Path, tmp_path: Path) -> None:
    assert make_film(tmp_path).read_bytes() == film.read_bytes()


def test_frames_are_found_by_their_number(film: Path) -> None:
    shown = frames_at(film, [0, 7, 59, 89])
    luma = [frame.mean() for frame in shown]
    wanted = [(20 + 2 * number - 16) * 255 / 219 for number in (0, 7, 59, 89)]
    assert np.allclose(luma, wanted, atol=2)


def test_a_frame_beyond_the_end_is_an_error(film: Path) -> None:
    with pytest.raises(IndexError, match="no frame 90"):
        frames_at(film, [FRAMES])


def test_key_frames_come_at_the_set_distance(film: Path) -> None:
    with av.open(film) as container:
        keys = [packet.pts for packet in container.demux(video=0) if packet.is_keyframe and packet.pts is not None]
        rate = container.streams.video[0].time_base
    assert [round(pts * rate * 30) for pts in keys] == [0, 60]
