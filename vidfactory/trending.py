"""Which topics a channel orders a video about: posts grouped into topics, scored, and picked.

Belongs here: all rules, pure, with the time passed in. Does not belong here: asking sources and placing orders
(`scouting`), and whether two texts tell one story (`desks.finance.stories`).

The score is a heuristic, the same kind as the desk's own (`desks.finance.selection`):
log10(1 + speed) + log10(1 + reach) / 2 + growth / 2, so that ten times the speed counts one point, ten times the
audience half a point, and twice the growth half a point.
- speed: interactions per hour, summed over the topic's posts: likes + 2 replies + 3 reposts, over the post's age and
  `LAG_HOURS`, which keeps the first minutes of a post from deciding.
- Feeds count no readers. Each of them that speaks of the topic counts as a post with `HEADLINE` interactions at the
  time of its newest headline: a topic is the hotter, the more feeds have it and the newer it is there.
- reach: views, or the author's followers where views are not counted, summed over posts.
- growth: log2 of the interactions per hour since they were last seen to change, over those per hour since the posts
  were made; from -1 to 1, and 0 where nothing was seen before.
"""

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import fsum, log2, log10

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from vidfactory.desks.finance.stories import MAX_TEXT, alike, marks_of, signature
from vidfactory.desks.finance.symbols import find_symbols, share_classes
from vidfactory.schema.base import canonical_sha256
from vidfactory.schema.channel import Channel
from vidfactory.schema.finance import Tweet
from vidfactory.schema.trends import Glimpse, Memory, Story

REMEMBERED = dt.timedelta(days=14)
"""No video about what is like a topic of this time; what is older is forgotten."""
MAX_AGE = dt.timedelta(hours=48)
"""Older posts are no news."""
AHEAD = dt.timedelta(minutes=10)
"""Clocks differ by so much; what is dated later is not believed."""
LAG_HOURS = 1.0
HEADLINE = 100
"""What a feed's headline counts, in interactions (a guess)."""
MIN_SPAN = dt.timedelta(minutes=5)
"""Growth over less time says nothing."""
LONGEST_POST = 25_000
"""Characters; what X takes from those who pay."""
MOST_COUNTED = 10**12
MAX_POSTS = 1_000
"""Of one tick, the newest; more would be no news but a flood."""
MAX_GLIMPSES = 4_000
TOPIC_POSTS = 30
"""How many posts of a topic go into its order, the best first."""
TOPIC_TEXTS = 3
"""By how many of its best posts a topic is recognised later."""
TOPIC_IDS = 100
ID_LENGTH = 8


Judge = Callable[[Tweet, str], str]
"""Why a post can become no video, or none about a symbol where that is not empty; "" where it can."""


@dataclass(frozen=True)
class Sighting:
    """A post as a source brought it. outlet: the feed that it stands in, where readers are not counted."""

    post: Tweet
    outlet: str = ""


@dataclass(frozen=True)
class Topic:
    """Posts that tell one story, the best first, with its figures; see the module for what they mean."""

    posts: tuple[Tweet, ...]
    symbols: tuple[str, ...]
    """What the posts name, in the order of the posts."""
    score: float
    speed: float
    reach: float
    growth: float
    outlets: int

    @property
    def text(self) -> str:
        return self.posts[0].text

    @property
    def id(self) -> str:
        """From the post that leads it."""
        return hashlib.sha256(self.posts[0].id.encode()).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True)
class Purse:
    """What a video costs and what there is. quote_usd: by the quote, without the components of `unknown` price.

    day_usd: the budget of the channel's day, None for no limit. spent_usd: what services took or may take of it so
    far; spent_on: the same for each video.
    """

    quote_usd: Decimal
    video_usd: Decimal
    day_usd: Decimal | None = None
    spent_usd: Decimal = Decimal(0)
    spent_on: Mapping[str, Decimal] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pick:
    """A topic that is ordered under a key, with those of its posts that can be used. symbol: that it must be about."""

    topic: Topic
    key: str
    posts: tuple[Tweet, ...]
    symbol: str


