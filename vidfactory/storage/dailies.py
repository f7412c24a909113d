"""An asset at work, as a step beside it sees it: which of its pieces are finished, and whether more may come.

Belongs here: how a workspace tells that. Does not belong here: what the pieces are, and artifacts, which are there
only when the last piece is.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from vidfactory.files import staging
from vidfactory.storage.studio import Studio

AT_WORK = ".at_work"


@contextmanager
def at_work(workspace: Path) -> Iterator[None]:
    """Tell whoever looks into a workspace that more pieces may come: until the end of the block, or of the process."""
    with FileLock(workspace / AT_WORK, thread_local=False):
        yield


@dataclass(frozen=True)
class Dailies:
    """The finished pieces of an asset that is at work on this machine: files of a workspace, whole or not there."""

    studio: Studio
    video: str
    asset: str

    def more_may_come(self) -> bool:
        """Whether it is at work."""
        return self._workspace() is not None

    def take(self, file: str, target: Path) -> bool:
        """Copy a finished piece to `target`; whether it was there."""
        workspace = self._workspace()
        if workspace is None:
            return False
        try:
            with staging(target) as temporary:
                shutil.copyfile(workspace / file, temporary)
                temporary.replace(target)
        except FileNotFoundError:  # not finished, or just stored and gone from here
            return False
        return True

    def _workspace(self) -> Path | None:
        """That of the attempt that is under way."""
        locks = self.studio.workspaces(self.video, self.asset).glob(f"*/{AT_WORK}")
        return next((lock.parent for lock in locks if _is_held(lock)), None)


def _is_held(file: Path) -> bool:
    lock = FileLock(file, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    except FileNotFoundError:
        return False
    lock.release()
    return False
