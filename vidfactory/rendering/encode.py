"""H.264 from planes, and finished pieces of picture and sound in one MP4 without encoding again."""

import heapq
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from struct import Struct
from typing import Literal

import av
from av.packet import Packet
from av.stream import Stream

from vidfactory.errors import BadInput, DamagedArtifact, VidfactoryError, disk_errors
from vidfactory.schema.base import Size

BT709 = 1
LIMITED_RANGE = 1
REORDERED = 2
"""Frames that H.264 with a B-pyramid decodes ahead of their turn, as x264 and NVENC write it."""
UNDECODED = {"skip_frame": "all"}
"""Opens a file five times as fast, because FFmpeg does not decode its first frame to find out about it."""
BUFFER_AT_START = 0.3
"""How full a player's buffer is taken to be where a piece begins: low, because every piece starts anew and
what all of them together take from it must hold too."""
BOX_HEAD = Struct(">I4s")
_TRIAL_SIDE = 256


class EncoderFailed(VidfactoryError):
    """The encoder refused its settings or gave up."""


@dataclass(frozen=True)
class Encoder:
    """How pictures become H.264.

    quality: x264's constant rate factor, NVENC's constant quality. max_bit_rate: bits a second that the
    encoder may not exceed, over a buffer of one second; None for no limit. level: of H.264, None for the
    lowest that holds the picture. tuning: further x264 parameters. threads: 1, because the processes that
    draw are as many as the cores, and so the bytes do not depend on the machine.
    """

    codec: Literal["libx264", "h264_nvenc"] = "libx264"
    preset: str = "veryfast"
    quality: int = 18
    max_bit_rate: int | None = None
    level: str | None = None
    tuning: str = ""
    key_frame_s: float = 2.0
    threads: int = 1

    def __str__(self) -> str:
        scale = "crf" if self.codec == "libx264" else "cq"
        limit = f" at most {self.max_bit_rate // 1_000_000} Mbit/s" if self.max_bit_rate else ""
        return f"{self.codec} {self.preset} {scale} {self.quality}{limit}"

    def options(self, fps: int) -> dict[str, str]:
        """What FFmpeg's encoder of this name is told. All groups of pictures are closed."""
        distance = round(self.key_frame_s * fps)
        limits = {"maxrate": str(self.max_bit_rate), "bufsize": str(self.max_bit_rate)} if self.max_bit_rate else {}
        level = {"level": self.level} if self.level else {}
        if self.codec == "h264_nvenc":
            rate_control = {"rc": "vbr", "cq": str(self.quality), "b_ref_mode": "middle", "bf": "3"}
            return {"preset": self.preset, "g": str(distance), "forced-idr": "1", **rate_control, **limits, **level}
        groups = f"keyint={distance}:min-keyint={distance}:scenecut=0:open-gop=0"
        filled = f"vbv-init={BUFFER_AT_START}" if self.max_bit_rate else ""
        parameters = ":".join(filter(None, (groups, filled, self.tuning)))
        return {"preset": self.preset, "crf": str(self.quality), "x264-params": parameters, **limits, **level}


def encode_frames(path: Path, size: Size, fps: int, encoder: Encoder, frames: Iterable[av.VideoFrame]) -> None:
    """Write frames (I420, in order) as a video-only MP4; each is used up before the next is asked for.

    Raises EncoderFailed where the encoder refuses its settings or gives up, and OSError where the disk
    refuses.
    """
    with av.open(path, "w", format="mp4") as container:
        stream = container.add_stream(encoder.codec, rate=fps, options=encoder.options(fps))
        stream.width, stream.height, stream.pix_fmt = size.width, size.height, "yuv420p"
        codec = stream.codec_context
        codec.thread_count = encoder.threads
        codec.profile = "High"
        codec.color_primaries = codec.color_trc = codec.colorspace = BT709
        codec.color_range = LIMITED_RANGE
        with _encoder_errors(encoder):
            codec.open()
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, Fraction(1, fps)
            with _encoder_errors(encoder):
                packets = stream.encode(frame)
            container.mux(packets)
        with _encoder_errors(encoder):
            packets = stream.encode(None)
        container.mux(packets)


@contextmanager
def _encoder_errors(encoder: Encoder) -> Iterator[None]:
    """Apart from errors of the disk, because FFmpeg gives both the same numbers."""
    try:
        yield
    except av.FFmpegError as error:
        raise EncoderFailed(f"{encoder} failed: {error}", where="encoder") from error


