"""Writes with OpenAI's models, and with those of any server that is compatible with it, such as Ollama.

Belongs here: how such a model is reached. Does not belong here: the prompt and the rounds (`agents`), the call desk
and the types of failures (`model_calls`).

It speaks chat completions, because that is what compatible servers have. OpenAI documents no idempotency key for
them, so none is sent.
"""

import httpx2
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from vidfactory.errors import Permanent
from vidfactory.providers.agents import ModelWriter
from vidfactory.providers.kit import Kit
from vidfactory.providers.model_calls import model_settings


def provide(kit: Kit) -> ModelWriter:
    return ModelWriter(kit, _model)


async def probe(kit: Kit) -> str:
    return await ModelWriter(kit, _model).probe()


def _model(kit: Kit, http: httpx2.AsyncClient) -> OpenAIChatModel:
    provider = (
        _compatible(kit, http)
        if kit.service.like
        else OpenAIProvider(kit.service.address or None, kit.key, http_client=http)
    )
    return OpenAIChatModel(kit.model, provider=provider, settings=model_settings(kit))


def _compatible(kit: Kit, http: httpx2.AsyncClient) -> OpenAICompatibleProvider:
    """A server that is like OpenAI's: with its own key or none, and the older name of the answer's length."""
    if not kit.service.address:
        remedy = f"Set services.{kit.name}.address in vidfactory.toml"
        raise Permanent("there is no address for it", where=kit.name, remedy=remedy)
    key = kit.key if kit.service.key_name else None
    profile = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=False)
    return OpenAICompatibleProvider(
        kit.name, base_url=kit.service.address, api_key=key, http_client=http, profile=profile
    )
