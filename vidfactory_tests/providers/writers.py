"""What tests of writers share: every writer as it would be set up, and a task that all of them can carry out."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from types import ModuleType
from typing import Any

from pydantic import SecretStr

from vidfactory.desks.finance.selection import SELECTION, Option, SelectionMaterial, SelectionText
from vidfactory.ports import Calls, WritingTask
from vidfactory.providers import anthropic_writer, google_writer, house_writer, openai_writer
from vidfactory.providers.kit import Kit
from vidfactory.schema.finance import Quote
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.servers import FakeServices

ZERO = Decimal(0)


@dataclass(frozen=True)
class Known:
    """A writer as the settings have it; `path` is what its SDK wants behind the service's address."""

    module: ModuleType
    model: str = ""
    path: str = ""
    like: str = ""


WRITERS = {
    "house": Known(house_writer),
    "anthropic": Known(anthropic_writer, "claude-sonnet-5-5"),
    "google": Known(google_writer, "gemini-3.8-flash"),
    "openai": Known(openai_writer, "gpt-6.1-terra", "/v1"),
    "ollama": Known(openai_writer, "qwen3:8b", "/v1", like="openai"),
}
SERVED = tuple(name for name, known in WRITERS.items() if known.model)


def kit_of(name: str, services: FakeServices, calls: Calls | None = None, **changes: Any) -> Kit:
    """What the writer `name` is built with, to talk to the fake service; `changes` are made to its settings."""
    known = WRITERS[name]
    if not known.model:
        return Kit(name, "writer", Service(), calls or Direct())
    service = Service(
        like=known.like,
        address=services.url(known.like or name) + known.path,
        key_name=f"{name.upper()}_API_KEY",
        key=SecretStr(services.key),
        models={"writer": known.model},
        prices={"input_token": ZERO, "output_token": ZERO} if known.like else {},
        timeout_s=6,
    )
    return Kit(name, "writer", service.model_copy(update=changes), calls or Direct())


def fake_of(name: str) -> str:
    """The fake service that stands behind a writer."""
    return WRITERS[name].like or name


def selection(
    text: str = "Up 12% today, $GOOG.", *complaints: list[str]
) -> WritingTask[SelectionMaterial, SelectionText]:
    """A choice between two posts. Each answer meets the next of `complaints`; then nothing is wrong."""
    coming = iter(complaints)
    options = tuple(option(each, text) for each in ("post-1", "post-2"))
    return WritingTask(
        name=SELECTION,
        instructions="Choose one of the posts.",
        material=SelectionMaterial(options=options, considered=2, rejected=0),
        output=SelectionText,
        complaints=lambda _: next(coming, []),
    )


def option(tweet_id: str, text: str) -> Option:
    day = dt.date(2008, 10, 10)
    return Option(
        tweet_id=tweet_id,
        author="Marlow Finch",
        text=text,
        created_at=dt.datetime(2008, 10, 10, 20, tzinfo=dt.UTC),
        likes=10,
        reposts=2,
        replies=1,
        views=1000,
        engagement_per_hour=3.5,
        score=2.5 if tweet_id == "post-1" else 1.5,
        main=Quote(
            symbol="GOOG",
            name="Google",
            current_price=332.0,
            change=3.0,
            change_percent=0.9,
            currency="USD",
            interval="day",
            day=day,
        ),
    )
