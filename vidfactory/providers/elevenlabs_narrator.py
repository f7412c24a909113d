"""The narrator ElevenLabs, with the times of words from its character alignment.

Belongs here: what is asked of the service, and words found among its characters. Does not belong here: passages
and pauses (`narration`), what its models take (`voices.toml`).

A short script is one request. Longer ones are cut; each part hears the text around
it where the model takes that, and keeps the pace and tone of the whole. It is text, not an earlier answer, so the
parts may be spoken side by side. The service takes no idempotency key.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.core.parse_error import ParsingError
from elevenlabs.core.request_options import RequestOptions
from elevenlabs.types.voice_settings import VoiceSettings

from vidfactory.errors import BadInput, ProviderError
from vidfactory.ports import Answer, Call, Speech
from vidfactory.providers.failures import refused, unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.narration import (
    PCM,
    WAVE,
    Passage,
    Recital,
    Unreadable,
    passages,
    sound_of,
    speech_of,
    together,
    whole_sound,
    with_pauses,
)
from vidfactory.providers.tariff import unit_price
from vidfactory.providers.voices import SpeechModel, VoiceProfile, elevenlabs_model, spoken_language, voice_profile
from vidfactory.providers.web import HTTP_ERRORS, broken, open_client, within_time
from vidfactory.schema.base import derived_seed

FORMAT = "mp3_44100_128"
"""What every subscription may ask for; `options.format` names another, such as pcm_44100."""
MOST = 4000
"""Characters of one request, unless `options.characters` says otherwise: what is lost at most when it breaks."""
HEARD = 600
"""Characters of the text before and after a part that go with it."""
_NO_RETRIES = RequestOptions(max_retries=0)


@dataclass(frozen=True)
class ElevenLabsNarrator:
    """Implements `ports.Narrator`. `most` is how many characters a request may have, if the model takes so many."""

    kit: Kit
    profile: VoiceProfile
    voice: str
    sound_format: str = FORMAT
    most: int = MOST

    async def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        """Speak `paragraphs`; raises `BadInput` for a language that the model does not speak, else `ProviderError`."""
        able = elevenlabs_model(self.kit.model)
        tongue = language.partition("-")[0].lower()
        if able.languages:
            tongue = spoken_language(language, able.languages, f"{self.kit.name}'s {self.kit.model}")
        parts = passages(paragraphs, min(self.most, able.limit))
        requests = [self._request(parts, number, able, tongue) for number in range(len(parts))]
        answers = await together(self._ask(request) for request in requests)
        recitals = [with_pauses(_recital(part, answer)) for part, answer in zip(parts, answers, strict=True)]
        return speech_of(self.kit, self.voice, recitals, answers)

    def _request(self, parts: Sequence[Passage], number: int, able: SpeechModel, tongue: str) -> dict[str, Any]:
        """All that the answer for one part depends on, named as the SDK names it."""
        request: dict[str, Any] = {
            "voice_id": self.voice,
            "text": parts[number].text,
            "output_format": self.sound_format,
            "voice_settings": _settings(self.profile, able),
            "seed": derived_seed("narration", self.voice),
        }
        if able.takes_language:
            request["language_code"] = tongue
        if able.stitches:
            before = " ".join(part.text for part in parts[:number])[-HEARD:]
            after = " ".join(part.text for part in parts[number + 1 :])[:HEARD]
            request.update({"previous_text": before} if before else {})
            request.update({"next_text": after} if after else {})
        return request

    async def _ask(self, request: Mapping[str, Any]) -> Answer:
        a_character = unit_price(self.kit.name, self.kit.service, self.kit.model, "character")
        price = a_character * len(request["text"])
        call = Call(self.kit.name, "speech", self.kit.model, request, price)
        return await self.kit.calls.ask(call, lambda _: self._send(request, a_character))

    async def _send(self, request: Mapping[str, Any], a_character: Decimal) -> Answer:
        given = {**request, "voice_settings": VoiceSettings(**request["voice_settings"])}
        async with open_client(self.kit) as http:
            speech = _sdk(self.kit, http).text_to_speech.with_raw_response
            try:
                async with within_time(self.kit):
                    response = await speech.convert_with_timestamps(
                        **given, model_id=self.kit.model, request_options=_NO_RETRIES
                    )
            except ApiError as error:
                raise typed(self.kit, error) from error
            except ParsingError as error:
                raise unreadable(self.kit, "it is not what the SDK expects") from error
            except HTTP_ERRORS as error:
                raise broken(self.kit, error) from error
        characters = _billed(response.headers, request["text"], elevenlabs_model(self.kit.model))
        body = self._body(response.data, request)
        return Answer(
            facts=_alignment(response.data),
            cost=a_character * characters,
            body=body,
            media_type=_media_type(self.sound_format),
            units={"characters": characters},
        )

    def _body(self, said: Any, request: Mapping[str, Any]) -> bytes:
        """The sound in the answer, decoded once to see that it is whole."""
        encoded = getattr(said, "audio_base_64", None)
        try:
            body = base64.b64decode(encoded if isinstance(encoded, str) else "", validate=True)
            whole_sound(body, _media_type(self.sound_format), request["text"], self.profile.rate)
        except (Unreadable, binascii.Error) as error:
            raise unreadable(self.kit, str(error)) from error
        return body


def provide(kit: Kit) -> ElevenLabsNarrator:
    """The voice of the kit's profile, or `options.voice`, an id; `options.format` and `options.characters` as well."""
    profile = voice_profile(kit.voice)
    voice = str(kit.service.options.get("voice", profile.elevenlabs))
    sound_format = str(kit.service.options.get("format", FORMAT))
    _media_type(sound_format)
    return ElevenLabsNarrator(kit, profile, voice, sound_format, int(kit.service.options.get("characters", MOST)))


