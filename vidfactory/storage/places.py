"""How many calls of a service are under way, and how many begin in a minute, over all who share its limits.

Belongs here: the places of one machine, and the rule of the window. Does not belong here: those of many machines
(`postgres_places`), and which service has which limits (`call_desk`).
"""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from vidfactory.errors import disk_errors
from vidfactory.files import staging

WINDOW_S = 60.0
"""Limits of services are per minute."""
MARGIN_S = 0.25
"""A request may take so much longer to reach its service than the next one, which must not look like too many."""
POLL_S = 0.05


class Places(Protocol):
    """What all who share the limits of services agree by."""

    async def hold(self, service: str, count: int) -> ExitStack:
        """Wait for one of `count` places of a service, and keep it until the end of the block: `with await ...`.

        It is free again when its holder dies. Leaving waits for nothing, so that a run which is ended in the middle
        leaves without a complaint.
        """
        ...

    async def begin(self, service: str, count: int) -> None:
        """Wait until one more call may begin, so that there are never more than `count` in a minute."""
        ...


def wait_s(starts: Sequence[float], now: float, count: int) -> float:
    """Seconds until one more may begin, where the newest `starts` (in seconds, rising) began; zero for now."""
    if len(starts) < count:
        return 0.0
    return max(0.0, starts[-count] + WINDOW_S + MARGIN_S - now)


class PlacesOfMachine:
    """Files in `folder`, which all processes of this machine share.

    Locks of the operating system are the places, and a list has the times of the last starts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def hold(self, service: str, count: int) -> ExitStack:
        """See `Places.hold`."""
        locks = [FileLock(self._folder / service / f"{number}.lock", thread_local=False) for number in range(count)]
        while (held := next(filter(acquired, locks), None)) is None:  # noqa: ASYNC110 - another process frees it
            await asyncio.sleep(POLL_S)
        block = ExitStack()
        block.callback(held.release)
        return block

    async def begin(self, service: str, count: int) -> None:
        """See `Places.begin`."""
        while (wait := await asyncio.to_thread(self._begin, service, count)) > 0:  # noqa: ASYNC110 - others begin too
            await asyncio.sleep(wait)

    def _begin(self, service: str, count: int) -> float:
        """Note a start if there may be one now, else the seconds to wait."""
        path = self._folder / service / "starts.json"
        with disk_errors(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock"), thread_local=False):
                now = time.time()
                # What lies ahead was noted before the machine's clock was set back.
                starts = [start for start in _read(path) if start <= now][-count:]
                wait = wait_s(starts, now, count)
                if wait == 0:
                    with staging(path) as temporary:
                        temporary.write_text(json.dumps([*starts, now][-count:]), encoding="ascii")
                        temporary.replace(path)
                return wait


def acquired(lock: FileLock) -> bool:
    """Whether a lock was free, and is held now."""
    try:
        with disk_errors(lock.lock_file):
            Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _read(path: Path) -> list[float]:
    return [] if not path.exists() else [float(start) for start in json.loads(path.read_bytes())]
