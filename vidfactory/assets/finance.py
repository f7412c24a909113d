"""The finance desk: from posts to a draft."""

import datetime as dt
from functools import partial

import dagster as dg

from vidfactory.assets.common import deliver, studio_asset
from vidfactory.desks.finance.analysis import analyse
from vidfactory.desks.finance.draft import draft_of
from vidfactory.desks.finance.posts import parse_posts
from vidfactory.desks.finance.selection import data_for, select
from vidfactory.orders import market_of
from vidfactory.ports import Market, Writer
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.finance import Analysis, MarketData, SelectedTweet, Tweets
from vidfactory.schema.screenplay import Draft

finance_asset = partial(studio_asset, key_prefix="finance", group_name="finance")


@finance_asset(kinds={"json"}, code_version="1")
def tweets(brief: FinanceBrief) -> dg.Output[Tweets]:
    """The posts of the brief in one shape, whichever way they came."""
    made = parse_posts(brief.posts.path.read_bytes(), brief.posts.name)
    rows = [f"| @{post.author.handle} | {post.created_at:%Y-%m-%d} | {one_line(post.text)} |" for post in made.tweets]
    table = "\n".join(["| Author | Day | Post |", "|---|---|---|", *rows])
    return deliver(made, metadata={"posts": dg.MetadataValue.md(table), "count": len(made.tweets)})


@finance_asset(kinds={"llm"}, code_version="1")
def selected_tweet(
    brief: FinanceBrief, tweets: Tweets, writer: dg.ResourceParam[Writer], market: dg.ResourceParam[Market]
) -> dg.Output[SelectedTweet]:
    """The post with the most to tell: by engagement per hour and reach, of those whose symbols have prices."""
    made = select(tweets, brief_market(brief, market), writer, brief.symbol)
    return deliver(
        made,
        made.made_by,
        {"post": made.tweet.text, "why": made.selection_reason, "symbols": ", ".join(made.symbols)},
    )


@finance_asset(kinds={"pandas"}, code_version="1")
def market_data(
    brief: FinanceBrief, selected_tweet: SelectedTweet, market: dg.ResourceParam[Market]
) -> dg.Output[MarketData]:
    """Prices of the post's symbols and related ones up to its day, and the figures over them."""
    made = data_for(selected_tweet, brief_market(brief, market))
    main = made.symbols[0].statistics
    figures = {
        "as_of": str(made.as_of),
        "symbols": ", ".join(data.series.symbol for data in made.symbols),
        "last_close": main.last_close,
        "change_percent": main.change_percent,
        "figures": dg.MetadataValue.json(main.model_dump(mode="json")),
    }
    return deliver(made, metadata=figures)


@finance_asset(kinds={"llm"}, code_version="1")
def analysis(
    brief: FinanceBrief, selected_tweet: SelectedTweet, market_data: MarketData, writer: dg.ResourceParam[Writer]
) -> dg.Output[Analysis]:
    """The script: hook, what was said, what the price did, context, what to watch, close."""
    made = analyse(brief, selected_tweet, market_data, writer)
    script = "\n\n".join(f"**{section.beat}** {section.text}" for section in made.text.sections)
    return deliver(
        made, made.made_by, {"script": dg.MetadataValue.md(script), "strongest_fact": made.text.strongest_fact}
    )


@finance_asset(kinds={"python"}, code_version="1")
def draft(
    brief: FinanceBrief, selected_tweet: SelectedTweet, market_data: MarketData, analysis: Analysis
) -> dg.Output[Draft]:
    """The analysis as beats, with cues for pictures, charts, the post's card, ticker and music."""
    made = draft_of(brief, selected_tweet, market_data, analysis)
    return deliver(made, metadata={"title": made.title, "description": made.description, "beats": len(made.beats)})


def brief_market(brief: FinanceBrief, default: Market) -> Market:
    """The prices that came with the brief, else the studio's own market."""
    content = brief.prices.path.read_bytes() if brief.prices else None
    today = dt.datetime.now(tz=dt.UTC).date()
    return market_of(content, brief.prices.name if brief.prices else "", brief.symbol, today, default)


def one_line(text: str) -> str:
    """A post in one table cell."""
    return " ".join(text.split()).replace("|", "/")[:160]
