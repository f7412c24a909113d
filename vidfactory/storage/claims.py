"""One holder at a time, over tasks, processes and machines: who asks a service a question, and who waits.

Belongs here: claims on a name. Does not belong here: what is done under one.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from upath import UPath

from vidfactory.storage import objects

POLL_S = 0.05
TICKET_LIFE_S = 60.0
"""A ticket whose holder has not been heard of for so long is dead."""
TICKET_POLL_S = 0.5


def claim(folder: UPath) -> AbstractAsyncContextManager[None]:
    """Hold `folder` alone until the end of the block; wait for whoever holds it."""
    return _locked(folder) if isinstance(folder, Path) else _ticketed(folder)


@asynccontextmanager
async def _locked(folder: Path) -> AsyncIterator[None]:
    """A lock of the operating system, which frees it when its holder dies."""
    lock = FileLock(folder / ".lock", thread_local=False)
    while not _acquired(lock):  # noqa: ASYNC110 - another process frees it, which sets no event here
        await asyncio.sleep(POLL_S)
    try:
        yield
    finally:
        lock.release()


def _acquired(lock: FileLock) -> bool:
    Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


@asynccontextmanager
async def _ticketed(folder: UPath) -> AsyncIterator[None]:
    """A claim on an object store, which knows no locks but lists what was written before.

    Whoever finds no living ticket writes one and looks again: who then sees no other holds the claim. Of
    those who see each other, the lowest keeps its ticket and goes on looking, and the others take theirs
    back. Whoever comes while the claim is held sees the holder's ticket. A holder renews its ticket; one
    that died is passed over once its time is up. The clocks of the machines may differ by half that time.
    """
    name = f"{uuid.uuid4().hex}.ticket"
    waiting = False
    while True:
        others = await asyncio.to_thread(_living, folder, name)
        if not others and waiting:
            break
        if not others or (waiting and name < min(others)):
            await asyncio.to_thread(_renew, folder / name)
            waiting = True
        elif waiting:
            await asyncio.to_thread(objects.remove, folder / name)
            waiting = False
        if others:
            await asyncio.sleep(TICKET_POLL_S)
    heart = asyncio.create_task(_beat(folder / name))
    try:
        yield
    finally:
        heart.cancel()
        await asyncio.to_thread(objects.remove, folder / name)


async def _beat(ticket: UPath) -> None:
    while True:
        await asyncio.sleep(TICKET_LIFE_S / 4)
        await asyncio.to_thread(_renew, ticket)


def _renew(ticket: UPath) -> None:
    until = dt.datetime.now(tz=dt.UTC) + dt.timedelta(seconds=TICKET_LIFE_S)
    objects.put(ticket, until.isoformat().encode())


def _living(folder: UPath, own: str) -> list[str]:
    """The tickets of others whose time is not up; those of the dead are removed."""
    living = []
    for name in objects.names(folder):
        if not name.endswith(".ticket") or name == own:
            continue
        until = objects.get(folder / name)
        if until is None:
            continue
        if dt.datetime.fromisoformat(until.decode()) > dt.datetime.now(tz=dt.UTC):
            living.append(name)
        else:
            objects.remove(folder / name)
    return living
