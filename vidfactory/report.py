"""The studio in a few tables, for the notebook: assets with time, size and cost, and where the money went."""

from decimal import Decimal

import pandas as pd

from vidfactory import accounts, runs
from vidfactory.storage.studio import Studio

COLUMNS = ["video", "asset", "when", "seconds", "files", "bytes", "provider", "cost_usd"]
SPENDING_COLUMNS = ["channel", "day", "video", "asset", "service", "operation", "model", "state", "usd"]
QUOTED_COLUMNS = ["video", "quoted_usd", "charged_usd", "possibly_charged_usd", "saved_usd"]


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


def spending(studio: Studio) -> pd.DataFrame:
    """One row for each entry of the ledger, with its day (UTC) and US dollars; `state` as the ledger has it."""
    rows = [
        (
            entry.channel or "none",
            f"{entry.at:%Y-%m-%d}",
            entry.video,
            entry.asset,
            entry.service,
            entry.operation,
            entry.model,
            entry.state,
            float(entry.usd),
        )
        for entry in accounts.all_entries(studio)
    ]
    return pd.DataFrame(rows, columns=SPENDING_COLUMNS).astype({"usd": float})


def quoted_and_spent(studio: Studio) -> pd.DataFrame:
    """One row for each video that was quoted or has entries: its quote against what it came to, in US dollars.

    `quoted_usd` is missing where there is no quote.
    """
    rows = []
    for video in accounts.videos(studio):
        quote, whole = accounts.quote_of(studio, video), accounts.total(accounts.entries_of(studio, video))
        amounts: tuple[Decimal, ...] = (whole.settled, whole.doubtful, whole.saved)
        rows.append((video, float(quote.usd) if quote else None, *map(float, amounts)))
    return pd.DataFrame(rows, columns=QUOTED_COLUMNS).astype(dict.fromkeys(QUOTED_COLUMNS[1:], float))
