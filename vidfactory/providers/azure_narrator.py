"""Azure's voices over REST. They tell no word times; what they read is SSML, with a speaking style.

Belongs here: what is asked of the service, and its document around the SSML. Does not belong here: SSML itself
(`ssml`), passages (`narration`).

The region is `options.region`. It takes no idempotency key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

import httpx

from vidfactory.errors import Permanent
from vidfactory.ports import Answer, Call, Speech
from vidfactory.providers.failures import refused, unreadable
from vidfactory.providers.kit import Kit
from vidfactory.providers.narration import (
    WAVE,
    Paragraphs,
    Passage,
    Recital,
    Unreadable,
    passages,
    sound_of,
    speech_of,
    together,
    whole_sound,
)
from vidfactory.providers.ssml import Dialect, marked_up
from vidfactory.providers.tariff import unit_price
from vidfactory.providers.voices import VoiceProfile, own_voice, spoken_language, voice_profile
from vidfactory.providers.web import HTTP_ERRORS, Rest, broken, open_client, within_time

LIMIT = 6000
"""Characters of one request: it may not last longer than ten minutes."""
FORMAT = "riff-24khz-16bit-mono-pcm"
_AGENT = "vidfactory"


@dataclass(frozen=True)
class AzureNarrator:
    """Implements `ports.Narrator`."""

    kit: Kit
    profile: VoiceProfile
    voices: Mapping[str, str]
    address: str

    async def speak(self, paragraphs: tuple[tuple[str, ...], ...], language: str) -> Speech:
        """Speak `paragraphs`; raises `BadInput` for a language that it has no voice for, else `ProviderError`."""
        tag = spoken_language(language, self.voices, self.kit.name)
        voice = self.voices[tag]
        parts = passages(paragraphs, LIMIT, lambda part: len(self._spoken(part)))
        answers = await together(self._ask(part, tag, voice) for part in parts)
        recitals = [
            Recital(part, sound_of(answer.body, answer.media_type), {})
            for part, answer in zip(parts, answers, strict=True)
        ]
        return speech_of(self.kit, voice, recitals, answers)

    def _spoken(self, paragraphs: Paragraphs) -> str:
        """The SSML of the voice, which is what is paid for."""
        rate = "" if self.profile.rate == 1 else f"{self.profile.rate - 1:+.0%}"
        text = marked_up(paragraphs, Dialect(rate=rate))
        style = quoteattr(self.profile.azure_style)
        return f"<mstts:express-as style={style}>{text}</mstts:express-as>" if self.profile.azure_style else text

    async def _ask(self, part: Passage, tag: str, voice: str) -> Answer:
        spoken = self._spoken(part.paragraphs)
        ssml = (
            '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" '
            f'xmlns:mstts="https://www.w3.org/2001/mstts" xml:lang={quoteattr(tag)}>'
            f"<voice name={quoteattr(voice)}>{spoken}</voice></speak>"
        )
        price = unit_price(self.kit.name, self.kit.service, self.kit.model, "character") * len(spoken)
        call = Call(self.kit.name, "speech", self.kit.model, {"ssml": ssml, "format": FORMAT}, price)

        async def send(_: str) -> Answer:
            body = await self._send(ssml, part)
            return Answer({}, price, body, WAVE, {"characters": len(spoken)})

        return await self.kit.calls.ask(call, send)

    async def _send(self, ssml: str, part: Passage) -> bytes:
        headers = {
            **_headers(self.kit),
            "Content-Type": "application/ssml+xml",
            "X-Microsoft-OutputFormat": FORMAT,
        }
        try:
            async with open_client(self.kit) as http, within_time(self.kit):
                response = await http.post(
                    f"{self.address}/cognitiveservices/v1", content=ssml.encode(), headers=headers
                )
        except HTTP_ERRORS as error:
            raise broken(self.kit, error) from error
        if response.is_error:
            raise refused(self.kit, response.status_code, response.text, response.headers)
        return self._whole(response, part)

    def _whole(self, response: httpx.Response, part: Passage) -> bytes:
        kind = response.headers.get("content-type", "")
        if not kind.startswith("audio/"):
            raise unreadable(self.kit, f"it is {kind or 'of no type'}, not sound")
        try:
            whole_sound(response.content, WAVE, part.text, self.profile.rate)
        except Unreadable as error:
            raise unreadable(self.kit, str(error)) from error
        return response.content


def provide(kit: Kit) -> AzureNarrator:
    """The voices of the kit's profile, or `options.voice`."""
    profile = voice_profile(kit.voice)
    voices = own_voice(str(kit.service.options.get("voice", "")), profile.azure)
    return AzureNarrator(kit, profile, voices, _address(kit))


async def probe(kit: Kit) -> str:
    """Ask for the list of voices, which is free."""
    listed = await Rest(kit, _address(kit), _headers(kit)).ask("/cognitiveservices/voices/list")
    return f"{len(listed)} voices"


def _headers(kit: Kit) -> dict[str, str]:
    return {"Ocp-Apim-Subscription-Key": kit.key, "User-Agent": _AGENT}


def _address(kit: Kit) -> str:
    region = kit.service.options.get("region", "")
    if not (kit.service.address or region):
        raise Permanent(
            "its region is not set", where=kit.name, remedy=f"Set services.{kit.name}.options.region in vidfactory.toml"
        )
    return kit.service.address.rstrip("/") or f"https://{region}.tts.speech.microsoft.com"
