from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.rendering.audio import (
    decode,
    encode_aac,
    encode_flac,
    encode_mp3,
    integrated_lufs,
    measure,
    resample,
    true_peak_dbtp,
)
from vidfactory.schema.base import SAMPLE_RATE

WRITERS: dict[str, Callable[[Path, Sound], None]] = {
    "mp3": encode_mp3,
    "flac": encode_flac,
    "m4a": lambda path, sound: encode_aac(path, sound, 192_000),
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


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("name", sorted(WRITERS))
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


def test_loudness_of_a_reference_tone_is_that_of_the_recommendation() -> None:
    """ITU-R BS.1770: a 997 Hz sine at 0 dBFS in one channel is -3.01 LKFS."""
    assert integrated_lufs(sine(997, 5, 0.1)) == pytest.approx(-23.01, abs=0.05)


def test_silence_has_no_loudness_and_no_peak() -> None:
    silent = measure(Sound(np.zeros((2, SAMPLE_RATE), np.float32), SAMPLE_RATE))
    assert silent.integrated_lufs == silent.true_peak_dbtp == float("-inf")


def test_a_sound_too_short_for_a_loudness_is_refused() -> None:
    with pytest.raises(BadInput, match=r"0\.10 s has no loudness"):
        integrated_lufs(noise(1, 4800))


def test_true_peak_sees_what_lies_between_the_samples() -> None:
    """A sine of a quarter of the rate, 45 degrees off, has samples of 0.707 only."""
    phase = np.pi / 2 * np.arange(SAMPLE_RATE) + np.pi / 4
    between = Sound(np.sin(phase).astype(np.float32)[np.newaxis], SAMPLE_RATE)
    assert np.abs(between.samples).max() < 0.71
    assert true_peak_dbtp(between) == pytest.approx(0, abs=0.3)


def test_true_peak_is_found_at_the_joint_of_two_blocks() -> None:
    samples = np.zeros((1, 11 * SAMPLE_RATE), np.float32)
    samples[0, 10 * SAMPLE_RATE - 1 : 10 * SAMPLE_RATE + 1] = 0.5
    assert true_peak_dbtp(Sound(samples, SAMPLE_RATE)) > -5


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
