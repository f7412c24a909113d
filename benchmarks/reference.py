"""The reference film: five layers over its whole length, with pictures and sounds of its own.

Belongs here: what is on screen and when. Does not belong here: anything that is timed.
"""

from datetime import date
from io import BytesIO
from itertools import cycle, islice, pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.stored import Reference
from vidfactory.desks.finance.market import statistics
from vidfactory.drawing.backdrop import draw_backdrop
from vidfactory.drawing.chart import draw_chart
from vidfactory.drawing.illustration import concept_names, draw_illustration
from vidfactory.drawing.ticker import draw_ticker
from vidfactory.drawing.typesetting import png_bytes
from vidfactory.ports import Sound
from vidfactory.providers.bundled_market import BundledMarket
from vidfactory.rendering.audio import encode_flac, encode_mp3
from vidfactory.schema.base import SAMPLE_RATE, Frames, Media, Samples, Source
from vidfactory.schema.finance import Quote
from vidfactory.schema.plan import (
    Alternator,
    AlternatorItem,
    AudioPlan,
    CaptionPage,
    Effect,
    MainContent,
    MusicTrack,
    NarrationTrack,
    ProductionPlan,
    Scene,
    ScrollingTicker,
    Transition,
    VideoMetadata,
)
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import Theme

REFERENCE_S = 109.52
ILLUSTRATIONS = 12
WORDS_A_SECOND = 2.5
STRIP_PX = 19_440
MUSIC_S = 20.0
ZOOMS: tuple[Effect, ...] = ("zoom_in", "zoom_out")

SCRIPT = """
Oil just had its best week in two years and the pumps will feel it by Friday. Crude closed at 93 dollars,
up 8.4% since Monday, while refiners ran out of spare capacity. A single post with three million views
blames the weather. The figures tell another story. Stocks of heating oil stand 12% under their average
for the season, and ships wait nine days longer at the canal. Airlines hedge early, truckers hardly ever.
So watch three things: the inventory report on Wednesday, the dollar against the euro, and what the cartel
says on Sunday evening. If stocks rise again, this rally was borrowed. If they fall, the next stop is $100,
and nobody who drives to work will ask which chart was right.
"""
SYMBOLS = """
AAPL MSFT GOOG AMZN NVDA META TSLA BRK.B JPM V UNH XOM JNJ PG MA HD CVX MRK ABBV KO PEP COST AVGO LLY BAC
TMO MCD CSCO ACN WMT ABT DHR LIN NEE TXN VZ
"""


def reference(theme: Theme, seconds: float, scenes: int, folder: Path) -> Reference:
    """`scenes` zooming illustrations of twelve with fades, card and chart in turns, a ticker, a caption a word."""
    stage = _Stage(folder)
    frames = round(seconds * theme.fps)
    words = _words(frames, theme.fps)
    plan = ProductionPlan(
        video_metadata=VideoMetadata(
            title="Reference", duration_frames=Frames(frames), resolution=theme.frame, fps=theme.fps
        ),
        theme=theme.name,
        audio=AudioPlan(
            narration=NarrationTrack(source=stage.sound("narration.mp3", seconds, 220.0)),
            music=MusicTrack(
                source=stage.sound("music.flac", MUSIC_S, 110.0), fade_out=Samples(round(1.5 * SAMPLE_RATE))
            ),
        ),
        backdrop=stage.source("backdrop", "backdrop.png", draw_backdrop(theme.frame, 1)),
        scenes=_scenes(stage, theme, frames, scenes, words),
        captions=_captions(words, theme.fps),
        alternator=_alternator(stage, theme, frames),
        ticker=ScrollingTicker(
            source=stage.source("ticker", "ticker.png", _ticker_strip(theme)),
            pixels_per_frame=theme.motion.ticker_px_per_frame,
        ),
    )
    return Reference(plan, stage.files)


def with_another_illustration(made: Reference, theme: Theme, scene: int, folder: Path) -> Reference:
    """The same film with another picture in the scene of that index, and no other change."""
    stage = _Stage(folder)
    scenes = list(made.plan.scenes)
    content = scenes[scene].main_content
    assert content is not None
    picture = stage.source("illustrations", "other.png", draw_illustration("calm", theme.illustration_size, 99))
    scenes[scene] = scenes[scene].model_copy(
        update={"main_content": content.model_copy(update={"source": picture})},
    )
    return Reference(made.plan.model_copy(update={"scenes": tuple(scenes)}), made.files | stage.files)


