"""A small good film with words, pictures and a voice, and ways to break it in one way each.

The film is made by the real layers, mix and encoders. It is broken by decoding it, changing its frames or samples, and
encoding it again; what is not changed stays good.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vidfactory.inspection.inspector import Planned, inspect
from vidfactory.inspection.limits import Limits
from vidfactory.rendering.audio import decode, encode_aac
from vidfactory.rendering.compositor import Compositor
from vidfactory.rendering.encode import Encoder, encode_frames, join
from vidfactory.rendering.quality import SOCIAL
from vidfactory.rendering.soundtrack import make_sound
from vidfactory.rendering.stage import film_layers
from vidfactory.schema.base import SAMPLE_RATE, Box, Frames, Media, Samples, Size, Source
from vidfactory.schema.film import Loudness, Video
from vidfactory.schema.inspection import QaReport
from vidfactory.schema.plan import (
    AudioPlan,
    CaptionPage,
    CaptionWord,
    MainContent,
    NarrationTrack,
    ProductionPlan,
    Scene,
    ScrollingTicker,
    Transition,
    VideoMetadata,
)
from vidfactory.schema.speech import TimedWord
from vidfactory.schema.theme import CaptionLook, Theme
from vidfactory.themes import load_theme
from vidfactory_tests.rendering.tiny import TinyStudio

FPS = 30
SIZE = Size(width=270, height=480)
THEME = load_theme("finance", SIZE)
LIMITS = Limits(least_side_px=SIZE.width, caption_likeness=0.85)
"""The film's letters are a quarter as large as a real one's, and lose as much more to the encoder."""
WORDS = ("GOOGLE", "fell", "$245.67", "in", "November", "and", "nobody", "knows", "why", "it", "stopped")
WORD_FRAMES = 11
LEAD = 6
SCENES = (60, 55, 65)
LENGTH = sum(SCENES)
QUIET = range(LEAD + WORD_FRAMES * len(WORDS) + 4, LENGTH)
"""The film's end, where no word is due."""

Frame = NDArray[np.uint8]
"""I420: luma over both chroma planes, shape (height * 3 / 2, width)."""
Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Made:
    """A film, what it should be, and where it lies."""

    path: Path
    planned: Planned
    track: Path
    """Its sound alone."""

    def report(self, folder: Path, planned: Planned | None = None) -> QaReport:
        folder.mkdir(parents=True, exist_ok=True)
        return inspect(video_of(self.path), planned or self.planned, folder, 2, LIMITS)

    def altered(
        self,
        target: Path,
        picture: Callable[[int, Frame, Sequence[Frame]], Frame] | None = None,
        sound: Callable[[Sound], Sound] | None = None,
        size: Size = SIZE,
        fps: int = FPS,
        frames: Iterable[int] | None = None,
    ) -> "Made":
        """The film with each frame put through `picture` (its number, itself, all of them) and its samples through
        `sound`; of the frames with the numbers `frames`, at `fps` a second.
        """
        target.mkdir(parents=True, exist_ok=True)
        pieces, track, film = self.path, self.track, target / "film.mp4"
        if picture or frames:
            decoded = pictures_of(self.path)
            chosen = range(len(decoded)) if frames is None else frames
            made = (picture(n, decoded[n].copy(), decoded) if picture else decoded[n] for n in chosen)
            pieces = target / "pictures.mp4"
            encode_frames(pieces, size, fps, Encoder(preset="superfast"), map(_framed, made))
        if sound:
            track = target / "sound.m4a"
            encode_aac(track, [sound(sound_of(self.path))], 192_000)
        join([pieces], track, film, fps, "Broken")
        return replace(self, path=film)


