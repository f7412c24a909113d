"""What the finance desk passes along: posts, prices, facts and the analysis."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from vidfactory.schema.base import Artifact, Credit, Model


class Engagement(Model):
    likes: int = Field(ge=0)
    reposts: int = Field(ge=0)
    replies: int = Field(ge=0)
    views: int = Field(ge=0)


class Author(Model):
    name: str
    handle: str
    """Without the @."""
    followers: int = Field(0, ge=0)
    verified: bool = False


class Tweet(Model):
    """One post, as plain text: control characters removed, mark-up kept as the characters it is."""

    id: str
    text: str
    author: Author
    engagement: Engagement
    created_at: datetime
    url: str
    media: tuple[str, ...] = ()


class Tweets(Artifact):
    """Posts that the feed brought, with the moment at which the newest was seen as the studio's 'now'."""

    schema_version: Literal["finance.tweets/1"] = "finance.tweets/1"
    source: str
    tweets: tuple[Tweet, ...] = Field(min_length=1)


class Quote(Model):
    """A symbol's price at the video's date and its change over one period (a day or a month)."""

    symbol: str
    name: str
    current_price: float = Field(gt=0)
    change: float
    change_percent: float
    currency: str = "USD"
    interval: Literal["day", "month"] = "day"
    """The period of the change."""
    day: date | None = None
    """The day of the price."""


class Candidate(Model):
    """How one post did in the selection; the parts add up to `score`."""

    tweet_id: str
    symbols: tuple[str, ...]
    engagement_per_hour: float
    reach: float
    score: float
    rejected: str | None = None
    """Why it cannot be used, if it cannot."""


class SelectedTweet(Artifact):
    schema_version: Literal["finance.selected_tweet/1"] = "finance.selected_tweet/1"
    tweet: Tweet
    symbols: tuple[str, ...] = Field(min_length=1)
    """The post's own symbols that have prices, the main one first."""
    related_stocks: tuple[Quote, ...]
    selection_reason: str
    candidates: tuple[Candidate, ...]
    made_by: Credit


class Bar(Model):
    """One day or month. Where only closes are known, `open`, `high`, `low` and `volume` are None."""

    day: date
    close: float = Field(gt=0)
    open: float | None = Field(None, gt=0)
    high: float | None = Field(None, gt=0)
    low: float | None = Field(None, gt=0)
    volume: int | None = Field(None, ge=0)


class PriceSeries(Model):
    """Prices of one symbol, oldest first, one bar a day or a month."""

    symbol: str
    name: str
    interval: Literal["day", "month"]
    currency: str = "USD"
    """Empty for an index, which is counted in points."""
    source: str
    adjusted: bool = False
    """For splits and dividends, so that old prices differ from those of their day."""
    bars: tuple[Bar, ...] = Field(min_length=2)


class Statistics(Model):
    """Figures over a series, as of its last bar. Percentages are in per cent, not fractions."""

    last_close: float
    previous_close: float
    change: float
    change_percent: float
    """Over one bar."""
    window_bars: int
    """How many bars the range, volatility and drawdown look at."""
    window_change_percent: float
    range_high: float
    range_high_day: date
    range_low: float
    range_low_day: date
    volatility_percent: float
    """Annualised standard deviation of log returns."""
    drawdown_percent: float
    """Last close against the highest close of the window, zero or negative."""
    max_drawdown_percent: float
    streak: int
    """Bars in a row that closed in the same direction; negative for falls."""


class SymbolData(Model):
    series: PriceSeries
    statistics: Statistics


class MarketData(Artifact):
    """Prices and figures of the post's symbols, related ones and the index that they are compared with."""

    schema_version: Literal["finance.market_data/1"] = "finance.market_data/1"
    as_of: date
    symbols: tuple[SymbolData, ...] = Field(min_length=1)
    """The main symbol first."""
    benchmark: SymbolData | None
    """An index or, where none has prices, None."""


BeatName = Literal["hook", "post", "move", "context", "comparison", "watch", "close"]


class AnalysisSection(Model):
    """One part of the script, with what is to be seen while it is spoken."""

    beat: BeatName
    text: str = Field(min_length=1)
    """The shown form: figures as digits and signs."""
    concepts: tuple[str, ...] = Field(min_length=1)
    """One short picture idea per illustration, from the house illustrator's concept names or free words."""


class AnalysisText(Model):
    """What the writer answers."""

    title: str = Field(min_length=5, max_length=90)
    headline: str = Field(min_length=3, max_length=40)
    """A few words for the poster."""
    strongest_fact: str
    sections: tuple[AnalysisSection, ...] = Field(min_length=5, max_length=9)


class Analysis(Artifact):
    schema_version: Literal["finance.analysis/1"] = "finance.analysis/1"
    text: AnalysisText
    made_by: Credit