async def probe(kit: Kit) -> str:
    """Ask for the account's state, which is free."""
    async with open_client(kit) as http:
        try:
            async with within_time(kit):
                account = await _sdk(kit, http).user.subscription.get(request_options=_NO_RETRIES)
        except ApiError as error:
            raise typed(kit, error) from error
        except HTTP_ERRORS as error:
            raise broken(kit, error) from error
    return f"plan {account.tier}, {account.character_count} of {account.character_limit} characters used"


def typed(kit: Kit, error: ApiError) -> ProviderError:
    """One of our errors for what the SDK says of an answer."""
    if error.status_code is None or error.status_code < 400:
        return unreadable(kit, f"it is not JSON: {error.body}")
    detail = error.body.get("detail", error.body) if isinstance(error.body, dict) else error.body
    said = f"{detail.get('status')}: {detail.get('message')}" if isinstance(detail, dict) else str(detail)
    return refused(kit, error.status_code, said, error.headers or {})


def _sdk(kit: Kit, http: Any) -> AsyncElevenLabs:
    address = kit.service.address or None
    return AsyncElevenLabs(api_key=kit.key, base_url=address, timeout=kit.service.timeout_s, httpx_client=http)


def _settings(profile: VoiceProfile, able: SpeechModel) -> dict[str, float]:
    step = able.stability_step
    settings = {
        "stability": round(profile.stability / step) * step if step else profile.stability,
        "similarity_boost": profile.similarity,
        "style": profile.style,
        "speed": profile.rate,
    }
    return {name: value for name, value in settings.items() if name in able.settings}


def _media_type(sound_format: str) -> str:
    match = re.fullmatch(r"(mp3|pcm|wav)_(\d+)(?:_\d+)?", sound_format)
    if not match:
        raise BadInput(
            f"the sound format {sound_format!r} cannot be used",
            where="services.elevenlabs.options.format",
            remedy=f"Choose {FORMAT}, or another of mp3, pcm and wav",
        )
    return {"mp3": "audio/mpeg", "wav": WAVE, "pcm": f"{PCM}{match[2]}"}[match[1]]


def _billed(headers: Mapping[str, str], text: str, able: SpeechModel) -> int:
    """How many characters of the model's price were taken: the header counts credits, rounded to whole ones."""
    counted = headers.get("character-cost", "")
    if not counted.isdigit():
        return len(text)
    characters = round(int(counted) / able.credits)
    return len(text) if abs(characters - len(text)) * able.credits < 1 else characters


def _alignment(said: Any) -> dict[str, Any]:
    """The times of the characters as they are kept: empty where the service gave none, or not as many as characters."""
    given = getattr(said, "alignment", None)
    columns = [
        list(getattr(given, name, None) or ())
        for name in ("characters", "character_start_times_seconds", "character_end_times_seconds")
    ]
    characters, starts, ends = columns
    if not characters or not len(characters) == len(starts) == len(ends):
        return {}
    return {"characters": characters, "starts": starts, "ends": ends}


def _recital(part: Passage, answer: Answer) -> Recital:
    return Recital(part, sound_of(answer.body, answer.media_type), word_times(part.words, answer.facts))


def word_times(words: Sequence[str], facts: Mapping[str, Any]) -> dict[int, tuple[float, float]]:
    """Start and end in seconds of each word, by its index, from the times of characters.

    White space is passed over, for the service may have changed it. Empty where the characters are not those of
    the words.
    """
    if not facts:
        return {}
    heard = [
        (character, start, end)
        for characters, start, end in zip(facts["characters"], facts["starts"], facts["ends"], strict=True)
        for character in characters
        if not character.isspace()
    ]
    bare = ["".join(word.split()) for word in words]
    if "".join(bare) != "".join(character for character, _, _ in heard):
        return {}
    times: dict[int, tuple[float, float]] = {}
    place = 0
    for index, word in enumerate(bare):
        if word:
            times[index] = (heard[place][1], heard[place + len(word) - 1][2])
        place += len(word)
    return times
