"""The crew of a video: who serves at each port, by the order's wishes, its channel and the settings.

Belongs here: finding a provider's file by its name and handing it what it needs. Does not belong here: how
any provider works, and which one is next when one fails (`chain`).
"""

import ast
import datetime as dt
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from vidfactory import providers
from vidfactory.catalogue import providers_of
from vidfactory.errors import BadInput
from vidfactory.ports import Assignment, Calls, Publisher, Tally
from vidfactory.providers import chain
from vidfactory.providers.kit import Kit
from vidfactory.schema.crew import Port, Wishes
from vidfactory.settings import Service, Settings


@dataclass(frozen=True)
class Crew:
    """Hires for a studio. `calls_for` gives the calls of an assignment, `wishes_now` the wishes of a video's order."""

    settings: Settings
    calls_for: Callable[[Assignment], Calls]
    wishes_now: Callable[[str], Wishes]

    def hired(self, video: str, asset: str, decided: Wishes) -> "Hired":
        """Who works on one asset of a video, as its brief has decided; whose money that is, the order says now."""
        ordered = self.wishes_now(video)
        hours = self.settings.channel(ordered).hours
        assignment = Assignment(
            video=video,
            asset=asset,
            channel=ordered.channel or "",
            budget_usd=self.settings.budget_of(ordered),
            take=decided.takes.get(asset, 1),
            day=hours.day(dt.datetime.now(tz=dt.UTC)) if ordered.channel else None,
            day_budget_usd=self.settings.day_budget_of(ordered),
        )
        # Without its channel, which may say something else by now.
        return Hired(self.settings, decided.model_copy(update={"channel": None}), self.calls_for(assignment))


@dataclass(frozen=True)
class Hired:
    """The providers for one asset of one video, and what their calls came to."""

    settings: Settings
    wishes: Wishes
    calls: Calls

    @property
    def writer(self) -> chain.WriterChain:
        return chain.WriterChain(self._members("writer"), self.calls)

    @property
    def narrator(self) -> chain.NarratorChain:
        return chain.NarratorChain(self._members("narrator"), self.calls)

    @property
    def aligner(self) -> chain.AlignerChain:
        return chain.AlignerChain(self._members("aligner"), self.calls)

    @property
    def illustrator(self) -> chain.IllustratorChain:
        return chain.IllustratorChain(self._members("illustrator"), self.calls)

    @property
    def composer(self) -> chain.ComposerChain:
        return chain.ComposerChain(self._members("composer"), self.calls)

    @property
    def animator(self) -> chain.AnimatorChain:
        return chain.AnimatorChain(self._members("animator"), self.calls)

    @property
    def market(self) -> chain.MarketChain:
        return chain.MarketChain(self._members("market"), self.calls)

    @property
    def trends(self) -> chain.TrendsChain:
        return chain.TrendsChain(self._members("trends"), self.calls)

    @property
    def reader(self) -> chain.ReaderChain:
        return chain.ReaderChain(self._members("reader"), self.calls)

    @property
    def publishers(self) -> list[tuple[str, Publisher]]:
        """All of the chain by name, in its order: each of them serves, none stands in for another."""
        return [(member.name, member.build()) for member in self._members("publisher")]

    def tally(self) -> Tally:
        return self.calls.tally()

    def _members(self, port: Port) -> list[chain.Member[Any]]:
        names = self.settings.chain(port, self.wishes)
        if not names:
            raise BadInput(
                f"nobody serves as {port} in the profile {self.settings.profile!r}",
                where="providers",
                remedy=f"Set providers.{port} in vidfactory.toml or in the order",
            )
        return [self._member(name, port) for name in names]

    def _member(self, entry: str, port: Port) -> chain.Member[Any]:
        kit = kit_of(self.settings, entry, port, self.calls, self.settings.voice_of(self.wishes))
        module = provider_module(kit)
        return chain.Member(entry, partial(module.provide, kit), remembers=hasattr(module, "probe"))


def kit_of(settings: Settings, entry: str, port: Port, calls: Calls, voice: str = "") -> Kit:
    """What the provider of a chain's `entry` is built with."""
    name, service = service_of(settings, entry, port)
    return Kit(name, port, service, calls, voice, folder=settings.local_folder / (service.like or name))


def service_of(settings: Settings, entry: str, port: Port) -> tuple[str, Service]:
    """The service that a chain's entry names, and how it is used there.

    "elevenlabs/eleven_flash_v2_5" is the service elevenlabs with that model for this port: what follows the first
    slash goes before the model of the settings.
    """
    name, _, model = entry.partition("/")
    service = settings.services.get(name, Service())
    if model:
        service = service.model_copy(update={"models": {**service.models, port: model}})
    return name, service


def provider_module(kit: Kit) -> ModuleType:
    """The file of a provider; BadInput listing those of its port where there is none of that name."""
    return importlib.import_module(_file_of(kit.service.like or kit.name, kit.port))


@cache
def is_service(kind: str, port: str) -> bool:
    """Whether a provider has somebody to call, by its file alone, whose SDK may be slow or missing.

    BadInput where there is no such provider.
    """
    spec = find_spec(_file_of(kind, port))
    assert spec is not None
    assert spec.origin is not None
    content = ast.parse(Path(spec.origin).read_bytes())
    return any(isinstance(part, ast.AsyncFunctionDef) and part.name == "probe" for part in content.body)


def _file_of(kind: str, port: str) -> str:
    """The name of a provider's module; BadInput listing those of its port where there is none of that name."""
    if kind not in providers_of(port):
        raise BadInput(
            f"there is no {port} {kind!r}",
            where=f"providers.{port}",
            remedy=f"There are: {', '.join(providers_of(port))}",
        )
    return f"{providers.__name__}.{kind}_{port}"


def provider_files(settings: Settings) -> list[str]:
    """The modules of the providers in the profile's chains, where they are there, to be imported ahead of time.

    Those behind the first seldom serve, but each is asked for what it remembers, and their SDKs take a second.
    """
    chains = {**settings.profiles[settings.profile], **settings.providers}
    wanted = set()
    for port, entries in chains.items():
        for entry in entries:
            name, service = service_of(settings, entry, port)
            wanted.add(f"{service.like or name}_{port}")
    there = {module.name for module in pkgutil.iter_modules(providers.__path__)}
    return sorted(f"{providers.__name__}.{file}" for file in wanted & there)
