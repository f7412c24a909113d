"""The studio in one table, for the notebook: every asset of every video with its time, size and cost."""

import pandas as pd

from vidfactory import runs

COLUMNS = ["video", "asset", "when", "seconds", "files", "bytes", "provider", "cost_usd"]


def material(instance: runs.Instance) -> pd.DataFrame:
    """One row for the newest materialisation of each asset of each video, upstream first."""
    rows = []
    for video in runs.video_keys(instance):
        for asset in runs.assets_of(video):
            made = runs.last_made(instance, video, asset)
            if made is not None:
                rows.append(
                    (video, asset, made.when, made.seconds, made.files, made.size, made.provider, made.cost_usd)
                )
    return pd.DataFrame(rows, columns=COLUMNS)
