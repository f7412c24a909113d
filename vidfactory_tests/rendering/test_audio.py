import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.rendering.audio import decode, decoded, encode_aac, encode_flac, encode_mp3, in_blocks, resample
from vidfactory.schema.base import SAMPLE_RATE

WRITERS: dict[str, Callable[[Path, Sound], None]] = {
    "mp3": encode_mp3,
    "flac": encode_flac,
    "m4a": lambda path, sound: encode_aac(path, in_blocks([sound.samples], 7919), 192_000),
}


def noise(channels: int, samples: int, level: float = 0.05) -> Sound:
    drawn = np.random.default_rng(0).normal(0, level, (channels, samples))
    return Sound(drawn.astype(np.float32), SAMPLE_RATE)


def sine(hertz: float, seconds: float, level: float, rate: int = SAMPLE_RATE) -> Sound:
    time = np.arange(round(seconds * rate)) / rate
    return Sound((level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[np.newaxis], rate)


def delay(before: Sound, after: Sound) -> int:
    """By how many samples `after` comes later."""
    size = 2 * max(before.samples.shape[1], after.samples.shape[1])
    spectra = (np.fft.rfft(sound.samples[0], size) for sound in (after, before))
    late, early = spectra
    place = int(np.fft.irfft(late * np.conj(early), size).argmax())
    return place if place < size // 2 else place - size


@pytest.mark.parametrize(("name", "channels"), [("flac", 1), ("flac", 2), ("mp3", 1), ("mp3", 2), ("m4a", 2)])
def test_a_written_sound_comes_back_at_the_same_sample(name: str, channels: int, tmp_path: Path) -> None:
    sound = noise(channels, 2 * SAMPLE_RATE + 777)
    WRITERS[name](tmp_path / f"sound.{name}", sound)
    back = decode(tmp_path / f"sound.{name}")
    assert back.samples.shape[0] == channels
    assert delay(sound, back) == 0


@pytest.mark.parametrize("name", ["flac", "mp3"])
def test_flac_and_mp3_keep_the_length(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / f"sound.{name}", noise(1, 50_001))
    assert decode(tmp_path / f"sound.{name}").samples.shape == (1, 50_001)


def test_flac_changes_no_sample_by_more_than_its_rounding(tmp_path: Path) -> None:
    sound = noise(2, 30_000)
    encode_flac(tmp_path / "sound.flac", sound)
    assert np.abs(decode(tmp_path / "sound.flac").samples - sound.samples).max() < 1 / 32_000


def test_a_file_is_the_same_each_time_it_is_written(tmp_path: Path) -> None:
    for name, write in WRITERS.items():
        for number in (1, 2):
            write(tmp_path / f"{number}.{name}", noise(2, 30_000))
        assert (tmp_path / f"1.{name}").read_bytes() == (tmp_path / f"2.{name}").read_bytes()


def test_a_file_at_another_rate_is_decoded_at_the_studio_s(tmp_path: Path) -> None:
    encode_flac(tmp_path / "sound.flac", sine(440, 1.0, 0.5, rate=22_050))
    back = decode(tmp_path / "sound.flac")
    assert back.rate == SAMPLE_RATE
    assert back.samples.shape[1] == pytest.approx(SAMPLE_RATE, abs=64)


def test_resampling_moves_nothing() -> None:
    clicks = np.zeros((1, 22_050), np.float32)
    clicks[0, 11_025] = 1
    there = resample(Sound(clicks, 22_050), SAMPLE_RATE)
    assert int(np.abs(there.samples[0]).argmax()) == SAMPLE_RATE // 2


@given(st.lists(st.integers(0, 900), max_size=20), st.integers(1, 700))
def test_blocks_hold_every_sample_once_and_in_order(parts: list[int], size: int) -> None:
    line = np.arange(sum(parts), dtype=np.float32)[np.newaxis]
    blocks = list(in_blocks(np.split(line, np.cumsum(parts)[:-1], axis=1), size))
    assert [block.shape[1] for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    np.testing.assert_array_equal(np.concatenate([line[:, :0], *blocks], axis=1), line)


def test_a_stream_is_the_file_in_blocks(tmp_path: Path) -> None:
    encode_flac(tmp_path / "sound.flac", noise(2, 130_000))
    blocks = list(decoded(tmp_path / "sound.flac", "music"))
    assert [block.shape for block in blocks] == [(2, 48_000), (2, 48_000), (2, 34_000)]


def test_a_file_that_is_no_sound_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.mp3").write_bytes(b"not a sound at all")
    with pytest.raises(BadInput, match=r"broken\.mp3"):
        decode(tmp_path / "broken.mp3")


def test_a_video_without_sound_is_named(tmp_path: Path) -> None:
    with av.open(tmp_path / "mute.mp4", "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), "yuv420p")))
        container.mux(stream.encode(None))
    with pytest.raises(BadInput, match=r"mute\.mp4: the file has no sound"):
        decode(tmp_path / "mute.mp4")


def test_an_empty_file_is_named_with_its_part(tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    with pytest.raises(BadInput, match=r"^narration: the sound cannot be decoded"):
        list(decoded(tmp_path / "empty.mp3", "narration"))


def test_a_sound_without_samples_is_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "none.wav"), "wb") as writer:
        writer.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
    with pytest.raises(BadInput, match=r"none\.wav: the file holds no samples"):
        decode(tmp_path / "none.wav")


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_a_file_that_has_lost_its_end_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"sound.{name}"
    WRITERS[name](path, noise(2, 5 * SAMPLE_RATE))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput, match=r"breaks off after 2\.\d s of 5\.0 s|cannot be decoded"):
        decode(path)
