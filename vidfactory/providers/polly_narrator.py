"""Amazon Polly's voices through boto3 (extra `aws`), with the times of words from speech marks.

Belongs here: what is asked of the service, and how boto3 fails. Does not belong here: SSML (`ssml`), passages
(`narration`).

Sound and marks are two requests, each paid by the character; the engine is the model. The key of the settings is
the secret access key and `options.access_key_id` its id; where neither is set, boto3 finds its own credentials,
as a machine at Amazon has them. It takes no idempotency key.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vidfactory.errors import Permanent, ProviderError
from vidfactory.ports import Answer, Call, Speech
from vidfactory.providers.failures import cut_off, refused, unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.narration import (
    Paragraphs,
    Passage,
    Recital,
    Unreadable,
    passages,
    plain_text,
    sound_of,
    speech_of,
    together,
    whole_sound,
)
from vidfactory.providers.ssml import Dialect, mark_times, marked_up
from vidfactory.providers.tariff import unit_price
from vidfactory.providers.voices import VoiceProfile, spoken_language, voice_profile
from vidfactory.providers.web import within_time

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        NoCredentialsError,
        NoRegionError,
    )
    from urllib3.exceptions import HTTPError
except ModuleNotFoundError as missing:
    raise Permanent(
        "boto3 is not installed", where="polly narrator", remedy='Run pip install "vidfactory[aws]"'
    ) from missing

LIMIT = 3000
"""Characters of one request without its tags; with them it may have twice as many."""
SAMPLE_RATE = 24_000
_SOUND, _MARKS = "audio/mpeg", "application/x-json-stream"
_BUSY = frozenset({"ThrottlingException", "TooManyRequestsException"})


@dataclass(frozen=True)
class PollyNarrator:
    """Implements `ports.Narrator`."""

    kit: Kit
    profile: VoiceProfile
    voices: Mapping[str, str]
    client: Any = field(repr=False)

    async def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        """Speak `paragraphs`; raises `BadInput` for a language that it has no voice for, else `ProviderError`."""
        tag = spoken_language(language, self.voices, self.kit.name)
        voice = self.voices[tag]
        parts = passages(paragraphs, LIMIT, self._size)
        both = [
            call
            for part in parts
            for call in (self._ask(part, tag, voice, _SOUND), self._ask(part, tag, voice, _MARKS))
        ]
        answers = await together(both)
        recitals = [_recital(*each) for each in zip(parts, answers[::2], answers[1::2], strict=True)]
        return speech_of(self.kit, voice, recitals, answers)

    def _size(self, part: Paragraphs) -> int:
        return max(len(plain_text(part)), len(self._document(part)) // 2 + 1)

    def _document(self, part: Paragraphs) -> str:
        rate = "" if self.profile.rate == 1 else f"{self.profile.rate:.0%}"
        stresses = self.kit.model == "standard"  # the other engines know no emphasis
        return f"<speak>{marked_up(part, Dialect(rate=rate, stresses=stresses, marks=True))}</speak>"

    async def _ask(self, part: Passage, tag: str, voice: str, kind: str) -> Answer:
        request: dict[str, Any] = {
            "Engine": self.kit.model,
            "LanguageCode": tag,
            "Text": self._document(part.paragraphs),
            "TextType": "ssml",
            "VoiceId": voice,
        }
        if kind == _SOUND:
            request.update(OutputFormat="mp3", SampleRate=str(SAMPLE_RATE))
        else:
            request.update(OutputFormat="json", SpeechMarkTypes=["ssml"])
        a_character = unit_price(self.kit.name, self.kit.service, self.kit.model, "character")
        operation = "speech" if kind == _SOUND else "marks"
        call = Call(self.kit.name, operation, self.kit.model, request, a_character * len(part.text))

        async def send(_: str) -> Answer:
            async with within_time(self.kit):
                body, characters = await asyncio.to_thread(_synthesised, self.kit, self.client, request, kind)
            facts = self._facts(body, kind, part)
            sound = body if kind == _SOUND else b""
            return Answer(facts, a_character * characters, sound, _SOUND if sound else "", {"characters": characters})

        return await self.kit.calls.ask(call, send)

    def _facts(self, body: bytes, kind: str, part: Passage) -> Mapping[str, Any]:
        """The times of the marks; nothing for sound, which is decoded once to see that it is whole."""
        try:
            if kind == _SOUND:
                whole_sound(body, _SOUND, part.text, self.profile.rate)
                return {}
            marks = [json.loads(line) for line in body.splitlines() if line]
            return {"marks": {mark["value"]: mark["time"] / 1000 for mark in marks}}
        except (Unreadable, ValueError, KeyError, TypeError) as error:
            raise unreadable(self.kit, f"{type(error).__name__} {error}") from error


def provide(kit: Kit) -> PollyNarrator:
    """The voices of the kit's profile."""
    profile = voice_profile(kit.voice)
    return PollyNarrator(kit, profile, profile.polly, _client(kit))


