"""A tiny film for the renderer's tests: 180x320, plain pictures, so that a second of it takes a moment."""

import hashlib
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vidfactory.ports import Sound
from vidfactory.rendering.audio import encode_flac
from vidfactory.schema.base import SAMPLE_RATE, Frames, Size, Source
from vidfactory.schema.plan import (
    Alternator,
    AlternatorItem,
    AudioPlan,
    CaptionPage,
    MainContent,
    NarrationTrack,
    ProductionPlan,
    Scene,
    ScrollingTicker,
    Transition,
    VideoMetadata,
)
from vidfactory.themes import load_theme

FPS = 30
THEME = load_theme("finance", Size(width=180, height=320))


class TinyStudio:
    """Writes the files of tiny films into `folder`, and knows them by their hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, Path] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def picture(self, name: str, colour: str, size: Size) -> Source:
        path = self.folder / f"{name}.png"
        Image.new("RGB", (size.width, size.height), colour).save(path)
        return self.known(path)

    def sound(self, samples: NDArray[np.float32]) -> Source:
        path = self.folder / "narration.flac"
        encode_flac(path, Sound(samples[None], SAMPLE_RATE))
        return self.known(path)

    def known(self, path: Path) -> Source:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        self.files[sha256] = path
        return Source(file=path.name, sha256=sha256)

    def plan(
        self,
        colours: Sequence[str],
        lengths: Sequence[int],
        fade: int = 0,
        samples: NDArray[np.float32] | None = None,
        caption: str = "WORD",
    ) -> ProductionPlan:
        """Scenes of plain colours, `lengths` frames each, with all layers over them."""
        total = Frames(sum(lengths))
        if samples is None:
            samples = 0.2 * np.sin(np.arange(total * SAMPLE_RATE // FPS) * 0.03).astype(np.float32)
        spans = list(pairwise(accumulate(lengths, initial=0)))
        return ProductionPlan(
            video_metadata=VideoMetadata(title="Tiny", duration_frames=total, resolution=THEME.frame, fps=FPS),
            theme=THEME.name,
            audio=AudioPlan(narration=NarrationTrack(source=self.sound(samples)), music=None),
            backdrop=self.picture("backdrop", "#808080", THEME.frame),
            scenes=tuple(
                self._scene(number, start, end, colour, fade if number > 1 else 0)
                for number, ((start, end), colour) in enumerate(zip(spans, colours, strict=True), start=1)
            ),
            captions=(CaptionPage(text=caption, start_frame=Frames(0), end_frame=Frames(total // 2)),),
            alternator=Alternator(
                items=(
                    AlternatorItem(
                        source=self.picture("card", "#202020", THEME.alternator.size),
                        start_frame=Frames(0),
                        end_frame=total,
                    ),
                ),
                transition_frames=Frames(0),
            ),
            ticker=ScrollingTicker(
                source=self.picture("ticker", "#404040", Size(width=400, height=THEME.ticker.height)),
                pixels_per_frame=2,
            ),
        )

    def _scene(self, number: int, start: int, end: int, colour: str, fade: int) -> Scene:
        picture = self.picture(colour.removeprefix("#"), colour, THEME.illustration_size)
        return Scene(
            scene_number=number,
            start_frame=Frames(start),
            end_frame=Frames(end),
            narration_text="",
            words=(),
            main_content=MainContent(type="illustration", source=picture, effect="zoom_in"),
            transition=Transition(type="fade" if fade else "cut", duration_frames=Frames(min(fade, end - start))),
        )
