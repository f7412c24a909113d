"""What a video will cost before it is made: what it needs, and the quote over that."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Model
from vidfactory.schema.crew import Port


class Need(Model):
    """What one component of a video asks of a port.

    component: the asset that it is bought for. measures: how much, in each unit that a service may charge by:
    a narration is so many characters, seconds and tokens. What a service does not charge by costs nothing.
    """

    component: str
    port: Port
    measures: Mapping[str, int] = Field(min_length=1)


class QuoteLine(Model):
    """One component as one provider would make it.

    provider: as the chain names it, empty where nobody serves. quantity: what is charged, by unit; empty for a
    house provider. usd: None where nobody knows the price, and `note` says why.
    """

    component: str
    port: Port
    provider: str
    model: str = ""
    quantity: Mapping[str, int] = {}
    usd: Decimal | None = Field(Decimal(0), ge=0)
    note: str = ""


class Quote(Model):
    """An estimate of what the services will charge for a video, by component.

    basis: what it was reckoned from; with the screenplay the words and pictures are counted, not guessed.
    """

    schema_version: Literal["quote/1"] = "quote/1"
    video: str
    profile: str
    basis: Literal["order", "screenplay"]
    at: dt.datetime
    lines: tuple[QuoteLine, ...]

    @property
    def usd(self) -> Decimal:
        """The sum of the lines whose price is known."""
        return sum((line.usd for line in self.lines if line.usd is not None), Decimal(0))

    @property
    def unknown(self) -> tuple[str, ...]:
        """The components whose price nobody knows."""
        return tuple(line.component for line in self.lines if line.usd is None)


class Scenario(Model):
    """The same video as another profile would make it. quality: what the settings expect of the profile, 0 to 1."""

    quality: Decimal
    quote: Quote
    is_over_budget: bool
