"""What each part of the studio would use on this machine, what that costs, and what is missing."""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import av.codec

from vidfactory.definitions import call_desk_of
from vidfactory.drawing.type import FALLBACK_FACES, font_path
from vidfactory.errors import VidfactoryError
from vidfactory.ports import Assignment, Calls
from vidfactory.providers import crew
from vidfactory.providers.chromium import HOW_TO_GET_ONE, find_chromium
from vidfactory.providers.kit import Kit
from vidfactory.quoting import price_words
from vidfactory.rendering.quality import card_serves
from vidfactory.schema.crew import PORTS, Port, Wishes
from vidfactory.settings import Settings
from vidfactory.storage.call_desk import CallDesk, Patience

NEEDED_BYTES = 500_000_000
"""Free space below which a render may not finish."""
FACES = ("anton", *FALLBACK_FACES)
UNUSED_YET = frozenset({"animator"})
"""Ports that a video can do without."""
ALL_SERVE = frozenset({"publisher"})
"""Ports of whose chain every entry serves, so that none is a fallback."""
PROBES = "doctor"
"""The video whose ledger the live calls go to."""
PROBES_USD = Decimal("0.15")
"""What all live calls of one examination may cost together. X alone takes 0.05: it gives no fewer than ten posts."""


@dataclass(frozen=True)
class Finding:
    """One part: what it would use and why; `remedy` says what to do where it is not good.

    good: whether nothing must be done. is_ready: whether it could serve; a fallback need not.
    note: what is worth knowing and no fault. limits: how much of a service may be used.
    """

    part: str
    uses: str
    good: bool = True
    remedy: str = ""
    is_ready: bool = True
    note: str = ""
    price: str = ""
    limits: str = ""


@dataclass(frozen=True)
class Probe:
    """What the cheapest real call of a service came to: how long it took, and what came back or went wrong."""

    part: str
    uses: str
    seconds: float
    said: str
    good: bool


def examine(settings: Settings) -> list[Finding]:
    """Look at every port, the encoders, the fonts and the disk. Makes no call and changes nothing."""
    desk = call_desk_of(settings)
    return [
        *(finding for port in PORTS if port != "browser" for finding in _port(settings, desk, port)),
        _channels(settings),
        _browser(settings),
        _encoders(),
        _fonts(),
        _disk(settings.local_folder),
    ]


def probe(settings: Settings) -> list[Probe]:
    """Make the cheapest real call of every service that the settings name, side by side; each is sent once.

    Whatever they cost stands in the ledger under the video "doctor".
    """
    desk = call_desk_of(settings)
    desk.patience = Patience(tries=1)
    budget = desk.ledger.sums(PROBES).committed + PROBES_USD
    # A number that was not used yet, so that no answer is remembered.
    take = time.time_ns()
    kits = []
    for port in PORTS:
        calls = desk.on(Assignment(PROBES, port, budget_usd=budget, take=take))
        kits += [_kit(settings, entry, port, calls) for entry in settings.chain(port, Wishes())]
    return asyncio.run(_probed(kits))


def _port(settings: Settings, desk: CallDesk, port: Port) -> Iterator[Finding]:
    """Who would serve, in order. What keeps the first one from serving is a fault where it is needed, else a note."""
    chain = settings.chain(port, Wishes())
    if not chain:
        needed = port not in UNUSED_YET
        remedy = f"Set providers.{port} in vidfactory.toml"
        uses, note = f"nobody (profile {settings.profile})", "" if needed else "not needed"
        yield Finding(port, uses, good=not needed, remedy=remedy, note=note)
    calls = desk.on(Assignment(PROBES, port))
    for place, entry in enumerate(chain):
        finding = _member(_kit(settings, entry, port, calls), entry)
        if (place and port not in ALL_SERVE) or port in UNUSED_YET:
            note = finding.note if finding.good else finding.remedy
            finding = replace(finding, good=True, remedy="", is_ready=finding.good, note=note)
        yield replace(finding, uses=f"{place + 1}. {finding.uses}" if len(chain) > 1 else finding.uses)


