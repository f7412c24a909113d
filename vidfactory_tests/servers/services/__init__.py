"""One module for each service: its routes, its formats, its error shapes. Nothing of sockets or faults."""

from dataclasses import replace

from vidfactory_tests.servers.services import (
    anthropic,
    azure,
    elevenlabs,
    google,
    google_tts,
    openai,
    polly,
    replicate,
    runway,
    x,
    xai,
    yahoo,
    youtube,
)
from vidfactory_tests.servers.wire import Service

_MODULES = (anthropic, azure, elevenlabs, google_tts, openai, polly, replicate, runway, x, xai, yahoo, youtube)


def all_services() -> tuple[Service, ...]:
    """Every service anew, without jobs or anything else that it remembers.

    Google's speech stands below `google` too, for settings that have one address for all of Google.
    """
    models = google.service()
    whole = replace(models, routes=(*models.routes, *google_tts.routes()))
    return (whole, openai.own_server(), *(module.service() for module in _MODULES))
