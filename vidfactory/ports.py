"""What the core asks of the outside world.

Belongs here: protocols and the plain values that cross them. Does not belong here: any service.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from vidfactory.schema.base import Credit, Size
from vidfactory.schema.finance import PriceSeries

Material = TypeVar("Material", bound=BaseModel)
Text = TypeVar("Text", bound=BaseModel)


@dataclass(frozen=True)
class Sound:
    """Audio in memory: float32 in [-1, 1], shape (channels, samples), at `rate` Hz."""

    samples: NDArray[np.float32]
    rate: int


@dataclass(frozen=True)
class WritingTask(Generic[Material, Text]):
    """One typed piece of writing.

    `name` identifies the kind of task, `instructions` tell a model how to write, `material` is the
    data that it writes from (always treated as data, never as instructions), `output` is the type
    of the answer, and `complaints` returns what is wrong with an answer, empty if nothing is.
    """

    name: str
    instructions: str
    material: Material
    output: type[Text]
    complaints: Callable[[Text], list[str]]


@dataclass(frozen=True)
class Written(Generic[Text]):
    text: Text
    made_by: Credit


class Writer(Protocol):
    def write(self, task: WritingTask[Material, Text]) -> Written[Text]:
        """Carry out `task`; raises `ProviderError` if no acceptable answer comes."""
        ...


@dataclass(frozen=True)
class SpokenWord:
    """When one word of the text was heard, in seconds from the start of the sound."""

    index: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Speech:
    """`words` holds the words whose times the narrator knows, by index into the words it was given."""

    sound: Sound
    words: tuple[SpokenWord, ...]
    voice: str
    made_by: Credit


class Narrator(Protocol):
    def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        """Speak the words of all paragraphs, with a pause of more than half a second between paragraphs.

        Each word may hold several spoken words; its punctuation shapes the pause behind it. The times
        in `Speech` count words over all paragraphs.
        """
        ...


@dataclass(frozen=True)
class DrawnPicture:
    png: bytes
    made_by: Credit


class Illustrator(Protocol):
    def illustrate(self, concept: str, prompt: str, size: Size, seed: int) -> DrawnPicture:
        """Draw one picture of exactly `size`."""
        ...

    def backdrop(self, prompt: str, size: Size, seed: int) -> DrawnPicture:
        """Draw a quiet picture that everything else stands in front of."""
        ...


@dataclass(frozen=True)
class ComposedLoop:
    """A loop whose end meets its beginning without a seam."""

    sound: Sound
    made_by: Credit


class Composer(Protocol):
    def loop(self, mood: str, seed: int) -> ComposedLoop: ...


class Market(Protocol):
    def symbols(self) -> frozenset[str]:
        """The symbols that have prices."""
        ...

    def history(self, symbol: str, until: date) -> PriceSeries | None:
        """Prices up to and including `until`; None where there are fewer than two bars by then."""
        ...


class Browser(Protocol):
    def screenshot(self, html: str, size: Size) -> bytes:
        """The page `html` as a PNG of exactly `size` with transparency; scripts and network are off."""
        ...
