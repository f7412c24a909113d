"""Sound in and out: files to samples and back, in streams of blocks, and rates.

Belongs here: what every step of the sound needs. Does not belong here: anything that measures it (`meter`)
or changes how it sounds (`treatment`, `mix`, `mastering`).

The three formats start at the very sample that was written: FLAC has no delay, MP3's encoder delay is
in its LAME header and AAC's in the MP4 edit list, and the decoder takes both off again. The tests hold
that to the sample.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from math import gcd
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray
from scipy.signal import resample_poly

from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.schema.base import SAMPLE_RATE

Block = NDArray[np.float32]
"""A stretch of a stream of sound at `SAMPLE_RATE`: float32, shape (channels, samples)."""
BLOCK = SAMPLE_RATE
"""Samples in a block where the length is ours to choose."""
MP3_BIT_RATE = 192_000
SHORTFALL_S = 0.5
"""A file that ends so much before the length in its header has lost its end."""
_TELLS_ITS_LENGTH = ("flac", "mp3", "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm")
"""Containers whose header holds the length; for others it is FFmpeg's estimate."""
_FRAME = 4096
_REMEDY = "Give a whole audio file"


def decoded(path: Path, where: str) -> Iterator[Block]:
    """The first audio stream of a file at `SAMPLE_RATE`, block by block; mono stays mono, all else is stereo.

    Raises `BadInput` that names `where` for a file without sound, one that cannot be decoded, and one
    that has lost its end.
    """
    return in_blocks(_decoded(path, where))


def decode(path: Path) -> Sound:
    """A whole file in memory; see `decoded`."""
    return Sound(np.concatenate(list(decoded(path, str(path))), axis=1), SAMPLE_RATE)


def in_blocks(parts: Iterable[Block], size: int = BLOCK) -> Iterator[Block]:
    """The same samples in blocks of `size`, the last one shorter."""
    waiting: list[Block] = []
    held = 0
    for part in parts:
        rest = part
        while held + rest.shape[1] >= size:
            yield np.concatenate([*waiting, rest[:, : size - held]], axis=1)
            rest = rest[:, size - held :]
            waiting, held = [], 0
        waiting.append(rest)
        held += rest.shape[1]
    if held:
        yield np.concatenate(waiting, axis=1)


def encode_mp3(path: Path, sound: Sound) -> None:
    """Write MP3 at a constant 192 kbit/s, which needs none of LAME's slow searching: half the time, as good."""
    fast = (("compression_level", "7"),)
    _encode(path, [sound.samples], _layout(sound), _Format("mp3", "libmp3lame", sound.rate, MP3_BIT_RATE, fast))


def encode_flac(path: Path, sound: Sound) -> None:
    """Write FLAC: lossless but for rounding to 16 bits, and cut to the very sample, as a loop needs."""
    _encode(path, [sound.samples], _layout(sound), _Format("flac", "flac", sound.rate))


def encode_aac(path: Path, blocks: Iterable[Block], bit_rate: int) -> None:
    """Write a stream of stereo blocks as AAC-LC in an MP4 container.

    FFmpeg's fast coder takes a sixth of the time of the default. It goes without intensity stereo, noise
    substitution and noise shaping in time, which save bits at low rates only: from 128 kbit/s on, leaving
    them out was measured to be nearer to the original, and a tenth faster.
    """
    _encode(path, blocks, "stereo", _Format("mp4", "aac", SAMPLE_RATE, bit_rate, _FAST_AAC))


def resample(sound: Sound, rate: int) -> Sound:
    """The same sound at another rate, by a linear-phase filter whose delay is taken off: nothing moves."""
    if rate == sound.rate:
        return sound
    common = gcd(rate, sound.rate)
    samples = resample_poly(sound.samples, rate // common, sound.rate // common, axis=1)
    return Sound(samples.astype(np.float32), rate)


def amplitude(db: float) -> float:
    """The factor that changes a level by `db`."""
    return float(10 ** (db / 20))


def decibels(factor: float) -> float:
    """By how many dB a factor changes a level; minus infinity for none."""
    return 20 * float(np.log10(factor)) if factor > 0 else float("-inf")


_FAST_AAC = (("aac_coder", "fast"), ("aac_is", "0"), ("aac_pns", "0"), ("aac_tns", "0"))


@dataclass(frozen=True)
class _Format:
    """What FFmpeg needs to know of a file to write."""

    container: str
    codec: str
    rate: int
    bit_rate: int | None = None
    options: tuple[tuple[str, str], ...] = ()


def _layout(sound: Sound) -> str:
    return "mono" if sound.samples.shape[0] == 1 else "stereo"


def _encode(path: Path, blocks: Iterable[Block], layout: str, target: _Format) -> None:
    with av.open(path, "w", format=target.container) as container:
        stream = container.add_stream(target.codec, rate=target.rate, layout=layout, options=dict(target.options))
        assert isinstance(stream, av.AudioStream)
        if target.bit_rate:
            stream.bit_rate = target.bit_rate
        context = stream.codec_context
        adapter = av.AudioResampler(context.format, layout, target.rate, frame_size=context.frame_size or _FRAME)
        for frame in chain(_frames(blocks, layout, target.rate), [None]):
            for part in adapter.resample(frame):
                container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def _frames(blocks: Iterable[Block], layout: str, rate: int) -> Iterator[av.AudioFrame]:
    position = 0
    for block in blocks:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, position, Fraction(1, rate)
        position += block.shape[1]
        yield frame


def _decoded(path: Path, where: str) -> Iterator[Block]:
    samples = 0
    try:
        with av.open(path) as container:
            if not container.streams.audio:
                raise BadInput("the file has no sound", where=where, remedy="Choose a file with an audio track")
            stream = container.streams.audio[0]
            promised_s = _promised_s(container, stream)
            layout = "mono" if stream.channels == 1 else "stereo"
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE)
            for frame in chain(container.decode(stream), [None]):
                for part in resampler.resample(frame):
                    samples += part.samples
                    yield part.to_ndarray().astype(np.float32, copy=False)
    except av.FFmpegError as error:
        raise BadInput(
            f"the sound cannot be decoded ({error.strerror or error})", where=where, remedy=_REMEDY
        ) from error
    if not samples:
        raise BadInput("the file holds no samples", where=where, remedy=_REMEDY)
    if samples / SAMPLE_RATE < promised_s - SHORTFALL_S:
        broken_off = f"the sound breaks off after {samples / SAMPLE_RATE:.1f} s of {promised_s:.1f} s"
        raise BadInput(broken_off, where=where, remedy=_REMEDY)


def _promised_s(container: InputContainer, stream: av.AudioStream) -> float:
    """The length in the header, 0 where there is none."""
    if container.format.name not in _TELLS_ITS_LENGTH or stream.duration is None or stream.time_base is None:
        return 0.0
    return float(stream.duration * stream.time_base)
