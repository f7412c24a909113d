"""Whether two films show the same and were encoded with the same settings, so that their race is fair."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vidfactory.schema.plan import ProductionPlan

Luma = NDArray[np.uint8]
SPREAD_MOMENTS = 24
IGNORED_SETTINGS = frozenset({"threads", "lookahead_threads"})
"""They change the time, not the picture that is asked for."""
_X264_SAYS = b"options: "


def moments(plan: ProductionPlan, frames: int) -> list[int]:
    """Which of the first `frames` to compare: spread over them, and the middle of every fade."""
    last = frames - 1
    spread = (last * n // (SPREAD_MOMENTS - 1) for n in range(SPREAD_MOMENTS))
    fades = (scene.start_frame + scene.transition.duration_frames // 2 for scene in plan.scenes)
    turns = plan.alternator.items if plan.alternator else ()
    half = plan.alternator.transition_frames // 2 if plan.alternator else 0
    changes = (item.start_frame + half for item in turns)
    return sorted({frame for frame in chain(spread, fades, changes) if frame <= last})


def likenesses(first: Path, second: Path, frames: Iterable[int]) -> list[float]:
    """SSIM of the films' luma at each of these frames. ValueError where a film has fewer."""
    wanted = frozenset(frames)
    values = []
    with av.open(first) as one, av.open(second) as other:
        for container in (one, other):
            container.streams.video[0].thread_type = "AUTO"
        pairs = zip(one.decode(video=0), other.decode(video=0), strict=False)
        for number, (left, right) in enumerate(pairs):
            if number in wanted:
                values.append(ssim(_luma(left), _luma(right)))
    if len(values) < len(wanted):
        raise ValueError(f"{first} or {second} ends before frame {max(wanted)}")
    return values


def ssim(first: Luma, second: Luma) -> float:
    """Mean structural similarity after Wang, Bovik, Sheikh, Simoncelli 2004, 'Image quality assessment: from
    error visibility to structural similarity': Gaussian window of 11 pixels, sigma 1.5, K1 0.01, K2 0.03.
    """
    a, b = first.astype(np.float32), second.astype(np.float32)
    mean_a, mean_b = _windowed(a), _windowed(b)
    variance_a = _windowed(a * a) - mean_a * mean_a
    variance_b = _windowed(b * b) - mean_b * mean_b
    covariance = _windowed(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    like = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    unlike = (mean_a * mean_a + mean_b * mean_b + c1) * (variance_a + variance_b + c2)
    return float((like / unlike).mean())


def x264_settings(film: Path) -> dict[str, str]:
    """What x264 wrote into the film about how it was asked to encode."""
    with av.open(film) as container:
        for packet in container.demux(video=0):
            text = bytes(packet)
            if _X264_SAYS in text:
                words = text.split(_X264_SAYS, 1)[1].split(b"\0", 1)[0].decode("ascii", "replace").split()
                return dict(word.split("=", 1) for word in words if "=" in word)
    return {}


def different_settings(first: Path, second: Path) -> dict[str, tuple[str | None, str | None]]:
    """The settings that differ, by name; those of threads are left out."""
    one, other = x264_settings(first), x264_settings(second)
    names = (one.keys() | other.keys()) - IGNORED_SETTINGS
    return {name: (one.get(name), other.get(name)) for name in sorted(names) if one.get(name) != other.get(name)}


def _windowed(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return cv2.GaussianBlur(values, (11, 11), 1.5)


def _luma(frame: av.VideoFrame) -> Luma:
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
