"""What the inspector delivers: measurements of the finished film, and a verdict."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Frames, Media, Model

Level = Literal["good", "warning", "issue"]
Verdict = Literal["approve", "review", "reject"]


class Measurement(Model):
    """One thing that was measured: what it came to, and whether a channel could show it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Also the name of the asset check."""
    level: Level
    said: str
    """What was found, in a sentence that names the figure and its limit."""
    figures: Mapping[str, float | int | str] = {}
    moments: tuple[Frames, ...] = ()
    """Frames of the film that show what is wrong, worst first."""


class QaReport(Artifact):
    """All measurements of one film, and what follows from them."""

    schema_version: Literal["qa_report/1"] = "qa_report/1"
    video_sha256: str
    """The film that was measured."""
    verdict: Verdict
    measurements: tuple[Measurement, ...] = Field(min_length=1)
    evidence: Media | None
    """Frames that show what is wrong, as one picture; None where nothing is."""
