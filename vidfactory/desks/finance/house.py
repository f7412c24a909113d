"""The house author of the finance desk: writes the script from the material, with no model.

Belongs here: what is said in which order, which phrase is used, and what fills its gaps. Does not belong
here: the phrases (`phrasebook`), the facts (`facts`), the checks (`claims`, `analysis`).

The facts choose what is said: the strongest makes the hook, what is notable is told, what is missing is
left out. The seed only chooses between phrases that say the same, so the same material gives the same
script, and other facts give other words.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from string import Formatter
from typing import Any

import pandas as pd
from num2words import num2words

from vidfactory.desks.finance.analysis import (
    ADVICE,
    ALL_PARTS_WORDS,
    ANALYSIS,
    BEATS,
    ILLUSTRATIONS,
    AnalysisMaterial,
    Profile,
    count_words,
    spoken_words,
)
from vidfactory.desks.finance.facts import Fact
from vidfactory.desks.finance.market import exchange_day
from vidfactory.desks.finance.phrasebook import CONCEPTS, PHRASES
from vidfactory.desks.finance.selection import SELECTION, selection_author
from vidfactory.desks.finance.symbols import listing_of
from vidfactory.schema.finance import AnalysisSection, AnalysisText, BeatName

HOOKS = frozenset({"move", "extreme", "streak", "drawdown", "rebound", "year", "index"})
TAKES = 60
"""Wordings that are tried for one that is neither longer nor shorter than wished."""
SLACK = 0.08
"""How much longer than wished a wording may be."""
CENTS_BELOW = 50.0
"""From this price on cents are told once, with the move itself; they are hard to listen to."""
WILD = 4.0
"""A session whose range is this many usual days and three times its change is told for its range."""
MAX_QUOTE_WORDS = 22
MIN_QUOTE_WORDS = 4
MAX_QUOTE_SENTENCES = 3
LONG_AGO_DAYS = 730
RECENT_DAYS = 45
"""So far back a day is named; before that, its month will do."""
IN_STEP = 0.2
"""Percentage points that two changes in one direction may differ by and still be called alike."""
LOUD, QUIET = 1.6, 0.6
"""A move this many times the usual is loud, or quiet."""
_CHOICE = re.compile(r"\[([^\[\]|]+(?:\|[^\[\]|]+)+)\]")
_SENTENCE = re.compile(r"\S[^\n]*?(?:[.!?]+(?=\s|$)|(?=\n|$))")
_SPEAKABLE = re.compile(r"[A-Za-z0-9 ,.;:'’%$&/()+!?–—-]+")
_ORDERS = re.compile(r"\b(?:ignore|disregard|instruct|system prompt|you are now|as an ai|assistant)", re.IGNORECASE)
_FIGURE = re.compile(r"[\d$%]")
_MARK_UP = re.compile(r"https?:|www\.|[<>{}\[\]@#\\]|\$[A-Za-z]")


@dataclass(frozen=True)
class _Sentence:
    """A filled phrase, the beat that it belongs to, and where its pictures are found in `CONCEPTS`."""

    beat: BeatName
    text: str
    pictures: str


class _Pen:
    """Picks phrases by seed and fills their gaps."""

    def __init__(self, seed: str, gaps: Mapping[str, str]) -> None:
        self._seed = seed
        self._gaps = {**gaps, **{key.capitalize(): value[:1].upper() + value[1:] for key, value in gaps.items()}}

    def write(self, pool: str) -> str | None:
        """A phrase of `pool`, filled; None where there is no such pool, or no phrase has all that it needs."""
        usable = [phrase for phrase in PHRASES.get(pool, ()) if _gaps_of(phrase) <= self._gaps.keys()]
        if not usable:
            return None
        phrase = min(usable, key=lambda each: self._rank(pool, each))
        worded = _CHOICE.sub(lambda match: min(match[1].split("|"), key=lambda word: self._rank(phrase, word)), phrase)
        return worded.format_map(self._gaps)

    def must(self, pool: str) -> str:
        text = self.write(pool)
        assert text is not None, f"no phrase of {pool} can be filled"
        return text

    def _rank(self, *parts: str) -> str:
        return sha256("\0".join((self._seed, *parts)).encode()).hexdigest()


def analysis_author(material: AnalysisMaterial) -> AnalysisText:
    """The script: needed sentences first, then as many others as the wished length has room for."""
    hook = next(fact for fact in material.facts if fact.kind in HOOKS)
    pen = _Pen(material.seed, gaps(material, hook))
    script = _script(material, hook)
    pool = _hook_pool(hook)
    return AnalysisText(
        title=_first_of(pen, (f"title.{pool}", f"title.{_without_tail(pool)}")),
        headline=_first_of(pen, (f"headline.{pool}", f"headline.{_without_tail(pool)}"))[:40],
        strongest_fact=script[0].text,
        sections=_sections(script),
    )


AUTHORS: Mapping[str, Callable[[Any], Any]] = {SELECTION: selection_author, ANALYSIS: analysis_author}
"""The desk's authors by the task that each carries out."""


