"""What the studio keeps of videos that it works on no longer, and of backfills.

Belongs here: the models behind `tombstones/` and `backfills/`. Does not belong here: when a video goes (`retention`),
and what a backfill does (`backfills`).
"""

import datetime as dt
from decimal import Decimal
from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Model
from vidfactory.schema.brief import VideoKey
from vidfactory.schema.release import Appearance

BACKFILL_ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Tombstone(Model):
    """A video that was retired: what it was about, where it can be seen, and where its package is kept."""

    schema_version: Literal["tombstone/1"] = "tombstone/1"
    video: VideoKey
    channel: str | None = None
    title: str
    topic: str
    """The beginning of its script."""
    edition: str
    appearances: tuple[Appearance, ...]
    cost_usd: Decimal
    """What services took for it, or may have taken."""
    worked_on: dt.datetime
    """When it was worked on for the last time."""
    retired: dt.datetime
    archive: str
    """The folder or address of what is kept of it."""


class BackfillVideo(Model):
    """A video that is to be made again.

    assets: what was due when the backfill was planned. usd: the most that must be bought for them, None where nobody
    knows. minutes: how long such assets took before; None where none was ever made.
    """

    video: VideoKey
    channel: str | None = None
    assets: tuple[str, ...]
    usd: Decimal | None = Decimal(0)
    is_estimate: bool = False
    """Some of it cannot be known before what it is made from is there."""
    note: str = ""
    minutes: float | None = None


class Backfill(Model):
    """Videos that are made again, the oldest first; the content of `backfills/<id>.json`.

    first, last: the assets from which and down to which each is made anew, whether it is due or not; empty for what
    is due. until: when what has not begun is left for another time; None for never. at_once: whatever the channels'
    hours and day budgets say.
    """

    schema_version: Literal["backfill/1"] = "backfill/1"
    id: str = Field(pattern=BACKFILL_ID, max_length=80)
    at: dt.datetime
    first: str = ""
    last: str = ""
    at_once: bool = False
    until: dt.datetime | None = None
    videos: tuple[BackfillVideo, ...]
