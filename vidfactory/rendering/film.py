"""The renderer: a production plan and its files become an MP4.

Belongs here: the order of the steps and what is kept between renders. Does not belong here: how a frame
is drawn (`stage`, `compositor`), encoded (`encode`) or shared out to processes (`pool`).
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from pydantic import ValidationError

from vidfactory.errors import DamagedArtifact, disk_errors
from vidfactory.files import staging
from vidfactory.rendering.encode import Encoder, EncoderFailed, frame_count, is_whole, join
from vidfactory.rendering.plan_check import check_plan
from vidfactory.rendering.pool import Hands, Job, Progress, peak_bytes, render_segments
from vidfactory.rendering.quality import Encoding, encodings
from vidfactory.rendering.segment_cache import SegmentCache
from vidfactory.rendering.segments import LIBRARIES, Segment, certain, cuts, segments
from vidfactory.rendering.soundtrack import make_sound
from vidfactory.rendering.stage import Files, file_of, film_layers
from vidfactory.schema.base import SAMPLE_RATE, Frames, Samples, Size, canonical_sha256
from vidfactory.schema.film import Loudness
from vidfactory.schema.plan import ProductionPlan
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import Mix, Theme

MIXING = 1
"""Part of the sound's name in the cache: to be raised when the same tracks come to be mixed otherwise."""

Report = Callable[[Progress], None]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Tally:
    """What a render had to do: segments in all, and found in the cache; its memory and its speed."""

    segments: int
    kept: int
    peak_bytes: int
    fps: float

    def figures(self) -> dict[str, float]:
        return {
            "render_fps": self.fps,
            "segments": self.segments,
            "cache_hits": self.kept,
            "peak_memory_mib": self.peak_bytes / 2**20,
        }


@dataclass(frozen=True)
class Film:
    path: Path
    size: Size
    fps: int
    frames: int
    encoding: str
    refused: tuple[str, ...]
    """Why each encoding that was wanted more did not serve; empty where the first one did."""
    loudness: Loudness
    tally: Tally