# --- what is said --------------------------------------------------------------------------------


def _script(material: AnalysisMaterial, hook: Fact) -> list[_Sentence]:
    """The first of `TAKES` wordings that keeps to the wished length, or the one that comes nearest."""
    filled = gaps(material, hook)
    takes: list[list[_Sentence]] = []
    for take in range(TAKES):
        pen = _Pen(f"{material.seed}#{take}", filled)
        script = _fitted(list(_needed(material, hook, pen)), list(_extra(material, hook, pen)), material.target_words)
        if _overlength(script, material.target_words) <= SLACK:
            return script
        takes.append(script)
    return min(takes, key=lambda script: _overlength(script, material.target_words))


def _overlength(script: Sequence[_Sentence], words: int) -> float:
    """By how much of the wish a script is too long; never negative."""
    return max(0.0, _spoken(script) / words - 1)


def _spoken(script: Sequence[_Sentence]) -> int:
    return sum(spoken_words(sentence.text) for sentence in script)


def _needed(material: AnalysisMaterial, hook: Fact, pen: _Pen) -> Iterator[_Sentence]:
    direction, interval = _direction(material.main.statistics.change), material.main.interval
    pool = _hook_pool(hook)
    yield _Sentence("hook", pen.must(f"hook.{pool}"), f"hook.{_without_tail(pool)}")
    yield _Sentence("post", pen.write("post.quote") or pen.must("post.plain"), "post")
    told = hook.kind == "move" and direction != "flat"
    yield _Sentence("move", pen.must("move.told" if told else f"move.{interval}.{direction}"), f"move.{direction}")
    yield _Sentence("context", pen.must(f"context.{_place(material.main)}"), "context")
    if material.main.adjusted and hook.kind == "extreme" and hook.day and _is_long_ago(hook.day, material.main):
        yield _Sentence("context", pen.must("adjusted"), "context")
    index = material.benchmark
    alike = index is not None and index.interval == material.main.interval
    wild = _is_wild(material)
    if wild:
        yield _Sentence("move", pen.must(_swing_pool(wild)), "swing")
    yield _Sentence("context", pen.must("volatility.index" if alike else "volatility"), "volatility")
    against = _fact(material, "index")
    if against:
        heights = pen.write("compare.heights") if hook.kind == "index" else None
        text = heights or pen.must(f"compare.{_earlier(against, material.main) or _relation(against)}")
        yield _Sentence("comparison", text, "comparison")
    yield _Sentence("watch", pen.must(f"watch.{_place(material.main)}"), "watch")
    yield _Sentence("close", pen.must("end"), "close")


def _extra(material: AnalysisMaterial, hook: Fact, pen: _Pen) -> Iterator[_Sentence]:
    """What can be left out, the most telling first."""
    for beat, pool, pictures in _wishes(material, hook):
        text = pen.write(pool)
        if text:
            yield _Sentence(beat, text, pictures)


def _wishes(material: AnalysisMaterial, hook: Fact) -> Iterator[tuple[BeatName, str, str]]:
    """Beat, pool and pictures of what could be told besides."""
    swing, year, streak = _fact(material, "swing"), _fact(material, "year"), _fact(material, "streak")
    if swing and not _is_wild(material):
        yield "move", _swing_pool(swing), "swing"
    if hook.kind != "move":
        yield "move", f"typical.{_loudness(material)}", "typical"
    if streak and hook.kind != "streak":
        yield "move", f"streak.{streak.direction}", f"streak.{streak.direction}"
    yield "post", "reach", "post"
    if _loudness(material) == "loud":
        yield "watch", "watch.loud", "watch"
    if year and hook.kind != "year" and material.main.full_year and year.direction != "flat":
        yield "context", f"year.{year.direction}", "year"
    if streak:
        yield "watch", "watch.streak", "watch"
    if _fact(material, "volume"):
        yield "move", "volume", "volume"
    if _place(material.main) != "high":
        yield "watch", "watch.high_far", "watch"
    if material.target_words > ALL_PARTS_WORDS:
        yield from _wishes_of_a_long_script(material)


