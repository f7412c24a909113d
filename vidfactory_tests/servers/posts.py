"""The posts that the fake feeds hold: the samples of June 2022, as X's recent search sends them.

Belongs here: reading them, and posts as plain fields under the names that people give them. Does not belong here:
the services that serve them.
"""

import html
import json
from functools import cache
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
RECORDED = SAMPLES / "x_recent_search.json"
"""An answer of X's recent search."""
NORMALISED = SAMPLES / "posts_june_2022.json"
"""Posts of the same day in our own form."""
FIRST_ID = 1541900000000000100


@cache
def feed() -> tuple[dict[str, Any], ...]:
    """All posts in X's form, the recorded ones first."""
    return (*_read(RECORDED)["data"], *(_as_sent(number, post) for number, post in enumerate(_ours())))


def author(post: dict[str, Any]) -> dict[str, Any]:
    """The user in X's form who wrote a post of the feed."""
    return _users()[post["author_id"]]


def address(post: dict[str, Any]) -> str:
    return f"https://x.com/{author(post)['username']}/status/{post['id']}"


@cache
def plain() -> tuple[dict[str, Any], ...]:
    """Every post with its facts under each of the usual names, for schemas that name them differently."""
    return tuple(_plain(post) for post in feed())


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _ours() -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = _read(NORMALISED)["tweets"]
    return posts


@cache
def _users() -> dict[str, dict[str, Any]]:
    recorded = {user["id"]: user for user in _read(RECORDED)["includes"]["users"]}
    ours = {
        f"91{number:02d}": {
            "id": f"91{number:02d}",
            "name": post["author"]["name"],
            "username": post["author"]["handle"],
            "verified": post["author"]["verified"],
            "public_metrics": {
                "followers_count": post["author"]["followers"],
                "following_count": 120,
                "tweet_count": 4100,
                "listed_count": 12,
            },
        }
        for number, post in enumerate(_ours())
    }
    return {**recorded, **ours}


def _as_sent(number: int, post: dict[str, Any]) -> dict[str, Any]:
    counts, name = post["engagement"], str(FIRST_ID + number)
    return {
        "id": name,
        "author_id": f"91{number:02d}",
        "text": html.escape(post["text"], quote=False),
        "created_at": post["created_at"].replace("Z", ".000Z"),
        "lang": "en",
        "edit_history_tweet_ids": [name],
        "public_metrics": {
            "retweet_count": counts["reposts"],
            "reply_count": counts["replies"],
            "like_count": counts["likes"],
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": counts["views"],
        },
    }


def _named(value: Any, *names: str) -> dict[str, Any]:
    return {name: value for name in names}  # noqa: C420 - `fromkeys` would share what can change


def _plain(post: dict[str, Any]) -> dict[str, Any]:
    writer, counts = author(post), post["public_metrics"]
    engagement = {
        **_named(counts["like_count"], "likes", "like_count", "favorites"),
        **_named(counts["retweet_count"], "reposts", "retweets", "repost_count", "retweet_count"),
        **_named(counts["reply_count"], "replies", "reply_count"),
        **_named(counts["impression_count"], "views", "view_count", "impressions", "impression_count"),
        **_named(counts["quote_count"], "quotes", "quote_count"),
    }
    person = {
        **_named(writer["name"], "name", "author_name", "display_name"),
        **_named(writer["username"], "handle", "username", "screen_name", "author_handle"),
        **_named(writer["public_metrics"]["followers_count"], "followers", "followers_count"),
        "verified": writer["verified"],
    }
    return {
        **_named(post["id"], "id", "post_id", "tweet_id", "status_id"),
        **_named(html.unescape(post["text"]), "text", "content", "full_text"),
        **_named(post["created_at"], "created_at", "posted_at", "date", "time", "timestamp"),
        **_named(address(post), "url", "link", "post_url"),
        **_named(post["lang"], "lang", "language"),
        **person,
        **engagement,
        **_named(engagement, "engagement", "public_metrics", "metrics", "counts"),
        **_named({**person, "id": writer["id"]}, "author", "user"),
    }
