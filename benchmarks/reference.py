"""A reference plan of five layers with pictures of its own, so that a benchmark needs no finished video."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from vidfactory.drawing.backdrop import draw_backdrop
from vidfactory.drawing.illustration import concept_names, draw_illustration
from vidfactory.drawing.ticker import draw_ticker
from vidfactory.ports import Sound
from vidfactory.rendering.audio import encode_flac, encode_mp3
from vidfactory.schema.base import SAMPLE_RATE, Frames, Media
from vidfactory.schema.finance import Quote
from vidfactory.schema.plan import (
    Alternator,
    AlternatorItem,
    AudioPlan,
    CaptionPage,
    MainContent,
    MusicTrack,
    NarrationTrack,
    ProductionPlan,
    Scene,
    ScrollingTicker,
    Source,
    Transition,
    VideoMetadata,
)
from vidfactory.schema.theme import Theme

SCENES = 12
FADE = Frames(15)
WORDS_A_SECOND = 2.5


@dataclass(frozen=True)
class Reference:
    plan: ProductionPlan
    files: dict[str, Path]


def reference(theme: Theme, seconds: float, folder: Path) -> Reference:
    """Twelve zooming illustrations with fades, an alternator, a ticker and one caption a word, over a backdrop."""
    stage = _Stage(folder)
    frames = round(seconds * theme.fps)
    edges = [frames * n // SCENES for n in range(SCENES + 1)]
    pictures = [
        stage.source("illustrations", f"{n:02d}.png", draw_illustration(name, theme.illustration_size, n))
        for n, name in enumerate(concept_names()[:SCENES])
    ]
    sides = [stage.source("cards", f"{n}.png", draw_illustration("calm", theme.alternator.size, n)) for n in range(2)]
    quotes = (Quote(symbol="GOOG", name="Google", current_price=332.0, change=3.0, change_percent=0.9),)
    plan = ProductionPlan(
        video_metadata=VideoMetadata(
            title="Reference", duration_frames=Frames(frames), resolution=theme.frame, fps=theme.fps
        ),
        theme=theme.name,
        audio=AudioPlan(
            narration=NarrationTrack(source=stage.sound("narration.mp3", seconds)),
            music=MusicTrack(source=stage.sound("music.flac", 20.0)),
        ),
        backdrop=stage.source("backdrop", "backdrop.png", draw_backdrop(theme.frame, 1)),
        scenes=tuple(
            Scene(
                scene_number=n + 1,
                start_frame=Frames(start),
                end_frame=Frames(end),
                narration_text="",
                words=(),
                main_content=MainContent(type="illustration", source=picture, effect="zoom_in"),
                transition=Transition(type="fade" if n else "cut", duration_frames=FADE if n else Frames(0)),
            )
            for n, (start, end, picture) in enumerate(zip(edges, edges[1:], pictures, strict=False))
        ),
        captions=_captions(frames, theme.fps),
        alternator=Alternator(
            items=tuple(
                AlternatorItem(
                    source=side, start_frame=Frames(frames * n // 2), end_frame=Frames(frames * (n + 1) // 2)
                )
                for n, side in enumerate(sides)
            ),
            transition_frames=Frames(30),
        ),
        ticker=ScrollingTicker(
            source=stage.source("ticker", "ticker.png", draw_ticker(quotes, theme).png),
            pixels_per_frame=theme.motion.ticker_px_per_frame,
        ),
    )
    return Reference(plan, stage.files)


def _captions(frames: int, fps: int) -> tuple[CaptionPage, ...]:
    count = round(frames / fps * WORDS_A_SECOND)
    edges = [frames * n // count for n in range(count + 1)]
    return tuple(
        CaptionPage(text=f"WORD {n}", start_frame=Frames(start), end_frame=Frames(end))
        for n, (start, end) in enumerate(pairwise(edges))
    )


class _Stage:
    """Writes the reference's files and remembers them by their hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files: dict[str, Path] = {}

    def source(self, asset: str, name: str, content: bytes) -> Source:
        path = self._folder / asset / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return self._known(asset, path)

    def sound(self, name: str, seconds: float) -> Source:
        path = self._folder / name
        time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        tone = (0.2 * np.sin(2 * np.pi * 220 * time) * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * time))).astype(np.float32)
        encode = encode_mp3 if name.endswith("mp3") else encode_flac
        encode(path, Sound(np.stack([tone, tone]), SAMPLE_RATE))
        return self._known("sound", path)

    def _known(self, asset: str, path: Path) -> Source:
        media = Media.of(path, "application/octet-stream")
        self.files[media.sha256] = path
        return Source(file=f"{asset}/{path.name}", sha256=media.sha256)