def _wishes_of_a_long_script(material: AnalysisMaterial) -> Iterator[tuple[BeatName, str, str]]:
    """What is told only where there is more time than a short script can fill."""
    figures = material.main.statistics
    index = material.benchmark if _fact(material, "index") else None
    if figures.max_drawdown_percent < figures.drawdown_percent:
        yield "context", "worst", "context"
    if index and index.full_year:
        yield "comparison", f"index.year.{_direction(index.statistics.window_change_percent)}", "comparison"
    yield "post", "followers", "post"
    if index:
        yield "comparison", "other", "comparison"
        yield "comparison", "index.range", "comparison"
    yield "context", "record", "context"


def _fitted(needed: Sequence[_Sentence], extra: Sequence[_Sentence], words: int) -> list[_Sentence]:
    """`needed` and of `extra` what fits, in the order of the beats and of telling within one."""
    chosen = list(needed)
    for sentence in extra:
        if _spoken([*chosen, sentence]) <= words:
            chosen.append(sentence)
    return sorted(chosen, key=lambda sentence: BEATS.index(sentence.beat))


def _first_of(pen: _Pen, pools: Sequence[str]) -> str:
    return next(text for pool in pools if (text := pen.write(pool)))


def _sections(script: Sequence[_Sentence]) -> tuple[AnalysisSection, ...]:
    texts: dict[BeatName, list[_Sentence]] = {}
    for sentence in script:
        texts.setdefault(sentence.beat, []).append(sentence)
    pictures = _pictures(list(texts.values()))
    return tuple(
        AnalysisSection(beat=beat, text=" ".join(sentence.text for sentence in sentences), concepts=chosen)
        for (beat, sentences), chosen in zip(texts.items(), pictures, strict=True)
    )


def _pictures(sections: Sequence[Sequence[_Sentence]]) -> list[tuple[str, ...]]:
    """Twelve pictures, all different: one for each section, then more for those with the most words each."""
    shares = [1] * len(sections)
    lengths = [sum(count_words(sentence.text) for sentence in section) for section in sections]
    while sum(shares) < ILLUSTRATIONS:
        longest = max(range(len(shares)), key=lambda index: lengths[index] / shares[index])
        shares[longest] += 1
    used: set[str] = set()
    chosen = []
    for section, share in zip(sections, shares, strict=True):
        wishes = [name for sentence in section for name in CONCEPTS[sentence.pictures][:2]]
        wishes += [name for sentence in section for name in CONCEPTS[sentence.pictures]] + list(CONCEPTS[""])
        fresh = list(dict.fromkeys(name for name in wishes if name not in used))[:share]
        used.update(fresh)
        chosen.append(tuple(fresh))
    return chosen


def _hook_pool(hook: Fact) -> str:
    pool = f"{hook.kind}.{hook.direction}"
    if hook.kind == "index":
        return "index.ahead" if hook.direction == "up" else "index.behind"
    if hook.kind in {"move", "extreme"} and hook.direction != "flat" and hook.notable:
        if hook.day is None:
            return f"{pool}.record"
        return f"{pool}.since" if hook.kind == "move" else pool
    return pool


def _without_tail(pool: str) -> str:
    return ".".join(pool.split(".")[:2])


def _place(main: Profile) -> str:
    """Where in the year's range the last close is."""
    figures = main.statistics
    if figures.last_close == figures.range_low:
        return "low"
    return "high" if figures.last_close == figures.range_high else "between"


def _direction(change: float) -> str:
    return "up" if change > 0 else "down" if change < 0 else "flat"


def _earlier(against: Fact, main: Profile) -> str | None:
    """Where the comparison ends before the last close: what the price did from there."""
    if against.day == main.last_day:
        return None
    return "earlier.up" if against.figure("after") > 0 else "earlier.down"


