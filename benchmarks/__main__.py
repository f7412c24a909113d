"""`make bench`: what a film costs beside MoviePy, beside its encoder alone, and beside itself.

    python -m benchmarks --moviepy .venv-bench/bin/python    all of it; writes BENCHMARKS.md
    python -m benchmarks --quick                             a short film, once, without MoviePy
    python -m benchmarks --services                          only a whole video with services as slow as real ones
    python -m benchmarks --alignment                         only how near to the truth words are found

Ends with 1 where a bar is missed; a quick run, whose film is too short for the bars, only shows them.
"""

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median
from typing import Any

from rich.console import Console

from benchmarks.alignment import NOTES as WORDS_NOTES
from benchmarks.alignment import with_words
from benchmarks.contestant import ENCODERS, TRIAL_FRAMES
from benchmarks.inspection import INSPECTED, inspect_in_its_own_process
from benchmarks.inspection import NOTE as INSPECTION_NOTE
from benchmarks.inspection import figures as inspection_figures
from benchmarks.likeness import different_settings, likenesses, moments
from benchmarks.machine import machine, versions
from benchmarks.race import ROOT, Seconds, run, run_moviepy, run_weighed
from benchmarks.reference import ILLUSTRATIONS, REFERENCE_S, reference, with_another_illustration
from benchmarks.report import Clocked, Figure, Report, Stretch, at_least, at_most, markdown, terminal
from benchmarks.services import NOTES as SERVICES_NOTES
from benchmarks.services import with_services
from benchmarks.stored import Reference
from benchmarks.storyboard import storyboard
from vidfactory.schema.theme import Theme
from vidfactory.settings import Settings
from vidfactory.themes import load_theme

OURS, READY, WHOLE = "vidfactory, pictures", "ready-made frames", "vidfactory, with sound"
MOVIEPY, TUNED = "MoviePy", "MoviePy, tuned by hand"
AGAINST_MOVIEPY = {"ultrafast": 10.0, "veryfast": 6.5}
HOUSE_PRESET = "veryfast"
"""The one that films are made with: the encoder alone and the whole film run at it."""
AGAINST_READY = 1.10
LIKENESS = 0.97
SWAPPED, UNCHANGED = 0.15, 0.02
PEAK_MIB, PEAK_GROWTH, TIME_GROWTH = 600, 1.10, 1.10
LENGTHS_MIN = (1, 2, 5, 10)
SCENE_S = 8.0
MOVIEPY_S = 16.0
"""MoviePy takes as long for every frame, and would take hours for the whole film three times."""
QUICK_S = 12.0
SWAPPED_SCENE = 5
RUNS = 3
MIB = 2**20

NOTES = (
    (
        "Contestants run in turn, one process at a time, round after round; times are medians of the rounds. Each "
        "clock runs around the work alone, from the first picture read to the file written; imports are not counted."
    ),
    (
        f"MoviePy makes the first {MOVIEPY_S:.0f} s of the same picture from the same plan, put together as its "
        "documentation does, and once more tuned by hand: benchmarks/moviepy_film.py. Times are compared by the frame; "
        "vidfactory's hold the start of its processes. Both films' settings are read "
        "back from what x264 wrote into them and compared, and so are the pictures, by the SSIM of their luma at "
        "moments spread over the film and in the middle of every fade."
    ),
    (
        "Ready-made frames were drawn before and wait in memory; one encoder gets them, with the number of frame "
        f"threads that was fastest on the first {TRIAL_FRAMES} frames."
    ),
    (
        "vidfactory starts with an empty cache each time; then the same film is made again, and again with one "
        "illustration changed."
    ),
    (
        "Memory is that of the process and all its descendants, ten times a second, as proportional set size (shared "
        "pages count once), on Linux."
    ),
    "The lengths are films of 8 s scenes with the same twelve illustrations.",
    INSPECTION_NOTE,
)

