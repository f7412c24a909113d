"""Recordings that a person brings: known by their content, and refused with the reason where they cannot be used."""

from pathlib import Path

import av
import numpy as np
import pytest
from scipy.io import wavfile

from vidfactory.errors import BadInput
from vidfactory.rendering.recording import LONGEST_S, inspect_recording, kind_of, recorded
from vidfactory.schema.base import SAMPLE_RATE, Media

FORMATS = [
    ("wav", "pcm_s16le", 8_000, "mono", "audio/wav"),
    ("wav", "pcm_f32le", 96_000, "stereo", "audio/wav"),
    ("mp3", "libmp3lame", 22_050, "stereo", "audio/mpeg"),
    ("ipod", "aac", 44_100, "mono", "audio/mp4"),
    ("adts", "aac", 16_000, "mono", "audio/aac"),
    ("ogg", "libopus", 48_000, "mono", "audio/ogg"),
    ("flac", "flac", 44_100, "stereo", "audio/flac"),
    ("aiff", "pcm_s16be", 44_100, "mono", "audio/aiff"),
    ("webm", "libopus", 48_000, "mono", "audio/x-matroska"),
    ("caf", "pcm_s16le", 44_100, "mono", "audio/x-caf"),
    ("w64", "pcm_s16le", 44_100, "mono", "audio/x-w64"),
]


def hum(seconds: float, rate: int = SAMPLE_RATE, level: float = 0.3) -> np.ndarray:
    """A tone of 220 Hz, float32."""
    return (level * np.sin(2 * np.pi * 220 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def write(path: Path, container: str, codec: str, rate: int, layout: str) -> Path:
    """Three seconds of a tone in any format that FFmpeg writes."""
    with av.open(path, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        channels = 2 if layout == "stereo" else 1
        frame = av.AudioFrame.from_ndarray(np.stack([hum(3.0, rate)] * channels), format="fltp", layout=layout)
        frame.sample_rate = rate
        context = stream.codec_context
        adapter = av.AudioResampler(context.format, layout, rate, frame_size=context.frame_size or 1024)
        for part in [*adapter.resample(frame), *adapter.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path


def wav(path: Path, *channels: np.ndarray, rate: int = SAMPLE_RATE) -> Path:
    wavfile.write(path, rate, np.stack(channels, axis=1))
    return path


def sound_of(path: Path) -> np.ndarray:
    return recorded(Media.of(path, "audio/x")).samples


@pytest.mark.parametrize(("container", "codec", "rate", "layout", "media_type"), FORMATS)
def test_any_common_format_and_rate_is_taken_whatever_the_file_is_called(
    tmp_path: Path, container: str, codec: str, rate: int, layout: str, media_type: str
) -> None:
    path = write(tmp_path / "holiday.jpg", container, codec, rate, layout)
    inspect_recording(path)
    assert kind_of(path).media_type == media_type
    samples = sound_of(path)
    assert samples.shape[0] == 1
    assert samples.shape[1] == pytest.approx(3 * SAMPLE_RATE, rel=0.05)
    assert np.sqrt((samples**2).mean()) == pytest.approx(0.21, abs=0.02)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no sound file that is known"),
        (b"It is a bad day. " * 200, "no sound file that is known"),
        (b"ffconcat version 1.0\nfile secret.wav\n", "no sound file that is known"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nsecret.wav\n#EXT-X-ENDLIST\n", "no sound file that is known"),
    ],
)
def test_what_is_no_sound_is_refused_and_opens_no_other_file(tmp_path: Path, content: bytes, complaint: str) -> None:
    wav(tmp_path / "secret.wav", hum(3.0))
    path = tmp_path / "recording.wav"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=rf"recording\.wav.*{complaint}"):
        inspect_recording(path)


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.wav", tmp_path):
        with pytest.raises(BadInput, match="no such file"):
            inspect_recording(path)


def test_a_recording_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "voice.mp3", "mp3", "libmp3lame", 44_100, "mono")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput, match=r"breaks off after 1\.\d s of 3\.0 s"):
        inspect_recording(path)


def test_a_picture_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(path, "w") as file:
        stream = file.add_stream("libx264", rate=30)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), "yuv420p")))
        file.mux(stream.encode(None))
    with pytest.raises(BadInput, match="no sound"):
        inspect_recording(path)


@pytest.mark.parametrize(
    ("samples", "complaint"),
    [
        (hum(1.0), r"only 1\.0 s long"),
        (np.zeros(3 * SAMPLE_RATE, np.float32), "silent.*-inf dBFS"),
        (hum(3.0, level=0.0005), "silent.*-66 dBFS"),
        (np.full(3 * SAMPLE_RATE, np.nan, np.float32), "no numbers"),
    ],
)
def test_a_recording_in_which_nobody_can_have_spoken_is_refused(
    tmp_path: Path, samples: np.ndarray, complaint: str
) -> None:
    with pytest.raises(BadInput, match=complaint):
        inspect_recording(wav(tmp_path / "voice.wav", samples))


def test_a_recording_of_hours_is_refused_before_all_of_it_is_read(tmp_path: Path) -> None:
    path = wav(tmp_path / "voice.wav", np.ones(round((LONGEST_S + 60) * 100), np.int16), rate=100)
    with pytest.raises(BadInput, match="longer than 30 minutes"):
        inspect_recording(path)


def test_a_voice_on_one_channel_keeps_its_level(tmp_path: Path) -> None:
    silence = np.zeros(3 * SAMPLE_RATE, np.float32)
    for channels in ((hum(3.0), silence), (silence, hum(3.0))):
        assert np.abs(sound_of(wav(tmp_path / "voice.wav", *channels))).max() == pytest.approx(0.3, abs=0.01)


def test_a_voice_with_one_channel_turned_round_is_not_lost(tmp_path: Path) -> None:
    assert np.abs(sound_of(wav(tmp_path / "voice.wav", hum(3.0), -hum(3.0)))).max() == pytest.approx(0.3, abs=0.01)
