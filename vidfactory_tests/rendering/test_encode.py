"""Encoding: what players and platforms ask of the file, and the same bytes every time."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vidfactory.errors import BadInput, DamagedArtifact, VidfactoryError
from vidfactory.rendering.audio import encode_aac
from vidfactory.rendering.encode import Encoder, EncoderFailed, encode_frames, frame_count, is_whole, join, serves
from vidfactory.rendering.frames import frames_at
from vidfactory.schema.base import Size

SIZE = Size(width=108, height=192)
FRAMES = 90
PIECES = (range(60), range(60, 61), range(61, 64), range(64, 90))


def greys(numbers: range) -> Iterator[av.VideoFrame]:
    """Frames by their numbers: luma tells which one it is. All are one and the same object, as the compositor's are."""
    frame = av.VideoFrame(SIZE.width, SIZE.height, "yuv420p")
    luma, *chroma = (np.frombuffer(memoryview(plane), np.uint8) for plane in frame.planes)
    for plane in chroma:
        plane[:] = 128
    for number in numbers:
        luma[:] = 20 + 2 * number
        yield frame


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film"))


def make_film(folder: Path) -> Path:
    pieces = [folder / f"{numbers.start}.mp4" for numbers in PIECES]
    for piece, numbers in zip(pieces, PIECES, strict=True):
        encode_frames(piece, SIZE, 30, Encoder(), greys(numbers))
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(48_000 * FRAMES // 30) / 48_000)
    encode_aac(folder / "a.mp4", [np.stack([tone, tone]).astype(np.float32)], 192_000)
    join(pieces, folder / "a.mp4", folder / "film.mp4", 30, "Title")
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


def test_every_frame_is_there_once_and_in_its_place(film: Path) -> None:
    with av.open(film) as container:
        stream = container.streams.video[0]
        shown = [(frame.pts * stream.time_base * 30, frame.to_ndarray()[0, 0]) for frame in container.decode(stream)]
    assert [at for at, _ in shown] == list(range(FRAMES))
    assert np.allclose([luma for _, luma in shown], [20 + 2 * number for number in range(FRAMES)], atol=2)


def test_decoding_times_rise_by_one_frame_and_never_pass_the_showing(film: Path) -> None:
    with av.open(film) as container:
        rate = container.streams.video[0].time_base * 30
        packets = [packet for packet in container.demux(video=0) if packet.size]
        times = [(packet.dts * rate, packet.pts * rate) for packet in packets]
    assert [dts for dts, _ in times] == list(range(-2, FRAMES - 2))
    assert all(dts <= pts for dts, pts in times)


def test_key_frames_come_where_pieces_begin_and_at_the_set_distance(tmp_path: Path) -> None:
    for name, numbers in (("a", range(90)), ("b", range(90))):
        encode_frames(tmp_path / name, SIZE, 30, Encoder(key_frame_s=2.0), greys(numbers))
    join([tmp_path / "a", tmp_path / "b"], None, tmp_path / "film.mp4", 30, "Title")
    with av.open(tmp_path / "film.mp4") as container:
        keys = [packet.pts for packet in container.demux(video=0) if packet.is_keyframe and packet.pts is not None]
        rate = container.streams.video[0].time_base
    assert [round(pts * rate * 30) for pts in keys] == [0, 60, 90, 150]


def test_pieces_of_two_encoders_are_not_joined(tmp_path: Path) -> None:
    encode_frames(tmp_path / "a", SIZE, 30, Encoder(preset="veryfast"), greys(range(3)))
    encode_frames(tmp_path / "b", SIZE, 30, Encoder(preset="ultrafast"), greys(range(3)))
    with pytest.raises(DamagedArtifact, match="another encoder"):
        join([tmp_path / "a", tmp_path / "b"], None, tmp_path / "film.mp4", 30, "Title")


def test_a_film_of_no_pieces_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least one piece"):
        join([], None, tmp_path / "film.mp4", 30, "Title")


def test_an_encoder_that_refuses_its_settings_says_which(tmp_path: Path) -> None:
    with pytest.raises(EncoderFailed, match="libx264 impossible crf 18 failed"):
        encode_frames(tmp_path / "v.mp4", SIZE, 30, Encoder(preset="impossible"), greys(range(3)))


def test_a_trial_tells_which_encoder_serves() -> None:
    assert serves(Encoder())
    assert not serves(Encoder(preset="impossible"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_the_disks_error_and_no_encoders() -> None:
    with pytest.raises(OSError, match="No space left"):
        encode_frames(Path("/dev/full"), SIZE, 30, Encoder(), greys(range(90)))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_joining_onto_a_full_disk_says_what_to_do(film: Path) -> None:
    with pytest.raises(VidfactoryError, match=r"/dev/full: it cannot be written: .*free some space"):
        join([film] * 40, None, Path("/dev/full"), 30, "Title")


def test_pieces_one_behind_the_other_keep_to_the_bit_rate(tmp_path: Path) -> None:
    """Noise, which would take many times as much, in pieces as short as a transition."""
    size, pieces = Size(width=320, height=180), []
    encoder = Encoder(preset="fast", quality=18, max_bit_rate=2_000_000)
    noise = np.random.default_rng(1)

    def snow(count: int) -> Iterator[av.VideoFrame]:
        for _ in range(count):
            picture = noise.integers(0, 255, (size.height * 3 // 2, size.width), np.uint8)
            yield av.VideoFrame.from_ndarray(picture, format="yuv420p")

    for number in range(8):
        pieces.append(tmp_path / f"{number}.mp4")
        encode_frames(pieces[-1], size, 30, encoder, snow(60 if number % 2 else 15))
    join(pieces, None, tmp_path / "film.mp4", 30, "Title")
    seconds = 4 * 75 / 30
    assert 1_500_000 < (tmp_path / "film.mp4").stat().st_size * 8 / seconds < 2_050_000


def test_a_file_that_was_cut_off_is_found(film: Path, tmp_path: Path) -> None:
    content = film.read_bytes()
    assert is_whole(film)
    for length in (0, 5, 20, len(content) // 2, len(content) - 1):
        (tmp_path / "cut.mp4").write_bytes(content[:length])
        assert not is_whole(tmp_path / "cut.mp4")
    (tmp_path / "none.mp4").write_bytes(bytes(100))
    assert not is_whole(tmp_path / "none.mp4")


def test_frames_are_counted(film: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert [frame_count(path) for path in (film, tmp_path / "empty.mp4")] == [FRAMES, 0]
