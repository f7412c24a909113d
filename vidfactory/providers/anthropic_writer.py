"""Writes with Claude, through Anthropic's Messages API.

Belongs here: how that model is reached. Does not belong here: the prompt and the rounds (`agents`), the call desk
and the types of failures (`model_calls`).

Instructions and schema are marked for Anthropic's own cache, which is cheaper when a task comes again within five
minutes. The SDK has no temperature any more, so none is set. The service takes no idempotency key.
"""

import httpx2
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.settings import merge_model_settings

from vidfactory.providers.agents import ModelWriter
from vidfactory.providers.kit import Kit
from vidfactory.providers.model_calls import model_settings


def provide(kit: Kit) -> ModelWriter:
    return ModelWriter(kit, _model)


async def probe(kit: Kit) -> str:
    return await ModelWriter(kit, _model).probe()


def _model(kit: Kit, http: httpx2.AsyncClient) -> AnthropicModel:
    provider = AnthropicProvider(api_key=kit.key, base_url=kit.service.address or None, http_client=http)
    own = AnthropicModelSettings(anthropic_cache_instructions=True)
    return AnthropicModel(kit.model, provider=provider, settings=merge_model_settings(model_settings(kit), own))
