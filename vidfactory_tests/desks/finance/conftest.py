"""What the finance desk's tests share: the bundled market, the sample posts, and scripts made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from vidfactory.desks.finance.analysis import AnalysisMaterial, analysis_task
from vidfactory.desks.finance.house import analysis_author
from vidfactory.desks.finance.posts import parse_posts
from vidfactory.desks.finance.selection import data_for, ranked
from vidfactory.ports import WritingTask
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.schema.base import Credit
from vidfactory.schema.finance import (
    AnalysisText,
    Author,
    Bar,
    Engagement,
    MarketData,
    PriceSeries,
    SelectedTweet,
    Tweet,
    Tweets,
)

SAMPLES = Path(__file__).parents[3] / "data" / "samples"
HOUSE = Credit(provider="house", model="test")


@dataclass(frozen=True)
class Made:
    """A script with all that it was made from."""

    selected: SelectedTweet
    market: MarketData
    task: WritingTask[AnalysisMaterial, AnalysisText]
    text: AnalysisText

    @property
    def script(self) -> str:
        return " ".join(section.text for section in self.text.sections)


def post(text: str, day: date = date(2008, 10, 10), **changes: object) -> Tweet:
    made = Tweet(
        id="1",
        text=text,
        author=Author(name="Ada Test", handle="ada", followers=1000),
        engagement=Engagement(likes=1200, reposts=340, replies=56, views=78_000),
        created_at=datetime.combine(day, time(21), UTC),
        url="https://example.com/1",
    )
    return made.model_copy(update=changes)


def selected(tweet: Tweet, symbols: tuple[str, ...]) -> SelectedTweet:
    return SelectedTweet(
        tweet=tweet, symbols=symbols, related_stocks=(), selection_reason="a test", candidates=(), made_by=HOUSE
    )


@cache
def made_of(tweet: Tweet, symbol: str, seconds: int = 60, video: str = "finance-test") -> Made:
    chosen = selected(tweet, (symbol,))
    market = data_for(chosen, BundledMarket())
    task = analysis_task(video, chosen, market, seconds)
    return Made(chosen, market, task, analysis_author(task.material))


def series(closes: Sequence[float], *, symbol: str = "TEST", monthly: bool = False) -> PriceSeries:
    days = pd.date_range("2020-01-31", periods=len(closes), freq="ME" if monthly else "D")
    bars = tuple(Bar(day=day.date(), close=close) for day, close in zip(days, closes, strict=True))
    return PriceSeries(symbol=symbol, name=symbol, interval="month" if monthly else "day", source="a test", bars=bars)


def samples(name: str) -> Tweets:
    return parse_posts((SAMPLES / name).read_bytes(), name)


@pytest.fixture(scope="session")
def sample_scripts() -> list[Made]:
    """A script of every sample post that a video can be made of."""
    market = BundledMarket()
    return [
        made_of(choice.tweet, choice.symbols[0])
        for name in ("posts.json", "posts_june_2022.json", "x_recent_search.json")
        for choice in ranked(samples(name), market)
    ]
