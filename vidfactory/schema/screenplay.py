"""Drafts and screenplays: beats with what is said, and cues for what must be seen or heard.

A cue carries all that its department needs, so that no department looks back at a desk.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from vidfactory.schema.base import Artifact, Model, Size
from vidfactory.schema.finance import PriceSeries, Quote, Statistics, Tweet


class IllustrationCue(Model):
    """One editorial picture."""

    kind: Literal["illustration"] = "illustration"
    name: str = Field(pattern=r"^[a-z0-9_]+$")
    """Unique in the screenplay; becomes the file name."""
    concept: str
    prompt: str
    """The whole prompt that an image model gets."""


class ChartCue(Model):
    kind: Literal["chart"] = "chart"
    name: str = Field(pattern=r"^[a-z0-9_]+$")
    series: PriceSeries
    statistics: Statistics


class PostCardCue(Model):
    """A post shown as a card."""

    kind: Literal["post_card"] = "post_card"
    name: str = Field(pattern=r"^[a-z0-9_]+$")
    post: Tweet


class TickerCue(Model):
    kind: Literal["ticker"] = "ticker"
    quotes: tuple[Quote, ...] = Field(min_length=1)


class BackdropCue(Model):
    kind: Literal["backdrop"] = "backdrop"
    prompt: str


class MusicCue(Model):
    kind: Literal["music"] = "music"
    mood: Literal["tense", "bright", "calm"]


FilmCue = Annotated[
    ChartCue | PostCardCue | TickerCue | BackdropCue | MusicCue,
    Field(discriminator="kind"),
]


class TextCue(Model):
    """A few words that are to be read on screen while the beat is spoken."""

    kind: Literal["text"] = "text"
    text: str = Field(min_length=1, max_length=80)


class QuizCue(Model):
    """A question on screen while the beat is spoken, with a countdown in the pause behind it."""

    kind: Literal["quiz"] = "quiz"
    question: str = Field(min_length=1, max_length=120)


Shown = Annotated[TextCue | QuizCue, Field(discriminator="kind")]
LONGEST_PAUSE_S = 10.0


class DraftBeat(Model):
    """A stretch of speech about one thing."""

    name: str
    title: str = ""
    """As a chapter; empty where its name serves."""
    text: str = Field(min_length=1)
    cues: tuple[IllustrationCue, ...] = ()
    shows: tuple[Shown, ...] = ()
    pause_s: float = Field(0.0, ge=0, le=LONGEST_PAUSE_S)
    """Silence behind it, in seconds; 0 leaves it to the narrator."""


UPRIGHT = Size(width=1080, height=1920)
"""The frame of every film before there was a choice."""


def _without_wishes(stored: object) -> object:
    """What was stored before departments had crews of their own said here who works on the film."""
    return {name: value for name, value in stored.items() if name != "wishes"} if isinstance(stored, dict) else stored


class Draft(Artifact):
    """A desk's finished writing, before the script editor."""

    schema_version: Literal["draft/1"] = "draft/1"
    title: str
    headline: str
    """A few words for the poster."""
    kicker: str = ""
    """One line above the headline, such as `GOOG ▼ −12.3%`; empty for none."""
    description: str
    """What it is about, for those who look for it."""
    sources: tuple[str, ...] = ()
    """What it relies on, one a line: posts with author and address, data with their dates, notes about them."""
    disclaimer: str = ""
    """What it is not, such as advice; empty where there is no need."""
    tags: tuple[str, ...] = ()
    """Words under which people look for it, the most telling first."""
    language: str = "en"
    theme: str
    is_given: bool = False
    """A person wrote its words: the script editor leaves them as they are."""
    frame: Size = UPRIGHT
    """What pictures are drawn for; the film itself may be smaller."""
    beats: tuple[DraftBeat, ...] = Field(min_length=1)
    cues: tuple[FilmCue, ...] = ()
    """Cues that hold for the whole film."""

    @model_validator(mode="before")
    @classmethod
    def _without_wishes(cls, stored: object) -> object:
        return _without_wishes(stored)


class Token(Model):
    """One word on screen and how it is said: `$245.67` is `two hundred forty-five dollars and ...`."""

    shown: str = Field(min_length=1)
    spoken: str
    """Words as a voice reads them, without digits; may hold several words; keeps ending punctuation."""


class Beat(Model):
    name: str
    title: str = ""
    """As a chapter; empty where its name serves."""
    tokens: tuple[Token, ...] = Field(min_length=1)
    cues: tuple[IllustrationCue, ...] = ()
    shows: tuple[Shown, ...] = ()
    pause_s: float = Field(0.0, ge=0, le=LONGEST_PAUSE_S)
    """Silence behind it, in seconds; 0 leaves it to the narrator."""

    @property
    def text(self) -> str:
        return " ".join(token.shown for token in self.tokens)


class Screenplay(Artifact):
    """The approved script of any format; the one thing that all departments read."""

    schema_version: Literal["screenplay/1"] = "screenplay/1"
    video: str
    title: str
    headline: str
    """A few words for the poster."""
    kicker: str = ""
    """One line above the headline, such as `GOOG ▼ −12.3%`; empty for none."""
    description: str
    """What it is about, for those who look for it."""
    sources: tuple[str, ...] = ()
    """What it relies on, one a line: posts with author and address, data with their dates, notes about them."""
    disclaimer: str = ""
    """What it is not, such as advice; empty where there is no need."""
    tags: tuple[str, ...] = ()
    """Words under which people look for it, the most telling first."""
    language: str
    theme: str
    frame: Size = UPRIGHT
    """What pictures are drawn for; the film itself may be smaller."""
    beats: tuple[Beat, ...] = Field(min_length=1)
    cues: tuple[FilmCue, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_wishes(cls, stored: object) -> object:
        return _without_wishes(stored)
