"""What release delivers: thumbnails, the package of a finished video, and where it was published."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Media, Model, Size, canonical_sha256

Review = Literal["always", "doubtful", "never"]
"""When a person must approve before anything is published: always, where the inspector says review, or never."""


class Thumbnail(Model):
    """One still that stands for the video on a platform."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    concept: str
    """The idea that it shares with its variants."""
    varies: str = ""
    """The one thing in which it differs from the first of its concept; empty for the first."""
    image: Media
    size: Size
    score: float = Field(ge=0, le=1)
    features: Mapping[str, float]
    """What the score is made of, each from 0 to 1."""
    reasons: tuple[str, ...]
    """What speaks for and against it, in words."""


class Thumbnails(Artifact):
    """All thumbnails, the best of each size first."""

    schema_version: Literal["thumbnails/1"] = "thumbnails/1"
    thumbnails: tuple[Thumbnail, ...] = Field(min_length=1)


class Subtitles(Model):
    srt: Media
    vtt: Media
    words: Media
    """Every word with its times in milliseconds, as JSON."""


class Chapter(Model):
    start_s: int = Field(ge=0)
    title: str = Field(min_length=1)


class Listing(Model):
    """What a platform is told about a video, within the limits of all platforms that it may go to."""

    title: str = Field(min_length=1, max_length=100)
    description: str
    tags: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    language: str
    made_with_ai: bool
    """Whether the platform must say that it was made with AI."""


class Package(Artifact):
    """Everything that leaves the studio with a video."""

    schema_version: Literal["package/1"] = "package/1"
    edition: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 over what a viewer gets (film, thumbnails, subtitles, listing): what a person approves, and what is
    published once. The same for the same content, however often it is packed and signed."""
    film_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The film without its credentials: the one that the inspector has measured."""
    video: Media
    """The film with its signed content credentials."""
    thumbnails: tuple[Media, ...]
    """The chosen ones first: `thumbnail.*`, which is wide, and `thumbnail_vertical.*`; then the others."""
    subtitles: Subtitles
    listing: Listing
    manifest: Media
    """Every artifact's hash, provider, model, prompt, licence and cost: who made what from what."""
    timeline: Media
    """The edit as OpenTimelineIO."""
    timeline_media: tuple[Media, ...]
    """The files that the timeline names."""

    def content_sha256(self) -> str:
        """Blind to the signed film's bytes and hash: signing the same film twice gives two files, because signatures
        hold random numbers, and what was packed is the same. The unsigned film's hash is in the edition.
        """
        held = {"edition": self.edition, "manifest": self.manifest.sha256, "timeline": self.timeline.sha256}
        return canonical_sha256({"schema_version": self.schema_version, **held})


class Decision(Model):
    """What a person decided about one edition of a video."""

    edition: str
    approved: bool
    reason: str = ""
    by: str
    at: dt.datetime


class Appearance(Model):
    """Where a video can be seen."""

    publisher: str
    address: str
    """A URL or a folder."""
    id: str = ""
    """The platform's own name for it."""
    visible_from: dt.datetime | None = None
    """When the public sees it; None for at once."""


class Publication(Artifact):
    schema_version: Literal["publication/1"] = "publication/1"
    edition: str
    appearances: tuple[Appearance, ...] = Field(min_length=1)
