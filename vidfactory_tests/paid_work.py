"""What a video buys from services, without drawing or rendering any of it: for tests of money."""

import asyncio
import datetime as dt
from functools import partial
from pathlib import Path

from pydantic import BaseModel
from upath import UPath

from vidfactory.definitions import call_desk_of, studio_of
from vidfactory.orders import wishes_now
from vidfactory.ports import WritingTask
from vidfactory.providers.crew import Crew, Hired
from vidfactory.schema.base import Size
from vidfactory.schema.crew import Wishes
from vidfactory.settings import Settings
from vidfactory.storage.call_desk import Patience
from vidfactory.storage.ledger import Ledger
from vidfactory.storage.studio import Studio
from vidfactory_tests.servers.studio import services_table

DAY = dt.date(2022, 6, 28)
PICTURES = 4
QUICK = Patience(first_wait_s=0.01, jitter_s=0.0, job_pace=0.005)


class Subject(BaseModel):
    about: str


class Line(BaseModel):
    text: str


def cloud_settings(address: str, key: str, folder: Path) -> Settings:
    """The cloud profile on the fake services at `address`, with a studio in `folder`."""
    return Settings(
        profile="cloud", studio=str(folder), local=folder, services=services_table(address, key), budget_usd=50
    )


def quick_crew(settings: Settings) -> Crew:
    """A crew whose waits are short, so that a test is."""
    return Crew(settings, call_desk_of(settings, QUICK).on, partial(wishes_now, studio_of(settings)))


def ledger_of(folder: Path) -> Ledger:
    return Ledger(Studio(root=UPath(folder), local=folder, inbox=folder))


async def buy_everything(crew: Crew, video: str) -> None:
    """Posts, two lines of text, a sentence spoken, an effect, and pictures side by side, half of them from jobs."""

    def hired(asset: str, **providers: str) -> Hired:
        return crew.hired(video, asset, Wishes.model_validate({"providers": providers}))

    await hired("tweets").trends.posts(f"{video} goog", 10, DAY)
    for part in ("opening", "end"):
        await hired("analysis").writer.write(line_about(f"the {part} of {video}"))
    voice = hired("narration").narrator.speak((("Good", "morning,", *video.split("-")),), "en")
    painters = (hired("illustrations").illustrator, hired("illustrations", illustrator="replicate").illustrator)
    size = Size(width=640, height=640)
    pictures = (painters[n % 2].illustrate("bear", f"{video}, picture {n}", size, n) for n in range(PICTURES))
    effect = hired("soundtrack").composer.effect(f"a whoosh for {video}", 1.0, 1)
    results = await asyncio.gather(voice, *pictures, effect, return_exceptions=True)
    for failure in results:
        if isinstance(failure, BaseException):
            raise failure


def line_about(subject: str) -> WritingTask[Subject, Line]:
    return WritingTask(
        name="test.line",
        instructions="Write one line about the material.",
        material=Subject(about=subject),
        output=Line,
        complaints=lambda _: [],
    )
