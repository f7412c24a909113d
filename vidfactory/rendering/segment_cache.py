"""Keeps finished segments and sounds under their names, so that nothing is rendered twice."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from vidfactory.errors import disk_errors
from vidfactory.files import UNFINISHED, staging

CLAIM = ".claim"
LITTER_AGE_NS = 3600 * 10**9
"""An unfinished file or a claim of this age was left by a process that was killed."""


@dataclass(frozen=True)
class SegmentCache:
    """Files of all films in one folder of this machine, at most `limit_bytes` of them.

    What was used longest ago goes first. Whatever a render takes is linked into its own folder, so that
    nothing that goes from here is missed there.
    """

    folder: Path
    limit_bytes: int

    @contextmanager
    def claimed(self, name: str) -> Iterator[None]:
        """Be the only one of all processes who makes `name`, until the end of the block.

        Whoever waited here for another finds it kept. The operating system frees the claim of one that died.
        """
        claim = self.folder / f"{name}{CLAIM}"
        with disk_errors(str(self.folder)):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(claim)
            lock.acquire()
        try:
            yield
        finally:
            claim.unlink(missing_ok=True)
            lock.release()

    def take(self, name: str, target: Path) -> bool:
        """Put the file called `name` at `target`; whether it was here."""
        kept = self.folder / name
        try:
            os.utime(kept)
            with disk_errors(str(target)):
                _link(kept, target)
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
        """Drop what was used longest ago until the limit holds; returns the bytes that went.

        What other renders take away meanwhile is theirs; what they are just putting here is left alone.
        """
        used = sorted(self._files(), key=lambda file: file.used_ns)
        surplus = sum(file.size for file in used) - self.limit_bytes
        dropped = 0
        for file in used:
            if dropped >= surplus:
                break
            file.path.unlink(missing_ok=True)
            dropped += file.size
        return dropped

    def _files(self) -> Iterator["_Kept"]:
        newest_litter_ns = time.time_ns() - LITTER_AGE_NS
        for path in self.folder.glob("*"):
            try:
                about = path.stat()
            except FileNotFoundError:
                continue
            if path.suffix not in {UNFINISHED, CLAIM} or about.st_mtime_ns < newest_litter_ns:
                yield _Kept(path, about.st_size, about.st_mtime_ns)


class _Kept(NamedTuple):
    path: Path
    size: int
    used_ns: int


def _link(source: Path, target: Path) -> None:
    """The same file under another name, in one step; a copy where the file system has no links."""
    with staging(target) as temporary:  # which is left where it renames one link of a file over another
        try:
            os.link(source, temporary)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(source, temporary)
        temporary.replace(target)