@dataclass(frozen=True)
class Outlook:
    """What a channel orders now, the best first, why other topics are left, and how many posts were no use and why.

    memory: what it remembers from now on, the picks with their posts as orders that wait to be placed.
    """

    picks: tuple[Pick, ...]
    left: tuple[tuple[Topic, str], ...]
    useless: Mapping[str, int]
    memory: Memory


def closed(channel: Channel, memory: Memory, now: dt.datetime, purse: Purse) -> str:
    """Why the channel orders nothing at this moment, whatever the topics; empty where it may order."""
    hours, day = channel.hours, channel.hours.day(now)
    if not hours.holds(now):
        return f"it is outside the hours of the channel, {hours.begin:%H:%M} to {hours.end:%H:%M} {hours.zone}"
    ordered = len(memory.of_day(day))
    if ordered >= channel.videos_per_day:
        return f"{ordered} of {channel.videos_per_day} topics are ordered on {day}"
    return _unpaid(memory, day, purse)


def _unpaid(memory: Memory, day: dt.date, purse: Purse) -> str:
    """Why there is no money for another video; empty where there is."""
    if purse.unknown:
        return f"nobody knows the price of {', '.join(purse.unknown)}"
    if purse.quote_usd > purse.video_usd:
        return f"a video is quoted at ${purse.quote_usd:.2f}, over its budget of ${purse.video_usd:.2f}"
    if purse.day_usd is None:
        return ""
    left = purse.day_usd - purse.spent_usd - promised(memory, day, purse)
    if purse.quote_usd > max(left, Decimal(0)):
        return (
            f"a video is quoted at ${purse.quote_usd:.2f}, and ${max(left, Decimal(0)):.2f} is left "
            f"of the day's budget of ${purse.day_usd:.2f}"
        )
    return ""


def promised(memory: Memory, day: dt.date, purse: Purse) -> Decimal:
    """What the videos that were ordered on `day` will still cost, by their quotes, in US dollars."""
    rest = (story.usd - purse.spent_on.get(story.key, Decimal(0)) for story in memory.of_day(day))
    return sum((each for each in rest if each > 0), Decimal(0))


def picked(
    channel_id: str,
    channel: Channel,
    sightings: Iterable[Sighting],
    memory: Memory,
    now: dt.datetime,
    *,
    purse: Purse,
    judge: Judge,
) -> Outlook:
    """The topics that the channel orders now.

    It orders the best first, as many as its day and its budget allow, none that is like one that it ordered within
    `REMEMBERED`, and none that is like another of them. The order of the sightings makes no difference, and asked
    again with the memory that comes back it orders nothing twice.
    """
    fit, useless = _fit(sightings, now)
    memory = _kept(memory, now)
    picks: list[Pick] = []
    left: list[tuple[Topic, str]] = []
    common = marks_of(channel.sources.queries)
    topics = _topics(fit, memory, now, common)
    known = _known(topics, memory, common)
    for topic in topics:
        pick = known.get(topic.id) or closed(channel, memory, now, purse) or _pick(channel_id, channel, topic, judge)
        if isinstance(pick, str):
            left.append((topic, pick))
            continue
        picks.append(pick)
        story = _story(pick, now, channel.hours.day(now), purse.quote_usd)
        memory = memory.model_copy(update={"stories": (*memory.stories, story)})
    memory = memory.model_copy(update={"glimpses": _glimpses(fit, memory, now)})
    return Outlook(tuple(picks), tuple(left), useless, memory)


def scored(
    sightings: Iterable[Sighting], memory: Memory, now: dt.datetime, queries: Iterable[str] = ()
) -> tuple[Topic, ...]:
    """The topics of posts that `queries` found, the highest score first (then by id).

    Posts that are no use are left out.
    """
    return _topics(_fit(sightings, now)[0], memory, now, marks_of(queries))


def _fit(sightings: Iterable[Sighting], now: dt.datetime) -> tuple[tuple[Sighting, ...], dict[str, int]]:
    """The posts that can be used, each once, by id; and how many cannot, by the reason.

    Of one that came several times the state with the most interactions counts: what readers did is not undone.
    """
    found: dict[str, Sighting] = {}
    useless: Counter[str] = Counter()
    for sighting in sightings:
        post = sighting.post
        if reason := _useless(post, now):
            useless[reason] += 1
            continue
        other = found.setdefault(post.id, sighting)
        found[post.id] = max(other, sighting, key=_fullness)
    newest = sorted(found.values(), key=lambda each: (-each.post.created_at.timestamp(), each.post.id))
    if more := len(newest) - MAX_POSTS:
        useless.update({"there are newer ones enough": more} if more > 0 else {})
    return tuple(sorted(newest[:MAX_POSTS], key=lambda each: each.post.id)), dict(sorted(useless.items()))


