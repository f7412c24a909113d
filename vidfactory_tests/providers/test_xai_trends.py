"""xAI's live search: what the model reports counts only where the search cites it."""

import asyncio
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from vidfactory.errors import Permanent, Transient
from vidfactory.providers.kit import Kit
from vidfactory.providers.xai_trends import _status_id, probe, provide
from vidfactory.schema.finance import Tweets
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.pages import Served, SmallWeb
from vidfactory_tests.providers.test_x_trends import Kept
from vidfactory_tests.servers import FakeServices
from vidfactory_tests.servers.faults import CutAfter, Fault, NotJson, Refused, Status, TooMany, Truncated, WrongShape

DAY = dt.date(2022, 6, 29)
REAL, INVENTED = 1541900000000000002, 1541900000000000999


def kit(address: str, calls: Direct | None = None, key: str = "test-key", model: str = "grok-4.7") -> Kit:
    service = Service(
        address=address, key_name="XAI_API_KEY", key=SecretStr(key), models={"trends": model}, timeout_s=5
    )
    return Kit("xai", "trends", service, calls or Direct())


def search(services: FakeServices, calls: Direct | None = None, **changes: Any) -> Tweets:
    return asyncio.run(provide(kit(services.url("xai") + "/v1", calls, **changes)).posts("Microsoft", 10, DAY))


def reported(number: int, **changes: Any) -> dict[str, Any]:
    counts = {"likes": 5, "reposts": 4, "replies": 3, "views": 2}
    url = f"https://x.com/ada/status/{number}"
    return {"url": url, "author_name": "Ada", "author_handle": "@ada", "text": "Up. $MSFT", **counts, **changes}


def answer(posts: list[dict[str, Any]], citations: Any = None, annotations: Any = ()) -> dict[str, Any]:
    text = {"type": "output_text", "text": json.dumps({"posts": posts}), "annotations": list(annotations)}
    message = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [text]}
    search = {"type": "custom_tool_call", "id": "c", "call_id": "x", "name": "x_keyword_search", "input": "{}"}
    usage = {
        "input_tokens": 9212,
        "output_tokens": 3417,
        "total_tokens": 12629,
        "input_tokens_details": {"cached_tokens": 3072},
        "output_tokens_details": {"reasoning_tokens": 0},
        "server_side_tool_usage_details": {"x_search_calls": 3},
    }
    known = {"id": "r", "object": "response", "created_at": 1, "model": "grok-4.7", "status": "completed"}
    extra = {} if citations is None else {"citations": citations}
    return {**known, "output": [search, message], "usage": usage, "tools": [], "tool_choice": "auto", **extra}


def answered(web: SmallWeb, content: Any, calls: Direct | None = None, query: str = "Microsoft") -> Tweets:
    web.pages["/responses"] = Served(json.dumps(content).encode(), "application/json")
    return asyncio.run(provide(kit(web.address, calls)).posts(query, 10, DAY))


def test_a_post_that_the_search_does_not_cite_is_dropped(small_web: SmallWeb) -> None:
    posts = [reported(REAL), reported(INVENTED, likes=10**6)]
    found = answered(small_web, answer(posts, [f"https://x.com/i/status/{REAL}", "https://x.ai/news"]))
    assert [post.id for post in found.tweets] == [str(REAL)]


def test_a_refusal_is_charged_with_what_it_took(small_web: SmallWeb) -> None:
    content = answer([])
    content["output"][1]["content"] = [{"type": "refusal", "refusal": "not that"}]
    content["usage"]["cost_in_usd_ticks"] = 123_456_789.0
    with pytest.raises(Permanent, match="not that") as caught:
        answered(small_web, content)
    assert caught.value.charged == Decimal("0.0123456789")


def test_what_an_account_posts_is_searched_in_that_account_alone(small_web: SmallWeb) -> None:
    posts = [reported(REAL), reported(REAL + 1, author_handle="@ADA"), reported(REAL + 2, author_handle="@eve")]
    cited = [f"https://x.com/i/status/{REAL + number}" for number in range(3)]
    calls = Direct()
    found = answered(small_web, answer(posts, cited), calls, query="from:ada")
    assert {post.id for post in found.tweets} == {str(REAL), str(REAL + 1)}
    (tool,) = calls.made[0].request["tools"]
    assert tool["allowed_x_handles"] == ["ada"]


