"""The finance desk: from posts to a draft."""

import datetime as dt
from functools import partial

import dagster as dg

from vidfactory.assets.common import deliver, hire, studio_asset
from vidfactory.desks.finance.analysis import analyse
from vidfactory.desks.finance.draft import draft_of
from vidfactory.desks.finance.market import exchange_day
from vidfactory.desks.finance.posts import newest, parse_posts
from vidfactory.desks.finance.selection import data_for, needed_symbols, select, wanted_symbols
from vidfactory.orders import market_of
from vidfactory.ports import Market
from vidfactory.providers.crew import Crew, Hired
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.crew import Port
from vidfactory.schema.finance import Analysis, MarketData, SelectedTweet, Tweets
from vidfactory.schema.screenplay import Draft

MAX_POSTS = 30
"""How many posts a search brings; each has its price."""

WRITERS: tuple[Port, ...] = ("trends", "market", "writer")
WRITTEN = ("finance/tweets", "finance/selected_tweet", "finance/market_data", "finance/analysis")
"""What is made of the commission, and who is asked for it."""

finance_asset = partial(studio_asset, key_prefix="finance", group_name="finance")


@finance_asset(kinds={"python"}, code_version="1")
def commission(brief: FinanceBrief) -> dg.Output[FinanceBrief]:
    """What of the brief a script is written from; apart from the rest, so that another voice asks for no new script."""
    made = commissioned(brief)
    return deliver(made, metadata={"seconds": made.seconds})


@finance_asset(kinds={"json"}, pool="trends", code_version="1")
async def tweets(
    context: dg.AssetExecutionContext, commission: FinanceBrief, crew: dg.ResourceParam[Crew]
) -> dg.Output[Tweets]:
    """The posts of the brief in one shape, or those that a search for its query finds."""
    hired = hire(context, crew, commission.wishes)
    made = await posts_of(commission, hired)
    rows = [f"| @{post.author.handle} | {post.created_at:%Y-%m-%d} | {one_line(post.text)} |" for post in made.tweets]
    table = "\n".join(["| Author | Day | Post |", "|---|---|---|", *rows])
    figures = {"provider": made.source, "posts": dg.MetadataValue.md(table), "count": len(made.tweets)}
    return deliver(made, metadata=figures, tally=hired.tally())


@finance_asset(kinds={"llm"}, pool="writer", code_version="1")
async def selected_tweet(
    context: dg.AssetExecutionContext, commission: FinanceBrief, tweets: Tweets, crew: dg.ResourceParam[Crew]
) -> dg.Output[SelectedTweet]:
    """The post with the most to tell: by engagement per hour and reach, of those whose symbols have prices."""
    hired = hire(context, crew, commission.wishes)
    wanted, day = wanted_symbols(tweets, commission.symbol), exchange_day(newest(tweets))
    prices = await brief_market(commission, hired.market).prices(wanted, day)
    made = await select(tweets, prices, hired.writer, commission.symbol)
    figures = {"post": made.tweet.text, "why": made.selection_reason, "symbols": ", ".join(made.symbols)}
    return deliver(made, made.made_by, figures, hired.tally())


@finance_asset(kinds={"pandas"}, pool="market", code_version="1")
async def market_data(
    context: dg.AssetExecutionContext,
    commission: FinanceBrief,
    selected_tweet: SelectedTweet,
    crew: dg.ResourceParam[Crew],
) -> dg.Output[MarketData]:
    """Prices of the post's symbols and related ones up to its day, and the figures over them."""
    hired = hire(context, crew, commission.wishes)
    day = exchange_day(selected_tweet.tweet.created_at)
    prices = await brief_market(commission, hired.market).prices(needed_symbols(selected_tweet), day)
    made = data_for(selected_tweet, prices)
    main = made.symbols[0].statistics
    figures = {
        "provider": ", ".join(dict.fromkeys(data.series.source for data in made.symbols)),
        "as_of": str(made.as_of),
        "symbols": ", ".join(data.series.symbol for data in made.symbols),
        "last_close": main.last_close,
        "change_percent": main.change_percent,
        "figures": dg.MetadataValue.json(main.model_dump(mode="json")),
    }
    return deliver(made, metadata=figures, tally=hired.tally())


@finance_asset(kinds={"llm"}, pool="writer", code_version="1")
async def analysis(
    context: dg.AssetExecutionContext,
    commission: FinanceBrief,
    selected_tweet: SelectedTweet,
    market_data: MarketData,
    crew: dg.ResourceParam[Crew],
) -> dg.Output[Analysis]:
    """The script: hook, what was said, what the price did, context, what to watch, close."""
    hired = hire(context, crew, commission.wishes)
    made = await analyse(commission, selected_tweet, market_data, hired.writer)
    script = "\n\n".join(f"**{section.beat}** {section.text}" for section in made.text.sections)
    figures = {"script": dg.MetadataValue.md(script), "strongest_fact": made.text.strongest_fact}
    return deliver(made, made.made_by, figures, hired.tally())


@finance_asset(kinds={"python"}, code_version="3")
def draft(
    brief: FinanceBrief, selected_tweet: SelectedTweet, market_data: MarketData, analysis: Analysis
) -> dg.Output[Draft]:
    """The analysis as beats, with cues for pictures, charts, the post's card, ticker and music."""
    made = draft_of(brief, selected_tweet, market_data, analysis)
    return deliver(made, metadata={"title": made.title, "sources": "\n".join(made.sources), "beats": len(made.beats)})


def commissioned(brief: FinanceBrief) -> FinanceBrief:
    """A brief without what no post, price or word of the script depends on."""
    plain = {name: FinanceBrief.model_fields[name].default for name in ("theme", "aspect", "quality", "publish_at")}
    wishes = brief.wishes.about(WRITERS, WRITTEN)
    return brief.model_copy(update={**plain, "title": None, "narration": None, "wishes": wishes})


async def posts_of(brief: FinanceBrief, hired: Hired) -> Tweets:
    """The posts that came with the brief, else those that a search finds."""
    if brief.posts:
        return parse_posts(brief.posts.path.read_bytes(), brief.posts.name)
    assert brief.query, "an order has posts or a query"
    assert brief.day, "a query has a day"
    return await hired.trends.posts(brief.query, MAX_POSTS, brief.day)


def brief_market(brief: FinanceBrief, default: Market) -> Market:
    """The prices that came with the brief, else the studio's own market."""
    content = brief.prices.path.read_bytes() if brief.prices else None
    today = dt.datetime.now(tz=dt.UTC).date()
    return market_of(content, brief.prices.name if brief.prices else "", brief.symbol, today, default)


def one_line(text: str) -> str:
    """A post in one table cell."""
    return " ".join(text.split()).replace("|", "/")[:160]
