"""What assembly delivers."""

from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Frames, Media, Model, Size


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
    loudness: Loudness


class Poster(Artifact):
    """The still that stands for the video, and a sheet of frames from its whole length."""

    schema_version: Literal["poster/1"] = "poster/1"
    poster: Media
    contact_sheet: Media
