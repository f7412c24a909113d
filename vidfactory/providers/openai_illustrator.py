"""OpenAI's image models as an illustrator.

Belongs here: how a picture is asked of OpenAI's API and what its answers mean. Does not belong here: what makes
a picture good enough (`picture_check`).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, sqrt
from typing import Any

from openai import OpenAIError
from openai.types import ImagesResponse
from openai.types.images_response import Usage

from vidfactory.ports import Answer, Call, DrawnPicture
from vidfactory.providers.failures import unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.openai_client import open_openai, openai_failure
from vidfactory.providers.picture_check import Need, check_is_whole, checked_picture, nearest_aspect
from vidfactory.providers.tariff import picture_cost
from vidfactory.providers.web import uncharged, within_time
from vidfactory.schema.base import Size

STEP = 16
"""Both sides are multiples of it, where the model draws in any size."""
LEAST_PIXELS, LONGEST_SIDE = 655_360, 3840
MOST_TOKENS = {"low": 300, "medium": 1800, "high": 7100}
"""What a picture of 1024x1024 takes at most, by quality; larger ones take in proportion."""


@dataclass(frozen=True)
class OpenAIIllustrator:
    """Pictures by the model that the settings name.

    Options: `quality` (low, medium or high; medium unless said otherwise), and `image_sizes` such as
    "1024x1024,1536x1024,1024x1536" for a model that draws in no others.
    """

    kit: Kit

    async def illustrate(self, concept: str, prompt: str, size: Size, seed: int) -> DrawnPicture:  # noqa: ARG002 - the concept is for the house's drawings, and OpenAI takes no seed
        """What `prompt` asks for, checked, of exactly `size`; the same for every video with this prompt."""
        return await self._picture(prompt, size, is_quiet=False)

    async def backdrop(self, prompt: str, size: Size, seed: int) -> DrawnPicture:  # noqa: ARG002 - the same
        """A quiet picture of exactly `size`."""
        return await self._picture(prompt, size, is_quiet=True)

    async def _picture(self, prompt: str, size: Size, *, is_quiet: bool) -> DrawnPicture:
        asked = self._offered(size)
        quality = str(self.kit.service.options.get("quality", "medium"))
        price = _highest_price(self.kit, prompt, asked, quality)

        async def ask(number: int) -> Answer:
            request = {
                "prompt": prompt,
                "size": f"{asked.width}x{asked.height}",
                "quality": quality,
                "variation": number,
            }
            call = Call(self.kit.name, "image", self.kit.model, request, price, takes_key=self.kit.service.idempotent)
            return await self.kit.calls.ask(call, lambda key: self._send(request, key, price))

        return await checked_picture(self.kit, Need(size, asked, is_quiet), 0, ask)

    def _offered(self, size: Size) -> Size:
        names = str(self.kit.service.options.get("image_sizes", ""))
        if not names:
            return free_size(size)
        sides = [name.split("x") for name in names.split(",")]
        return nearest_aspect(size, tuple(Size(width=int(width), height=int(height)) for width, height in sides))

    async def _send(self, request: Mapping[str, Any], key: str, price: Decimal) -> Answer:
        try:
            async with within_time(self.kit), open_openai(self.kit) as sdk:
                response = await sdk.images.generate(
                    model=self.kit.model,
                    prompt=request["prompt"],
                    size=request["size"],
                    quality=request["quality"],
                    output_format="png",
                    extra_headers={"Idempotency-Key": key},
                )
        except (OpenAIError, ValueError) as error:
            raise openai_failure(self.kit, error) from error
        return await _answer(self.kit, response, price)


def provide(kit: Kit) -> OpenAIIllustrator:
    return OpenAIIllustrator(kit)


async def probe(kit: Kit) -> str:
    """Asks about the model, which costs nothing and shows whether the key and its name are right."""
    try:
        async with within_time(kit), open_openai(kit) as sdk:
            model = await sdk.models.retrieve(kit.model)
    except (OpenAIError, ValueError) as error:
        raise uncharged(openai_failure(kit, error)) from error
    return f"{model.id} is there"


def free_size(size: Size) -> Size:
    """The size to ask of a model that draws in any: as large as needed, in steps, and no smaller than it draws."""
    grow = max(1.0, sqrt(LEAST_PIXELS / (size.width * size.height)))
    shrink = min(1.0, LONGEST_SIDE / (max(size.width, size.height) * grow))
    width, height = (STEP * ceil(side * grow * shrink / STEP) for side in (size.width, size.height))
    return Size(width=max(width, STEP * ceil(height / 3 / STEP)), height=max(height, STEP * ceil(width / 3 / STEP)))


def _highest_price(kit: Kit, prompt: str, size: Size, quality: str) -> Decimal:
    squares = max(1.0, size.width * size.height / 1024**2)
    image_out = ceil(MOST_TOKENS.get(quality, max(MOST_TOKENS.values())) * squares)
    tokens_in = len(prompt.encode())  # a byte is a token at most
    return picture_cost(
        kit.name, kit.service, kit.model, tokens_in=tokens_in, tokens_out=image_out, image_out=image_out
    )


async def _answer(kit: Kit, response: ImagesResponse, price: Decimal) -> Answer:
    """The picture in an answer. It costs `price`, the most, where the service did not count its tokens."""
    # The SDK does not check what it parses: an answer of another shape has fields that are missing or no text.
    pictures = response.data if isinstance(response, ImagesResponse) else None
    encoded = pictures[0].b64_json if pictures else None
    if not encoded:
        raise unreadable(kit, "it holds no picture")
    try:
        body = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise unreadable(kit, f"the picture is no base64: {error}") from error
    await check_is_whole(kit, body)
    usage = response.usage
    tokens = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens} if usage else {}
    return Answer(
        facts={"size": response.size, "quality": response.quality},
        cost=_cost(kit, usage) if usage else price,
        body=body,
        media_type=f"image/{response.output_format or 'png'}",
        units={"images": 1, **tokens},
    )


def _cost(kit: Kit, usage: Usage) -> Decimal:
    details = usage.output_tokens_details
    return picture_cost(
        kit.name,
        kit.service,
        kit.model,
        tokens_in=usage.input_tokens,
        tokens_out=usage.output_tokens,
        image_out=details.image_tokens if details else usage.output_tokens,
    )
