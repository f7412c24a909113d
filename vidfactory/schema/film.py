"""What assembly delivers."""

from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Frames, Media, Model, Size

Quality = Literal["social", "express", "draft", "standard", "high", "ultra", "broadcast"]
"""How much a film may cost in time and bytes; `rendering.quality` says what each means to the encoder."""


class Loudness(Model):
    """Measured on the finished file, after ITU-R BS.1770-4."""

    integrated_lufs: float
    true_peak_dbtp: float


class Video(Artifact):
    schema_version: Literal["video/1"] = "video/1"
    file: Media
    size: Size
    fps: int
    duration_frames: Frames = Field(gt=0)
    encoder: str
    refused: tuple[str, ...] = ()
    """Why each encoding that was wanted more did not serve; empty where the first one did."""
    loudness: Loudness


class Rushes(Artifact):
    """What of the video was rendered while its last pictures were awaited: `frames` with the first `pictures`.

    The frames themselves wait among the finished segments of this machine, where the video finds them.
    """

    schema_version: Literal["rushes/1"] = "rushes/1"
    pictures: int = Field(ge=0)
    frames: Frames = Field(ge=0)


class Poster(Artifact):
    """The still that stands for the video, and a sheet of frames from its whole length."""

    schema_version: Literal["poster/1"] = "poster/1"
    poster: Media
    contact_sheet: Media