def _relation(against: Fact) -> str:
    own, index = round(against.figure("own"), 1), round(against.figure("index"), 1)
    if index == 0:
        return "flat"
    if own * index < 0:
        return "against.up" if own > 0 else "against.down"
    if abs(own - index) <= IN_STEP:
        return "step"
    if index < 0:
        return "worse" if own < index else "better"
    return "ahead" if own > index else "behind"


def _is_wild(material: AnalysisMaterial) -> Fact | None:
    """The swing of a session that went far and came back."""
    swing = _fact(material, "swing")
    change = abs(material.main.statistics.change_percent)
    if swing and swing.figure("swing") >= max(WILD * _typical(material), 3 * change):
        return swing
    return None


def _swing_pool(swing: Fact) -> str:
    return "swing.since" if swing.notable and swing.day else "swing"


def _is_long_ago(day: date, main: Profile) -> bool:
    """So long that dividends tell on adjusted prices."""
    return (main.last_day - day).days > LONG_AGO_DAYS


def _loudness(material: AnalysisMaterial) -> str:
    usual = _typical(material)
    times = abs(material.main.statistics.change_percent) / usual if usual else 1.0
    return "loud" if times >= LOUD else "quiet" if times <= QUIET else "plain"


def _typical(material: AnalysisMaterial) -> float:
    fact = _fact(material, "typical")
    return fact.figure("typical") if fact else 0.0


def _fact(material: AnalysisMaterial, kind: str) -> Fact | None:
    return next((fact for fact in material.facts if fact.kind == kind), None)


# --- what fills the gaps -------------------------------------------------------------------------


def gaps(material: AnalysisMaterial, hook: Fact) -> dict[str, str]:
    """Every gap that this material can fill, as it is shown."""
    main, figures = material.main, material.main.statistics
    price = _pricer(main)
    short = price if figures.last_close < CENTS_BELOW else _rounded(price)
    monthly = main.interval == "month"
    known = {
        "name": listing_of(main.symbol).said,
        "it": "the index" if main.kind == "index" else main.name,
        "bare": main.name,
        "bar": main.interval,
        "bars": f"{main.interval}s",
        "close": "monthly close" if monthly else "close",
        "closes": "monthly closes" if monthly else "closes",
        "last": short(figures.last_close),
        "exact": price(figures.last_close),
        "prev": short(figures.previous_close),
        "before": price(figures.previous_close),
        "change": price(abs(figures.change)),
        "pct": percent(figures.change_percent),
        "day": spoken_day(main.last_day, main),
        "on_day": _at(main.last_day, main),
        "on_short_day": _at(main.last_day, main, year=False),
        "prev_when": _at(main.previous_day, main, year=main.previous_day.year != main.last_day.year),
        "short_day": f"{main.last_day:%B} {main.last_day.day}",
        "high": short(figures.range_high),
        "on_high_day": _back_in(figures.range_high_day, main),
        "low": short(figures.range_low),
        "on_low_day": _back_in(figures.range_low_day, main),
        "vol": percent(figures.volatility_percent),
        "typical": percent(_typical(material)),
        "record_start": f"{hook.record_start:%B %Y}",
        "worst": percent(figures.max_drawdown_percent),
    }
    if figures.previous_close not in (figures.range_low, figures.range_high):
        known["began"] = "where the month began" if monthly else "the close before"
    if figures.drawdown_percent < 0:
        known["dd"] = percent(figures.drawdown_percent)
    if monthly:
        known["in_period"] = _in_month(main.last_day)
    width = figures.range_high - figures.range_low
    position = (figures.last_close - figures.range_low) / width if width else 0.5
    if not 0.25 < position < 0.75:
        known["nearer"] = "the bottom" if position < 0.5 else "the top"
    return {
        **known,
        **_hook_gaps(hook, main),
        **_fact_gaps(material, short),
        **_index_gaps(material),
        **_index_year_gaps(material),
        **_other_gaps(material),
        **_post_gaps(material),
    }


def _hook_gaps(hook: Fact, main: Profile) -> dict[str, str]:
    if not hook.day:
        return {}
    return {
        "since": _back_in(hook.day, main).partition(" ")[2],
        "on_since": _back_in(hook.day, main),
        "since_year": str(hook.day.year),
    }


