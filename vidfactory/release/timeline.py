"""The edit as an OpenTimelineIO timeline, so that a person can go on with it in an editor.

Belongs here: what the plan says as tracks, clips, transitions and markers. Does not belong here: what a track looks
or sounds like in the film (`rendering`), which no exchange format carries: effects, volumes and places stand in the
metadata under `vidfactory`. Captions are markers, because the format knows no text.

Pictures count in frames of the film, sound in samples. Media are named relative to the timeline's file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from vidfactory.planning.clock import sample_at
from vidfactory.rendering.elements import pictured
from vidfactory.schema.base import SAMPLE_RATE, Model, Samples, Source
from vidfactory.schema.plan import MusicTrack, ProductionPlan, Transition

TIMELINE_MEDIA = "media"
"""The folder beside the timeline that its media lie in."""
CAPTION, OVERLAY = "YELLOW", "CYAN"
"""Colours of the markers."""
_METADATA = "vidfactory"


@dataclass(frozen=True)
class Lengths:
    """How long the sounds are that the plan names."""

    narration: Samples
    loop: Samples
    """One turn of the music."""


def media_name(source: Source) -> str:
    """The name of a plan's file among the media of the timeline: `illustrations-01_hook.png`."""
    return source.file.replace("/", "-")


def sources_of(plan: ProductionPlan) -> tuple[Source, ...]:
    """Every file that the timeline of `plan` names, each once."""
    shown = [scene.main_content.source for scene in plan.scenes if scene.main_content]
    turns = [item.source for item in plan.alternator.items] if plan.alternator else []
    strip = [plan.ticker.source] if plan.ticker else []
    music = [plan.audio.music.source] if plan.audio.music else []
    laid_over = [overlay.source for overlay in pictured(plan.overlays)]
    return tuple(
        dict.fromkeys([plan.backdrop, *shown, *turns, *strip, *laid_over, plan.audio.narration.source, *music])
    )


def timeline_json(plan: ProductionPlan, lengths: Lengths) -> str:
    """The timeline of a film as the content of an `.otio` file; every track is as long as the film."""
    timeline = otio.schema.Timeline(plan.video_metadata.title, metadata=_noted(plan.video_metadata))
    edit = _Edit(plan)
    timeline.tracks.extend([*edit.picture_tracks(), *edit.sound_tracks(lengths)])
    timeline.tracks.markers.extend(edit.markers())
    return str(timeline.to_json_string(indent=2))


