"""Blocking work beside an event loop.

Belongs here: how it is carried out to its end. Does not belong here: what the work is.
"""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def to_its_end(work: Callable[Given, Result], *args: Given.args, **options: Given.kwargs) -> Result:
    """What `work` returns from a thread of its own.

    A task that is cancelled meanwhile goes only when the work is done, for half of what is written down about
    money is worse than all or nothing of it.
    """
    done = asyncio.ensure_future(asyncio.to_thread(work, *args, **options))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait({done})
        raise
