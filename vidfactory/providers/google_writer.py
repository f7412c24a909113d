"""Writes with Gemini, through Google's generative language API.

Belongs here: how that model is reached. Does not belong here: the prompt and the rounds (`agents`), the call desk
and the types of failures (`model_calls`). The service takes no idempotency key.
"""

import httpx2
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from vidfactory.providers.agents import ModelWriter
from vidfactory.providers.kit import Kit
from vidfactory.providers.model_calls import model_settings


def provide(kit: Kit) -> ModelWriter:
    return ModelWriter(kit, _model)


async def probe(kit: Kit) -> str:
    return await ModelWriter(kit, _model).probe()


def _model(kit: Kit, http: httpx2.AsyncClient) -> GoogleModel:
    provider = GoogleProvider(api_key=kit.key, base_url=kit.service.address or None, http_client=http)
    return GoogleModel(kit.model, provider=provider, settings=model_settings(kit))
