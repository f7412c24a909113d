"""What goes when a video was not worked on for a while, and the archive of those that are retired.

Belongs here: the rule, which artifacts are raw, how media go, and how a video is brought to the archive and back. Does
not belong here: which videos there are and how they stand (`cleaning`), and which remembered answers go (`pruning`).

A crash may come at any point; the same step done again makes it whole:

- A video whose raw media go is noted in `cleared/<key>` before the first one does, so that none of them is taken for a
  loss that is to be made good.
- A video is copied to `archive/<key>/` and every copy is read back; then its tombstone is written, and only then goes
  what was copied. As long as there is no tombstone the video is where it was; from then on it is in the archive, even
  where some of it is still in the old place. `retiring/<key>` is there from before the first copy until all is done,
  so that nobody has to look for videos that were left between the two.
"""

import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from upath import UPath

from vidfactory.errors import BadInput, DamagedArtifact
from vidfactory.schema.base import Media
from vidfactory.schema.brief import Brief, check_video_key
from vidfactory.schema.channel import Retention
from vidfactory.schema.release import Package, Publication
from vidfactory.schema.screenplay import Screenplay
from vidfactory.schema.upkeep import Tombstone
from vidfactory.storage import objects
from vidfactory.storage.artifacts import ARTIFACT_FILE, ArtifactStore
from vidfactory.storage.ledger import Ledger
from vidfactory.storage.order_book import OrderBook
from vidfactory.storage.studio import Studio

RAW = (
    *("recording", "narration", "illustrations", "charts", "cards", "ticker", "backdrop", "soundtrack"),
    "video",
)
"""The assets whose media go first. The package has its own copies of what it needs of them, the film among it; what
the artifacts say besides their media stays, and so do the pictures that lists are shown with (`poster`, `thumbnails`).
"""
KEPT_FOR_GOOD = ("brief", "screenplay", "qa_report", "package", "publication")
"""Without these no video is retired: what was ordered, said and measured, what went out, and where to."""
VERSIONS_FILE = "versions.json"
LETTERS_OF_TOPIC = 600
Versions = Mapping[str, Mapping[str, str]]
"""By asset, the versions of its content, of its code and of what it was made from, under Dagster's names for them."""
_VERSIONS: TypeAdapter[Versions] = TypeAdapter(Versions)
NOT_YET = b"going"
"""What `cleared/<key>` says while media are being removed; afterwards it says when they had gone."""
Going = Literal["stays", "raw", "archive"]


@dataclass(frozen=True)
class Facts:
    """What decides whether anything of a video goes.

    worked_on: when its newest run began. is_under_way: a run of it goes on or waits. is_published: the very edition
    that is packed is published. cleared: when its raw media went; None where they are there.
    """

    worked_on: dt.datetime
    is_under_way: bool
    is_published: bool
    cleared: dt.datetime | None = None


def going(retention: Retention, video: Facts, now: dt.datetime) -> Going:
    """What of a video goes at the moment `now`. What is not published as it is packed stays, however old it is."""
    if video.is_under_way or not video.is_published:
        return "stays"
    age = now - video.worked_on
    if age >= dt.timedelta(days=retention.archive_days):
        return "archive"
    was_cleared = video.cleared is not None and video.cleared >= video.worked_on
    return "raw" if age >= dt.timedelta(days=retention.raw_days) and not was_cleared else "stays"


class Archive(Studio):
    """The same studio, with the archive in place of the videos: its artifacts are kept in the same way."""

    @property
    def videos(self) -> UPath:
        return self.archive

    @classmethod
    def of(cls, studio: Studio) -> "Archive":
        return cls(root=studio.root, local=studio.local, inbox=studio.inbox)


def shelf(studio: Studio, key: str) -> ArtifactStore:
    """Where the artifacts of a video are: in the archive if it was retired."""
    return ArtifactStore(Archive.of(studio) if objects.exists(tombstone_path(studio, key)) else studio)


def tombstone_path(studio: Studio, key: str) -> UPath:
    return studio.tombstones / f"{check_video_key(key)}.json"


def tombstone(studio: Studio, key: str) -> Tombstone | None:
    """What is kept of a retired video; None where it was not retired, DamagedArtifact where that cannot be read."""
    path = tombstone_path(studio, key)
    content = objects.get(path)
    try:
        return None if content is None else Tombstone.model_validate_json(content)
    except ValidationError as error:
        raise DamagedArtifact(
            f"its tombstone cannot be read: {error.error_count()} wrong fields",
            where=str(path),
            remedy=f"Its package is in {studio.archive / key}",
        ) from error


