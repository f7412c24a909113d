"""Who is hired for a video, and whose money they spend."""

import datetime as dt
from decimal import Decimal
from typing import cast

from vidfactory.ports import Assignment, Calls
from vidfactory.providers.crew import Crew
from vidfactory.schema.channel import Channel, ChannelBudget, Hours
from vidfactory.schema.crew import Wishes
from vidfactory.settings import Settings


def assignment(ordered: Wishes) -> Assignment:
    """What an asset of a video with such an order is assigned."""
    given: list[Assignment] = []

    def calls_for(assigned: Assignment) -> Calls:
        given.append(assigned)
        return cast("Calls", None)

    far_east = Channel(hours=Hours(zone="Pacific/Kiritimati"), budget=ChannelBudget(day_usd=Decimal(7)))
    settings = Settings(profile="offline", channels={"daily": far_east})
    Crew(settings, calls_for, lambda _: ordered).hired("finance-a", "narration", Wishes(takes={"narration": 2}))
    return given[0]


def test_a_video_of_a_channel_spends_of_the_channel_s_own_day() -> None:
    before = dt.datetime.now(tz=dt.UTC)
    found = assignment(Wishes(channel="daily"))
    hours = Hours(zone="Pacific/Kiritimati")
    assert found.day in {hours.day(before), hours.day(dt.datetime.now(tz=dt.UTC))}
    assert (found.channel, found.day_budget_usd, found.take) == ("daily", Decimal(7), 2)


def test_a_video_of_no_channel_spends_of_no_day() -> None:
    found = assignment(Wishes())
    assert (found.channel, found.day, found.day_budget_usd) == ("", None, None)


def test_a_channel_that_says_something_else_since_hires_nobody_whom_the_brief_does_not_name() -> None:
    changed = Channel(voice="calm-educator", providers={"narrator": ("piper",)})
    settings = Settings(profile="offline", voice="friendly-lifestyle", channels={"daily": changed})
    crew = Crew(settings, lambda _: cast("Calls", None), lambda _: Wishes(channel="daily"))
    wishes = crew.hired("finance-a", "narration", Wishes(channel="daily")).wishes
    assert settings.chain("narrator", wishes) == ("espeak",)
    assert settings.voice_of(wishes) == "friendly-lifestyle"
