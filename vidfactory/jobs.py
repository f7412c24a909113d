"""One job a format: its head and the shared tail, branches side by side in processes of their own."""

import dagster as dg

from vidfactory import PRELOADS
from vidfactory.desks import FORMATS

TAIL_GROUPS = ("screenplay", "voice", "pictures", "sound", "assembly")


def video_selection(video_format: str) -> dg.AssetSelection:
    """The assets of a whole video: the brief, the format's desk and the shared tail."""
    return dg.AssetSelection.groups("brief", video_format, *TAIL_GROUPS)


def job_name(video_format: str) -> str:
    return f"{video_format}_video"


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
