"""What the pages of the screening room show, read from the studio.

Belongs here: a video's state and all that is known of it, as plain values. Does not belong here: HTTP, and how a
value is written out.

The list asks one query of Dagster and a few small files of each video, never whether an asset is out of date:
that takes about a second a video, and is asked for one video at a time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from vidfactory import accounts, reviews, runs, standings
from vidfactory.definitions import studio_of
from vidfactory.errors import DamagedArtifact, MissingArtifact
from vidfactory.orders import checked_key, wishes_now
from vidfactory.reviews import Candidate, Review
from vidfactory.schema.base import FRAME_RATE, Artifact, Media
from vidfactory.schema.film import Poster, Video
from vidfactory.schema.inspection import Level, Measurement, QaReport
from vidfactory.schema.quote import Quote
from vidfactory.schema.release import Chapter, Decision, Listing, Package, Publication, Thumbnails
from vidfactory.schema.screenplay import Screenplay
from vidfactory.settings import Settings
from vidfactory.standings import NewestRun, Stage, Standing
from vidfactory.storage.artifacts import ArtifactStore
from vidfactory.storage.ledger import Ledger

Kind = TypeVar("Kind", bound=Artifact)
LEVELS: tuple[Level, ...] = ("issue", "warning", "good")
PAGE = 24
"""Videos on one page of the list."""
READERS = 8
"""How many videos are read at a time: on an object store each file is a round trip."""


@dataclass(frozen=True)
class File:
    """A media file of an artifact."""

    asset: str
    media: Media


@dataclass(frozen=True)
class Card:
    """A video in the list. `checks` counts measurements by level; None where nothing was measured yet."""

    standing: Standing
    title: str
    poster: File | None
    seconds: float | None
    cost_usd: Decimal
    checks: Mapping[Level, int] | None


@dataclass(frozen=True)
class Overview:
    """One page of the list: its cards, how many videos are in each stage, and which page of how many it is."""

    cards: Sequence[Card]
    counts: Mapping[Stage, int]
    stage: Stage | None
    page: int
    pages: int


@dataclass(frozen=True)
class Film:
    """The film that plays: the signed one of the package where there is one."""

    file: File
    poster: File | None
    width: int
    height: int
    fps: int
    captions: Sequence[File]
    """WebVTT first, then the same as SRT and as single words."""
    language: str
    chapters: Sequence[Chapter]


@dataclass(frozen=True)
class Step:
    """An asset of the video: when and by whom it was made, and its files; `error` where it cannot be read."""

    asset: str
    made: runs.Made | None
    is_there: bool
    files: Sequence[File]
    error: str = ""


@dataclass(frozen=True)
class Screening:
    """All that the page of one video shows; None and empty for what is not made yet."""

    standing: Standing
    title: str
    film: Film | None
    review: Review | None
    older: Sequence[Decision]
    """What was decided about earlier editions."""
    report: QaReport | None
    evidence: File | None
    measurements: Sequence[Measurement]
    """The worst first."""
    thumbnails: Thumbnails | None
    listing: Listing | None
    publication: Publication | None
    costs: Sequence[accounts.Row]
    cost: accounts.Sum
    quote: Quote | None
    budget_usd: Decimal
    steps: Sequence[Step]

    @property
    def edition(self) -> str:
        """What a decision would be about; empty where nothing is packed."""
        return self.standing.found.package.edition if self.standing.found else ""

    @property
    def can_approve(self) -> bool:
        last = self.review.decision if self.review else None
        return self._is_open and not (last and last.approved) and not (self.report and self.report.verdict == "reject")

    @property
    def can_reject(self) -> bool:
        last = self.review.decision if self.review else None
        return self._is_open and not (last and not last.approved)

    @property
    def _is_open(self) -> bool:
        return self.standing.found is not None and not self.standing.found.is_published


class Shelf:
    """The videos of a studio. Everything is read anew for every page: others write there too."""

    def __init__(self, settings: Settings, instance: runs.Instance) -> None:
        self.settings = settings
        self.store = ArtifactStore(studio_of(settings))
        self._instance = instance

    def overview(self, stage: Stage | None, page: int) -> Overview:
        """A page of the videos in a stage, or of all, those worked on last first. Pages count from 1."""
        last = standings.newest_runs(self._instance)
        known = {*runs.video_keys(self._instance), *reviews.videos(self.store.studio)}
        keys = [*(key for key in last if key in known), *sorted(known - last.keys())]
        with ThreadPoolExecutor(READERS) as pool:
            all_of_them = list(pool.map(lambda key: self.standing(key, last.get(key)), keys))
            chosen = [each for each in all_of_them if stage in {None, each.stage}]
            pages = max(1, -(-len(chosen) // PAGE))
            page = min(max(page, 1), pages)
            cards = list(pool.map(self._card, chosen[(page - 1) * PAGE : page * PAGE]))
        return Overview(cards, Counter(each.stage for each in all_of_them), stage, page, pages)

    def standing(self, key: str, last: NewestRun | None) -> Standing:
        """Where a video stands."""
        return standings.standing(self.store, self.settings, key, last)

    def video(self, key: str) -> Screening:
        """All about one video; MissingArtifact for one that the studio does not have."""
        self._check_known(key)
        standing = self.standing(key, standings.newest_runs(self._instance, [key]).get(key))
        found, quote = standing.found, accounts.quote_of(self.store.studio, key)
        entries = list(accounts.entries_of(self.store.studio, key))
        report = self._part(key, "qa_report", QaReport)
        edition = found.package.edition if found else ""
        return Screening(
            standing=standing,
            title=self._title(key, found),
            film=self._film(key, found),
            review=self._review(found),
            older=[
                decision
                for each in reviews.editions(self.store.studio, key)
                if each != edition
                for decision in reviews.decisions(self.store.studio, key, each)
            ],
            report=report,
            evidence=File("qa_report", report.evidence) if report and report.evidence else None,
            measurements=sorted(report.measurements, key=lambda each: LEVELS.index(each.level)) if report else (),
            thumbnails=self._part(key, "thumbnails", Thumbnails),
            listing=found.package.listing if found else None,
            publication=self._part(key, "publication", Publication),
            costs=accounts.compared(quote, entries),
            cost=accounts.total(entries),
            quote=quote,
            budget_usd=self.settings.budget_of(wishes_now(self.store.studio, key)),
            steps=[self._step(key, asset) for asset in runs.assets_of(key)],
        )

    def due(self, key: str) -> list[str]:
        """The assets of a video that are missing or out of date; takes about a second."""
        self._check_known(key)
        return runs.due(self.settings, self._instance, key)

    def artifact(self, key: str, asset: str) -> Artifact:
        """An artifact as it is stored; MissingArtifact if there is none of that name."""
        self._check_known(key)
        artifact = self.store.read(key, asset) if asset in runs.assets_of(key) else None
        if artifact is None:
            raise MissingArtifact(f"there is no {asset}", where=key)
        return artifact

    def file(self, key: str, asset: str, name: str) -> tuple[Media, Path]:
        """A file that an artifact names, and where it lies; MissingArtifact for any other name."""
        for media in self.artifact(key, asset).media():
            if media.name == name:
                return media, self.store.local_file(key, asset, media)
        raise MissingArtifact(f"{asset} has no file {name}", where=key)

    def _check_known(self, key: str) -> None:
        videos = reviews.videos(self.store.studio)
        if checked_key(key) not in videos and key not in runs.video_keys(self._instance):
            raise MissingArtifact("there is no such video", where=key)

    def _card(self, standing: Standing) -> Card:
        key = standing.key
        film, report = self._part(key, "video", Video), self._part(key, "qa_report", QaReport)
        return Card(
            standing=standing,
            title=self._title(key, standing.found),
            poster=self._poster(key),
            seconds=film.duration_frames / film.fps if film else None,
            cost_usd=Ledger(self.store.studio).sums(key).committed,
            checks=Counter(each.level for each in report.measurements) if report else None,
        )

    def _part(self, key: str, asset: str, kind: type[Kind]) -> Kind | None:
        """An artifact; None where it is not made yet, or damaged, which its line among the steps says."""
        try:
            found = self.store.read(key, asset)
        except DamagedArtifact:
            return None
        return found if isinstance(found, kind) else None

    def _review(self, found: Candidate | None) -> Review | None:
        return reviews.review_of(self.store.studio, self.settings, found) if found else None

    def _title(self, key: str, found: Candidate | None) -> str:
        if found:
            return found.package.listing.title
        screenplay = self._part(key, "screenplay", Screenplay)
        return screenplay.title if screenplay else key

    def _poster(self, key: str) -> File | None:
        stills, thumbnails = self._part(key, "poster", Poster), self._part(key, "thumbnails", Thumbnails)
        if stills:
            return File("poster", stills.poster)
        return File("thumbnails", thumbnails.thumbnails[0].image) if thumbnails else None

    def _film(self, key: str, found: Candidate | None) -> Film | None:
        film = self._part(key, "video", Video)
        if film is None:
            return None
        package = found.package if found else None
        return Film(
            file=File("package", package.video) if package else File("video", film.file),
            poster=self._poster(key),
            width=film.size.width,
            height=film.size.height,
            fps=film.fps,
            captions=_captions(package),
            language=package.listing.language if package else "",
            chapters=package.listing.chapters if package else (),
        )

    def _step(self, key: str, asset: str) -> Step:
        made = runs.last_made(self._instance, key, asset)
        try:
            artifact = self.store.read(key, asset)
        except DamagedArtifact as error:
            return Step(asset, made, is_there=True, files=(), error=str(error))
        files = [File(asset, media) for media in artifact.media()] if artifact else []
        return Step(asset, made, is_there=artifact is not None, files=files)


def seconds_of(frame: int, film: Film | None) -> float:
    """When a frame of the film is shown."""
    return frame / (film.fps if film else FRAME_RATE)


def _captions(package: Package | None) -> list[File]:
    if package is None:
        return []
    subtitles = package.subtitles
    return [File("package", media) for media in (subtitles.vtt, subtitles.srt, subtitles.words)]
