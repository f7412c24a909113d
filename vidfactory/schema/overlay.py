"""Overlays: what stands above the scenes for a while, and how it comes, moves and goes.

Belongs here: the kinds of elements and their places. Does not belong here: how they look when drawn
(`rendering.elements`), and the patterns that move them (`motion`).
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vidfactory.schema.base import Box, Frames, Model, Source
from vidfactory.schema.motion import Animation

Colour = Literal["ink", "paper", "shade", "accent", "rise", "fall", "rise_on_ink", "fall_on_ink"]
"""A colour of the theme's palette."""
Side = Literal["left", "right", "top", "bottom"]
Share = Annotated[float, Field(ge=0, le=1)]


class Placement(Model):
    """Where and when: seen in the frames `[start_frame, end_frame)`, at rest in `box`, whose edges are even."""

    name: str = Field(min_length=1)
    """Names it in errors, and is the seed of what is random about it."""
    box: Box
    start_frame: Frames = Field(ge=0)
    end_frame: Frames
    animations: tuple[Animation, ...] = ()
    reveal_from: Side = "left"
    """The side that the channel `reveal` begins at."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.end_frame <= self.start_frame:
            raise ValueError(f"end_frame {self.end_frame} is not after start_frame {self.start_frame}")
        if any(edge % 2 for edge in (self.box.left, self.box.top, self.box.right, self.box.bottom)):
            raise ValueError("box: its edges must be even, because colour is kept at half the resolution")
        return self


class Lettering(Model):
    """How letters look. They are set smaller, down to the theme's smallest text, until they fit their box."""

    font: Literal["headline", "text"] = "text"
    size_px: int = Field(gt=0)
    weight: int = Field(400, ge=100, le=900)
    fill: Colour = "ink"
    outline: Colour | None = None
    plate: Colour | None = None
    """A ground that fills the box."""
    align: Literal["left", "middle", "right"] = "middle"


class TextOverlay(Placement):
    kind: Literal["text"] = "text"
    text: str = Field(min_length=1)
    """A line break begins a new line; long lines are broken at spaces."""
    lettering: Lettering


class CounterOverlay(Placement):
    """A number that the channel `value` takes from `start_value` to `end_value`."""

    kind: Literal["counter"] = "counter"
    start_value: float = Field(0.0, allow_inf_nan=False)
    end_value: float = Field(allow_inf_nan=False)
    decimals: int = Field(0, ge=0, le=6)
    prefix: str = ""
    suffix: str = ""
    lettering: Lettering


class PictureOverlay(Placement):
    """A picture, whole and as large as the box allows, in its middle."""

    kind: Literal["picture"] = "picture"
    source: Source


class BarOverlay(Placement):
    """The box, filled."""

    kind: Literal["bar"] = "bar"
    colour: Colour = "accent"
    reveal_from: Side = "bottom"


class Point(Model):
    """A place in a box, in shares of its width and height."""

    x: Share
    y: Share


class PathOverlay(Placement):
    """A line from point to point, of which the channel `drawn` shows a share from its beginning."""

    kind: Literal["path"] = "path"
    points: tuple[Point, ...] = Field(min_length=2)
    width_px: int = Field(gt=0)
    colour: Colour = "accent"


class GroupOverlay(Placement):
    """Elements that move as one. Their boxes count from the group's upper left corner, their frames from
    its first.
    """

    kind: Literal["group"] = "group"
    children: tuple["Overlay", ...] = Field(min_length=1)


Overlay = Annotated[
    TextOverlay | CounterOverlay | PictureOverlay | BarOverlay | PathOverlay | GroupOverlay,
    Field(discriminator="kind"),
]

GroupOverlay.model_rebuild()
