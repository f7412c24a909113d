"""From the analysis to a draft: beats with picture cues, and the cues of the whole film.

Belongs here: prompts for the illustrators, names of cues, title, description, the mood of the music.
Does not belong here: words of the script (`house` or another writer), and how a cue is drawn.
"""

from collections.abc import Iterator
from typing import Literal

from vidfactory.desks.finance.market import quote
from vidfactory.drawing.numerals import moved
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.finance import (
    Analysis,
    AnalysisSection,
    BeatName,
    MarketData,
    SelectedTweet,
    SymbolData,
    Tweet,
)
from vidfactory.schema.frame import Aspect, master_size
from vidfactory.schema.screenplay import (
    BackdropCue,
    ChartCue,
    Draft,
    DraftBeat,
    IllustrationCue,
    MusicCue,
    PostCardCue,
    TickerCue,
)

MAX_CHARTS = 3
MAX_HEADLINE = 40
CALM_VOLATILITY = 30.0
"""Below this annualised volatility, and with a small move, the music is calm."""
SMALL_MOVE = {"day": 1.5, "month": 5.0}
"""A change in per cent that is small over one bar."""
DISCLAIMER = "Not financial advice. For information only."
SAMPLE_URL, SAMPLE_HANDLE = "https://example.com/sample/", "sample_"
"""How the posts that ship with the project are known."""
SAMPLE_NOTE = "The post is a sample, written for this project; its author is invented. The prices are real."
TAGS = ("stocks", "stock market", "markets", "finance")
CHAPTERS: dict[BeatName, str] = {
    "hook": "The number",
    "post": "The post",
    "move": "The move",
    "context": "The bigger picture",
    "comparison": "Against the market",
    "watch": "What to watch",
    "close": "The question",
}
"""What the beats are called as chapters."""
STYLE = (
    "Black-and-white ink editorial illustration, fine cross-hatching, strong silhouette, one clear subject in the "
    "middle of a landscape frame, generous white space, no text, no letters, no numbers, no logos"
)
BACKDROP_PROMPT = (
    "A quiet newsroom studio at night, out of focus, warm paper tones and soft ink shadows, empty middle, "
    "{frame} frame, no people, no text, no letters, no logos"
)
FRAMES: dict[Aspect, str] = {"9:16": "vertical", "16:9": "wide", "1:1": "square"}
SUBJECTS = {
    "falling_price": "a price line that falls steeply and bends the floor where it lands",
    "rising_price": "a price line that climbs like a staircase, a small figure walking up on it",
    "crash": "a line plunging off a cliff edge, paper sheets flying up around it",
    "rebound": "a ball striking the ground and bouncing high, its path drawn as a price line",
    "storm": "a small trading desk under towering storm clouds and slanting rain",
    "calm": "a still lake at dawn, one rowing boat, the horizon perfectly level",
    "bull": "a powerful bull, head lowered, charging up a slope",
    "bear": "a heavy bear standing over a broken price line",
    "balance": "an old pair of scales, one pan lower than the other",
    "magnifier": "a hand holding a magnifying glass over a dense column of tiny marks",
    "megaphone": "a large megaphone, sound waves spreading across the page",
    "crowd": "a crowd seen from behind, all looking up at one empty board",
    "newspaper": "a folded newspaper lying on a stone step, its lines only hinted at",
    "clock": "a tall station clock without digits, its long shadow on the floor",
    "calendar": "calendar leaves blowing away from a wall, all of them blank",
    "skyline": "a city skyline whose roofs form the line of a chart",
    "mountains": "a mountain range whose ridge reads as a price chart, a hiker tiny below the summit",
    "rollercoaster": "a wooden rollercoaster with one steep drop, a single car at the top",
    "race": "two runners on a track, one clearly ahead of the other",
    "compass": "an open compass on an empty map",
    "telescope": "a figure looking through a long telescope across a wide plain",
    "crossroads": "a lone figure where two roads part, the signpost blank",
    "umbrella": "a figure under an umbrella in driving rain",
    "bridge": "a long stone bridge disappearing into mist",
    "ship": "a sailing ship tilted in high waves",
    "fire": "a chart burning like a fuse along its own line",
    "target": "an archery target with one arrow just off the middle",
    "coins": "stacks of blank coins of rising and falling height",
    "bank": "a bank front with tall columns, its door half open",
    "question": "an empty chair in front of a blank board, one lamp above it",
    "door": "a single door standing ajar in an empty room, light behind it",
    "lighthouse": "a lighthouse beam over dark water",
}
"""What is to be seen for each of the house illustrator's concepts; another concept is its own subject."""