console = Console()


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        if options.services:
            report = services_alone(Path(name))
        elif options.alignment:
            report = words_alone(Path(name))
        else:
            report = benchmark(Path(name), options.moviepy, quick=options.quick)
    for table in terminal(report):
        console.print(table)
    for section in report.sections:
        console.print(f"{section.text}\n\n{section.picture}", highlight=False, soft_wrap=True)
    if options.quick:
        return 0
    if options.services or options.alignment:
        return 0 if report.passed else 1
    (ROOT / "BENCHMARKS.md").write_text(markdown(report), encoding="utf-8")
    console.print(f"BENCHMARKS.md is written. {'Every bar is reached.' if report.passed else 'A bar is missed.'}")
    return 0 if report.passed else 1


def services_alone(folder: Path) -> Report:
    """The video with services and nothing else."""
    figures, section = with_services(folder, said)
    about = (f"{datetime.now(UTC):%Y-%m-%d}, `python -m benchmarks --services`", machine(), *versions(None))
    return Report(about, tuple(figures), (), (), SERVICES_NOTES, (section,))


def words_alone(folder: Path) -> Report:
    """How near to the truth words are found, and nothing else."""
    figures, section = with_words(folder, said)
    about = (f"{datetime.now(UTC):%Y-%m-%d}, `python -m benchmarks --alignment`", machine(), *versions(None))
    return Report(about, tuple(figures), (), (), WORDS_NOTES, (section,))


def benchmark(folder: Path, moviepy: Path | None, *, quick: bool) -> Report:
    """Run everything and return what was found. Without `moviepy`, the Python that has it, there is no race with it."""
    theme = load_theme("finance")
    said("drawing the reference film")
    short = _short(folder, theme, QUICK_S if quick else REFERENCE_S, moviepy)
    for number in range(1, 2 if quick else RUNS + 1):
        said(f"round {number}")
        short.run_round()
    stretches = [] if quick else list(_stretches(folder, theme, short.workers))
    served, section = ([], None) if quick else with_services(folder, said)
    heard, words = ([], None) if quick else with_words(folder, said)
    about, scenes = short.made.plan.video_metadata, len(short.made.plan.scenes)
    return Report(
        about=(
            f"{datetime.now(UTC):%Y-%m-%d}, `{'make bench' if moviepy else 'python -m benchmarks --quick'}`",
            machine(),
            *versions(moviepy),
            (
                f"The film: {about.duration_seconds:.2f} s, {about.duration_frames} frames of {about.resolution.width}x"
                f"{about.resolution.height} at {about.fps} a second, five layers: backdrop, {scenes} "
                "zooming illustrations with fades, card and chart in turns, ticker, word captions"
            ),
            *(f"x264 at {preset}: {_options_of(preset, about.fps)}" for preset in short.presets),
            (
                f"vidfactory: {short.workers} processes of one encoder thread; ready-made frames and MoviePy: "
                f"one encoder of {short.threads} threads"
            ),
        ),
        figures=(
            *_speed(short),
            *_fairness(short),
            *_rerenders(short),
            *_memory(short, stretches),
            *_inspection(short),
            *served,
            *heard,
        ),
        clocked=tuple(
            Clocked(
                who,
                short.moviepy_frames if who.startswith(MOVIEPY) else about.duration_frames,
                tuple(runs["full"] for runs in results),
            )
            for who, results in short.results.items()
        ),
        stretches=tuple(stretches),
        notes=NOTES if quick else (*NOTES, *SERVICES_NOTES, *WORDS_NOTES),
        sections=tuple(part for part in (section, words) if part),
    )


