"""What tests of illustrators, composers and animators share: each of them as it would be set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from pydantic import SecretStr

from vidfactory.ports import Calls
from vidfactory.providers import (
    elevenlabs_composer,
    google_illustrator,
    house_composer,
    house_illustrator,
    openai_illustrator,
    replicate_illustrator,
    runway_animator,
)
from vidfactory.providers.kit import Kit
from vidfactory.settings import Service
from vidfactory_tests.providers.direct import Direct
from vidfactory_tests.servers import FakeServices


@dataclass(frozen=True)
class Known:
    """A provider as the settings have it; `path` is what its SDK wants behind the service's address.

    operation: what the fake service calls the request that makes something.
    """

    module: ModuleType
    port: str
    models: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""
    path: str = ""


ILLUSTRATORS = {
    "house": Known(house_illustrator, "illustrator"),
    "google": Known(google_illustrator, "illustrator", {"illustrator": "gemini-3.1-flash-lite-image"}, "generate"),
    "openai": Known(openai_illustrator, "illustrator", {"illustrator": "gpt-image-2.6-flare"}, "images", "/v1"),
    "replicate": Known(replicate_illustrator, "illustrator", {"illustrator": "stability-ai/sdxl"}, "predict"),
}
COMPOSERS = {
    "house": Known(house_composer, "composer"),
    "elevenlabs": Known(
        elevenlabs_composer, "composer", {"composer": "music_v2", "effects": "eleven_text_to_sound_v2"}, "sound"
    ),
}
ANIMATORS = {"runway": Known(runway_animator, "animator", {"animator": "gen4_turbo"}, "order")}
SERVED = tuple(
    (name, known) for table in (ILLUSTRATORS, COMPOSERS, ANIMATORS) for name, known in table.items() if known.models
)


def kit_of(name: str, known: Known, services: FakeServices, calls: Calls | None = None, **changes: Any) -> Kit:
    """What the provider is built with, to talk to its fake service; `changes` are made to its settings."""
    if not known.models:
        return Kit(name, known.port, Service(), calls or Direct())
    service = Service(
        address=services.url(name) + known.path,
        key_name=f"{name.upper()}_API_KEY",
        key=SecretStr(services.key),
        models=known.models,
        timeout_s=5,
    )
    return Kit(name, known.port, service.model_copy(update=changes), calls or Direct())
