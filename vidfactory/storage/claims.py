"""Who asks a service a question, and who waits, over tasks, processes and machines.

Belongs here: claims on a name. Does not belong here: what is done under one, and places that are few (`places`).
"""

import asyncio
import datetime as dt
import logging
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal
from filelock import FileLock
from upath import UPath

from vidfactory.storage import objects
from vidfactory.storage.places import POLL_S, acquired
from vidfactory.storage.threads import to_its_end

log = logging.getLogger(__name__)
TICKET = ".ticket"
"""How the names of tickets end."""
TICKET_LIFE_S = 60.0
"""A ticket whose holder has not been heard of for so long is dead."""
TICKET_POLL_S = 0.5


def claim(folder: UPath) -> AbstractAsyncContextManager[None]:
    """Hold `folder` alone until the end of the block; wait for whoever holds it."""
    return _locked(folder) if isinstance(folder, Path) else _ticketed(folder)


@contextmanager
def held(folder: UPath) -> Iterator[None]:
    """`claim` for code that waits itself."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(claim(folder)):
        yield


@asynccontextmanager
async def _locked(folder: Path) -> AsyncIterator[None]:
    """A lock of the operating system, which frees it when its holder dies."""
    lock = FileLock(folder / ".lock", thread_local=False)
    while not acquired(lock):  # noqa: ASYNC110 - another process frees it, which sets no event here
        await asyncio.sleep(POLL_S)
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def _ticketed(folder: UPath) -> AsyncIterator[None]:
    """A claim on an object store, which knows no locks but lists what was written before.

    Whoever finds no living ticket writes one and looks again: who then sees no other holds the claim. Of
    those who see each other, the lowest keeps its ticket and goes on looking, and the others take theirs
    back. Whoever comes while the claim is held sees the holder's ticket. A holder renews its ticket; one
    that died is passed over once its time is up. The clocks of the machines may differ by half that time.
    """
    name = f"{uuid.uuid4().hex}{TICKET}"
    try:
        await _first_in_line(folder, name)
        heart = asyncio.create_task(_beat(folder / name))
        try:
            yield
        finally:
            heart.cancel()
            await asyncio.wait({heart})  # else it may write the ticket once more when that is gone
    finally:
        await to_its_end(objects.remove, folder / name)


async def _first_in_line(folder: UPath, name: str) -> None:
    waiting = False
    while True:
        others = await asyncio.to_thread(_living, folder, name)
        if not others and waiting:
            return
        if not others or (waiting and name < min(others)):
            await to_its_end(_renew, folder / name)
            waiting = True
        elif waiting:
            await to_its_end(objects.remove, folder / name)
            waiting = False
        if others:
            await asyncio.sleep(TICKET_POLL_S)


async def _beat(ticket: UPath) -> None:
    """Renew a ticket until the end; a storage that fails once is tried again before the ticket's time is up."""
    while True:
        await asyncio.sleep(TICKET_LIFE_S / 4)
        try:
            await to_its_end(_renew, ticket)
        except Exception as error:  # noqa: BLE001 - whatever the storage raises, a paid call is under way
            log.warning("a claim could not be renewed and is tried again: %s", error)


def _renew(ticket: UPath) -> None:
    until = dt.datetime.now(tz=dt.UTC) + dt.timedelta(seconds=TICKET_LIFE_S)
    objects.put(ticket, until.isoformat().encode())


def _living(folder: UPath, own: str) -> list[str]:
    """The tickets of others whose time is not up; those of the dead are removed."""
    living = []
    for name in objects.names(folder):
        if not name.endswith(TICKET) or name == own:
            continue
        until = objects.get(folder / name)
        if until is None:
            continue
        if dt.datetime.fromisoformat(until.decode()) > dt.datetime.now(tz=dt.UTC):
            living.append(name)
        else:
            objects.remove(folder / name)
    return living
