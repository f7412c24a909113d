"""What tests of narrators share: every narrator as it would be set up, and a script that all of them can speak."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import SecretStr

from vidfactory.ports import Calls, Speech
from vidfactory.providers import (
    azure_narrator,
    elevenlabs_narrator,
    espeak_narrator,
    google_narrator,
    openai_narrator,
    piper_narrator,
    polly_narrator,
)
from vidfactory.providers.kit import Kit
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.providers.tiny_piper import make_voice
from vidfactory_tests.servers import KEY, FakeServices

SCRIPT = (
    ("Google", "lost", "one hundred billion dollars", "in", "the", "first", "week", "of", "the", "year."),
    (
        "Is",
        "it",
        "the",
        "buy",
        "of",
        "a",
        "lifetime,",
        "or",
        "should",
        "you",
        "have",
        "been",
        "out?",
        "Nobody",
        "knows.",
    ),
)
WORDS = sum(map(len, SCRIPT))
SHORT = (("Hello", "there."), ("Bye.",))
"""Enough where it does not matter what is said."""
PIPER_VOICE = "en_US-lessac-medium"


@dataclass(frozen=True)
class Known:
    """A narrator as the settings have it.

    fake: the service that it talks to, empty for one on this machine. path: what its SDK wants behind the address.
    times: whether it tells word times.
    """

    module: ModuleType
    model: str = ""
    fake: str = ""
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    times: bool = True


NARRATORS = {
    "espeak": Known(espeak_narrator),
    "piper": Known(piper_narrator),
    "elevenlabs": Known(elevenlabs_narrator, "eleven_multilingual_v2", "elevenlabs"),
    "elevenlabs v3": Known(elevenlabs_narrator, "eleven_v3", "elevenlabs"),
    "elevenlabs flash": Known(elevenlabs_narrator, "eleven_flash_v2_5", "elevenlabs"),
    "openai": Known(openai_narrator, "gpt-4o-mini-tts", "openai", "/v1", times=False),
    "openai tts-1": Known(openai_narrator, "tts-1", "openai", "/v1", times=False),
    "google": Known(google_narrator, "neural2", "google_tts"),
    "azure": Known(azure_narrator, "neural", "azure", times=False),
    "polly": Known(polly_narrator, "neural", "polly", options={"region": "us-east-1", "access_key_id": KEY}),
}
SERVED = tuple(name for name, known in NARRATORS.items() if known.fake)
FAILING = tuple(name for name in SERVED if name not in {"elevenlabs v3", "elevenlabs flash"})
"""One for each way in which a service is asked: models that are asked alike fail alike."""
CREDITED = {"espeak": "espeak-ng"}


def kit_of(name: str, services: FakeServices, folder: Path, calls: Calls | None = None, **changes: Any) -> Kit:
    """What the narrator `name` is built with, to talk to the fake service; `changes` are made to its settings."""
    known = NARRATORS[name]
    service_name = name.partition(" ")[0]
    if not known.fake:
        return Kit(service_name, "narrator", Service().model_copy(update=changes), calls or Direct(), folder=folder)
    service = Service(
        address=services.url(known.fake) + known.path,
        key_name=f"{service_name.upper()}_API_KEY",
        key=SecretStr(services.key),
        models={"narrator": known.model},
        options=known.options,
        timeout_s=30,
    )
    return Kit(service_name, "narrator", service.model_copy(update=changes), calls or Direct(), folder=folder)


def spoken(
    name: str,
    services: FakeServices,
    folder: Path,
    calls: Calls | None = None,
    script: tuple[tuple[str, ...], ...] = SCRIPT,
    language: str = "en",
    **changes: Any,
) -> Speech:
    """The script as the narrator speaks it."""
    if name == "piper" and not (folder / f"{PIPER_VOICE}.onnx").exists():
        make_voice(folder, PIPER_VOICE)
    kit = kit_of(name, services, folder, calls, **changes)
    speech: Speech = asyncio.run(NARRATORS[name].module.provide(kit).speak(script, language))
    return speech
