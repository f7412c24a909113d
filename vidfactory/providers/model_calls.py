"""How a request to a language model becomes a call: remembered, priced, its failures typed.

Belongs here: what stands between pydantic-ai's models and the call desk, the same for every service. Does not
belong here: which model and how it is reached (each service's own file), and how a task becomes a prompt (`agents`).
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    UnexpectedModelBehavior,
    UserError,
)
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelRequest, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from vidfactory.errors import Permanent, ProviderError
from vidfactory.ports import Answer, Call
from vidfactory.providers.failures import cut_off, refused, unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.tariff import token_cost

MAX_TOKENS = 8192
"""How long an answer may be where `options.max_tokens` does not say. A script takes about a thousand tokens; models
that think first spend more."""
PROBE_TOKENS = 16
BYTES_A_TOKEN = 2
"""A heuristic from the safe side: English prose has about four bytes a token, JSON with figures two to three."""
TOOL_TOKENS = 1000
"""What services add to a request of their own for its output tool, at most; also a heuristic."""
MALFORMED = (TypeError, AttributeError, LookupError, AssertionError, ValidationError)
"""The SDKs take any JSON for an answer unchecked, and pydantic-ai's models then stumble over what is not there."""
_PASSING = frozenset({"timestamp", "tool_call_id"})
"""What is new in the parts of every run, and what no answer depends on."""
_REASONS = ("refusal", "block_reason_message", "block_reason", "finish_reason")
"""Where services say why they declined, the most telling first."""


class RememberedModel(WrapperModel):
    """A model whose requests go through the call desk. `cost` is what its answers have cost so far, in US dollars."""

    def __init__(self, wrapped: Model, kit: Kit, operation: str) -> None:
        super().__init__(wrapped)
        self._kit = kit
        self._operation = operation
        self.cost = Decimal(0)

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """The remembered answer to `messages`, else the model's; raises `ProviderError` as the call desk does."""
        kit, settings = self._kit, {**(self.settings or {}), **(model_settings or {})}
        content = request_content(messages, settings, model_request_parameters)
        price = highest_price(kit, content)
        call = Call(service=kit.name, operation=self._operation, model=kit.model, request=content, price=price)

        async def send(_: str) -> Answer:
            try:
                async with asyncio.timeout(kit.service.timeout_s):
                    response = await self.wrapped.request(messages, model_settings, model_request_parameters)
            except TimeoutError as error:
                raise cut_off(kit, f"no answer in {kit.service.timeout_s:g} s", sent=True) from error
            except (ModelAPIError, UnexpectedModelBehavior, UserError) as error:
                raise typed(kit, error) from None  # a service's own words may hold the key
            except MALFORMED as error:
                raise unreadable(kit, f"it has another shape than expected ({error})") from error
            return answer_of(kit, response, price)

        answer = await kit.calls.ask(call, send)
        self.cost += answer.cost
        return response_of(answer)


def model_settings(kit: Kit) -> ModelSettings:
    """What every model is asked with: an answer of bounded length, one try, and the service's timeout."""
    return ModelSettings(max_tokens=max_tokens(kit), max_retries=0, timeout=kit.service.timeout_s)


def max_tokens(kit: Kit) -> int:
    """The longest answer, in tokens; Permanent where the setting is no such number."""
    wished = kit.service.options.get("max_tokens", MAX_TOKENS)
    if not isinstance(wished, int) or isinstance(wished, bool) or wished < 1:
        raise Permanent(
            f"max_tokens must be a whole number above 0, not {wished!r}",
            where=kit.name,
            remedy=f"Change services.{kit.name}.options.max_tokens in vidfactory.toml",
        )
    return wished


def request_content(
    messages: list[ModelMessage], settings: Mapping[str, Any], parameters: ModelRequestParameters
) -> dict[str, Any]:
    """All that an answer depends on, as JSON: the same for the same task in every run."""
    return {
        "messages": [_lasting(message) for message in ModelMessagesTypeAdapter.dump_python(messages, mode="json")],
        "max_tokens": settings.get("max_tokens", MAX_TOKENS),
        "output": [
            {"name": tool.name, "description": tool.description, "schema": tool.parameters_json_schema}
            for tool in parameters.output_tools
        ],
    }


def _lasting(message: Mapping[str, Any]) -> dict[str, Any]:
    parts = [
        {name: value for name, value in part.items() if name not in _PASSING and value is not None}
        for part in message["parts"]
    ]
    return {"kind": message["kind"], "instructions": message.get("instructions"), "parts": parts}