def _fullness(sighting: Sighting) -> tuple[int, int, str]:
    post = sighting.post
    return interactions(post), post.engagement.views, canonical_sha256([post.model_dump(mode="json"), sighting.outlet])


def _useless(post: Tweet, now: dt.datetime) -> str:
    counts = post.engagement
    if not post.id or not signature(post.text).marks:
        return "they say nothing"
    if len(post.text) > LONGEST_POST:
        return f"they are longer than {LONGEST_POST:,} characters"
    if max(counts.likes, counts.reposts, counts.replies, counts.views, post.author.followers) > MOST_COUNTED:
        return "their counts cannot be"
    if post.created_at > now + AHEAD:
        return "they are dated in the future"
    return "" if post.created_at > now - MAX_AGE else f"they are older than {MAX_AGE // dt.timedelta(hours=1)} hours"


def interactions(post: Tweet) -> int:
    """What readers did with a post, weighted: passing one on costs its reader more than a like."""
    counts = post.engagement
    return counts.likes + 2 * counts.replies + 3 * counts.reposts


def _topics(fit: Sequence[Sighting], memory: Memory, now: dt.datetime, common: frozenset[str]) -> tuple[Topic, ...]:
    """Topics are the groups that hang together by posts that are alike."""
    if not fit:
        return ()
    signatures = [signature(each.post.text, common) for each in fit]
    rows, columns, _ = alike(signatures, signatures)
    links = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(len(fit), len(fit)))
    _, labels = connected_components(links, directed=False)
    groups: dict[int, list[Sighting]] = {}
    for label, sighting in zip(labels.tolist(), fit, strict=True):
        groups.setdefault(label, []).append(sighting)
    topics = (_topic(group, memory, now) for group in groups.values())
    return tuple(sorted(topics, key=lambda topic: (-topic.score, topic.id)))


def _topic(group: Sequence[Sighting], memory: Memory, now: dt.datetime) -> Topic:
    counted = [each.post for each in group if not each.outlet]
    newest: dict[str, Tweet] = {}
    for each in group:
        if each.outlet:
            newest[each.outlet] = max(newest.get(each.outlet, each.post), each.post, key=lambda post: post.created_at)
    speeds = [interactions(post) / _lagged(post, now) for post in counted]
    speed = fsum([*speeds, *(HEADLINE / _lagged(post, now) for post in newest.values())])
    reach = float(sum(post.engagement.views or post.author.followers for post in counted))
    growth = _growth(counted, memory, now)
    best = tuple(
        sorted(
            (each.post for each in group),
            key=lambda post: (-interactions(post) / _lagged(post, now), -post.created_at.timestamp(), post.id),
        )
    )
    return Topic(
        posts=best,
        symbols=tuple(dict.fromkeys(symbol for post in best for symbol in find_symbols(post.text, frozenset()))),
        score=round(log10(1 + speed) + log10(1 + reach) / 2 + growth / 2, 6),
        speed=speed,
        reach=reach,
        growth=growth,
        outlets=len(newest),
    )


def _lagged(post: Tweet, now: dt.datetime) -> float:
    """Its age in hours, and the lag."""
    return _hours(max(now - post.created_at, dt.timedelta())) + LAG_HOURS


def _hours(span: dt.timedelta) -> float:
    return span.total_seconds() / 3600


def _growth(posts: Sequence[Tweet], memory: Memory, now: dt.datetime) -> float:
    recent: list[float] = []
    average: list[float] = []
    for post in posts:
        before = memory.glimpses.get(post.id)
        if before is None or now - before.at < MIN_SPAN or interactions(post) == 0:
            continue
        recent.append(max(0, interactions(post) - before.interactions) / _hours(now - before.at))
        average.append(interactions(post) / _hours(max(now - post.created_at, MIN_SPAN)))
    if not average:
        return 0.0
    return max(-1.0, min(1.0, log2(max(fsum(recent) / fsum(average), 0.5))))


