"""The analysis task: what a writer is told, what it writes from, and what is wrong with its answer.

Belongs here: instructions, material, complaints. Does not belong here: any writer (the house's own sits
in `house`), and how the answer becomes a draft.
"""

import re
from collections import Counter
from datetime import date
from functools import lru_cache
from typing import Literal

from vidfactory.desks.finance.claims import unsupported_numbers
from vidfactory.desks.finance.facts import Fact, facts
from vidfactory.desks.finance.market import BARS_A_YEAR
from vidfactory.desks.finance.symbols import listing_of
from vidfactory.desks.spoken import tokens_of
from vidfactory.ports import Writer, WritingTask
from vidfactory.schema.base import Model
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.finance import Analysis, AnalysisText, MarketData, SelectedTweet, Statistics, SymbolData, Tweet

ANALYSIS = "finance.analysis"
ILLUSTRATIONS = 12
MIN_WORDS, MAX_WORDS = 110, 300
"""As they are heard: a figure such as $332.00 is four words, and takes their time."""
ALL_PARTS_WORDS = 190
"""Every part of a script must be there, so one for which fewer words are wished may have so many."""
WORDS_A_SECOND = 2.5
SHORTER, LONGER = 0.2, 0.08
"""How far a script may be below the wished number of spoken words, and above the highest."""
BEATS = ("hook", "post", "move", "context", "comparison", "watch", "close")
CONCEPT_NAMES = (
    "falling_price", "rising_price", "crash", "rebound", "storm", "calm", "bull", "bear", "balance", "magnifier",
    "megaphone", "crowd", "newspaper", "clock", "calendar", "skyline", "mountains", "rollercoaster", "race",
    "compass", "telescope", "crossroads", "umbrella", "bridge", "ship", "fire", "target", "coins", "bank",
    "question", "door", "lighthouse",
)  # fmt: skip
INSTRUCTIONS = f"""\
Write the script of a short vertical video about a post and the price of a stock, to be read aloud.
Sections in this order: hook (the strongest fact, no greeting), post (who said what; quote one sentence of it
word for word in double quotation marks), move (what the price did), context (range, volatility), comparison
(with the index, if one is given), watch (what to look at next), close.
Write as a good journalist speaks: short sentences of varied length, plain words, no clichés, no exclamation
marks. Use only figures of the post and of the material, rounded but otherwise as they are, written as digits
with their signs ("$332.00", "12.3%"); say what a figure is measured over. Nothing that the data does not say:
no causes ("after", never "because"), no forecasts, no advice. Monthly prices hold the last price of a month.
Aim at target_words words as they are read aloud (a figure is several).
Give every section one to three `concepts`, {ILLUSTRATIONS} in all, each a
different one: a picture idea for what is said at that moment, from: {", ".join(CONCEPT_NAMES)}.
title: at most 90 characters. headline: a few words for the poster, at most 40 characters.
strongest_fact: the fact that the hook tells."""

ADVICE = re.compile(
    r"\b(?:you should|should (?:buy|sell|hold)|(?:buy|sell|hold|dump|short|grab) (?:it|now|the dip|this|some|shares)|"
    r"buying opportunity|time to (?:buy|sell)|must[- ]buy|price target|guaranteed|can't lose|load up)\b",
    re.IGNORECASE,
)
_FORECAST = re.compile(
    r"\b(?:will|going to|gonna|bound to|is set to|is about to) (?:\w+ )?"
    r"(?:rise|fall|rally|crash|recover|rebound|drop|climb|soar|surge|go (?:up|down)|bounce)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(r"\b(?:because|due to|caused by|thanks to|in response to|triggered by|driven by)\b", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[a-z][\w-]*(?:\.[a-z][\w-]*)+/\S+", re.IGNORECASE)
_QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]")


class Profile(Model):
    """A symbol's figures, without its bars. Prices of a month are of its last day, or of `last_day`."""

    symbol: str
    name: str
    kind: Literal["company", "index"]
    interval: Literal["day", "month"]
    currency: str
    adjusted: bool
    first_day: date
    year_start: date
    """The first bar that the statistics look at."""
    full_year: bool
    previous_day: date
    last_day: date
    statistics: Statistics


class AnalysisMaterial(Model):
    """All that a writer may use. `seed` only varies the wording of the house author."""

    seed: str
    post: Tweet
    as_of: date
    main: Profile
    others: tuple[Profile, ...]
    benchmark: Profile | None
    facts: tuple[Fact, ...]
    """About the main symbol, the strongest first."""
    target_words: int


def target_words(seconds: int) -> int:
    """Words to speak in a video of that length, within the bounds."""
    return min(max(round(seconds * WORDS_A_SECOND), MIN_WORDS), MAX_WORDS)


def most_words(wished: int) -> int:
    """The most words that a script may have for which so many are wished."""
    return round(max(wished, ALL_PARTS_WORDS) * (1 + LONGER))


def count_words(text: str) -> int:
    """Words as they are written: "$332.00" is one."""
    return len(text.split())


