"""Keeps finished segments and sounds under their names, so that nothing is rendered twice."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from vidfactory.errors import disk_errors


@dataclass(frozen=True)
class SegmentCache:
    """Files of all films in one folder of this machine, at most `limit_bytes` of them.

    What was used longest ago goes first. Whatever a render takes is linked into its own folder, so that
    nothing that goes from here is missed there.
    """

    folder: Path
    limit_bytes: int

    def take(self, name: str, target: Path) -> bool:
        """Put the file called `name` at `target`; whether it was here."""
        try:
            _link(self.folder / name, target)
        except FileNotFoundError:
            return False
        return True

    def keep(self, name: str, finished: Path) -> None:
        """Keep a finished file under `name`."""
        with disk_errors(str(self.folder)):
            self.folder.mkdir(parents=True, exist_ok=True)
            _link(finished, self.folder / name)

    def drop(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def trim(self) -> int:
        """Drop what was used longest ago until the limit holds; returns the bytes that went."""
        files = [(path, path.stat()) for path in self.folder.iterdir()] if self.folder.exists() else []
        surplus = sum(about.st_size for _, about in files) - self.limit_bytes
        dropped = 0
        for path, about in sorted(files, key=lambda file: file[1].st_mtime_ns):
            if dropped >= surplus:
                break
            path.unlink(missing_ok=True)
            dropped += about.st_size
        return dropped


def _link(source: Path, target: Path) -> None:
    """The same file under another name, in one step; a copy where the file system has no links."""
    temporary = target.with_name(f"{target.name}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, temporary)
    os.utime(temporary)
    temporary.replace(target)
    temporary.unlink(missing_ok=True)  # renaming one link of a file over another leaves both
