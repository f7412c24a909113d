"""The renderer: a production plan and its files become an MP4."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from vidfactory.drawing.caption import caption_image
from vidfactory.errors import BadInput
from vidfactory.ports import Sound
from vidfactory.rendering.audio import decode, encode_aac, measure
from vidfactory.rendering.compositor import Compositor, Layer
from vidfactory.rendering.encode import X264, encode_video, join
from vidfactory.rendering.layers import Alternating, Captions, MovingPictures, ScrollingStrip, Still
from vidfactory.rendering.mastering import master
from vidfactory.rendering.mix import mix
from vidfactory.rendering.sprite import Plane, Sprite, open_image
from vidfactory.schema.base import SAMPLE_RATE, Box, Samples, Size
from vidfactory.schema.film import Loudness
from vidfactory.schema.plan import ProductionPlan, Source
from vidfactory.schema.theme import Theme

AUDIO_BIT_RATE = 192_000
REPORT_EVERY_S = 2.0

Files = Mapping[str, Path]
"""Local files by their SHA-256."""


@dataclass(frozen=True)
class Progress:
    """How far a render is: frames done, of how many, at how many frames a second."""

    done: int
    total: int
    fps: float

    @property
    def left_s(self) -> float:
        return (self.total - self.done) / self.fps


@dataclass(frozen=True)
class Film:
    path: Path
    size: Size
    fps: int
    frames: int
    encoder: str
    loudness: Loudness
    render_fps: float


def render(plan: ProductionPlan, theme: Theme, files: Files, folder: Path, report: Callable[[Progress], None]) -> Film:
    """Draw, mix, encode and join the film into `folder`; `report` is called every few seconds.

    Raises BadInput naming the part of the plan whose file is missing or cannot be used.
    """
    about, settings = plan.video_metadata, X264()
    pictures, sound, target = folder / "pictures.mp4", folder / "sound.mp4", folder / "video.mp4"
    compositor = Compositor(about.resolution, film_layers(plan, theme, files))
    watch = _Stopwatch(about.duration_frames, report)

    def draw(number: int) -> Plane:
        compositor.draw(number)
        watch.tick(number + 1)
        return compositor.buffer

    encode_video(pictures, about.resolution, about.fps, about.duration_frames, settings, draw)
    encode_aac(sound, film_sound(plan, theme, files), AUDIO_BIT_RATE)
    join(pictures, sound, target, about.title)
    pictures.unlink()
    sound.unlink()
    return Film(
        path=target,
        size=about.resolution,
        fps=about.fps,
        frames=about.duration_frames,
        encoder=str(settings),
        loudness=measure(decode(target)),
        render_fps=watch.fps,
    )


def film_layers(plan: ProductionPlan, theme: Theme, files: Files) -> list[Layer]:
    """The layers of the plan, the lowest first."""
    frame = Box(left=0, top=0, width=theme.frame.width, height=theme.frame.height)
    layers: list[Layer] = [Still(frame, _sprite(plan.backdrop, files, "backdrop"))]
    shots = {
        scene.main_content.source.file: _sprite(scene.main_content.source, files, f"scene {scene.scene_number}")
        for scene in plan.scenes
        if scene.main_content is not None
    }
    if shots:
        layers.append(MovingPictures(theme.panel, plan.scenes, shots, theme.motion.zoom_percent))
        layers.append(_panel_frame(theme))
    if plan.alternator is not None:
        sides = {item.source.file: _sprite(item.source, files, "alternator") for item in plan.alternator.items}
        layers.append(Alternating(theme.alternator, plan.alternator.items, sides, plan.alternator.transition_frames))
    if plan.ticker is not None:
        strip = _sprite(plan.ticker.source, files, "ticker")
        layers.append(ScrollingStrip(theme.ticker, strip, plan.ticker.pixels_per_frame))
    texts = dict.fromkeys(page.text for page in plan.captions)
    letters = {text: Sprite.of(caption_image(text, theme.captions)) for text in texts}
    layers.append(Captions(theme.captions.box, plan.captions, letters))
    return layers


def film_sound(plan: ProductionPlan, theme: Theme, files: Files) -> Sound:
    """The mastered mix, as long as the picture."""
    about = plan.video_metadata
    length = Samples(about.duration_frames * SAMPLE_RATE // about.fps)
    narration = decode(_file(plan.audio.narration.source, files, "narration"))
    music = decode(_file(plan.audio.music.source, files, "music")) if plan.audio.music else None
    words = [word for scene in plan.scenes for word in scene.words]
    mixed = mix(narration, music, length, plan.audio, theme.mix, words)
    return master(mixed, theme.mix.target_lufs, theme.mix.max_true_peak_dbtp)


def _panel_frame(theme: Theme) -> Still:
    """The ink line around the panel, drawn over the picture's edges."""
    box, line = theme.panel, theme.panel_frame_px
    image = Image.new("RGBA", (box.width, box.height), f"{theme.palette.ink}00")
    ImageDraw.Draw(image).rectangle((0, 0, box.width - 1, box.height - 1), outline=theme.palette.ink, width=line)
    return Still(box, Sprite.of(image))


def _file(source: Source, files: Files, where: str) -> Path:
    if source.sha256 not in files:
        raise BadInput(f"the plan names {source.file}, which no department delivered", where=where)
    return files[source.sha256]


def _sprite(source: Source, files: Files, where: str) -> Sprite:
    return Sprite.of(open_image(_file(source, files, where), where))


class _Stopwatch:
    """Counts frames and reports now and then."""

    def __init__(self, total: int, report: Callable[[Progress], None]) -> None:
        self._total, self._report = total, report
        self._begun = self._reported = time.perf_counter()
        self.fps = 0.0

    def tick(self, done: int) -> None:
        now = time.perf_counter()
        self.fps = done / max(now - self._begun, 1e-9)
        if done == self._total or now - self._reported >= REPORT_EVERY_S:
            self._reported = now
            self._report(Progress(done, self._total, self.fps))