def _known(topics: Sequence[Topic], memory: Memory, common: frozenset[str]) -> dict[str, str]:
    """Why topics are not ordered again, by their id: a post of theirs, or one like it, has its video."""
    if not topics:
        return {}
    known: dict[str, str] = {}
    reasons = {
        number: story.refused or f"it is ordered as {story.key}" for story in memory.stories for number in story.ids
    }
    for topic in topics:
        if reason := next((reasons[post.id] for post in topic.posts if post.id in reasons), ""):
            known[topic.id] = reason
    texts = [(topic, post.text) for topic in topics if topic.id not in known for post in topic.posts]
    told = [(story, text) for story in memory.stories for text in story.texts]
    rows, columns, measures = alike(
        [signature(text, common) for _, text in texts], [signature(text, common) for _, text in told]
    )
    for place in sorted(range(len(rows)), key=lambda each: (-float(measures[each]), int(columns[each]))):
        topic, story = texts[int(rows[place])][0], told[int(columns[place])][0]
        known.setdefault(topic.id, f"it is like {story.key} ({float(measures[place]):.2f})")
    return known


def _pick(channel_id: str, channel: Channel, topic: Topic, judge: Judge) -> Pick | str:
    """The topic under its key, or why no video can be made about it.

    The key holds the topic's id and a hash of what its posts say, so that the same topic is the same order.
    """
    if not topic.symbols:
        return "it names no company, index or cashtag that is known"
    wanted = {twin for symbol in channel.sources.symbols for twin in share_classes(symbol)}
    named = [twin for symbol in topic.symbols if symbol in wanted for twin in (symbol, *share_classes(symbol))]
    about = list(dict.fromkeys(named)) if wanted else [""]
    if not about:
        return f"it is about none of {', '.join(channel.sources.symbols)}"
    for symbol in about:
        if posts := tuple(post for post in topic.posts if not judge(post, symbol))[:TOPIC_POSTS]:
            content = canonical_sha256([channel_id, *([post.id, post.text] for post in sorted(posts, key=_by_id))])
            name = (symbol or topic.symbols[0])[:12]
            parts = (channel.format, channel_id[:40], name, topic.id, content[:ID_LENGTH])
            return Pick(topic, re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()), posts, symbol)
    return judge(topic.posts[0], about[0])


def _story(pick: Pick, now: dt.datetime, day: dt.date, usd: Decimal) -> Story:
    posts = pick.topic.posts
    return Story(
        key=pick.key,
        at=now,
        day=day,
        symbol=pick.symbol,
        texts=tuple(post.text[:MAX_TEXT] for post in posts[:TOPIC_TEXTS]),
        ids=tuple(post.id for post in posts[:TOPIC_IDS]),
        usd=usd,
        waiting=pick.posts,
    )


def _kept(memory: Memory, now: dt.datetime) -> Memory:
    """The memory without what is too old to matter; orders that wait to be placed are never forgotten."""
    stories = tuple(story for story in memory.stories if story.waiting or story.at > now - REMEMBERED)
    return memory.model_copy(update={"stories": stories})


def _glimpses(fit: Sequence[Sighting], memory: Memory, now: dt.datetime) -> dict[str, Glimpse]:
    """What each post stands at now. One that has not changed keeps its time: a source may answer from memory."""
    seen = dict(_seen(fit, memory, now))
    gone = {
        number: glimpse
        for number, glimpse in memory.glimpses.items()
        if number not in seen and glimpse.at > now - MAX_AGE
    }
    newest = sorted({**gone, **seen}.items(), key=lambda each: (-each[1].at.timestamp(), each[0]))
    return dict(newest[:MAX_GLIMPSES])


def _seen(fit: Sequence[Sighting], memory: Memory, now: dt.datetime) -> Iterator[tuple[str, Glimpse]]:
    for sighting in fit:
        before, count = memory.glimpses.get(sighting.post.id), interactions(sighting.post)
        if not sighting.outlet:
            unchanged = before is not None and before.interactions == count
            yield sighting.post.id, before if unchanged and before else Glimpse(at=now, interactions=count)


def _by_id(post: Tweet) -> str:
    return post.id
