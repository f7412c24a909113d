"""What the inspection of a finished film costs: the reference film measured against its plan, in a process of its own.

`race` starts it like a contestant, with one argument, and reads the seconds that it prints as JSON.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.contestant import theme_of
from benchmarks.race import Seconds, run_weighed
from benchmarks.report import Figure, at_most
from benchmarks.stored import Reference
from vidfactory.inspection.inspector import Planned, inspect, reasons
from vidfactory.schema.base import Media
from vidfactory.schema.film import Loudness, Video

INSPECTED = "inspection of the whole film"
SHARE, PEAK_MIB = 0.15, 300
MIB = 2**20
NOTE = (
    "The inspection is of the film that was rendered with sound in the same round: 17 measurements in one pass over "
    f"pictures and sound, with as many threads as there are render processes. Its bar is a share of {SHARE:.0%} of "
    "that render's time; its memory is that of its process, the libraries included."
)


def main() -> None:
    job = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps({"full": inspected(Path(job["film"]), Path(job["video"]), job["workers"])}))


def inspected(film: Path, video: Path, workers: int) -> float:
    """Seconds to measure the film at `video` against its stored plan; what is wrong is told on the error stream."""
    made = Reference.load(film)
    about = made.plan.video_metadata
    words = tuple(word for scene in made.plan.scenes for word in scene.words)
    planned = Planned(made.plan, theme_of(made), [word.shown for word in words], words, made.files)
    delivered = Video(
        file=Media.of(video, "video/mp4"),
        size=about.resolution,
        fps=about.fps,
        duration_frames=about.duration_frames,
        encoder="",
        loudness=Loudness(integrated_lufs=0, true_peak_dbtp=0),
    )
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        report = inspect(delivered, planned, Path(folder), workers)
        seconds = time.perf_counter() - begun
    sys.stderr.write("\n".join(reasons(report)))
    return seconds


def inspect_in_its_own_process(folder: Path, film: Path, video: Path, workers: int) -> tuple[Seconds, int]:
    """Seconds, and the most memory that it held in bytes."""
    return run_weighed("inspection", folder, module=__name__, film=str(film), video=str(video), workers=workers)


def figures(inspection_s: float, render_s: float, peak_bytes: int) -> Iterator[Figure]:
    yield at_most("inspection of the film against its render", inspection_s / render_s, SHARE, "{:.1%}")
    yield at_most("peak memory of the inspection, MiB", peak_bytes / MIB, PEAK_MIB, "{:.0f}")


if __name__ == "__main__":
    main()