def highest_price(kit: Kit, content: Mapping[str, Any]) -> Decimal:
    """The most that a request may cost in US dollars, by its length and the longest answer."""
    length = len(json.dumps(content, ensure_ascii=False).encode())
    tokens_in = length // BYTES_A_TOKEN + TOOL_TOKENS
    return token_cost(kit.name, kit.service, kit.model, tokens_in=tokens_in, tokens_out=content["max_tokens"])


def answer_of(kit: Kit, response: ModelResponse, price: Decimal) -> Answer:
    """`response` in the shape that is kept.

    Permanent, with what it cost, where the model or its service declined to answer; Transient where there is
    nothing in it.
    """
    cost = cost_of(kit, response.usage, price)
    if response.finish_reason == "content_filter":
        raise Permanent(
            f"the model declined to answer: {kit.without_secrets(_reason(response))}",
            where=f"{kit.name} {kit.port}",
            remedy="Give it other material, or set another model",
            charged=cost,
        )
    if not response.parts and response.finish_reason is None:
        raise unreadable(kit, "there is nothing in it")
    # Where it came from is a setting, and no part of the answer.
    facts = ModelMessagesTypeAdapter.dump_python([replace(response, provider_url=None)], mode="json")[0]
    return Answer(facts=facts, cost=cost, units=units_of(response.usage))


def cost_of(kit: Kit, usage: RequestUsage, price: Decimal) -> Decimal:
    """What the tokens of an answer cost in US dollars; `price`, the most, where the service did not count them."""
    if usage.unmeasured_requests or not usage.input_tokens:
        return price
    return token_cost(
        kit.name,
        kit.service,
        kit.model,
        tokens_in=usage.input_tokens,
        tokens_out=usage.output_tokens,
        cache_read=usage.cache_read_tokens,
        cache_write=usage.cache_write_tokens,
    )


def units_of(usage: RequestUsage) -> dict[str, int]:
    """The tokens that were bought; those read from or written to the service's own cache are among the input."""
    bought = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
    }
    return {name: count for name, count in bought.items() if count}


def response_of(answer: Answer) -> ModelResponse:
    """The response that an answer was made from."""
    response = ModelMessagesTypeAdapter.validate_python([dict(answer.facts)])[0]
    assert isinstance(response, ModelResponse)
    return response


def typed(kit: Kit, error: Exception) -> ProviderError:
    """One of our errors for what pydantic-ai raises when it sends a request."""
    if isinstance(error, ModelHTTPError):
        wait = {} if error.retry_after is None else {"retry-after": f"{error.retry_after:.3f}"}
        return refused(kit, _status(error), _said(error), wait)
    if isinstance(error, ModelConnectionError):
        return cut_off(kit, error.message, sent=error.phase not in {"pool", "connect"})
    if isinstance(error, UserError):
        remedy = f"Set services.{kit.name}.models.{kit.port} in vidfactory.toml to another model"
        return Permanent(f"the model cannot write: {error.message}", where=f"{kit.name} {kit.port}", remedy=remedy)
    return unreadable(kit, str(error))


async def probe_model(kit: Kit, model: Model) -> str:
    """The smallest real request to `model`, and in a few words what came back."""
    remembered = RememberedModel(model, kit, "probe")
    question = [ModelRequest.user_text_prompt("Answer with one word: ready.")]
    async with remembered:
        response = await model_request(remembered, question, model_settings={"max_tokens": PROBE_TOKENS})
    usage = response.usage
    return f"{response.model_name} answered: {usage.input_tokens} tokens in, {usage.output_tokens} out"


def _status(error: ModelHTTPError) -> int:
    """The status that says what an error is: some services answer 400 to a wrong key and 429 to an empty account."""
    if isinstance(error, ModelAuthenticationError):
        return 401 if error.status_code == 400 else error.status_code
    return 402 if isinstance(error, ModelQuotaExceededError) else error.status_code


def _said(error: ModelHTTPError) -> str:
    body = error.body.get("error", error.body) if isinstance(error.body, dict) else error.body
    words = (body.get("message", body) if isinstance(body, dict) else body) or "it gave no reason"
    return f"{words} (code {error.provider_error_code})" if error.provider_error_code else str(words)


def _reason(response: ModelResponse) -> str:
    details = response.provider_details or {}
    return next((str(details[name]).rstrip(".") for name in _REASONS if details.get(name)), "no reason was given")
