"""Alarms: what is found wrong with the studio is told once when it begins, and once when it is over.

Belongs here: what was told already, kept as `alarms.json` on the studio's storage. Does not belong here: what is wrong
(`operation`), and how a message is sent (`webhooks`).
"""

import datetime as dt
from collections.abc import Mapping

from pydantic import TypeAdapter

from vidfactory.settings import Settings
from vidfactory.storage import objects
from vidfactory.storage.studio import Studio
from vidfactory.webhooks import post, webhook_of

_TOLD = TypeAdapter(dict[str, dt.datetime])
RAISED, CLEARED = "alarm.raised", "alarm.cleared"


def tell(studio: Studio, settings: Settings, wrong: Mapping[str, str], now: dt.datetime) -> list[str]:
    """Post what has become wrong and what is over to the webhook of the alarms, and return what was told.

    wrong: what is wrong now, by the name of its check. Each message is remembered once it has arrived, so that one
    which did not is sent again the next time, under the same number. Nothing is posted without a webhook. Raises what
    `webhooks.post` does.
    """
    if not settings.alarms.webhook:
        return []
    webhook = webhook_of(settings, settings.alarms.webhook)
    told = _TOLD.validate_json(objects.get(studio.alarms) or b"{}")
    messages = [
        *((RAISED, name, now) for name in wrong if name not in told),
        *((CLEARED, name, since) for name, since in told.items() if name not in wrong),
    ]
    for event, name, since in messages:
        number = f"{event}-{name}-{since:%Y%m%dT%H%M%S}"
        post(webhook, number, event, {"alarm": name, "since": since.isoformat(), "said": wrong.get(name, "")}, now)
        told = {**told, name: since} if event == RAISED else {each: at for each, at in told.items() if each != name}
        objects.put(studio.alarms, _TOLD.dump_json(told))
    return [f"{event} {name}" for event, name, _ in messages]
