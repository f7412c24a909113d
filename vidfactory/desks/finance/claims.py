"""Proof that every number in a script is in the post or in the market data.

Belongs here: finding numbers in words, and the figures that they may be. Does not belong here: what
else may be wrong with a script (`analysis` holds that).

A number supports itself by being equal, *as it is shown*: "55.2%" is 55.24 at one decimal and would be
wrong as "55.3%". Digits and number words count alike. Kinds are kept apart (a price is no percentage),
signs are not (a fall of 3% is figured as -3). Not checked: number words below ten without a unit ("two
prices to watch") and ordinals that count nothing ("the first of them").
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from num2words import num2words

from vidfactory.desks.finance.facts import facts
from vidfactory.desks.finance.market import exchange_day
from vidfactory.desks.finance.symbols import LISTINGS, find_symbols, listing_of
from vidfactory.schema.base import Model
from vidfactory.schema.finance import MarketData, Tweet

Kind = Literal["price", "percent", "count", "date", "fraction"]

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12}


class Claim(Model):
    """A number as it stands in a text, `value` times `scale`.

    Of a date, `value` is 10000 year + 100 month + day, with 0 for what is not said. A fraction ("half of
    it", "doubled") is as good as no figure, so it has no value and is only allowed where the post says it.
    """

    text: str
    kind: Kind
    value: float
    decimals: int = 0
    scale: float = 1.0


class _Support(Model):
    """What may be claimed."""

    prices: frozenset[float]
    percents: frozenset[float]
    counts: frozenset[float]
    days: frozenset[date]
    quoted: frozenset[tuple[Kind, float]]
    post: str


def unsupported_numbers(text: str, tweet: Tweet, market: MarketData) -> list[Claim]:
    """The numbers of `text` that are neither in the post nor in the market data, in the order of `text`."""
    support = _support(tweet, market, find_symbols(text, frozenset(data.series.symbol for data in market.symbols)))
    return [claim for claim in find_claims(_without_names(text, tweet)) if not _is_supported(claim, support)]


def find_claims(text: str) -> list[Claim]:
    """Every number, date and fraction in `text`."""
    digits = _WORDS.sub(_in_digits, text)
    found: list[tuple[int, Claim]] = []
    for pattern, claim_of in _PATTERNS:
        for match in pattern.finditer(digits):
            found += [(match.start(), claim) for claim in claim_of(match)]
        digits = pattern.sub(lambda match: " " * len(match[0]), digits)
    return [claim for _, claim in sorted(found, key=lambda item: item[0])]


# --- what may be said ----------------------------------------------------------------------------


def _support(tweet: Tweet, market: MarketData, named: Sequence[str]) -> _Support:
    """Figures of the post, the main symbol, the index, and of those others that the text names."""
    main, *others = market.symbols
    everything = [main, *(data for data in others if data.series.symbol in named)]
    everything += [market.benchmark] if market.benchmark else []
    known = facts(market)
    engagement = tweet.engagement
    prices: set[float] = set()
    percents: set[float] = set()
    counts = {1.0, float(engagement.likes), float(engagement.reposts), float(engagement.replies)}
    counts |= {float(engagement.views), float(tweet.author.followers)}
    days = {market.as_of, exchange_day(tweet.created_at), *(fact.day for fact in known if fact.day)}
    days |= {fact.record_start for fact in known}
    for data in everything:
        figures = data.statistics
        prices |= {figures.last_close, figures.previous_close, figures.change, figures.range_high, figures.range_low}
        percents |= {figures.change_percent, figures.window_change_percent, figures.volatility_percent}
        percents |= {figures.drawdown_percent, figures.max_drawdown_percent}
        counts |= {figures.streak, figures.window_bars, figures.window_bars - 1}
        days |= {bar.day for bar in data.series.bars[-2:]} | {data.series.bars[-figures.window_bars].day}
        days |= {figures.range_high_day, figures.range_low_day}
        if listing_of(data.series.symbol).kind == "index":
            counts |= {figures.last_close, figures.previous_close, figures.change}
            counts |= {figures.range_high, figures.range_low}
    for figure in (figure for fact in known for figure in fact.figures):
        {"price": prices, "percent": percents, "bars": counts, "shares": counts}[figure.unit].add(figure.value)
    quoted = {(claim.kind, claim.value * claim.scale) for claim in find_claims(tweet.text)}
    return _Support(
        prices=frozenset(map(abs, prices)),
        percents=frozenset(map(abs, percents)),
        counts=frozenset(map(abs, counts)),
        days=frozenset(days),
        quoted=frozenset(quoted),
        post=tweet.text.lower(),
    )


def _is_supported(claim: Claim, support: _Support) -> bool:
    if claim.kind == "fraction":
        return claim.text.lower() in support.post
    if (claim.kind, claim.value * claim.scale) in support.quoted:
        return True
    if claim.kind == "date":
        return any(_is_date(int(claim.value), day) for day in support.days)
    known = {"price": support.prices, "percent": support.percents, "count": support.counts}[claim.kind]
    shown = f"{claim.value:.{claim.decimals}f}"
    return any(f"{value / claim.scale:.{claim.decimals}f}" == shown for value in known)


def _is_date(claimed: int, day: date) -> bool:
    said = (claimed // 10000, claimed // 100 % 100, claimed % 100)
    return all(part in (0, real) for part, real in zip(said, (day.year, day.month, day.day), strict=True))


def _without_names(text: str, tweet: Tweet) -> str:
    """`text` without the names whose digits claim nothing ("S&P 500", "@trader99")."""
    names = {name for listing in LISTINGS for name in (listing.name, *listing.aliases)}
    names |= {tweet.author.name, f"@{tweet.author.handle}", tweet.author.handle}
    numbered = sorted(
        (name for name in names if re.search(r"\d", name) and re.search(r"[^\W\d]", name)), key=len, reverse=True
    )
    for name in numbered:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "it", text)
    return text


# --- numbers in digits ---------------------------------------------------------------------------

_MONTH = "|".join(MONTHS)
_SCALE = "|".join(SCALES)
_NUMBER = rf"(?P<number>\d[\d,]*(?:\.\d+)?|\.\d+)(?:[\s-]?(?P<scale>{_SCALE})\b)?"
_UNITS = (
    r"per\s?cent|%|dollars|points|shares|likes|reposts|replies|views|followers|times|sessions?|days?|weeks?|months?|"
    r"quarters?|years?|closes|falls|rises|gains|losses|straight|consecutive|in a row|running"
)


def _number_claim(kind: Kind, match: re.Match[str]) -> Iterator[Claim]:
    figures = match["number"].rstrip(",").replace(",", "")
    yield Claim(
        text=match[0].strip(),
        kind=kind,
        value=float(figures),
        decimals=len(figures.partition(".")[2]),
        scale=SCALES.get((match["scale"] or "").lower(), 1.0),
    )


def _dated(match: re.Match[str]) -> Iterator[Claim]:
    parts = match.groupdict()
    month = MONTHS.index(parts["month"].capitalize()) + 1 if parts.get("month") else 0
    value = 10000 * int(parts.get("year") or 0) + 100 * month + int(parts.get("day") or 0)
    yield Claim(text=match[0].strip(), kind="date", value=value)


def _fraction(match: re.Match[str]) -> Iterator[Claim]:
    yield Claim(text=match[0], kind="fraction", value=0.0)


_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), claim_of)
    for pattern, claim_of in (
        (rf"\b(?P<month>{_MONTH})\s+(?P<day>\d\d?)(?:st|nd|rd|th)?\b(?:,?\s+(?P<year>\d{{4}})\b)?", _dated),
        (rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\b(?:,?\s+(?P<year>\d{{4}})\b)?", _dated),
        (rf"\b(?P<month>{_MONTH}),?\s+(?P<year>\d{{4}})\b", _dated),
        (rf"[$]\s?{_NUMBER}", lambda match: _number_claim("price", match)),
        (rf"{_NUMBER}\s?(?:%|per\s?cent\b|percentage points?\b)", lambda match: _number_claim("percent", match)),
        (rf"{_NUMBER}\s(?:dollars|points)\b", lambda match: _number_claim("price", match)),
        (r"(?<![\d.,])(?P<year>(?:19|20)\d\d)(?![\d%]|[.,]\d)s?", _dated),
        (r"(?P<number>\d+)(?P<scale>)(?:st|nd|rd|th)\b", lambda match: _number_claim("count", match)),
        (_NUMBER, lambda match: _number_claim("count", match)),
        (
            (
                r"\b(?:half|halves|halved|halving|twice|thrice|doubl(?:e|es|ed|ing)|tripl(?:e|es|ed|ing)|"
                r"(?:a|one|two|three)[\s-](?:third|quarter|fifth)s?(?=\s+(?:of|its|the)\b))\b"
            ),
            _fraction,
        ),
    )
)


# --- numbers in words ----------------------------------------------------------------------------

_SMALL = {num2words(number): number for number in (*range(20), *range(20, 100, 10))}
_ORDINALS = {num2words(number, to="ordinal"): number for number in range(1, 32)}
_CARDINAL = "|".join(sorted(_SMALL, key=len, reverse=True))
_WORDS = re.compile(
    rf"\b(?:(?P<cardinal>(?:{_CARDINAL})(?:(?:[\s-]|\sand\s)(?:{_CARDINAL}|hundred|thousand|million|billion))*"
    rf"(?:\spoint(?:\s(?:{_CARDINAL}))+)?)(?=\b(?P<unit>\s+(?:\w+\s+){{0,2}}?(?:{_UNITS})(?!\w))?)"
    rf"|(?P<ordinal>{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})"
    r"(?=\s+(?:\w+\s+)?(?:in a row|straight|consecutive|running)\b))(?!\w)",
    re.IGNORECASE,
)


def _in_digits(match: re.Match[str]) -> str:
    if match["ordinal"]:
        return str(_ORDINALS[match["ordinal"].lower()])
    whole, _, fraction = match["cardinal"].lower().partition(" point ")
    value = _value(whole)
    if value < 10 and not fraction and not match["unit"]:
        return match[0]
    return f"{value}.{''.join(str(_SMALL[word]) for word in fraction.split())}" if fraction else str(value)


def _value(words: str) -> int:
    """The number that cardinal words say: "two thousand three hundred and five" is 2305."""
    total = current = 0
    for word in re.findall(r"[a-z]+", words.replace(" and ", " ")):
        if word == "hundred":
            current = max(current, 1) * 100
        elif word in SCALES:
            total, current = total + max(current, 1) * int(SCALES[word]), 0
        else:
            current += _SMALL[word]
    return total + current
