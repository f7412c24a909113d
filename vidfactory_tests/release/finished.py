"""A small finished video: all artifacts that a package is made of, with real files, made without any department.

Belongs here: a film of three beats and what belongs to it. Does not belong here: what a test looks for.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from PIL import Image

from vidfactory.release.identity import Identity, own_identity
from vidfactory.release.manifest import Account, Origins
from vidfactory.release.packing import pack
from vidfactory.schema.base import SAMPLE_RATE, Artifact, Credit, Frames, Media, Samples, Size, Source
from vidfactory.schema.film import Loudness, Video
from vidfactory.schema.inspection import Measurement, QaReport
from vidfactory.schema.pictures import Backdrop, Cards, Charts, Illustrations, Picture, Soundtrack, Ticker
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
    Transition,
    VideoMetadata,
)
from vidfactory.schema.release import Package, Thumbnail, Thumbnails
from vidfactory.schema.screenplay import BackdropCue, Beat, IllustrationCue, MusicCue, Screenplay, Token
from vidfactory.schema.speech import Narration, Pause, TimedWord, Timestamps

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
KEY = "finance-small"
FPS = 30
BEAT_S, BEATS = 12, ("hook", "post", "close")
FRAMES = Frames(BEAT_S * len(BEATS) * FPS)
LEAD_IN = Samples(SAMPLE_RATE // 2)
SPOKEN = Samples(BEAT_S * len(BEATS) * SAMPLE_RATE - SAMPLE_RATE)
LOOP = Samples(10 * SAMPLE_RATE)
HOUSE, ESPEAK = Credit(provider="house", model="ink-1"), Credit(provider="espeak-ng", model="klatt4")


@dataclass(frozen=True)
class Files:
    """Writes the media of artifacts into a folder."""

    folder: Path

    def picture(self, asset: str, name: str, size: tuple[int, int] = (64, 48)) -> Picture:
        path = self._place(asset, f"{name}.png")
        shade = sum(name.encode()) % 256
        Image.new("RGB", size, (shade, shade, shade)).save(path)
        media = Media.of(path, "image/png")
        return Picture(name=name, image=media, size=Size(width=size[0], height=size[1]), alt=name)

    def sound(self, asset: str, name: str) -> Media:
        """Not sound in truth: a package copies it and never listens."""
        path = self._place(asset, name)
        path.write_bytes(name.encode() * 100)
        return Media.of(path, "audio/flac")

    def film(self) -> Media:
        """A second of grey as an MP4 like the renderer's."""
        path = self._place("video", "video.mp4")
        with av.open(path, "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=FPS)
            stream.width, stream.height, stream.pix_fmt = 64, 114, "yuv420p"
            for shade in range(FPS):
                picture = np.full((114 * 3 // 2, 64), 100 + shade, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "yuv420p")))
            container.mux(stream.encode())
        return Media.of(path, "video/mp4")

    def _place(self, asset: str, name: str) -> Path:
        path = self.folder / asset / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def screenplay(title: str = "Google lost half", description: str = "What happened in October.") -> Screenplay:
    return Screenplay(
        video=KEY,
        title=title,
        headline="Half",
        description=description,
        sources=("Post: Marlow Finch (@marlow), 2008-10-10, https://example.com/1", "Prices: bundled: Google"),
        disclaimer="Not financial advice.",
        tags=("Google", "stock market"),
        language="en",
        theme="finance",
        beats=tuple(
            Beat(
                name=name,
                title=f"The {name}",
                tokens=(Token(shown=f"{name}.", spoken=f"{name}."),),
                cues=(IllustrationCue(name=f"{number:02d}_{name}", concept="bear", prompt=f"Draw the {name}"),),
            )
            for number, name in enumerate(BEATS, start=1)
        ),
        cues=(BackdropCue(prompt="A quiet studio"), MusicCue(mood="calm")),
    )


def artifacts(files: Files, voice: Credit = ESPEAK, script: Screenplay | None = None) -> dict[str, Artifact]:
    """Everything that the asset `package` takes, and the timestamps, by asset."""
    drawn = tuple(files.picture("illustrations", f"{number:02d}_{name}") for number, name in enumerate(BEATS, 1))
    made: dict[str, Artifact] = {
        "screenplay": script or screenplay(),
        "narration": Narration(
            audio=files.sound("narration", "narration.mp3"),
            duration=SPOKEN,
            integrated_lufs=-16,
            voice="klatt4",
            words=(),
            made_by=voice,
        ),
        "timestamps": Timestamps(
            duration=SPOKEN,
            words=words(),
            pauses=(Pause(after=0, start=Samples(0), end=Samples(1)),),
            aligner="by hand",
        ),
        "illustrations": Illustrations(pictures=drawn, made_by=HOUSE),
        "charts": Charts(pictures=(files.picture("charts", "chart_goog"),)),
        "cards": Cards(pictures=(files.picture("cards", "post"),)),
        "ticker": Ticker(strip=files.picture("ticker", "ticker", (200, 20))),
        "backdrop": Backdrop(picture=files.picture("backdrop", "backdrop"), made_by=HOUSE),
        "soundtrack": Soundtrack(music=files.sound("soundtrack", "music.flac"), loop=LOOP, made_by=HOUSE),
    }
    made["production_plan"] = plan(made)
    made["video"] = Video(
        file=files.film(),
        size=Size(width=64, height=114),
        fps=FPS,
        duration_frames=FRAMES,
        encoder="libx264",
        loudness=Loudness(integrated_lufs=-14, true_peak_dbtp=-1),
    )
    made["thumbnails"] = Thumbnails(
        thumbnails=tuple(_thumbnail(files, *each) for each in (("a", 128, 72), ("b", 128, 72), ("c", 72, 128)))
    )
    good = Measurement(name="streams", level="good", said="there are both")
    film = next(made["video"].media()).sha256
    made["qa_report"] = QaReport(video_sha256=film, verdict="approve", measurements=(good,), evidence=None)
    return made


def words() -> tuple[TimedWord, ...]:
    return tuple(
        TimedWord(
            shown=f"{name}.",
            spoken=f"{name}.",
            beat=beat,
            start=Samples(LEAD_IN + beat * BEAT_S * SAMPLE_RATE),
            end=Samples(LEAD_IN + (beat * BEAT_S + 1) * SAMPLE_RATE),
            timing="exact",
        )
        for beat, name in enumerate(BEATS)
    )


def plan(made: Mapping[str, Artifact]) -> ProductionPlan:
    """A scene a beat, the card for the first half and the chart for the rest, and everything else all the time."""
    half = Frames(FRAMES // 2)
    return ProductionPlan(
        video_metadata=VideoMetadata(
            title="Google lost half", duration_frames=FRAMES, resolution=Size(width=1080, height=1920), fps=FPS
        ),
        theme="finance",
        audio=AudioPlan(
            narration=NarrationTrack(source=source("narration", made), start=LEAD_IN),
            music=MusicTrack(source=source("soundtrack", made), fade_out=Samples(SAMPLE_RATE)),
        ),
        backdrop=source("backdrop", made),
        scenes=tuple(
            Scene(
                scene_number=number + 1,
                start_frame=Frames(number * BEAT_S * FPS),
                end_frame=Frames((number + 1) * BEAT_S * FPS),
                narration_text=f"{name}.",
                words=(words()[number],),
                main_content=MainContent(
                    type="illustration", source=source("illustrations", made, number), effect="zoom_in"
                ),
                transition=Transition(type="fade" if number else "cut", duration_frames=Frames(15 if number else 0)),
            )
            for number, name in enumerate(BEATS)
        ),
        captions=tuple(
            CaptionPage(text=name, start_frame=Frames(beat * 360 + 15), end_frame=Frames(beat * 360 + 45))
            for beat, name in enumerate(BEATS)
        ),
        alternator=Alternator(
            items=(
                AlternatorItem(source=source("cards", made), start_frame=Frames(0), end_frame=half),
                AlternatorItem(source=source("charts", made), start_frame=half, end_frame=FRAMES),
            ),
            transition_frames=Frames(30),
        ),
        ticker=ScrollingTicker(source=source("ticker", made), pixels_per_frame=4),
    )


def source(asset: str, made: Mapping[str, Artifact], number: int = 0) -> Source:
    media = list(made[asset].media())[number]
    return Source(file=f"{asset}/{media.name}", sha256=media.sha256)


def identity(folder: Path) -> Identity:
    return own_identity(folder / "studio.pem", NOW)


def packed(
    folder: Path, made: Mapping[str, Artifact], accounts: Mapping[str, Account] | None = None, name: str = "package"
) -> Package:
    """A package in `folder / name` of artifacts that nobody has recorded the making of."""
    target = folder / name
    target.mkdir()
    origins = {asset: Origins(artifact, artifact.content_sha256()) for asset, artifact in made.items()}
    return pack(origins, accounts or {}, identity(folder), target)


def _thumbnail(files: Files, name: str, width: int, height: int) -> Thumbnail:
    image = files.picture("thumbnails", name, (width, height)).image
    size = Size(width=width, height=height)
    return Thumbnail(name=name, concept="figure", image=image, size=size, score=0.5, features={}, reasons=())
