"""Two days of recorded feeds, made from a seed: stories, each told once or several times, on the wire of each source.

Every story has a company and six words of its own; whoever retells it keeps four of them. So which posts tell one
story is known here without asking the measure that is tested.
"""

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from typing import Any

COMPANIES = ("Apple", "Adobe", "Amazon", "Google", "IBM", "Microsoft", "Xerox")
SYLLABLES = tuple(f"{consonant}{vowel}" for consonant in "bdfgklmnprstvz" for vowel in "aeiou")


@dataclass(frozen=True)
class Told:
    """One post of a story, as it is published; `likes` an hour later, and twice that a day later."""

    story: int
    number: int
    text: str
    at: dt.datetime
    likes: int

    def counted(self, now: dt.datetime) -> int:
        hours = (now - self.at).total_seconds() / 3600
        return int(self.likes * min(1.0, hours) * (1 + min(hours, 24) / 24))


def recorded(seed: int, moments: Sequence[dt.datetime], likes: Callable[[int], int], retold: int) -> list[Told]:
    """A story a moment; of `retold` of them there are two more posts, one and two hours later, in other words."""
    chance = random.Random(seed)
    words = _words(chance)
    told = []
    for story, moment in enumerate(moments):
        company, own = chance.choice(COMPANIES), [next(words) for _ in range(6)]
        again = 2 if story < retold else 0
        for number in range(1 + again):
            kept = chance.sample(own, 4 if number else 6) + [next(words) for _ in range(2 if number else 0)]
            said = [*kept[:3], company, *kept[3:]]
            at = moment + dt.timedelta(hours=number)
            told.append(Told(story, seed * 10_000 + len(told), " ".join(said), at, likes(story)))
    return told


def visible(told: Sequence[Told], now: dt.datetime, hours: float = 24) -> list[Told]:
    """What a source shows at a moment: what was published in the hours before it, the newest first."""
    since = now - dt.timedelta(hours=hours)
    return sorted((each for each in told if since < each.at <= now), key=lambda each: each.at, reverse=True)


def as_posts(told: Sequence[Told], now: dt.datetime) -> bytes:
    """As a JSON file of one's own."""
    return json.dumps([_post(each, now) for each in told]).encode()


def as_feed(told: Sequence[Told]) -> bytes:
    """As RSS, every second entry twice, as feeds have it after a correction."""
    twice = [each for place, entry in enumerate(told) for each in [entry] * (1 + place % 2)]
    items = "".join(
        f"<item><guid>{each.number}</guid><title>{escape(each.text)}</title>"
        f"<link>https://wire.test/{each.number}</link><pubDate>{format_datetime(each.at)}</pubDate></item>"
        for each in twice
    )
    return f'<rss version="2.0"><channel><title>The Wire</title>{items}</channel></rss>'.encode()


def as_search(told: Sequence[Told], now: dt.datetime) -> bytes:
    """As X's recent search answers."""
    posts = [
        {
            "id": str(each.number),
            "text": each.text,
            "author_id": "1",
            "created_at": each.at.isoformat(),
            "public_metrics": {"like_count": each.counted(now), "retweet_count": 0, "reply_count": 0},
        }
        for each in told
    ]
    users = [{"id": "1", "name": "Ada", "username": "ada"}]
    return json.dumps({"data": posts, "includes": {"users": users}, "meta": {"result_count": len(posts)}}).encode()


def _post(told: Told, now: dt.datetime) -> dict[str, Any]:
    return {
        "id": str(told.number),
        "text": told.text,
        "author": {"name": "Ada", "handle": "ada"},
        "engagement": {"likes": told.counted(now), "reposts": 0, "replies": 0, "views": 0},
        "created_at": told.at.isoformat(),
        "url": f"https://x.com/ada/status/{told.number}",
    }


def _words(chance: random.Random) -> Iterator[str]:
    """Words of three syllables that differ in their first two."""
    stems = [f"{first}{second}{third[0]}" for first in SYLLABLES for second in SYLLABLES for third in SYLLABLES[::5]]
    chance.shuffle(stems)
    return (f"{stem}{chance.choice('aeiou')}" for stem in stems)
