"""`make bench`: what a film costs beside encoding its frames, which nothing can save."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.reference import Reference, reference
from vidfactory.rendering.compositor import Compositor
from vidfactory.rendering.encode import X264, encode_video
from vidfactory.rendering.film import film_layers, render
from vidfactory.schema.theme import Theme
from vidfactory.themes import load_theme

SECONDS = 12.0
RUNS = 3


def main() -> None:
    theme = load_theme("finance")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short = reference(theme, SECONDS, folder)
        frames = drawn_frames(short, theme)
        rows = {
            "encode ready-made frames": median_s(lambda: encode_ready(frames, theme, folder)),
            "draw all frames": median_s(lambda: drawn_frames(short, theme)),
            "whole film (draw, mix, master, encode, join, measure)": median_s(
                lambda: render(short.plan, theme, short.files, folder, lambda _: None)
            ),
        }
    show(rows, len(frames))


def drawn_frames(short: Reference, theme: Theme) -> list[np.ndarray]:
    """Every frame as I420 planes."""
    compositor = Compositor(theme.frame, film_layers(short.plan, theme, short.files))
    frames = []
    for number in range(short.plan.video_metadata.duration_frames):
        compositor.draw(number)
        frames.append(compositor.buffer.copy())
    return frames


def encode_ready(frames: list[np.ndarray], theme: Theme, folder: Path) -> None:
    encode_video(folder / "ready.mp4", theme.frame, theme.fps, len(frames), X264(), frames.__getitem__)


def median_s(action: Callable[[], object]) -> float:
    """Median wall time of `RUNS` runs in seconds."""
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def show(rows: dict[str, float], frames: int) -> None:
    ready = rows["encode ready-made frames"]
    table = Table("step", "seconds", "frames a second", "against encoding ready-made frames")
    for name, seconds in rows.items():
        table.add_row(name, f"{seconds:.2f}", f"{frames / seconds:.0f}", f"{seconds / ready:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
