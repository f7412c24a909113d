"""The library of a studio that lies on an object store: no machine's disk holds what was published.

Belongs here: bringing a folder that a publisher has laid out on this machine to the storage. Does not belong here: what
lies in it (`release.layout`).
"""

import shutil
from pathlib import Path

from upath import UPath

from vidfactory.schema.brief import check_video_key
from vidfactory.schema.release import Appearance
from vidfactory.storage import objects
from vidfactory.storage.studio import Studio


def kept_for_all(studio: Studio, video: str, seen: Appearance) -> Appearance:
    """The same appearance, but where every machine finds it: only a folder of this machine's library is moved.

    The files are replaced one after the other, so that for that time those of two editions lie beside each other; the
    edition is known by its manifest, which comes last.
    """
    folder = studio.library / check_video_key(video)
    if isinstance(studio.root, Path) or seen.address != str(folder.resolve()):
        return seen
    target = studio.root / "library" / video
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in sorted(files, key=lambda path: path.name == "manifest.json"):
        objects.upload(path, target.joinpath(*path.relative_to(folder).parts))
    _remove_others(target, {path.relative_to(folder).parts for path in files})
    shutil.rmtree(folder)
    return seen.model_copy(update={"address": str(target)})


def _remove_others(folder: UPath, named: set[tuple[str, ...]]) -> None:
    """Files of the edition before it, in the folder and one below it."""
    for name in objects.names(folder):
        inside = [(name, each) for each in objects.names(folder / name)] if (name,) not in named else []
        for parts in [*inside, (name,)]:
            if parts not in named:
                objects.remove(folder.joinpath(*parts))
