"""Renders segments in processes of their own, one encoder thread each.

Belongs here: processes, their work, progress and end. Does not belong here: which segments there are.
"""

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from ctypes import CDLL, Array, c_bool, c_int64
from dataclasses import dataclass
from itertools import islice
from multiprocessing import parent_process
from pathlib import Path

import av
import cv2

from vidfactory.errors import VidfactoryError, disk_errors
from vidfactory.files import staging
from vidfactory.rendering.compositor import Compositor
from vidfactory.rendering.encode import Encoder, encode_frames
from vidfactory.rendering.segment_cache import SegmentCache
from vidfactory.rendering.segments import Segment
from vidfactory.rendering.stage import Files, film_layers
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.theme import Theme

REPORT_EVERY_S = 2.0
STOP_WITHIN_S = 0.2
M_MMAP_THRESHOLD = -3
"""glibc's number of the setting, from malloc.h."""
LARGE_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Job:
    """What every segment of a film shares. It travels to the processes once."""

    plan: ProductionPlan
    theme: Theme
    files: Files
    encoder: Encoder
    cache: SegmentCache


@dataclass(frozen=True)
class Progress:
    """How far a render is: frames that are there, of how many, and how many come in a second."""

    done: int
    total: int
    fps: float

    @property
    def left_s(self) -> float:
        return (self.total - self.done) / self.fps


@dataclass(frozen=True)
class Rendered:
    """A finished segment, and the most memory that its process has held so far, in bytes."""

    segment: Segment
    path: Path
    process: int
    peak_bytes: int


class _Worker:
    """The film's layers in one process, for all the segments that it is given."""

    def __init__(self, job: Job, done: "Array[c_int64]") -> None:
        self.job = job
        self.done = done
        self.compositor = Compositor(job.plan.video_metadata.resolution, film_layers(job.plan, job.theme, job.files))

    def render(self, number: int, segment: Segment, folder: Path) -> Rendered:
        """Encode a segment; one that another process was at is taken from it."""
        target, cache = folder / f"{segment.name}.mp4", self.job.cache
        with disk_errors(f"{self._scene(segment)}: {target}"), cache.claimed(target.name):
            if not cache.take(target.name, target):
                self._encode(number, segment, target)
                cache.keep(target.name, target)
        self.done[number] = segment.frames
        return Rendered(segment, target, os.getpid(), peak_bytes())

    def _encode(self, number: int, segment: Segment, target: Path) -> None:
        about = self.job.plan.video_metadata
        with staging(target) as unfinished:
            frames = self._frames(number, segment)
            encode_frames(unfinished, about.resolution, about.fps, self.job.encoder, frames)
            unfinished.replace(target)

    def _frames(self, number: int, segment: Segment) -> Iterator[av.VideoFrame]:
        for done, frame in enumerate(range(segment.start, segment.end), start=1):
            self.compositor.draw(frame)
            yield self.compositor.frame
            self.done[number] = done

    def _scene(self, segment: Segment) -> str:
        scenes = self.job.plan.scenes
        return next(f"scene {scene.scene_number}" for scene in scenes if segment.start < scene.end_frame)


_worker: _Worker


@dataclass(frozen=True)
class Hands:
    """How many processes render, and when they stop.

    Once they are `wanted_elsewhere`, they finish what they have begun, and begin nothing more.
    """

    count: int
    wanted_elsewhere: Callable[[], bool] = bool


def render_segments(
    job: Job, wanted: Sequence[Segment], folder: Path, hands: Hands, report: Callable[[Progress], None]
) -> Iterator[Rendered]:
    """Render the segments into `folder` and the cache, one a process at a time; yield each as it is finished.

    The longest come first, so that no process has to wait long for the last. `report` is called every
    few seconds. Raises BadInput for what is wrong with the plan's files, EncoderFailed, and
    VidfactoryError for a full disk or a process that was killed; finished segments stay.
    """
    context = multiprocessing.get_context("spawn")
    done = context.RawArray(c_int64, max(1, len(wanted)))
    stop = context.RawValue(c_bool, False)  # noqa: FBT003  -- what the process is told when the render ends early
    watch = _Watch(sum(segment.frames for segment in wanted), done, report)
    processes = min(hands.count, len(wanted)) or 1
    pool = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(job, done, stop))
    longest_first = iter(sorted(enumerate(wanted), key=lambda numbered: numbered[1].frames, reverse=True))
    waiting: set[Future[Rendered]] = set()
    try:
        while True:
            if not hands.wanted_elsewhere():
                free = islice(longest_first, processes - len(waiting))
                waiting |= {pool.submit(_render, number, segment, folder) for number, segment in free}
            if not waiting:
                break
            ready, waiting = wait(waiting, timeout=REPORT_EVERY_S, return_when=FIRST_COMPLETED)
            for future in ready:
                yield future.result()
            watch.look()
    except BaseException as error:
        # An orderly end would wait for segments that nobody wants any more, and a second Ctrl-C break it off.
        stop.value = True
        if not isinstance(error, BrokenProcessPool):
            raise
        raise VidfactoryError(
            "a render process ended without a word, killed or out of memory",
            where="video",
            remedy="Run it again: the finished segments are kept",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def peak_bytes() -> int:
    """The most memory that this process has held.

    Linux counts it in `VmHWM`; its `ru_maxrss` begins with what the parent held when it started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        [peak] = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _begin(job: Job, done: "Array[c_int64]", stop: c_bool) -> None:
    """Set a process up: the layers once, and one thread, because there are as many processes as cores."""
    global _worker  # noqa: PLW0603  -- what a pool's process holds between its tasks has no other place
    threading.Thread(target=_end_early, args=(stop,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides what ends
    cv2.setNumThreads(1)
    _give_back_large_blocks()
    _worker = _Worker(job, done)


def _give_back_large_blocks() -> None:
    """Have glibc return every large block as soon as it is freed.

    By itself it begins to keep them after the first few: a tenth of what a render process holds.
    """
    libc = CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)


def _end_early(stop: c_bool) -> None:
    """End this process when it is told to stop, or when its parent was killed and nobody waits for its work."""
    parent = parent_process()
    assert parent is not None
    while parent.is_alive() and not stop.value:
        parent.join(STOP_WITHIN_S)
    os._exit(1)


def _render(number: int, segment: Segment, folder: Path) -> Rendered:
    return _worker.render(number, segment, folder)


class _Watch:
    """Reports now and then how far all processes are."""

    def __init__(self, total: int, done: "Array[c_int64]", report: Callable[[Progress], None]) -> None:
        self._total, self._done, self._report = total, done, report
        self._begun = self._reported = time.perf_counter()

    def look(self) -> None:
        """The clock begins with the first frame: what the processes take to start says nothing of their speed."""
        now, done = time.perf_counter(), sum(self._done)
        if not done:
            self._begun = now
        elif done == self._total or now - self._reported >= REPORT_EVERY_S:
            self._reported = now
            self._report(Progress(done, self._total, done / max(now - self._begun, 1e-9)))
