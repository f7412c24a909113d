"""The jobs: one a format, its head and the shared tail, branches side by side in processes of their own; and the
review, with which a person decides about a video from Dagster's launchpad.
"""

import datetime as dt
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

import dagster as dg
from pydantic import Field

from vidfactory import PRELOADS
from vidfactory.assets.common import RENDER_POOL
from vidfactory.assets.operation import LOOK, OPERATION, alarms_hook
from vidfactory.cleaning import Cleaner, swept_as_markdown
from vidfactory.desks import FORMATS
from vidfactory.failures import CHANNEL_TAG
from vidfactory.providers.crew import Crew
from vidfactory.reviews import Ruling, decide, told
from vidfactory.schema.crew import Port, Wishes
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.studio import Studio

Cause = Literal["order", "trend", "due", "backfill", "retry", "approval"]
"""Why a run was started: somebody ordered it, a channel's sources brought it, or the studio itself."""
CAUSE_TAG, PRIORITY_TAG = "vidfactory/cause", "dagster/priority"
URGENCY: Mapping[Cause, int] = {"order": 300, "approval": 300, "trend": 200, "due": 100, "retry": 100, "backfill": 0}
"""What is added to a channel's own priority, from -100 to 100: a person waits for an order, nobody for a backfill."""
FIRST_OF_ALL = 1000
"""What must not wait behind that which it looks after."""
PAID_PORTS: tuple[Port, ...] = ("writer", "narrator", "illustrator", "composer", "trends", "market")
"""Each has a pool of its name, which the assets carry that ask there."""
RENDERS = 2
"""So many films are rendered at once, over all machines: more would only share the same cores."""
UNHEARD_OF_S = 120
"""How long a worker keeps a step to itself before another one looks after it."""
RESULT_LIFE_S = 6 * 3600
"""How long Redis keeps what a step did for a run that has lost sight of it."""
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


def studio_executor(settings: Settings) -> dg.ExecutorDefinition:
    """Who makes the assets of a run, side by side, as the settings say.

    Processes of this machine are forked from one that has everything imported; Celery's workers may be anywhere.
    """
    if settings.executor == "celery":
        from dagster_celery import celery_executor  # noqa: PLC0415  -- of the extra `cluster`

        return celery_executor.configured(celery_options(settings))
    return dg.multiprocess_executor.configured(
        {"max_concurrent": settings.workers, "start_method": {"forkserver": {"preload_modules": [PRELOADS]}}}
    )


def celery_options(settings: Settings) -> dict[str, Any]:
    """How runs and workers speak with each other through Redis; the same on both sides.

    A step is taken off the queue when it is done, so that one whose worker dies comes back: at once where only its
    process died, after `UNHEARD_OF_S` where the machine did. `worker.py` sees to it that no step is made twice by that.
    """
    broker = settings.broker.get_secret_value()
    return {
        "broker": broker,
        "backend": broker,
        "config_source": {
            "task_acks_late": True,
            "task_reject_on_worker_lost": True,
            "worker_prefetch_multiplier": 1,
            "broker_transport_options": {"visibility_timeout": UNHEARD_OF_S, "socket_keepalive": True},
            "broker_connection_retry_on_startup": True,
            "broker_connection_max_retries": None,
            "task_publish_retry_policy": {
                "max_retries": 60,
                "interval_start": 0.2,
                "interval_step": 0.5,
                "interval_max": 5,
            },
            "result_backend_always_retry": True,
            "result_expires": RESULT_LIFE_S,
        },
    }


def pool_limits(settings: Settings) -> dict[str, int]:
    """How many steps of each pool may be under way at once, over all runs: two renders, and for each port that may cost
    money as many as the service that serves first takes calls. A pool of the house's own providers has no limit.
    """
    first = {port: settings.chain(port, Wishes())[:1] for port in PAID_PORTS}
    services = {port: settings.services.get(chain[0].partition("/")[0]) for port, chain in first.items() if chain}
    return {RENDER_POOL: RENDERS, **{port: service.concurrency for port, service in services.items() if service}}


VIDEO_JOBS = [
    dg.define_asset_job(
        job_name(video_format),
        selection=video_selection(video_format),
        description=f"Makes a {video_format} video from its brief to its poster",
    )
    for video_format in FORMATS
]


operation_job = dg.define_asset_job(
    LOOK,  # no job may bear the name of an asset
    selection=dg.AssetSelection.assets(OPERATION),
    hooks={alarms_hook},
    executor_def=dg.in_process_executor,
    tags={PRIORITY_TAG: str(FIRST_OF_ALL)},
    description="Looks how the studio runs, and tells the webhook of the alarms what is wrong",
)


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


class CleanUpConfig(dg.Config):
    """How the studio is cleaned up."""

    dry_run: bool = Field(default=False, description="Only say what would go")


@dg.op(description="Lets go what finished videos leave behind, as `vidfactory clean` does")
def sweep(
    context: dg.OpExecutionContext,
    config: CleanUpConfig,
    studio: dg.ResourceParam[Studio],
    crew: dg.ResourceParam[Crew],
) -> None:
    """What goes stands in the metadata; what should have gone and did not fails nothing, and is told as well."""
    cleaner = Cleaner(crew.settings, studio, context.instance, dt.datetime.now(tz=dt.UTC), dry=config.dry_run)
    done = cleaner.sweep(context.log.info)
    for key, why in done.kept_back.items():
        context.log.warning("%s stays: %s", key, why)
    context.add_output_metadata(
        {
            "bytes": done.size,
            "videos": len(done.videos),
            "answers": len(done.answers),
            "kept_back": len(done.kept_back),
            "by_channel": dg.MetadataValue.md(swept_as_markdown(done)),
        }
    )


@dg.job(
    name="clean_up",
    executor_def=dg.in_process_executor,
    description="Raw artifacts, remembered answers and finished videos go by their channels' retention",
)
def clean_up_job() -> None:
    sweep()
