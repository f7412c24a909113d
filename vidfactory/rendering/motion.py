"""The arithmetic of motion: patterns and a frame number become a transform.

Everything is computed afresh from whole frames, so nothing accumulates and any frame can be asked for.
"""

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vidfactory.schema.motion import FULL_TURN, REST, Animation, Easing, Keyframe, Pattern, Spring

OVERSHOOT = 1.70158
"""Penner's: 10 % beyond the end."""
ELASTIC_PERIOD = 0.3
SETTLED = 10.0
"""Time constants after which a spring is at most 11 e^-10 = 0.05 % of its way from the end."""
CRITICAL = 1e-4
"""A damping as near to the critical one as this is computed as critical."""
DECIMALS = 5
"""Of a transform: a hundredth of a pixel on 1000 px, and the same number on every machine."""


def eased(share: float, easing: Easing | Spring) -> float:
    """How far a value has come when `share` of its time is over: 0 at 0 and 1 at 1, and beyond between
    them for easings that overshoot.
    """
    if share <= 0 or share >= 1:
        return float(share >= 1)
    if isinstance(easing, Spring):
        return _sprung(share, easing)
    family, _, end = easing.partition("_")
    rising = _EASE_IN[family]
    if end == "out":
        return 1 - rising(1 - share)
    if end == "in_out":
        return rising(2 * share) / 2 if share < 0.5 else 1 - rising(2 - 2 * share) / 2
    return rising(share)


def value_at(track: Sequence[Keyframe], share: float) -> float:
    """The value of a track when `share` of its time, in [0, 1], is over."""
    for before, after in pairwise(track):
        if share <= after.at:
            way = (share - before.at) / (after.at - before.at)
            return before.value + (after.value - before.value) * eased(way, after.easing)
    return track[-1].value


@dataclass(frozen=True)
class Transform:
    """An element at one moment. The fields are the channels of `schema.motion`, here at rest."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    rotation: float = 0.0
    opacity: float = 1.0
    glow: float = 0.0
    flash: float = 0.0
    dissolve: float = 0.0
    reveal: float = 1.0
    drawn: float = 1.0
    value: float = 1.0

    def with_(self, other: "Transform") -> "Transform":
        """Both at once: what rests at 0 is added, what rests at 1 multiplied. The order does not matter."""
        mine, others = vars(self), vars(other)
        return Transform(
            **{name: mine[name] * others[name] if rest else mine[name] + others[name] for name, rest in REST.items()}
        )

    @property
    def is_seen(self) -> bool:
        return min(self.opacity, self.scale, self.reveal) > 0 and self.dissolve < 1

    @property
    def is_moved(self) -> bool:
        return (self.x, self.y, self.scale, self.rotation) != (0, 0, 1, 0)

    def rounded(self) -> "Transform":
        """To `DECIMALS`, a full turn being none, so that equal pictures have equal transforms."""
        values = {channel: round(value, DECIMALS) + 0.0 for channel, value in vars(self).items()}
        return Transform(**(values | {"rotation": values["rotation"] % FULL_TURN}))


AT_REST = Transform()


@dataclass(frozen=True, eq=False)
class Move:
    """A pattern at work from frame `start` on, for `length` frames; a loop goes round and round."""

    pattern: Pattern
    start: int
    length: int

    def share(self, frame: int) -> float:
        """How much of the pattern, or of its round, is over: 0 before its start and 1 after its end."""
        since = max(0, frame - self.start)
        return (since % self.length if self.pattern.kind == "loop" else min(since, self.length)) / self.length

    def transform(self, frame: int) -> Transform:
        share = self.share(frame)
        return Transform(**{channel: value_at(track, share) for channel, track in self.pattern.tracks.items()})


def move_of(animation: Animation, pattern: Pattern, frames: int, fps: int) -> Move:
    """The animation of an element that is seen for so many `frames`."""
    length = animation.length or max(1, round(pattern.length_s * fps))
    if pattern.kind == "exit" and animation.start is None:
        length = min(length, frames)
        return Move(pattern, frames - length, length)
    return Move(pattern, animation.start or 0, length)


def transform_at(moves: Sequence[Move], frame: int) -> Transform:
    """All moves at once, rounded."""
    together = AT_REST
    for move in moves:
        together = together.with_(move.transform(frame))
    return together.rounded()


def _sprung(share: float, spring: Spring) -> float:
    """The closed solution of m x'' = k (1 - x) - c x' from rest at 0, in time constants of its slowest part."""
    frequency = math.sqrt(spring.stiffness / spring.mass)
    damping = spring.damping / (2 * math.sqrt(spring.stiffness * spring.mass))
    root = cmath.sqrt(damping * damping - 1)
    slow, fast = frequency * (damping - root), frequency * (damping + root)
    time = share * SETTLED / slow.real
    if abs(root) < CRITICAL:
        return 1 - (1 + frequency * time) * math.exp(-frequency * time)
    return 1 - ((fast * cmath.exp(-slow * time) - slow * cmath.exp(-fast * time)) / (fast - slow)).real


def _expo_in(share: float) -> float:
    """2^10(t - 1), shifted so that it begins at 0."""
    return (math.exp2(10 * share) - 1) / 1023


def _elastic_in(share: float) -> float:
    turn = 2 * math.pi / ELASTIC_PERIOD
    return -_expo_in(share) * math.sin((share - 1 - ELASTIC_PERIOD / 4) * turn)


def _bounce_in(share: float) -> float:
    """Four parabolas of falling height, backwards."""
    back = 1 - share
    for end, middle, floor in ((1, 0, 0.0), (2, 1.5, 0.75), (2.5, 2.25, 0.9375), (2.75, 2.625, 0.984375)):
        if back <= end / 2.75:
            return 1 - (7.5625 * (back - middle / 2.75) ** 2 + floor)
    return 0.0


_EASE_IN: Mapping[str, Callable[[float], float]] = {
    "linear": lambda t: t,
    "quad": lambda t: t**2,
    "cubic": lambda t: t**3,
    "quart": lambda t: t**4,
    "quint": lambda t: t**5,
    "sine": lambda t: 1 - math.cos(t * math.pi / 2),
    "expo": _expo_in,
    "circ": lambda t: 1 - math.sqrt(1 - t * t),
    "back": lambda t: t * t * ((OVERSHOOT + 1) * t - OVERSHOOT),
    "bounce": _bounce_in,
    "elastic": _elastic_in,
}
"""The way in of each family; the way out is the same backwards, in and out is both at half size."""
