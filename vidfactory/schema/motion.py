"""Motion as data: how a value goes from keyframe to keyframe, and the named patterns made of that.

Belongs here: easings, springs, keyframes, channels, patterns. Does not belong here: what moves
(`overlay`), the arithmetic of a moment (`rendering.motion`), and the patterns themselves (`themes`).
"""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from vidfactory.schema.base import Frames, Model

Easing = Literal[
    "linear",
    "quad_in",
    "quad_out",
    "quad_in_out",
    "cubic_in",
    "cubic_out",
    "cubic_in_out",
    "quart_in",
    "quart_out",
    "quart_in_out",
    "quint_in",
    "quint_out",
    "quint_in_out",
    "sine_in",
    "sine_out",
    "sine_in_out",
    "expo_in",
    "expo_out",
    "expo_in_out",
    "circ_in",
    "circ_out",
    "circ_in_out",
    "back_in",
    "back_out",
    "back_in_out",
    "bounce_in",
    "bounce_out",
    "bounce_in_out",
    "elastic_in",
    "elastic_out",
    "elastic_in_out",
]
"""The equations of Robert Penner, "Programming Macromedia Flash MX" (2002), chapter 7."""

TransitionType = Literal["cut", "fade", "slide", "wipe", "zoom"]
"""From one scene's picture to the next."""
Direction = Literal["left", "right", "up", "down"]

Channel = Literal["x", "y", "scale", "rotation", "opacity", "glow", "flash", "dissolve", "reveal", "drawn", "value"]
"""What can be animated.

x, y: a shift to the right and down, in widths and heights of the element's own box.
scale, rotation: about the middle of the box; degrees, clockwise.
opacity: 0 to 1.
glow: strength of an accent halo around it. flash: how far its colours go to the accent.
dissolve: the share that has crumbled away. reveal: the share that is seen, from one side on.
drawn: the share of a path. value: the share of a counter's way.
"""

REST: Final[dict[Channel, float]] = {
    "x": 0,
    "y": 0,
    "scale": 1,
    "rotation": 0,
    "opacity": 1,
    "glow": 0,
    "flash": 0,
    "dissolve": 0,
    "reveal": 1,
    "drawn": 1,
    "value": 1,
}
"""The element as it is when nothing is animated. What rests at 0 is added up where patterns overlap,
what rests at 1 is multiplied."""

FULL_TURN = 360
LARGEST_SCALE = 8
"""A picture that is to grow more than so many times is a mistake, and would fill the memory."""
PatternKind = Literal["enter", "emphasis", "exit", "loop", "data"]


class Spring(Model):
    """A damped spring that pulls a mass to where it shall be: stiffness in N/m, damping in kg/s, mass in kg.

    Its time is stretched so that it has settled when the keyframe is reached.
    """

    stiffness: float = Field(gt=0, le=10_000)
    damping: float = Field(gt=0, le=1_000)
    mass: float = Field(1.0, gt=0, le=100)


class Keyframe(Model):
    """A value at a share of the pattern's length; `easing` says how it is reached from the one before."""

    at: float = Field(ge=0, le=1)
    value: float = Field(ge=-FULL_TURN, le=FULL_TURN)
    easing: Easing | Spring = "linear"


def _in_order(track: tuple[Keyframe, ...]) -> tuple[Keyframe, ...]:
    times = [keyframe.at for keyframe in track]
    if times != sorted(set(times)) or times[0] != 0 or times[-1] != 1:
        raise ValueError("keyframes must go from at = 0 to at = 1, each later than the one before")
    return track


Track = Annotated[tuple[Keyframe, ...], Field(min_length=2), AfterValidator(_in_order)]


class Pattern(Model):
    """Tracks that run together. An enter pattern ends at rest, an exit begins there, emphasis does both,
    a loop comes back to its beginning at rest, and data end with all shown.
    """

    kind: PatternKind
    length_s: float = Field(gt=0, le=60)
    """How long it takes where an animation doesn't say; of a loop, one round."""
    tracks: dict[Channel, Track] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for channel, track in self.tracks.items():
            if channel == "scale" and not all(0 <= keyframe.value <= LARGEST_SCALE for keyframe in track):
                raise ValueError(f"tracks.scale: it must stay between 0 and {LARGEST_SCALE}")
            if self.kind in {"exit", "emphasis", "loop"} and not _at_rest(channel, track[0]):
                raise ValueError(f"tracks.{channel}: {self.kind} must begin at rest, with the value {REST[channel]}")
            if self.kind != "exit" and not _at_rest(channel, track[-1]):
                raise ValueError(f"tracks.{channel}: {self.kind} must end at rest, with the value {REST[channel]}")
        return self


class Animation(Model):
    """A pattern at work on an element."""

    pattern: str
    start: Frames | None = Field(None, ge=0)
    """Counted from the element's first frame. Without one an exit ends with the element, all else begins with it."""
    length: Frames | None = Field(None, gt=0)
    """Without one, the pattern's own. Of a loop, one round; it goes on as long as the element is there."""


def _at_rest(channel: Channel, keyframe: Keyframe) -> bool:
    turned = channel == "rotation" and keyframe.value % FULL_TURN == 0
    return turned or keyframe.value == REST[channel]
