"""A channel: what its videos share, what they are about, how many there are, and what they may cost.

Belongs here: the model behind `channels/*.yaml`, whose docstrings are what an editor shows to whoever writes one. Does
not belong here: reading those files (`channels`).
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator

from vidfactory.schema.base import Model
from vidfactory.schema.brief import Decisions, FinanceOrder, Symbol
from vidfactory.schema.crew import Chain, Port
from vidfactory.schema.film import Quality
from vidfactory.schema.frame import Aspect
from vidfactory.schema.release import Review

CLOCK = r"([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00"


def _clock(time: object) -> object:
    """`8:30` as a time; a bare number would be taken for seconds after midnight."""
    if isinstance(time, dt.time):
        return time
    if not isinstance(time, str) or not re.fullmatch(CLOCK, time):
        raise ValueError(f"{time!r} is no time of day; write it like 08:30")
    return time.replace("24:", "0:").zfill(5)


def _zero(budget: object) -> object:
    """`budget: 0` leaves no doubt what it is about; any other number alone does."""
    if not isinstance(budget, int | float):
        return budget
    if budget != 0:
        raise ValueError("say of what: a video (`video_usd`), a day (`day_usd`), or each")
    return {"video_usd": 0, "day_usd": 0}


Clock = Annotated[
    dt.time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": f"^({CLOCK})$", "examples": ["08:00", "22:30"]}),
]
"""A time of day; `24:00` is the end of the day."""
Whole = Annotated[int, Field(strict=True)]
Dollars = Annotated[Decimal, Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0})]


class _Described(Model):
    """A part of the file that an editor can describe."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Sources(_Described):
    """Where a channel finds its topics. One that names none makes only what is ordered."""

    queries: tuple[str, ...] = ()
    """What posts are searched for, in the words of the service that finds them."""
    accounts: tuple[str, ...] = ()
    """Whose posts are searched, without the @."""
    feeds: tuple[str, ...] = ()
    """Addresses of RSS or Atom feeds."""
    symbols: tuple[Symbol, ...] = ()
    """Only topics about these; empty for any."""

    @field_validator("accounts", mode="before")
    @classmethod
    def _without_signs(cls, accounts: object) -> object:
        named = accounts if isinstance(accounts, list | tuple) else ()
        if wrong := [each for each in named if isinstance(each, str) and not re.fullmatch(r"@?\w+", each)]:
            raise ValueError(f"{wrong[0]!r} is no account")
        return [each.removeprefix("@") if isinstance(each, str) else each for each in named] if named else accounts

    @field_validator("feeds")
    @classmethod
    def _are_addresses(cls, feeds: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [feed for feed in feeds if not re.match(r"https?://[^/\s]", feed)]:
            raise ValueError(f"{wrong[0]!r} is no address of a feed; it begins with https://")
        return feeds

    @field_validator("queries", "accounts", "feeds", "symbols")
    @classmethod
    def _are_there_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if any(not name.strip() for name in names):
            raise ValueError("one of them is empty")
        return tuple(dict.fromkeys(names))


class Hours(_Described):
    """When a channel works: from `begin` to before `end` of each day in its time zone; equal for the whole day.

    An end before the begin is on the next day.
    """

    begin: Clock = Field(dt.time(0), json_schema_extra={"default": "00:00"})
    """From when on."""
    end: Clock = Field(dt.time(0), json_schema_extra={"default": "00:00"})
    """Until when; before `begin` for the next day."""
    zone: Annotated[str, Field(examples=["UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo"])] = "UTC"
    """An IANA time zone, such as Europe/Berlin."""

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError) as error:
            raise ValueError(f"there is no time zone {zone!r}; they are called like Europe/Berlin") from error
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


class ChannelBudget(_Described):
    """US dollars that the services may take. At zero only what costs nothing is made."""

    video_usd: Dollars | None = None
    """For one video; without it what the settings say."""
    day_usd: Dollars | None = None
    """For all videos of one of the channel's days; without it there is no limit."""


class Retention(_Described):
    """Days after a video was last worked on: what is kept how long."""

    raw_days: Whole = Field(7, ge=1)
    """Then its raw artifacts go: what can be made again."""
    cache_days: Whole = Field(30, ge=1)
    """Then the answers that were bought for it go."""
    archive_days: Whole = Field(90, ge=1)
    """Then the finished video moves to the archive."""


class Channel(_Described):
    """What the videos of a channel share; the content of `channels/<id>.yaml`."""

    name: str = Field("", max_length=100)
    """As people know it."""
    format: Literal["finance"] = "finance"
    """What kind of videos it makes."""
    theme: str = ""
    """The look; without it the format's own."""
    voice: str = ""
    """A voice profile; without it that of the settings."""
    seconds: Whole = Field(60, ge=45, le=120)
    """Wished length of a video."""
    aspect: Aspect = "9:16"
    """Width to height."""
    quality: Quality = "social"
    """Size and encoding: draft is 720 px, ultra 2160 px."""
    providers: Mapping[Port, Chain] = {}
    """Who serves at a port, in place of the settings: a name, or several of which the next stands in for the first."""
    publisher: Chain | None = None
    """Where finished videos go, all of them; the same as `providers.publisher`."""
    sources: Sources = Sources()
    """Where its topics come from."""
    videos_per_day: Whole = Field(1, ge=0, le=1000)
    """How many topics are ordered a day, at most; 0 pauses the channel."""
    hours: Hours = Hours()
    """When it works."""
    budget: Annotated[ChannelBudget, BeforeValidator(_zero, json_schema_input_type=ChannelBudget | Literal[0])] = (
        ChannelBudget()
    )
    """What the services may take, in US dollars; 0 for videos that cost nothing."""
    review: Review | None = None
    """When a person must approve a video: always, when in doubt, or never; without it what the settings say."""
    retention: Retention = Retention()
    """What is kept how long."""
    priority: Whole = Field(0, ge=-100, le=100)
    """Of two channels that wait, the higher one is served first."""

    @field_validator("publisher")
    @classmethod
    def _is_said_once(cls, publisher: Chain | None, info: ValidationInfo) -> Chain | None:
        if publisher and "publisher" in info.data.get("providers", {}):
            raise ValueError("the publisher stands in `providers` as well; keep one of them")
        return publisher

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
