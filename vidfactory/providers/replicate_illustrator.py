"""Models on Replicate, such as SDXL, as an illustrator. Each picture is a job.

Belongs here: how a picture is ordered of Replicate's API and what its states mean. Does not belong here: what
makes a picture good enough (`picture_check`), and waiting between polls (the call desk).

Replicate's own client is left alone: three requests need no second set of retries, polls and models.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Any

from vidfactory.errors import JobFailed, JobRefused, ProviderError
from vidfactory.ports import Answer, Call, DrawnPicture
from vidfactory.providers.failures import unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.picture_check import Need, check_is_whole, checked_picture
from vidfactory.providers.tariff import unit_price
from vidfactory.providers.web import Rest, uncharged
from vidfactory.schema.base import Size

HOME = "https://api.replicate.com"
STEP, AREA = 64, 1024 * 1024
"""SDXL draws best at about this many pixels, with sides in such steps."""
SEEDS = 2**31
BACKDROP_SEED = 1
"""The same studio for every video that asks for it in the same words, so that it is paid for once."""
LARGEST_FILE = 50_000_000


@dataclass(frozen=True)
class ReplicateIllustrator:
    """Pictures by the model that the settings name: "owner/name" for an official one, "owner/name:version" else."""

    kit: Kit

    async def illustrate(self, concept: str, prompt: str, size: Size, seed: int) -> DrawnPicture:  # noqa: ARG002 - the concept is for the house's drawings
        """What `prompt` asks for, checked, of exactly `size`."""
        return await self._picture(prompt, size, seed, is_quiet=False)

    async def backdrop(self, prompt: str, size: Size, seed: int) -> DrawnPicture:  # noqa: ARG002 - see BACKDROP_SEED
        """A quiet picture of exactly `size`, the same for every video with this prompt."""
        return await self._picture(prompt, size, BACKDROP_SEED, is_quiet=True)

    async def _picture(self, prompt: str, size: Size, seed: int, *, is_quiet: bool) -> DrawnPicture:
        asked = drawn_size(size)
        price = unit_price(self.kit.name, self.kit.service, _name(self.kit.model), "image")

        async def ask(number: int) -> Answer:
            wanted = {
                "prompt": prompt,
                "width": asked.width,
                "height": asked.height,
                "seed": number % SEEDS,
                "num_outputs": 1,
            }
            call = Call(self.kit.name, "image", self.kit.model, wanted, price)
            return await self.kit.calls.order(
                call, lambda _: self._submit(wanted), lambda job: self._collect(job, price)
            )

        return await checked_picture(self.kit, Need(size, asked, is_quiet), seed, ask)

    async def _submit(self, wanted: dict[str, Any]) -> str:
        _, _, version = self.kit.model.partition(":")
        if version:
            made = await _rest(self.kit).order("/v1/predictions", {"version": version, "input": wanted})
        else:
            made = await _rest(self.kit).order(f"/v1/models/{self.kit.model}/predictions", {"input": wanted})
        if not isinstance(made, dict) or not isinstance(made.get("id"), str):
            raise unreadable(self.kit, "it names no prediction")
        return str(made["id"])

    async def _collect(self, job: str, price: Decimal) -> Answer | None:
        made = await _rest(self.kit).state(f"/v1/predictions/{job}")
        state = made.get("status") if isinstance(made, dict) else None
        if state in {"starting", "processing"}:
            return None
        if state in {"failed", "canceled", "aborted"}:
            raise _failure(self.kit, made, price)
        if isinstance(made, dict) and made.get("data_removed"):
            gone = "the service keeps pictures for an hour, and has removed this one"
            raise JobFailed(gone, where=f"{self.kit.name} {self.kit.port}", charged=price)
        output = made.get("output") if state == "succeeded" else None
        url = output[0] if isinstance(output, list) and output else output
        if not isinstance(url, str):
            raise uncharged(unreadable(self.kit, f"the prediction is {state!r} and holds no picture"))
        body = await _rest(self.kit).file(url, LARGEST_FILE)
        await check_is_whole(self.kit, body)
        return Answer(facts={"prediction": job}, cost=price, body=body, media_type="image/png", units={"images": 1})


def provide(kit: Kit) -> ReplicateIllustrator:
    return ReplicateIllustrator(kit)


async def probe(kit: Kit) -> str:
    """Asks whose key it is, which costs nothing."""
    account = await _rest(kit).ask("/v1/account")
    if not isinstance(account, dict) or "username" not in account:
        raise uncharged(unreadable(kit, "it names no account"))
    return f"the account of {account['username']}"


def drawn_size(size: Size) -> Size:
    """What to order for a picture of `size`: its aspect, about `AREA` pixels, sides in steps."""
    scale = sqrt(AREA / (size.width * size.height))
    width, height = (max(STEP, STEP * round(side * scale / STEP)) for side in (size.width, size.height))
    return Size(width=width, height=height)


def _rest(kit: Kit) -> Rest:
    return Rest(kit, HOME, {"Authorization": f"Bearer {kit.key}"})


def _name(model: str) -> str:
    return model.partition(":")[0]


def _failure(kit: Kit, made: dict[str, Any], price: Decimal) -> ProviderError:
    """A prediction is charged for the time that it ran, whatever came of it (replicate.com/docs/topics/billing)."""
    metrics = made.get("metrics") or {}
    charged = price if metrics.get("predict_time") else Decimal(0)
    reason = kit.without_secrets(str(made.get("error") or made.get("status")))
    where = f"{kit.name} {kit.port}"
    if "nsfw" in reason.lower():
        return JobRefused(
            f"the service refused the content: {reason}", where=where, charged=charged, remedy="Change its words"
        )
    return JobFailed(f"the prediction failed: {reason}", where=where, charged=charged)