@dataclass
class Short:
    """The reference film, its contestants, and what they have run so far."""

    folder: Path
    made: Reference
    theme: Theme
    moviepy: Path | None
    presets: tuple[str, ...]
    workers: int
    threads: int
    peak_bytes: int
    moviepy_frames: int
    inspection_bytes: int = 0
    results: dict[str, list[Seconds]] = field(default_factory=lambda: defaultdict(list))

    def run_round(self) -> None:
        """Every contestant once."""
        films = {"film": str(self.folder / "film.json"), "other": str(self.folder / "other.json")}
        for preset in self.presets:
            place = self.ours(preset).parent.parent
            self._note(f"{OURS}, {preset}", run("pictures", place, **films, preset=preset, workers=self.workers))
            if self.moviepy:
                board = self.folder / f"storyboard-{preset}.json"
                self._note(f"{MOVIEPY}, {preset}", run_moviepy(self.moviepy, board, self.theirs(preset)))
                tuned = self.folder / "tuned.mp4"
                self._note(f"{TUNED}, {preset}", run_moviepy(self.moviepy, board, tuned, "--tuned"))
        place = self.folder / "ready"
        alone = run("ready", place, film=films["film"], preset=HOUSE_PRESET, threads=self.threads)
        self._note(f"{READY}, {HOUSE_PRESET}", alone)
        self._note(WHOLE, run("whole", self.folder / "whole", **films, workers=self.workers))
        video = self.folder / "whole" / "full" / "video.mp4"
        measured, peak = inspect_in_its_own_process(
            self.folder / "inspected", self.folder / "film.json", video, self.workers
        )
        self._note(INSPECTED, measured)
        self.inspection_bytes = max(self.inspection_bytes, peak)

    def median(self, who: str, what: str = "full") -> float:
        return median(result[what] for result in self.results[who])

    def ours(self, preset: str) -> Path:
        return self.folder / f"pictures-{preset}" / "full" / "video.mp4"

    def theirs(self, preset: str) -> Path:
        return self.folder / f"moviepy-{preset}.mp4"

    def _note(self, who: str, result: Seconds) -> None:
        self.results[who].append(result)
        said(f"{who}: " + ", ".join(f"{what} {seconds:.2f} s" for what, seconds in result.items()))


def _short(folder: Path, theme: Theme, seconds: float, moviepy: Path | None) -> Short:
    """Draw the film and its changed twin, find the encoder's best number of threads, and weigh one render."""
    made = reference(theme, seconds, ILLUSTRATIONS, folder / "files")
    made.save(folder / "film.json")
    with_another_illustration(made, theme, SWAPPED_SCENE, folder / "files").save(folder / "other.json")
    workers, film = Settings().render_workers, str(folder / "film.json")
    cores = os.cpu_count() or 1
    said("trying the encoder's number of threads")
    trial = run("threads", folder / "trial", film=film, preset=HOUSE_PRESET, most=cores + 1)
    threads = int(min(trial, key=lambda count: trial[count]))
    said(", ".join(f"{count}: {seconds:.2f} s" for count, seconds in trial.items()) + f"; {threads} it is")
    _, peak = run_weighed("once", folder / "weighed", film=film, workers=workers)
    said(f"weighed: {peak / MIB:.0f} MiB")
    presets = tuple(AGAINST_MOVIEPY) if moviepy else (HOUSE_PRESET,)
    moviepy_frames = min(round(MOVIEPY_S * theme.fps), made.plan.video_metadata.duration_frames)
    if moviepy:
        for preset in presets:
            board = storyboard(made, theme, ENCODERS[preset], threads, folder / "files") | {"frames": moviepy_frames}
            (folder / f"storyboard-{preset}.json").write_text(json.dumps(board), encoding="utf-8")
    return Short(folder, made, theme, moviepy, presets, workers, threads, peak, moviepy_frames)


def _stretches(folder: Path, theme: Theme, workers: int) -> Iterator[Stretch]:
    for minutes in LENGTHS_MIN:
        film = folder / f"{minutes}-minutes.json"
        scenes = math.ceil(60 * minutes / SCENE_S)
        reference(theme, 60 * minutes, scenes, folder / f"files-{minutes}").save(film)
        result, peak = run_weighed("once", folder / "stretch", film=str(film), workers=workers)
        said(f"{minutes} min: {result['full']:.1f} s, {peak / MIB:.0f} MiB")
        yield Stretch(minutes, result["full"], peak)