class _Edit:
    """The plan's parts as those of a timeline."""

    def __init__(self, plan: ProductionPlan) -> None:
        self._plan = plan
        self._fps = plan.video_metadata.fps
        self._frames = plan.video_metadata.duration_frames
        self._samples = sample_at(self._frames, self._fps)

    def picture_tracks(self) -> Iterator[otio.schema.Track]:
        """The lowest first, as in the film."""
        yield _track("Backdrop", [self._still(self._plan.backdrop, self._frames)])
        yield _track("Pictures", self._scenes())
        if self._plan.alternator:
            yield _track("Cards and charts", self._turns())
        if ticker := self._plan.ticker:
            yield _track("Ticker", [self._still(ticker.source, self._frames, ticker)])

    def sound_tracks(self, lengths: Lengths) -> Iterator[otio.schema.Track]:
        narration, music = self._plan.audio.narration, self._plan.audio.music
        heard = min(lengths.narration, self._samples - narration.start)
        voice = self._sound(narration.source, heard, lengths.narration, narration)
        rest = self._samples - narration.start - heard
        yield _track("Narration", [*_silence(narration.start), voice, *_silence(rest)], otio.schema.TrackKind.Audio)
        if music:
            yield _track("Music", self._turns_of(music, lengths.loop), otio.schema.TrackKind.Audio)

    def markers(self) -> Iterator[otio.schema.Marker]:
        for page in self._plan.captions:
            yield self._marker(page.text, page.start_frame, page.end_frame, CAPTION, page)
        for overlay in self._plan.overlays:
            yield self._marker(overlay.name, overlay.start_frame, overlay.end_frame, OVERLAY, overlay)

    def _scenes(self) -> Iterator[otio.core.Composable]:
        for scene in self._plan.scenes:
            if scene.transition.duration_frames and scene.scene_number > 1:
                yield self._transition(scene.transition)
            frames = scene.end_frame - scene.start_frame
            if scene.main_content is None:
                yield otio.schema.Gap(duration=RationalTime(frames, self._fps))
            else:
                yield self._still(scene.main_content.source, frames, scene, name=f"Scene {scene.scene_number}")

    def _transition(self, transition: Transition) -> otio.schema.Transition:
        """It runs over the first frames of the scene that it brings."""
        dissolve = otio.schema.TransitionTypes.SMPTE_Dissolve
        return otio.schema.Transition(
            name=transition.type,
            transition_type=dissolve if transition.type == "fade" else otio.schema.TransitionTypes.Custom,
            in_offset=RationalTime(0, self._fps),
            out_offset=RationalTime(transition.duration_frames, self._fps),
            metadata=_noted(transition),
        )

    def _turns(self) -> Iterator[otio.core.Composable]:
        at = 0
        for item in self._plan.alternator.items if self._plan.alternator else ():
            if item.start_frame > at:
                yield otio.schema.Gap(duration=RationalTime(item.start_frame - at, self._fps))
            yield self._still(item.source, item.end_frame - item.start_frame, item)
            at = item.end_frame
        if at < self._frames:
            yield otio.schema.Gap(duration=RationalTime(self._frames - at, self._fps))

    def _turns_of(self, music: MusicTrack, loop: Samples) -> Iterator[otio.core.Composable]:
        """The loop again and again, the last turn cut where the film ends."""
        starts = takewhile(lambda start: start < self._samples, count(0, loop) if music.loop else [0])
        ended = 0
        for start in starts:
            ended = min(start + loop, self._samples)
            yield self._sound(music.source, ended - start, loop, music)
        yield from _silence(self._samples - ended)

    def _still(self, source: Source, frames: int, data: Model | None = None, name: str = "") -> otio.schema.Clip:
        """A picture has no length of its own: there is as much of it as of the film."""
        whole = RationalTime(self._frames, self._fps)
        return _clip(name or source.file, source, RationalTime(frames, self._fps), whole, data)

    @staticmethod
    def _sound(source: Source, samples: int, there_are: int, data: Model) -> otio.schema.Clip:
        shown, whole = RationalTime(samples, SAMPLE_RATE), RationalTime(there_are, SAMPLE_RATE)
        return _clip(source.file, source, shown, whole, data)

    def _marker(self, name: str, start: int, end: int, colour: str, data: Model) -> otio.schema.Marker:
        span = TimeRange(RationalTime(start, self._fps), RationalTime(end - start, self._fps))
        return otio.schema.Marker(name=name, marked_range=span, color=colour, metadata=_noted(data))


def _track(name: str, children: Iterable[otio.core.Composable], kind: str = "Video") -> otio.schema.Track:
    return otio.schema.Track(name=name, children=list(children), kind=kind)


def _clip(
    name: str, source: Source, length: RationalTime, available: RationalTime, data: Model | None
) -> otio.schema.Clip:
    media = otio.schema.ExternalReference(
        target_url=f"{TIMELINE_MEDIA}/{media_name(source)}",
        available_range=TimeRange(RationalTime(0, available.rate), available),
    )
    span = TimeRange(RationalTime(0, length.rate), length)
    return otio.schema.Clip(name=name, media_reference=media, source_range=span, metadata=_noted(data))


def _silence(samples: int) -> Sequence[otio.schema.Gap]:
    return [otio.schema.Gap(duration=RationalTime(samples, SAMPLE_RATE))] if samples else []


def _noted(data: Model | None) -> Mapping[str, Any]:
    return {_METADATA: data.model_dump(mode="json")} if data else {}
