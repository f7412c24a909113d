"""The brief: an order, checked, with everything it needs copied in."""

import datetime as dt

import dagster as dg

from vidfactory.assets.common import deliver, studio_asset, workspace
from vidfactory.orders import accept, brought, check_with, checked_finance_order, place, placed_order
from vidfactory.providers.crew import Crew
from vidfactory.quoting import record_quote
from vidfactory.schema.brief import FinanceBrief
from vidfactory.storage.studio import Studio


class OrderConfig(dg.Config):
    """Order a video from Dagster's Launchpad; leave all empty where `briefs/<key>.yaml` is there."""

    posts: str | None = None
    query: str | None = None
    prices: str | None = None
    narration: str | None = None
    symbol: str | None = None
    title: str | None = None
    theme: str | None = None
    seconds: int | None = None
    aspect: str | None = None
    quality: str | None = None
    channel: str | None = None
    providers: dict[str, str] | None = None
    voice: str | None = None
    budget_usd: float | None = None


@studio_asset(group_name="brief", kinds={"yaml", "python"}, code_version="2")
def brief(
    context: dg.AssetExecutionContext,
    config: OrderConfig,
    studio: dg.ResourceParam[Studio],
    crew: dg.ResourceParam[Crew],
) -> dg.Output[FinanceBrief]:
    """What was ordered. All files that the order names are copied in, so that the video can be made again."""
    key, today = context.partition_key, dt.datetime.now(tz=dt.UTC).date()
    fields = {name: value for name, value in config.model_dump().items() if value is not None}
    if fields:
        wished = checked_finance_order("launchpad", fields)
        check_with(wished, today, crew.settings)
        place(studio, key, wished, today, again=True)
    folder = workspace(context, studio)
    order = brought(studio, placed_order(studio, key), folder / "ordered")
    check_with(order, today, crew.settings)
    accepted = accept(order, crew.settings.decided(order), key, folder, today)
    record_quote(crew.settings, studio, key)
    return deliver(accepted, metadata={"seconds": accepted.seconds, "order": str(studio.order_path(key))})
