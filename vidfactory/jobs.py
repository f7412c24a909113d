"""The jobs: one a format, its head and the shared tail, branches side by side in processes of their own; and the
review, with which a person decides about a video from Dagster's launchpad.
"""

import datetime as dt
from collections.abc import Mapping
from enum import Enum
from typing import Literal

import dagster as dg
from pydantic import Field

from vidfactory import PRELOADS
from vidfactory.desks import FORMATS
from vidfactory.providers.crew import Crew
from vidfactory.reviews import Ruling, decide, told
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio

Cause = Literal["order", "trend", "due", "backfill", "retry", "approval"]
"""Why a run was started: somebody ordered it, a channel's sources brought it, or the studio itself."""
CAUSE_TAG, CHANNEL_TAG, PRIORITY_TAG = "vidfactory/cause", "vidfactory/channel", "dagster/priority"
URGENCY: Mapping[Cause, int] = {"order": 300, "approval": 300, "trend": 200, "due": 100, "retry": 100, "backfill": 0}
"""What is added to a channel's own priority, from -100 to 100: a person waits for an order, nobody for a backfill."""
TAIL_GROUPS = ("screenplay", "voice", "pictures", "sound", "assembly", "inspection", "release")


def video_selection(video_format: str) -> dg.AssetSelection:
    """The assets of a whole video: the brief, the format's desk and the shared tail."""
    return dg.AssetSelection.groups("brief", video_format, *TAIL_GROUPS)


def job_name(video_format: str) -> str:
    return f"{video_format}_video"


def run_tags(cause: Cause, channel: str | None, priority: int = 0) -> dict[str, str]:
    """The tags of a run that makes a video of a channel: whose it is, why, and how soon its turn comes."""
    named = {CHANNEL_TAG: channel} if channel else {}
    return {**named, CAUSE_TAG: cause, PRIORITY_TAG: str(URGENCY[cause] + priority)}


def studio_executor(workers: int) -> dg.ExecutorDefinition:
    """`workers` assets at a time, each in a process forked from one that has everything imported."""
    return dg.multiprocess_executor.configured(
        {"max_concurrent": workers, "start_method": {"forkserver": {"preload_modules": [PRELOADS]}}}
    )


VIDEO_JOBS = [
    dg.define_asset_job(
        job_name(video_format),
        selection=video_selection(video_format),
        description=f"Makes a {video_format} video from its brief to its poster",
    )
    for video_format in FORMATS
]


class Verdict(Enum):
    approve = "approve"
    reject = "reject"


class ReviewConfig(dg.Config):
    """A decision about a packed video."""

    video: str = Field(description="Its key, for example finance-demo")
    decision: Verdict
    reason: str = Field("", description="What is wrong with it; needed to reject")
    by: str = Field("", description="Who decides; without it the settings' reviewer")
    seen: int = Field(0, description="How many decisions about it you know of: to change one, how many there are")


@dg.op(description="Keeps what a person decided about a packed video, as `vidfactory approve` and `reject` do")
async def decision(
    context: dg.OpExecutionContext,
    config: ReviewConfig,
    studio: dg.ResourceParam[Studio],
    crew: dg.ResourceParam[Crew],
) -> None:
    """Decide in the name of `by`; what keeps it from being decided fails the run and says so."""
    ruling = Ruling(
        approved=config.decision is Verdict.approve,
        by=config.by or crew.settings.reviewer,
        reason=config.reason,
        seen=config.seen,
    )
    made = await decide(ArtifactStore(studio), config.video, ruling, dt.datetime.now(tz=dt.UTC))
    context.log.info("%s was %s", config.video, told(made))


@dg.job(
    name="review",
    executor_def=dg.in_process_executor,
    description="Approve or reject a packed video: give the decision in the launchpad",
)
def review_job() -> None:
    decision()
