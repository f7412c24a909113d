"""Sound in and out: files to samples and back, rates, loudness and true peak.

Belongs here: what every step of the sound needs. Does not belong here: anything that changes how it
sounds (`treatment`, `mix`, `mastering`).

The three formats start at the very sample that was written: FLAC has no delay, MP3's encoder delay is
in its LAME header and AAC's in the MP4 edit list, and the decoder takes both off again. The tests hold
that to the sample.
"""

from fractions import Fraction
from math import gcd
from pathlib import Path

import av
import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import resample_poly

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.schema.base import SAMPLE_RATE
from vidfactory.schema.film import Loudness

MP3_BIT_RATE = 192_000
LOUDNESS_BLOCK_S = 0.4
"""ITU-R BS.1770's block: what is shorter has no loudness."""
OVERSAMPLING = 4
"""ITU-R BS.1770-4, annex 2: true peak at 48 kHz is looked for at four times the rate."""
_PEAK_BLOCK = 10 * SAMPLE_RATE
_PEAK_MARGIN = 64
_FRAME = 4096


def decode(path: Path) -> Sound:
    """The first audio stream of a file as float32 at `SAMPLE_RATE`; mono stays mono, all else is stereo.

    Raises `BadInput` for a file without sound or one that cannot be decoded.
    """
    try:
        with av.open(path) as container:
            if not container.streams.audio:
                raise BadInput("the file has no sound", where=str(path), remedy="Choose a file with an audio track")
            stream = container.streams.audio[0]
            layout = "mono" if stream.channels == 1 else "stereo"
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE)
            parts = [
                part.to_ndarray() for frame in [*container.decode(stream), None] for part in resampler.resample(frame)
            ]
    except av.FFmpegError as error:
        raise BadInput(
            f"the sound cannot be decoded ({error})", where=str(path), remedy="Give a whole audio file"
        ) from error
    if not parts:
        raise BadInput("the file holds no samples", where=str(path), remedy="Give a whole audio file")
    return Sound(np.concatenate(parts, axis=1), SAMPLE_RATE)


def encode_mp3(path: Path, sound: Sound) -> None:
    """Write MP3 at a constant 192 kbit/s."""
    _encode(path, sound, "mp3", "libmp3lame", MP3_BIT_RATE)


def encode_flac(path: Path, sound: Sound) -> None:
    """Write FLAC: lossless but for rounding to 16 bits, and cut to the very sample, as a loop needs."""
    _encode(path, sound, "flac", "flac", None)


def encode_aac(path: Path, sound: Sound, bit_rate: int) -> None:
    """Write AAC-LC in an MP4 container.

    FFmpeg's fast coder: at 192 kbit/s it has bits to spare, and takes a sixth of the time of the default.
    """
    _encode(path, sound, "mp4", "aac", bit_rate, {"aac_coder": "fast"})


def resample(sound: Sound, rate: int) -> Sound:
    """The same sound at another rate, by a linear-phase filter whose delay is taken off: nothing moves."""
    if rate == sound.rate:
        return sound
    common = gcd(rate, sound.rate)
    samples = resample_poly(sound.samples, rate // common, sound.rate // common, axis=1)
    return Sound(samples.astype(np.float32), rate)


def integrated_lufs(sound: Sound) -> float:
    """Integrated loudness after ITU-R BS.1770-4 in LUFS; minus infinity for silence."""
    if sound.samples.shape[1] < LOUDNESS_BLOCK_S * sound.rate:
        raise BadInput(
            f"a sound of {sound.samples.shape[1] / sound.rate:.2f} s has no loudness",
            where="loudness",
            remedy=f"Give at least {LOUDNESS_BLOCK_S} s",
        )
    if not sound.samples.any():
        return float("-inf")
    return float(pyloudnorm.Meter(sound.rate).integrated_loudness(sound.samples.T.astype(np.float64)))


def true_peak_dbtp(sound: Sound) -> float:
    """True peak in dBTP after ITU-R BS.1770-4, annex 2; minus infinity for silence."""
    highest = float(highest_around(sound).max(initial=0))
    return 20 * float(np.log10(highest)) if highest else float("-inf")


def measure(sound: Sound) -> Loudness:
    return Loudness(integrated_lufs=integrated_lufs(sound), true_peak_dbtp=true_peak_dbtp(sound))


def amplitude(db: float) -> float:
    """The factor that changes a level by `db`."""
    return float(10 ** (db / 20))


def highest_around(sound: Sound) -> NDArray[np.float64]:
    """For every sample the highest magnitude of any channel at it and on the way to the next."""
    length = sound.samples.shape[1]
    blocks = []
    for start in range(0, length, _PEAK_BLOCK):
        end = min(start + _PEAK_BLOCK, length)
        left, right = max(0, start - _PEAK_MARGIN), min(length, end + _PEAK_MARGIN)
        fine = np.abs(resample_poly(sound.samples[:, left:right], OVERSAMPLING, 1, axis=1)).max(axis=0)
        blocks.append(fine.reshape(-1, OVERSAMPLING).max(axis=1)[start - left : end - left])
    return np.concatenate(blocks).astype(np.float64)


def _encode(
    path: Path,
    sound: Sound,
    container_format: str,
    codec: str,
    bit_rate: int | None,
    options: dict[str, str] | None = None,
) -> None:
    layout = "mono" if sound.samples.shape[0] == 1 else "stereo"
    with av.open(path, "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=sound.rate, layout=layout, options=options)
        assert isinstance(stream, av.AudioStream)
        if bit_rate:
            stream.bit_rate = bit_rate
        context = stream.codec_context
        adapter = av.AudioResampler(context.format, layout, sound.rate, frame_size=context.frame_size or _FRAME)
        for frame in [_frame(sound, layout), None]:
            for part in adapter.resample(frame):
                container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def _frame(sound: Sound, layout: str) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.samples), format="fltp", layout=layout)
    frame.sample_rate, frame.pts, frame.time_base = sound.rate, 0, Fraction(1, sound.rate)
    return frame