async def probe(kit: Kit) -> str:
    """Ask for the list of voices, which is free."""
    return await asyncio.to_thread(_listed, kit)


def _listed(kit: Kit) -> str:
    try:
        voices = _client(kit).describe_voices(Engine=kit.model)["Voices"]
    except (BotoCoreError, ClientError) as error:
        raise _typed(kit, error) from error
    return f"{len(voices)} {kit.model} voices"


def _synthesised(kit: Kit, client: Any, request: Mapping[str, Any], kind: str) -> tuple[bytes, int]:
    """The body of one answer, and the characters that it cost."""
    try:
        answer = client.synthesize_speech(**request)
        with answer["AudioStream"] as stream:
            body = stream.read()
    except (BotoCoreError, ClientError, HTTPError) as error:
        raise _typed(kit, error) from error
    if answer.get("ContentType") != kind or "RequestCharacters" not in answer:
        raise unreadable(kit, f"it is {answer.get('ContentType')}, not {kind}")
    return body, int(answer["RequestCharacters"])


def _client(kit: Kit) -> Any:
    own: dict[str, Any] = {}
    if kit.service.key is not None:
        own = {
            "aws_access_key_id": str(kit.service.options.get("access_key_id", "")),
            "aws_secret_access_key": kit.key,
        }
    seconds = kit.service.timeout_s
    config = Config(connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1})
    try:
        return boto3.session.Session(region_name=str(kit.service.options.get("region", "")) or None, **own).client(
            "polly", endpoint_url=kit.service.address or None, config=config
        )
    except (NoRegionError, ValueError) as error:
        raise Permanent(
            f"boto3 cannot be used: {kit.without_secrets(str(error))}",
            where=kit.name,
            remedy=f"Set services.{kit.name}.options.region in vidfactory.toml",
        ) from error


def _typed(kit: Kit, error: BotoCoreError | ClientError | HTTPError) -> ProviderError:
    """One of our errors for what boto3 raises, on the way or from an answer."""
    if isinstance(error, ClientError):
        told, about = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        code = str(told.get("Code", ""))
        status = 429 if code in _BUSY else int(about.get("HTTPStatusCode", 500))
        return refused(kit, status, f"{code}: {told.get('Message', '')}", about.get("HTTPHeaders", {}))
    if isinstance(error, NoCredentialsError):
        return Permanent(
            "there is no key for it", where=kit.name, remedy="Set its key, or give this machine credentials of AWS"
        )
    return cut_off(kit, str(error), sent=not isinstance(error, (ConnectTimeoutError, EndpointConnectionError)))


def _recital(part: Passage, spoken: Answer, marked: Answer) -> Recital:
    sound = sound_of(spoken.body, spoken.media_type)
    seconds = sound.samples.shape[1] / sound.rate
    return Recital(part, sound, mark_times(part.paragraphs, marked.facts["marks"], seconds))
