"""What every trends provider keeps to, the embedded one and those of services."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from html import escape

import pytest
from pydantic import SecretStr

from vidfactory.desks.finance.posts import clean_text
from vidfactory.errors import Permanent
from vidfactory.ports import Trends
from vidfactory.providers import folder_trends, x_trends, xai_trends
from vidfactory.providers.found_posts import interactions
from vidfactory.providers.kit import Kit
from vidfactory.providers.rss_trends import RssTrends
from vidfactory.settings import Service
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.desks.finance.conftest import samples
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.pages import Served, SmallWeb
from vidfactory_tests.servers import FakeServices

DAY = date(2022, 6, 29)
QUERY = "microsoft"


class World:
    """The fake services, a small web, and the calls that a provider makes."""

    def __init__(self, services: FakeServices, web: SmallWeb) -> None:
        self.services, self.web, self.calls = services, web, Direct()

    def kit(self, name: str, **settings: object) -> Kit:
        return Kit(name, "trends", Service.model_validate({"timeout_s": 5, **settings}), self.calls)


def folder(world: World) -> Trends:
    return folder_trends.provide(world.kit("folder", options={"folder": str(SAMPLES)}))


def x(world: World) -> Trends:
    key = SecretStr(world.services.key)
    return x_trends.provide(world.kit("x", address=world.services.url("x"), key_name="X_BEARER_TOKEN", key=key))


def xai(world: World) -> Trends:
    key, address = SecretStr(world.services.key), world.services.url("xai") + "/v1"
    return xai_trends.provide(
        world.kit("xai", address=address, key_name="XAI_API_KEY", key=key, models={"trends": "grok-4.7"})
    )


def rss(world: World) -> Trends:
    """The sample posts as headlines of one feed."""
    items = "".join(
        f"<item><title>{escape(post.text)} microsoft</title><link>{post.url}</link><guid>{post.id}</guid>"
        f"<pubDate>{format_datetime(post.created_at)}</pubDate></item>"
        for post in samples("posts_june_2022.json").tweets
    )
    feed = f'<rss version="2.0"><channel><title>The Wire</title>{items}</channel></rss>'
    world.web.pages["/feed"] = Served(feed.encode(), "application/rss+xml")
    return RssTrends(world.kit("rss", options={"feeds": world.web.url("/feed")}), world.web.visitor())


PROVIDERS = {"folder": folder, "x": x, "xai": xai, "rss": rss}
every_provider = pytest.mark.parametrize("name", PROVIDERS)
Make = Callable[[World], Trends]


@pytest.fixture
def world(services: FakeServices, small_web: SmallWeb) -> World:
    return World(services, small_web)


@every_provider
def test_posts_come_with_the_most_engagement_first_each_once(name: str, world: World) -> None:
    found = asyncio.run(PROVIDERS[name](world).posts(QUERY, 10, DAY))
    assert found.source == name
    assert [interactions(post) for post in found.tweets] == sorted(map(interactions, found.tweets), reverse=True)
    assert len({post.id for post in found.tweets}) == len(found.tweets) > 0


@every_provider
@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_posts_come_than_asked_for(name: str, limit: int, world: World) -> None:
    provider = PROVIDERS[name](world)
    assert len(asyncio.run(provider.posts(QUERY, limit, DAY)).tweets) <= limit
    everything, best = (asyncio.run(provider.posts(QUERY, count, DAY)).tweets for count in (50, 1))
    assert interactions(best[0]) == interactions(everything[0])


@every_provider
def test_a_post_is_whole_and_of_that_time(name: str, world: World) -> None:
    for post in asyncio.run(PROVIDERS[name](world).posts(QUERY, 10, DAY)).tweets:
        assert post.text == clean_text(post.text) != ""
        assert post.author.name
        assert not post.author.handle.startswith("@")
        assert post.url.startswith("https://")
        assert datetime(2022, 6, 21, tzinfo=UTC) < post.created_at < datetime(2022, 6, 30, tzinfo=UTC)


@every_provider
def test_the_same_question_is_the_same_call_and_another_one_tomorrow(name: str, world: World) -> None:
    provider = PROVIDERS[name](world)
    for days in (0, 0, 1):
        asyncio.run(provider.posts(QUERY, 5, DAY + timedelta(days=days)))
    if name == "folder":
        assert not world.calls.made, "one's own files are read, not asked for"
        return
    first, again, tomorrow = world.calls.made
    assert first == again
    assert first != tomorrow


@every_provider
def test_a_call_promises_at_least_what_is_billed(name: str, world: World) -> None:
    asyncio.run(PROVIDERS[name](world).posts(QUERY, 5, DAY))
    assert sum(call.price for call in world.calls.made) >= world.services.spent


@pytest.mark.parametrize("name", ["folder", "rss"])
def test_nothing_found_is_said_with_the_query(name: str, world: World) -> None:
    with pytest.raises(Permanent, match=r"no posts about 'zebra crossing'.*another query"):
        asyncio.run(PROVIDERS[name](world).posts("zebra crossing", 5, DAY))


def test_a_folder_knows_what_an_account_posts(world: World) -> None:
    found = asyncio.run(folder(world).posts("microsoft", 1, DAY)).tweets[0]
    own = asyncio.run(folder(world).posts(f"from:{found.author.handle.upper()}", 100, DAY)).tweets
    assert found in own
    assert {post.author.handle for post in own} == {found.author.handle}
