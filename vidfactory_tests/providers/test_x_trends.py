"""X's recent search: pages, prices, and answers that are none."""

import asyncio
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from vidfactory.errors import Permanent, ProviderError, Transient
from vidfactory.ports import Answer, Call
from vidfactory.providers.kit import Kit
from vidfactory.providers.x_trends import XTrends, probe, provide
from vidfactory.schema.finance import Tweets
from vidfactory.settings import Service
from vidfactory_tests.conftest import SAMPLES
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.pages import Served, SmallWeb
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import CutAfter, CutBefore, Fault, NotJson, Status, TooMany, Truncated, WrongShape

DAY = dt.date(2022, 6, 29)


class Kept(Direct):
    """Calls whose answers are looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Answer] = []

    async def ask(self, call: Call, send: Any) -> Answer:
        self.answers.append(await super().ask(call, send))
        return self.answers[-1]


def kit(address: str, calls: Direct | None = None, key: str = "test-key") -> Kit:
    service = Service(address=address, key_name="X_BEARER_TOKEN", key=SecretStr(key), timeout_s=5)
    return Kit("x", "trends", service, calls or Direct())


def search(services: FakeServices, limit: int = 10, calls: Direct | None = None, **changes: Any) -> Tweets:
    return asyncio.run(provide(kit(services.url("x"), calls, **changes)).posts("$MSFT", limit, DAY))


def test_the_newest_posts_of_a_past_day_are_asked_for_by_its_end(services: FakeServices) -> None:
    calls = Direct()
    search(services, calls=calls)
    assert calls.made[0].request == {
        "query": "($MSFT) -is:retweet",
        "max_results": 10,
        "sort_order": "relevancy",
        "day": "2022-06-29",
    }


def test_more_posts_than_a_page_holds_are_fetched_page_by_page(services: FakeServices) -> None:
    calls = Kept()
    found = search(services, limit=50, calls=calls)
    small = Kept()
    search(services, limit=12, calls=small)
    assert len(found.tweets) > 10
    assert len(calls.made) == 1, "a page holds up to a hundred"
    assert [call.request.get("max_results") for call in small.made] == [12]


def test_every_post_that_was_read_is_paid_for_to_the_cent(services: FakeServices) -> None:
    calls = Kept()
    search(services, limit=10, calls=calls)
    (answer,) = calls.answers
    assert answer.cost == services.spent == Decimal("0.005") * answer.units["posts"]
    assert calls.made[0].price == Decimal("0.05")


@pytest.mark.parametrize("fault", [TooMany(retry_after_s=7), Status(500), NotJson(), Truncated(), WrongShape()])
def test_what_breaks_is_worth_another_try(services: FakeServices, fault: Fault) -> None:
    services.next("x", fault)
    with pytest.raises(Transient):
        search(services)
    assert len(services.of("x")) == 1


@pytest.mark.parametrize(("fault", "charged"), [(CutAfter(0.5), None), (CutBefore(), None), (Truncated(), None)])
def test_a_cut_may_have_been_charged(services: FakeServices, fault: Fault, charged: Decimal | None) -> None:
    services.next("x", fault)
    with pytest.raises(Transient) as caught:
        search(services)
    assert caught.value.charged == charged


def test_a_wrong_key_is_named_with_the_setting_that_holds_it(services: FakeServices) -> None:
    with pytest.raises(Permanent, match="X_BEARER_TOKEN") as caught:
        search(services, key="wrong-key-of-mine")
    assert "wrong-key-of-mine" not in str(caught.value)


def test_a_query_that_x_does_not_take_is_refused_with_its_reason(services: FakeServices) -> None:
    with pytest.raises(Permanent, match=r"request was invalid.*is not valid"):
        asyncio.run(provide(kit(services.url("x"))).posts("x" * 600, 10, DAY))


def recorded() -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((SAMPLES / "x_recent_search.json").read_text("utf-8"))
    answer["meta"] = {"result_count": len(answer["data"])}
    return answer


def answered(web: SmallWeb, answer: Any) -> Tweets:
    web.pages["/2/tweets/search/recent"] = Served(json.dumps(answer).encode(), "application/json")
    return asyncio.run(XTrends(kit(web.address)).posts("q", 10, DAY))


def test_a_post_whose_author_is_gone_is_left_out(small_web: SmallWeb) -> None:
    answer = recorded()
    gone = answer["includes"]["users"].pop(0)
    found = answered(small_web, answer)
    assert len(found.tweets) == len(answer["data"]) - sum(post["author_id"] == gone["id"] for post in answer["data"])


def test_no_posts_are_said_to_be_none(small_web: SmallWeb) -> None:
    with pytest.raises(Permanent, match="no posts about 'q'"):
        answered(small_web, {"meta": {"result_count": 0}})


@pytest.mark.parametrize(
    "change",
    [
        {"meta": {}},
        {"meta": {"result_count": 99}},
        {"data": "x"},
        {"data": [{"id": "1"}], "meta": {"result_count": 1}, "includes": {"users": [{"id": None}]}},
        {"includes": []},
    ],
)
def test_an_answer_of_another_shape_is_tried_again(small_web: SmallWeb, change: dict[str, Any]) -> None:
    with pytest.raises(ProviderError):
        answered(small_web, {**recorded(), **change})


def test_pages_follow_each_other_until_there_are_enough(small_web: SmallWeb) -> None:
    """A token on the last page would go on for ever; here the second page has none."""
    answer = recorded()
    first = {**answer, "meta": {**answer["meta"], "next_token": "more"}}

    def page(handler: Any) -> None:
        content = answer if "next_token=more" in handler.path else first
        body = json.dumps(content).encode()
        handler.send_response(200)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    small_web.pages["/2/tweets/search/recent"] = page
    calls = Direct()
    found = asyncio.run(XTrends(kit(small_web.address, calls)).posts("q", 50, DAY))
    assert [call.request.get("next_token") for call in calls.made] == [None, "more"]
    assert len(found.tweets) == len(answer["data"])


def test_the_probe_counts_posts(services: FakeServices) -> None:
    assert "posts, the newest of 2022-06-2" in asyncio.run(probe(kit(services.url("x"))))
