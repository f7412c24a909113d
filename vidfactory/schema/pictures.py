"""What the picture and sound departments deliver."""

from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Credit, Media, Model, Samples, Size


class Picture(Model):
    """One image and the cue that it answers."""

    name: str
    image: Media
    size: Size
    alt: str
    """What it shows, in words."""


class Illustrations(Artifact):
    schema_version: Literal["illustrations/1"] = "illustrations/1"
    pictures: tuple[Picture, ...]
    made_by: Credit


class Charts(Artifact):
    schema_version: Literal["charts/1"] = "charts/1"
    pictures: tuple[Picture, ...]


class Cards(Artifact):
    schema_version: Literal["cards/1"] = "cards/1"
    pictures: tuple[Picture, ...]


class Ticker(Artifact):
    """A strip that repeats without a seam; None where the screenplay asks for no ticker."""

    schema_version: Literal["ticker/1"] = "ticker/1"
    strip: Picture | None


class Backdrop(Artifact):
    schema_version: Literal["backdrop/1"] = "backdrop/1"
    picture: Picture
    made_by: Credit


class Soundtrack(Artifact):
    """A music loop; None where the screenplay asks for no music."""

    schema_version: Literal["soundtrack/1"] = "soundtrack/1"
    music: Media | None
    loop: Samples = Field(ge=0)
    """Length of one turn of the loop."""
    made_by: Credit
