"""How long a channel's look at its sources takes when it remembers many videos: `python -m benchmarks.ticks`.

A channel that made 10,000 videos in the last 14 days, with a source that brings 100 posts a tick: 95 tell of what has
its video, five are new and are ordered. Says what a tick takes in all that is its own: reading and writing the memory,
grouping, scoring, comparing, placing orders. Nothing is asked of any service.
"""

import asyncio
import datetime as dt
import json
import random
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from vidfactory.definitions import crew_of, studio_of
from vidfactory.schema.channel import Channel
from vidfactory.schema.trends import Memory, Story
from vidfactory.scouting import scout
from vidfactory.settings import Settings
from vidfactory.storage.topics import Topics
from vidfactory.terminal import out

VIDEOS, POSTS, NEW, TICKS = 10_000, 100, 5, 5
NOW = dt.datetime(2022, 6, 28, 12, tzinfo=dt.UTC)
COMPANIES = ("Apple", "Adobe", "Amazon", "Google", "IBM", "Microsoft", "Xerox")


def main() -> None:
    """Print the seconds of each tick, of the clock and of the processor."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder))
        studio, crew = studio_of(settings), crew_of(settings)
        chance = random.Random(7)
        words = [_word(chance) for _ in range(20_000)]
        stories = tuple(_story(_text(chance, words), number) for number in range(VIDEOS))
        Topics(studio.topics).remember("wire", Memory(stories=stories))
        size = (studio.topics / "wire.json").stat().st_size
        out.print(f"{VIDEOS:,} videos remembered in {size / 1e6:.1f} MB")
        for tick in range(TICKS):
            now = NOW + tick * dt.timedelta(minutes=10)
            known = [story.texts[0] for story in chance.sample(stories, POSTS - NEW)]
            _publish(Path(folder), chance, [*known, *(_text(chance, words) for _ in range(NEW))], now)
            clock, cpu = time.perf_counter(), time.process_time()
            found = asyncio.run(scout(crew, studio, "wire", now))
            took = time.perf_counter() - clock, time.process_time() - cpu
            assert found.outlook is not None
            topics = len(found.outlook.picks) + len(found.outlook.left)
            spent = f"{took[0]:.2f} s, {took[1]:.2f} s of CPU"
            out.print(f"tick {tick + 1}: {spent}; {topics} topics, {len(found.placed)} ordered")


def _settings(folder: Path) -> Settings:
    channel = {"providers": {"trends": "wire"}, "sources": {"accounts": ["ada"]}, "videos_per_day": 1000}
    return Settings(
        studio=str(folder / "studio"),
        local=folder / "studio",
        services={"wire": {"like": "folder", "options": {"folder": str(folder / "wire")}}},
        channels={"wire": Channel.model_validate(channel)},
        providers={"market": ("yfinance",)},
    )


def _story(text: str, number: int) -> Story:
    at = NOW - dt.timedelta(days=1) - number * dt.timedelta(days=12) / VIDEOS
    ids = tuple(f"{number}-{post}" for post in range(3))
    return Story(key=f"finance-wire-{number}", at=at, day=at.date(), symbol="", texts=(text,), ids=ids, usd=Decimal(1))


def _publish(folder: Path, chance: random.Random, texts: list[str], now: dt.datetime) -> None:
    posts = [
        {
            "id": str(chance.getrandbits(60)),
            "text": text,
            "author": {"name": "Ada", "handle": "ada"},
            "engagement": {"likes": chance.randrange(10_000), "reposts": 0, "replies": 0, "views": 0},
            "created_at": (now - dt.timedelta(minutes=chance.randrange(600))).isoformat(),
            "url": "https://x.com/ada/status/1",
        }
        for text in texts
    ]
    (folder / "wire").mkdir(exist_ok=True)
    (folder / "wire" / "posts.json").write_text(json.dumps(posts), encoding="utf-8")


def _text(chance: random.Random, words: list[str]) -> str:
    """A post of about 200 characters."""
    return f"{chance.choice(COMPANIES)} {' '.join(chance.choices(words, k=25))}"


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("bcdfglmnprst") + chance.choice("aeiou") for _ in range(chance.randint(2, 4)))


if __name__ == "__main__":
    sys.exit(main())
