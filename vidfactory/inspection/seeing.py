"""Measured on sampled frames: black, frozen, blurred and flat ones, and the film's brightness."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np

from vidfactory.inspection.limits import Limits
from vidfactory.inspection.looks import Look
from vidfactory.inspection.sound import stretches
from vidfactory.schema.base import Frames
from vidfactory.schema.inspection import Measurement

SHOWN = 4
"""Frames that a measurement shows at most."""


def black(looks: Sequence[Look], limits: Limits, fps: int) -> Measurement:
    dark = [look.frame for look in looks if look.mean < limits.black]
    return Measurement(
        name="black",
        level="warning" if dark else "good",
        said=f"{_of(dark, looks)} are darker than {limits.black:g} of 255{_from(dark, fps)}",
        figures={"black_frames": len(dark), "looked_at": len(looks)},
        moments=spread(dark),
    )


def flat(looks: Sequence[Look], limits: Limits, fps: int) -> Measurement:
    """Frames of one colour; black ones are counted as such."""
    empty = [look.frame for look in looks if look.deviation < limits.flat and look.mean >= limits.black]
    least = min((look.deviation for look in looks), default=0.0)
    return Measurement(
        name="flat",
        level="issue" if empty else "good",
        said=f"{_of(empty, looks)} show nothing: their luma deviates by less than {limits.flat:g}{_from(empty, fps)}",
        figures={"flat_frames": len(empty), "least_deviation": round(least, 1)},
        moments=spread(empty),
    )


def brightness(looks: Sequence[Look], limits: Limits) -> Measurement:
    mean = float(np.mean([look.mean for look in looks])) if looks else 0.0
    low, high = limits.brightness
    return Measurement(
        name="brightness",
        level="good" if low <= mean <= high else "warning",
        said=f"the film's mean luma is {mean:.0f} of 255; it should lie between {low:g} and {high:g}",
        figures={"mean_luma": round(mean, 1)},
        moments=() if low <= mean <= high else spread([look.frame for look in looks]),
    )


def blurred(looks: Sequence[Look], limits: Limits, fps: int) -> Measurement:
    """The variance of the Laplacian (Pech-Pacheco and others 2000), once a second; black and flat frames apart."""
    sharp = [
        (look.sharpness, look.frame)
        for look in looks
        if look.sharpness is not None and look.mean >= limits.black and look.deviation >= limits.flat
    ]
    soft = sorted((value, frame) for value, frame in sharp if value < limits.sharpness)
    share = len(soft) / len(sharp) if sharp else 0.0
    too_many = share > limits.blurred_share
    return Measurement(
        name="blurred",
        level="issue" if too_many else "good",
        said=f"{share:.0%} of {len(sharp)} frames have a Laplacian variance below {limits.sharpness:g}, the limit is "
        f"{limits.blurred_share:.0%}{_from([frame for _, frame in soft], fps)}",
        figures={
            "blurred_share": round(share, 4),
            "median_sharpness": round(float(np.median([value for value, _ in sharp])), 1) if sharp else 0.0,
        },
        moments=tuple(Frames(frame) for _, frame in soft[:SHOWN]) if too_many else (),
    )


def frozen(looks: Sequence[Look], changes: Callable[[int, int], bool], limits: Limits, fps: int) -> Measurement:
    """Stretches in which no pixel changes although the plan says that something does.

    changes: whether two frames differ by the plan.
    """
    still = [bool(cv2.absdiff(one.small, other.small).max() <= limits.still) for one, other in pairwise(looks)]
    found = []
    for first, last in stretches(still):
        begin, end = looks[first].frame, looks[last].frame
        is_long = end - begin >= limits.frozen_s * fps
        if is_long and any(changes(one.frame, other.frame) for one, other in pairwise(looks[first : last + 1])):
            found.append((begin, end))
    found.sort(key=lambda span: span[0] - span[1])
    longest = (found[0][1] - found[0][0]) / fps if found else 0.0
    where = ", ".join(f"{begin / fps:.1f} to {end / fps:.1f} s" for begin, end in found)
    return Measurement(
        name="frozen",
        level="issue" if found else "good",
        said=f"the film stands still from {where}, where the plan has changes; the limit is {limits.frozen_s:g} s"
        if found
        else f"nothing stands still for {limits.frozen_s:g} s where the plan has changes",
        figures={"frozen_stretches": len(found), "longest_s": round(longest, 2)},
        moments=tuple(Frames((begin + end) // 2) for begin, end in found[:SHOWN]),
    )


def spread(frames: Sequence[int]) -> tuple[Frames, ...]:
    """A few of the frames, from their whole range."""
    if not frames:
        return ()
    picked = {round(index) for index in np.linspace(0, len(frames) - 1, min(SHOWN, len(frames)))}
    return tuple(Frames(frames[index]) for index in sorted(picked))


def _of(bad: Sequence[int], looks: Sequence[Look]) -> str:
    return f"{len(bad)} of {len(looks)} sampled frames"


def _from(bad: Sequence[int], fps: int) -> str:
    return f", from {min(bad) / fps:.1f} to {max(bad) / fps:.1f} s" if bad else ""