def cleared(studio: Studio) -> list[str]:
    """The videos whose raw media were removed, at least in part."""
    return [name for name in objects.names(studio.root / "cleared") if not name.startswith(".")]


def cleared_at(studio: Studio, key: str) -> dt.datetime | None:
    """When the raw media of a video had gone; None where they did not, or a crash has left some."""
    content = objects.get(_cleared_path(studio, key))
    return None if content in {None, NOT_YET} else dt.datetime.fromisoformat((content or b"").decode())


def is_cleared(studio: Studio, key: str) -> bool:
    """Whether raw media of a video were removed, so that a hole among them is no loss."""
    return objects.exists(_cleared_path(studio, key))


def raw_media(store: ArtifactStore, key: str) -> Iterator[tuple[UPath, Media]]:
    """The raw files of a video that are still there."""
    for asset in RAW:
        artifact = store.read(key, asset)
        for media in artifact.media() if artifact else ():
            path = store.studio.artifact_folder(key, asset) / media.name
            if objects.exists(path):
                yield path, media


def clear(store: ArtifactStore, key: str, now: dt.datetime) -> int:
    """Remove the raw media of a video, and return how many bytes they had."""
    path = _cleared_path(store.studio, key)
    objects.put(path, NOT_YET)
    freed = 0
    for file, media in raw_media(store, key):
        objects.remove(file)
        freed += media.size
    objects.put(path, now.isoformat().encode())
    return freed


def retiring(studio: Studio) -> list[str]:
    """The videos that a crash has left on their way into the archive."""
    return [name for name in objects.names(studio.root / "retiring") if not name.startswith(".")]


def retire(studio: Studio, key: str, worked_on: dt.datetime, versions: Versions, now: dt.datetime) -> Tombstone:
    """Bring a video to the archive: copied, read back, and a tombstone set; `bury` removes it from where it was.

    All artifacts are kept, the raw ones without their media, so that the archive is what `clear` leaves. versions: what
    Dagster knows of each, which goes with its runs.
    """
    objects.put(_retiring_path(studio, key), now.isoformat().encode())
    there, archive = ArtifactStore(studio), ArtifactStore(Archive.of(studio))
    assets = list(_assets_in(studio.videos / key))
    if missing := [asset for asset in KEPT_FOR_GOOD if asset not in assets]:
        raise DamagedArtifact(f"there is no {missing[0]}, which is kept for good", where=key, remedy=_make_again(key))
    for asset in assets:
        _copy_artifact(there, archive, key, asset, with_media=asset not in RAW)
    _copy_order(key, studio.briefs, _order_folder(studio, key))
    objects.put(studio.archive / key / VERSIONS_FILE, _VERSIONS.dump_json(versions))
    stone = _stone(archive, key, worked_on, now)
    objects.put(tombstone_path(studio, key), stone.model_dump_json(indent=1).encode())
    return stone


def bury(studio: Studio, key: str) -> int:
    """Remove a video that has a tombstone from where it was, and return how many bytes that freed."""
    freed = bytes_in(studio.videos / key)
    objects.remove_folder(studio.videos / key)
    OrderBook(studio).remove(key)
    objects.remove(_cleared_path(studio, key))
    shutil.rmtree(studio.scratch / key, ignore_errors=True)
    return freed


def rest(studio: Studio, key: str) -> None:
    """A video is in its place, whichever that is."""
    objects.remove(_retiring_path(studio, key))


def give_up(studio: Studio, key: str) -> None:
    """A video that a crash left on its way is worked on again: what was copied goes, unless it has a tombstone."""
    if tombstone(studio, key) is None:
        objects.remove_folder(studio.archive / key)
    rest(studio, key)


def bring_back(studio: Studio, key: str, now: dt.datetime) -> Versions:
    """Copy a retired video back to where videos are worked on, and return the versions of its artifacts; `settle` ends
    it. BadInput where it was not retired.
    """
    if tombstone(studio, key) is None:
        raise BadInput("it was not retired", where=key, remedy="See what was: vidfactory retired")
    objects.put(_retiring_path(studio, key), now.isoformat().encode())
    there, archive = ArtifactStore(studio), ArtifactStore(Archive.of(studio))
    objects.put(_cleared_path(studio, key), now.isoformat().encode())
    for asset in _assets_in(studio.archive / key):
        _copy_artifact(archive, there, key, asset, with_media=asset not in RAW)
    _copy_order(key, _order_folder(studio, key), studio.briefs)
    return _VERSIONS.validate_json(objects.get(studio.archive / key / VERSIONS_FILE) or b"{}")


