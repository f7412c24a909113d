"""OpenAI's voices, and those of servers that speak like it. They tell no word times.

Belongs here: what is asked of the service, and the two ways in which its models answer and charge. Does not
belong here: passages and pauses (`narration`).

Each paragraph is a request of its own, because without times nobody could say where a pause belongs. The older
models take a rate and are paid by the character; the newer ones take directions and are paid by tokens, which
only their stream of events tells, together with whether it is whole.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any, Literal

from openai import OpenAIError
from openai._legacy_response import HttpxBinaryResponseContent
from pydantic import BaseModel, TypeAdapter, ValidationError

from vidfactory.ports import Answer, Call, Speech
from vidfactory.providers.failures import unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.narration import (
    PCM,
    Passage,
    Recital,
    Unreadable,
    passages,
    sound_of,
    speech_of,
    together,
    whole_sound,
    without_edges,
)
from vidfactory.providers.openai_client import open_openai, openai_failure
from vidfactory.providers.tariff import token_cost, unit_price
from vidfactory.providers.voices import VoiceProfile, openai_languages, spoken_language, voice_profile
from vidfactory.providers.web import HTTP_ERRORS, within_time

LIMIT = 4096
"""Characters of one request."""
RATE = 24_000
DIRECTED = "gpt-"
"""How the names of models begin that take directions and are paid by tokens."""
MOST_TOKENS_A_SECOND = 25
SLOWEST = 8
"""Characters that the slowest reader says in a second: what a request may cost at most is reckoned with it."""
_BARE = ("audio/", "application/octet-stream")
_END = "[DONE]"


class _Usage(BaseModel):
    input_tokens: int
    output_tokens: int


class _Sound(BaseModel):
    type: Literal["speech.audio.delta"]
    audio: str


class _Done(BaseModel):
    type: Literal["speech.audio.done"]
    usage: _Usage


_EVENT: TypeAdapter[_Sound | _Done] = TypeAdapter(_Sound | _Done)


@dataclass(frozen=True)
class OpenAINarrator:
    """Implements `ports.Narrator`."""

    kit: Kit
    profile: VoiceProfile
    voice: str

    async def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        """Speak `paragraphs`; raises `BadInput` for a language that it does not speak, else `ProviderError`."""
        spoken_language(language, openai_languages(), self.kit.name)
        parts = passages(paragraphs, LIMIT, apart=True)
        answers = await together(self._ask(part.text) for part in parts)
        recitals = [_recital(part, answer) for part, answer in zip(parts, answers, strict=True)]
        return speech_of(self.kit, self.voice, recitals, answers)

    @property
    def _takes_directions(self) -> bool:
        return self.kit.model.startswith(DIRECTED)

    async def _ask(self, text: str) -> Answer:
        request = {"input": text, "voice": self.voice, "speed": self.profile.rate, "response_format": "pcm"}
        if self._takes_directions:
            request.update(instructions=self.profile.openai.instructions, stream_format="sse")
        call = Call(
            self.kit.name,
            "speech",
            self.kit.model,
            request,
            self._highest_price(request),
            takes_key=self.kit.service.idempotent,
        )
        return await self.kit.calls.ask(call, lambda key: self._send(request, key))

    async def _send(self, request: Mapping[str, Any], key: str) -> Answer:
        async with open_openai(self.kit) as sdk:
            try:
                async with within_time(self.kit):
                    response = await sdk.audio.speech.create(
                        model=self.kit.model, extra_headers={"Idempotency-Key": key}, **request
                    )
            except (OpenAIError, *HTTP_ERRORS) as error:
                raise openai_failure(self.kit, error) from error
        try:
            read = self._directed if self._takes_directions else self._plain
            answer = read(response, request["input"])
            whole_sound(answer.body, answer.media_type, request["input"], self.profile.rate)
        except (Unreadable, ValidationError, binascii.Error) as error:
            raise unreadable(self.kit, str(error)) from error
        return answer

    def _plain(self, response: HttpxBinaryResponseContent, text: str) -> Answer:
        """An answer that is the sound itself, paid by the character."""
        kind = response.response.headers.get("content-type", "")
        if not kind.startswith(_BARE):
            raise Unreadable(f"it is {kind or 'of no type'}, not sound")
        cost = self._a_character() * len(text)
        return Answer({}, cost, response.content, f"{PCM}{RATE}", {"characters": len(text)})

    def _directed(self, response: HttpxBinaryResponseContent, text: str) -> Answer:
        """An answer as a stream of events, the last of which tells the tokens."""
        events = list(_events(response.text))
        done = next((event.usage for event in events if isinstance(event, _Done)), None)
        if done is None:
            raise Unreadable("it ends before it is done")
        body = b"".join(base64.b64decode(event.audio, validate=True) for event in events if isinstance(event, _Sound))
        cost = self._tokens(done.input_tokens, done.output_tokens)
        units = {"characters": len(text), "input_tokens": done.input_tokens, "output_tokens": done.output_tokens}
        return Answer({}, cost, body, f"{PCM}{RATE}", units)

    def _highest_price(self, request: Mapping[str, Any]) -> Decimal:
        """A byte is a token at most, and the slowest reader takes the longest."""
        text = request["input"]
        if not self._takes_directions:
            return self._a_character() * len(text)
        seconds = len(text) / SLOWEST / self.profile.rate + 2
        return self._tokens(len((text + request["instructions"]).encode()), ceil(seconds * MOST_TOKENS_A_SECOND))

    def _a_character(self) -> Decimal:
        return unit_price(self.kit.name, self.kit.service, self.kit.model, "character")

    def _tokens(self, taken: int, made: int) -> Decimal:
        return token_cost(self.kit.name, self.kit.service, self.kit.model, tokens_in=taken, tokens_out=made)


def provide(kit: Kit) -> OpenAINarrator:
    """The voice of the kit's profile, or `options.voice`."""
    profile = voice_profile(kit.voice)
    return OpenAINarrator(kit, profile, str(kit.service.options.get("voice", profile.openai.voice)))


async def probe(kit: Kit) -> str:
    """Ask for the list of models, which is free."""
    async with open_openai(kit) as sdk:
        try:
            async with within_time(kit):
                listed = await sdk.models.list()
        except OpenAIError as error:
            raise openai_failure(kit, error) from error
    names = {model.id for model in listed.data}
    return f"{len(names)} models, {kit.model} {'among them' if kit.model in names else 'not among them'}"


def _recital(part: Passage, answer: Answer) -> Recital:
    return Recital(part, without_edges(sound_of(answer.body, answer.media_type)), {})


def _events(stream: str) -> Iterator[_Sound | _Done]:
    for line in stream.splitlines():
        content = line.removeprefix("data:").strip()
        if line.startswith("data:") and content != _END:
            yield _EVENT.validate_json(content)
