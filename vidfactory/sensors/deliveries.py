"""Deliveries: the webhooks of orders are told what became of their videos."""

import datetime as dt
import json
from functools import partial

import dagster as dg

from vidfactory.deliveries import Secretary
from vidfactory.providers.crew import Crew
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio
from vidfactory.webhooks import post


@dg.sensor(
    name="deliveries",
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the webhooks of orders when their videos are ready for review, published, or have failed",
)
def deliveries_sensor(
    context: dg.SensorEvaluationContext, studio: dg.ResourceParam[Studio], crew: dg.ResourceParam[Crew]
) -> dg.SkipReason:
    """One turn; its cursor only spares looking at what has not changed."""
    secretary = Secretary(ArtifactStore(studio), crew.settings, context.instance, partial(post, tries=1))
    turn = secretary.turn(json.loads(context.cursor or "{}"), dt.datetime.now(tz=dt.UTC))
    context.update_cursor(json.dumps(turn.seen))
    for complaint in turn.complaints:
        context.log.warning("not delivered, %s", complaint)
    return dg.SkipReason(f"{turn.posted} letters were delivered")
