"""The film as a file: what it says of itself, and its pictures, decoded once.

Belongs here: opening, counting, and handing out sampled frames. Does not belong here: what is seen on a frame, and
whether any of it is good.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final, Generic, TypeVar

import av
import numpy as np
from av.video.frame import PictureType

from vidfactory.errors import DamagedArtifact
from vidfactory.rendering.encode import BOX_HEAD, UNDECODED
from vidfactory.rendering.sprite import Plane
from vidfactory.schema.base import Size

UNLOOKED: Final = "BIDIR"
"""What the decoder leaves out: the frames between two others (B), which are not looked at."""
UNUSED: Final = "NONREF"
"""What it leaves out of a film whose other frames may rest on those: the frames on which none rests. Decoded without
what they rest on, frames show what was on screen before."""
ONE_REFERENCE = re.compile(rb"x264 - core .{0,400}? ref=1 ", re.DOTALL)
"""What x264 writes into the head of a key frame where each frame rests on the nearest one alone, which is no B frame:
at its fastest presets, which films are made with."""
HEAD_BYTES = 2048
UNSMOOTHED = {"skip_loop_filter": "all"}
"""A tenth off the time. Letters and hashes were measured to be as alike, edges 1 % sharper, blurred ones 4 %."""
STRETCHES = 4
"""So many at once, at most: always the same number, because each begins to sample anew."""
_LARGE = 1
"""A box whose length is in the eight bytes behind its head (ISO/IEC 14496-12, 4.2)."""

Look = TypeVar("Look")


class Undecodable(DamagedArtifact):
    """The file is no film with pictures and sound."""


@dataclass(frozen=True)
class PictureTrack:
    """The video stream as its header describes it, and its packets.

    colours: primaries, transfer, matrix, by the numbers of ISO/IEC 23091-2. frames: packets that are there.
    key_times: presentation times of key frames, in ticks of `time_base`. ends_s: when the last frame goes.
    """

    codec: str
    profile: str
    pixel_format: str
    size: Size
    rate: Fraction
    colours: tuple[int, int, int]
    colour_range: int
    frames: int
    promised_frames: int
    is_steady: bool
    """Whether every frame lasts as long as the others."""
    key_times: tuple[int, ...]
    rests_on_one: bool
    """Whether no frame that is looked at rests on a frame between two others."""
    time_base: Fraction
    starts_s: float
    ends_s: float


@dataclass(frozen=True)
class SoundTrack:
    codec: str
    rate: int
    channels: int
    starts_s: float


@dataclass(frozen=True)
class Footage:
    path: Path
    container: str
    bytes: int
    index_first: bool
    """Whether a player finds the index before the pictures, and can start at once."""
    pictures: PictureTrack
    sound: SoundTrack


@dataclass(frozen=True)
class Watched(Generic[Look]):
    """What was seen, in the order of the film, and how many packets or frames were damaged."""

    looks: tuple[Look, ...]
    damaged: int


def opened(path: Path) -> Footage:
    """What the file at `path` is; Undecodable that says why for one that is no film with pictures and sound."""
    try:
        with av.open(path) as container:
            if not container.streams.video or not container.streams.audio:
                missing = "sound" if container.streams.video else "pictures"
                raise Undecodable(f"the film has no {missing}", where=str(path), remedy="Make it again")
            sound = container.streams.audio[0]
            return Footage(
                path=path,
                container=container.format.name,
                bytes=path.stat().st_size,
                index_first=_index_first(path),
                pictures=_pictures(container, container.streams.video[0]),
                sound=SoundTrack(
                    codec=sound.codec_context.name,
                    rate=sound.rate,
                    channels=sound.channels,
                    starts_s=_seconds(sound.start_time, sound.time_base),
                ),
            )
    except av.FFmpegError as error:
        raise Undecodable(
            f"the film cannot be opened: {error.strerror or error}", where=str(path), remedy="Make it again"
        ) from error


def watched(
    footage: Footage, fps: int, viewer: Callable[[], Callable[[int, av.VideoFrame], Look]], pool: Executor
) -> Watched[Look]:
    """What is seen on sampled frames.

    The film is decoded in stretches, as many at once as the pool allows. `viewer` gives each a function of its own,
    which gets the frames in order, each with its number at `fps` a second.
    """
    times = footage.pictures.key_times
    count = min(len(times), STRETCHES)
    starts = [times[len(times) * number // count] for number in range(count)]
    stretches = list(pairwise([*starts, None]))

    def see(stretch: tuple[int | None, int | None]) -> Watched[Look]:
        begin, end = stretch
        assert begin is not None
        return _stretch(footage, fps, begin, end, viewer())

    parts = list(pool.map(see, stretches))
    return Watched(tuple(seen for part in parts for seen in part.looks), sum(part.damaged for part in parts))


def planes(frame: av.VideoFrame, size: Size) -> tuple[Plane, Plane, Plane]:
    """The frame's luma and chroma planes as YUV 4:2:0 of `size`, without a copy where it is that already."""
    if frame.format.name != "yuv420p" or (frame.width, frame.height) != (size.width, size.height):
        frame = frame.reformat(width=size.width, height=size.height, format="yuv420p")
    y, u, v = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    )
    return y, u, v


