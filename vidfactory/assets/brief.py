"""The brief: an order, checked, with everything it needs copied in."""

import datetime as dt

import dagster as dg

from vidfactory.assets.common import deliver, studio_asset, workspace
from vidfactory.orders import accept, checked_finance_order, place, read_order
from vidfactory.schema.brief import FinanceBrief
from vidfactory.storage.studio import Studio


class OrderConfig(dg.Config):
    """Order a video from Dagster's Launchpad; leave all empty where `briefs/<key>.yaml` is there."""

    posts: str | None = None
    prices: str | None = None
    symbol: str | None = None
    title: str | None = None
    seconds: int | None = None


@studio_asset(group_name="brief", kinds={"yaml", "python"}, code_version="1")
def brief(
    context: dg.AssetExecutionContext, config: OrderConfig, studio: dg.ResourceParam[Studio]
) -> dg.Output[FinanceBrief]:
    """What was ordered. The posts and prices are copied in, so that the video can be made again."""
    key = context.partition_key
    wishes = {name: value for name, value in config.model_dump().items() if value is not None}
    if wishes:
        place(studio, key, checked_finance_order("launchpad", **wishes))
    order = read_order(studio.order_path(key))
    accepted = accept(order, key, workspace(context, studio), today=dt.datetime.now(tz=dt.UTC).date())
    return deliver(accepted, metadata={"seconds": accepted.seconds, "order": str(studio.order_path(key))})