@cache
def serves(encoder: Encoder) -> bool:
    """Whether the encoder really encodes on this machine: a frame is tried."""
    trial = av.VideoFrame(_TRIAL_SIDE, _TRIAL_SIDE, "yuv420p")
    try:
        with av.open(os.devnull, "w", format="null") as nowhere:
            stream = nowhere.add_stream(encoder.codec, rate=30, options=encoder.options(30))
            stream.width, stream.height, stream.pix_fmt = trial.width, trial.height, "yuv420p"
            nowhere.mux(stream.encode(trial))
            nowhere.mux(stream.encode(None))
    except (av.FFmpegError, ValueError):
        return False
    return True


def frame_count(path: Path) -> int:
    """Video frames of an MP4; 0 for a file that is none or is not whole."""
    try:
        with av.open(path) as container:
            return container.streams.video[0].frames if container.streams.video else 0
    except av.FFmpegError:
        return 0


def is_whole(path: Path) -> bool:
    """Whether an MP4 ends where its boxes do, as one that was cut off does not.

    After ISO/IEC 14496-12, 4.2: a file is a row of boxes, each led by its length and its kind.
    """
    size, at, kinds = path.stat().st_size, 0, set()
    with path.open("rb") as file:
        while at + BOX_HEAD.size <= size:
            file.seek(at)
            length, kind = BOX_HEAD.unpack(file.read(BOX_HEAD.size))
            if length < BOX_HEAD.size:
                return False
            kinds.add(kind)
            at += length
    return at == size and b"moov" in kinds


def join(pieces: Sequence[Path], sound: Path | None, target: Path, fps: int, title: str) -> None:
    """Put pieces of one video, in order, and one sound into an MP4 whose index stands in front.

    Nothing is encoded again. The pieces come from the same encoder, each beginning with a key frame.
    Raises DamagedArtifact for a piece that another encoder made.
    """
    options = {"movflags": "+faststart"}
    with disk_errors(str(target)), av.open(target, "w", format="mp4", options=options) as film:
        film.metadata["title"] = title
        tracks = [_pictures(pieces, film, fps)]
        if sound is not None:
            tracks.append(_sound(sound, film))
        for _, packet in heapq.merge(*tracks, key=lambda timed: timed[0]):
            film.mux(packet)


Timed = tuple[Fraction, "Packet[Stream]"]
"""A packet and its decoding time in seconds."""


def _pictures(pieces: Sequence[Path], film: av.container.OutputContainer, fps: int) -> Iterator[Timed]:
    """The packets of all pieces one behind the other, numbered anew from frame 0."""
    if not pieces:
        raise BadInput("a film needs at least one piece of picture", where="join")
    with av.open(pieces[0]) as first:
        template = first.streams.video[0]
        stream = film.add_stream_from_template(template)
        head = template.codec_context.extradata
    return _numbered(pieces, stream, head, Fraction(1, fps))


def _numbered(pieces: Sequence[Path], stream: "Stream", head: bytes | None, frame_length: Fraction) -> Iterator[Timed]:
    decoded = -REORDERED
    begins = 0
    for piece in pieces:
        with av.open(piece, options=UNDECODED) as source:
            if source.streams.video[0].codec_context.extradata != head:
                raise DamagedArtifact("another encoder made this piece", where=str(piece), remedy="Render it again")
            ticks = frame_length / Fraction(source.streams[0].time_base or 1)
            for packet in source.demux(source.streams[0]):
                if packet.pts is not None:
                    shown = begins + round(packet.pts / ticks)
                    packet.stream = stream
                    packet.time_base = frame_length
                    packet.pts, packet.dts, packet.duration = shown, decoded, 1
                    yield decoded * frame_length, packet
                    decoded += 1
        begins = decoded + REORDERED


def _sound(path: Path, film: av.container.OutputContainer) -> Iterator[Timed]:
    with av.open(path) as source:
        stream = film.add_stream_from_template(source.streams.audio[0])
    return _retimed(path, stream)


def _retimed(path: Path, stream: "Stream") -> Iterator[Timed]:
    with av.open(path) as source:
        for packet in source.demux(source.streams[0]):
            if packet.dts is not None:
                at = packet.dts * packet.time_base
                packet.stream = stream
                yield at, packet
