"""A channel: what its videos share, what they are about, how many there are, and what they may cost.

Belongs here: the model behind `channels/*.yaml`. Does not belong here: reading those files (`channels`).
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from vidfactory.schema.base import Model
from vidfactory.schema.brief import Decisions, FinanceOrder, Symbol
from vidfactory.schema.crew import Chain, Port
from vidfactory.schema.film import Quality
from vidfactory.schema.frame import Aspect
from vidfactory.schema.release import Review


class Sources(Model):
    """Where a channel finds its topics. One that names none makes only what is ordered."""

    queries: tuple[str, ...] = ()
    """What posts are searched for."""
    accounts: tuple[str, ...] = ()
    """Whose posts are searched, without the @."""
    feeds: tuple[str, ...] = ()
    """Addresses of RSS or Atom feeds."""
    symbols: tuple[Symbol, ...] = ()
    """Only topics about these; empty for any."""


class Hours(Model):
    """When a channel works: from `begin` to before `end` of each day in its time zone; equal for the whole day.

    An end before the begin is on the next day.
    """

    begin: dt.time = dt.time(0)
    end: dt.time = dt.time(0)
    zone: str = "UTC"
    """An IANA time zone, such as Europe/Berlin."""

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {zone!r}") from error
        return zone

    def holds(self, moment: dt.datetime) -> bool:
        """Whether the channel works at an aware `moment`."""
        time = moment.astimezone(ZoneInfo(self.zone)).time()
        if self.begin == self.end:
            return True
        if self.begin < self.end:
            return self.begin <= time < self.end
        return time >= self.begin or time < self.end

    def day(self, moment: dt.datetime) -> dt.date:
        """The channel's own day at an aware `moment`."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


class ChannelBudget(Model):
    """US dollars that the services may take. None for `video_usd`: what the settings say; for `day_usd`: no limit."""

    video_usd: Decimal | None = Field(None, ge=0)
    day_usd: Decimal | None = Field(None, ge=0)


class Retention(Model):
    """Days after a video was last worked on: its raw artifacts go, its remembered answers go, it is archived."""

    raw_days: int = Field(7, ge=1)
    cache_days: int = Field(30, ge=1)
    archive_days: int = Field(90, ge=1)


class Channel(Model):
    """What the videos of a channel share; the content of `channels/<id>.yaml`."""

    name: str = Field("", max_length=100)
    """As people know it."""
    format: Literal["finance"] = "finance"
    theme: str = ""
    """The look; empty for the format's own."""
    voice: str = ""
    """A voice profile."""
    seconds: int = Field(60, ge=45, le=120)
    aspect: Aspect = "9:16"
    quality: Quality = "social"
    providers: Mapping[Port, Chain] = {}
    publisher: Chain | None = None
    """Where finished videos go; the same as `providers.publisher`."""
    sources: Sources = Sources()
    videos_per_day: int = Field(1, ge=0, le=1000)
    """How many topics are ordered a day, at most."""
    hours: Hours = Hours()
    budget: ChannelBudget = ChannelBudget()
    review: Review | None = None
    """When a person must approve a video; None leaves it to the settings."""
    retention: Retention = Retention()
    priority: int = Field(0, ge=-100, le=100)
    """Of two channels that wait, the higher one is served first."""

    @property
    def crew(self) -> Mapping[Port, Chain]:
        """The providers of its videos by port, its publisher among them."""
        return {**self.providers, **({"publisher": self.publisher} if self.publisher else {})}

    def decide(self, order: FinanceOrder) -> Decisions:
        """What `order` and this channel, which is the order's, say together."""
        wishes = order.wishes
        return Decisions(
            theme=order.theme or self.theme or order.format,
            seconds=order.seconds or self.seconds,
            aspect=order.aspect or self.aspect,
            quality=order.quality or self.quality,
            wishes=wishes.model_copy(
                update={
                    "providers": {**self.crew, **wishes.providers},
                    "voice": wishes.voice or self.voice,
                    "budget_usd": None,
                }
            ),
        )
