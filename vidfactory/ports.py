"""What the core asks of the outside world.

Belongs here: protocols and the plain values that cross them. Does not belong here: any service.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from vidfactory.schema.base import Credit, Size
from vidfactory.schema.finance import PriceSeries, Tweets
from vidfactory.schema.release import Appearance, Package

Material = TypeVar("Material", bound=BaseModel)
Text = TypeVar("Text", bound=BaseModel)


@dataclass(frozen=True)
class Sound:
    """Audio in memory: float32 in [-1, 1], shape (channels, samples), at `rate` Hz."""

    samples: NDArray[np.float32]
    rate: int


@dataclass(frozen=True)
class Call:
    """One request to a service, as it is remembered and paid for.

    service, operation, model: whom it goes to and what it asks, for example "elevenlabs", "speech", "eleven_v3".
    request: all that the answer depends on, as JSON. Large inputs by their SHA-256; no keys, no addresses.
    price: the most that it may cost in US dollars, which is reserved before it is sent.
    takes_key: whether the service takes an idempotency key, so that the same call sent twice is billed once.
    """

    service: str
    operation: str
    model: str
    request: Mapping[str, Any]
    price: Decimal = Decimal(0)
    takes_key: bool = False


@dataclass(frozen=True)
class Answer:
    """What a service answered, in the shape that is kept.

    facts: the answer as JSON, or what goes with its file. body, media_type: the file in it, if there is one.
    cost: what it cost in US dollars. units: what was bought, for example {"characters": 912}.
    """

    facts: Mapping[str, Any]
    cost: Decimal = Decimal(0)
    body: bytes = b""
    media_type: str = ""
    units: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """What a call is made for: whose money it spends, and which take of the asset it is."""

    video: str
    asset: str
    channel: str = ""
    budget_usd: Decimal | None = None
    """What all calls of the video may cost together; None for no limit."""
    take: int = 1
    day: date | None = None
    """The channel's own day; None for a video of no channel."""
    day_budget_usd: Decimal | None = None
    """What all calls of the channel's videos may cost together on that day; None for no limit."""


@dataclass(frozen=True)
class Tally:
    """What the calls of one assignment came to."""

    sent: int = 0
    """Requests that reached for the service, tries counted."""
    remembered: int = 0
    """Calls whose answer was there already."""
    spent_usd: Decimal = Decimal(0)
    doubtful_usd: Decimal = Decimal(0)
    """What services may have charged without an answer."""
    saved_usd: Decimal = Decimal(0)
    """What the remembered answers would have cost."""
    waited_s: float = 0.0
    """Time under way, summed over calls."""
    units: Mapping[str, int] = field(default_factory=dict)


class Calls(Protocol):
    """The one way to a service, for one asset of one video: remembered, budgeted, limited, tried again.

    Errors of `send`, `submit` and `collect` are typed by who calls: `Transient` is tried again after a
    while, `Permanent` is not, and `charged` says what either cost. Both methods raise `Permanent`,
    `OverBudget`, or `Exhausted` when every try was used up.
    """

    async def ask(self, call: Call, send: Callable[[str], Awaitable[Answer]]) -> Answer:
        """The remembered answer of `call`, else that of `send`, which is given an idempotency key."""
        ...

    async def order(
        self,
        call: Call,
        submit: Callable[[str], Awaitable[str]],
        collect: Callable[[str], Awaitable[Answer | None]],
    ) -> Answer:
        """The remembered answer of `call`, else that of a job.

        `submit` is given an idempotency key and answers with the job's id, which is kept before anything
        else happens; a job that was accepted is never ordered again. `collect` is given that id and
        answers None while the job is under way. Only two of its errors end the job: `JobFailed` where it
        is over without a result (a new one may be ordered), and `JobRefused` where no job can succeed.
        After `Transient` it is asked again; any other error leaves the job to be found by the next run.
        """
        ...

    def remembered_only(self) -> AbstractContextManager[None]:
        """Inside, a call whose answer is not there already raises `NotRemembered` and reaches nobody."""
        ...

    def tally(self) -> Tally: ...


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
    async def write(self, task: WritingTask[Material, Text]) -> Written[Text]:
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
    """`words` holds the words whose times the narrator knows, by index into the words it was given.

    It is empty where the narrator knows none; an aligner finds them then.
    """

    sound: Sound
    words: tuple[SpokenWord, ...]
    voice: str
    made_by: Credit


