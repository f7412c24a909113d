"""Several providers of one port, one after the other: the next serves where the one before it cannot.

Belongs here: who is asked when. A busy or exhausted provider is passed over, and the reason stands on what
the next one made; a request that cannot succeed, or that nobody may pay for, stops at once.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, TypeVar

from vidfactory.errors import DamagedArtifact, Exhausted, Transient, VidfactoryError
from vidfactory.ports import (
    Aligner,
    Alignment,
    AnimatedClip,
    Animator,
    Calls,
    ComposedEffect,
    ComposedLoop,
    Composer,
    DrawnPicture,
    Illustrator,
    Market,
    Material,
    Narrator,
    Page,
    Prices,
    Reader,
    Sound,
    Speech,
    Text,
    Trends,
    Writer,
    WritingTask,
    Written,
)
from vidfactory.schema.base import Size
from vidfactory.schema.finance import Tweets

Provider = TypeVar("Provider")
Result = TypeVar("Result")
_CREDITED = (Written, Speech, Alignment, DrawnPicture, ComposedLoop, ComposedEffect, AnimatedClip)


@dataclass(frozen=True)
class Member(Generic[Provider]):
    """A provider of a chain; `build` makes it when it is needed. `remembers`: whether its answers are kept."""

    name: str
    build: Callable[[], Provider]
    remembers: bool


class Chain(Generic[Provider]):
    """`calls` are those that the members were built with."""

    def __init__(self, members: Sequence[Member[Provider]], calls: Calls) -> None:
        self._members = members
        self._calls = calls

    async def served(self, work: Callable[[Provider], Awaitable[Result]]) -> Result:
        """What the first member that can do `work` makes of it; Exhausted where none can.

        A member whose answer is remembered goes before all others, so that the same video made again is
        the same, whoever was busy the first time.
        """
        reasons: list[str] = []
        for member in self._members if len(self._members) > 1 else ():
            if not member.remembers:
                break
            try:
                with self._calls.remembered_only():
                    return _with_reasons(await work(member.build()), reasons)
            except DamagedArtifact:
                raise  # it was paid for, and the error says the way out
            except VidfactoryError:  # nothing was sent; whatever keeps it from serving is said below
                reasons.append(f"{member.name}: no answer of it is remembered, as one of the next is")
        reasons.clear()
        for member in self._members:
            try:
                return _with_reasons(await work(member.build()), reasons)
            except (Transient, Exhausted) as error:
                reasons.append(str(error))
                last = error
        if len(reasons) == 1:
            raise last
        raise Exhausted("; ".join(reasons), remedy="Make it again later, or add another provider")


def _with_reasons(made: Result, reasons: list[str]) -> Result:
    """What was made, with why others did not, where it carries a credit; prices and pages carry none."""
    if not reasons or not isinstance(made, _CREDITED):
        return made
    return replace(made, made_by=made.made_by.model_copy(update={"instead_of": tuple(reasons)}))


class WriterChain(Chain[Writer]):
    async def write(self, task: WritingTask[Material, Text]) -> Written[Text]:
        return await self.served(lambda writer: writer.write(task))


class NarratorChain(Chain[Narrator]):
    async def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        return await self.served(lambda narrator: narrator.speak(paragraphs, language))


class AlignerChain(Chain[Aligner]):
    async def align(self, sound: Sound, words: Sequence[str], language: str) -> Alignment:
        return await self.served(lambda aligner: aligner.align(sound, words, language))


class IllustratorChain(Chain[Illustrator]):
    async def illustrate(self, concept: str, prompt: str, size: Size, seed: int) -> DrawnPicture:
        return await self.served(lambda illustrator: illustrator.illustrate(concept, prompt, size, seed))

    async def backdrop(self, prompt: str, size: Size, seed: int) -> DrawnPicture:
        return await self.served(lambda illustrator: illustrator.backdrop(prompt, size, seed))


class ComposerChain(Chain[Composer]):
    async def loop(self, mood: str, seed: int) -> ComposedLoop:
        return await self.served(lambda composer: composer.loop(mood, seed))

    async def effect(self, description: str, seconds: float, seed: int) -> ComposedEffect:
        return await self.served(lambda composer: composer.effect(description, seconds, seed))


class AnimatorChain(Chain[Animator]):
    async def animate(self, png: bytes, motion: str, seconds: int, seed: int) -> AnimatedClip:
        return await self.served(lambda animator: animator.animate(png, motion, seconds, seed))


class MarketChain(Chain[Market]):
    async def prices(self, symbols: frozenset[str], until: date) -> Prices:
        return await self.served(lambda market: market.prices(symbols, until))


class TrendsChain(Chain[Trends]):
    async def posts(self, query: str, limit: int, day: date) -> Tweets:
        return await self.served(lambda trends: trends.posts(query, limit, day))


class ReaderChain(Chain[Reader]):
    async def read(self, url: str) -> Page:
        return await self.served(lambda reader: reader.read(url))
