"""The brief: an order, checked, with everything it needs copied in."""

import datetime as dt

import dagster as dg

from vidfactory.assets.common import deliver, studio_asset, workspace
from vidfactory.orders import accept, check, checked_finance_order, place, read_order
from vidfactory.schema.brief import FinanceBrief
from vidfactory.storage.studio import Studio


class OrderConfig(dg.Config):
    """Order a video from Dagster's Launchpad; leave all empty where `briefs/<key>.yaml` is there."""

    posts: str | None = None
    prices: str | None = None
    symbol: str | None = None
    title: str | None = None
    seconds: int | None = None
    aspect: str | None = None
    quality: str | None = None


@studio_asset(group_name="brief", kinds={"yaml", "python"}, code_version="1")
def brief(
    context: dg.AssetExecutionContext, config: OrderConfig, studio: dg.ResourceParam[Studio]
) -> dg.Output[FinanceBrief]:
    """What was ordered. The posts and prices are copied in, so that the video can be made again."""
    key, today = context.partition_key, dt.datetime.now(tz=dt.UTC).date()
    wishes = {name: value for name, value in config.model_dump().items() if value is not None}
    if wishes:
        wished = checked_finance_order("launchpad", wishes)
        check(wished, today)
        place(studio, key, wished)
    accepted = accept(read_order(studio.order_path(key)), key, workspace(context, studio), today)
    return deliver(accepted, metadata={"seconds": accepted.seconds, "order": str(studio.order_path(key))})