@lru_cache(maxsize=4096)
def spoken_words(text: str) -> int:
    """Words as they are spoken, which take the time: "$332.00" is four, with "thirty-two" as one."""
    return sum(len(token.spoken.split()) for token in tokens_of(text))


async def analyse(brief: FinanceBrief, selected: SelectedTweet, market: MarketData, writer: Writer) -> Analysis:
    """The script that `writer` gives for the brief; raises `ProviderError` if none passes the checks."""
    written = await writer.write(analysis_task(brief.video, selected, market, brief.seconds))
    return Analysis(text=written.text, made_by=written.made_by)


def analysis_task(
    video: str, selected: SelectedTweet, market: MarketData, seconds: int
) -> WritingTask[AnalysisMaterial, AnalysisText]:
    """Write the script of `video` about `selected`, for a wished length in seconds."""
    material = AnalysisMaterial(
        seed=f"{video}/{selected.tweet.id}",
        post=selected.tweet,
        as_of=market.as_of,
        main=profile(market.symbols[0]),
        others=tuple(profile(data) for data in market.symbols[1:]),
        benchmark=profile(market.benchmark) if market.benchmark else None,
        facts=facts(market),
        target_words=target_words(seconds),
    )
    return WritingTask(
        name=ANALYSIS,
        instructions=INSTRUCTIONS,
        material=material,
        output=AnalysisText,
        complaints=lambda text: complaints(text, selected.tweet, market, material.target_words),
    )


def profile(data: SymbolData) -> Profile:
    series, figures = data.series, data.statistics
    return Profile(
        symbol=series.symbol,
        name=series.name,
        kind=listing_of(series.symbol).kind,
        interval=series.interval,
        currency=series.currency,
        adjusted=series.adjusted and listing_of(series.symbol).kind == "company",
        first_day=series.bars[0].day,
        year_start=series.bars[-figures.window_bars].day,
        full_year=figures.window_bars > BARS_A_YEAR[series.interval],
        previous_day=series.bars[-2].day,
        last_day=series.bars[-1].day,
        statistics=figures,
    )


def complaints(text: AnalysisText, tweet: Tweet, market: MarketData, wished: int) -> list[str]:
    """What is wrong with an answer, each as a sentence for the writer; empty where nothing is."""
    script = " ".join(section.text for section in text.sections)
    parts = (script, text.title, text.headline, text.strongest_fact)
    own_words = "\n".join(_QUOTED.sub("", part) for part in parts)
    return [
        *_wrong_order(text, has_index=any(fact.kind == "index" for fact in facts(market))),
        *_wrong_length(script, wished),
        *_wrong_concepts(text),
        *(
            f"The number {claim.text!r} is neither in the post nor in the material: use the figures given, or leave it."
            for part in parts
            for claim in unsupported_numbers(part, tweet, market)
        ),
        *(
            f"These words are not in the post: {quote!r}. Quote it word for word."
            for quote in _QUOTED.findall(script)
            if not _says(tweet.text, quote)
        ),
        *(f"This is advice: {found!r}. Tell what was, not what to do." for found in ADVICE.findall(own_words)),
        *(f"This is a forecast: {found!r}. Nobody knows." for found in _FORECAST.findall(own_words)),
        *(f"This is a link: {found!r}. Send nobody anywhere." for found in _LINK.findall(own_words)),
        *(f"The data gives no cause: {found!r}. Say what came after what." for found in _CAUSE.findall(own_words)),
    ]


def _wrong_order(text: AnalysisText, *, has_index: bool) -> list[str]:
    beats = [section.beat for section in text.sections]
    needed = [beat for beat in BEATS if beat != "comparison" or has_index]
    known = [beat for beat in dict.fromkeys(beats) if beat in needed]
    if known == needed and beats == sorted(beats, key=BEATS.index):
        return []
    return [f"The sections must be {', '.join(needed)}, in this order."]


def _wrong_length(script: str, wished: int) -> list[str]:
    """Words as they are heard."""
    spoken = spoken_words(script)
    low = max(MIN_WORDS, round(wished * (1 - SHORTER)))
    high = most_words(wished)
    if not low <= spoken <= high:
        return [f"Read aloud the script has {spoken} words, with figures spelled out; it should have {low} to {high}."]
    return []


def _wrong_concepts(text: AnalysisText) -> list[str]:
    named = [concept for section in text.sections for concept in section.concepts]
    twice = [name for name, count in Counter(named).items() if count > 1]
    wrong = [] if len(named) == ILLUSTRATIONS else [f"There are {len(named)} concepts; give {ILLUSTRATIONS}."]
    free = [name for name in dict.fromkeys(named) if name not in CONCEPT_NAMES]
    return [
        *wrong,
        *([f"These concepts come twice: {', '.join(twice)}."] if twice else []),
        *([f"These concepts are not in the list: {', '.join(free)}."] if free else []),
    ]


def _says(post: str, quote: str) -> bool:
    return " ".join(quote.split()) in " ".join(post.split())
