"""Writes with Gemini, through Google's generative language API.

Belongs here: how that model is reached. Does not belong here: the prompt and the rounds (`agents`), the call desk
and the types of failures (`model_calls`). The service takes no idempotency key.
"""

import httpx2
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from vidfactory.ports import Material, Text, WritingTask, Written
from vidfactory.providers.agents import write_with
from vidfactory.providers.kit import Kit
from vidfactory.providers.model_calls import model_settings, probe_model
from vidfactory.providers.web import open_model_client


class GoogleWriter:
    """`Writer` with the Gemini model that the settings name."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def write(self, task: WritingTask[Material, Text]) -> Written[Text]:
        async with open_model_client(self._kit) as http:
            return await write_with(self._kit, _model(self._kit, http), task)


def provide(kit: Kit) -> GoogleWriter:
    return GoogleWriter(kit)


async def probe(kit: Kit) -> str:
    async with open_model_client(kit) as http:
        return await probe_model(kit, _model(kit, http))


def _model(kit: Kit, http: httpx2.AsyncClient) -> GoogleModel:
    """Made anew for each use: its connections belong to the event loop that it is used in."""
    provider = GoogleProvider(api_key=kit.key, base_url=kit.service.address or None, http_client=http)
    return GoogleModel(kit.model, provider=provider, settings=model_settings(kit))