def settle(studio: Studio, key: str) -> None:
    """A video that was brought back is where it is worked on: its tombstone goes, then its place in the archive."""
    objects.remove(tombstone_path(studio, key))
    give_up(studio, key)


def retired(studio: Studio) -> list[str]:
    """The keys of all retired videos."""
    names = objects.names(studio.tombstones)
    return [name.removesuffix(".json") for name in names if name.endswith(".json") and not name.startswith(".")]


def _stone(archive: ArtifactStore, key: str, worked_on: dt.datetime, now: dt.datetime) -> Tombstone:
    """The tombstone of a video that is in the archive already."""
    studio = archive.studio
    brief, script, package, publication = (
        archive.read(key, asset) for asset in ("brief", "screenplay", "package", "publication")
    )
    assert isinstance(package, Package), "what was copied was read back"
    assert isinstance(publication, Publication)
    said = " ".join(beat.text for beat in script.beats) if isinstance(script, Screenplay) else ""
    return Tombstone(
        video=key,
        channel=brief.wishes.channel if isinstance(brief, Brief) else None,
        title=package.listing.title,
        topic=said[:LETTERS_OF_TOPIC],
        edition=package.edition,
        appearances=publication.appearances,
        cost_usd=Ledger(studio).sums(key).committed,
        worked_on=worked_on,
        retired=now,
        archive=str(studio.archive / key),
    )


def _assets_in(folder: UPath, above: str = "") -> Iterator[str]:
    """The assets of which a video's folder holds an artifact, sorted."""
    for name in objects.names(folder):
        inside = objects.names(folder / name) if "." not in name else []
        if ARTIFACT_FILE in inside:
            yield f"{above}{name}"
        elif inside and not above:
            yield from _assets_in(folder / name, f"{name}/")


def _copy_artifact(source: ArtifactStore, target: ArtifactStore, key: str, asset: str, *, with_media: bool) -> None:
    """Copy an artifact, its media first, and read every copy back; DamagedArtifact where it is not what was stored."""
    artifact = source.read(key, asset)
    assert artifact is not None, "it was listed"
    origin, folder = source.studio.artifact_folder(key, asset), target.studio.artifact_folder(key, asset)
    files = list(artifact.media()) if with_media else []
    if target.read(key, asset) == artifact and all(_sha256(folder / each.name) == each.sha256 for each in files):
        return
    objects.remove(folder / ARTIFACT_FILE)
    for media in files:
        _copy_file(origin / media.name, folder / media.name, media, key)
    content = objects.get(origin / ARTIFACT_FILE)
    assert content is not None, "it was read above"
    objects.put(folder / ARTIFACT_FILE, content)


def _copy_file(source: UPath, target: UPath, media: Media, key: str) -> None:
    """Copy a file within the storage; DamagedArtifact where the copy, as it is read back, is not what it says."""
    try:
        if isinstance(source, Path):
            objects.upload(source, target)
        else:
            objects.patiently(source, lambda: source.fs.copy(source.path, target.path))
    except FileNotFoundError as error:
        raise DamagedArtifact(f"the file {source} is gone", where=key, remedy=_make_again(key)) from error
    if _sha256(target) != media.sha256:
        objects.remove(target)
        raise DamagedArtifact(f"the file {source} was altered", where=key, remedy=_make_again(key))


def _sha256(path: UPath) -> str | None:
    """The hash of a file on the storage, read from there; None if it is not there."""

    def read() -> str:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # any open file

    try:
        return read() if isinstance(path, Path) else objects.patiently(path, read)
    except FileNotFoundError:
        return None


def _copy_order(key: str, source: UPath, target: UPath) -> None:
    """Copy an order with its files from one folder to another, its YAML last; nothing where there is none."""
    content = objects.get(source / f"{key}.yaml")
    if content is None:
        return
    for name in objects.names(source / key):
        file = objects.get(source / key / name)
        if file is not None:
            objects.put(target / key / name, file)
    objects.put(target / f"{key}.yaml", content)


def bytes_in(folder: UPath) -> int:
    """The bytes of all files in a folder."""
    try:
        if isinstance(folder, Path):
            return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        found = objects.patiently(folder, lambda: folder.fs.find(folder.path, detail=True))
        return sum(each["size"] for each in found.values())
    except FileNotFoundError:
        return 0


def _order_folder(studio: Studio, key: str) -> UPath:
    return studio.archive / key / "order"


def _cleared_path(studio: Studio, key: str) -> UPath:
    return studio.root / "cleared" / check_video_key(key)


def _retiring_path(studio: Studio, key: str) -> UPath:
    return studio.root / "retiring" / check_video_key(key)


def _make_again(key: str) -> str:
    return f"Make it again: vidfactory make {key}"
