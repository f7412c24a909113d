"""Runway as an animator: a still becomes a clip. Each clip is a job.

Belongs here: how a clip is ordered of Runway's API and what its states mean. Does not belong here: what the clip
is for, and waiting between polls (the call desk).

Runway's own client is left alone: three requests need no second set of retries, polls and models. Its sources
(5.24) say what is sent and answered here.
"""

import asyncio
import base64
import hashlib
import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import av

from vidfactory.errors import BadInput, JobFailed, JobRefused, ProviderError
from vidfactory.ports import AnimatedClip, Answer, Call
from vidfactory.providers.failures import unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.picture_check import UnfitPicture, nearest_aspect, open_picture
from vidfactory.providers.tariff import unit_price
from vidfactory.providers.web import Rest, uncharged
from vidfactory.schema.base import Credit, Size

HOME = "https://api.dev.runwayml.com"
VERSION = "2024-11-06"
"""Of the API, as its own client sends it."""
RATIOS = "1280:720,720:1280,1104:832,832:1104,960:960,1584:672"
SECONDS = "2,3,4,5,6,7,8,9,10"
LONGEST_PROMPT = 1000
"""In UTF-16 units, as Runway counts."""
LARGEST_STILL = 5_000_000
"""Bytes of a data URI."""
LARGEST_FILE = 500_000_000
SHORTFALL = 0.1
"""A clip that ends so much of its length early has lost its end."""
_REFUSALS = ("SAFETY.INPUT", "INPUT_PREPROCESSING.SAFETY", "ASSET.INVALID")
"""Failure codes that no other try can mend."""


@dataclass(frozen=True)
class RunwayAnimator:
    """Clips by the model that the settings name.

    Options: `ratios` and `seconds` hold what the model offers, if that is not what Gen-4 does.
    """

    kit: Kit

    async def animate(self, png: bytes, motion: str, seconds: int, seed: int) -> AnimatedClip:
        """A clip of at least `seconds`, if the model makes one so long, in the offered ratio nearest to the still's.

        BadInput for a still that is no picture and for words that are too long.
        """
        if len(motion.encode("utf-16-le")) // 2 > LONGEST_PROMPT:
            raise BadInput(f"the motion is told in more than {LONGEST_PROMPT} characters", remedy="Tell it shorter")
        still = await asyncio.to_thread(_data_uri, png)
        length = self._length(seconds)
        wanted = {
            "model": self.kit.model,
            "promptText": motion,
            "ratio": await asyncio.to_thread(self._ratio, png),
            "duration": length,
            "seed": seed % 2**32,
        }
        price = unit_price(self.kit.name, self.kit.service, self.kit.model, "second") * length
        request = {**wanted, "still": hashlib.sha256(png).hexdigest()}
        answer = await self.kit.calls.order(
            Call(self.kit.name, "clip", self.kit.model, request, price),
            lambda _: self._submit({**wanted, "promptImage": still}),
            lambda job: self._collect(job, price, length),
        )
        return AnimatedClip(answer.body, Credit(provider=self.kit.name, model=self.kit.model, cost_usd=answer.cost))

    def _length(self, seconds: int) -> int:
        offered = sorted(int(text) for text in str(self.kit.service.options.get("seconds", SECONDS)).split(","))
        return next((length for length in offered if length >= seconds), offered[-1])

    def _ratio(self, png: bytes) -> str:
        still = open_picture(png)
        pairs = [text.split(":") for text in str(self.kit.service.options.get("ratios", RATIOS)).split(",")]
        offered = tuple(Size(width=int(width), height=int(height)) for width, height in pairs)
        chosen = nearest_aspect(Size(width=still.width, height=still.height), offered)
        return f"{chosen.width}:{chosen.height}"

    async def _submit(self, wanted: dict[str, Any]) -> str:
        task = await _rest(self.kit).order("/v1/image_to_video", wanted)
        if not isinstance(task, dict) or not isinstance(task.get("id"), str):
            raise unreadable(self.kit, "it names no task")
        return str(task["id"])

    async def _collect(self, job: str, price: Decimal, length: int) -> Answer | None:
        task = await _rest(self.kit).state(f"/v1/tasks/{job}")
        state = task.get("status") if isinstance(task, dict) else None
        if state in {"PENDING", "THROTTLED", "RUNNING"}:
            return None
        if state in {"FAILED", "CANCELLED"}:
            raise self._failure(task)
        output = task.get("output") if state == "SUCCEEDED" else None
        if not isinstance(output, list) or not output or not isinstance(output[0], str):
            raise uncharged(unreadable(self.kit, f"the task is {state!r} and holds no clip"))
        body = await _rest(self.kit).file(output[0], LARGEST_FILE)
        fault = await asyncio.to_thread(clip_fault, body, length)
        if fault:
            raise uncharged(unreadable(self.kit, fault))
        cost = self._charged(task)
        return Answer(
            facts={"task": job},
            cost=price if cost is None else cost,
            body=body,
            media_type="video/mp4",
            units={"seconds": length},
        )

    def _charged(self, task: dict[str, Any]) -> Decimal | None:
        """What the task says it has cost; None where it says nothing."""
        credits_ = (task.get("cost") or {}).get("credits")
        if not isinstance(credits_, int | float):
            return None
        return unit_price(self.kit.name, self.kit.service, "credits", "credit") * Decimal(str(credits_))

    def _failure(self, task: dict[str, Any]) -> ProviderError:
        code = str(task.get("failureCode") or task.get("status"))
        reason = self.kit.without_secrets(f"{code}: {task.get('failure') or 'no reason was given'}")
        where, charged = f"{self.kit.name} {self.kit.port}", self._charged(task)
        if code.startswith(_REFUSALS):
            what = f"the service refused the content ({reason})"
            return JobRefused(what, where=where, charged=charged, remedy="Change the words or the picture")
        return JobFailed(f"the task failed ({reason})", where=where, charged=charged)


def provide(kit: Kit) -> RunwayAnimator:
    return RunwayAnimator(kit)


async def probe(kit: Kit) -> str:
    """Asks what the account has left, which costs nothing."""
    account = await _rest(kit).ask("/v1/organization")
    if not isinstance(account, dict) or "creditBalance" not in account:
        raise uncharged(unreadable(kit, "it says nothing of credits"))
    return f"{account['creditBalance']} credits are left"


def clip_fault(body: bytes, seconds: int) -> str:
    """What is wrong with an MP4 that shall last so long; empty where every frame of it can be decoded."""
    try:
        with av.open(io.BytesIO(body), "r") as container:
            if not container.streams.video:
                return "the clip holds no pictures"
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            frames, rate = sum(1 for _ in container.decode(stream)), stream.average_rate
    except av.FFmpegError as error:
        return f"the clip cannot be decoded ({error.strerror or error})"
    lasts_s = float(frames / rate) if rate else 0.0
    return "" if lasts_s >= seconds * (1 - SHORTFALL) else f"the clip breaks off after {lasts_s:.1f} s of {seconds} s"


def _rest(kit: Kit) -> Rest:
    headers = {"Authorization": f"Bearer {kit.key}", "X-Runway-Version": VERSION}
    return Rest(kit, HOME, headers)


def _data_uri(png: bytes) -> str:
    """The still as it is, or as JPEG where it would be too large to send."""
    try:
        still = open_picture(png)
    except UnfitPicture as error:
        raise BadInput(f"the still cannot be used: {error.what}", remedy="Give a whole PNG") from error
    uri = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    if len(uri) <= LARGEST_STILL:
        return uri
    file = io.BytesIO()
    still.save(file, "JPEG", quality=92)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
