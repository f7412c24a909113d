"""Asks a channel's sources what is talked about, and orders videos about it.

Belongs here: how often a source is asked and at what price, what each brought, and placing the orders. Does not
belong here: which topics are ordered (`trending`).

No answer is paid for twice and none is stale: the take of a poll is the minute in which its slot of the day began, so
that all ticks of one slot, after a crash too, have one answer, and the next slot asks anew. Nothing is lost and
nothing is ordered twice: what is to be ordered is remembered with its posts before it is placed, and a tick first
places what the one before it could not.
"""

import asyncio
import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from vidfactory.desks.finance.needs import search_need
from vidfactory.desks.finance.selection import candidates
from vidfactory.errors import BadInput, Permanent, Transient, VidfactoryError
from vidfactory.orders import EMBEDDED_MARKET, is_placed, order_video
from vidfactory.ports import Assignment
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.providers.crew import Crew, Hired
from vidfactory.quoting import NEEDS, quoted_line
from vidfactory.schema.brief import FinanceOrder
from vidfactory.schema.channel import Channel, Hours
from vidfactory.schema.crew import Wishes
from vidfactory.schema.finance import Tweet, Tweets
from vidfactory.schema.trends import Memory, Source, SourceState, SourceStates, Story
from vidfactory.settings import Settings
from vidfactory.storage.ledger import Ledger
from vidfactory.storage.studio import Studio
from vidfactory.storage.topics import Topics
from vidfactory.trending import Judge, Outlook, Purse, Sighting, closed, picked

ASSET = "trends"
"""What the calls are made for, in the ledger."""
FEEDS = "rss"
"""The service whose provider reads feeds."""
PAID_POSTS, FREE_POSTS = 30, 100
"""How many posts a source brings, where each may have its price and where none has."""
POLL_S = 30.0
"""How long a source may take: Dagster ends a tick after 60 s."""
SLOTS_S = (600, 900, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400)
"""How often a source may be asked, in seconds; each divides the day."""
POLL_SHARE = Decimal("0.2")
"""How much of a channel's budget of the day its sources may take together."""
DAY_S = 86_400


@dataclass(frozen=True)
class Pace:
    """How often a source is asked. usd: what one answer may cost; None where nobody knows. every_s: 0 for never."""

    source: Source
    provider: str
    usd: Decimal | None
    every_s: int
    polls: int
    """Of a working day."""


@dataclass(frozen=True)
class Poll:
    """What asking one source came to: posts, or why there are none."""

    source: Source
    sightings: tuple[Sighting, ...] = ()
    failure: Exception | None = None


@dataclass(frozen=True)
class Scouted:
    """What one look at a channel's sources came to.

    closed: why it orders nothing at this moment, whatever the topics. troubles: sources that brought nothing that can
    be used, and why. placed: the keys of the orders. refused: orders that could not be placed, and why. broken:
    failures that nobody foresaw.
    """

    closed: str = ""
    polls: tuple[Poll, ...] = ()
    troubles: tuple[str, ...] = ()
    outlook: Outlook | None = None
    placed: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[Exception, ...] = ()


def sources_of(channel: Channel) -> tuple[Source, ...]:
    """The sources of a channel, each once. Symbols only narrow, and are searched where it names nothing else."""
    named = channel.sources
    found = [
        *(Source(kind="query", name=name) for name in named.queries),
        *(Source(kind="account", name=name.removeprefix("@")) for name in named.accounts),
        *(Source(kind="feed", name=name) for name in named.feeds),
    ]
    return tuple(dict.fromkeys(found or [Source(kind="symbol", name=name) for name in named.symbols]))