def _speed(short: Short) -> Iterator[Figure]:
    ours = {preset: short.median(f"{OURS}, {preset}") for preset in short.presets}
    if short.moviepy:
        share = short.moviepy_frames / short.made.plan.video_metadata.duration_frames
        for preset in short.presets:
            times, tuned = (short.median(f"{who}, {preset}") / share / ours[preset] for who in (MOVIEPY, TUNED))
            yield at_least(f"times as fast as MoviePy, {preset}", times, AGAINST_MOVIEPY[preset])
            yield Figure(f"times as fast as MoviePy tuned by hand, {preset}", f"{tuned:.2f}")
    alone = short.median(f"{READY}, {HOUSE_PRESET}")
    yield at_most(f"time against encoding ready-made frames, {HOUSE_PRESET}", ours[HOUSE_PRESET] / alone, AGAINST_READY)
    whole = short.median(WHOLE) / ours[HOUSE_PRESET]
    yield Figure("time of the whole film, with sound, against the pictures alone", f"{whole:.2f}")


def _fairness(short: Short) -> Iterator[Figure]:
    ready = short.folder / "ready" / "ready.mp4"
    yield _settings(f"encoder settings, ready-made frames, {HOUSE_PRESET}", short.ours(HOUSE_PRESET), ready)
    if not short.moviepy:
        return
    frames = moments(short.made.plan, short.moviepy_frames)
    for preset in short.presets:
        ours, theirs = short.ours(preset), short.theirs(preset)
        yield _settings(f"encoder settings, MoviePy's, {preset}", ours, theirs)
        found = likenesses(ours, theirs, frames)
        yield at_least(f"SSIM of both, lowest of {len(found)} frames, {preset}", min(found), LIKENESS, "{:.3f}")
        yield Figure(f"SSIM of both, mean, {preset}", f"{mean(found):.3f}")


def _settings(what: str, ours: Path, theirs: Path) -> Figure:
    differing = different_settings(ours, theirs)
    shown = ", ".join(f"{name} {one}, there {other}" for name, (one, other) in differing.items())
    return Figure(what, shown or "as ours", "as ours", not differing)


def _rerenders(short: Short) -> Iterator[Figure]:
    whole, pictures = WHOLE, f"{OURS}, {HOUSE_PRESET}"
    for who, name, bars in ((whole, "whole film", (SWAPPED, UNCHANGED)), (pictures, "pictures alone", (None, None))):
        for what, event, bar in zip(
            ("swapped", "again"), ("one illustration changed", "nothing changed"), bars, strict=True
        ):
            share, title = short.median(who, what) / short.median(who), f"rendered again, {event}, {name}"
            yield at_most(title, share, bar, "{:.1%}") if bar else Figure(title, f"{share:.1%}")


def _memory(short: Short, stretches: list[Stretch]) -> Iterator[Figure]:
    yield at_most("peak memory of all processes, MiB", short.peak_bytes / MIB, PEAK_MIB, "{:.0f}")
    if not stretches:
        return
    first, last = stretches[0], stretches[-1]
    growth = last.peak_bytes / short.peak_bytes
    yield at_most(f"peak memory at {last.minutes:g} minutes against the short's", growth, PEAK_GROWTH)
    slowed = (last.seconds / last.minutes) / (first.seconds / first.minutes)
    title = f"time for a minute of film, of {last.minutes:g} minutes against of {first.minutes:g}"
    yield at_most(title, slowed, TIME_GROWTH)


def _inspection(short: Short) -> Iterator[Figure]:
    return inspection_figures(short.median(INSPECTED), short.median(WHOLE), short.inspection_bytes)


def _options_of(preset: str, fps: int) -> str:
    return ", ".join(f"{name} {value}" for name, value in ENCODERS[preset].options(fps).items())


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What a film costs")
    parser.add_argument("--moviepy", type=Path, help="the Python of an environment with benchmarks/requirements.txt")
    parser.add_argument("--quick", action="store_true", help=f"a film of {QUICK_S:.0f} s, once; shows bars, fails none")
    parser.add_argument("--services", action="store_true", help="only the video with slow services; writes nothing")
    parser.add_argument("--alignment", action="store_true", help="only how near words are found; writes nothing")
    options = parser.parse_args()
    if options.moviepy:
        options.moviepy = options.moviepy.absolute()
    elif not (options.quick or options.services or options.alignment):
        parser.error("the full benchmark needs --moviepy, or use: make bench")
    return options


def said(words: str) -> None:
    """Print a line of progress with the time of day."""
    console.print(f"{time.strftime('%H:%M:%S')}  {words}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
