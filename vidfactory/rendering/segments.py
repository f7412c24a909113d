"""Segments: the stretches that a film is rendered in, and their names.

A segment's name is the hash of everything that its bytes depend on, so a finished one is found again
whatever else in the film has changed.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise

from vidfactory.drawing.type import FACE_PACKAGES
from vidfactory.rendering.compositor import Layer
from vidfactory.rendering.encode import Encoder
from vidfactory.schema.base import Frames, Size
from vidfactory.schema.plan import Scene

LONGEST_S = 4
"""Long scenes are cut into stretches of at most this, so that all processes have work to the end."""
RENDERING = "1"
"""Part of every name: to be raised when the same layers and states come to be drawn otherwise."""

LIBRARIES = " ".join(
    f"{name} {version(name)}" for name in ("av", "numpy", "opencv-python-headless", "pillow", "scipy", *FACE_PACKAGES)
)
"""What draws, sets and encodes: other versions may make other bytes."""


@dataclass(frozen=True)
class Segment:
    """Frames `[start, end)` of the film and the name of their encoded picture."""

    start: Frames
    end: Frames
    name: str

    @property
    def frames(self) -> int:
        return self.end - self.start


def cuts(scenes: Sequence[Scene], length: int, fps: int) -> list[range]:
    """The film's frames as stretches: cut where a scene begins, where its transition is over, and between.

    The transition stands alone because it shows two scenes: change one picture, and only its scene
    and the two transitions are rendered again.
    """
    edges = {0, length}
    for scene in scenes:
        edges.update((scene.start_frame, min(scene.start_frame + scene.transition.duration_frames, length)))
    return [part for start, end in pairwise(sorted(edges)) for part in _parts(start, end, LONGEST_S * fps)]


def segments(
    stretches: Iterable[range], layers: Sequence[Layer], size: Size, fps: int, encoder: Encoder
) -> list[Segment]:
    """The stretches with their names."""
    common = f"{RENDERING} {LIBRARIES} {size!r} {fps} {encoder!r}"
    return [
        Segment(Frames(stretch.start), Frames(stretch.stop), _name(common, stretch, layers)) for stretch in stretches
    ]


def certain(stretches: Iterable[range], layers: Sequence[Layer], unknown: str) -> list[range]:
    """The stretches that do not depend on the file whose SHA-256 is `unknown`."""
    return [
        stretch
        for stretch in stretches
        if not any(unknown in f"{layer.identity} {[layer.state(frame) for frame in stretch]!r}" for layer in layers)
    ]


def _name(common: str, stretch: range, layers: Sequence[Layer]) -> str:
    digest = hashlib.sha256(common.encode())
    for layer in layers:
        states = [layer.state(frame) for frame in stretch]
        if any(state is not None for state in states):
            digest.update(f"\n{layer.identity}\n{states!r}".encode())
    return digest.hexdigest()


def _parts(start: int, end: int, longest: int) -> Iterator[range]:
    """`[start, end)` in the fewest parts of at most `longest` frames, as equal as can be."""
    count = -(-(end - start) // longest)
    edges = [start + (end - start) * part // count for part in range(count + 1)]
    return (range(a, b) for a, b in pairwise(edges))
