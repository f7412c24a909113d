"""A package as a folder that a person can take away, with names that need no explanation.

Belongs here: which file lies where, and how a folder is replaced whole. Does not belong here: what is in the
files (`packing`), and who asked for the folder (the library publisher, `vidfactory export`).
"""

import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from vidfactory.errors import BadInput, disk_errors
from vidfactory.files import UNFINISHED
from vidfactory.release.listing import chapter_lines
from vidfactory.release.timeline import TIMELINE_MEDIA
from vidfactory.schema.base import Media
from vidfactory.schema.release import Listing, Package

MANIFEST_FILE = "manifest.json"
FILES = ("video.mp4", "captions.srt", "captions.vtt", "words.json", MANIFEST_FILE, "timeline.otio")
THUMBNAILS = "thumbnails"
"""The folder of the thumbnails that were not chosen."""
MAIN_THUMBNAILS = ("thumbnail", "thumbnail_vertical")
TEXTS = ("title.txt", "description.txt", "tags.txt", "chapters.txt")


def lay_out(package: Package, folder: Path) -> Path:
    """Write `package` as `folder` and return it, absolute; whoever reads it never sees half a package.

    An older edition in `folder` is replaced whole. BadInput where `folder` is no folder, or holds files that are
    none of a package's: they would be lost. VidfactoryError where the disk is full or read-only.
    """
    folder = folder.resolve()
    _check_place(folder)
    with disk_errors(str(folder)):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _beside(folder) as unfinished:
            for place, media in files_of(package).items():
                _copy(media.path, unfinished / place)
            for name, text in texts_of(package.listing).items():
                (unfinished / name).write_text(text, encoding="utf-8")
            _swap(unfinished, folder)
    return folder


def files_of(package: Package) -> dict[str, Media]:
    """Every media file of a package by its place in the folder."""
    subtitles = package.subtitles
    whole = (package.video, subtitles.srt, subtitles.vtt, subtitles.words, package.manifest, package.timeline)
    places = dict(zip(FILES, whole, strict=True))
    for media in package.thumbnails:
        places[media.name if media.path.stem in MAIN_THUMBNAILS else f"{THUMBNAILS}/{media.name}"] = media
    return places | {f"{TIMELINE_MEDIA}/{media.name}": media for media in package.timeline_media}


def texts_of(listing: Listing) -> dict[str, str]:
    """The listing as files to copy from, by name."""
    return {
        "title.txt": listing.title + "\n",
        "description.txt": listing.description + "\n",
        "tags.txt": ", ".join(listing.tags) + "\n",
        "chapters.txt": "".join(f"{line}\n" for line in chapter_lines(listing.chapters)),
    }


def edition_in(folder: Path) -> str | None:
    """The edition that was laid out in `folder`; None where there is none, or no manifest that can be read."""
    try:
        content = json.loads((folder / MANIFEST_FILE).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    edition = content.get("edition") if isinstance(content, Mapping) else None
    return edition if isinstance(edition, str) else None


def _check_place(folder: Path) -> None:
    try:
        there = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise BadInput(
            "it is a file", where=str(folder), remedy="Name a folder that is empty or not there yet"
        ) from error
    known = edition_in(folder) is not None
    if strangers := [path.name for path in there if not (known and _is_ours(path))]:
        raise BadInput(
            f"there are files that are none of a package's: {', '.join(strangers[:3])}",
            where=str(folder),
            remedy="Move them away, or name a folder that is empty, not there yet or an older export",
        )


def _is_ours(path: Path) -> bool:
    return path.name in {*FILES, *TEXTS, THUMBNAILS, TIMELINE_MEDIA} or path.stem in MAIN_THUMBNAILS


def _copy(source: Path, target: Path) -> None:
    """Copy a file and make sure that the disk has it."""
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, target)
    with target.open("rb+") as stream:
        os.fsync(stream.fileno())


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder`; what is left of it goes at the end."""
    unfinished = _hidden(folder)
    unfinished.mkdir()
    try:
        yield unfinished
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _swap(finished: Path, folder: Path) -> None:
    """Put `finished` in the place of `folder`, again where another process put its own there meanwhile."""
    while True:
        try:
            finished.rename(folder)  # which an empty folder does not stop
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
        else:
            return
        old = _hidden(folder)
        with suppress(FileNotFoundError):
            folder.rename(old)
        shutil.rmtree(old, ignore_errors=True)


def _hidden(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}{UNFINISHED}")
