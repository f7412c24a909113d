"""Keeps artifacts: one folder each, `artifact.json` beside its media, there whole or not at all.

Knows nothing of Dagster; `io_manager.py` puts it behind Dagster's interface.
"""

import hashlib
import io
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from pydantic import ValidationError
from upath import UPath

from vidfactory.errors import DamagedArtifact, MissingArtifact, disk_errors
from vidfactory.files import UNFINISHED, staging
from vidfactory.schema import parse_artifact
from vidfactory.schema.base import Artifact, Media
from vidfactory.storage import objects
from vidfactory.storage.claims import TICKET, held
from vidfactory.storage.fetched import Fetched
from vidfactory.storage.objects import copy_through
from vidfactory.storage.studio import Studio

ARTIFACT_FILE = "artifact.json"


class ArtifactStore:
    """Saves and loads the artifacts of a studio."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._fetched = Fetched(studio.scratch / "fetched")

    def exists(self, video: str, asset: str) -> bool:
        """Whether the artifact is there with all its files, by their sizes; `load` looks at their content."""
        folder = self.studio.artifact_folder(video, asset)
        content = objects.get(folder / ARTIFACT_FILE)
        if content is None:
            return False
        try:
            files = list(parse_artifact(content).media())
        except ValidationError:
            return False
        there = objects.sizes(folder) if files else {}
        return all(there.get(media.name) == media.size for media in files)

    def save(self, video: str, asset: str, artifact: Artifact) -> UPath:
        """Store `artifact` with copies of its media and return its folder.

        On a disk all files are written under temporary names first, so that a full one leaves the old artifact
        as it was. While files are replaced the JSON is away, unless it stays the same: a crash in between leaves a
        hole that is made again rather than a mixture of two. One saves at a time: an orphan of a run that was killed
        may still be writing beside the one that stands in for it.
        """
        folder = self.studio.artifact_folder(video, asset)
        stored = artifact.with_media(lambda media: media.model_copy(update={"path": Path(media.name)}))
        content, files = stored.model_dump_json(indent=2).encode(), list(artifact.media())
        with held(folder if not isinstance(folder, Path) else self.studio.videos / video):
            if isinstance(folder, Path):
                _replace_on_disk(folder / ARTIFACT_FILE, content, files)
            else:
                _replace_objects(folder / ARTIFACT_FILE, content, files)
            self._remove_strangers(folder, {media.name for media in files})
        return folder

    def load(self, video: str, asset: str) -> Artifact:
        """The stored artifact with absolute local media paths.

        Raises MissingArtifact (also a FileNotFoundError) if it was never made, DamagedArtifact if its
        JSON or one of its files is not what was stored.
        """
        artifact = self.read(video, asset)
        if artifact is None:
            raise MissingArtifact(f"there is no {asset} yet", where=video, remedy=_remedy(video, asset))
        return artifact.with_media(lambda media: self._checked(video, asset, media))

    def read(self, video: str, asset: str) -> Artifact | None:
        """The stored artifact, media by their names alone: no file of it is looked at. None if it was never made.

        DamagedArtifact if its JSON is not what was stored.
        """
        target = self.studio.artifact_folder(video, asset) / ARTIFACT_FILE
        content = objects.get(target)
        try:
            return None if content is None else parse_artifact(content)
        except ValidationError as error:
            raise DamagedArtifact(
                f"{target} cannot be read: {error.error_count()} wrong fields",
                where=f"{video}, {asset}",
                remedy=_remedy(video, asset),
            ) from error

    def local_file(self, video: str, asset: str, media: Media) -> Path:
        """A file of a stored artifact on this machine, as it is: `load` looks whether it is what was stored.

        DamagedArtifact if it is gone.
        """
        source = self.studio.artifact_folder(video, asset) / media.name
        local = Path(source) if isinstance(source, Path) else self._fetched.file(source, media.sha256)
        if not local.exists():
            raise DamagedArtifact(f"the file {source} is gone", where=f"{video}, {asset}", remedy=_remedy(video, asset))
        return local

    def _checked(self, video: str, asset: str, media: Media) -> Media:
        source = self.studio.artifact_folder(video, asset) / media.name
        local = self.local_file(video, asset, media)
        with local.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != media.sha256:
                if not isinstance(source, Path):
                    local.unlink()  # the copy, so that a mended original is fetched again
                raise DamagedArtifact(
                    f"the file {source} was altered", where=f"{video}, {asset}", remedy=_remedy(video, asset)
                )
        return media.model_copy(update={"path": local})

    @staticmethod
    def _remove_strangers(folder: UPath, names: set[str]) -> None:
        """Files of an earlier version of the artifact that the new one does not have."""
        for name in objects.sizes(folder):
            if name not in names and name != ARTIFACT_FILE and not name.endswith((UNFINISHED, TICKET)):
                objects.remove(folder / name)


def _remedy(video: str, asset: str) -> str:
    return f"Make it again: vidfactory make {video} --from {asset}"


def _replace_objects(target: UPath, content: bytes, files: Sequence[Media]) -> None:
    """Put an artifact's JSON and its files in place of what is there, each of which is published when it is whole."""
    if objects.get(target) != content:
        objects.remove(target)
    for media in files:
        objects.upload(media.path, target.parent / media.name)
    objects.put(target, content)


def _replace_on_disk(target: Path, content: bytes, files: Sequence[Media]) -> None:
    with disk_errors(str(target.parent)), ExitStack() as stages:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = [(stages.enter_context(staging(target.parent / media.name)), media) for media in files]
        for temporary, media in staged:
            with media.path.open("rb") as reader:
                copy_through(reader, temporary)
        json_file = stages.enter_context(staging(target))
        copy_through(io.BytesIO(content), json_file)
        if not target.exists() or target.read_bytes() != content:
            target.unlink(missing_ok=True)
        for temporary, media in staged:
            temporary.replace(target.parent / media.name)
        json_file.replace(target)