def draft_of(brief: FinanceBrief, selected: SelectedTweet, market: MarketData, analysis: Analysis) -> Draft:
    """The draft of the brief's video; an ordered title stands in place of the writer's, on the poster if it fits."""
    text = analysis.text
    return Draft(
        title=brief.title or text.title,
        headline=brief.title if brief.title and len(brief.title) <= MAX_HEADLINE else text.headline,
        kicker=kicker(market.symbols[0]),
        description=text.strongest_fact,
        sources=sources(selected, market),
        disclaimer=DISCLAIMER,
        tags=tags(market),
        theme=brief.theme,
        frame=master_size(brief.aspect, brief.quality),
        beats=tuple(_beats(text.sections)),
        cues=(
            PostCardCue(name="post", post=selected.tweet),
            *_charts(market),
            TickerCue(quotes=tuple(quote(data) for data in market.symbols)),
            BackdropCue(prompt=BACKDROP_PROMPT.format(frame=FRAMES[brief.aspect])),
            MusicCue(mood=mood(market.symbols[0])),
        ),
    )


def kicker(data: SymbolData) -> str:
    """The symbol and its change, such as `GOOG ▼ −12.3%`."""
    return f"{data.series.symbol.removeprefix('^')} {moved(data.statistics.change_percent)}"


def sources(selected: SelectedTweet, market: MarketData) -> tuple[str, ...]:
    """The post and the prices with their dates, and what must be known about either."""
    post = selected.tweet
    shown = _shown(market)
    by_source: dict[str, list[str]] = {}
    for data in shown:
        bar = f"{data.series.name} to {data.series.bars[-1].day:%Y-%m-%d}"
        if bar not in by_source.setdefault(data.series.source, []):
            by_source[data.series.source].append(bar)
    lines = [
        f"Post: {post.author.name} (@{post.author.handle}), {post.created_at:%Y-%m-%d}, {post.url}",
        *(f"Prices: {source}: {', '.join(bars)}" for source, bars in by_source.items()),
    ]
    if any(data.series.adjusted for data in shown):
        lines.append("Adjusted closes count splits and dividends in, so they differ from the prices of their day.")
    return (*lines, SAMPLE_NOTE) if is_sample(post) else tuple(lines)


def tags(market: MarketData) -> tuple[str, ...]:
    """Names and symbols of what is shown, then the field."""
    shown = [data.series for data in _shown(market)]
    names = [series.name for series in shown]
    symbols = [series.symbol for series in shown if not series.symbol.startswith("^")]
    return tuple(dict.fromkeys([*names, *symbols, *TAGS]))


def is_sample(post: Tweet) -> bool:
    return post.url.startswith(SAMPLE_URL) or post.author.handle.startswith(SAMPLE_HANDLE)


def mood(data: SymbolData) -> Literal["tense", "bright", "calm"]:
    """Of the music: calm where little moved and little usually moves, else bright for gains, tense for losses.

    A gain far below the year's high is tense too: nobody celebrates there.
    """
    figures = data.statistics
    small = abs(figures.change_percent) <= SMALL_MOVE[data.series.interval]
    if small and figures.volatility_percent < CALM_VOLATILITY:
        return "calm"
    return "bright" if figures.change > 0 and figures.drawdown_percent > -30 else "tense"


def prompt_for(concept: str) -> str:
    """The whole prompt that an image model gets for a concept."""
    return f"{STYLE}. Subject: {SUBJECTS.get(concept, concept.replace('_', ' '))}."


def _shown(market: MarketData) -> list[SymbolData]:
    return [*market.symbols, *([market.benchmark] if market.benchmark else [])]


def _beats(sections: tuple[AnalysisSection, ...]) -> Iterator[DraftBeat]:
    number = 0
    for section in sections:
        cues = []
        for concept in section.concepts:
            number += 1
            cues.append(_illustration(number, section.beat, concept))
        yield DraftBeat(name=section.beat, title=CHAPTERS[section.beat], text=section.text, cues=tuple(cues))


def _illustration(number: int, beat: str, concept: str) -> IllustrationCue:
    slug = "".join(char if char.isascii() and char.isalnum() else "_" for char in concept.lower())[:40]
    return IllustrationCue(name=f"{number:02d}_{beat}_{slug}", concept=concept, prompt=prompt_for(concept))


def _charts(market: MarketData) -> Iterator[ChartCue]:
    """The main symbol, what it is compared with, then others, each once."""
    ordered = [market.symbols[0], *([market.benchmark] if market.benchmark else []), *market.symbols[1:]]
    unique = {data.series.symbol: data for data in reversed(ordered)}
    chosen = list(dict.fromkeys(data.series.symbol for data in ordered))[:MAX_CHARTS]
    for symbol in chosen:
        slug = "".join(char for char in symbol.lower() if char.isalnum())
        yield ChartCue(name=f"chart_{slug}", series=unique[symbol].series, statistics=unique[symbol].statistics)