def _fact_gaps(material: AnalysisMaterial, price: Callable[[float], str]) -> dict[str, str]:
    main = material.main
    found: dict[str, str] = {}
    for fact in material.facts:
        match fact.kind:
            case "rebound":
                found["above"] = percent(fact.figure("above"))
            case "year" if fact.day:
                found["year_pct"] = percent(fact.figure("change"))
                found["year_start"] = price(fact.figure("start"))
                found["on_year_day"] = _back_in(fact.day, main)
            case "streak":
                bars = int(abs(fact.figure("bars")))
                found["streak"], found["nth"] = num2words(bars), num2words(bars, to="ordinal")
                found["streak_pct"] = percent(fact.figure("change"))
                found["streak_start"] = price(fact.figure("start"))
            case "swing":
                found["hi"] = price(fact.figure("high"))
                found["lo"] = price(fact.figure("low"))
                found["swing"] = percent(fact.figure("swing"))
                if fact.day:
                    found["swing_since"] = _back_in(fact.day, main).partition(" ")[2]
            case "volume":
                found["volume"] = count(fact.figure("volume"))
                found["median_volume"] = count(fact.figure("median"))
            case _:
                pass
    return found


def _index_gaps(material: AnalysisMaterial) -> dict[str, str]:
    against, index = _fact(material, "index"), material.benchmark
    if not against or not index or not against.day:
        return {}
    own, other = against.figure("own"), against.figure("index")
    found = {
        "bench": listing_of(index.symbol).said,
        "own": percent(own),
        "index_pct": percent(other),
        "own_signed": _signed(own),
        "index_signed": _signed(other),
        "own_did": _did(own),
        "own_did_perfect": {"rose": "risen", "fell": "fallen"}.get(_did(own), "moved"),
        "both_way": "up" if own > 0 else "down",
        "after": percent(against.figure("after")),
        "bench_did": _did(other),
        "index_when": _index_period(material.main, index, against.day),
    }
    if index.interval == material.main.interval:
        found["index_dd"] = percent(index.statistics.drawdown_percent)
        found["index_vol"] = percent(index.statistics.volatility_percent)
    return found


def _index_year_gaps(material: AnalysisMaterial) -> dict[str, str]:
    index = material.benchmark
    if not index:
        return {}
    figures, points = index.statistics, _rounded(_pricer(index))
    return {
        "bench": listing_of(index.symbol).said,
        "close_of_index": "monthly close" if index.interval == "month" else "close",
        "index_year": percent(figures.window_change_percent),
        "index_year_when": f"in the year to {spoken_day(index.last_day, index)}",
        "index_high": points(figures.range_high),
        "index_low": points(figures.range_low),
    }


def _other_gaps(material: AnalysisMaterial) -> dict[str, str]:
    """Of the first other symbol that is not what the comparison is with."""
    against = {material.main.symbol, *([material.benchmark.symbol] if material.benchmark else [])}
    other = next((profile for profile in material.others if profile.symbol not in against), None)
    if other is None or _did(other.statistics.change_percent) == "moved":
        return {}
    return {
        "other": listing_of(other.symbol).said,
        "other_did": _did(other.statistics.change_percent),
        "other_pct": percent(other.statistics.change_percent),
        "other_when": _index_period(material.main, other, other.last_day),
    }


def _index_period(main: Profile, index: Profile, end: date) -> str:
    if index.interval == "day":
        return "that day" if end == main.last_day else f"on {spoken_day(end, index)}"
    return "over the same month" if end == main.last_day else f"in {end:%B}"


def _post_gaps(material: AnalysisMaterial) -> dict[str, str]:
    post, posted = material.post, exchange_day(material.post.created_at)
    found = {
        "author": speakable_name(post.author.name) or "one account",
        "post_day": f"{posted:%B} {posted.day}",
        "on_post_day": f"on {posted:%B} {posted.day}",
    }
    if post.author.followers > 1:
        found["followers"] = count(post.author.followers)
    for name in ("likes", "reposts", "replies", "views"):
        number = getattr(post.engagement, name)
        if number > 1:
            found[name] = count(number)
    chosen = quotable(post.text)
    if chosen:
        found["quote"] = f"“{chosen}”" if chosen[-1] in ".!?" else f"“{chosen}”."
    return found


