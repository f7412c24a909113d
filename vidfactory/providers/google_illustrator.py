"""Gemini's image models as an illustrator.

Belongs here: how a picture is asked of Gemini's API and what its answers mean. Does not belong here: what makes
a picture good enough (`picture_check`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
from google import genai
from google.genai import errors, types

from vidfactory.errors import Permanent, ProviderError, Transient
from vidfactory.ports import Answer, Call, DrawnPicture
from vidfactory.providers.failures import refused, unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.picture_check import Need, check_is_whole, checked_picture, nearest_aspect
from vidfactory.providers.tariff import picture_cost
from vidfactory.providers.web import HTTP_ERRORS, broken, open_client, tls, uncharged, within_time
from vidfactory.schema.base import Size

ASPECTS = tuple(
    Size(width=width, height=height)
    for width, height in ((1, 1), (2, 3), (3, 2), (3, 4), (4, 3), (4, 5), (5, 4), (9, 16), (16, 9), (21, 9))
)
TIERS = {"1K": 1, "2K": 2, "4K": 4}
"""How many times the sides of a picture at 1K, which has about `AREA_1K` pixels in every aspect."""
AREA_1K = 1024 * 1024
MOST_TOKENS = {"1K": 1400, "2K": 1800, "4K": 2600}
"""What a picture takes at most. The price list has 1,120 to 1,290, 1,680 and 2,520."""
MOST_WORDS = 2000
"""Tokens of text and thought that may come with a picture; a heuristic from the safe side."""
SEEDS = 2**31
SOFT = 1.5
"""A backdrop may be enlarged so much: it is soft anyway, and 2K costs half as much again."""
BACKDROP_SEED = 1
"""The same studio for every video that asks for it in the same words, so that it is paid for once."""
_POLICY = frozenset(
    {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "JAILBREAK"}
    | {"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"}
)


@dataclass(frozen=True)
class GoogleIllustrator:
    """Pictures by the model that the settings name.

    The option `image_sizes` holds what it offers, "1K,2K,4K" unless said otherwise; empty where it takes none.
    """

    kit: Kit

    async def illustrate(self, concept: str, prompt: str, size: Size, seed: int) -> DrawnPicture:  # noqa: ARG002 - the concept is for the house's drawings
        """What `prompt` asks for, checked, of exactly `size`."""
        return await self._picture(prompt, size, seed, is_quiet=False)

    async def backdrop(self, prompt: str, size: Size, seed: int) -> DrawnPicture:  # noqa: ARG002 - see BACKDROP_SEED
        """A quiet picture of exactly `size`, the same for every video with this prompt."""
        return await self._picture(prompt, size, BACKDROP_SEED, is_quiet=True)

    async def _picture(self, prompt: str, size: Size, seed: int, *, is_quiet: bool) -> DrawnPicture:
        aspect = nearest_aspect(size, ASPECTS)
        tier = self._tier(size, aspect, SOFT if is_quiet else 1.0)
        price = _highest_price(self.kit, prompt, tier)

        async def ask(number: int) -> Answer:
            request = {
                "prompt": prompt,
                "aspect": f"{aspect.width}:{aspect.height}",
                "size": tier,
                "seed": number % SEEDS,
            }
            call = Call(self.kit.name, "image", self.kit.model, request, price)
            return await self.kit.calls.ask(call, lambda _: self._send(request, price))

        return await checked_picture(self.kit, Need(size, aspect, is_quiet), seed, ask)

    def _tier(self, size: Size, aspect: Size, enlargement: float) -> str:
        """The smallest tier that need not be enlarged more than this, else the largest; "" where there is no choice."""
        names = [name for name in str(self.kit.service.options.get("image_sizes", "1K,2K,4K")).split(",") if name]
        offered = [name for name in TIERS if name in names]
        width = (AREA_1K * aspect.width / aspect.height) ** 0.5
        height = width * aspect.height / aspect.width
        needed = max(size.width / width, size.height / height) / enlargement
        return next((name for name in offered if TIERS[name] >= needed), offered[-1] if offered else "")

    async def _send(self, request: Mapping[str, Any], price: Decimal) -> Answer:
        config = types.GenerateContentConfig(
            response_modalities=["IMAGE"],
            image_config=types.ImageConfig(aspect_ratio=request["aspect"], image_size=request["size"] or None),
            seed=request["seed"],
        )
        try:
            async with within_time(self.kit), open_client(self.kit) as http:
                response = await _sdk(self.kit, http).aio.models.generate_content(
                    model=self.kit.model, contents=request["prompt"], config=config
                )
        except errors.APIError as error:
            raise _refusal(self.kit, error) from error
        except HTTP_ERRORS as error:
            raise broken(self.kit, error) from error
        except ValueError as error:  # JSON that is none, or of another shape than the SDK's models
            raise unreadable(self.kit, str(error)) from error
        return await _answer(self.kit, response, price)


def provide(kit: Kit) -> GoogleIllustrator:
    return GoogleIllustrator(kit)


async def probe(kit: Kit) -> str:
    """Asks about the model, which costs nothing and shows whether the key and its name are right."""
    try:
        async with within_time(kit), open_client(kit) as http:
            model = await _sdk(kit, http).aio.models.get(model=kit.model)
    except errors.APIError as error:
        raise _refusal(kit, error) from error
    except HTTP_ERRORS as error:
        raise uncharged(broken(kit, error)) from error
    except ValueError as error:
        raise uncharged(unreadable(kit, str(error))) from error
    return f"{model.display_name or kit.model} is there"


def _sdk(kit: Kit, http: httpx.AsyncClient) -> genai.Client:
    # Without `retry_options` the SDK tries once. `ssl` saves it from reading all authorities for each client.
    options = types.HttpOptions(
        base_url=kit.service.address or None, httpx_async_client=http, async_client_args={"ssl": tls()}
    )
    return genai.Client(api_key=kit.key, vertexai=False, http_options=options)


def _highest_price(kit: Kit, prompt: str, tier: str) -> Decimal:
    image_out = MOST_TOKENS[tier or "1K"]
    return picture_cost(
        kit.name,
        kit.service,
        kit.model,
        tokens_in=len(prompt.encode()),  # a byte is a token at most
        tokens_out=MOST_WORDS + image_out,
        image_out=image_out,
    )


async def _answer(kit: Kit, response: types.GenerateContentResponse, price: Decimal) -> Answer:
    """The picture in an answer; what came instead decides whether another try makes sense.

    It costs `price`, the most, where the service did not count its tokens.
    """
    usage = response.usage_metadata or types.GenerateContentResponseUsageMetadata()
    tokens_in = usage.prompt_token_count or 0
    tokens_out = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    image_out = sum(
        detail.token_count or 0
        for detail in usage.candidates_tokens_details or ()
        if detail.modality is types.MediaModality.IMAGE
    )
    cost = picture_cost(
        kit.name, kit.service, kit.model, tokens_in=tokens_in, tokens_out=tokens_out, image_out=image_out
    )
    candidate = response.candidates[0] if response.candidates else None
    parts = (candidate.content.parts if candidate and candidate.content else None) or []
    blob = next((part.inline_data for part in parts if part.inline_data and not part.thought), None)
    if blob is None or not blob.data:
        raise _no_picture(kit, response, cost)
    await check_is_whole(kit, blob.data)
    return Answer(
        facts={"model": response.model_version or kit.model},
        cost=cost if image_out else price,
        body=blob.data,
        media_type=blob.mime_type or "",
        units={"images": 1, "input_tokens": tokens_in, "output_tokens": tokens_out},
    )


def _no_picture(kit: Kit, response: types.GenerateContentResponse, cost: Decimal) -> ProviderError:
    candidate = response.candidates[0] if response.candidates else None
    feedback = response.prompt_feedback
    # The SDK drops the sentence that Gemini sends along.
    stopped = (candidate.finish_reason if candidate else None) or (feedback.block_reason if feedback else None)
    reason = stopped.value if stopped else ""
    where = f"{kit.name} {kit.port}"
    if reason in _POLICY:
        return Permanent(
            f"the service refused the content ({reason})", where=where, charged=cost, remedy="Change its words"
        )
    if not reason:
        return unreadable(kit, "it holds neither a picture nor a reason")
    return Transient(f"the service drew no picture ({reason})", where=where, charged=cost)


def _refusal(kit: Kit, error: errors.APIError) -> ProviderError:
    """The Gemini API says 400 to a wrong key; for us that is a 401, so that the setting is named."""
    said = f"{error.message or error.status or error}"
    status = 401 if error.code == 400 and "API_KEY_INVALID" in str(error.details) else error.code
    headers = getattr(error.response, "headers", None) or {}
    return refused(kit, status, said, headers)
