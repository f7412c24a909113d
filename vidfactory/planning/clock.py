"""From samples to frames and milliseconds: the one place where a time becomes a frame number."""

from vidfactory.schema.base import SAMPLE_RATE, Frames, Samples


def frame_at(sample: int, fps: int) -> Frames:
    """The frame whose start is nearest to `sample`; ties go up."""
    return Frames((2 * sample * fps + SAMPLE_RATE) // (2 * SAMPLE_RATE))


def sample_at(frame: int, fps: int) -> Samples:
    """The first sample of `frame`."""
    return Samples(frame * SAMPLE_RATE // fps)


def ms_at(sample: int) -> int:
    """The millisecond that is nearest to `sample`; ties go up."""
    return (2_000 * sample + SAMPLE_RATE) // (2 * SAMPLE_RATE)


def frames_in(seconds: float, fps: int) -> Frames:
    """A duration of the theme in whole frames."""
    return Frames(round(seconds * fps))
