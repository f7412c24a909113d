"""Many pieces of one artifact made side by side.

Belongs here: what happens to the others while one is made or fails. Does not belong here: how many a service
takes at once (the call desk), and what the pieces are.
"""

import asyncio
import re
from collections.abc import Awaitable, Mapping
from logging import Logger
from typing import TypeVar

from vidfactory.errors import VidfactoryError

Piece = TypeVar("Piece")
_FIGURES = re.compile(r"\d[\d.,]*")


async def side_by_side(work: Mapping[str, Awaitable[Piece]], kind: str, log: Logger) -> dict[str, Piece]:
    """All pieces by name, in the order of `work`, with a line of progress for each that is finished.

    One that fails does not stop the others: what they cost is spent, and their answers are remembered, so that
    the next run makes only what is missing. Then its error is raised, naming each piece that failed and why.
    """
    finished = 0

    async def reported(name: str, piece: Awaitable[Piece]) -> Piece:
        nonlocal finished
        try:
            made = await piece
        except VidfactoryError as error:
            log.warning("%s of the %s failed: %s", name, kind, error)
            raise
        finished += 1
        log.info("%d of %d %s are there: %s", finished, len(work), kind, name)
        return made

    tasks = {name: asyncio.ensure_future(reported(name, piece)) for name, piece in work.items()}
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    failed = {name: error for name, task in tasks.items() if (error := task.exception())}
    if failed:
        raise _in_one(failed, len(work), kind)
    return {name: task.result() for name, task in tasks.items()}


def _in_one(failed: Mapping[str, BaseException], count: int, kind: str) -> BaseException:
    """What to raise for all failures: a fault of the program as it is, else an error of the first one's type."""
    for error in failed.values():
        if not isinstance(error, VidfactoryError):
            return error
    first = next(error for error in failed.values() if isinstance(error, VidfactoryError))
    alike: dict[str, list[str]] = {}  # errors that differ in figures alone, as what is left of a budget
    for name, error in failed.items():
        alike.setdefault(_FIGURES.sub("", str(error)), []).append(name)
    reasons = "; ".join(f"{', '.join(names)}: {failed[names[0]]}" for names in alike.values())
    return type(first)(
        f"{len(failed)} of {count} {kind} failed ({reasons})", remedy="The others are kept: make it again for the rest"
    )
