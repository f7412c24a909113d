"""Headlines from news feeds, RSS or Atom, as posts.

Belongs here: one request for each feed, and what an entry says. Does not belong here: fetching from the open web
(`public_web`).

The query is searched in the feeds of `services.rss.options.feeds` (addresses with blanks between); a query that is
an address is itself the feed. Feeds count no readers: every post has an engagement of zero, the newest stands first.
"""

import asyncio
import calendar
import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import feedparser
import lxml.html

from vidfactory.desks.finance.posts import clean_text
from vidfactory.errors import Permanent
from vidfactory.ports import Answer, Call
from vidfactory.providers.failures import unreadable
from vidfactory.providers.folder_trends import speaks_of
from vidfactory.providers.found_posts import best_of
from vidfactory.providers.kit import Kit
from vidfactory.providers.public_web import PublicWeb, shown
from vidfactory.schema.base import Model
from vidfactory.schema.finance import Author, Engagement, Tweet, Tweets

MEDIA_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"}
)
WEEK = dt.timedelta(days=7)
MAX_ENTRIES = 300
"""The newest of a feed; some hold all that was ever published."""
MAX_BYTES = 2_000_000
"""Of a feed: to read one takes about 5 s for a megabyte."""
MAX_TEXT = 500
"""Characters of a post; an entry may hold a whole article."""
NO_READERS = Engagement(likes=0, reposts=0, replies=0, views=0)


class _Feed(Model):
    """What is kept of one feed."""

    posts: tuple[Tweet, ...]


class RssTrends:
    """`Trends` over news feeds."""

    def __init__(self, kit: Kit, web: PublicWeb | None = None) -> None:
        self._kit = kit
        self._web = web or PublicWeb(kit.service.timeout_s)

    async def posts(self, query: str, limit: int, day: dt.date) -> Tweets:
        is_address = urlsplit(query).scheme in {"http", "https"}
        addresses = [query] if is_address else str(self._kit.service.options.get("feeds", "")).split()
        if not addresses:
            remedy = f"Set services.{self._kit.name}.options.feeds in vidfactory.toml, or order the address of a feed"
            raise Permanent("there are no feeds to search", where=self._kit.name, remedy=remedy)
        feeds = [await self._feed(address, day) for address in addresses]
        found = [
            post
            for feed in feeds
            for post in feed.posts
            if day - WEEK <= post.created_at.date() <= day and (is_address or speaks_of(post.text, query))
        ]
        return best_of(self._kit, query, found, limit)

    async def _feed(self, address: str, day: dt.date) -> _Feed:
        request = {"address": address, "day": day.isoformat()}
        call = Call(service=self._kit.name, operation="feed", model="", request=request)

        async def send(_idempotency_key: str) -> Answer:
            fetched = await self._web.fetch(address, MEDIA_TYPES)
            if len(fetched.body) > MAX_BYTES:
                raise Permanent(f"it is larger than {MAX_BYTES // 1_000_000} MB", where=shown(address))
            feed = await asyncio.to_thread(self._understood, fetched.body, fetched.media_type, fetched.url)
            return Answer(facts=feed.model_dump(mode="json"), units={"requests": 1})

        return _Feed.model_validate((await self._kit.calls.ask(call, send)).facts)

    def _understood(self, body: bytes, media_type: str, address: str) -> _Feed:
        parsed = feedparser.parse(body, response_headers={"content-type": media_type})
        if not parsed.get("version"):
            raise unreadable(self._kit, f"{address} is no feed: {parsed.get('bozo_exception', 'of no known kind')}")
        posts = sorted(_posts(parsed, urlsplit(address).hostname or ""), key=lambda post: post.created_at, reverse=True)
        return _Feed(posts=tuple(posts[:MAX_ENTRIES]))


def provide(kit: Kit) -> RssTrends:
    return RssTrends(kit)


async def probe(kit: Kit) -> str:
    """The first feed, once."""
    feeds = str(kit.service.options.get("feeds", "")).split()
    found = await provide(kit).posts(feeds[0] if feeds else "", 10, dt.datetime.now(tz=dt.UTC).date())
    return f"{len(found.tweets)} headlines"


def _posts(parsed: Any, host: str) -> Iterator[Tweet]:
    """The entries that have a text, a time and an address of their own."""
    publisher = plain(parsed.feed.get("title", "")) or host
    for entry in parsed.entries:
        moment = _moment(entry)
        text = _text(entry)
        link = str(entry.get("link", ""))
        if moment is None or not text or not _is_web(link):
            continue
        yield Tweet(
            id=entry_id(str(entry.get("id") or link)),
            text=text,
            author=Author(name=plain(entry.get("author", "")) or publisher, handle=host.removeprefix("www.")),
            engagement=NO_READERS,
            created_at=moment,
            url=link,
        )


def entry_id(own: str) -> str:
    """The id of a post from what a feed calls its entry, which may be an address."""
    return hashlib.sha256(own.encode()).hexdigest()[:16]


def _moment(entry: Any) -> dt.datetime | None:
    """When an entry was published; None where it does not say, or names no time that there can be."""
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return parsed and dt.datetime.fromtimestamp(calendar.timegm(parsed), tz=dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_web(link: str) -> bool:
    try:
        return urlsplit(link).scheme in {"http", "https"}
    except ValueError:
        return False


def _text(entry: Any) -> str:
    """Headline and summary, as far as the summary says more."""
    title, summary = plain(entry.get("title", "")), plain(entry.get("summary", ""))
    both = title if summary.startswith(title) and len(summary) < len(title) + 20 else f"{title}\n{summary}".strip()
    return both if len(both) <= MAX_TEXT else both[:MAX_TEXT].rsplit(" ", 1)[0] + "…"


def plain(markup: str) -> str:
    """Text without mark-up, on one line."""
    if not markup.strip():
        return ""
    text = str(lxml.html.fromstring(f"<div>{markup}</div>").text_content()) if re.search("[<&]", markup) else markup
    return " ".join(clean_text(text).split())