def quotable(text: str) -> str | None:
    """What of a post is best read aloud, word for word; None where nothing can be.

    A run of whole sentences, 4 to 22 words in all, in characters that a voice can read, without links,
    mark-up, cashtags and handles; a sentence that gives orders to a machine, or advice, is left out. Runs without
    figures are preferred (the script has figures enough), then those that end later, where the point is,
    then the longer.
    """
    sentences = list(_SENTENCE.finditer(text))
    runs = [
        (end, " ".join(text[first.start() : sentences[end].end()].split()))
        for start, first in enumerate(sentences)
        for end in range(start, min(start + MAX_QUOTE_SENTENCES, len(sentences)))
        if all(_is_speakable(sentence[0]) for sentence in sentences[start : end + 1])
    ]
    fit = [(end, run) for end, run in runs if MIN_QUOTE_WORDS <= len(run.split()) <= MAX_QUOTE_WORDS]
    best = max(fit, key=lambda each: (not _FIGURE.search(each[1]), each[0], len(each[1].split())), default=None)
    return best and best[1]


def _is_speakable(sentence: str) -> bool:
    plain = _SPEAKABLE.fullmatch(sentence.strip().replace("\n", " "))
    return (
        bool(plain) and not _MARK_UP.search(sentence) and not _ORDERS.search(sentence) and not ADVICE.search(sentence)
    )


def speakable_name(name: str) -> str:
    """An author's name as a voice can read it, at most 40 characters; empty where nothing is left."""
    words = re.sub(r"[^\w .'’-]", " ", name).replace("_", " ").split()
    return " ".join(words)[:40].strip(" .'’-")


def percent(value: float) -> str:
    """-12.34 as "12.3%": the direction is said in words."""
    return f"{abs(value):.1f}%"


def count(value: float) -> str:
    """18400 as "18,400", 1240000 as "1.2 million"."""
    for scale, word in ((1e9, "billion"), (1e6, "million")):
        if value >= scale:
            return f"{value / scale:.1f} {word}"
    return f"{value:,.0f}"


def spoken_day(day: date, profile: Profile) -> str:
    """As "October 10, 2008"; of the monthly bar of a whole month "May 2022"."""
    return f"{day:%B %Y}" if _is_whole_month(day, profile) else f"{day:%B} {day.day}, {day.year}"


def _at(day: date, profile: Profile, *, year: bool = True) -> str:
    """As "on October 10, 2008"; of the monthly bar of a whole month "at the end of May 2022"."""
    if _is_whole_month(day, profile):
        return f"at the end of {day:%B %Y}" if year else f"at the end of {day:%B}"
    return f"on {day:%B} {day.day}, {day.year}" if year else f"on {day:%B} {day.day}"


def _back_in(day: date, profile: Profile) -> str:
    """A day that is looked back to: "on October 9" of late, "in April" of the same year, "in November 2007"."""
    if profile.interval == "day" and (profile.last_day - day).days <= RECENT_DAYS:
        return f"on {day:%B} {day.day}"
    return (
        f"in {day:%B}"
        if (profile.last_day - day).days < 300 and day.year == profile.last_day.year
        else f"in {day:%B %Y}"
    )


def _in_month(day: date) -> str:
    whole = pd.Timestamp(day).is_month_end
    return f"in {day:%B}" if whole else f"in the month to {day:%B} {day.day}"


def _is_whole_month(day: date, profile: Profile) -> bool:
    return profile.interval == "month" and bool(pd.Timestamp(day).is_month_end)


def _pricer(profile: Profile) -> Callable[[float], str]:
    if profile.kind == "index":
        return lambda value: f"{value:,.0f} points"
    if profile.currency == "USD":
        return lambda value: f"${value:,.2f}"
    return lambda value: f"{value:,.2f} {profile.currency}"


def _rounded(price: Callable[[float], str]) -> Callable[[float], str]:
    """`price` for whole numbers, without cents and without a unit that is said already."""
    return lambda value: price(value).replace(f"{value:,.2f}", f"{value:,.0f}").removesuffix(" points")


def _did(change: float) -> str:
    """What a percentage did, as it is shown: one that is shown as 0.0% neither rose nor fell."""
    shown = round(change, 1)
    return "rose" if shown > 0 else "fell" if shown < 0 else "moved"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):.1f}%"


def _gaps_of(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}
