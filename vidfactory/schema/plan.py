"""The production plan: everything that the renderer needs to know, in frames and samples.

Files are named by their artifact and hash, never by a path of a machine.
"""

from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Frames, Model, Samples, Size, Source
from vidfactory.schema.film import Quality
from vidfactory.schema.motion import Direction, TransitionType
from vidfactory.schema.overlay import Overlay
from vidfactory.schema.speech import TimedWord


class VideoMetadata(Model):
    title: str
    duration_frames: Frames = Field(gt=0)
    resolution: Size
    fps: int = Field(gt=0)

    @property
    def duration_seconds(self) -> float:
        return self.duration_frames / self.fps


class NarrationTrack(Model):
    source: Source
    volume: float = Field(1.0, ge=0, le=4, allow_inf_nan=False)
    start: Samples = Field(Samples(0), ge=0)
    """Where in the film the narration begins."""


class MusicTrack(Model):
    source: Source
    volume: float = Field(0.22, ge=0, le=1, allow_inf_nan=False)
    loop: bool = True
    fade_out: Samples = Field(Samples(0), ge=0)


class AudioPlan(Model):
    narration: NarrationTrack
    music: MusicTrack | None


Effect = Literal["zoom_in", "zoom_out", "pan_left", "pan_right", "pan_up", "pan_down"]


class MainContent(Model):
    type: Literal["illustration"]
    source: Source
    effect: Effect


class Transition(Model):
    """How a scene's picture takes the place of the one before, in the scene's first frames.

    slide: it pushes the other out. wipe: an edge runs over the other and uncovers it. zoom: it grows
    out of the other's middle.
    """

    type: TransitionType
    duration_frames: Frames = Field(ge=0)
    direction: Direction = "left"
    """The way in which a slide or the edge of a wipe moves."""


class Scene(Model):
    """A stretch of frames `[start_frame, end_frame)` with one picture."""

    scene_number: int = Field(ge=1)
    start_frame: Frames = Field(ge=0)
    end_frame: Frames = Field(gt=0)
    narration_text: str
    words: tuple[TimedWord, ...]
    main_content: MainContent | None
    transition: Transition


class AlternatorItem(Model):
    """One side of the alternator, shown in `[start_frame, end_frame)`."""

    source: Source
    start_frame: Frames
    end_frame: Frames


class Alternator(Model):
    """The post's card and the charts take turns in one place, with a cross-fade between them."""

    items: tuple[AlternatorItem, ...] = Field(min_length=1)
    transition_frames: Frames = Field(ge=0)


class CaptionWord(Model):
    """A word of a caption, lit in `[start_frame, end_frame)`.

    One that begins with U+2060 (word joiner) follows the word before it without a space.
    """

    text: str
    start_frame: Frames
    end_frame: Frames


class CaptionPage(Model):
    """What the captions show in `[start_frame, end_frame)`.

    `words` are those of a phrase, in order; a page without them is one word, lit all the time. A phrase
    that is quickly said stays until it can be read, or until the next comes.
    """

    text: str
    start_frame: Frames
    end_frame: Frames
    words: tuple[CaptionWord, ...] = ()
    hurried: bool = False
    """A phrase that goes before it can be read."""


class ScrollingTicker(Model):
    source: Source
    pixels_per_frame: int = Field(gt=0, multiple_of=2)


class ProductionPlan(Artifact):
    """Scenes cover every frame of the film exactly once."""

    schema_version: Literal["production_plan/1"] = "production_plan/1"
    video_metadata: VideoMetadata
    theme: str
    language: str = ""
    """Of the words, as a BCP 47 tag."""
    quality: Quality = "social"
    audio: AudioPlan
    backdrop: Source
    scenes: tuple[Scene, ...] = Field(min_length=1)
    captions: tuple[CaptionPage, ...]
    alternator: Alternator | None
    ticker: ScrollingTicker | None
    overlays: tuple[Overlay, ...] = ()
    """Above all else, the lowest first."""
