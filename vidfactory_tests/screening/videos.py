"""Finished videos as the studio keeps them, by their schema alone: nothing is drawn or rendered.

Belongs here: what tests of review and the screening room put into a studio. Does not belong here: expectations.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from vidfactory.schema.base import Frames, Media, Size
from vidfactory.schema.brief import FinanceBrief
from vidfactory.schema.crew import Wishes
from vidfactory.schema.film import Loudness, Poster, Video
from vidfactory.schema.inspection import Measurement, QaReport, Verdict
from vidfactory.schema.release import (
    Appearance,
    Chapter,
    Listing,
    Package,
    Publication,
    Subtitles,
    Thumbnail,
    Thumbnails,
)
from vidfactory.storage.artifacts import ArtifactStore

KEY = "finance-demo"
FILM = bytes(range(256)) * 40
"""Stands for an MP4; what serves it must not look into it."""
GOOD = Measurement(name="loudness", level="good", said="-14.0 LUFS, within 1 of -14", figures={"lufs": -14.01})
DOUBT = Measurement(
    name="frozen_frames",
    level="warning",
    said="nothing moves for 2.4 s, more than 2 s",
    figures={"seconds": 2.4},
    moments=(Frames(45), Frames(90)),
)
WRONG = Measurement(name="black_frames", level="issue", said="8 frames are black")
MEASURED: dict[Verdict, tuple[Measurement, ...]] = {
    "approve": (GOOD,),
    "review": (GOOD, DOUBT),
    "reject": (GOOD, DOUBT, WRONG),
}


@dataclass(frozen=True)
class Made:
    """A video to keep: what of it is there, and what is in it."""

    key: str = KEY
    title: str = "Google at $332: 55.2% below its high"
    verdict: Verdict = "review"
    film: bytes = FILM
    description: str = "It is a long way down.\nNot financial advice."
    language: str = "en"
    channel: str | None = None


def edition_of(made: Made) -> str:
    return hashlib.sha256(repr(made).encode()).hexdigest()


def keep_film(store: ArtifactStore, folder: Path, made: Made) -> None:
    """Brief, film, poster and thumbnails: all that comes before the inspection."""
    store.save(made.key, "brief", brief(made))
    film = Video(
        file=_media(folder / "video.mp4", made.film, "video/mp4"),
        size=Size(width=1080, height=1920),
        fps=30,
        duration_frames=Frames(2035),
        encoder="libx264",
        loudness=Loudness(integrated_lufs=-14.0, true_peak_dbtp=-2.0),
    )
    store.save(made.key, "video", film)
    still = _picture(folder / "poster.jpg", Size(width=108, height=192))
    store.save(made.key, "poster", Poster(poster=still, contact_sheet=_picture(folder / "sheet.jpg", film.size)))
    sizes = {"figure_wide": Size(width=320, height=180), "figure_tall": Size(width=108, height=192)}
    pictures = tuple(
        Thumbnail(
            name=name,
            concept="figure first",
            image=_picture(folder / f"{name}.jpg", size),
            size=size,
            score=0.8,
            features={"contrast": 0.9},
            reasons=("its figure reads at 168x94",),
        )
        for name, size in sizes.items()
    )
    store.save(made.key, "thumbnails", Thumbnails(thumbnails=pictures))


def keep_report(store: ArtifactStore, folder: Path, made: Made) -> None:
    evidence = None if made.verdict == "approve" else _picture(folder / "evidence.jpg", Size(width=320, height=120))
    store.save(
        made.key,
        "qa_report",
        QaReport(
            video_sha256=hashlib.sha256(made.film).hexdigest(),
            verdict=made.verdict,
            measurements=MEASURED[made.verdict],
            evidence=evidence,
        ),
    )


def keep_package(store: ArtifactStore, folder: Path, made: Made) -> Package:
    vtt = b"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nIt is a long way down.\n"
    package = Package(
        edition=edition_of(made),
        film_sha256=hashlib.sha256(made.film).hexdigest(),
        video=_media(folder / "video.mp4", made.film, "video/mp4"),
        thumbnails=(),
        subtitles=Subtitles(
            srt=_media(folder / "captions.srt", b"1\n", "application/x-subrip"),
            vtt=_media(folder / "captions.vtt", vtt, "text/vtt"),
            words=_media(folder / "words.json", b"[]", "application/json"),
        ),
        listing=Listing(
            title=made.title,
            description=made.description,
            tags=("google", "stocks"),
            chapters=(Chapter(start_s=0, title="Hook"), Chapter(start_s=12, title=made.title)),
            language=made.language,
            made_with_ai=True,
        ),
        manifest=_media(folder / "manifest.json", b"{}", "application/json"),
        timeline=_media(folder / "timeline.otio", b"{}", "application/json"),
        timeline_media=(),
    )
    store.save(made.key, "package", package)
    return package


LIBRARY = Appearance(publisher="library", address="/studio/library/finance-demo")


def keep_publication(store: ArtifactStore, made: Made, place: Appearance = LIBRARY) -> None:
    store.save(made.key, "publication", Publication(edition=edition_of(made), appearances=(place,)))


def keep(store: ArtifactStore, folder: Path, made: Made | None = None) -> Package:
    """A whole video that is packed and not published."""
    made = made or Made()
    keep_film(store, folder, made)
    keep_report(store, folder, made)
    return keep_package(store, folder, made)


def brief(made: Made) -> FinanceBrief:
    return FinanceBrief(
        video=made.key,
        format="finance",
        title=None,
        seconds=60,
        wishes=Wishes(channel=made.channel),
        posts=None,
        prices=None,
        symbol=None,
        query="GOOG",
    )


def _media(path: Path, content: bytes, media_type: str) -> Media:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return Media.of(path, media_type)


def _picture(path: Path, size: Size) -> Media:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (size.width, size.height), "#ffc629").save(path)
    return Media.of(path, "image/jpeg")
