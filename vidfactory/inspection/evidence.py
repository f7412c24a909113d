"""The picture of what is wrong: the frames that the measurements name, each under its time and its measurement."""

from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vidfactory.drawing.poster import contact_sheet
from vidfactory.rendering.frames import frames_at
from vidfactory.schema.inspection import Measurement
from vidfactory.schema.theme import Palette

MOST_FRAMES = 12
COLUMNS = 4


def evidence(film: Path, measurements: Sequence[Measurement], fps: int, palette: Palette) -> bytes | None:
    """JPEG of the frames that show what is wrong; None where nothing is, or no frame shows it."""
    bad = [[(m.name, moment) for moment in m.moments] for m in measurements if m.level != "good"]
    in_turn = [moment for moment in chain.from_iterable(zip_longest(*bad)) if moment is not None]
    chosen = sorted(in_turn[:MOST_FRAMES], key=lambda moment: moment[1])
    shown = [(name, frame, picture) for name, frame in chosen if (picture := _frame(film, frame)) is not None]
    if not shown:
        return None
    labels = [f"{frame / fps:.2f} s: {name.replace('_', ' ')}" for name, frame, _ in shown]
    return contact_sheet([picture for _, _, picture in shown], labels, min(COLUMNS, len(shown)), palette)


def _frame(film: Path, number: int) -> NDArray[np.uint8] | None:
    """None where the film ends before, or cannot be decoded there."""
    try:
        [picture] = frames_at(film, [number])
    except (IndexError, av.FFmpegError):
        return None
    return picture