def _scenes(stage: "_Stage", theme: Theme, frames: int, count: int, words: tuple[TimedWord, ...]) -> tuple[Scene, ...]:
    fade = round(theme.motion.transition_s * theme.fps)
    pictures = [
        stage.source("illustrations", f"{n:02d}.png", draw_illustration(name, theme.illustration_size, n))
        for n, name in enumerate(concept_names()[: min(count, ILLUSTRATIONS)])
    ]
    edges = [frames * n // count for n in range(count + 1)]
    scenes = []
    for n, ((start, end), picture, effect) in enumerate(
        zip(pairwise(edges), cycle(pictures), cycle(ZOOMS), strict=False)
    ):
        first, last = start * SAMPLE_RATE // theme.fps, end * SAMPLE_RATE // theme.fps
        spoken = tuple(word for word in words if first <= word.start < last)
        scenes.append(
            Scene(
                scene_number=n + 1,
                start_frame=Frames(start),
                end_frame=Frames(end),
                narration_text=" ".join(word.shown for word in spoken),
                words=spoken,
                main_content=MainContent(type="illustration", source=picture, effect=effect),
                transition=Transition(type="fade" if n else "cut", duration_frames=Frames(fade if n else 0)),
            )
        )
    return tuple(scenes)


def _alternator(stage: "_Stage", theme: Theme, frames: int) -> Alternator:
    series = BundledMarket().history("GOOG", date(2008, 10, 14))
    assert series is not None
    size = theme.alternator.size
    card = stage.source("cards", "card.png", draw_illustration("calm", size, 1))
    chart = stage.source("charts", "chart.png", draw_chart(series, statistics(series), size, theme))
    turn = round(theme.motion.alternation_s / 2 * theme.fps)
    return Alternator(
        items=tuple(
            AlternatorItem(source=side, start_frame=Frames(start), end_frame=Frames(min(start + turn, frames)))
            for start, side in zip(range(0, frames, turn), cycle((card, chart)), strict=False)
        ),
        transition_frames=Frames(round(theme.motion.alternation_fade_s * theme.fps)),
    )


def _ticker_strip(theme: Theme) -> bytes:
    """Quotes of many symbols, and ink where the strip is wider than they are."""
    rng = np.random.default_rng(1)
    quotes = []
    for symbol in SYMBOLS.split():
        price, percent = float(rng.uniform(20, 900)), float(rng.normal(0, 2))
        quotes.append(
            Quote(
                symbol=symbol,
                name=symbol,
                current_price=price,
                change=price * percent / 100,
                change_percent=percent,
            )
        )
    strip = Image.new("RGB", (STRIP_PX, theme.ticker.height), theme.palette.ink)
    strip.paste(Image.open(BytesIO(draw_ticker(tuple(quotes), theme).png)), (0, 0))
    return png_bytes(strip)


def _words(frames: int, fps: int) -> tuple[TimedWord, ...]:
    count = max(1, round(frames / fps * WORDS_A_SECOND))
    edges = [frames * n // count * SAMPLE_RATE // fps for n in range(count + 1)]
    return tuple(
        TimedWord(shown=word, spoken=word, start=Samples(start), end=Samples(end), beat=0, timing="exact")
        for word, (start, end) in zip(islice(cycle(SCRIPT.split()), count), pairwise(edges), strict=True)
    )


def _captions(words: tuple[TimedWord, ...], fps: int) -> tuple[CaptionPage, ...]:
    return tuple(
        CaptionPage(
            text=word.shown.rstrip(".,:"),
            start_frame=Frames(word.start * fps // SAMPLE_RATE),
            end_frame=Frames(word.end * fps // SAMPLE_RATE),
        )
        for word in words
    )


class _Stage:
    """Writes the reference's files and remembers them by their hash."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.files: dict[str, Path] = {}

    def source(self, asset: str, name: str, content: bytes) -> Source:
        path = self._folder / asset / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return self._known(asset, path)

    def sound(self, name: str, seconds: float, pitch_hz: float) -> Source:
        """A tone that swells and falls three times a second, as loud as speech is."""
        path = self._folder / name
        time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        swell = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * time)
        tone = (0.2 * np.sin(2 * np.pi * pitch_hz * time) * swell).astype(np.float32)
        encode = encode_mp3 if name.endswith("mp3") else encode_flac
        encode(path, Sound(np.stack([tone, tone]), SAMPLE_RATE))
        return self._known("sound", path)

    def _known(self, asset: str, path: Path) -> Source:
        media = Media.of(path, "application/octet-stream")
        self.files[media.sha256] = path
        return Source(file=f"{asset}/{path.name}", sha256=media.sha256)