class Narrator(Protocol):
    async def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        """Speak the words of all paragraphs, with a pause of more than half a second between paragraphs.

        Each word may hold several spoken words; its punctuation shapes the pause behind it. The times
        in `Speech` count words over all paragraphs.
        """
        ...


@dataclass(frozen=True)
class Alignment:
    """`words` holds the words that were found in the sound, by index; `score` says from 0 to 1 how sure that is."""

    words: tuple[SpokenWord, ...]
    score: float
    made_by: Credit


class Aligner(Protocol):
    async def align(self, sound: Sound, words: Sequence[str], language: str) -> Alignment:
        """Find when each of `words`, as spoken, is heard in `sound`; a word that is not found is left out."""
        ...


@dataclass(frozen=True)
class DrawnPicture:
    png: bytes
    made_by: Credit


class Illustrator(Protocol):
    async def illustrate(self, concept: str, prompt: str, size: Size, seed: int) -> DrawnPicture:
        """Draw one picture of exactly `size`."""
        ...

    async def backdrop(self, prompt: str, size: Size, seed: int) -> DrawnPicture:
        """Draw a quiet picture that everything else stands in front of."""
        ...


@dataclass(frozen=True)
class ComposedLoop:
    """A loop whose end meets its beginning without a seam."""

    sound: Sound
    made_by: Credit


@dataclass(frozen=True)
class ComposedEffect:
    sound: Sound
    made_by: Credit


class Composer(Protocol):
    async def loop(self, mood: str, seed: int) -> ComposedLoop:
        """Music in a mood (`schema.screenplay.MusicCue`) that can be repeated."""
        ...

    async def effect(self, description: str, seconds: float, seed: int) -> ComposedEffect:
        """A sound effect of about that length."""
        ...


@dataclass(frozen=True)
class AnimatedClip:
    mp4: bytes
    made_by: Credit


class Animator(Protocol):
    async def animate(self, png: bytes, motion: str, seconds: int, seed: int) -> AnimatedClip:
        """A clip that begins with the still `png` and moves as `motion` says."""
        ...


class Prices(Protocol):
    """Prices that are at hand."""

    def symbols(self) -> frozenset[str]:
        """The symbols that have prices."""
        ...

    def history(self, symbol: str, until: date) -> PriceSeries | None:
        """Prices up to and including `until`; None where there are fewer than two bars by then."""
        ...


class Market(Protocol):
    async def prices(self, symbols: frozenset[str], until: date) -> Prices:
        """Prices up to `until`, of those of `symbols` that the market knows and of any others it has at hand."""
        ...


class Trends(Protocol):
    async def posts(self, query: str, limit: int, day: date) -> Tweets:
        """Posts about `query` of `day` and the week before it, those with the most engagement first, at most `limit`.

        The same question on the same day has the same answer. `Permanent` where nobody posted about it.
        """
        ...


@dataclass(frozen=True)
class Page:
    """A web page as text: what it says of itself, then its content, cut at a sentence end."""

    url: str
    title: str
    description: str
    text: str


class Reader(Protocol):
    async def read(self, url: str) -> Page:
        """The page at a public http or https address; `BadInput` for any other, `Permanent` for one that is no page."""
        ...


@dataclass(frozen=True)
class Release:
    """A package of a video that may be published, and the moment from which the public may see it; None: at once."""

    video: str
    package: Package
    visible_from: datetime | None = None


class Publisher(Protocol):
    async def publish(self, release: Release) -> Appearance:
        """Bring a package to where people see it.

        The same edition published again, also after a crash in the middle, is found there and never doubled.
        """
        ...


class Browser(Protocol):
    def screenshot(self, html: str, size: Size) -> bytes:
        """The page `html` as a PNG of exactly `size` with transparency; scripts and network are off."""
        ...