def test_a_mark_in_the_text_cites_as_well(small_web: SmallWeb) -> None:
    mark = {
        "type": "url_citation",
        "url": f"https://x.com/ada/status/{REAL}",
        "start_index": 0,
        "end_index": 1,
        "title": "1",
    }
    assert len(answered(small_web, answer([reported(REAL), reported(INVENTED)], annotations=[mark])).tweets) == 1


def test_where_nothing_is_cited_nothing_was_found(small_web: SmallWeb) -> None:
    with pytest.raises(Permanent, match="no posts about 'Microsoft'"):
        answered(small_web, answer([reported(REAL)]))


def test_the_time_of_a_post_is_read_from_its_id(small_web: SmallWeb) -> None:
    (post,) = answered(small_web, answer([reported(REAL)], [f"https://x.com/i/status/{REAL}"])).tweets
    assert post.created_at.date() == dt.date(2022, 6, 28)
    assert (post.author.handle, post.url) == ("ada", f"https://x.com/ada/status/{REAL}")


@pytest.mark.parametrize("handle", ["", "a b", "../../x", "ada/status/1", "a" * 16, "ädä"])
def test_an_author_that_x_cannot_have_is_dropped(small_web: SmallWeb, handle: str) -> None:
    with pytest.raises(Permanent, match="no posts"):
        answered(small_web, answer([reported(REAL, author_handle=handle)], [f"https://x.com/i/status/{REAL}"]))


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://x.com/ada/status/1541900000000000002", "1541900000000000002"),
        ("https://twitter.com/ada/status/1541900000000000002?s=20", "1541900000000000002"),
        ("https://x.com/i/status/1541900000000000002", "1541900000000000002"),
        ("https://x.com/i/web/status/1541900000000000002/photo/1", "1541900000000000002"),
        ("https://mobile.twitter.com/ada/status/1541900000000000002", "1541900000000000002"),
        ("https://x.com.evil.test/ada/status/1541900000000000002", ""),
        ("https://evil.test/x.com/ada/status/1541900000000000002", ""),
        ("https://x.com/ada", ""),
        ("", ""),
    ],
)
def test_an_address_gives_a_post_s_id_only_where_it_is_one_of_x(url: str, number: str) -> None:
    assert _status_id(url) == number


def test_what_the_service_says_that_it_cost_is_what_it_cost(services: FakeServices) -> None:
    calls = Kept()
    search(services, calls)
    assert calls.answers[0].cost == services.spent > 0
    assert calls.made[0].price >= services.spent


def test_where_the_service_says_no_cost_tokens_and_searches_are_counted(small_web: SmallWeb) -> None:
    calls = Kept()
    answered(small_web, answer([reported(REAL)], [f"https://x.com/i/status/{REAL}"]), calls)
    tokens = (Decimal(9212) * 2 + Decimal(3417) * 6) / 1_000_000
    assert calls.answers[0].cost == tokens + Decimal("0.015")


@pytest.mark.parametrize(
    "fault", [TooMany(retry_after_s=7), Status(500), NotJson(), Truncated(), WrongShape(), CutAfter(0.5)]
)
def test_what_breaks_is_worth_another_try_and_is_asked_once(services: FakeServices, fault: Fault) -> None:
    services.next("xai", fault)
    with pytest.raises(Transient):
        search(services)
    assert len(services.of("xai")) == 1


def test_refused_content_is_refused_for_good(services: FakeServices) -> None:
    services.next("xai", Refused())
    with pytest.raises(Permanent, match="can't help with that"):
        search(services)


def test_a_model_that_there_is_not_is_named(services: FakeServices) -> None:
    with pytest.raises(Permanent, match=r"services\.xai"):
        search(services, model="grok-4.7-nope")


def test_a_wrong_key_is_named_and_in_no_error(services: FakeServices) -> None:
    with pytest.raises(Permanent, match=r"refused the key.*Incorrect API key.*Set XAI_API_KEY") as caught:
        search(services, key="wrong-key-of-mine")
    assert "wrong-key-of-mine" not in str(caught.value)


def test_the_probe_costs_nothing_and_knows_the_model(services: FakeServices) -> None:
    assert "grok-4.7 among them" in asyncio.run(probe(kit(services.url("xai") + "/v1")))
    assert services.spent == 0
    with pytest.raises(Permanent, match="no model 'grok-0'"):
        asyncio.run(probe(kit(services.url("xai") + "/v1", model="grok-0")))
