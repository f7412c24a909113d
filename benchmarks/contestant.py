"""One contestant in a process of its own: our renderer, or the encoder alone on frames that are ready.

`race` starts it with one argument, `{"entry": "pictures", "film": ..., ...}`, and reads the figures that it
prints as JSON. All that is asked of the renderer is asked here. The parent counts the memory;
times are wall times around the call alone, with an empty cache and an empty folder.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np
import psutil

from benchmarks.stored import Reference
from vidfactory.rendering.compositor import Compositor
from vidfactory.rendering.encode import Encoder, encode_frames
from vidfactory.rendering.film import Renderer
from vidfactory.rendering.quality import SOCIAL
from vidfactory.rendering.segment_cache import SegmentCache
from vidfactory.rendering.stage import film_layers
from vidfactory.schema.theme import Theme
from vidfactory.themes import load_theme

ENCODERS = {"ultrafast": Encoder(preset="ultrafast", quality=SOCIAL.picture.quality), "veryfast": SOCIAL.picture}
"""By preset. The second is what films are made with."""
CACHE_BYTES = 20 * 2**30
TRIAL_FRAMES = 300
TRIALS = 3
HELD_SHARE = 0.5
"""How much of the free memory may hold frames that are ready."""


def main() -> None:
    job = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps(ENTRIES[job.pop("entry")](**job)))


def pictures(film: str, other: str, preset: str, workers: int, folder: str) -> dict[str, float]:
    """The pictures alone, again with nothing changed, and with one illustration changed; seconds of each."""
    encoder = ENCODERS[preset]

    def make(renderer: Renderer, made: Reference, target: Path) -> None:
        renderer.render_pictures(made.plan, theme_of(made), made.files, target, encoder, lambda _: None)

    return _three_times(make, film, other, workers, Path(folder))


def whole(film: str, other: str, workers: int, folder: str) -> dict[str, float]:
    """The same three with sound: what a person gets."""
    return _three_times(_whole, film, other, workers, Path(folder))


def once(film: str, workers: int, folder: str) -> dict[str, float]:
    """The whole film, once; seconds."""
    root = Path(folder)
    return {"full": _timed(_whole, _renderer(root, workers), Reference.load(Path(film)), root / "full")}


def ready(film: str, preset: str, threads: int, folder: str) -> dict[str, float]:
    """Seconds to encode the film's frames, drawn beforehand, with one encoder of `threads` threads."""
    made = Reference.load(Path(film))
    theme, frames = theme_of(made), made.plan.video_metadata.duration_frames
    return {"full": _encoded(made, theme, Path(folder) / "ready.mp4", ENCODERS[preset], threads, frames)}


def threads(film: str, preset: str, most: int, folder: str) -> dict[str, float]:
    """Seconds for `TRIAL_FRAMES` ready frames by the encoder's number of threads, medians of `TRIALS`."""
    made = Reference.load(Path(film))
    theme, target = theme_of(made), Path(folder) / "trial.mp4"
    frames = min(TRIAL_FRAMES, made.plan.video_metadata.duration_frames)
    counts = range(1, most + 1)
    rounds = [
        [_encoded(made, theme, target, ENCODERS[preset], count, frames) for count in counts] for _ in range(TRIALS)
    ]
    return {str(count): median(times) for count, times in zip(counts, zip(*rounds, strict=True), strict=True)}


ENTRIES: dict[str, Callable[..., dict[str, float]]] = {
    "pictures": pictures,
    "whole": whole,
    "once": once,
    "ready": ready,
    "threads": threads,
}


def theme_of(made: Reference) -> Theme:
    return load_theme(made.plan.theme, made.plan.video_metadata.resolution)


Make = Callable[[Renderer, Reference, Path], Any]


def _whole(renderer: Renderer, made: Reference, target: Path) -> None:
    renderer.render(made.plan, theme_of(made), made.files, target, lambda _: None)


def _three_times(make: Make, film: str, other: str, workers: int, root: Path) -> dict[str, float]:
    renderer = _renderer(root, workers)
    first, changed = Reference.load(Path(film)), Reference.load(Path(other))
    return {
        "full": _timed(make, renderer, first, root / "full"),
        "again": _timed(make, renderer, first, root / "again"),
        "swapped": _timed(make, renderer, changed, root / "swapped"),
    }


def _timed(make: Make, renderer: Renderer, made: Reference, target: Path) -> float:
    target.mkdir(parents=True)
    begun = time.perf_counter()
    make(renderer, made, target)
    return time.perf_counter() - begun


def _renderer(root: Path, workers: int) -> Renderer:
    return Renderer(SegmentCache(root / "cache", CACHE_BYTES), workers)


def _encoded(made: Reference, theme: Theme, target: Path, encoder: Encoder, threads: int, frames: int) -> float:
    """Seconds of encoding and writing. The clock stands while frames are drawn, as many at a time as memory holds."""
    about = made.plan.video_metadata
    compositor = Compositor(about.resolution, film_layers(made.plan, theme, made.files))
    drawing = 0.0

    def handed() -> Iterator[av.VideoFrame]:
        nonlocal drawing
        for numbers in batches(frames, frames_in_memory(about.resolution.width * about.resolution.height * 3 // 2)):
            begun = time.perf_counter()
            held = [_drawn(compositor, number) for number in numbers]
            drawing += time.perf_counter() - begun
            yield from held

    begun = time.perf_counter()
    encode_frames(target, about.resolution, about.fps, one_encoder(encoder, threads), handed())
    return time.perf_counter() - begun - drawing


def one_encoder(encoder: Encoder, threads: int) -> Encoder:
    """The encoder with several threads, each on a frame of its own.

    PyAV's default is slices, which costs bytes: then it would not be the same film.
    """
    return replace(encoder, threads=threads, tuning=":".join(filter(None, (encoder.tuning, "sliced-threads=0"))))


def batches(frames: int, at_once: int) -> list[range]:
    """All frames in order, `at_once` at a time."""
    return [range(start, min(start + at_once, frames)) for start in range(0, frames, at_once)]


def frames_in_memory(frame_bytes: int) -> int:
    return max(1, int(psutil.virtual_memory().available * HELD_SHARE) // frame_bytes)


def _drawn(compositor: Compositor, number: int) -> av.VideoFrame:
    """A copy of the frame, which the compositor overwrites."""
    compositor.draw(number)
    source = compositor.frame
    copy = av.VideoFrame(source.width, source.height, "yuv420p")
    for plane, drawn in zip(copy.planes, source.planes, strict=True):
        np.frombuffer(plane, np.uint8)[:] = np.frombuffer(drawn, np.uint8)
    return copy
