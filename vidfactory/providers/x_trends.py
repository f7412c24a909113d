"""Posts from X, through the recent search of its API v2.

Belongs here: one request for each page of the search. Does not belong here: the shape of X's posts
(`desks.finance.posts`). Recent search knows the last seven days.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import TypeAdapter, ValidationError

from vidfactory.desks.finance.posts import parse_posts
from vidfactory.errors import BadInput
from vidfactory.ports import Answer, Call
from vidfactory.providers.failures import refused, unreadable
from vidfactory.providers.found_posts import best_of
from vidfactory.providers.kit import Kit
from vidfactory.providers.tariff import unit_price
from vidfactory.providers.web import HTTP_ERRORS, broken, open_client, within_time
from vidfactory.schema.base import Model
from vidfactory.schema.finance import Tweet, Tweets

HOME = "https://api.x.com"
SEARCH = "/2/tweets/search/recent"
PAGE = range(10, 101)
"""How many posts X gives at once."""
MODEL = "search"
FIELDS = {
    "tweet.fields": "attachments,author_id,created_at,note_tweet,public_metrics",
    "user.fields": "name,public_metrics,username,verified",
    "media.fields": "preview_image_url,url",
    "expansions": "attachments.media_keys,author_id",
}
_WHOLE = TypeAdapter(dict[str, Any])


class _Page(Model):
    """What is kept of one answer."""

    posts: tuple[Tweet, ...]
    next_token: str | None


class XTrends:
    """`Trends` over X's recent search: the original posts, no reposts."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def posts(self, query: str, limit: int, day: dt.date) -> Tweets:
        found: list[Tweet] = []
        token: str | None = None
        while len(found) < limit:
            page = await self._page(query, limit - len(found), day, token)
            found += page.posts
            token = page.next_token
            if not token:
                break
        return best_of(self._kit, query, found, limit)

    async def _page(self, query: str, wanted: int, day: dt.date, token: str | None) -> _Page:
        size = min(max(wanted, PAGE[0]), PAGE[-1])
        each = unit_price(self._kit.name, self._kit.service, MODEL, "post")
        asked = {
            "query": f"({query}) -is:retweet",
            "max_results": size,
            "sort_order": "relevancy",
            **({"next_token": token} if token else {}),
        }
        call = Call(
            service=self._kit.name,
            operation="search",
            model=MODEL,
            request={**asked, "day": day.isoformat()},
            price=each * size,
        )

        async def send(_idempotency_key: str) -> Answer:
            answer = await self._asked({**FIELDS, **asked, **_until(day)})
            page = self._understood(answer)
            read = len(answer.get("data", ()))
            return Answer(facts=page.model_dump(mode="json"), cost=each * read, units={"posts": read})

        return _Page.model_validate((await self._kit.calls.ask(call, send)).facts)

    async def _asked(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        kit = self._kit
        address = (kit.service.address or HOME).rstrip("/") + SEARCH
        headers = {"Authorization": f"Bearer {kit.key}"}
        try:
            async with within_time(kit), open_client(kit) as client:
                response = await client.get(address, params=dict(parameters), headers=headers)
        except HTTP_ERRORS as error:
            raise broken(kit, error) from error
        if response.is_error:
            raise refused(kit, response.status_code, _said(response), response.headers)
        try:
            return _WHOLE.validate_json(response.content)
        except ValidationError as error:
            raise unreadable(kit, f"no JSON object but {response.text}") from error

    def _understood(self, answer: dict[str, Any]) -> _Page:
        """The posts of an answer, without those whose author X does not show any more."""
        try:
            authors = {user["id"] for user in answer.get("includes", {}).get("users", ())}
            shown = [post for post in answer.get("data", ()) if post.get("author_id") in authors]
            token, count = answer["meta"].get("next_token"), answer["meta"]["result_count"]
            if count != len(answer.get("data", ())):
                raise unreadable(self._kit, f"{count} posts were promised, and {len(answer.get('data', ()))} came")
            if not shown:
                return _Page(posts=(), next_token=token)
            parsed = parse_posts(json.dumps({**answer, "data": shown}).encode(), self._kit.name)
            return _Page(posts=parsed.tweets, next_token=token)
        except (LookupError, TypeError, AttributeError, BadInput, ValidationError) as error:
            raise unreadable(self._kit, f"{type(error).__name__}: {error}") from error


def provide(kit: Kit) -> XTrends:
    return XTrends(kit)


async def probe(kit: Kit) -> str:
    """Ten posts about the S&P 500, the fewest that X gives."""
    found = await provide(kit).posts("$SPX", PAGE[0], dt.datetime.now(tz=dt.UTC).date())
    return f"{len(found.tweets)} posts, the newest of {max(post.created_at for post in found.tweets):%Y-%m-%d %H:%M}"


def _said(response: httpx.Response) -> str:
    """What X says of a request that it refuses, without the request that it repeats first."""
    try:
        complaint = _WHOLE.validate_json(response.content)
    except ValidationError:
        return response.text
    first: Any = next(iter(complaint.get("errors") or ()), {})
    said = first.get("message") if isinstance(first, dict) else None
    return " ".join(str(part) for part in (complaint.get("detail"), said and str(said)[-200:]) if part) or response.text


def _until(day: dt.date) -> dict[str, str]:
    """Nothing after `day`, where that is over; a search up to now says no end, because X refuses one near now."""
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    return {"end_time": f"{end:%Y-%m-%dT%H:%M:%SZ}"} if end < dt.datetime.now(tz=dt.UTC) else {}
