"""What assembly delivers."""

from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Frames, Media, Model, Size

Quality = Literal["social", "draft", "standard", "high", "ultra", "broadcast"]
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


class Poster(Artifact):
    """The still that stands for the video, and a sheet of frames from its whole length."""

    schema_version: Literal["poster/1"] = "poster/1"
    poster: Media
    contact_sheet: Media
