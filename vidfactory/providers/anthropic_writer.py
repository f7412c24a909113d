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

from vidfactory.ports import Material, Text, WritingTask, Written
from vidfactory.providers.agents import write_with
from vidfactory.providers.kit import Kit
from vidfactory.providers.model_calls import model_settings, probe_model
from vidfactory.providers.web import open_model_client


class AnthropicWriter:
    """`Writer` with the Claude model that the settings name."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def write(self, task: WritingTask[Material, Text]) -> Written[Text]:
        async with open_model_client(self._kit) as http:
            return await write_with(self._kit, _model(self._kit, http), task)


def provide(kit: Kit) -> AnthropicWriter:
    return AnthropicWriter(kit)


async def probe(kit: Kit) -> str:
    async with open_model_client(kit) as http:
        return await probe_model(kit, _model(kit, http))


def _model(kit: Kit, http: httpx2.AsyncClient) -> AnthropicModel:
    """Made anew for each use: its connections belong to the event loop that it is used in."""
    provider = AnthropicProvider(api_key=kit.key, base_url=kit.service.address or None, http_client=http)
    own = AnthropicModelSettings(anthropic_cache_instructions=True)
    return AnthropicModel(kit.model, provider=provider, settings=merge_model_settings(model_settings(kit), own))
