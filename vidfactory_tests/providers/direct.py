"""Calls that go straight to the service: nothing is remembered, counted, limited or tried again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from vidfactory.errors import NotRemembered
from vidfactory.ports import Answer, Call, Tally


class Direct:
    """`Calls` for tests of providers. `made` holds the calls in the order in which they were asked for."""

    def __init__(self) -> None:
        self.made: list[Call] = []
        self._sends = True

    async def ask(self, call: Call, send: Callable[[str], Awaitable[Answer]]) -> Answer:
        self._note(call)
        return await send(f"key-{len(self.made)}")

    async def order(
        self,
        call: Call,
        submit: Callable[[str], Awaitable[str]],
        collect: Callable[[str], Awaitable[Answer | None]],
    ) -> Answer:
        self._note(call)
        job = await submit(f"key-{len(self.made)}")
        while (answer := await collect(job)) is None:  # noqa: ASYNC110 - jobs are looked at again and again
            await asyncio.sleep(0.01)
        return answer

    @contextmanager
    def remembered_only(self) -> Iterator[None]:
        self._sends = False
        try:
            yield
        finally:
            self._sends = True

    def tally(self) -> Tally:
        return Tally(sent=len(self.made))

    def _note(self, call: Call) -> None:
        if not self._sends:
            raise NotRemembered("nothing is remembered here")
        self.made.append(call)
