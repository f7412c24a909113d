"""What channels remember, on the studio's storage, so that a restart or a lost cursor of Dagster forgets nothing.

Belongs here: `topics/<channel>.json`, `topics/<channel>.sources.json`, and that one at a time orders for a channel.
Does not belong here: what is in them (`trending`, `scouting`).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from upath import UPath

from vidfactory.errors import DamagedArtifact, Transient
from vidfactory.schema.trends import Memory, SourceStates
from vidfactory.storage import objects
from vidfactory.storage.claims import claim

CLAIM_S = 10.0
"""How long somebody else who orders for the channel is waited for."""
Kept = TypeVar("Kept", bound=BaseModel)


class Topics:
    """`root` is the folder of the topics on the studio's storage."""

    def __init__(self, root: UPath) -> None:
        self._root = root

    def memory(self, channel: str) -> Memory:
        """What a channel remembers; nothing where it never ordered, DamagedArtifact where it cannot be read."""
        return self._read(f"{channel}.json", Memory) or Memory()

    def remember(self, channel: str, memory: Memory) -> None:
        """Keep what a channel remembers, in place of what it did before."""
        objects.put(self._root / f"{channel}.json", memory.model_dump_json().encode())

    def states(self, channel: str) -> SourceStates:
        """What the sources of a channel brought; DamagedArtifact where it cannot be read."""
        return self._read(f"{channel}.sources.json", SourceStates) or SourceStates()

    def keep_states(self, channel: str, states: SourceStates) -> None:
        """Keep what the sources brought, in place of what they did before."""
        objects.put(self._root / f"{channel}.sources.json", states.model_dump_json(indent=1).encode())

    @asynccontextmanager
    async def held(self, channel: str) -> AsyncIterator[None]:
        """Alone in the block, over processes and machines; Transient where somebody else is too long in theirs."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(CLAIM_S):
                    await stack.enter_async_context(claim(self._root / "claims" / channel))
            except TimeoutError as error:
                raise Transient(
                    f"another process has been ordering for it for more than {CLAIM_S:.0f} s",
                    where=channel,
                    remedy="Ask again in a minute",
                ) from error
            yield

    def _read(self, name: str, kind: type[Kept]) -> Kept | None:
        content = objects.get(self._root / name)
        if content is None:
            return None
        try:
            return kind.model_validate_json(content)
        except ValidationError as error:
            raise DamagedArtifact(
                f"it cannot be read: {error.error_count()} wrong fields",
                where=f"topics/{name}",
                remedy="Mend it, or remove it: the channel may then order again what it ordered before",
            ) from error
