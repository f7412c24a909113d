"""What the voice department delivers."""

from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Credit, Media, Model, Samples

RECORDED = Credit(provider="recording", model="")
"""Who made a narration that a person has read."""


class Recording(Artifact):
    """The screenplay as a person has read it, a file as it was given; None where a narrator is to speak."""

    schema_version: Literal["recording/1"] = "recording/1"
    audio: Media | None


class TimedWord(Model):
    """A word of the screenplay and when it is heard, in samples at 48 kHz of the narration."""

    shown: str
    spoken: str
    beat: int = Field(ge=0)
    """Index of the beat that it belongs to."""
    start: Samples = Field(ge=0)
    end: Samples = Field(ge=0)
    timing: Literal["exact", "interpolated"]


class Narration(Artifact):
    """The spoken screenplay as one file; `words` where the narrator itself knows its timings, else empty."""

    schema_version: Literal["narration/1"] = "narration/1"
    audio: Media
    duration: Samples = Field(gt=0)
    integrated_lufs: float
    voice: str
    words: tuple[TimedWord, ...]
    made_by: Credit


class Pause(Model):
    """A silence between two words; `after` is the index of the word before it."""

    after: int
    start: Samples
    end: Samples


class Timestamps(Artifact):
    """Every word of the screenplay with its time; times rise and never overlap."""

    schema_version: Literal["timestamps/1"] = "timestamps/1"
    duration: Samples = Field(gt=0)
    words: tuple[TimedWord, ...] = Field(min_length=1)
    pauses: tuple[Pause, ...]
    aligner: str
    """Who found the times: the narrator itself, or an aligner and its model."""
    score: float | None = Field(None, ge=0, le=1)
    """How sure the aligner is; None where the narrator knew."""