def paces(settings: Settings, channel_id: str) -> tuple[Pace, ...]:
    """How often each source of a channel is asked, so that all together stay within their share of the day's budget."""
    channel = settings.channels[channel_id]
    offers = {source: _offer(settings, channel_id, source) for source in sources_of(channel)}
    paid = sum(1 for _, usd in offers.values() if usd)
    open_s = _open_s(channel.hours)
    found = []
    for source, (provider, usd) in offers.items():
        affordable = int(allowance(settings, channel_id) / paid / usd) if usd else DAY_S
        every_s = next((slot for slot in SLOTS_S if open_s <= slot * affordable), 0)
        found.append(Pace(source, provider, usd, every_s, -(-open_s // every_s) if every_s else 0))
    return tuple(found)


def allowance(settings: Settings, channel_id: str) -> Decimal:
    """What asking a channel's sources may cost a day: a share of its budget, or what one video may cost."""
    wishes = Wishes(channel=channel_id)
    day_usd = settings.day_budget_of(wishes)
    return settings.budget_of(wishes) if day_usd is None else day_usd * POLL_SHARE


async def scout(crew: Crew, studio: Studio, channel_id: str, now: dt.datetime, *, ordering: bool = True) -> Scouted:
    """Ask the sources of a channel and order what is to be ordered.

    Not ordering, it is asked whatever the hour, and nothing but what the sources brought is kept.
    """
    settings, topics = crew.settings, Topics(studio.topics)
    channel = settings.channels[channel_id]
    async with topics.held(channel_id):
        memory = topics.memory(channel_id)
        placed: list[str] = []
        refused: dict[str, str] = {}
        if ordering and any(story.waiting for story in memory.stories):
            memory, placed, refused = _place_all(studio, settings, channel_id, memory, now)
            topics.remember(channel_id, memory)
        purse = purse_of(settings, studio, channel_id, memory, now)
        reason = closed(channel, memory, now, purse)
        if reason and ordering:
            return Scouted(reason, placed=tuple(placed), refused=refused)
        polls = await polled(crew, channel_id, now)
        before = topics.states(channel_id)
        states = states_of(before, polls, now)
        topics.keep_states(channel_id, states)
        sightings = [sighting for poll in polls for sighting in poll.sightings]
        judge = judge_of(settings, channel_id)
        outlook = picked(channel_id, channel, sightings, memory, now, purse=purse, judge=judge)
        if ordering:
            topics.remember(channel_id, outlook.memory)
            memory, newly, more = _place_all(studio, settings, channel_id, outlook.memory, now)
            topics.remember(channel_id, memory)
            placed, refused = [*placed, *newly], {**refused, **more}
        unforeseen = (poll.failure for poll in polls if poll.failure and not isinstance(poll.failure, VidfactoryError))
        return Scouted(reason, polls, _troubles(polls, states, now), outlook, tuple(placed), refused, tuple(unforeseen))


def purse_of(settings: Settings, studio: Studio, channel_id: str, memory: Memory, now: dt.datetime) -> Purse:
    """What a video of a channel is quoted at, and what is left for it."""
    order = FinanceOrder(posts=Path("posts.json"), channel=channel_id)
    needs = NEEDS[order.format](order, settings.decided(order), None)
    lines = [quoted_line(settings, order.wishes, need) for need in needs]
    quote = sum((line.usd for line in lines if line.usd is not None), Decimal(0))
    purse = Purse(
        quote_usd=quote,
        video_usd=settings.budget_of(order.wishes),
        day_usd=settings.day_budget_of(order.wishes),
        unknown=tuple(line.component for line in lines if line.usd is None),
    )
    if purse.day_usd is None:
        return purse
    ledger, day = Ledger(studio), settings.channels[channel_id].hours.day(now)
    dear = [story.key for story in memory.of_day(day) if story.usd > 0]
    return replace(
        purse,
        spent_usd=ledger.day_sums(channel_id, day).committed,
        spent_on={key: ledger.sums(key).committed for key in dear},
    )


def judge_of(settings: Settings, channel_id: str) -> Judge:
    """What is known without asking anybody: whether a post can be used, where the prices are at hand."""
    at_hand = settings.chain("market", Wishes(channel=channel_id)) == (EMBEDDED_MARKET,)
    prices = BundledMarket()

    def judge(post: Tweet, symbol: str) -> str:
        if not at_hand:
            return ""
        (candidate,) = candidates(Tweets(source=channel_id, tweets=(post,)), prices, symbol or None)
        return candidate.rejected or ""

    return judge


async def polled(crew: Crew, channel_id: str, now: dt.datetime) -> tuple[Poll, ...]:
    """What all sources of a channel bring, side by side; one that fails keeps no other from being heard."""
    asked = paces(crew.settings, channel_id)
    answers = await asyncio.gather(*(_asked(crew, channel_id, pace, now) for pace in asked), return_exceptions=True)
    polls = []
    for pace, answer in zip(asked, answers, strict=True):
        if isinstance(answer, Exception):
            polls.append(Poll(pace.source, failure=answer))
        elif isinstance(answer, BaseException):
            raise answer
        else:
            polls.append(Poll(pace.source, answer))
    return tuple(polls)


async def _asked(crew: Crew, channel_id: str, pace: Pace, now: dt.datetime) -> tuple[Sighting, ...]:
    settings, source = crew.settings, pace.source
    if not pace.every_s:
        limit = allowance(settings, channel_id)
        raise Permanent(
            f"an answer may cost ${pace.usd:.2f}, and ${limit:.2f} a day is there for the sources",
            where=str(source),
            remedy=f"Raise budget.day_usd in channels/{channel_id}.yaml, or take a source that costs nothing",
        )
    slot = now.astimezone(dt.UTC).timestamp() // pace.every_s * pace.every_s
    hired = Hired(
        settings, _wishes(settings, channel_id, source), crew.calls_for(_poll(settings, channel_id, now, slot))
    )
    try:
        async with asyncio.timeout(POLL_S):
            most = FREE_POSTS if pace.usd == 0 else PAID_POSTS
            found = await hired.trends.posts(source.query, most, dt.datetime.fromtimestamp(slot, tz=dt.UTC).date())
    except TimeoutError as error:
        raise Transient(f"it did not answer within {POLL_S:.0f} s", where=str(source)) from error
    has_readers = _kind(settings, found.source) != FEEDS
    return tuple(Sighting(post, "" if has_readers else post.author.handle) for post in found.tweets)


def _poll(settings: Settings, channel_id: str, now: dt.datetime, slot: float) -> Assignment:
    """What a poll is made for: a name of its own for each day of the channel, which has the sources' money."""
    channel = settings.channels[channel_id]
    day = channel.hours.day(now)
    return Assignment(
        video=f"channel-{channel_id}-{day}",
        asset=ASSET,
        channel=channel_id,
        budget_usd=allowance(settings, channel_id),
        take=int(slot) // 60,
        day_budget_usd=channel.budget.day_usd,
        day=day,
    )


def states_of(before: SourceStates, polls: Sequence[Poll], now: dt.datetime) -> SourceStates:
    """What is known of the sources after these polls; those of sources that the channel named before stay."""
    after = {str(poll.source): _state(before.sources.get(str(poll.source)), poll, now) for poll in polls}
    return SourceStates(sources={**before.sources, **after})


def _state(before: SourceState | None, poll: Poll, now: dt.datetime) -> SourceState:
    known = before or SourceState(since=now, asked=now)
    if poll.failure is not None:
        return known.model_copy(update={"asked": now, "failed": now, "reason": _said(poll)})
    newest = max(each.post.created_at for each in poll.sightings)
    changed = {"asked": now, "answered": now, "count": len(poll.sightings), "newest": newest}
    if known.newest and newest < known.newest:
        reason = f"its newest post is of {newest:%Y-%m-%d %H:%M}, and was of {known.newest:%Y-%m-%d %H:%M} before"
        changed |= {"failed": now, "reason": reason}
    return known.model_copy(update=changed)


def _said(poll: Poll) -> str:
    """Why a source brought nothing; where that was is not said twice."""
    failure = poll.failure
    if not isinstance(failure, VidfactoryError):
        return f"{type(failure).__name__}: {failure}"
    where = "" if failure.where in str(poll.source) else f"{failure.where}: "
    return f"{where}{failure.what}{failure.remedy and f'. {failure.remedy}'}"


def _troubles(polls: Sequence[Poll], states: SourceStates, now: dt.datetime) -> tuple[str, ...]:
    found = ((str(poll.source), states.sources[str(poll.source)]) for poll in polls)
    return tuple(f"{name}: {state.reason}" for name, state in found if state.failed == now)


def _place_all(
    studio: Studio, settings: Settings, channel_id: str, memory: Memory, now: dt.datetime
) -> tuple[Memory, list[str], dict[str, str]]:
    """Place all orders that wait for it. One that is refused is remembered as that, and counts for nothing."""
    stories: list[Story] = []
    placed: list[str] = []
    refused: dict[str, str] = {}
    for story in memory.stories:
        if not story.waiting:
            stories.append(story)
            continue
        try:
            _place(studio, settings, channel_id, story, now)
        except BadInput as error:
            refused[story.key] = str(error)
            stories.append(story.model_copy(update={"waiting": (), "refused": str(error)}))
        else:
            placed.append(story.key)
            stories.append(story.model_copy(update={"waiting": ()}))
    return memory.model_copy(update={"stories": tuple(stories)}), placed, refused


def _place(studio: Studio, settings: Settings, channel_id: str, story: Story, now: dt.datetime) -> None:
    """Place an order that waits to be started, with the very posts of the topic; one that is there stays."""
    if is_placed(studio, story.key):
        return
    with tempfile.TemporaryDirectory() as folder:
        posts = Path(folder) / "posts.json"
        posts.write_text(
            Tweets(source=channel_id, tweets=story.waiting).model_dump_json(include={"tweets"}), encoding="utf-8"
        )
        order = FinanceOrder(posts=posts, channel=channel_id, symbol=story.symbol or None)
        order_video(studio, settings, order, now, story.key, waiting=True, cause="trend")


def _wishes(settings: Settings, channel_id: str, source: Source) -> Wishes:
    """A feed is read by who reads feeds, whoever searches for the channel."""
    wishes = Wishes(channel=channel_id)
    if source.kind != "feed":
        return wishes
    readers = [entry for entry in settings.chain("trends", wishes) if _kind(settings, entry.partition("/")[0]) == FEEDS]
    return wishes.model_copy(update={"providers": {"trends": tuple(readers[:1]) or (FEEDS,)}})


def _offer(settings: Settings, channel_id: str, source: Source) -> tuple[str, Decimal | None]:
    """Who is asked first, and what an answer may cost in US dollars."""
    line = quoted_line(settings, _wishes(settings, channel_id, source), search_need(ASSET))
    return line.provider, line.usd


def _kind(settings: Settings, service: str) -> str:
    known = settings.services.get(service)
    return (known.like if known else "") or service


def _open_s(hours: Hours) -> int:
    """How many seconds of a day the channel works, on a day without a change of the clocks."""
    begin, end = (each.hour * 3600 + each.minute * 60 + each.second for each in (hours.begin, hours.end))
    return (end - begin) % DAY_S or DAY_S