def _stretch(
    footage: Footage, fps: int, begin: int, end: int | None, look: Callable[[int, av.VideoFrame], Look]
) -> Watched[Look]:
    looks: list[Look] = []
    damaged = 0
    with av.open(footage.path, options=UNDECODED) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stream.codec_context.skip_frame = UNLOOKED if footage.pictures.rests_on_one else UNUSED
        stream.codec_context.options = UNSMOOTHED
        container.seek(begin, stream=stream)
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                damaged += 1
                continue
            for frame in frames:
                if frame.pts is None or frame.pts < begin or frame.pict_type == PictureType.B:
                    continue
                if end is not None and frame.pts >= end:
                    return Watched(tuple(looks), damaged)
                damaged += frame.is_corrupt
                looks.append(look(round(frame.pts * footage.pictures.time_base * fps), frame))
    return Watched(tuple(looks), damaged)


def _pictures(container: av.container.InputContainer, stream: av.VideoStream) -> PictureTrack:
    time_base, rate = Fraction(stream.time_base or 1), Fraction(stream.average_rate or 0)
    shown: list[int] = []
    keys: list[int] = []
    last, rests_on_one = 0, True
    for packet in container.demux(stream):
        if packet.pts is not None:
            shown.append(packet.pts)
            last = max(last, packet.pts + (packet.duration or 0))
            if packet.is_keyframe:
                keys.append(packet.pts)
                rests_on_one &= bool(ONE_REFERENCE.search(bytes(memoryview(packet)[:HEAD_BYTES])))
    if not keys:
        raise Undecodable("the film has no pictures", where=str(container.name), remedy="Make it again")
    context = stream.codec_context
    return PictureTrack(
        codec=context.name,
        profile=str(stream.profile),
        pixel_format=str(context.pix_fmt),
        size=Size(width=context.width, height=context.height),
        rate=rate,
        colours=(int(context.color_primaries), int(context.color_trc), int(context.colorspace)),
        colour_range=int(context.color_range),
        frames=len(shown),
        promised_frames=stream.frames,
        is_steady=len({after - before for before, after in pairwise(sorted(shown))}) <= 1,
        key_times=tuple(sorted(keys)),
        rests_on_one=rests_on_one,
        time_base=time_base,
        starts_s=min(shown) * float(time_base),
        ends_s=last * float(time_base),
    )


def _seconds(ticks: int | None, time_base: Fraction | None) -> float:
    return float((ticks or 0) * (time_base or 0))


def _index_first(path: Path) -> bool:
    """Whether the `moov` box stands before the `mdat` box."""
    kinds = list(_boxes(path))
    return b"moov" in kinds and b"mdat" in kinds and kinds.index(b"moov") < kinds.index(b"mdat")


def _boxes(path: Path) -> Iterator[bytes]:
    """The kinds of the file's boxes, in order, as far as they can be read."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at + BOX_HEAD.size <= size:
            file.seek(at)
            length, kind = BOX_HEAD.unpack(file.read(BOX_HEAD.size))
            if length == _LARGE:
                length = int.from_bytes(file.read(8))
            if length < BOX_HEAD.size:
                return
            yield kind
            at += length