@dataclass(frozen=True)
class Renderer:
    """Renders films on this machine: `workers` processes, finished segments kept in `cache`."""

    cache: SegmentCache
    workers: int

    def render(self, plan: ProductionPlan, theme: Theme, files: Files, folder: Path, report: Report) -> Film:
        """Draw, mix, encode and join the film into `folder`; `report` is called every few seconds.

        `files` are by SHA-256, `folder` is empty and on the disk of the cache. The encodings of the plan's
        quality are tried in turn. Killed at any moment, it leaves no half-written film, and the next
        render takes up the finished segments. Raises BadInput naming the part of the plan that is wrong
        or whose file is missing or cannot be used, EncoderFailed if no encoding serves, and
        VidfactoryError for a full disk.
        """
        check_plan(plan, theme)
        film, refused = self._served(
            plan, lambda encoding: self._rendered(plan, theme, files, folder, encoding, report)
        )
        return replace(film, refused=refused)

    def render_ahead(
        self,
        plan: ProductionPlan,
        theme: Theme,
        files: Files,
        folder: Path,
        unknown: str,
        wanted_elsewhere: Callable[[], bool],
    ) -> Frames:
        """Render what does not depend on the file whose SHA-256 is `unknown`, and keep it for the whole film.

        Once it is `wanted_elsewhere`, what has begun is finished, and nothing more begins.
        Returns how many frames are kept then. Otherwise as `render`.
        """
        check_plan(plan, theme)
        hands = Hands(self.workers, wanted_elsewhere)

        def kept_frames(encoding: Encoding) -> Frames:
            job = Job(plan, theme, files, encoding.picture, self.cache)
            with TemporaryDirectory(dir=folder) as name, ThreadPoolExecutor(1, thread_name_prefix="sound") as beside:
                scratch = Path(name)
                sound = beside.submit(self._sound, plan, theme, files, scratch, encoding.sound_bit_rate)
                wanted = _segments(job, unknown)
                self._pieces(job, wanted, scratch, hands, sound, lambda _: None)
                sound.result()
                return Frames(sum(segment.frames for segment in wanted if _piece(segment, scratch).exists()))

        kept, _ = self._served(plan, kept_frames)
        return kept

    def render_pictures(
        self, plan: ProductionPlan, theme: Theme, files: Files, folder: Path, encoder: Encoder, report: Report
    ) -> Path:
        """The film without its sound."""
        with TemporaryDirectory(dir=folder) as name:
            silence: Future[None] = Future()
            job = Job(plan, theme, files, encoder, self.cache)
            pieces, _ = self._pieces(job, _segments(job), Path(name), Hands(self.workers), silence, report)
            return _joined(plan, pieces, None, folder)

    def _served(self, plan: ProductionPlan, make: Callable[[Encoding], Made]) -> tuple[Made, tuple[str, ...]]:
        """What comes of the first encoding that serves, and why each one before it did not."""
        refused: list[str] = []
        for encoding in encodings(plan.quality):
            self.cache.trim()
            try:
                return make(encoding), tuple(refused)
            except EncoderFailed as error:
                refused.append(str(error))
            finally:
                self.cache.trim()
        raise EncoderFailed("; ".join(refused), where="video", remedy="Choose another quality in the brief")

    def _rendered(
        self, plan: ProductionPlan, theme: Theme, files: Files, folder: Path, encoding: Encoding, report: Report
    ) -> Film:
        about = plan.video_metadata
        with TemporaryDirectory(dir=folder) as name, ThreadPoolExecutor(1, thread_name_prefix="sound") as beside:
            scratch = Path(name)
            sound = beside.submit(self._sound, plan, theme, files, scratch, encoding.sound_bit_rate)
            job = Job(plan, theme, files, encoding.picture, self.cache)
            pieces, tally = self._pieces(job, _segments(job), scratch, Hands(self.workers), sound, report)
            track, loudness = sound.result()
            path = _joined(plan, pieces, track, folder)
        return Film(
            path=path,
            size=about.resolution,
            fps=about.fps,
            frames=about.duration_frames,
            encoding=str(encoding),
            refused=(),
            loudness=loudness,
            tally=replace(tally, peak_bytes=tally.peak_bytes + peak_bytes()),
        )

    def _pieces(
        self,
        job: Job,
        wanted: Sequence[Segment],
        folder: Path,
        hands: Hands,
        beside: "Future[Any]",
        report: Report,
    ) -> tuple[list[Path], Tally]:
        """The segments in order: those that are kept are taken, the others rendered and kept.

        If what is done `beside` them fails, so do they, at once.
        """
        missing = {segment.name: segment for segment in wanted if not self._taken(_piece(segment, folder))}
        frames = sum(segment.frames for segment in missing.values())
        kept = sum(segment.frames for segment in wanted) - frames

        def report_all(at: Progress) -> None:
            report(Progress(kept + at.done, kept + at.total, at.fps))

        begun = time.perf_counter()
        peaks: dict[int, int] = {}
        for rendered in render_segments(job, list(missing.values()), folder, hands, report_all):
            peaks[rendered.process] = rendered.peak_bytes
            if beside.done():
                beside.result()
        tally = Tally(
            segments=len(wanted),
            kept=len(wanted) - len(missing),
            peak_bytes=sum(peaks.values()),
            fps=frames / (time.perf_counter() - begun),
        )
        return [_piece(segment, folder) for segment in wanted], tally

    def _taken(self, target: Path) -> bool:
        """Whether an MP4 of the target's name could be taken from the cache; one that is not whole is dropped there."""
        if not self.cache.take(target.name, target):
            return False
        if not is_whole(target):
            self.cache.drop(target.name)
            target.unlink()
            return False
        return True

    def _sound(
        self, plan: ProductionPlan, theme: Theme, files: Files, folder: Path, bit_rate: int
    ) -> tuple[Path, Loudness]:
        """The mastered mix as AAC and what was measured on it, kept like a segment."""
        name = sound_name(plan, theme.mix, bit_rate)
        track, figures = folder / f"{name}.m4a", folder / f"{name}.json"
        with self.cache.claimed(track.name):
            return track, self._kept_sound(track, figures, plan, theme, files, bit_rate)

    def _kept_sound(
        self, track: Path, figures: Path, plan: ProductionPlan, theme: Theme, files: Files, bit_rate: int
    ) -> Loudness:
        if self._taken(track) and self.cache.take(figures.name, figures):
            try:
                return Loudness.model_validate_json(figures.read_bytes())
            except ValidationError:
                self.cache.drop(figures.name)
        narration = file_of(plan.audio.narration.source, files, "narration")
        music = file_of(plan.audio.music.source, files, "music") if plan.audio.music else None
        words = _words(plan)
        loudness = make_sound(plan.audio, theme.mix, words, _samples(plan), narration, music, track, bit_rate)
        with disk_errors(str(figures)):
            figures.write_text(loudness.model_dump_json(), encoding="utf-8")
        self.cache.keep(track.name, track)
        self.cache.keep(figures.name, figures)
        return loudness


def sound_name(plan: ProductionPlan, levels: Mix, bit_rate: int) -> str:
    """The hash of all that the film's sound depends on."""
    words = [(word.start, word.end) for word in _words(plan)]
    audio = plan.audio.model_dump(mode="json")
    return canonical_sha256([MIXING, LIBRARIES, audio, levels.model_dump(), words, _samples(plan), bit_rate])


def _words(plan: ProductionPlan) -> list[TimedWord]:
    return [word for scene in plan.scenes for word in scene.words]


def _samples(plan: ProductionPlan) -> Samples:
    return Samples(plan.video_metadata.duration_frames * SAMPLE_RATE // plan.video_metadata.fps)


def _segments(job: Job, unknown: str = "") -> list[Segment]:
    """The film's segments in order, without those that show the file whose SHA-256 is `unknown`."""
    about = job.plan.video_metadata
    layers = film_layers(job.plan, job.theme, job.files)
    stretches = cuts(job.plan.scenes, about.duration_frames, about.fps)
    chosen = certain(stretches, layers, unknown) if unknown else stretches
    return segments(chosen, layers, about.resolution, about.fps, job.encoder)


def _piece(segment: Segment, folder: Path) -> Path:
    return folder / f"{segment.name}.mp4"


def _joined(plan: ProductionPlan, pieces: Sequence[Path], sound: Path | None, folder: Path) -> Path:
    """One MP4 of all pieces. It has its name only when it is whole."""
    about, target = plan.video_metadata, folder / "video.mp4"
    with staging(target) as unfinished:
        join(pieces, sound, unfinished, about.fps, about.title)
        joined = frame_count(unfinished)
        if joined != about.duration_frames:
            raise DamagedArtifact(
                f"the joined film has {joined} frames instead of {about.duration_frames}",
                where=str(target),
                remedy="Remove the render cache and run it again",
            )
        return unfinished.replace(target)
