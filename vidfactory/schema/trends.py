"""What a channel remembers of the topics that it ordered, and of what its sources brought."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field

from vidfactory.schema.base import Model
from vidfactory.schema.finance import Tweet


class Story(Model):
    """A topic that a channel ordered a video about."""

    key: str
    """Of the video."""
    at: AwareDatetime
    day: date
    """The channel's own day."""
    symbol: str
    """That the video must be about; empty for any that its posts name."""
    texts: tuple[str, ...] = Field(min_length=1)
    """What it is recognised by: the beginnings of its best posts."""
    ids: tuple[str, ...]
    """Of its posts."""
    usd: Decimal = Field(ge=0)
    """What the video was quoted at."""
    waiting: tuple[Tweet, ...] = ()
    """The posts of an order that is still to be placed; none once it is."""
    refused: str = ""
    """Why it could not be placed; it is no order then, and is not tried again."""


class Glimpse(Model):
    """How many interactions a post had, and since when it has had them, as far as that was seen."""

    at: AwareDatetime
    interactions: int


class Memory(Model):
    """What a channel remembers; `topics/<channel>.json`. The oldest story comes first."""

    schema_version: Literal["topics/1"] = "topics/1"
    stories: tuple[Story, ...] = ()
    glimpses: Mapping[str, Glimpse] = {}
    """By the post's id."""

    def of_day(self, day: date) -> tuple[Story, ...]:
        """The stories that were ordered on one of the channel's days."""
        return tuple(story for story in self.stories if story.day == day and not story.refused)


class Source(Model):
    """One place that a channel asks: a search, an account, the address of a feed, or a symbol."""

    kind: Literal["query", "account", "feed", "symbol"]
    name: str

    @property
    def query(self) -> str:
        """As the trends port is asked."""
        return {"account": "from:", "symbol": "$"}.get(self.kind, "") + self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class SourceState(Model):
    """What a source brought. A failure takes nothing away from what it brought before."""

    since: AwareDatetime
    """When it was asked first."""
    asked: AwareDatetime
    """When it was asked last."""
    answered: AwareDatetime | None = None
    """When it last brought posts."""
    count: int = 0
    """How many it brought then."""
    newest: AwareDatetime | None = None
    """When the newest of them was made."""
    failed: AwareDatetime | None = None
    """When it last brought nothing that could be used."""
    reason: str = ""
    """Why not."""

    @property
    def silent_hours(self) -> float:
        """How long it had brought nothing when it was asked last; 0 where it brought something then."""
        return (self.asked - (self.answered or self.since)).total_seconds() / 3600


class SourceStates(Model):
    """The sources of a channel by their kind and name; `topics/<channel>.sources.json`."""

    schema_version: Literal["sources/1"] = "sources/1"
    sources: Mapping[str, SourceState] = {}
