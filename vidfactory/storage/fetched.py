"""Copies of the storage's files on this machine, for what can only read files of a disk.

Belongs here: bringing them by their hash, and how much disk they may take. Does not belong here: whether they are what
was stored (`artifacts`).
"""

import os
import time
from pathlib import Path

from upath import UPath

from vidfactory.storage import objects

MOST_BYTES = 5_000_000_000
IN_USE_S = 2 * 3600
"""What was asked for so short a time ago may be in use by a step, and stays however much there is."""
TRIM_EVERY_S = 300


class Fetched:
    """`folder` is shared by all processes of this machine: a file is fetched once, whichever step needs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trimmed_at = 0.0

    def file(self, source: UPath, sha256: str) -> Path:
        """The copy of the file `source` whose content has that hash; a path where nothing is if the file is gone."""
        local = self._folder / sha256 / source.name
        try:
            os.utime(local)
        except FileNotFoundError:
            if objects.download(source, local):
                self._trim()
        return local

    def _trim(self) -> None:
        """Remove what was asked for longest ago until the rest fits; a few times an hour is enough."""
        if time.monotonic() - self._trimmed_at < TRIM_EVERY_S:
            return
        self._trimmed_at = time.monotonic()
        now, kept = time.time(), []
        for path in self._folder.glob("*/*"):
            try:
                about = path.stat()
            except FileNotFoundError:  # another process trims too
                continue
            kept.append((about.st_mtime, about.st_size, path))
        surplus = sum(size for _, size, _ in kept) - MOST_BYTES
        for used, size, path in sorted(kept):
            if surplus <= 0 or now - used < IN_USE_S:
                return
            path.unlink(missing_ok=True)
            surplus -= size
