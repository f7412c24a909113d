"""Trends: one sensor a channel, which orders what its sources talk about."""

import asyncio
import datetime as dt

import dagster as dg

from vidfactory.providers.crew import Crew
from vidfactory.scouting import Scouted, scout, sources_of
from vidfactory.settings import Settings
from vidfactory.storage.studio import Studio

TICK_S = 600
"""How often a channel looks. A source that costs money has one answer for several ticks (`scouting.paces`)."""

MOST_TOLD = 10
"""Topics that are left, the best of them, in the log of a tick."""


def trends_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The sensors of all channels that name a source, each stopped until a person starts it."""
    return [trends_sensor(channel_id) for channel_id, each in settings.channels.items() if sources_of(each)]


def trends_sensor(channel_id: str) -> dg.SensorDefinition:
    """The sensor of a channel; Dagster's names have no hyphens."""

    @dg.sensor(
        name=f"{channel_id.replace('-', '_')}_trends",
        minimum_interval_seconds=TICK_S,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=f"Orders videos for the channel {channel_id} about what its sources talk about",
    )
    def look(
        context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio], crew: dg.ResourceParam[Crew]
    ) -> dg.SkipReason:
        """Order what is due; the sensor `inbox` starts it. What it remembers lies in the studio, not in a cursor."""
        found = asyncio.run(scout(crew, studio, channel_id, dt.datetime.now(tz=dt.UTC)))
        for trouble in found.troubles:
            context.log.warning(trouble)
        for key, reason in found.refused.items():
            context.log.warning("%s is not ordered: %s", key, reason)
        if found.outlook:
            for topic, reason in found.outlook.left[:MOST_TOLD]:
                context.log.info("%.2f %s: %s", topic.score, topic.text[:80], reason)
        if found.broken:
            raise ExceptionGroup(f"{told(found)}; and there are mistakes in the program", list(found.broken))
        return dg.SkipReason(told(found))

    return look


def told(found: Scouted) -> str:
    """What a look came to, in one line."""
    ordered = f"ordered {', '.join(found.placed)}" if found.placed else "ordered nothing"
    if found.outlook is None:
        return f"{ordered}: {found.closed}"
    topics = len(found.outlook.picks) + len(found.outlook.left)
    heard = sum(1 for poll in found.polls if poll.failure is None)
    troubles = f"; {'; '.join(found.troubles)}" if found.troubles else ""
    return f"{ordered}; {topics} topics from {heard} of {len(found.polls)} sources{troubles}"
