"""Which post becomes a video."""

import asyncio
from datetime import date

import pytest

from vidfactory.desks.finance.house import AUTHORS
from vidfactory.desks.finance.market import quote
from vidfactory.desks.finance.selection import (
    candidates,
    choose,
    data_for,
    needed_symbols,
    ranked,
    select,
    selection_author,
    selection_task,
    wanted_symbols,
)
from vidfactory.errors import BadInput
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.providers.house_writer import HouseWriter
from vidfactory.schema.finance import Engagement, PriceSeries, Tweets
from vidfactory_tests.desks.finance.conftest import post, samples

MARKET = BundledMarket()
WRITER = HouseWriter(AUTHORS)


def test_the_sample_feed_is_about_google_and_says_why_the_others_are_out() -> None:
    judged = {candidate.tweet_id: candidate for candidate in candidates(samples("posts.json"), MARKET)}
    assert judged["sample-goog-2008-10-10"].rejected is None
    assert judged["sample-leh-2008-10-10"].rejected == "there are no prices at its date for LEH"
    assert "names no company" in (judged["sample-mood-2008-10-10"].rejected or "")
    assert choose(samples("posts.json"), MARKET).tweet.id == "sample-goog-2008-10-10"


def test_more_engagement_and_more_reach_score_higher() -> None:
    quiet = post("Google", id="a", engagement=Engagement(likes=10, reposts=1, replies=1, views=1000))
    loud = post("Google", id="b", engagement=Engagement(likes=500, reposts=1, replies=1, views=1000))
    seen = post("Google", id="c", engagement=Engagement(likes=10, reposts=1, replies=1, views=900_000))
    scores = {c.tweet_id: c.score for c in candidates(Tweets(source="t", tweets=(quiet, loud, seen)), MARKET)}
    assert scores["a"] < scores["b"]
    assert scores["a"] < scores["c"]


def test_followers_stand_in_where_views_are_not_counted() -> None:
    unseen = post("Google", engagement=Engagement(likes=10, reposts=1, replies=1, views=0))
    assert candidates(Tweets(source="t", tweets=(unseen,)), MARKET)[0].reach == 1000


def test_a_wanted_symbol_becomes_the_main_one_and_rules_out_the_rest() -> None:
    june = samples("posts_june_2022.json")
    assert choose(june, MARKET, "^GSPC").symbols[0] == "^GSPC"
    assert choose(june, MARKET, "$aapl").symbols == ("AAPL",)
    assert {choice.tweet.id for choice in ranked(june, MARKET, "^GSPC")} == {
        "sample-gspc-2022-06-28",
        "sample-dell-2022-06-28",
    }
    with pytest.raises(BadInput, match="it is not about TSLA"):
        choose(june, MARKET, "TSLA")


def test_a_feed_without_prices_is_refused_with_the_reasons() -> None:
    feed = Tweets(source="feed.json", tweets=(post("📉📉📉"), post("$ZZZZ is fine", id="2")))
    with pytest.raises(BadInput, match=r"feed\.json: no post can be used.*ZZZZ"):
        choose(feed, MARKET)


def test_the_house_editor_picks_the_best_and_gives_figures() -> None:
    made = asyncio.run(select(samples("posts.json"), MARKET, WRITER))
    assert made.tweet.id == "sample-goog-2008-10-10"
    assert "1,240,000 views" in made.selection_reason
    assert "332.00" in made.selection_reason
    assert made.made_by.provider == "house"
    assert len(made.candidates) == 6


def test_only_posts_of_the_list_can_be_picked() -> None:
    task = selection_task(ranked(samples("posts.json"), MARKET), MARKET, rejected=2)
    answer = selection_author(task.material)
    assert task.complaints(answer) == []
    assert "must be one of" in task.complaints(answer.model_copy(update={"tweet_id": "nobody"}))[0]
    assert task.complaints(answer.model_copy(update={"reason": "  "})) == ["reason must say why."]


def test_related_stocks_say_their_period_and_companies_keep_the_main_ones_interval() -> None:
    quotes = asyncio.run(select(samples("posts.json"), MARKET, WRITER)).related_stocks
    assert [(each.symbol, each.interval, str(each.day)) for each in quotes] == [
        ("GOOG", "day", "2008-10-10"),
        ("^GSPC", "month", "2008-09-30"),
        ("^IXIC", "month", "2008-09-30"),
    ]
    apple = data_for(choose(samples("posts_june_2022.json"), MARKET, "AAPL"), MARKET)
    assert [data.series.symbol for data in apple.symbols] == ["AAPL", "DELL", "IBM", "XRX", "^GSPC", "^IXIC"]


def test_order_of_the_feed_does_not_matter() -> None:
    feed = samples("posts.json")
    backwards = feed.model_copy(update={"tweets": feed.tweets[::-1]})
    assert choose(feed, MARKET) == choose(backwards, MARKET)


def test_all_that_posts_may_be_compared_with_is_asked_for() -> None:
    feed = Tweets(source="t", tweets=(post("Google and $NVDA"), post("📉", id="2")))
    assert wanted_symbols(feed) == {"GOOG", "GOOGL", "NVDA", "AMZN", "META", "^GSPC", "^IXIC"}


def test_with_a_symbol_only_posts_about_it_are_asked_for() -> None:
    feed = Tweets(source="t", tweets=(post("$F and $GM"), post("Apple", id="2")))
    assert wanted_symbols(feed, "$gm") == {"F", "GM", "TSLA", "^GSPC", "^IXIC"}
    assert wanted_symbols(feed, "GOOGL") == {"GOOG", "GOOGL", "^GSPC", "^IXIC"}


def test_a_feed_of_a_thousand_cashtags_asks_for_the_best_posts_symbols() -> None:
    tags = [f"${one}{two}Q" for one in "ABCDEFGHIJ" for two in "ABCDEFGHIJ"]
    loud = post("$LOUD", id="z", engagement=Engagement(likes=10**6, reposts=1, replies=1, views=10**7))
    wanted = wanted_symbols(Tweets(source="t", tweets=(post(" ".join(tags)), loud)))
    assert "LOUD" in wanted
    assert len(wanted) < 60


def test_a_market_that_knows_only_what_it_is_asked_for_tells_the_same() -> None:
    """Of the symbols that are alike; the bundled market has more to compare with."""
    for name in ("posts.json", "posts_june_2022.json"):
        feed = samples(name)
        few = Few(wanted_symbols(feed))
        assert choose(feed, few) == choose(feed, MARKET)
        made = asyncio.run(select(feed, few, WRITER))
        again = data_for(made, Few(needed_symbols(made)))
        assert tuple(quote(data) for data in again.symbols) == made.related_stocks


class Few(BundledMarket):
    """Prices of a few symbols."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known

    def symbols(self) -> frozenset[str]:
        return super().symbols() & self._known

    def history(self, symbol: str, until: date) -> PriceSeries | None:
        return super().history(symbol, until) if symbol in self._known else None
