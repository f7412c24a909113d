"""Reads single frames back from a finished film."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


def frames_at(path: Path, numbers: Sequence[int]) -> list[NDArray[np.uint8]]:
    """The frames with these numbers, which must rise, as RGB arrays of shape (height, width, 3).

    Raises IndexError for a number beyond the film's end.
    """
    found: list[NDArray[np.uint8]] = []
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        frame_length = 1 / Fraction(stream.average_rate or 1)
        for number in numbers:
            container.seek(round(number * frame_length / Fraction(stream.time_base or 1)), stream=stream)
            for frame in container.decode(stream):
                if round(Fraction(frame.time or 0) / frame_length) >= number:
                    found.append(np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8))
                    break
            else:
                raise IndexError(f"{path} has no frame {number}")
    return found