def small_film(folder: Path, look: CaptionLook = "one_word") -> Made:
    """The good film, drawn, mixed and encoded into `folder` as the renderer does, with captions of a look."""
    tiny = TinyStudio(folder / "files")
    style = THEME.captions.model_copy(update={"style": look})
    theme = THEME.model_copy(update={"captions": style})
    plan = _plan(tiny, theme, look)
    compositor = Compositor(SIZE, film_layers(plan, theme, tiny.files))
    pieces, track, film = folder / "pictures.mp4", folder / "sound.m4a", folder / "film.mp4"

    def drawn(number: int) -> av.VideoFrame:
        compositor.draw(number)
        return compositor.frame

    encode_frames(pieces, SIZE, FPS, SOCIAL.picture, map(drawn, range(LENGTH)))
    narration = tiny.files[plan.audio.narration.source.sha256]
    samples = Samples(LENGTH * SAMPLE_RATE // FPS)
    make_sound(plan.audio, theme.mix, timed_words(), samples, narration, None, track, 192_000)
    join([pieces], track, film, FPS, "Small")
    return Made(film, Planned(plan, theme, WORDS, timed_words(), tiny.files), track)


def video_of(path: Path) -> Video:
    return Video(
        file=Media.of(path, "video/mp4"),
        size=SIZE,
        fps=FPS,
        duration_frames=Frames(LENGTH),
        encoder="libx264",
        loudness=Loudness(integrated_lufs=-14, true_peak_dbtp=-2),
    )


def timed_words(late_frames: int = 0) -> tuple[TimedWord, ...]:
    """In samples of the narration, which begins with the film."""
    per_frame = SAMPLE_RATE // FPS
    starts = [(LEAD + late_frames + number * WORD_FRAMES) * per_frame for number in range(len(WORDS))]
    return tuple(
        TimedWord(
            shown=word,
            spoken=word,
            beat=0,
            start=Samples(start),
            end=Samples(start + (WORD_FRAMES - 2) * per_frame),
            timing="exact",
        )
        for word, start in zip(WORDS, starts, strict=True)
    )


def sound_of(path: Path) -> Sound:
    return decode(path).samples[:, : LENGTH * SAMPLE_RATE // FPS].copy()


def pictures_of(path: Path) -> list[Frame]:
    with av.open(path) as container:
        return [np.asarray(frame.to_ndarray(format="yuv420p")) for frame in container.decode(video=0)]


def copied(to: Frame, source: Frame, box: Box, left: int = 0, top: int = 0) -> Frame:
    """`to` with what `source` shows in `box`, moved by `left` and `top` (even)."""
    for there, here in zip(planes_of(to), planes_of(source), strict=True):
        by = to.shape[1] // there.shape[1]
        area = np.s_[box.top // by : box.bottom // by, box.left // by : box.right // by]
        target = np.s_[
            (box.top + top) // by : (box.bottom + top) // by, (box.left + left) // by : (box.right + left) // by
        ]
        there[target] = here[area]
    return to


def painted(frame: Frame, luma: int, box: Box | None = None) -> Frame:
    """Grey of a luma, everywhere or in a box."""
    for plane, value in zip(planes_of(frame), (luma, 128, 128), strict=True):
        by = frame.shape[1] // plane.shape[1]
        area = box and np.s_[box.top // by : box.bottom // by, box.left // by : box.right // by]
        plane[area or np.s_[:, :]] = value
    return frame


def planes_of(frame: Frame) -> tuple[Frame, Frame, Frame]:
    """Views of luma and both chroma planes."""
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    flat = frame.reshape(-1)
    half, luma = (height // 2, width // 2), height * width
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma * 5 // 4].reshape(half),
        flat[luma * 5 // 4 :].reshape(half),
    )


def scaled(frame: Frame, size: Size) -> Frame:
    parts = planes_of(frame)
    targets = ((size.width, size.height), *[(size.width // 2, size.height // 2)] * 2)
    return np.concatenate(
        [cv2.resize(plane, target).reshape(-1) for plane, target in zip(parts, targets, strict=True)]
    ).reshape(size.height * 3 // 2, size.width)


def _framed(frame: Frame) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="yuv420p")


def _plan(tiny: TinyStudio, theme: Theme, look: CaptionLook) -> ProductionPlan:
    strip = Size(width=400, height=theme.ticker.height)
    starts = list(accumulate(SCENES, initial=0))
    return ProductionPlan(
        video_metadata=VideoMetadata(title="Small", duration_frames=Frames(LENGTH), resolution=SIZE, fps=FPS),
        theme=theme.name,
        audio=AudioPlan(narration=NarrationTrack(source=tiny.sound(voice())), music=None),
        backdrop=_picture(tiny, "backdrop", 9, SIZE, shade=60),
        scenes=tuple(
            Scene(
                scene_number=number + 1,
                start_frame=Frames(start),
                end_frame=Frames(end),
                narration_text="",
                words=(),
                main_content=MainContent(
                    type="illustration",
                    source=_picture(tiny, f"picture{number}", number, theme.illustration_size),
                    effect="zoom_in",
                ),
                transition=Transition(type="fade" if number else "cut", duration_frames=Frames(8 if number else 0)),
            )
            for number, (start, end) in enumerate(pairwise(starts))
        ),
        captions=_pages(look),
        alternator=None,
        ticker=ScrollingTicker(source=_picture(tiny, "ticker", 20, strip), pixels_per_frame=2),
    )


def _pages(look: CaptionLook) -> tuple[CaptionPage, ...]:
    words = [
        CaptionWord(
            text=word,
            start_frame=Frames(LEAD + n * WORD_FRAMES),
            end_frame=Frames(LEAD + (n + 1) * WORD_FRAMES),
        )
        for n, word in enumerate(WORDS)
    ]
    if look == "one_word":
        return tuple(CaptionPage(**word.model_dump()) for word in words)
    pairs = [tuple(words[n : n + 2]) for n in range(0, len(words), 2)]
    return tuple(
        CaptionPage(
            text=" ".join(word.text for word in pair),
            start_frame=pair[0].start_frame,
            end_frame=pair[-1].end_frame,
            words=pair,
        )
        for pair in pairs
    )


def voice() -> Sound:
    """Noise in syllables, another for each word, and a hum to the film's end, so that it is never silent."""
    random = np.random.default_rng(5)
    samples = np.zeros(LENGTH * SAMPLE_RATE // FPS, np.float32)
    for word in timed_words():
        length = word.end - word.start
        noise = np.convolve(random.normal(size=length), np.ones(24) / 24, "same")
        samples[word.start : word.end] = noise * np.sin(np.linspace(0, np.pi, length)) ** 0.5
    hum = 0.05 * np.sin(np.arange(samples.size) * 2 * np.pi * 220 / SAMPLE_RATE)
    return (0.5 * samples + hum).astype(np.float32)


def _picture(tiny: TinyStudio, name: str, seed: int, size: Size, shade: int = 200) -> Source:
    """Blots of ink on paper, different for each seed, with fine hatching."""
    random = np.random.default_rng(seed)
    pixels = np.full((size.height, size.width), shade, np.uint8)
    for _ in range(12):
        x, y = int(random.integers(0, size.width)), int(random.integers(0, size.height))
        cv2.circle(pixels, (x, y), int(random.integers(4, max(6, size.height // 4))), int(random.integers(0, 255)), -1)
    pixels[::4] //= 2
    path = tiny.folder / f"{name}.png"
    Image.fromarray(pixels).convert("RGB").save(path)
    return tiny.known(path)
