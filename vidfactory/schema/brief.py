"""The order for a video, and the brief that the studio makes of it."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from vidfactory.schema.base import WHOLE, Artifact, Media, Model
from vidfactory.schema.crew import Wishes
from vidfactory.schema.film import Quality
from vidfactory.schema.frame import Aspect

MAX_KEY_LENGTH = 80
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


def check_video_key(key: str) -> str:
    """Return `key` if it is `<format>-<slug>` of lower-case letters, digits and hyphens; else ValueError.

    Every path of a video is made from its key, so nothing that could leave its folder passes.
    """
    if len(key) > MAX_KEY_LENGTH:
        raise ValueError(f"a video key has at most {MAX_KEY_LENGTH} characters, this one has {len(key)}")
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"{key!r} is no video key: it must be <format>-<slug> of lower-case letters, digits and single hyphens"
        )
    return key


VideoKey = Annotated[str, AfterValidator(check_video_key)]


LONGEST_SYMBOL = 12


def _symbol(text: str) -> str:
    symbol = text.strip().removeprefix("$").upper()
    if not 0 < len(symbol) <= LONGEST_SYMBOL:
        raise ValueError(f"a symbol has 1 to {LONGEST_SYMBOL} letters")
    return symbol


Symbol = Annotated[str, Field(min_length=1), AfterValidator(_symbol)]
"""`$goog` and `GOOG` are the same."""


class FinanceOrder(Wishes):
    """What a person asks for: the content of `briefs/<key>.yaml` and of a file dropped in the inbox.

    Exactly one of `posts` and `query`. Who is to work on it stands beside the rest, see `Wishes`.
    """

    format: Literal["finance"] = "finance"
    posts: Path | None = None
    """Posts as JSON: normalised, or an X API v2 recent-search response."""
    query: str | None = Field(None, min_length=1, max_length=400)
    """What posts are searched for, on the day of the order."""
    day: date | None = None
    """The day whose posts are searched, where it is not that of the order."""
    prices: Path | None = None
    """Prices as CSV with Yahoo's column names; without it the bundled prices are used."""
    narration: Path | None = None
    """The script as a person has read it, in any common format of sound; without it a narrator speaks."""
    symbol: Symbol | None = None
    """Only posts about this symbol are considered."""
    title: str | None = Field(None, min_length=1, max_length=100)
    theme: str = ""
    """The look; without it the channel's, else the format's own."""
    seconds: Annotated[int, Field(ge=45, le=120), WHOLE] | None = None
    """Wished length of the video; the script is written for it. Here and below: without it what the channel says."""
    aspect: Aspect | None = None
    quality: Quality | None = None
    publish_at: AwareDatetime | None = None
    """From when the public may see it, with its time zone; without it as soon as it is published."""
    webhook: str = ""
    """One of the settings' webhooks, which is told when it is ready for review, published, or has failed."""

    @model_validator(mode="after")
    def _has_one_source(self) -> "FinanceOrder":
        if (self.posts is None) == (self.query is None):
            raise ValueError("give either posts or a query")
        if self.day is not None and self.query is None:
            raise ValueError("a day goes with a query")
        return self

    @property
    def wishes(self) -> Wishes:
        """Who is to work on it."""
        return Wishes(**{name: getattr(self, name) for name in Wishes.model_fields})


class Decisions(Model):
    """What an order and its channel say together about a film and who works on it; where both do, the order does.

    What they say of money, hours and reviews is not among it: that changes no film, and is looked up when it matters.
    """

    theme: str
    seconds: int
    aspect: Aspect
    quality: Quality
    wishes: Wishes
    """Without a budget. What neither says is left to the settings."""


class Brief(Artifact):
    """What is common to the briefs of all formats."""

    video: VideoKey
    format: str
    theme: str
    title: str | None
    seconds: int
    aspect: Aspect = "9:16"
    quality: Quality = "social"
    publish_at: AwareDatetime | None = None
    narration: Media | None = None
    """The recording that came with the order."""
    wishes: Wishes = Wishes()
    """Who works on it, as the order and its channel have decided; see `Decisions`."""

    @property
    def decisions(self) -> Decisions:
        """What was decided when it was accepted."""
        return Decisions(**{name: getattr(self, name) for name in Decisions.model_fields})


class FinanceBrief(Brief):
    """An accepted finance order with its inputs copied in, so that it can be made again years later.

    With a `query` there are no posts yet: those of `day` are searched.
    """

    schema_version: Literal["brief.finance/1"] = "brief.finance/1"
    format: Literal["finance"] = "finance"
    theme: str = "finance"
    posts: Media | None
    prices: Media | None
    symbol: str | None
    query: str | None = None
    day: date | None = None
