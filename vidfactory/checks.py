"""Asset checks: what would embarrass a channel is measured and stops the line."""

import dagster as dg

from vidfactory.desks.finance.claims import find_claims, unsupported_numbers
from vidfactory.partitions import videos
from vidfactory.schema.finance import MarketData, SelectedTweet
from vidfactory.schema.screenplay import Draft


@dg.asset_check(
    asset=["finance", "draft"],
    additional_ins={
        "selected_tweet": dg.AssetIn(key=["finance", "selected_tweet"]),
        "market_data": dg.AssetIn(key=["finance", "market_data"]),
    },
    partitions_def=videos,
    blocking=True,
    description="Every number that is spoken is in the post or in the market data",
)
def numbers_have_sources(draft: Draft, selected_tweet: SelectedTweet, market_data: MarketData) -> dg.AssetCheckResult:
    """Fails with each number that neither the post nor the market data holds."""
    text = " ".join(beat.text for beat in draft.beats)
    unsupported = unsupported_numbers(text, selected_tweet.tweet, market_data)
    return dg.AssetCheckResult(
        passed=not unsupported,
        metadata={"numbers": len(find_claims(text)), "unsupported": ", ".join(claim.text for claim in unsupported)},
    )
