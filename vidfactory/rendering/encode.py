"""H.264 from planes, and pictures and sound in one MP4 without encoding again."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from numpy.typing import NDArray

from vidfactory.schema.base import Size

BT709 = 1
LIMITED_RANGE = 1


@dataclass(frozen=True)
class X264:
    """Settings of libx264: preset, quality (constant rate factor) and seconds between key frames."""

    preset: str = "veryfast"
    crf: int = 19
    key_frame_s: float = 2.0
    threads: int = 2

    def __str__(self) -> str:
        return f"libx264 {self.preset} crf {self.crf}"


def encode_video(
    path: Path, size: Size, fps: int, frames: int, settings: X264, draw: Callable[[int], NDArray[np.uint8]]
) -> None:
    """Write `frames` frames as a video-only MP4; `draw(n)` returns frame n as I420 planes.

    The planes may be overwritten by the next call of `draw`.
    """
    with av.open(path, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options=_x264_options(settings, fps))
        stream.width, stream.height, stream.pix_fmt = size.width, size.height, "yuv420p"
        codec = stream.codec_context
        codec.thread_count = settings.threads
        codec.profile = "High"
        codec.color_primaries = codec.color_trc = codec.colorspace = BT709
        codec.color_range = LIMITED_RANGE
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(draw(number), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _x264_options(settings: X264, fps: int) -> dict[str, str]:
    distance = round(settings.key_frame_s * fps)
    return {
        "preset": settings.preset,
        "crf": str(settings.crf),
        "x264-params": f"keyint={distance}:min-keyint={distance}:scenecut=0:open-gop=0",
    }


def join(video: Path, audio: Path, target: Path, title: str) -> None:
    """Put one video and one audio track into an MP4 whose index stands in front, without encoding."""
    with (
        av.open(video) as pictures,
        av.open(audio) as sound,
        av.open(target, "w", format="mp4", options={"movflags": "+faststart"}) as film,
    ):
        film.metadata["title"] = title
        packets = [
            _retargeted(source, film.add_stream_from_template(source.streams[0])) for source in (pictures, sound)
        ]
        for _, packet in heapq.merge(*packets, key=lambda timed: timed[0]):
            film.mux(packet)


def _retargeted(source: InputContainer, stream: Stream) -> Iterator["tuple[Fraction, Packet[Stream]]"]:
    """The packets of the source's only stream, bound for `stream`, each with its decoding time in seconds."""
    for packet in source.demux(source.streams[0]):
        if packet.dts is not None:
            at = packet.dts * packet.time_base
            packet.stream = stream
            yield at, packet
