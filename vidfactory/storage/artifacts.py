"""Keeps artifacts: one folder each, `artifact.json` beside its media, there whole or not at all.

Knows nothing of Dagster; `io_manager.py` puts it behind Dagster's interface.
"""

import hashlib
import io
import shutil
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
from vidfactory.storage.objects import copy_through
from vidfactory.storage.studio import Studio

ARTIFACT_FILE = "artifact.json"
_CHUNK = 1 << 20


class ArtifactStore:
    """Saves and loads the artifacts of a studio."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def exists(self, video: str, asset: str) -> bool:
        """Whether the artifact is there with all its files, by their sizes; `load` looks at their content."""
        folder = self.studio.artifact_folder(video, asset)
        try:
            artifact = parse_artifact((folder / ARTIFACT_FILE).read_bytes())
            return all((folder / media.name).stat().st_size == media.size for media in artifact.media())
        except (FileNotFoundError, ValidationError):
            return False

    def save(self, video: str, asset: str, artifact: Artifact) -> UPath:
        """Store `artifact` with copies of its media and return its folder.

        All files are written under temporary names first, so that a full disk leaves the old artifact
        as it was. While they are renamed the JSON is away: a crash in between leaves a hole that is made
        again rather than a mixture of two.
        """
        folder = self.studio.artifact_folder(video, asset)
        target = folder / ARTIFACT_FILE
        stored = artifact.with_media(lambda media: media.model_copy(update={"path": Path(media.name)}))
        with disk_errors(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
            _replace_all(target, stored.model_dump_json(indent=2).encode(), list(artifact.media()))
            self._remove_strangers(folder, {media.name for media in artifact.media()})
        return folder

    def load(self, video: str, asset: str) -> Artifact:
        """The stored artifact with absolute local media paths.

        Raises MissingArtifact (also a FileNotFoundError) if it was never made, DamagedArtifact if its
        JSON or one of its files is not what was stored.
        """
        artifact = self.read(video, asset)
        if artifact is None:
            raise MissingArtifact(f"there is no {asset} yet", where=video, remedy=_remedy(video, asset))
        return artifact.with_media(lambda media: self._fetched(video, asset, media))

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
        local = source if isinstance(source, Path) else self.studio.scratch / "fetched" / media.sha256 / media.name
        if not isinstance(source, Path) and not local.exists() and source.exists():
            local.parent.mkdir(parents=True, exist_ok=True)
            with staging(local) as temporary, source.open("rb") as reader:
                copy_through(reader, temporary)
                temporary.replace(local)
        if not local.exists():
            raise DamagedArtifact(f"the file {source} is gone", where=f"{video}, {asset}", remedy=_remedy(video, asset))
        return Path(local)

    def _fetched(self, video: str, asset: str, media: Media) -> Media:
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
        for path in folder.iterdir():
            if path.is_file() and path.name not in names and path.name != ARTIFACT_FILE and not _is_temporary(path):
                path.unlink()


def _remedy(video: str, asset: str) -> str:
    return f"Make it again: vidfactory make {video} --from {asset}"


def _replace_all(target: UPath, content: bytes, files: Sequence[Media]) -> None:
    """Put an artifact's JSON and its files in place of what is there.

    Object stores publish a file only when it is complete, so nothing is staged there.
    """
    if not isinstance(target, Path):
        target.unlink(missing_ok=True)
        for media in files:
            with media.path.open("rb") as reader, (target.parent / media.name).open("wb") as writer:
                shutil.copyfileobj(reader, writer, length=_CHUNK)
        target.write_bytes(content)
        return
    with ExitStack() as stages:
        staged = [(stages.enter_context(staging(target.parent / media.name)), media) for media in files]
        for temporary, media in staged:
            with media.path.open("rb") as reader:
                copy_through(reader, temporary)
        json_file = stages.enter_context(staging(target))
        copy_through(io.BytesIO(content), json_file)
        target.unlink(missing_ok=True)
        for temporary, media in staged:
            temporary.replace(target.parent / media.name)
        json_file.replace(target)


def _is_temporary(path: UPath) -> bool:
    return path.name.startswith(".") and path.name.endswith(UNFINISHED)
