"""The finance desk's assets from an order by query to its prices, over the call desk and the fake services."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from vidfactory.assets.brief import brief
from vidfactory.assets.finance import commission, market_data, selected_tweet, tweets
from vidfactory.definitions import crew_of
from vidfactory.errors import BadInput
from vidfactory.orders import place
from vidfactory.schema.brief import FinanceBrief, FinanceOrder
from vidfactory.schema.finance import MarketData, SelectedTweet, Tweets
from vidfactory.settings import Settings
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.io_manager import ArtifactIOManager
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.fixtures import loopback, services

__all__ = ["loopback", "services"]
DAY = dt.date(2022, 6, 29)
QUERY = FinanceOrder(query="Microsoft", day=DAY)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def settings(store: ArtifactStore, services: FakeServices | None = None) -> Settings:
    """The offline profile; X and Yahoo at their fake services, the folder at the samples."""
    known: dict[str, Any] = {"folder": {"options": {"folder": str(SAMPLES)}}}
    if services:
        known["x"] = {
            "address": services.url("x"),
            "key_name": "X_BEARER_TOKEN",
            "key": services.key,
            "per_minute": 600,
        }
        known["yfinance"] = {"address": services.url("yahoo"), "per_minute": 600}
    return Settings(
        profile="offline", studio=str(store.studio.root), local=store.studio.local, services=known, providers={}
    )


def make(instance: dg.DagsterInstance, store: ArtifactStore, key: str, chosen: Settings) -> None:
    instance.add_dynamic_partitions("videos", [key])
    made = dg.materialize(
        [brief, commission, tweets, selected_tweet, market_data],
        partition_key=key,
        instance=instance,
        resources={"io_manager": ArtifactIOManager(store), "studio": store.studio, "crew": crew_of(chosen)},
    )
    assert made.success


def test_an_order_by_query_finds_its_posts_and_their_prices(store: ArtifactStore, instance: dg.DagsterInstance) -> None:
    place(store.studio, "finance-a", QUERY, DAY)
    make(instance, store, "finance-a", settings(store))
    made, found = store.load("finance-a", "brief"), store.load("finance-a", "finance/tweets")
    assert isinstance(made, FinanceBrief)
    assert (made.query, made.day, made.posts) == ("Microsoft", DAY, None)
    assert isinstance(found, Tweets)
    assert found.source == "folder"
    chosen = store.load("finance-a", "finance/selected_tweet")
    assert isinstance(chosen, SelectedTweet)
    assert chosen.symbols[0] == "MSFT"


def test_made_again_it_costs_nothing_and_tomorrows_video_searches_anew(
    store: ArtifactStore, instance: dg.DagsterInstance, services: FakeServices
) -> None:
    live = QUERY.model_copy(update={"providers": {"trends": ("x",), "market": ("yfinance",)}, "symbol": "MSFT"})
    chosen = settings(store, services)
    place(store.studio, "finance-a", live, DAY)
    make(instance, store, "finance-a", chosen)
    spent, asked = services.spent, len(services.served)
    assert spent > 0
    prices = store.load("finance-a", "finance/market_data")
    assert isinstance(prices, MarketData)
    assert prices.symbols[0].series.source == "Yahoo Finance"
    assert prices.benchmark is not None
    assert prices.benchmark.series.symbol == "^GSPC"
    make(instance, store, "finance-a", chosen)
    assert (services.spent, len(services.served)) == (spent, asked)
    assert store.load("finance-a", "finance/market_data") == prices
    place(store.studio, "finance-b", live.model_copy(update={"day": DAY + dt.timedelta(days=1)}), DAY)
    make(instance, store, "finance-b", chosen)
    assert len(services.of("x")) == 2


def test_an_order_for_a_channel_that_is_gone_is_refused(store: ArtifactStore, instance: dg.DagsterInstance) -> None:
    place(store.studio, "finance-a", QUERY.model_copy(update={"channel": "daily"}), DAY)
    with pytest.raises(BadInput, match="no channel 'daily'"):
        make(instance, store, "finance-a", settings(store))
