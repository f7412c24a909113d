"""One job a format: its head and the shared tail, branches side by side in processes of their own."""

from collections.abc import Sequence

import dagster as dg

from vidfactory.desks import FORMATS

TAIL_GROUPS = ("screenplay", "voice", "pictures", "sound", "assembly")

PRELOADED = (
    "dagster._cli",
    "dagster._core.storage.sqlite_storage",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage",
    "dagster._core.storage.root",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.executor.multiprocess",
    "dagster._core.execution.run_metrics_thread",
    "dagster._core.execution.run_cancellation_thread",
    "dagster._core.instance.factory",
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "upath",
    "vidfactory.definitions",
)
"""What each step needs, imported once in the fork server: without it a step costs ten times as much to start."""


def video_selection(video_format: str) -> dg.AssetSelection:
    """The assets of a whole video: the brief, the format's desk and the shared tail."""
    return dg.AssetSelection.groups("brief", video_format, *TAIL_GROUPS)


def job_name(video_format: str) -> str:
    return f"{video_format}_video"


def studio_executor(workers: int, providers: Sequence[str]) -> dg.ExecutorDefinition:
    """`workers` assets at a time, each in a process forked from one that has everything imported.

    `providers`: the modules of those who serve, whose SDKs take seconds to import.
    """
    preloaded = [*PRELOADED, *providers]
    return dg.multiprocess_executor.configured(
        {"max_concurrent": workers, "start_method": {"forkserver": {"preload_modules": preloaded}}}
    )


VIDEO_JOBS = [
    dg.define_asset_job(
        job_name(video_format),
        selection=video_selection(video_format),
        description=f"Makes a {video_format} video from its brief to its poster",
    )
    for video_format in FORMATS
]