def _kit(settings: Settings, entry: str, port: Port, calls: Calls) -> Kit:
    return crew.kit_of(settings, entry, port, calls, settings.voice_of(Wishes()))


def _member(kit: Kit, entry: str) -> Finding:
    """A provider as it stands in a chain; it is built, and a narrator of the house speaks a word."""
    service, model = kit.service, kit.service.models.get(kit.port, "")
    found = Finding(kit.port, entry if "/" in entry or not model else f"{entry}/{model}")
    try:
        if not crew.is_service(service.like or kit.name, kit.port):
            return replace(found, price="free", note=_of_the_house(kit))
        found = replace(found, price=price_words(kit.name, service, kit.port), limits=_limits(kit))
        if service.key_name and service.key is None:
            remedy = f"Set {service.key_name} in .env or the environment"
            return replace(found, good=False, remedy=f"there is no key for it. {remedy}")
        module = crew.provider_module(kit)
        module.provide(kit)
    except VidfactoryError as error:
        return replace(found, good=False, remedy=f"{error.what}. {error.remedy}" if error.remedy else error.what)
    if hasattr(module, "credential"):
        return replace(found, note=module.credential(kit))
    return replace(found, note=f"key: {service.key_name}" if service.key_name else "no key needed")


def _of_the_house(kit: Kit) -> str:
    provider = crew.provider_module(kit).provide(kit)
    if kit.port != "narrator":
        return "of the house"
    return f"of the house, voice {asyncio.run(provider.speak((('Ready.',),), 'en')).voice}"


def _limits(kit: Kit) -> str:
    service = kit.service
    return f"{service.concurrency} at once, {service.per_minute} a minute, {service.timeout_s:g} s"


async def _probed(kits: Sequence[Kit]) -> list[Probe]:
    services = [kit for kit in kits if crew.is_service(kit.service.like or kit.name, kit.port)]
    return list(await asyncio.gather(*(_probe(kit) for kit in services)))


async def _probe(kit: Kit) -> Probe:
    begun, good = time.monotonic(), True
    try:
        said = str(await crew.provider_module(kit).probe(kit))
    except VidfactoryError as error:
        said, good = str(error), False
    name = "/".join(filter(None, (kit.name, kit.service.models.get(kit.port, ""))))
    return Probe(kit.port, name, time.monotonic() - begun, said, good)


def _channels(settings: Settings) -> Finding:
    found, refused = settings.channels, settings.refused_channels
    uses = f"{settings.channels_folder}: {', '.join(found) or 'none'}"
    return Finding("channels", uses, good=not refused, remedy="; ".join(refused.values()))


def _browser(settings: Settings) -> Finding:
    found = find_chromium(settings.chromium)
    return Finding("browser", str(found or "none"), good=found is not None, remedy=HOW_TO_GET_ONE)


def _encoders() -> Finding:
    card = "h264_nvenc where the quality allows it" if card_serves() else "no graphics card encodes here"
    missing = [name for name in ("libx264", "aac") if name not in av.codec.codecs_available]
    return Finding(
        "encoders",
        f"libx264 and aac of PyAV {av.__version__}; {card}",
        good=not missing,
        remedy=f"PyAV here has no {', '.join(missing)}: install its wheel with `make setup`",
    )


def _fonts() -> Finding:
    missing = [face for face in FACES if not font_path(face).exists()]
    return Finding(
        "fonts", ", ".join(FACES), good=not missing, remedy=f"{', '.join(missing)} are missing: run `make setup`"
    )


def _disk(folder: Path) -> Finding:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    uses = f"{folder}, {free / 1e9:.1f} GB free"
    if not os.access(existing, os.W_OK):
        return Finding("studio", uses, good=False, remedy="Make it writable, or set VIDFACTORY_LOCAL to another folder")
    return Finding("studio", uses, good=free > NEEDED_BYTES, remedy="Free some space: a render needs 500 MB")
